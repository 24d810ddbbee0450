-- Calls to 111 and 999, with the day from which each can be known.
-- grain: row that has an event date
-- reads: intake.urgent_call, intake.source
--
-- is_conveyed: an ambulance brought the person in; flag; null if not said
-- known_on: day from which the row can be known: at an index date after it; date; never missing
-- source: CONTRACT section 2, Known
WITH clean AS (
    SELECT
        t.person_id,
        t.call_date,
        t.source,
        t.conveyed AS is_conveyed,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN t.available_date > DATE '1900-01-01' AND t.available_date < DATE '9999-12-31' THEN t.available_date END AS available_date
    FROM intake.urgent_call AS t
    INNER JOIN intake.source AS s ON s.table_name = 'urgent_call'
    WHERE t.call_date > DATE '1900-01-01' AND t.call_date < DATE '9999-12-31'
)

SELECT
    clean.person_id,
    clean.call_date,
    clean.source,
    clean.is_conveyed,
    GREATEST(clean.call_date, COALESCE(clean.available_date, clean.call_date + clean.lag_days)) AS known_on
FROM clean
