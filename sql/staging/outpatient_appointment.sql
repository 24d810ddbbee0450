-- Outpatient appointments, with the day from which each can be known.
-- grain: row that has an event date
-- reads: intake.outpatient_appointment, intake.source, seeds.treatment_function_group
--
-- is_attended: attendance status 5 or 6; flag; never missing
-- is_not_attended: attendance status 3 or 7; flag; never missing
-- is_cancelled: attendance status 2 (by or for the patient) or 4 (by the hospital); flag; never missing
-- is_first_attendance: attended, first attendance code 1 or 3; flag; null where the code is none of 1 to 4
-- is_follow_up: attended, first attendance code 2 or 4; flag; null where the code is none of 1 to 4
-- treatment_function: code of those in seeds.treatment_function_group, as a number; number; null if missing or not one of them
-- specialty_group: group of that treatment function; word; null with it
-- cost_pence: cost to the nearest penny, half a penny up; pence; null if none
-- known_on: day from which the row can be known: at an index date after it; date; never missing
-- source: CONTRACT section 2, Known; seeds.outpatient_attendance, seeds.outpatient_first_attendance
WITH clean AS (
    SELECT
        t.person_id,
        t.appointment_date,
        t.attendance_status IN ('5', '6') AS is_attended,
        t.attendance_status IN ('3', '7') AS is_not_attended,
        t.attendance_status IN ('2', '4') AS is_cancelled,
        CASE
            WHEN t.first_attendance IN ('1', '2', '3', '4')
                THEN t.attendance_status IN ('5', '6') AND t.first_attendance IN ('1', '3')
        END AS is_first_attendance,
        CASE
            WHEN t.first_attendance IN ('1', '2', '3', '4')
                THEN t.attendance_status IN ('5', '6') AND t.first_attendance IN ('2', '4')
        END AS is_follow_up,
        CAST(f.code AS SMALLINT) AS treatment_function,
        f.specialty_group,
        CAST(FLOOR(t.cost * 100 + 0.5) AS BIGINT) AS cost_pence,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN t.available_date > DATE '1900-01-01' AND t.available_date < DATE '9999-12-31' THEN t.available_date END AS available_date
    FROM intake.outpatient_appointment AS t
    INNER JOIN intake.source AS s ON s.table_name = 'outpatient_appointment'
    LEFT JOIN seeds.treatment_function_group AS f ON f.code = TRIM(t.treatment_function_code)
    WHERE t.appointment_date > DATE '1900-01-01' AND t.appointment_date < DATE '9999-12-31'
)

SELECT
    clean.person_id,
    clean.appointment_date,
    clean.is_attended,
    clean.is_not_attended,
    clean.is_cancelled,
    clean.is_first_attendance,
    clean.is_follow_up,
    clean.treatment_function,
    clean.specialty_group,
    clean.cost_pence,
    GREATEST(clean.appointment_date, COALESCE(clean.available_date, clean.appointment_date + clean.lag_days)) AS known_on
FROM clean
