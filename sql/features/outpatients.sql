-- Outpatient appointments before the index date.
-- grain: person with at least one outpatient appointment known at the index date
-- reads: features.index_date, features.known_outpatient
-- order: 70
--
-- outpatient_attended_90d: outpatient appointments attended (5 or 6) in the 90 days before the index date; count; 90 days; 0 if none
-- outpatient_attended_365d: outpatient appointments attended (5 or 6) in the 365 days before the index date; count; 365 days; 0 if none
-- outpatient_attended_730d: outpatient appointments attended (5 or 6) in the 730 days before the index date; count; 730 days; 0 if none
-- outpatient_not_attended_365d: outpatient appointments not attended (3 or 7) in the 365 days before the index date; count; 365 days; 0 if none
-- outpatient_first_attendances_365d: first outpatient attendances (attended; 1 or 3) in the 365 days before the index date; count; 365 days; 0 if none
-- source: CONTRACT section 2, Outpatient; NHS Data Dictionary, ATTENDED OR DID NOT ATTEND CODE and FIRST ATTENDANCE CODE
SELECT
    o.person_id,
    CAST(SUM(CASE WHEN o.is_attended AND o.appointment_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS outpatient_attended_90d,
    CAST(SUM(CASE WHEN o.is_attended AND o.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS outpatient_attended_365d,
    CAST(SUM(CASE WHEN o.is_attended AND o.appointment_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS outpatient_attended_730d,
    CAST(SUM(CASE WHEN o.is_not_attended AND o.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS outpatient_not_attended_365d,
    CAST(SUM(CASE WHEN o.is_first_attendance AND o.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS outpatient_first_attendances_365d
FROM features.known_outpatient AS o
CROSS JOIN features.index_date AS i
GROUP BY o.person_id
