-- Who is in which cohort, among the people who may be counted. A person meets a rule, or has a band, at most once.
-- grain: person and cohort
-- reads: population.hit, population.scope
--
-- person_id: person inside the store; identifier; never missing
-- cohort_id: cohort the person meets; code; never missing
-- practice_code: practice of the snapshot; code; never missing
-- age_from: first year of the five-year age band; years; never missing
-- source: store/rule_hits
SELECT
    h.person_id,
    h.cohort_id,
    s.practice_code,
    s.age_from
FROM population.hit AS h
INNER JOIN population.scope AS s ON s.person_id = h.person_id
WHERE NOT s.is_barred
