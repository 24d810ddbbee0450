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
),

first_record AS (
    SELECT
        k.person_id,
        MAX(CASE WHEN k.condition = 'af' THEN k.first_date END) AS af,
        MAX(CASE WHEN k.condition = 'asthma' THEN k.first_date END) AS asthma,
        MAX(CASE WHEN k.condition = 'cancer' THEN k.first_date END) AS cancer,
        MAX(CASE WHEN k.condition = 'chd' THEN k.first_date END) AS chd,
        MAX(CASE WHEN k.condition = 'ckd' THEN k.first_date END) AS ckd,
        MAX(CASE WHEN k.condition = 'copd' THEN k.first_date END) AS copd,
        MAX(CASE WHEN k.condition = 'dementia' THEN k.first_date END) AS dementia,
        MAX(CASE WHEN k.condition = 'depression' THEN k.first_date END) AS depression,
        MAX(CASE WHEN k.condition = 'diabetes' THEN k.first_date END) AS diabetes,
        MAX(CASE WHEN k.condition = 'epilepsy' THEN k.first_date END) AS epilepsy,
        MAX(CASE WHEN k.condition = 'heart_failure' THEN k.first_date END) AS heart_failure,
        MAX(CASE WHEN k.condition = 'hypertension' THEN k.first_date END) AS hypertension,
        MAX(CASE WHEN k.condition = 'learning_disability' THEN k.first_date END) AS learning_disability,
        MAX(CASE WHEN k.condition = 'obesity' THEN k.first_date END) AS obesity,
        MAX(CASE WHEN k.condition = 'osteoporosis' THEN k.first_date END) AS osteoporosis,
        MAX(CASE WHEN k.condition = 'pad' THEN k.first_date END) AS pad,
        MAX(CASE WHEN k.condition = 'rheumatoid_arthritis' THEN k.first_date END) AS rheumatoid_arthritis,
        MAX(CASE WHEN k.condition = 'smi' THEN k.first_date END) AS smi,
        MAX(CASE WHEN k.condition = 'stroke_tia' THEN k.first_date END) AS stroke_tia,
        MAX(CASE WHEN k.condition = 'palliative_care' THEN k.first_date END) AS palliative_care,
        MAX(CASE WHEN k.condition = 'alcohol_problems' THEN k.first_date END) AS alcohol_problems,
        MAX(CASE WHEN k.condition = 'anxiety' THEN k.first_date END) AS anxiety,
        MAX(CASE WHEN k.condition = 'connective_tissue_disorder' THEN k.first_date END) AS connective_tissue_disorder,
        MAX(CASE WHEN k.condition = 'hearing_loss' THEN k.first_date END) AS hearing_loss,
        MAX(CASE WHEN k.condition = 'irritable_bowel_syndrome' THEN k.first_date END) AS irritable_bowel_syndrome,
        MAX(CASE WHEN k.condition = 'non_diabetic_hyperglycaemia' THEN k.first_date END) AS non_diabetic_hyperglycaemia,
        CAST(SUM(CASE WHEN t.is_long_term THEN 1 ELSE 0 END) AS INTEGER) AS long_term_conditions,
        CAST(
            SUM(CASE WHEN t.is_long_term AND k.first_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER
        ) AS long_term_conditions_added_365d,
        MAX(CASE WHEN t.is_mental AND k.condition <> 'alcohol_problems' THEN 1 ELSE 0 END) AS is_mental,
        MAX(CASE WHEN t.is_long_term AND NOT t.is_mental THEN 1 ELSE 0 END) AS is_physical
    FROM features.known_condition AS k
    INNER JOIN kind AS t ON t.condition = k.condition
    CROSS JOIN features.index_date AS i
    GROUP BY k.person_id
)

SELECT
    f.person_id,
    CASE WHEN f.af IS NULL THEN 0 ELSE 1 END AS has_af,
    DATE_DIFF('day', f.af, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_af,
    CASE WHEN f.asthma IS NULL THEN 0 ELSE 1 END AS has_asthma,
    DATE_DIFF('day', f.asthma, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_asthma,
    CASE WHEN f.cancer IS NULL THEN 0 ELSE 1 END AS has_cancer,
    DATE_DIFF('day', f.cancer, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_cancer,
    CASE WHEN f.chd IS NULL THEN 0 ELSE 1 END AS has_chd,
    DATE_DIFF('day', f.chd, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_chd,
    CASE WHEN f.ckd IS NULL THEN 0 ELSE 1 END AS has_ckd,
    DATE_DIFF('day', f.ckd, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_ckd,
    CASE WHEN f.copd IS NULL THEN 0 ELSE 1 END AS has_copd,
    DATE_DIFF('day', f.copd, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_copd,
    CASE WHEN f.dementia IS NULL THEN 0 ELSE 1 END AS has_dementia,
    DATE_DIFF('day', f.dementia, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_dementia,
    CASE WHEN f.depression IS NULL THEN 0 ELSE 1 END AS has_depression,
    DATE_DIFF('day', f.depression, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_depression,
    CASE WHEN f.diabetes IS NULL THEN 0 ELSE 1 END AS has_diabetes,
    DATE_DIFF('day', f.diabetes, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_diabetes,
    CASE WHEN f.epilepsy IS NULL THEN 0 ELSE 1 END AS has_epilepsy,
    DATE_DIFF('day', f.epilepsy, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_epilepsy,
    CASE WHEN f.heart_failure IS NULL THEN 0 ELSE 1 END AS has_heart_failure,
    DATE_DIFF('day', f.heart_failure, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_heart_failure,
    CASE WHEN f.hypertension IS NULL THEN 0 ELSE 1 END AS has_hypertension,
    DATE_DIFF('day', f.hypertension, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_hypertension,
    CASE WHEN f.learning_disability IS NULL THEN 0 ELSE 1 END AS has_learning_disability,
    DATE_DIFF('day', f.learning_disability, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_learning_disability,
    CASE WHEN f.obesity IS NULL THEN 0 ELSE 1 END AS has_obesity,
    DATE_DIFF('day', f.obesity, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_obesity,
    CASE WHEN f.osteoporosis IS NULL THEN 0 ELSE 1 END AS has_osteoporosis,
    DATE_DIFF('day', f.osteoporosis, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_osteoporosis,
    CASE WHEN f.pad IS NULL THEN 0 ELSE 1 END AS has_pad,
    DATE_DIFF('day', f.pad, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_pad,
    CASE WHEN f.rheumatoid_arthritis IS NULL THEN 0 ELSE 1 END AS has_rheumatoid_arthritis,
    DATE_DIFF('day', f.rheumatoid_arthritis, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_rheumatoid_arthritis,
    CASE WHEN f.smi IS NULL THEN 0 ELSE 1 END AS has_smi,
    DATE_DIFF('day', f.smi, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_smi,
    CASE WHEN f.stroke_tia IS NULL THEN 0 ELSE 1 END AS has_stroke_tia,
    DATE_DIFF('day', f.stroke_tia, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_stroke_tia,
    CASE WHEN f.palliative_care IS NULL THEN 0 ELSE 1 END AS has_palliative_care,
    DATE_DIFF('day', f.palliative_care, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_palliative_care,
    f.long_term_conditions,
    CASE WHEN f.alcohol_problems IS NULL THEN 0 ELSE 1 END AS has_alcohol_problems,
    DATE_DIFF('day', f.alcohol_problems, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_alcohol_problems,
    CASE WHEN f.anxiety IS NULL THEN 0 ELSE 1 END AS has_anxiety,
    DATE_DIFF('day', f.anxiety, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_anxiety,
    CASE WHEN f.connective_tissue_disorder IS NULL THEN 0 ELSE 1 END AS has_connective_tissue_disorder,
    DATE_DIFF('day', f.connective_tissue_disorder, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_connective_tissue_disorder,
    CASE WHEN f.hearing_loss IS NULL THEN 0 ELSE 1 END AS has_hearing_loss,
    DATE_DIFF('day', f.hearing_loss, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_hearing_loss,
    CASE WHEN f.irritable_bowel_syndrome IS NULL THEN 0 ELSE 1 END AS has_irritable_bowel_syndrome,
    DATE_DIFF('day', f.irritable_bowel_syndrome, i.index_date) / CAST(365.25 AS DOUBLE) AS years_since_irritable_bowel_syndrome,
    CASE WHEN f.diabetes IS NULL AND f.non_diabetic_hyperglycaemia IS NOT NULL THEN 1 ELSE 0 END AS has_non_diabetic_hyperglycaemia,
    CASE
        WHEN f.diabetes IS NULL THEN DATE_DIFF('day', f.non_diabetic_hyperglycaemia, i.index_date) / CAST(365.25 AS DOUBLE)
    END AS years_since_non_diabetic_hyperglycaemia,
    f.long_term_conditions_added_365d,
    CASE WHEN f.is_mental = 1 AND f.is_physical = 1 THEN 1 ELSE 0 END AS mental_and_physical_conditions
FROM first_record AS f
CROSS JOIN features.index_date AS i
