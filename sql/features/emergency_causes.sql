-- Emergency admissions by cause before the index date.
-- grain: person with at least one emergency stay known at the index date that meets a list of causes
-- reads: features.index_date, features.known_stay, features.known_cause
-- order: 40
--
-- ambulatory_care_sensitive_admissions_365d: emergency admissions in the 365 days before with an ambulatory care sensitive condition as the main diagnosis (gangrene, R02, in any position), chronic (CCG OIS 2.6) or acute (NHS Institute); count; 365 days; 0 if none
-- falls_admissions_365d: emergency admissions in the 365 days before with any diagnosis of a fall (falls_any_mention); count; 365 days; 0 if none
-- fragility_fracture_admissions_365d: emergency admissions in the 365 days before with at 65 and over, any diagnosis of a fragility fracture, whether or not its cause is coded (fragility_fracture_implicit); count; 365 days; 0 if none
-- delirium_admissions_365d: emergency admissions in the 365 days before with any diagnosis of delirium (delirium); count; 365 days; 0 if none
-- respiratory_admissions_365d: emergency admissions in the 365 days before with a main diagnosis of COPD exacerbation, lower respiratory infection or pneumonia, or any of asthma (copd_exacerbation, lrti, pneumonia, asthma); count; 365 days; 0 if none
-- heart_failure_admissions_365d: emergency admissions in the 365 days before with at 18 and over, heart failure as the main diagnosis (heart_failure_admission); count; 365 days; 0 if none
-- cardiac_admissions_365d: emergency admissions in the 365 days before with coronary heart disease, heart failure or atrial fibrillation as the main diagnosis (chd, heart_failure, af); count; 365 days; 0 if none
-- stroke_tia_admissions_365d: emergency admissions in the 365 days before with a stroke or a transient ischaemic attack as the main diagnosis (stroke_tia); count; 365 days; 0 if none
-- alcohol_admissions_365d: emergency admissions in the 365 days before with at 16 and over, any diagnosis wholly due to alcohol (alcohol_specific); count; 365 days; 0 if none
-- self_harm_admissions_365d: emergency admissions in the 365 days before with any diagnosis of self-harm (self_harm); count; 365 days; 0 if none
-- infection_admissions_365d: emergency admissions in the 365 days before with a main diagnosis of pneumonia or urinary infection, or any of sepsis (pneumonia, uti, sepsis); count; 365 days; 0 if none
-- falls_admissions_730d: emergency admissions in the 730 days before with any diagnosis of a fall (falls_any_mention); count; 730 days; 0 if none
-- hip_fracture_admissions_1095d: emergency admissions in the 1,095 days before with any diagnosis of a hip fracture (hip_fracture); count; 1095 days; 0 if none
-- A stay counts once for each cause, however many of its diagnoses name it.
-- source: seeds.code_list (lists named in brackets, each line with its version and source); stays as in features.known_stay
WITH stay AS (
    SELECT
        s.person_id,
        s.stay_number,
        s.admission_date,
        MAX(CASE WHEN c.list_id IN ('acsc_chronic_ccgois_2_6', 'acsc_acute_nhs_institute') THEN 1 ELSE 0 END) AS ambulatory_care_sensitive,
        MAX(CASE WHEN c.list_id = 'falls_any_mention' THEN 1 ELSE 0 END) AS falls,
        MAX(CASE WHEN c.list_id = 'fragility_fracture_implicit' AND s.age_at_admission >= 65 THEN 1 ELSE 0 END) AS fragility_fracture,
        MAX(CASE WHEN c.list_id = 'delirium' THEN 1 ELSE 0 END) AS delirium,
        MAX(CASE WHEN c.list_id IN ('copd_exacerbation', 'lrti', 'pneumonia', 'asthma') THEN 1 ELSE 0 END) AS respiratory,
        MAX(CASE WHEN c.list_id = 'heart_failure_admission' AND s.age_at_admission >= 18 THEN 1 ELSE 0 END) AS heart_failure,
        MAX(CASE WHEN c.list_id IN ('chd', 'heart_failure', 'af') THEN 1 ELSE 0 END) AS cardiac,
        MAX(CASE WHEN c.list_id = 'stroke_tia' THEN 1 ELSE 0 END) AS stroke_tia,
        MAX(CASE WHEN c.list_id = 'hip_fracture' THEN 1 ELSE 0 END) AS hip_fracture,
        MAX(CASE WHEN c.list_id = 'alcohol_specific' AND s.age_at_admission >= 16 THEN 1 ELSE 0 END) AS alcohol,
        MAX(CASE WHEN c.list_id = 'self_harm' THEN 1 ELSE 0 END) AS self_harm,
        MAX(CASE WHEN c.list_id IN ('pneumonia', 'uti', 'sepsis') THEN 1 ELSE 0 END) AS infection
    FROM features.known_stay AS s
    INNER JOIN features.known_cause AS c ON c.person_id = s.person_id AND c.stay_number = s.stay_number
    WHERE s.is_emergency
    GROUP BY s.person_id, s.stay_number, s.admission_date
)

SELECT
    stay.person_id,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.ambulatory_care_sensitive ELSE 0 END) AS INTEGER) AS ambulatory_care_sensitive_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.falls ELSE 0 END) AS INTEGER) AS falls_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.fragility_fracture ELSE 0 END) AS INTEGER) AS fragility_fracture_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.delirium ELSE 0 END) AS INTEGER) AS delirium_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.respiratory ELSE 0 END) AS INTEGER) AS respiratory_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.heart_failure ELSE 0 END) AS INTEGER) AS heart_failure_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.cardiac ELSE 0 END) AS INTEGER) AS cardiac_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.stroke_tia ELSE 0 END) AS INTEGER) AS stroke_tia_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.alcohol ELSE 0 END) AS INTEGER) AS alcohol_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.self_harm ELSE 0 END) AS INTEGER) AS self_harm_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 365 DAY THEN stay.infection ELSE 0 END) AS INTEGER) AS infection_admissions_365d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 730 DAY THEN stay.falls ELSE 0 END) AS INTEGER) AS falls_admissions_730d,
    CAST(SUM(CASE WHEN stay.admission_date >= i.index_date - INTERVAL 1095 DAY THEN stay.hip_fracture ELSE 0 END) AS INTEGER) AS hip_fracture_admissions_1095d
FROM stay
CROSS JOIN features.index_date AS i
GROUP BY stay.person_id
