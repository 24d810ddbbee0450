-- Cohorts that lie wholly inside another: a reader who knows the definitions knows that the one is no larger.
-- One person in ninety-seven is looked at first: nearly every pair of cohorts is ruled out by somebody among them, and
-- only the pairs that are left are counted whole. Joining everybody's cohorts to one another would cost most of a report.
-- grain: pair of cohorts where everybody in the first is in the second
-- reads: population.member
--
-- inner_cohort: cohort that lies inside; code; never missing
-- outer_cohort: cohort that holds it; code; never missing
-- source: store/rule_hits
WITH looked_at AS (
    SELECT
        person_id,
        cohort_id
    FROM population.member
    WHERE person_id % 97 = 0
),

size AS (
    SELECT
        cohort_id,
        COUNT(*) AS people,
        SUM(CASE WHEN person_id % 97 = 0 THEN 1 ELSE 0 END) AS looked_at
    FROM population.member
    GROUP BY cohort_id
),

in_both AS (
    SELECT
        a.cohort_id AS inner_cohort,
        b.cohort_id AS outer_cohort,
        COUNT(*) AS people
    FROM looked_at AS a
    INNER JOIN looked_at AS b ON b.person_id = a.person_id
    GROUP BY a.cohort_id, b.cohort_id
),

candidate AS (
    SELECT
        a.cohort_id AS inner_cohort,
        b.cohort_id AS outer_cohort,
        a.people
    FROM size AS a
    CROSS JOIN size AS b
    LEFT JOIN in_both AS seen ON seen.inner_cohort = a.cohort_id AND seen.outer_cohort = b.cohort_id
    WHERE a.cohort_id <> b.cohort_id AND a.people <= b.people AND COALESCE(seen.people, 0) = a.looked_at
)

SELECT
    candidate.inner_cohort,
    candidate.outer_cohort
FROM candidate
INNER JOIN population.member AS a ON a.cohort_id = candidate.inner_cohort
INNER JOIN population.member AS b ON b.person_id = a.person_id AND b.cohort_id = candidate.outer_cohort
GROUP BY candidate.inner_cohort, candidate.outer_cohort
HAVING COUNT(*) = MAX(candidate.people)
ORDER BY candidate.inner_cohort, candidate.outer_cohort
