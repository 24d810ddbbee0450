-- The value before the last of each measure: the last one known that was measured 90 to 730 days before the last value.
-- grain: person and measure with such a value
-- reads: features.index_date, features.known_last_measurement, staging.gp_measurement
--
-- event_date: when it was measured; date; never missing
-- value: the value; the measure's unit; never missing
-- Of several on that day, the one that became known last is used; of those, the highest.
-- The last day and the latest day known of it are found as one number, as the earliest are in staging.gp_first_record.
-- source: CONTRACT section 2 (known); the interval is this software's own
WITH latest AS (
    SELECT
        m.person_id,
        m.measure,
        MAX(
            CAST(DATE_DIFF('day', DATE '1850-01-01', m.event_date) AS BIGINT) * 10000000
            + DATE_DIFF('day', DATE '1850-01-01', m.known_on)
        ) AS event_and_known
    FROM staging.gp_measurement AS m
    CROSS JOIN features.index_date AS i
    INNER JOIN features.known_last_measurement AS l ON l.person_id = m.person_id AND l.measure = m.measure
    WHERE m.known_on < i.index_date
        AND m.event_date <= l.event_date - INTERVAL 90 DAY
        AND m.event_date >= l.event_date - INTERVAL 730 DAY
    GROUP BY m.person_id, m.measure
)

SELECT
    m.person_id,
    m.measure,
    MAX(m.event_date) AS event_date,
    MAX(m.value) AS value
FROM staging.gp_measurement AS m
CROSS JOIN features.index_date AS i
INNER JOIN latest AS l
    ON l.person_id = m.person_id
        AND l.measure = m.measure
        AND l.event_and_known
        = CAST(DATE_DIFF('day', DATE '1850-01-01', m.event_date) AS BIGINT) * 10000000
        + DATE_DIFF('day', DATE '1850-01-01', m.known_on)
WHERE m.known_on < i.index_date
GROUP BY m.person_id, m.measure
