-- Ends of regular registration with no other regular registration within 30 days, held however late they arrived.
-- grain: end of registration
-- reads: features.known_registration
--
-- left_date: when the registration ended; date; never missing
-- returned_on: when the next regular registration began; date; null if none
-- A move from one practice to another within 30 days is not leaving.
-- source: DESIGN section 4 (leaving is censoring)
WITH regular AS (
    SELECT
        r.person_id,
        r.start_date,
        r.end_date
    FROM features.known_registration AS r
    WHERE r.is_regular
)

SELECT
    r.person_id,
    r.end_date AS left_date,
    MIN(later.start_date) AS returned_on
FROM regular AS r
LEFT JOIN regular AS later ON later.person_id = r.person_id AND later.start_date > r.end_date
LEFT JOIN regular AS other
    ON
        other.person_id = r.person_id
        AND other.start_date <= r.end_date + INTERVAL 30 DAY
        AND (other.end_date IS NULL OR other.end_date > r.end_date)
WHERE r.end_date IS NOT NULL AND other.person_id IS NULL
GROUP BY r.person_id, r.end_date
