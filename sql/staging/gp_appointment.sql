-- Appointments in general practice, with the day from which each can be known.
-- grain: row that has an event date
-- reads: intake.gp_appointment, intake.source
--
-- is_attended: status attended; flag; never missing
-- is_not_attended: status did_not_attend; flag; never missing
-- known_on: day from which the row can be known: at an index date after it; date; never missing
-- source: CONTRACT section 2, Known
WITH clean AS (
    SELECT
        t.person_id,
        t.appointment_date,
        t.status = 'attended' AS is_attended,
        t.status = 'did_not_attend' AS is_not_attended,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN t.available_date > DATE '1900-01-01' AND t.available_date < DATE '9999-12-31' THEN t.available_date END AS available_date
    FROM intake.gp_appointment AS t
    INNER JOIN intake.source AS s ON s.table_name = 'gp_appointment'
    WHERE t.appointment_date > DATE '1900-01-01' AND t.appointment_date < DATE '9999-12-31'
)

SELECT
    clean.person_id,
    clean.appointment_date,
    clean.is_attended,
    clean.is_not_attended,
    GREATEST(clean.appointment_date, COALESCE(clean.available_date, clean.appointment_date + clean.lag_days)) AS known_on
FROM clean
