-- Denominators: people registered who may be counted, by practice and age band.
-- grain: practice and age band with at least one person
-- reads: population.scope
--
-- practice_code: practice of the snapshot; code; never missing
-- age_from: first year of the five-year age band; years; never missing
-- people: people registered; people; never missing
-- source: CONTRACT section 2, population of a snapshot
SELECT
    practice_code,
    age_from,
    COUNT(*) AS people
FROM population.scope
WHERE NOT is_barred
GROUP BY practice_code, age_from
ORDER BY practice_code, age_from
