-- What measures count, by practice, age band and month, of people who may be counted for planning.
-- grain: measure, practice, age band and month with anything to count
-- reads: measures.happened, measures.placed, measures.span, permission.barred
--
-- measure_id: the measure; code; never missing
-- practice_code: the practice that held the person on the day; code; never missing
-- age_from: first year of the five-year age band on the day, 90 for 90 and over; years; never missing
-- month: first of the month; date; never missing
-- numerator: what the measure counts; as the measure says; never missing
-- denominator: what it is a share of, 0 where it is a rate of people registered; as the measure says; never missing
-- source: the SELECTs of this folder
SELECT
    h.measure_id,
    p.practice_code,
    CAST(LEAST(p.age - p.age % 5, 90) AS INTEGER) AS age_from,
    CAST(DATE_TRUNC('month', h.happened_on) AS DATE) AS month,
    CAST(SUM(h.numerator) AS INTEGER) AS numerator,
    CAST(SUM(h.denominator) AS INTEGER) AS denominator
FROM measures.happened AS h
INNER JOIN measures.span AS s
    ON s.measure_id = h.measure_id AND h.happened_on >= s.counted_from AND h.happened_on < s.counted_to
INNER JOIN measures.placed AS p
    ON p.person_id = h.person_id AND p.happened_on = h.happened_on AND p.age >= s.least_age
LEFT JOIN (SELECT DISTINCT person_id FROM permission.barred) AS b ON b.person_id = h.person_id
WHERE b.person_id IS NULL
GROUP BY
    h.measure_id,
    p.practice_code,
    CAST(LEAST(p.age - p.age % 5, 90) AS INTEGER),
    CAST(DATE_TRUNC('month', h.happened_on) AS DATE)
ORDER BY 1, 2, 3, 4
