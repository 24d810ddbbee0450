-- Attendances at accident and emergency departments before the index date.
-- grain: person with at least one attendance known at the index date
-- reads: features.index_date, features.known_attendance
-- order: 60
--
-- ae_attendances_30d: attendances of every kind in the 30 days before the index date; count; 30 days; 0 if none
-- ae_attendances_90d: attendances of every kind in the 90 days before the index date; count; 90 days; 0 if none
-- ae_attendances_365d: attendances of every kind in the 365 days before the index date; count; 365 days; 0 if none
-- ae_attendances_730d: attendances of every kind in the 730 days before the index date; count; 730 days; 0 if none
-- ae_unplanned_attendances_90d: unplanned attendances (types 01 to 04, category 1 to 3 or missing) in the 90 days before the index date; count; 90 days; 0 if none
-- ae_unplanned_attendances_365d: unplanned attendances (types 01 to 04, category 1 to 3 or missing) in the 365 days before the index date; count; 365 days; 0 if none
-- ae_unplanned_attendances_730d: unplanned attendances (types 01 to 04, category 1 to 3 or missing) in the 730 days before the index date; count; 730 days; 0 if none
-- same_day_emergency_care_365d: same-day emergency care attendances (type 05) in the 365 days before the index date; count; 365 days; 0 if none
-- ae_attendances_by_ambulance_365d: attendances of every kind that came by ambulance in the 365 days before the index date; count; 365 days; 0 if none
-- days_since_ae_attendance: whole days since the last attendance of any kind known; days; ever; null if none
-- source: CONTRACT section 2, A&E attendance; NHS Data Dictionary, EMERGENCY CARE DEPARTMENT TYPE and EMERGENCY CARE ATTENDANCE CATEGORY
SELECT
    a.person_id,
    CAST(SUM(CASE WHEN a.arrival_date >= i.index_date - INTERVAL 30 DAY THEN 1 ELSE 0 END) AS INTEGER) AS ae_attendances_30d,
    CAST(SUM(CASE WHEN a.arrival_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS ae_attendances_90d,
    CAST(SUM(CASE WHEN a.arrival_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS ae_attendances_365d,
    CAST(SUM(CASE WHEN a.arrival_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS ae_attendances_730d,
    CAST(SUM(CASE WHEN a.is_unplanned AND a.arrival_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS ae_unplanned_attendances_90d,
    CAST(SUM(CASE WHEN a.is_unplanned AND a.arrival_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS ae_unplanned_attendances_365d,
    CAST(SUM(CASE WHEN a.is_unplanned AND a.arrival_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS ae_unplanned_attendances_730d,
    CAST(SUM(CASE WHEN a.is_same_day_emergency_care AND a.arrival_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS same_day_emergency_care_365d,
    CAST(SUM(CASE WHEN a.is_by_ambulance AND a.arrival_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS ae_attendances_by_ambulance_365d,
    CAST(DATE_DIFF('day', MAX(a.arrival_date), MAX(i.index_date)) AS INTEGER) AS days_since_ae_attendance
FROM features.known_attendance AS a
CROSS JOIN features.index_date AS i
GROUP BY a.person_id
