-- Whom measures with an expected number count among, by practice, sex and age band, of people who may be counted for planning.
-- grain: measure, practice, sex and age band with anybody
-- reads: measures.happened, measures.placed, measures.span, features.known_person, permission.barred
--
-- measure_id: the measure; code; never missing
-- practice_code: the practice that held the person on the day; code; never missing
-- sex: as recorded; code; never missing
-- age_from: first year of the five-year age band on the day, 90 for 90 and over; years; never missing
-- people: what the measure is a share of; as the measure says; never missing
-- source: the SELECTs of this folder
SELECT
    h.measure_id,
    p.practice_code,
    k.sex,
    CAST(LEAST(p.age - p.age % 5, 90) AS INTEGER) AS age_from,
    CAST(SUM(h.denominator) AS INTEGER) AS people
FROM measures.happened AS h
INNER JOIN measures.span AS s
    ON
        s.measure_id = h.measure_id
        AND s.is_expected
        AND h.happened_on >= s.counted_from
        AND h.happened_on < s.counted_to
INNER JOIN measures.placed AS p
    ON p.person_id = h.person_id AND p.happened_on = h.happened_on AND p.age >= s.least_age
INNER JOIN features.known_person AS k ON k.person_id = h.person_id
LEFT JOIN (SELECT DISTINCT person_id FROM permission.barred) AS b ON b.person_id = h.person_id
WHERE b.person_id IS NULL
GROUP BY
    h.measure_id,
    p.practice_code,
    k.sex,
    CAST(LEAST(p.age - p.age % 5, 90) AS INTEGER)
ORDER BY 1, 2, 3, 4
