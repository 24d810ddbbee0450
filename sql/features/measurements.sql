-- The last measurements of general practice known at the index date: value, age, change, and whether out of range.
-- grain: person with at least one of these measurements known at the index date
-- reads: features.index_date, features.known_last_measurement, features.known_previous_measurement, features.demography, seeds.measurement_range
-- order: 260
--
-- systolic_bp: systolic blood pressure, last value known within plausible bounds; mmHg; ever; null if none
-- systolic_bp_age_days: age of that value at the index date; days; ever; null if none
-- systolic_bp_change: that value less the last one known that was measured 90 to 730 days before it, to two decimals; mmHg; ever; null without an earlier value
-- systolic_bp_out_of_range: that value lies outside the range for the age at the index date (above 140, from 80 years above 150; seeds.measurement_range); 0/1; ever; null if none, under 18
-- diastolic_bp: diastolic blood pressure, last value known within plausible bounds; mmHg; ever; null if none
-- diastolic_bp_age_days: age of that value at the index date; days; ever; null if none
-- diastolic_bp_change: that value less the last one known that was measured 90 to 730 days before it, to two decimals; mmHg; ever; null without an earlier value
-- diastolic_bp_out_of_range: that value lies outside the range for the age at the index date (above 90; seeds.measurement_range); 0/1; ever; null if none, under 18
-- bmi: body mass index, last value known within plausible bounds; kg/m2; ever; null if none
-- bmi_age_days: age of that value at the index date; days; ever; null if none
-- bmi_change: that value less the last one known that was measured 90 to 730 days before it, to two decimals; kg/m2; ever; null without an earlier value
-- bmi_out_of_range: that value lies outside the range for the age at the index date (below 18.5 or above 29.9; seeds.measurement_range); 0/1; ever; null if none, under 18
-- hba1c: HbA1c (IFCC), last value known within plausible bounds; mmol/mol; ever; null if none
-- hba1c_age_days: age of that value at the index date; days; ever; null if none
-- hba1c_change: that value less the last one known that was measured 90 to 730 days before it, to two decimals; mmol/mol; ever; null without an earlier value
-- hba1c_out_of_range: that value lies outside the range for the age at the index date (above 58; seeds.measurement_range); 0/1; ever; null if none, under 18
-- egfr: estimated glomerular filtration rate, last value known within plausible bounds; mL/min/1.73m2; ever; null if none
-- egfr_age_days: age of that value at the index date; days; ever; null if none
-- egfr_change: that value less the last one known that was measured 90 to 730 days before it, to two decimals; mL/min/1.73m2; ever; null without an earlier value
-- egfr_out_of_range: that value lies outside the range for the age at the index date (below 60; seeds.measurement_range); 0/1; ever; null if none, under 18
-- haemoglobin: haemoglobin, last value known within plausible bounds; g/L; ever; null if none
-- haemoglobin_age_days: age of that value at the index date; days; ever; null if none
-- haemoglobin_change: that value less the last one known that was measured 90 to 730 days before it, to two decimals; g/L; ever; null without an earlier value
-- haemoglobin_out_of_range: that value lies outside the range for the age at the index date and sex (below 130 in men, below 115 in women; seeds.measurement_range); 0/1; ever; null if none, under 18 and without a sex of 1 or 2
-- total_cholesterol: total cholesterol, last value known within plausible bounds; mmol/L; ever; null if none
-- total_cholesterol_age_days: age of that value at the index date; days; ever; null if none
-- total_cholesterol_change: that value less the last one known that was measured 90 to 730 days before it, to two decimals; mmol/L; ever; null without an earlier value
-- total_cholesterol_out_of_range: that value lies outside the range for the age at the index date (above 5; seeds.measurement_range); 0/1; ever; null if none, under 18
-- acr: urine albumin:creatinine ratio, last value known within plausible bounds; mg/mmol; ever; null if none
-- acr_age_days: age of that value at the index date; days; ever; null if none
-- acr_change: that value less the last one known that was measured 90 to 730 days before it, to two decimals; mg/mmol; ever; null without an earlier value
-- acr_out_of_range: that value lies outside the range for the age at the index date (above 3; seeds.measurement_range); 0/1; ever; null if none, under 18
-- oxygen_saturation: oxygen saturation, last value known within plausible bounds; %; ever; null if none
-- oxygen_saturation_age_days: age of that value at the index date; days; ever; null if none
-- oxygen_saturation_change: that value less the last one known that was measured 90 to 730 days before it, to two decimals; %; ever; null without an earlier value
-- oxygen_saturation_out_of_range: that value lies outside the range for the age at the index date (below 93; seeds.measurement_range); 0/1; ever; null if none, under 18
-- weight: body weight, last value known within plausible bounds; kg; ever; null if none
-- weight_age_days: age of that value at the index date; days; ever; null if none
-- weight_change_percent: that value less the last one known that was measured 90 to 730 days before it, as a share of the earlier one, to two decimals; %; ever; null without an earlier value
-- source: code lists, units and plausible bounds in seeds.measurement and seeds.measurement_unit; ranges, each with its own source, in seeds.measurement_range: signs for a reader, not targets for a person
WITH judged AS (
    SELECT
        m.person_id,
        m.measure,
        m.value,
        DATE_DIFF('day', m.event_date, i.index_date) AS age_days,
        ROUND(m.value - p.value, 2) AS change,
        CASE WHEN p.value > 0 THEN ROUND(100 * (m.value - p.value) / NULLIF(p.value, 0), 2) END AS change_percent,
        CASE
            WHEN r.measure IS NULL THEN NULL
            WHEN m.value < r.below OR m.value > r.above THEN 1
            ELSE 0
        END AS out_of_range
    FROM features.known_last_measurement AS m
    CROSS JOIN features.index_date AS i
    LEFT JOIN features.known_previous_measurement AS p ON p.person_id = m.person_id AND p.measure = m.measure
    LEFT JOIN features.demography AS d ON d.person_id = m.person_id
    LEFT JOIN seeds.measurement_range AS r
        ON r.measure = m.measure AND (r.sex IS NULL OR r.sex = d.sex) AND d.age >= r.age_from AND d.age <= r.age_to
)

SELECT
    j.person_id,
    MAX(CASE WHEN j.measure = 'systolic_bp' THEN j.value END) AS systolic_bp,
    CAST(MAX(CASE WHEN j.measure = 'systolic_bp' THEN j.age_days END) AS INTEGER) AS systolic_bp_age_days,
    MAX(CASE WHEN j.measure = 'systolic_bp' THEN j.change END) AS systolic_bp_change,
    MAX(CASE WHEN j.measure = 'systolic_bp' THEN j.out_of_range END) AS systolic_bp_out_of_range,
    MAX(CASE WHEN j.measure = 'diastolic_bp' THEN j.value END) AS diastolic_bp,
    CAST(MAX(CASE WHEN j.measure = 'diastolic_bp' THEN j.age_days END) AS INTEGER) AS diastolic_bp_age_days,
    MAX(CASE WHEN j.measure = 'diastolic_bp' THEN j.change END) AS diastolic_bp_change,
    MAX(CASE WHEN j.measure = 'diastolic_bp' THEN j.out_of_range END) AS diastolic_bp_out_of_range,
    MAX(CASE WHEN j.measure = 'bmi' THEN j.value END) AS bmi,
    CAST(MAX(CASE WHEN j.measure = 'bmi' THEN j.age_days END) AS INTEGER) AS bmi_age_days,
    MAX(CASE WHEN j.measure = 'bmi' THEN j.change END) AS bmi_change,
    MAX(CASE WHEN j.measure = 'bmi' THEN j.out_of_range END) AS bmi_out_of_range,
    MAX(CASE WHEN j.measure = 'hba1c' THEN j.value END) AS hba1c,
    CAST(MAX(CASE WHEN j.measure = 'hba1c' THEN j.age_days END) AS INTEGER) AS hba1c_age_days,
    MAX(CASE WHEN j.measure = 'hba1c' THEN j.change END) AS hba1c_change,
    MAX(CASE WHEN j.measure = 'hba1c' THEN j.out_of_range END) AS hba1c_out_of_range,
    MAX(CASE WHEN j.measure = 'egfr' THEN j.value END) AS egfr,
    CAST(MAX(CASE WHEN j.measure = 'egfr' THEN j.age_days END) AS INTEGER) AS egfr_age_days,
    MAX(CASE WHEN j.measure = 'egfr' THEN j.change END) AS egfr_change,
    MAX(CASE WHEN j.measure = 'egfr' THEN j.out_of_range END) AS egfr_out_of_range,
    MAX(CASE WHEN j.measure = 'haemoglobin' THEN j.value END) AS haemoglobin,
    CAST(MAX(CASE WHEN j.measure = 'haemoglobin' THEN j.age_days END) AS INTEGER) AS haemoglobin_age_days,
    MAX(CASE WHEN j.measure = 'haemoglobin' THEN j.change END) AS haemoglobin_change,
    MAX(CASE WHEN j.measure = 'haemoglobin' THEN j.out_of_range END) AS haemoglobin_out_of_range,
    MAX(CASE WHEN j.measure = 'total_cholesterol' THEN j.value END) AS total_cholesterol,
    CAST(MAX(CASE WHEN j.measure = 'total_cholesterol' THEN j.age_days END) AS INTEGER) AS total_cholesterol_age_days,
    MAX(CASE WHEN j.measure = 'total_cholesterol' THEN j.change END) AS total_cholesterol_change,
    MAX(CASE WHEN j.measure = 'total_cholesterol' THEN j.out_of_range END) AS total_cholesterol_out_of_range,
    MAX(CASE WHEN j.measure = 'acr' THEN j.value END) AS acr,
    CAST(MAX(CASE WHEN j.measure = 'acr' THEN j.age_days END) AS INTEGER) AS acr_age_days,
    MAX(CASE WHEN j.measure = 'acr' THEN j.change END) AS acr_change,
    MAX(CASE WHEN j.measure = 'acr' THEN j.out_of_range END) AS acr_out_of_range,
    MAX(CASE WHEN j.measure = 'oxygen_saturation' THEN j.value END) AS oxygen_saturation,
    CAST(MAX(CASE WHEN j.measure = 'oxygen_saturation' THEN j.age_days END) AS INTEGER) AS oxygen_saturation_age_days,
    MAX(CASE WHEN j.measure = 'oxygen_saturation' THEN j.change END) AS oxygen_saturation_change,
    MAX(CASE WHEN j.measure = 'oxygen_saturation' THEN j.out_of_range END) AS oxygen_saturation_out_of_range,
    MAX(CASE WHEN j.measure = 'weight' THEN j.value END) AS weight,
    CAST(MAX(CASE WHEN j.measure = 'weight' THEN j.age_days END) AS INTEGER) AS weight_age_days,
    MAX(CASE WHEN j.measure = 'weight' THEN j.change_percent END) AS weight_change_percent
FROM judged AS j
GROUP BY j.person_id
