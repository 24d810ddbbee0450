-- Dimensions of which somebody is in two cohorts at once, although they are said to exclude each other.
-- grain: dimension that is not one
-- reads: population.grouping, population.member
--
-- dimension: name of the dimension; words; never missing
-- source: sql/rules, dimension of a cohort
SELECT DISTINCT twice.dimension
FROM (
    SELECT
        m.person_id,
        g.dimension
    FROM population.member AS m
    INNER JOIN population.grouping AS g ON g.cohort_id = m.cohort_id
    WHERE g.dimension <> ''
    GROUP BY m.person_id, g.dimension
    HAVING COUNT(*) > 1
) AS twice
ORDER BY twice.dimension
