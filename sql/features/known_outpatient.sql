-- Outpatient appointments known at the index date.
-- grain: row known at the index date
-- reads: staging.outpatient_appointment, features.index_date
-- source: CONTRACT section 2, Known
SELECT
    t.person_id,
    t.appointment_date,
    t.is_attended,
    t.is_not_attended,
    t.is_cancelled,
    t.is_first_attendance,
    t.is_follow_up,
    t.treatment_function,
    t.specialty_group,
    t.cost_pence
FROM staging.outpatient_appointment AS t
CROSS JOIN features.index_date AS i
WHERE t.known_on < i.index_date
