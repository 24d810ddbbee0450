-- The last value of each measure that was known at the index date.
-- grain: person and measure
-- reads: features.index_date, staging.gp_measurement
--
-- event_date: when it was measured; date; never missing
-- value: the value; the measure's unit; never missing
-- Of several on the last day, the one that became known last is used; of those, the highest.
-- The last day and the latest day known of it are found as one number, as the earliest are in staging.gp_first_record.
-- source: CONTRACT section 2 (known)
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
    WHERE m.known_on < i.index_date
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
