-- Everyone whom this drop, or what is held where it brings no person table, says exists.
-- grain: identifier
-- reads: identity.person_version, identity.numbered
--
-- identifier: normalised NHS number, or the token with its mark; text; never missing
-- person_id: the number that stands for them; number; never missing
-- birth_date: date of birth of the latest version; date; null if none
-- death_date: date of death of the latest version; date; null if none
-- source: CONTRACT section 1 (versions of one key: the latest counts)
WITH ranked AS (
    SELECT
        identifier,
        birth_date,
        death_date,
        ROW_NUMBER() OVER (
            PARTITION BY identifier
            ORDER BY available_date DESC NULLS LAST, birth_date NULLS LAST, death_date NULLS LAST
        ) AS place
    FROM identity.person_version
)
SELECT ranked.identifier, numbered.person_id, ranked.birth_date, ranked.death_date
FROM ranked
INNER JOIN identity.numbered AS numbered ON numbered.identifier = ranked.identifier
WHERE ranked.place = 1
