-- Cohorts by whether a programme already holds their people.
-- grain: cohort and whether a programme holds the person, with at least one person
-- reads: population.member, population.scope
--
-- cohort_id: cohort; code; never missing
-- in_programme: 1 if any programme holds the person, 0 if none; 0/1; null if not known
-- people: people in the cohort; people; never missing
-- source: store/rule_hits; programmes_held of the snapshot
SELECT
    m.cohort_id,
    s.in_programme,
    COUNT(*) AS people
FROM population.member AS m
INNER JOIN population.scope AS s ON s.person_id = m.person_id
GROUP BY m.cohort_id, s.in_programme
ORDER BY m.cohort_id, s.in_programme
