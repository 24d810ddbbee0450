-- Coded events of general practice, with the code lists each code is on.
-- grain: event and code list (measurements are in staging.gp_measurement)
-- reads: intake.gp_event, intake.source, seeds.code_list, seeds.measurement
--
-- list_id: the code list; name; a code on no list makes no row
-- event_date: when it happened, as recorded; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- source: CONTRACT section 2 (known); dates up to 1900-01-01 and 9999-12-31 are senders' ways to say "not known"
SELECT
    e.person_id,
    l.list_id,
    e.event_date,
    GREATEST(
        e.event_date,
        CASE
            WHEN e.available_date > DATE '1900-01-01' AND e.available_date < DATE '9999-12-31' THEN e.available_date
            ELSE e.event_date + CAST(s.lag_days AS INTEGER)
        END
    ) AS known_on
FROM intake.gp_event AS e
INNER JOIN seeds.code_list AS l ON l.code = e.snomed_code AND l.system = 'snomed_ct'
INNER JOIN intake.source AS s ON s.table_name = 'gp_event'
LEFT JOIN seeds.measurement AS m ON m.list_id = l.list_id
WHERE m.list_id IS NULL
    AND e.event_date > DATE '1900-01-01'
    AND e.event_date < DATE '9999-12-31'
