-- Appointments in general practice known at the index date.
-- grain: row known at the index date
-- reads: staging.gp_appointment, features.index_date
-- source: CONTRACT section 2, Known
SELECT
    t.person_id,
    t.appointment_date,
    t.is_attended,
    t.is_not_attended,
    t.is_cancelled,
    t.staff_group,
    t.mode_group
FROM staging.gp_appointment AS t
CROSS JOIN features.index_date AS i
WHERE t.known_on < i.index_date
