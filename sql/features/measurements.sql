-- The last measurements of general practice known at the index date, and how old they are.
-- grain: person with at least one of these measurements known at the index date
-- reads: features.index_date, features.known_last_measurement
-- order: 260
--
-- systolic_bp: systolic blood pressure, last value known within plausible bounds; mmHg; ever; null if none
-- systolic_bp_age_days: age of that value at the index date; days; ever; null if none
-- diastolic_bp: diastolic blood pressure, last value known within plausible bounds; mmHg; ever; null if none
-- diastolic_bp_age_days: age of that value at the index date; days; ever; null if none
-- bmi: body mass index, last value known within plausible bounds; kg/m2; ever; null if none
-- bmi_age_days: age of that value at the index date; days; ever; null if none
-- hba1c: HbA1c (IFCC), last value known within plausible bounds; mmol/mol; ever; null if none
-- hba1c_age_days: age of that value at the index date; days; ever; null if none
-- egfr: estimated glomerular filtration rate, last value known within plausible bounds; mL/min/1.73m2; ever; null if none
-- egfr_age_days: age of that value at the index date; days; ever; null if none
-- haemoglobin: haemoglobin, last value known within plausible bounds; g/L; ever; null if none
-- haemoglobin_age_days: age of that value at the index date; days; ever; null if none
-- total_cholesterol: total cholesterol, last value known within plausible bounds; mmol/L; ever; null if none
-- total_cholesterol_age_days: age of that value at the index date; days; ever; null if none
-- source: code lists, units and bounds in seeds.measurement and seeds.measurement_unit, version 2026-11
SELECT
    m.person_id,
    MAX(CASE WHEN m.measure = 'systolic_bp' THEN m.value END) AS systolic_bp,
    CAST(MAX(CASE WHEN m.measure = 'systolic_bp' THEN DATE_DIFF('day', m.event_date, i.index_date) END) AS INTEGER) AS systolic_bp_age_days,
    MAX(CASE WHEN m.measure = 'diastolic_bp' THEN m.value END) AS diastolic_bp,
    CAST(MAX(CASE WHEN m.measure = 'diastolic_bp' THEN DATE_DIFF('day', m.event_date, i.index_date) END) AS INTEGER) AS diastolic_bp_age_days,
    MAX(CASE WHEN m.measure = 'bmi' THEN m.value END) AS bmi,
    CAST(MAX(CASE WHEN m.measure = 'bmi' THEN DATE_DIFF('day', m.event_date, i.index_date) END) AS INTEGER) AS bmi_age_days,
    MAX(CASE WHEN m.measure = 'hba1c' THEN m.value END) AS hba1c,
    CAST(MAX(CASE WHEN m.measure = 'hba1c' THEN DATE_DIFF('day', m.event_date, i.index_date) END) AS INTEGER) AS hba1c_age_days,
    MAX(CASE WHEN m.measure = 'egfr' THEN m.value END) AS egfr,
    CAST(MAX(CASE WHEN m.measure = 'egfr' THEN DATE_DIFF('day', m.event_date, i.index_date) END) AS INTEGER) AS egfr_age_days,
    MAX(CASE WHEN m.measure = 'haemoglobin' THEN m.value END) AS haemoglobin,
    CAST(MAX(CASE WHEN m.measure = 'haemoglobin' THEN DATE_DIFF('day', m.event_date, i.index_date) END) AS INTEGER) AS haemoglobin_age_days,
    MAX(CASE WHEN m.measure = 'total_cholesterol' THEN m.value END) AS total_cholesterol,
    CAST(MAX(CASE WHEN m.measure = 'total_cholesterol' THEN DATE_DIFF('day', m.event_date, i.index_date) END) AS INTEGER) AS total_cholesterol_age_days
FROM features.known_last_measurement AS m
CROSS JOIN features.index_date AS i
GROUP BY m.person_id
