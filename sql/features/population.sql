-- The population of the snapshot: alive and regularly registered at the index date, as far as was known.
-- grain: person of the snapshot
-- reads: features.population_step, features.index_date
-- source: CONTRACT section 2, Population of a snapshot
SELECT
    p.person_id,
    i.index_date,
    p.practice_code,
    p.registered_from
FROM features.population_step AS p
CROSS JOIN features.index_date AS i
WHERE p.is_known AND p.was_registered AND p.is_registered AND p.is_regular AND p.is_alive
