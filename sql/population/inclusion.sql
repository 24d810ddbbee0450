-- Cohorts that lie wholly inside another: a reader who knows the definitions knows that the one is no larger.
-- grain: pair of cohorts where everybody in the first is in the second
-- reads: population.member
--
-- inner_cohort: cohort that lies inside; code; never missing
-- outer_cohort: cohort that holds it; code; never missing
-- source: store/rule_hits and store/scores
SELECT
    a.cohort_id AS inner_cohort,
    b.cohort_id AS outer_cohort
FROM population.member AS a
INNER JOIN population.member AS b ON b.person_id = a.person_id AND b.cohort_id <> a.cohort_id
INNER JOIN (
    SELECT
        cohort_id,
        COUNT(*) AS people
    FROM population.member
    GROUP BY cohort_id
) AS size ON size.cohort_id = a.cohort_id
GROUP BY a.cohort_id, b.cohort_id
HAVING COUNT(*) = MAX(size.people)
ORDER BY a.cohort_id, b.cohort_id
