-- The latest version of each admission notice that was known at the index date.
-- grain: notice (person, day of admission) known at the index date
-- reads: staging.admission_notice, features.index_date
--
-- discharged_on: day of discharge; date; null where none is known before the index date
-- A discharge on or after the index date reads as missing.
-- source: CONTRACT section 2 (known)
SELECT
    n.person_id,
    n.admitted_on,
    CASE WHEN n.discharged_on < i.index_date THEN n.discharged_on END AS discharged_on,
    n.is_planned
FROM staging.admission_notice AS n
CROSS JOIN features.index_date AS i
WHERE n.known_on < i.index_date AND (n.replaced_on IS NULL OR n.replaced_on >= i.index_date)
