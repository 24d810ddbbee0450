-- Outpatient appointments, with the day from which each can be known.
-- grain: row that has an event date
-- reads: intake.outpatient_appointment, intake.source
--
-- is_attended: attendance status 5 or 6; flag; never missing
-- is_not_attended: attendance status 3 or 7; flag; never missing
-- is_first_attendance: attended, first attendance code 1 or 3; flag; never missing
-- known_on: day from which the row can be known: at an index date after it; date; never missing
-- source: CONTRACT section 2, Known
WITH clean AS (
    SELECT
        t.person_id,
        t.appointment_date,
        t.attendance_status IN ('5', '6') AS is_attended,
        t.attendance_status IN ('3', '7') AS is_not_attended,
        t.attendance_status IN ('5', '6') AND COALESCE(t.first_attendance, '') IN ('1', '3') AS is_first_attendance,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN t.available_date > DATE '1900-01-01' AND t.available_date < DATE '9999-12-31' THEN t.available_date END AS available_date
    FROM intake.outpatient_appointment AS t
    INNER JOIN intake.source AS s ON s.table_name = 'outpatient_appointment'
    WHERE t.appointment_date > DATE '1900-01-01' AND t.appointment_date < DATE '9999-12-31'
)

SELECT
    clean.person_id,
    clean.appointment_date,
    clean.is_attended,
    clean.is_not_attended,
    clean.is_first_attendance,
    GREATEST(clean.appointment_date, COALESCE(clean.available_date, clean.appointment_date + clean.lag_days)) AS known_on
FROM clean
