-- Planned, maternity and regular admissions before the index date.
-- grain: person with at least one stay known at the index date
-- reads: features.index_date, features.known_stay
-- order: 50
--
-- elective_admissions_365d: elective admissions (day cases included, regular attenders left out) in the 365 days before the index date; count; 365 days; 0 if none
-- elective_admissions_730d: elective admissions (day cases included, regular attenders left out) in the 730 days before the index date; count; 730 days; 0 if none
-- elective_bed_days_365d: nights of elective stays admitted in the 365 days before, up to the index date; nights; 365 days; 0 if none
-- day_cases_365d: elective day cases in the 365 days before the index date; count; 365 days; 0 if none
-- regular_attendances_365d: regular day and night attendances in the 365 days before the index date; count; 365 days; 0 if none
-- maternity_admissions_365d: admissions before or after giving birth in the 365 days before the index date; count; 365 days; 0 if none
-- days_since_elective_admission: whole days since the last elective admission known; days; ever; null if none
-- source: CONTRACT section 2, Elective; NHS Data Dictionary, ADMISSION METHOD CODE and PATIENT CLASSIFICATION CODE
SELECT
    s.person_id,
    CAST(SUM(CASE WHEN s.is_elective AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS elective_admissions_365d,
    CAST(SUM(CASE WHEN s.is_elective AND s.admission_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS elective_admissions_730d,
    CAST(SUM(CASE WHEN s.is_elective AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN s.nights ELSE 0 END) AS INTEGER) AS elective_bed_days_365d,
    CAST(SUM(CASE WHEN s.is_day_case AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS day_cases_365d,
    CAST(SUM(CASE WHEN s.is_regular_attendance AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS regular_attendances_365d,
    CAST(SUM(CASE WHEN s.is_maternity AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS maternity_admissions_365d,
    CAST(DATE_DIFF('day', MAX(CASE WHEN s.is_elective THEN s.admission_date END), MAX(i.index_date)) AS INTEGER) AS days_since_elective_admission
FROM features.known_stay AS s
CROSS JOIN features.index_date AS i
GROUP BY s.person_id
