-- The last value of each measure that was known at the index date, and the one before it.
-- grain: person, measure, whether it is the last, and value: those recorded on one day and known from one day are all there, and the highest of them is meant
-- reads: features.index_date, staging.gp_measurement
--
-- measure_number: the measure, of staging.measured_code; number; never missing
-- is_last: the last value known, not the one before it; flag; never missing
-- event_date: when it was measured; date; never missing
-- value: the value; the measure's unit; never missing
-- The value before the last is the last one known that was measured 90 to 730 days before the last value.
-- Of several on one day, the one that became known last is used.
-- source: CONTRACT section 2 (known); the interval is this software's own
WITH known AS (
    SELECT
        m.series,
        m.event_date,
        m.event_and_known
    FROM staging.gp_measurement AS m
    CROSS JOIN features.index_date AS i
    WHERE m.known_on < i.index_date
),

last_known AS (
    SELECT
        k.series,
        MAX(k.event_date) AS event_date,
        MAX(k.event_and_known) AS event_and_known
    FROM known AS k
    GROUP BY k.series
),

previous_known AS (
    SELECT
        k.series,
        MAX(k.event_and_known) AS event_and_known
    FROM known AS k
    INNER JOIN last_known AS l ON l.series = k.series
    WHERE k.event_date <= l.event_date - INTERVAL 90 DAY AND k.event_date >= l.event_date - INTERVAL 730 DAY
    GROUP BY k.series
),

picked AS (
    SELECT
        l.series,
        l.event_and_known,
        TRUE AS is_last
    FROM last_known AS l

    UNION ALL

    SELECT
        p.series,
        p.event_and_known,
        FALSE AS is_last
    FROM previous_known AS p
)

SELECT
    m.person_id,
    CAST(MOD(m.series, 100) AS INTEGER) AS measure_number,
    p.is_last,
    m.event_date,
    m.value
FROM staging.gp_measurement AS m
INNER JOIN picked AS p ON p.series = m.series AND p.event_and_known = m.event_and_known
