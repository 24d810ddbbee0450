-- Deaths held, however late they arrived.
-- grain: person who died
-- reads: features.known_person
--
-- death_date: date of death; date; never missing
-- source: landing table person
SELECT
    p.person_id,
    p.death_date
FROM features.known_person AS p
WHERE p.death_date IS NOT NULL
