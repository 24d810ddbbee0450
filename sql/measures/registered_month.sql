-- People registered and alive on the first of each month of a series, of people who may be counted for planning.
-- grain: month, practice and age band with at least one person
-- reads: measures.month, features.known_registration, features.known_practice, features.known_person, permission.barred
--
-- month: first of the month; date; never missing
-- practice_code: the practice, or the successor of one that has closed by the index date; code; never missing
-- age_from: first year of the five-year age band on that day, 90 for 90 and over; years; never missing
-- people: people with a regular registration; people; never missing
-- Two regular registrations at once: the later start wins; two that start together: the last by practice code.
-- source: CONTRACT section 2, Population of a snapshot and Age
WITH spell AS (
    SELECT
        person_id,
        practice_code,
        start_date,
        MAX(COALESCE(end_date, DATE '9999-12-31')) AS end_date
    FROM features.known_registration
    WHERE is_regular
    GROUP BY person_id, practice_code, start_date
),

later AS (
    SELECT
        s.person_id,
        s.practice_code,
        s.start_date,
        o.start_date AS later_from,
        o.end_date AS later_to
    FROM spell AS s
    INNER JOIN spell AS o
        ON
            o.person_id = s.person_id
            AND o.start_date <= s.end_date
            AND (o.start_date > s.start_date OR (o.start_date = s.start_date AND o.practice_code > s.practice_code))
),

held AS (
    SELECT
        m.month,
        s.person_id,
        COALESCE(p.held_by, s.practice_code) AS practice_code
    FROM measures.month AS m
    INNER JOIN spell AS s ON s.start_date < m.month AND s.end_date >= m.month
    LEFT JOIN later AS l
        ON
            l.person_id = s.person_id
            AND l.practice_code = s.practice_code
            AND l.start_date = s.start_date
            AND l.later_from < m.month
            AND l.later_to >= m.month
    LEFT JOIN features.known_practice AS p ON p.practice_code = s.practice_code
    WHERE l.person_id IS NULL
),

aged AS (
    SELECT
        h.month,
        h.practice_code,
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
    a.practice_code,
    CAST(LEAST(a.age - a.age % 5, 90) AS INTEGER) AS age_from,
    COUNT(*) AS people
FROM aged AS a
GROUP BY a.month, a.practice_code, CAST(LEAST(a.age - a.age % 5, 90) AS INTEGER)
ORDER BY 1, 2, 3
