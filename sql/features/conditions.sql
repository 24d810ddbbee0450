-- Conditions recorded in general practice, and years since the first record.
-- grain: person with at least one condition recorded and known at the index date
-- reads: features.index_date, features.known_first_record, seeds.condition
-- order: 200
--
-- has_af: atrial fibrillation ever recorded; 0/1; ever; 0 if none
-- years_since_af: years since the first record of it; years; ever; null if none
-- has_asthma: asthma ever recorded; 0/1; ever; 0 if none
-- years_since_asthma: years since the first record of it; years; ever; null if none
-- has_cancer: cancer ever recorded; 0/1; ever; 0 if none
-- years_since_cancer: years since the first record of it; years; ever; null if none
-- has_chd: coronary heart disease ever recorded; 0/1; ever; 0 if none
-- years_since_chd: years since the first record of it; years; ever; null if none
-- has_ckd: chronic kidney disease stage 3 to 5 ever recorded; 0/1; ever; 0 if none
-- years_since_ckd: years since the first record of it; years; ever; null if none
-- has_copd: COPD ever recorded; 0/1; ever; 0 if none
-- years_since_copd: years since the first record of it; years; ever; null if none
-- has_dementia: dementia ever recorded; 0/1; ever; 0 if none
-- years_since_dementia: years since the first record of it; years; ever; null if none
-- has_depression: depression ever recorded; 0/1; ever; 0 if none
-- years_since_depression: years since the first record of it; years; ever; null if none
-- has_diabetes: diabetes, type 1 or 2 ever recorded; 0/1; ever; 0 if none
-- years_since_diabetes: years since the first record of it; years; ever; null if none
-- has_epilepsy: epilepsy ever recorded; 0/1; ever; 0 if none
-- years_since_epilepsy: years since the first record of it; years; ever; null if none
-- has_heart_failure: heart failure ever recorded; 0/1; ever; 0 if none
-- years_since_heart_failure: years since the first record of it; years; ever; null if none
-- has_hypertension: hypertension ever recorded; 0/1; ever; 0 if none
-- years_since_hypertension: years since the first record of it; years; ever; null if none
-- has_learning_disability: learning disability ever recorded; 0/1; ever; 0 if none
-- years_since_learning_disability: years since the first record of it; years; ever; null if none
-- has_obesity: obesity ever recorded; 0/1; ever; 0 if none
-- years_since_obesity: years since the first record of it; years; ever; null if none
-- has_osteoporosis: osteoporosis ever recorded; 0/1; ever; 0 if none
-- years_since_osteoporosis: years since the first record of it; years; ever; null if none
-- has_pad: peripheral arterial disease ever recorded; 0/1; ever; 0 if none
-- years_since_pad: years since the first record of it; years; ever; null if none
-- has_rheumatoid_arthritis: rheumatoid arthritis ever recorded; 0/1; ever; 0 if none
-- years_since_rheumatoid_arthritis: years since the first record of it; years; ever; null if none
-- has_smi: severe mental illness ever recorded; 0/1; ever; 0 if none
-- years_since_smi: years since the first record of it; years; ever; null if none
-- has_stroke_tia: stroke or TIA ever recorded; 0/1; ever; 0 if none
-- years_since_stroke_tia: years since the first record of it; years; ever; null if none
-- has_palliative_care: palliative care ever recorded; 0/1; ever; 0 if none
-- years_since_palliative_care: years since the first record of it; years; ever; null if none
-- long_term_conditions: how many of these conditions are recorded, palliative care and obesity left out; count; ever; 0 if none
-- source: code lists named in seeds.condition, version 2026-11; starter lists, not reviewed clinically
SELECT
    r.person_id,
    MAX(CASE WHEN c.condition = 'af' THEN 1 ELSE 0 END) AS has_af,
    MAX(CASE WHEN c.condition = 'af' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_af,
    MAX(CASE WHEN c.condition = 'asthma' THEN 1 ELSE 0 END) AS has_asthma,
    MAX(CASE WHEN c.condition = 'asthma' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_asthma,
    MAX(CASE WHEN c.condition = 'cancer' THEN 1 ELSE 0 END) AS has_cancer,
    MAX(CASE WHEN c.condition = 'cancer' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_cancer,
    MAX(CASE WHEN c.condition = 'chd' THEN 1 ELSE 0 END) AS has_chd,
    MAX(CASE WHEN c.condition = 'chd' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_chd,
    MAX(CASE WHEN c.condition = 'ckd' THEN 1 ELSE 0 END) AS has_ckd,
    MAX(CASE WHEN c.condition = 'ckd' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_ckd,
    MAX(CASE WHEN c.condition = 'copd' THEN 1 ELSE 0 END) AS has_copd,
    MAX(CASE WHEN c.condition = 'copd' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_copd,
    MAX(CASE WHEN c.condition = 'dementia' THEN 1 ELSE 0 END) AS has_dementia,
    MAX(CASE WHEN c.condition = 'dementia' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_dementia,
    MAX(CASE WHEN c.condition = 'depression' THEN 1 ELSE 0 END) AS has_depression,
    MAX(CASE WHEN c.condition = 'depression' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_depression,
    MAX(CASE WHEN c.condition = 'diabetes' THEN 1 ELSE 0 END) AS has_diabetes,
    MAX(CASE WHEN c.condition = 'diabetes' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_diabetes,
    MAX(CASE WHEN c.condition = 'epilepsy' THEN 1 ELSE 0 END) AS has_epilepsy,
    MAX(CASE WHEN c.condition = 'epilepsy' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_epilepsy,
    MAX(CASE WHEN c.condition = 'heart_failure' THEN 1 ELSE 0 END) AS has_heart_failure,
    MAX(CASE WHEN c.condition = 'heart_failure' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_heart_failure,
    MAX(CASE WHEN c.condition = 'hypertension' THEN 1 ELSE 0 END) AS has_hypertension,
    MAX(CASE WHEN c.condition = 'hypertension' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_hypertension,
    MAX(CASE WHEN c.condition = 'learning_disability' THEN 1 ELSE 0 END) AS has_learning_disability,
    MAX(CASE WHEN c.condition = 'learning_disability' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_learning_disability,
    MAX(CASE WHEN c.condition = 'obesity' THEN 1 ELSE 0 END) AS has_obesity,
    MAX(CASE WHEN c.condition = 'obesity' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_obesity,
    MAX(CASE WHEN c.condition = 'osteoporosis' THEN 1 ELSE 0 END) AS has_osteoporosis,
    MAX(CASE WHEN c.condition = 'osteoporosis' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_osteoporosis,
    MAX(CASE WHEN c.condition = 'pad' THEN 1 ELSE 0 END) AS has_pad,
    MAX(CASE WHEN c.condition = 'pad' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_pad,
    MAX(CASE WHEN c.condition = 'rheumatoid_arthritis' THEN 1 ELSE 0 END) AS has_rheumatoid_arthritis,
    MAX(CASE WHEN c.condition = 'rheumatoid_arthritis' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_rheumatoid_arthritis,
    MAX(CASE WHEN c.condition = 'smi' THEN 1 ELSE 0 END) AS has_smi,
    MAX(CASE WHEN c.condition = 'smi' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_smi,
    MAX(CASE WHEN c.condition = 'stroke_tia' THEN 1 ELSE 0 END) AS has_stroke_tia,
    MAX(CASE WHEN c.condition = 'stroke_tia' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_stroke_tia,
    MAX(CASE WHEN c.condition = 'palliative_care' THEN 1 ELSE 0 END) AS has_palliative_care,
    MAX(CASE WHEN c.condition = 'palliative_care' THEN DATE_DIFF('day', r.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_palliative_care,
    CAST(COUNT(DISTINCT CASE WHEN c.is_long_term THEN c.condition END) AS INTEGER) AS long_term_conditions
FROM features.known_first_record AS r
INNER JOIN seeds.condition AS c ON c.list_id = r.list_id
CROSS JOIN features.index_date AS i
GROUP BY r.person_id
