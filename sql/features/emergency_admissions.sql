-- Emergency admissions before the index date.
-- grain: person with at least one emergency stay known at the index date
-- reads: features.index_date, features.known_stay
-- order: 30
--
-- emergency_admissions_30d: emergency admissions in the 30 days before the index date; count; 30 days; 0 if none
-- emergency_admissions_90d: emergency admissions in the 90 days before the index date; count; 90 days; 0 if none
-- emergency_admissions_365d: emergency admissions in the 365 days before the index date; count; 365 days; 0 if none
-- emergency_admissions_730d: emergency admissions in the 730 days before the index date; count; 730 days; 0 if none
-- emergency_bed_days_365d: nights of emergency stays admitted in the 365 days before, up to the index date; nights; 365 days; 0 if none
-- emergency_bed_days_730d: nights of emergency stays admitted in the 730 days before, up to the index date; nights; 730 days; 0 if none
-- same_day_emergency_admissions_365d: emergency stays in the 365 days before that ended on the day they began; count; 365 days; 0 if none
-- emergency_readmissions_30_days_365d: emergency admissions in the 365 days before that began within 30 days of an earlier discharge (regular attenders left out); count; 365 days; 0 if none
-- days_since_emergency_admission: whole days since the last emergency admission known; days; ever; null if none
-- days_since_emergency_discharge: whole days since the last discharge from an emergency stay; days; ever; null if none
-- source: NHS Data Dictionary, ADMISSION METHOD CODE; stays as in features.known_stay
WITH readmission AS (
    SELECT DISTINCT
        stay.person_id,
        stay.stay_number
    FROM features.known_stay AS stay
    INNER JOIN features.known_stay AS earlier
        ON
            earlier.person_id = stay.person_id
            AND earlier.stay_number < stay.stay_number
            AND earlier.discharge_date <= stay.admission_date
            AND earlier.discharge_date >= stay.admission_date - INTERVAL 30 DAY
    WHERE stay.is_emergency AND NOT earlier.is_regular_attendance
)

SELECT
    stay.person_id,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 30 DAY THEN 1 ELSE 0 END) AS INTEGER) AS emergency_admissions_30d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS emergency_admissions_90d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS emergency_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS emergency_admissions_730d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.nights ELSE 0 END) AS INTEGER) AS emergency_bed_days_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 730 DAY THEN stay.nights ELSE 0 END) AS INTEGER) AS emergency_bed_days_730d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY AND stay.discharge_date = stay.admission_date THEN 1 ELSE 0 END) AS INTEGER) AS same_day_emergency_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY AND readmission.person_id IS NOT NULL THEN 1 ELSE 0 END) AS INTEGER) AS emergency_readmissions_30_days_365d,
    CAST(DATE_DIFF('day', MAX(stay.admission_date), MAX(i.index_date)) AS INTEGER) AS days_since_emergency_admission,
    CAST(DATE_DIFF('day', MAX(stay.discharge_date), MAX(i.index_date)) AS INTEGER) AS days_since_emergency_discharge
FROM features.known_stay AS stay
CROSS JOIN features.index_date AS i
LEFT JOIN readmission ON readmission.person_id = stay.person_id AND readmission.stay_number = stay.stay_number
WHERE stay.is_emergency
GROUP BY stay.person_id
