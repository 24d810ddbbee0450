-- Planned, maternity and regular admissions before the index date, and what stays of every kind have in common.
-- grain: person with at least one stay known at the index date
-- reads: features.index_date, features.known_stay
-- order: 50
--
-- elective_admissions_365d: elective admissions (day cases included, regular attenders left out) in the 365 days before the index date; count; 365 days; 0 if none
-- elective_admissions_730d: elective admissions (day cases included, regular attenders left out) in the 730 days before the index date; count; 730 days; 0 if none
-- elective_bed_days_365d: nights of elective stays admitted in the 365 days before, up to the index date; nights; 365 days; 0 if none
-- day_cases_365d: elective day cases (class 2) in the 365 days before the index date; null for all where no stay of any kind admitted in those days known has a patient class; count; 365 days; 0 if none, null if never given
-- regular_attendances_365d: regular day and night attendances (class 3 or 4) in the 365 days before the index date; null for all where no stay of any kind admitted in those days known has a patient class; count; 365 days; 0 if none, null if never given
-- maternity_admissions_365d: admissions before or after giving birth in the 365 days before the index date; count; 365 days; 0 if none
-- stays_with_transfer_365d: stays of every kind admitted in the 365 days before in which a transfer joins two spells or more; count; 365 days; 0 if none
-- days_since_elective_admission: whole days since the last elective admission known; days; ever; null if none
-- admission_cost_pounds_365d: cost of the stays of every kind, emergencies and regular attendances among them, admitted in the 365 days before, over all their episodes that say one, each episode to the nearest penny; null for all where no episode of those stays says one; pounds; 365 days; 0 if none, null if never given
-- source: CONTRACT section 2, Elective; NHS Data Dictionary, ADMISSION METHOD CODE and PATIENT CLASSIFICATION CODE
SELECT
    s.person_id,
    CAST(SUM(CASE WHEN s.is_elective AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS elective_admissions_365d,
    CAST(SUM(CASE WHEN s.is_elective AND s.admission_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS elective_admissions_730d,
    CAST(SUM(CASE WHEN s.is_elective AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN s.nights ELSE 0 END) AS INTEGER) AS elective_bed_days_365d,
    CAST(SUM(CASE WHEN s.patient_class IS NOT NULL AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN CAST(s.is_day_case AS INTEGER) END) AS INTEGER) AS day_cases_365d,
    CAST(SUM(CASE WHEN s.patient_class IS NOT NULL AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN CAST(s.is_regular_attendance AS INTEGER) END) AS INTEGER) AS regular_attendances_365d,
    CAST(SUM(CASE WHEN s.is_maternity AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS maternity_admissions_365d,
    CAST(SUM(CASE WHEN s.spells > 1 AND s.admission_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS stays_with_transfer_365d,
    CAST(DATE_DIFF('day', MAX(CASE WHEN s.is_elective THEN s.admission_date END), MAX(i.index_date)) AS INTEGER) AS days_since_elective_admission,
    CAST(SUM(CASE WHEN s.admission_date >= i.index_date - INTERVAL 365 DAY THEN s.cost_pence END) AS DOUBLE) / 100 AS admission_cost_pounds_365d
FROM features.known_stay AS s
CROSS JOIN features.index_date AS i
GROUP BY s.person_id
