-- Medicines prescribed in general practice before the index date.
-- grain: person with at least one prescription in 730 days known at the index date
-- reads: features.index_date, features.known_medicine, staging.medicine_group, seeds.anticholinergic_burden
-- order: 250
--
-- medicines_90d: different medicines (BNF chemical substances) issued in the 90 days before the index date; a prescription with a dm+d code alone is none of them (intake counts these); count; 90 days; 0 if none
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
-- antiepileptics_365d: any antiepileptics (BNF 4.8; gabapentin and pregabalin are among them) issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- parkinsonism_medicines_365d: any drugs for parkinsonism and related disorders issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- inhaled_corticosteroids_365d: any inhaled corticosteroids, alone or in combination, issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- oral_nutrition_365d: any oral nutrition issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- antibacterials_365d: different antibacterials issued in the 365 days before the index date; count; 365 days; 0 if none
-- medicines_started: different medicines issued in the 90 days before the index date and not in the 365 days before those 90; count; 90 days against the 365 before; 0 if none
-- days_since_prescription: whole days since the last day on which a medicine is known to have been issued; days; up to 730 days; null if none
-- polypharmacy_5_90d: 5 or more different medicines of BNF chapters 1 to 4 and 6 to 10 (mostly by mouth, for long-term conditions) issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- polypharmacy_10_90d: 10 or more of them; 0/1; 90 days; 0 if none
-- anticholinergic_burden_90d: sum of the anticholinergic scores (1 to 3, seeds.anticholinergic_burden) of the different substances issued in the 90 days before the index date; points; 90 days; 0 if none
-- falls_risk_medicines_90d: different medicines associated with falls (seeds.prescribing_measure, falls_risk; bilastine, desloratadine, mannitol and paraldehyde, which the source leaves out, are counted, for want of an attested code) issued in the 90 days before the index date; count; 90 days; 0 if none
-- nsaid_with_anticoagulant_90d: an oral NSAID and an oral anticoagulant both issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- nsaid_without_gastroprotection_90d: an oral NSAID and no proton pump inhibitor issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- nsaid_renin_diuretic_90d: an oral NSAID, an ACE inhibitor or angiotensin-II receptor antagonist, and a diuretic all issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- opioid_with_benzodiazepine_90d: an opioid analgesic (BNF 4.7.2) and a hypnotic or anxiolytic (BNF 4.1.1, 4.1.2) both issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- Counts are of substances; a 0/1 column also sees codes shorter than a substance. Medicines issued in the same 90 days need not have been taken on the same day.
-- source: CONTRACT section 2, Medicine and Paragraph; groups, their readings and sources in seeds.medicine_group and seeds.prescribing_measure; anticholinergic burden and polypharmacy as in the NHSBSA polypharmacy metrics, 5 as in the eFI; NSAID combinations: PMC11268384 table 1 and Camin et al. 2015; opioid with benzodiazepine: MHRA Drug Safety Update
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
        MAX(CASE WHEN g.medicine_group = 'anti_dementia' THEN 1 ELSE 0 END) AS anti_dementia,
        MAX(CASE WHEN g.medicine_group = 'antiepileptics' THEN 1 ELSE 0 END) AS antiepileptics,
        MAX(CASE WHEN g.medicine_group = 'parkinsonism_medicines' THEN 1 ELSE 0 END) AS parkinsonism_medicines,
        MAX(CASE WHEN g.medicine_group = 'inhaled_corticosteroids' THEN 1 ELSE 0 END) AS inhaled_corticosteroids,
        MAX(CASE WHEN g.medicine_group = 'oral_nutrition' THEN 1 ELSE 0 END) AS oral_nutrition,
        MAX(CASE WHEN g.medicine_group = 'antibacterials' THEN 1 ELSE 0 END) AS antibacterials,
        MAX(CASE WHEN g.medicine_group = 'proton_pump_inhibitors' THEN 1 ELSE 0 END) AS proton_pump_inhibitors,
        MAX(CASE WHEN g.medicine_group = 'renin_angiotensin' THEN 1 ELSE 0 END) AS renin_angiotensin,
        MAX(CASE WHEN g.medicine_group = 'diuretics' THEN 1 ELSE 0 END) AS diuretics,
        MAX(CASE WHEN g.medicine_group = 'regular' THEN 1 ELSE 0 END) AS regular,
        MAX(CASE WHEN g.medicine_group = 'falls_risk' THEN 1 ELSE 0 END) AS falls_risk
    FROM staging.medicine_group AS g
    GROUP BY g.medicine
),

taken AS (
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
        MAX(m.in_365d * COALESCE(g.anti_dementia, 0)) AS anti_dementia_365d,
        MAX(m.in_365d * COALESCE(g.antiepileptics, 0)) AS antiepileptics_365d,
        MAX(m.in_365d * COALESCE(g.parkinsonism_medicines, 0)) AS parkinsonism_medicines_365d,
        MAX(m.in_365d * COALESCE(g.inhaled_corticosteroids, 0)) AS inhaled_corticosteroids_365d,
        MAX(m.in_365d * COALESCE(g.oral_nutrition, 0)) AS oral_nutrition_365d,
        CAST(SUM(CASE WHEN m.is_medicine THEN m.in_365d * COALESCE(g.antibacterials, 0) ELSE 0 END) AS INTEGER) AS antibacterials_365d,
        CAST(SUM(CASE WHEN m.is_medicine AND m.in_365d_before_90d = 0 THEN m.in_90d ELSE 0 END) AS INTEGER) AS medicines_started,
        MAX(CASE WHEN m.is_medicine THEN m.last_issue_date END) AS last_issue_date,
        SUM(CASE WHEN m.is_medicine THEN m.in_90d * COALESCE(g.regular, 0) ELSE 0 END) AS regular_90d,
        CAST(SUM(m.in_90d * COALESCE(a.score, 0)) AS INTEGER) AS anticholinergic_burden_90d,
        CAST(SUM(CASE WHEN m.is_medicine THEN m.in_90d * COALESCE(g.falls_risk, 0) ELSE 0 END) AS INTEGER) AS falls_risk_medicines_90d,
        MAX(m.in_90d * COALESCE(g.nsaids_oral, 0)) AS nsaids_oral_90d,
        MAX(m.in_90d * COALESCE(g.anticoagulants, 0)) AS anticoagulants_90d,
        MAX(m.in_90d * COALESCE(g.proton_pump_inhibitors, 0)) AS proton_pump_inhibitors_90d,
        MAX(m.in_90d * COALESCE(g.renin_angiotensin, 0)) AS renin_angiotensin_90d,
        MAX(m.in_90d * COALESCE(g.diuretics, 0)) AS diuretics_90d,
        MAX(m.in_90d * COALESCE(g.opioids, 0)) AS opioids_90d,
        MAX(m.in_90d * COALESCE(g.benzodiazepines_zdrugs, 0)) AS benzodiazepines_zdrugs_90d
    FROM features.known_medicine AS m
    LEFT JOIN grouped AS g ON g.medicine = m.medicine
    LEFT JOIN seeds.anticholinergic_burden AS a ON a.code = m.medicine
    GROUP BY m.person_id
)

SELECT
    t.person_id,
    t.medicines_90d,
    t.medicines_365d,
    t.bnf_paragraphs_365d,
    t.error_prone_medicines_365d,
    t.dependence_forming_medicines_365d,
    t.opioids_365d,
    t.nsaids_oral_365d,
    t.anticoagulants_365d,
    t.antiplatelets_365d,
    t.antipsychotics_365d,
    t.antidepressants_365d,
    t.benzodiazepines_zdrugs_365d,
    t.gabapentinoids_365d,
    t.insulin_365d,
    t.diuretics_loop_365d,
    t.oral_corticosteroids_365d,
    t.inhaled_bronchodilators_365d,
    t.anti_dementia_365d,
    t.antiepileptics_365d,
    t.parkinsonism_medicines_365d,
    t.inhaled_corticosteroids_365d,
    t.oral_nutrition_365d,
    t.antibacterials_365d,
    t.medicines_started,
    CAST(DATE_DIFF('day', t.last_issue_date, i.index_date) AS INTEGER) AS days_since_prescription,
    CASE WHEN t.regular_90d >= 5 THEN 1 ELSE 0 END AS polypharmacy_5_90d,
    CASE WHEN t.regular_90d >= 10 THEN 1 ELSE 0 END AS polypharmacy_10_90d,
    t.anticholinergic_burden_90d,
    t.falls_risk_medicines_90d,
    t.nsaids_oral_90d * t.anticoagulants_90d AS nsaid_with_anticoagulant_90d,
    t.nsaids_oral_90d * (1 - t.proton_pump_inhibitors_90d) AS nsaid_without_gastroprotection_90d,
    t.nsaids_oral_90d * t.renin_angiotensin_90d * t.diuretics_90d AS nsaid_renin_diuretic_90d,
    t.opioids_90d * t.benzodiazepines_zdrugs_90d AS opioid_with_benzodiazepine_90d
FROM taken AS t
CROSS JOIN features.index_date AS i
