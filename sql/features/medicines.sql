-- Medicines prescribed in general practice before the index date.
-- grain: person with at least one prescription in 730 days known at the index date
-- reads: features.known_medicine, staging.medicine_group
-- order: 250
--
-- medicines_90d: different medicines (BNF chemical substances) issued in the 90 days before the index date; count; 90 days; 0 if none
-- medicines_365d: different medicines issued in the 365 days before the index date; count; 365 days; 0 if none
-- bnf_paragraphs_365d: different BNF paragraphs (first six characters) of those medicines; count; 365 days; 0 if none
-- error_prone_medicines_365d: of those medicines, antiplatelets, anticoagulants, oral NSAIDs and diuretics: the groups most often behind preventable drug-related admissions; count; 365 days; 0 if none
-- dependence_forming_medicines_365d: of those medicines, opioids, gabapentinoids, hypnotics and anxiolytics; count; 365 days; 0 if none
-- opioids_365d: any opioid analgesics (BNF 4.7.2; compound analgesics are not among them) issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- nsaids_oral_365d: any oral NSAIDs issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- anticoagulants_365d: any oral anticoagulants issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- antiplatelets_365d: any antiplatelets issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- antipsychotics_365d: any antipsychotics issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- antidepressants_365d: any antidepressants issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- benzodiazepines_zdrugs_365d: any hypnotics and anxiolytics (BNF 4.1.1, 4.1.2: benzodiazepines, z-drugs and others) issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- gabapentinoids_365d: any gabapentinoids issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- insulin_365d: any insulin issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- diuretics_loop_365d: any loop diuretics issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- oral_corticosteroids_365d: any oral or injected glucocorticoids (BNF 6.3.2) issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- inhaled_bronchodilators_365d: any bronchodilators (BNF 3.1.1, 3.1.2, 3.1.4) issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- anti_dementia_365d: any drugs for dementia issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- source: CONTRACT section 2, Medicine and Paragraph; groups, their readings and sources in seeds.medicine_group
WITH grouped AS (
    SELECT
        g.medicine,
        MAX(CASE WHEN g.medicine_group = 'error_prone' THEN 1 ELSE 0 END) AS error_prone,
        MAX(CASE WHEN g.medicine_group = 'dependence_forming' THEN 1 ELSE 0 END) AS dependence_forming,
        MAX(CASE WHEN g.medicine_group = 'opioids' THEN 1 ELSE 0 END) AS opioids,
        MAX(CASE WHEN g.medicine_group = 'nsaids_oral' THEN 1 ELSE 0 END) AS nsaids_oral,
        MAX(CASE WHEN g.medicine_group = 'anticoagulants' THEN 1 ELSE 0 END) AS anticoagulants,
        MAX(CASE WHEN g.medicine_group = 'antiplatelets' THEN 1 ELSE 0 END) AS antiplatelets,
        MAX(CASE WHEN g.medicine_group = 'antipsychotics' THEN 1 ELSE 0 END) AS antipsychotics,
        MAX(CASE WHEN g.medicine_group = 'antidepressants' THEN 1 ELSE 0 END) AS antidepressants,
        MAX(CASE WHEN g.medicine_group = 'benzodiazepines_zdrugs' THEN 1 ELSE 0 END) AS benzodiazepines_zdrugs,
        MAX(CASE WHEN g.medicine_group = 'gabapentinoids' THEN 1 ELSE 0 END) AS gabapentinoids,
        MAX(CASE WHEN g.medicine_group = 'insulin' THEN 1 ELSE 0 END) AS insulin,
        MAX(CASE WHEN g.medicine_group = 'diuretics_loop' THEN 1 ELSE 0 END) AS diuretics_loop,
        MAX(CASE WHEN g.medicine_group = 'oral_corticosteroids' THEN 1 ELSE 0 END) AS oral_corticosteroids,
        MAX(CASE WHEN g.medicine_group = 'inhaled_bronchodilators' THEN 1 ELSE 0 END) AS inhaled_bronchodilators,
        MAX(CASE WHEN g.medicine_group = 'anti_dementia' THEN 1 ELSE 0 END) AS anti_dementia
    FROM staging.medicine_group AS g
    GROUP BY g.medicine
)

SELECT
    m.person_id,
    CAST(SUM(CASE WHEN m.is_medicine THEN m.in_90d ELSE 0 END) AS INTEGER) AS medicines_90d,
    CAST(SUM(CASE WHEN m.is_medicine THEN m.in_365d ELSE 0 END) AS INTEGER) AS medicines_365d,
    CAST(COUNT(DISTINCT CASE WHEN m.is_medicine AND m.in_365d = 1 THEN LEFT(m.medicine, 6) END) AS INTEGER) AS bnf_paragraphs_365d,
    CAST(SUM(CASE WHEN m.is_medicine THEN m.in_365d * COALESCE(g.error_prone, 0) ELSE 0 END) AS INTEGER) AS error_prone_medicines_365d,
    CAST(SUM(CASE WHEN m.is_medicine THEN m.in_365d * COALESCE(g.dependence_forming, 0) ELSE 0 END) AS INTEGER) AS dependence_forming_medicines_365d,
    MAX(m.in_365d * COALESCE(g.opioids, 0)) AS opioids_365d,
    MAX(m.in_365d * COALESCE(g.nsaids_oral, 0)) AS nsaids_oral_365d,
    MAX(m.in_365d * COALESCE(g.anticoagulants, 0)) AS anticoagulants_365d,
    MAX(m.in_365d * COALESCE(g.antiplatelets, 0)) AS antiplatelets_365d,
    MAX(m.in_365d * COALESCE(g.antipsychotics, 0)) AS antipsychotics_365d,
    MAX(m.in_365d * COALESCE(g.antidepressants, 0)) AS antidepressants_365d,
    MAX(m.in_365d * COALESCE(g.benzodiazepines_zdrugs, 0)) AS benzodiazepines_zdrugs_365d,
    MAX(m.in_365d * COALESCE(g.gabapentinoids, 0)) AS gabapentinoids_365d,
    MAX(m.in_365d * COALESCE(g.insulin, 0)) AS insulin_365d,
    MAX(m.in_365d * COALESCE(g.diuretics_loop, 0)) AS diuretics_loop_365d,
    MAX(m.in_365d * COALESCE(g.oral_corticosteroids, 0)) AS oral_corticosteroids_365d,
    MAX(m.in_365d * COALESCE(g.inhaled_bronchodilators, 0)) AS inhaled_bronchodilators_365d,
    MAX(m.in_365d * COALESCE(g.anti_dementia, 0)) AS anti_dementia_365d
FROM features.known_medicine AS m
LEFT JOIN grouped AS g ON g.medicine = m.medicine
GROUP BY m.person_id
