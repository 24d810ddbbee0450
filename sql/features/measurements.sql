-- The last measurements of general practice known at the index date: value, age, change, and whether out of range.
-- grain: person with at least one of these measurements known at the index date
-- reads: features.index_date, features.known_measurement, features.demography, staging.measured_code, seeds.measurement_range
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
WITH measure AS (
    SELECT DISTINCT
        c.measure_number,
        c.measure
    FROM staging.measured_code AS c
),

last_value AS (
    SELECT
        k.person_id,
        MAX(CASE WHEN m.measure = 'systolic_bp' THEN k.value END) AS systolic_bp,
        MAX(CASE WHEN m.measure = 'systolic_bp' THEN k.event_date END) AS systolic_bp_date,
        MAX(CASE WHEN m.measure = 'diastolic_bp' THEN k.value END) AS diastolic_bp,
        MAX(CASE WHEN m.measure = 'diastolic_bp' THEN k.event_date END) AS diastolic_bp_date,
        MAX(CASE WHEN m.measure = 'bmi' THEN k.value END) AS bmi,
        MAX(CASE WHEN m.measure = 'bmi' THEN k.event_date END) AS bmi_date,
        MAX(CASE WHEN m.measure = 'hba1c' THEN k.value END) AS hba1c,
        MAX(CASE WHEN m.measure = 'hba1c' THEN k.event_date END) AS hba1c_date,
        MAX(CASE WHEN m.measure = 'egfr' THEN k.value END) AS egfr,
        MAX(CASE WHEN m.measure = 'egfr' THEN k.event_date END) AS egfr_date,
        MAX(CASE WHEN m.measure = 'haemoglobin' THEN k.value END) AS haemoglobin,
        MAX(CASE WHEN m.measure = 'haemoglobin' THEN k.event_date END) AS haemoglobin_date,
        MAX(CASE WHEN m.measure = 'total_cholesterol' THEN k.value END) AS total_cholesterol,
        MAX(CASE WHEN m.measure = 'total_cholesterol' THEN k.event_date END) AS total_cholesterol_date,
        MAX(CASE WHEN m.measure = 'acr' THEN k.value END) AS acr,
        MAX(CASE WHEN m.measure = 'acr' THEN k.event_date END) AS acr_date,
        MAX(CASE WHEN m.measure = 'oxygen_saturation' THEN k.value END) AS oxygen_saturation,
        MAX(CASE WHEN m.measure = 'oxygen_saturation' THEN k.event_date END) AS oxygen_saturation_date,
        MAX(CASE WHEN m.measure = 'weight' THEN k.value END) AS weight,
        MAX(CASE WHEN m.measure = 'weight' THEN k.event_date END) AS weight_date
    FROM features.known_measurement AS k
    INNER JOIN measure AS m ON m.measure_number = k.measure_number
    WHERE k.is_last
    GROUP BY k.person_id
),

previous_value AS (
    SELECT
        k.person_id,
        MAX(CASE WHEN m.measure = 'systolic_bp' THEN k.value END) AS systolic_bp,
        MAX(CASE WHEN m.measure = 'diastolic_bp' THEN k.value END) AS diastolic_bp,
        MAX(CASE WHEN m.measure = 'bmi' THEN k.value END) AS bmi,
        MAX(CASE WHEN m.measure = 'hba1c' THEN k.value END) AS hba1c,
        MAX(CASE WHEN m.measure = 'egfr' THEN k.value END) AS egfr,
        MAX(CASE WHEN m.measure = 'haemoglobin' THEN k.value END) AS haemoglobin,
        MAX(CASE WHEN m.measure = 'total_cholesterol' THEN k.value END) AS total_cholesterol,
        MAX(CASE WHEN m.measure = 'acr' THEN k.value END) AS acr,
        MAX(CASE WHEN m.measure = 'oxygen_saturation' THEN k.value END) AS oxygen_saturation,
        MAX(CASE WHEN m.measure = 'weight' THEN k.value END) AS weight
    FROM features.known_measurement AS k
    INNER JOIN measure AS m ON m.measure_number = k.measure_number
    WHERE NOT k.is_last
    GROUP BY k.person_id
),

age_and_sex AS (
    SELECT DISTINCT
        d.age,
        COALESCE(d.sex, '') AS sex
    FROM features.demography AS d
),

measure_range AS (
    SELECT
        g.age,
        g.sex,
        MAX(CASE WHEN r.measure = 'systolic_bp' THEN r.below END) AS systolic_bp_below,
        MIN(CASE WHEN r.measure = 'systolic_bp' THEN r.above END) AS systolic_bp_above,
        MAX(CASE WHEN r.measure = 'diastolic_bp' THEN r.below END) AS diastolic_bp_below,
        MIN(CASE WHEN r.measure = 'diastolic_bp' THEN r.above END) AS diastolic_bp_above,
        MAX(CASE WHEN r.measure = 'bmi' THEN r.below END) AS bmi_below,
        MIN(CASE WHEN r.measure = 'bmi' THEN r.above END) AS bmi_above,
        MAX(CASE WHEN r.measure = 'hba1c' THEN r.below END) AS hba1c_below,
        MIN(CASE WHEN r.measure = 'hba1c' THEN r.above END) AS hba1c_above,
        MAX(CASE WHEN r.measure = 'egfr' THEN r.below END) AS egfr_below,
        MIN(CASE WHEN r.measure = 'egfr' THEN r.above END) AS egfr_above,
        MAX(CASE WHEN r.measure = 'haemoglobin' THEN r.below END) AS haemoglobin_below,
        MIN(CASE WHEN r.measure = 'haemoglobin' THEN r.above END) AS haemoglobin_above,
        MAX(CASE WHEN r.measure = 'total_cholesterol' THEN r.below END) AS total_cholesterol_below,
        MIN(CASE WHEN r.measure = 'total_cholesterol' THEN r.above END) AS total_cholesterol_above,
        MAX(CASE WHEN r.measure = 'acr' THEN r.below END) AS acr_below,
        MIN(CASE WHEN r.measure = 'acr' THEN r.above END) AS acr_above,
        MAX(CASE WHEN r.measure = 'oxygen_saturation' THEN r.below END) AS oxygen_saturation_below,
        MIN(CASE WHEN r.measure = 'oxygen_saturation' THEN r.above END) AS oxygen_saturation_above
    FROM age_and_sex AS g
    INNER JOIN seeds.measurement_range AS r
        ON (r.sex IS NULL OR r.sex = g.sex) AND g.age >= r.age_from AND g.age <= r.age_to
    GROUP BY g.age, g.sex
)

SELECT
    v.person_id,
    v.systolic_bp,
    CAST(DATE_DIFF('day', v.systolic_bp_date, i.index_date) AS INTEGER) AS systolic_bp_age_days,
    ROUND(v.systolic_bp - p.systolic_bp, 2) AS systolic_bp_change,
    CASE
        WHEN v.systolic_bp < r.systolic_bp_below OR v.systolic_bp > r.systolic_bp_above THEN 1
        WHEN v.systolic_bp >= r.systolic_bp_below OR v.systolic_bp <= r.systolic_bp_above THEN 0
    END AS systolic_bp_out_of_range,
    v.diastolic_bp,
    CAST(DATE_DIFF('day', v.diastolic_bp_date, i.index_date) AS INTEGER) AS diastolic_bp_age_days,
    ROUND(v.diastolic_bp - p.diastolic_bp, 2) AS diastolic_bp_change,
    CASE
        WHEN v.diastolic_bp < r.diastolic_bp_below OR v.diastolic_bp > r.diastolic_bp_above THEN 1
        WHEN v.diastolic_bp >= r.diastolic_bp_below OR v.diastolic_bp <= r.diastolic_bp_above THEN 0
    END AS diastolic_bp_out_of_range,
    v.bmi,
    CAST(DATE_DIFF('day', v.bmi_date, i.index_date) AS INTEGER) AS bmi_age_days,
    ROUND(v.bmi - p.bmi, 2) AS bmi_change,
    CASE
        WHEN v.bmi < r.bmi_below OR v.bmi > r.bmi_above THEN 1
        WHEN v.bmi >= r.bmi_below OR v.bmi <= r.bmi_above THEN 0
    END AS bmi_out_of_range,
    v.hba1c,
    CAST(DATE_DIFF('day', v.hba1c_date, i.index_date) AS INTEGER) AS hba1c_age_days,
    ROUND(v.hba1c - p.hba1c, 2) AS hba1c_change,
    CASE
        WHEN v.hba1c < r.hba1c_below OR v.hba1c > r.hba1c_above THEN 1
        WHEN v.hba1c >= r.hba1c_below OR v.hba1c <= r.hba1c_above THEN 0
    END AS hba1c_out_of_range,
    v.egfr,
    CAST(DATE_DIFF('day', v.egfr_date, i.index_date) AS INTEGER) AS egfr_age_days,
    ROUND(v.egfr - p.egfr, 2) AS egfr_change,
    CASE
        WHEN v.egfr < r.egfr_below OR v.egfr > r.egfr_above THEN 1
        WHEN v.egfr >= r.egfr_below OR v.egfr <= r.egfr_above THEN 0
    END AS egfr_out_of_range,
    v.haemoglobin,
    CAST(DATE_DIFF('day', v.haemoglobin_date, i.index_date) AS INTEGER) AS haemoglobin_age_days,
    ROUND(v.haemoglobin - p.haemoglobin, 2) AS haemoglobin_change,
    CASE
        WHEN v.haemoglobin < r.haemoglobin_below OR v.haemoglobin > r.haemoglobin_above THEN 1
        WHEN v.haemoglobin >= r.haemoglobin_below OR v.haemoglobin <= r.haemoglobin_above THEN 0
    END AS haemoglobin_out_of_range,
    v.total_cholesterol,
    CAST(DATE_DIFF('day', v.total_cholesterol_date, i.index_date) AS INTEGER) AS total_cholesterol_age_days,
    ROUND(v.total_cholesterol - p.total_cholesterol, 2) AS total_cholesterol_change,
    CASE
        WHEN v.total_cholesterol < r.total_cholesterol_below OR v.total_cholesterol > r.total_cholesterol_above THEN 1
        WHEN v.total_cholesterol >= r.total_cholesterol_below OR v.total_cholesterol <= r.total_cholesterol_above THEN 0
    END AS total_cholesterol_out_of_range,
    v.acr,
    CAST(DATE_DIFF('day', v.acr_date, i.index_date) AS INTEGER) AS acr_age_days,
    ROUND(v.acr - p.acr, 2) AS acr_change,
    CASE
        WHEN v.acr < r.acr_below OR v.acr > r.acr_above THEN 1
        WHEN v.acr >= r.acr_below OR v.acr <= r.acr_above THEN 0
    END AS acr_out_of_range,
    v.oxygen_saturation,
    CAST(DATE_DIFF('day', v.oxygen_saturation_date, i.index_date) AS INTEGER) AS oxygen_saturation_age_days,
    ROUND(v.oxygen_saturation - p.oxygen_saturation, 2) AS oxygen_saturation_change,
    CASE
        WHEN v.oxygen_saturation < r.oxygen_saturation_below OR v.oxygen_saturation > r.oxygen_saturation_above THEN 1
        WHEN v.oxygen_saturation >= r.oxygen_saturation_below OR v.oxygen_saturation <= r.oxygen_saturation_above THEN 0
    END AS oxygen_saturation_out_of_range,
    v.weight,
    CAST(DATE_DIFF('day', v.weight_date, i.index_date) AS INTEGER) AS weight_age_days,
    CASE WHEN p.weight > 0 THEN ROUND(100 * (v.weight - p.weight) / NULLIF(p.weight, 0), 2) END AS weight_change_percent
FROM last_value AS v
CROSS JOIN features.index_date AS i
LEFT JOIN previous_value AS p ON p.person_id = v.person_id
LEFT JOIN features.demography AS d ON d.person_id = v.person_id
LEFT JOIN measure_range AS r ON r.age = d.age AND r.sex = COALESCE(d.sex, '')
