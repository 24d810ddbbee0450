-- Pairs of conditions, and of condition and circumstance, in which one complicates the care of the other.
-- grain: person with at least one condition known at the index date
-- reads: features.known_condition, features.status
-- order: 275
--
-- heart_failure_with_ckd: heart failure and chronic kidney disease (has_heart_failure, has_ckd): heart failure medicines need kidney function watched; 0/1; ever; 0 if none
-- copd_with_heart_failure: COPD and heart failure (has_copd, has_heart_failure): breathlessness has two causes; 0/1; ever; 0 if none
-- diabetes_with_ckd: diabetes and chronic kidney disease (has_diabetes, has_ckd): doses and targets change; 0/1; ever; 0 if none
-- smi_with_diabetes: severe mental illness and diabetes (has_smi, has_diabetes); 0/1; ever; 0 if none (rare)
-- dementia_living_alone: dementia and recorded as living alone (has_dementia, lives_alone); 0/1; ever; 0 if none (rare)
-- source: combinations and reasons are this software's own reading of multimorbidity (compare NICE NG56), not a published list; no weight is claimed for any
WITH held AS (
    SELECT
        k.person_id,
        MAX(CASE WHEN k.condition = 'ckd' THEN 1 ELSE 0 END) AS ckd,
        MAX(CASE WHEN k.condition = 'copd' THEN 1 ELSE 0 END) AS copd,
        MAX(CASE WHEN k.condition = 'dementia' THEN 1 ELSE 0 END) AS dementia,
        MAX(CASE WHEN k.condition = 'diabetes' THEN 1 ELSE 0 END) AS diabetes,
        MAX(CASE WHEN k.condition = 'heart_failure' THEN 1 ELSE 0 END) AS heart_failure,
        MAX(CASE WHEN k.condition = 'smi' THEN 1 ELSE 0 END) AS smi
    FROM features.known_condition AS k
    GROUP BY k.person_id
)

SELECT
    h.person_id,
    h.heart_failure * h.ckd AS heart_failure_with_ckd,
    h.copd * h.heart_failure AS copd_with_heart_failure,
    h.diabetes * h.ckd AS diabetes_with_ckd,
    h.smi * h.diabetes AS smi_with_diabetes,
    h.dementia * COALESCE(s.lives_alone, 0) AS dementia_living_alone
FROM held AS h
LEFT JOIN features.status AS s ON s.person_id = h.person_id
