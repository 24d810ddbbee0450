-- Numerators: people in each cohort, by practice and age band.
-- grain: cohort, practice and age band with at least one person
-- reads: population.member
--
-- cohort_id: cohort; code; never missing
-- practice_code: practice of the snapshot; code; never missing
-- age_from: first year of the five-year age band; years; never missing
-- people: people in the cohort; people; never missing
-- source: store/rule_hits
SELECT
    cohort_id,
    practice_code,
    age_from,
    COUNT(*) AS people
FROM population.member
GROUP BY cohort_id, practice_code, age_from
ORDER BY cohort_id, practice_code, age_from
