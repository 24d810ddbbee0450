-- Who is in which cohort, among the people who may be counted. A person meets a rule, or has a band, at most once.
-- grain: person and cohort
-- reads: population.hit, population.scope
--
-- person_id: person inside the store; identifier; never missing
-- cohort_id: cohort the person meets; code; never missing
-- is_main: whether the cohort counts towards overlap, which bands that everybody is in do not; true/false; never missing
-- practice_code: practice of the snapshot; code; never missing
-- age_from: first year of the five-year age band; years; never missing
-- source: store/rule_hits and store/scores
SELECT
    h.person_id,
    h.cohort_id,
    h.is_main,
    s.practice_code,
    s.age_from
FROM population.hit AS h
INNER JOIN population.scope AS s ON s.person_id = h.person_id
WHERE NOT s.is_barred
