-- Conditions recorded in general practice, and years since the first record.
-- grain: person with at least one condition known at the index date
-- reads: features.index_date, features.known_condition, seeds.condition
-- order: 200
--
-- has_af: atrial fibrillation recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_af: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_asthma: asthma recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_asthma: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_cancer: cancer ever recorded; 0/1; ever; 0 if none
-- years_since_cancer: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_chd: coronary heart disease ever recorded; 0/1; ever; 0 if none
-- years_since_chd: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_ckd: chronic kidney disease stage 3 to 5 recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_ckd: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_copd: COPD recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_copd: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_dementia: dementia ever recorded; 0/1; ever; 0 if none
-- years_since_dementia: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_depression: depression recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_depression: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_diabetes: diabetes, type 1 or 2 recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_diabetes: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_epilepsy: epilepsy recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_epilepsy: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_heart_failure: heart failure recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_heart_failure: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_hypertension: hypertension recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_hypertension: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_learning_disability: learning disability ever recorded; 0/1; ever; 0 if none
-- years_since_learning_disability: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_obesity: obesity ever recorded; 0/1; ever; 0 if none
-- years_since_obesity: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_osteoporosis: osteoporosis recorded, and not as resolved since (a resolution ends every record dated on its day or before; a record on a later day begins again); 0/1; ever; 0 if none
-- years_since_osteoporosis: years since the first record of it after the last resolution, over 365.25 days; years; ever; null if none
-- has_pad: peripheral arterial disease ever recorded; 0/1; ever; 0 if none
-- years_since_pad: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_rheumatoid_arthritis: rheumatoid arthritis ever recorded; 0/1; ever; 0 if none
-- years_since_rheumatoid_arthritis: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_smi: severe mental illness ever recorded; 0/1; ever; 0 if none
-- years_since_smi: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_stroke_tia: stroke or TIA ever recorded; 0/1; ever; 0 if none
-- years_since_stroke_tia: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_palliative_care: palliative care ever recorded; 0/1; ever; 0 if none
-- years_since_palliative_care: years since the first record of it, over 365.25 days; years; ever; null if none
-- long_term_conditions: how many of the conditions above a person has, palliative care and obesity left out; count; ever; 0 if none
-- has_alcohol_problems: alcohol problems ever recorded; 0/1; ever; 0 if none
-- years_since_alcohol_problems: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_anxiety: anxiety ever recorded; 0/1; ever; 0 if none
-- years_since_anxiety: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_connective_tissue_disorder: connective tissue disorder or rheumatoid arthritis ever recorded; 0/1; ever; 0 if none
-- years_since_connective_tissue_disorder: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_hearing_loss: hearing loss ever recorded; 0/1; ever; 0 if none
-- years_since_hearing_loss: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_irritable_bowel_syndrome: irritable bowel syndrome ever recorded; 0/1; ever; 0 if none
-- years_since_irritable_bowel_syndrome: years since the first record of it, over 365.25 days; years; ever; null if none
-- has_non_diabetic_hyperglycaemia: non-diabetic hyperglycaemia ever recorded, and no diabetes (has_diabetes); 0/1; ever; 0 if none
-- years_since_non_diabetic_hyperglycaemia: years since the first record of it, over 365.25 days; years; ever; null if none or with diabetes
-- long_term_conditions_added_365d: how many of the long-term conditions were first recorded (after the last resolution) in the 365 days before the index date; count; 365 days; 0 if none
-- mental_and_physical_conditions: a condition of the mind (dementia, depression, learning disability, severe mental illness or anxiety) and a long-term condition that is not one of them; 0/1; ever; 0 if none
-- The registers are QOF-like: the 21 of QOF 2024/25 by code alone, without its rules of age, date, treatment or measured value; a second diagnosis of CKD as stage 1 or 2 does not end it.
-- source: code lists named in seeds.condition, versions 2026-11 and 2026-11.2; starter lists, not reviewed clinically; conditions of the mind as in the Health Foundation's reading of the Cambridge definitions
WITH kind AS (
    SELECT DISTINCT
        c.condition,
        c.is_long_term,
        c.is_mental
    FROM seeds.condition AS c
)

SELECT
    k.person_id,
    MAX(CASE WHEN k.condition = 'af' THEN 1 ELSE 0 END) AS has_af,
    MAX(CASE WHEN k.condition = 'af' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_af,
    MAX(CASE WHEN k.condition = 'asthma' THEN 1 ELSE 0 END) AS has_asthma,
    MAX(CASE WHEN k.condition = 'asthma' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_asthma,
    MAX(CASE WHEN k.condition = 'cancer' THEN 1 ELSE 0 END) AS has_cancer,
    MAX(CASE WHEN k.condition = 'cancer' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_cancer,
    MAX(CASE WHEN k.condition = 'chd' THEN 1 ELSE 0 END) AS has_chd,
    MAX(CASE WHEN k.condition = 'chd' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_chd,
    MAX(CASE WHEN k.condition = 'ckd' THEN 1 ELSE 0 END) AS has_ckd,
    MAX(CASE WHEN k.condition = 'ckd' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_ckd,
    MAX(CASE WHEN k.condition = 'copd' THEN 1 ELSE 0 END) AS has_copd,
    MAX(CASE WHEN k.condition = 'copd' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_copd,
    MAX(CASE WHEN k.condition = 'dementia' THEN 1 ELSE 0 END) AS has_dementia,
    MAX(CASE WHEN k.condition = 'dementia' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_dementia,
    MAX(CASE WHEN k.condition = 'depression' THEN 1 ELSE 0 END) AS has_depression,
    MAX(CASE WHEN k.condition = 'depression' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_depression,
    MAX(CASE WHEN k.condition = 'diabetes' THEN 1 ELSE 0 END) AS has_diabetes,
    MAX(CASE WHEN k.condition = 'diabetes' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_diabetes,
    MAX(CASE WHEN k.condition = 'epilepsy' THEN 1 ELSE 0 END) AS has_epilepsy,
    MAX(CASE WHEN k.condition = 'epilepsy' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_epilepsy,
    MAX(CASE WHEN k.condition = 'heart_failure' THEN 1 ELSE 0 END) AS has_heart_failure,
    MAX(CASE WHEN k.condition = 'heart_failure' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_heart_failure,
    MAX(CASE WHEN k.condition = 'hypertension' THEN 1 ELSE 0 END) AS has_hypertension,
    MAX(CASE WHEN k.condition = 'hypertension' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_hypertension,
    MAX(CASE WHEN k.condition = 'learning_disability' THEN 1 ELSE 0 END) AS has_learning_disability,
    MAX(CASE WHEN k.condition = 'learning_disability' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_learning_disability,
    MAX(CASE WHEN k.condition = 'obesity' THEN 1 ELSE 0 END) AS has_obesity,
    MAX(CASE WHEN k.condition = 'obesity' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_obesity,
    MAX(CASE WHEN k.condition = 'osteoporosis' THEN 1 ELSE 0 END) AS has_osteoporosis,
    MAX(CASE WHEN k.condition = 'osteoporosis' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_osteoporosis,
    MAX(CASE WHEN k.condition = 'pad' THEN 1 ELSE 0 END) AS has_pad,
    MAX(CASE WHEN k.condition = 'pad' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_pad,
    MAX(CASE WHEN k.condition = 'rheumatoid_arthritis' THEN 1 ELSE 0 END) AS has_rheumatoid_arthritis,
    MAX(CASE WHEN k.condition = 'rheumatoid_arthritis' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_rheumatoid_arthritis,
    MAX(CASE WHEN k.condition = 'smi' THEN 1 ELSE 0 END) AS has_smi,
    MAX(CASE WHEN k.condition = 'smi' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_smi,
    MAX(CASE WHEN k.condition = 'stroke_tia' THEN 1 ELSE 0 END) AS has_stroke_tia,
    MAX(CASE WHEN k.condition = 'stroke_tia' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_stroke_tia,
    MAX(CASE WHEN k.condition = 'palliative_care' THEN 1 ELSE 0 END) AS has_palliative_care,
    MAX(CASE WHEN k.condition = 'palliative_care' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_palliative_care,
    CAST(SUM(CASE WHEN t.is_long_term THEN 1 ELSE 0 END) AS INTEGER) AS long_term_conditions,
    MAX(CASE WHEN k.condition = 'alcohol_problems' THEN 1 ELSE 0 END) AS has_alcohol_problems,
    MAX(CASE WHEN k.condition = 'alcohol_problems' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_alcohol_problems,
    MAX(CASE WHEN k.condition = 'anxiety' THEN 1 ELSE 0 END) AS has_anxiety,
    MAX(CASE WHEN k.condition = 'anxiety' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_anxiety,
    MAX(CASE WHEN k.condition = 'connective_tissue_disorder' THEN 1 ELSE 0 END) AS has_connective_tissue_disorder,
    MAX(CASE WHEN k.condition = 'connective_tissue_disorder' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_connective_tissue_disorder,
    MAX(CASE WHEN k.condition = 'hearing_loss' THEN 1 ELSE 0 END) AS has_hearing_loss,
    MAX(CASE WHEN k.condition = 'hearing_loss' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_hearing_loss,
    MAX(CASE WHEN k.condition = 'irritable_bowel_syndrome' THEN 1 ELSE 0 END) AS has_irritable_bowel_syndrome,
    MAX(CASE WHEN k.condition = 'irritable_bowel_syndrome' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END) AS years_since_irritable_bowel_syndrome,
    CASE
        WHEN MAX(CASE WHEN k.condition = 'diabetes' THEN 1 ELSE 0 END) = 0
            THEN MAX(CASE WHEN k.condition = 'non_diabetic_hyperglycaemia' THEN 1 ELSE 0 END)
        ELSE 0
    END AS has_non_diabetic_hyperglycaemia,
    CASE
        WHEN MAX(CASE WHEN k.condition = 'diabetes' THEN 1 ELSE 0 END) = 0
            THEN MAX(CASE WHEN k.condition = 'non_diabetic_hyperglycaemia' THEN DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) END)
    END AS years_since_non_diabetic_hyperglycaemia,
    CAST(
        SUM(CASE WHEN t.is_long_term AND k.first_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER
    ) AS long_term_conditions_added_365d,
    CASE
        WHEN MAX(CASE WHEN t.is_mental AND k.condition <> 'alcohol_problems' THEN 1 ELSE 0 END) = 1
            AND MAX(CASE WHEN t.is_long_term AND NOT t.is_mental THEN 1 ELSE 0 END) = 1 THEN 1
        ELSE 0
    END AS mental_and_physical_conditions
FROM features.known_condition AS k
INNER JOIN kind AS t ON t.condition = k.condition
CROSS JOIN features.index_date AS i
GROUP BY k.person_id
