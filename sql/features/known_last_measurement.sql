-- The last value of each measure that was known at the index date.
-- grain: person and measure
-- reads: features.index_date, staging.gp_measurement
--
-- event_date: when it was measured; date; never missing
-- value: the value; the measure's unit; never missing
-- Of several on the last day, the one that became known last is used; of those, the highest.
-- source: CONTRACT section 2 (known)
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
    WHERE m.known_on < i.index_date
)

SELECT
    person_id,
    measure,
    event_date,
    value
FROM placed
WHERE place = 1
