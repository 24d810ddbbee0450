-- Where and how old people were on the days that measures count: the practice that held them, and their age.
-- grain: person and day on which something that is counted happened, to people with a regular registration that day
-- reads: measures.happened, features.known_registration, features.known_practice, features.known_person
--
-- happened_on: the day; date; never missing
-- practice_code: the practice, or the successor of one that has closed by the index date; code; never missing
-- age: completed years; years; never missing
-- Two regular registrations at once: the later start wins; two that start together: the last by practice code.
-- source: CONTRACT section 2, Population of a snapshot and Age
WITH day AS (
    SELECT DISTINCT
        h.person_id,
        h.happened_on
    FROM measures.happened AS h
),

held AS (
    SELECT
        d.person_id,
        d.happened_on,
        r.practice_code,
        ROW_NUMBER() OVER (
            PARTITION BY d.person_id, d.happened_on ORDER BY r.start_date DESC, r.practice_code DESC
        ) AS preference
    FROM day AS d
    INNER JOIN features.known_registration AS r
        ON
            r.person_id = d.person_id
            AND r.is_regular
            AND r.start_date <= d.happened_on
            AND (r.end_date IS NULL OR r.end_date >= d.happened_on)
)

SELECT
    h.person_id,
    h.happened_on,
    COALESCE(p.held_by, h.practice_code) AS practice_code,
    CAST(
        EXTRACT(YEAR FROM h.happened_on) - EXTRACT(YEAR FROM k.birth_date)
        - CASE
            WHEN EXTRACT(MONTH FROM h.happened_on) < EXTRACT(MONTH FROM k.birth_date) THEN 1
            WHEN
                EXTRACT(MONTH FROM h.happened_on) = EXTRACT(MONTH FROM k.birth_date)
                AND EXTRACT(DAY FROM h.happened_on) < EXTRACT(DAY FROM k.birth_date)
                THEN 1
            ELSE 0
        END AS INTEGER
    ) AS age
FROM held AS h
INNER JOIN features.known_person AS k ON k.person_id = h.person_id AND k.birth_date IS NOT NULL
LEFT JOIN features.known_practice AS p ON p.practice_code = h.practice_code
WHERE h.preference = 1
