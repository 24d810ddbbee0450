-- The latest version of each person that was known at the index date.
-- grain: person known at the index date
-- reads: staging.person, features.index_date
-- source: CONTRACT section 2, Known
-- A death on or after the index date reads as missing.
SELECT
    p.person_id,
    p.birth_date,
    p.sex,
    p.ethnic_category,
    p.imd_decile,
    CASE WHEN p.death_date < i.index_date THEN p.death_date END AS death_date
FROM staging.person AS p
CROSS JOIN features.index_date AS i
WHERE
    p.known_on < i.index_date
    AND (p.replaced_on IS NULL OR p.replaced_on >= i.index_date)
