-- People registered and alive on the first of each month of a series, of people who may be counted for planning.
-- grain: month and age band with at least one person
-- reads: measures.month, features.known_registration, features.known_person, permission.barred
--
-- month: first of the month; date; never missing
-- age_from: first year of the five-year age band on that day, 90 for 90 and over; years; never missing
-- people: people with a regular registration, whichever the practice; people; never missing
-- source: CONTRACT section 2, Population of a snapshot and Age
WITH held AS (
    SELECT DISTINCT
        m.month,
        r.person_id
    FROM measures.month AS m
    INNER JOIN features.known_registration AS r
        ON r.is_regular AND r.start_date < m.month AND (r.end_date IS NULL OR r.end_date >= m.month)
),

aged AS (
    SELECT
        h.month,
        CAST(
            EXTRACT(YEAR FROM h.month) - EXTRACT(YEAR FROM p.birth_date)
            - CASE
                WHEN EXTRACT(MONTH FROM h.month) < EXTRACT(MONTH FROM p.birth_date) THEN 1
                WHEN EXTRACT(MONTH FROM h.month) = EXTRACT(MONTH FROM p.birth_date) AND EXTRACT(DAY FROM p.birth_date) > 1 THEN 1
                ELSE 0
            END AS INTEGER
        ) AS age
    FROM held AS h
    INNER JOIN features.known_person AS p ON p.person_id = h.person_id AND p.birth_date < h.month
    LEFT JOIN (SELECT DISTINCT person_id FROM permission.barred) AS b ON b.person_id = h.person_id
    WHERE b.person_id IS NULL AND (p.death_date IS NULL OR p.death_date >= h.month)
)

SELECT
    a.month,
    CAST(LEAST(a.age - a.age % 5, 90) AS INTEGER) AS age_from,
    COUNT(*) AS people
FROM aged AS a
GROUP BY a.month, CAST(LEAST(a.age - a.age % 5, 90) AS INTEGER)
ORDER BY 1, 2
