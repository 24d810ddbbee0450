-- The value before the last of each measure: the last one known that was measured 90 to 730 days before the last value.
-- grain: person and measure with such a value
-- reads: features.index_date, features.known_last_measurement, staging.gp_measurement
--
-- event_date: when it was measured; date; never missing
-- value: the value; the measure's unit; never missing
-- Of several on that day, the one that became known last is used; of those, the highest.
-- source: CONTRACT section 2 (known); the interval is this software's own
WITH placed AS (
    SELECT
        m.person_id,
        m.measure,
        m.event_date,
        m.value,
        ROW_NUMBER() OVER (
            PARTITION BY m.person_id, m.measure
            ORDER BY m.event_date DESC, m.known_on DESC, m.value DESC
        ) AS place
    FROM staging.gp_measurement AS m
    CROSS JOIN features.index_date AS i
    INNER JOIN features.known_last_measurement AS l ON l.person_id = m.person_id AND l.measure = m.measure
    WHERE m.known_on < i.index_date
        AND m.event_date <= l.event_date - INTERVAL 90 DAY
        AND m.event_date >= l.event_date - INTERVAL 730 DAY
)

SELECT
    person_id,
    measure,
    event_date,
    value
FROM placed
WHERE place = 1
