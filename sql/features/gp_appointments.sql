-- Appointments in general practice before the index date.
-- grain: person with at least one appointment known at the index date
-- reads: features.index_date, features.known_gp_appointment
-- order: 100
--
-- gp_appointments_attended_30d: appointments attended in the 30 days before the index date; count; 30 days; 0 if none
-- gp_appointments_attended_90d: appointments attended in the 90 days before the index date; count; 90 days; 0 if none
-- gp_appointments_attended_365d: appointments attended in the 365 days before the index date; count; 365 days; 0 if none
-- gp_appointments_attended_730d: appointments attended in the 730 days before the index date; count; 730 days; 0 if none
-- gp_appointments_not_attended_365d: appointments not attended (did not attend) in the 365 days before the index date; count; 365 days; 0 if none
-- days_since_gp_appointment: whole days since the last attended appointment known; days; ever; null if none
-- source: CONTRACT section 1, gp_appointment
SELECT
    g.person_id,
    CAST(SUM(CASE WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 30 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_attended_30d,
    CAST(SUM(CASE WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_attended_90d,
    CAST(SUM(CASE WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_attended_365d,
    CAST(SUM(CASE WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_attended_730d,
    CAST(SUM(CASE WHEN g.is_not_attended AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_not_attended_365d,
    CAST(DATE_DIFF('day', MAX(CASE WHEN g.is_attended THEN g.appointment_date END), MAX(i.index_date)) AS INTEGER) AS days_since_gp_appointment
FROM features.known_gp_appointment AS g
CROSS JOIN features.index_date AS i
GROUP BY g.person_id
