-- The electronic Frailty Index, deficit by deficit: years since each was first recorded.
-- grain: person with at least one deficit recorded and known at the index date
-- reads: features.index_date, features.known_deficit, staging.efi_deficit
-- order: 211
--
-- efi_years_since_activity_limitation: years since the first record of the deficit activity limitation, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_anaemia: years since the first record of the deficit anaemia and haematinic deficiency, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_arthritis: years since the first record of the deficit arthritis, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_atrial_fibrillation: years since the first record of the deficit atrial fibrillation, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_cerebrovascular_disease: years since the first record of the deficit cerebrovascular disease (stroke/tia), by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_chronic_kidney_disease: years since the first record of the deficit chronic kidney disease, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_diabetes: years since the first record of the deficit diabetes, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_dizziness: years since the first record of the deficit dizziness, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_dyspnoea: years since the first record of the deficit dyspnoea, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_falls: years since the first record of the deficit falls, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_foot_problems: years since the first record of the deficit foot problems, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_fragility_fracture: years since the first record of the deficit fragility fracture, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_hearing_impairment: years since the first record of the deficit hearing impairment, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_heart_failure: years since the first record of the deficit heart failure, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_heart_valve_disease: years since the first record of the deficit heart valve disease, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_housebound: years since the first record of the deficit housebound, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_hypertension: years since the first record of the deficit hypertension, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_hypotension_syncope: years since the first record of the deficit hypotension / syncope, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_ischaemic_heart_disease: years since the first record of the deficit ischaemic heart disease, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_memory_cognitive_problems: years since the first record of the deficit memory and cognitive problems, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_mobility_transfer_problems: years since the first record of the deficit mobility and transfer problems, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_osteoporosis: years since the first record of the deficit osteoporosis, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_parkinsonism_tremor: years since the first record of the deficit parkinsonism and tremor, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_peptic_ulcer: years since the first record of the deficit peptic ulcer, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_peripheral_vascular_disease: years since the first record of the deficit peripheral vascular disease, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_requirement_for_care: years since the first record of the deficit requirement for care, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_respiratory_disease: years since the first record of the deficit respiratory disease, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_skin_ulcer: years since the first record of the deficit skin ulcer, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_sleep_disturbance: years since the first record of the deficit sleep disturbance, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_social_vulnerability: years since the first record of the deficit social vulnerability, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_thyroid_disease: years since the first record of the deficit thyroid disease, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_urinary_incontinence: years since the first record of the deficit urinary incontinence, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_urinary_system_disease: years since the first record of the deficit urinary system disease, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_visual_impairment: years since the first record of the deficit visual impairment, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- efi_years_since_weight_loss_anorexia: years since the first record of the deficit weight loss and anorexia, by a code or by a value that its rules name, over 365.25 days; years; ever; null if none
-- The 36th deficit, polypharmacy, is one of prescriptions (efi_deficits); a deficit never expires, a resolved code does not end it.
-- source: Clegg et al. 2016 (electronic Frailty Index), as in seeds.efi_deficit and seeds.efi_value_rule
WITH first_record AS (
    SELECT
        k.person_id,
        d.deficit,
        DATE_DIFF('day', k.first_date, i.index_date) / CAST(365.25 AS DOUBLE) AS years
    FROM features.known_deficit AS k
    CROSS JOIN features.index_date AS i
    INNER JOIN staging.efi_deficit AS d ON d.deficit_number = k.deficit_number
)

SELECT
    f.person_id,
    MAX(CASE WHEN f.deficit = 'activity_limitation' THEN f.years END) AS efi_years_since_activity_limitation,
    MAX(CASE WHEN f.deficit = 'anaemia' THEN f.years END) AS efi_years_since_anaemia,
    MAX(CASE WHEN f.deficit = 'arthritis' THEN f.years END) AS efi_years_since_arthritis,
    MAX(CASE WHEN f.deficit = 'atrial_fibrillation' THEN f.years END) AS efi_years_since_atrial_fibrillation,
    MAX(CASE WHEN f.deficit = 'cerebrovascular_disease' THEN f.years END) AS efi_years_since_cerebrovascular_disease,
    MAX(CASE WHEN f.deficit = 'chronic_kidney_disease' THEN f.years END) AS efi_years_since_chronic_kidney_disease,
    MAX(CASE WHEN f.deficit = 'diabetes' THEN f.years END) AS efi_years_since_diabetes,
    MAX(CASE WHEN f.deficit = 'dizziness' THEN f.years END) AS efi_years_since_dizziness,
    MAX(CASE WHEN f.deficit = 'dyspnoea' THEN f.years END) AS efi_years_since_dyspnoea,
    MAX(CASE WHEN f.deficit = 'falls' THEN f.years END) AS efi_years_since_falls,
    MAX(CASE WHEN f.deficit = 'foot_problems' THEN f.years END) AS efi_years_since_foot_problems,
    MAX(CASE WHEN f.deficit = 'fragility_fracture' THEN f.years END) AS efi_years_since_fragility_fracture,
    MAX(CASE WHEN f.deficit = 'hearing_impairment' THEN f.years END) AS efi_years_since_hearing_impairment,
    MAX(CASE WHEN f.deficit = 'heart_failure' THEN f.years END) AS efi_years_since_heart_failure,
    MAX(CASE WHEN f.deficit = 'heart_valve_disease' THEN f.years END) AS efi_years_since_heart_valve_disease,
    MAX(CASE WHEN f.deficit = 'housebound' THEN f.years END) AS efi_years_since_housebound,
    MAX(CASE WHEN f.deficit = 'hypertension' THEN f.years END) AS efi_years_since_hypertension,
    MAX(CASE WHEN f.deficit = 'hypotension_syncope' THEN f.years END) AS efi_years_since_hypotension_syncope,
    MAX(CASE WHEN f.deficit = 'ischaemic_heart_disease' THEN f.years END) AS efi_years_since_ischaemic_heart_disease,
    MAX(CASE WHEN f.deficit = 'memory_cognitive_problems' THEN f.years END) AS efi_years_since_memory_cognitive_problems,
    MAX(CASE WHEN f.deficit = 'mobility_transfer_problems' THEN f.years END) AS efi_years_since_mobility_transfer_problems,
    MAX(CASE WHEN f.deficit = 'osteoporosis' THEN f.years END) AS efi_years_since_osteoporosis,
    MAX(CASE WHEN f.deficit = 'parkinsonism_tremor' THEN f.years END) AS efi_years_since_parkinsonism_tremor,
    MAX(CASE WHEN f.deficit = 'peptic_ulcer' THEN f.years END) AS efi_years_since_peptic_ulcer,
    MAX(CASE WHEN f.deficit = 'peripheral_vascular_disease' THEN f.years END) AS efi_years_since_peripheral_vascular_disease,
    MAX(CASE WHEN f.deficit = 'requirement_for_care' THEN f.years END) AS efi_years_since_requirement_for_care,
    MAX(CASE WHEN f.deficit = 'respiratory_disease' THEN f.years END) AS efi_years_since_respiratory_disease,
    MAX(CASE WHEN f.deficit = 'skin_ulcer' THEN f.years END) AS efi_years_since_skin_ulcer,
    MAX(CASE WHEN f.deficit = 'sleep_disturbance' THEN f.years END) AS efi_years_since_sleep_disturbance,
    MAX(CASE WHEN f.deficit = 'social_vulnerability' THEN f.years END) AS efi_years_since_social_vulnerability,
    MAX(CASE WHEN f.deficit = 'thyroid_disease' THEN f.years END) AS efi_years_since_thyroid_disease,
    MAX(CASE WHEN f.deficit = 'urinary_incontinence' THEN f.years END) AS efi_years_since_urinary_incontinence,
    MAX(CASE WHEN f.deficit = 'urinary_system_disease' THEN f.years END) AS efi_years_since_urinary_system_disease,
    MAX(CASE WHEN f.deficit = 'visual_impairment' THEN f.years END) AS efi_years_since_visual_impairment,
    MAX(CASE WHEN f.deficit = 'weight_loss_anorexia' THEN f.years END) AS efi_years_since_weight_loss_anorexia
FROM first_record AS f
GROUP BY f.person_id
