-- The latest version of each registration that was known at the index date.
-- grain: registration (person, practice, start) known at the index date
-- reads: staging.registration, features.index_date
-- source: CONTRACT section 2, Known
-- An end on or after the index date reads as missing.
SELECT
    r.person_id,
    r.practice_code,
    r.start_date,
    r.is_regular,
    CASE WHEN r.end_date < i.index_date THEN r.end_date END AS end_date
FROM staging.registration AS r
CROSS JOIN features.index_date AS i
WHERE
    r.known_on < i.index_date
    AND (r.replaced_on IS NULL OR r.replaced_on >= i.index_date)
