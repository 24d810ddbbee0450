-- Medicines prescribed in general practice before the index date.
-- grain: person with at least one prescription in 730 days known at the index date
-- reads: features.index_date, features.known_medicine, staging.medicine
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
-- cardiac_glycosides_365d: any cardiac glycosides (digoxin) issued in the 365 days before the index date; 0/1; 365 days; 0 if none
-- sacubitril_valsartan_365d: any sacubitril with valsartan issued in the 365 days before the index date; 0/1; 365 days; 0 if none (rare)
-- antibacterials_365d: different antibacterials issued in the 365 days before the index date; count; 365 days; 0 if none
-- medicines_started: different medicines issued in the 90 days before the index date and not in the 365 days before those 90; count; 90 days against the 365 before; 0 if none
-- days_since_prescription: whole days since the last day on which a medicine is known to have been issued; days; up to 730 days; null if none
-- polypharmacy_5_90d: 5 or more different medicines of BNF chapters 1 to 4 and 6 to 10 (mostly by mouth, for long-term conditions) issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- polypharmacy_10_90d: 10 or more of them; 0/1; 90 days; 0 if none
-- anticholinergic_burden_90d: sum of the anticholinergic scores (1 to 3, seeds.anticholinergic_burden) of the different substances issued in the 90 days before the index date; points; 90 days; 0 if none
-- falls_risk_medicines_90d: different medicines associated with falls (seeds.prescribing_measure, falls_risk; bilastine, desloratadine, mannitol and paraldehyde, which the source leaves out, are counted, for want of an attested code) issued in the 90 days before the index date; count; 90 days; 0 if none
-- nsaids_oral_90d: any oral NSAIDs issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- nsaid_with_anticoagulant_90d: an oral NSAID and an oral anticoagulant both issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- nsaid_without_gastroprotection_90d: an oral NSAID and no proton pump inhibitor issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- nsaid_renin_diuretic_90d: an oral NSAID, an ACE inhibitor or angiotensin-II receptor antagonist, and a diuretic all issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- antiplatelet_without_gastroprotection_90d: an antiplatelet and no proton pump inhibitor issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- anticoagulant_with_antiplatelet_90d: an oral anticoagulant and an antiplatelet both issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- opioid_with_benzodiazepine_90d: an opioid analgesic (BNF 4.7.2) and a hypnotic or anxiolytic (BNF 4.1.1, 4.1.2) both issued in the 90 days before the index date; 0/1; 90 days; 0 if none
-- Counts are of substances; a 0/1 column also sees codes shorter than a substance. Medicines issued in the same 90 days need not have been taken on the same day.
-- source: CONTRACT section 2, Medicine and Paragraph; groups, their readings and sources in seeds.medicine_group and seeds.prescribing_measure; anticholinergic burden and polypharmacy as in the NHSBSA polypharmacy metrics, 5 as in the eFI; NSAID combinations: PMC11268384 table 1 and Camin et al. 2015; stomach protection beside antiplatelets, and an anticoagulant with one: PINCER's indicators, as listed in table 1 of a dashboard that uses them (informatics.bmj.com/highwire/markup/568); opioid with benzodiazepine: MHRA Drug Safety Update
WITH day AS (
    SELECT
        i.index_date,
        CAST(i.index_date - INTERVAL 90 DAY AS DATE) AS start_of_90d,
        CAST(i.index_date - INTERVAL 365 DAY AS DATE) AS start_of_365d
    FROM features.index_date AS i
),

taken AS (
    SELECT
        m.person_id,
        COUNT(CASE WHEN g.is_medicine AND m.in_90d THEN 1 END) AS medicines_90d,
        COUNT(CASE WHEN g.is_medicine AND m.in_365d THEN 1 END) AS medicines_365d,
        COUNT(DISTINCT CASE WHEN g.is_medicine AND m.in_365d THEN g.paragraph_number END) AS bnf_paragraphs_365d,
        COUNT(CASE WHEN g.is_medicine AND m.in_365d AND g.error_prone THEN 1 END) AS error_prone_medicines_365d,
        COUNT(CASE WHEN g.is_medicine AND m.in_365d AND g.dependence_forming THEN 1 END) AS dependence_forming_medicines_365d,
        COUNT(CASE WHEN g.is_medicine AND m.in_365d AND g.antibacterials THEN 1 END) AS antibacterials_365d,
        COUNT(CASE WHEN g.is_medicine AND m.in_90d AND NOT m.in_365d_before_90d THEN 1 END) AS medicines_started,
        COUNT(CASE WHEN g.is_medicine AND m.in_90d AND g.regular THEN 1 END) AS regular_90d,
        COUNT(CASE WHEN g.is_medicine AND m.in_90d AND g.falls_risk THEN 1 END) AS falls_risk_medicines_90d,
        SUM(CASE WHEN m.in_90d THEN g.anticholinergic_score ELSE 0 END) AS anticholinergic_burden_90d,
        MAX(CASE WHEN g.is_medicine THEN m.last_issue_date END) AS last_medicine,
        MAX(CASE WHEN g.opioids THEN m.last_issue_date END) AS last_opioids,
        MAX(CASE WHEN g.nsaids_oral THEN m.last_issue_date END) AS last_nsaids_oral,
        MAX(CASE WHEN g.anticoagulants THEN m.last_issue_date END) AS last_anticoagulants,
        MAX(CASE WHEN g.antiplatelets THEN m.last_issue_date END) AS last_antiplatelets,
        MAX(CASE WHEN g.antipsychotics THEN m.last_issue_date END) AS last_antipsychotics,
        MAX(CASE WHEN g.antidepressants THEN m.last_issue_date END) AS last_antidepressants,
        MAX(CASE WHEN g.benzodiazepines_zdrugs THEN m.last_issue_date END) AS last_benzodiazepines_zdrugs,
        MAX(CASE WHEN g.gabapentinoids THEN m.last_issue_date END) AS last_gabapentinoids,
        MAX(CASE WHEN g.insulin THEN m.last_issue_date END) AS last_insulin,
        MAX(CASE WHEN g.diuretics_loop THEN m.last_issue_date END) AS last_diuretics_loop,
        MAX(CASE WHEN g.oral_corticosteroids THEN m.last_issue_date END) AS last_oral_corticosteroids,
        MAX(CASE WHEN g.inhaled_bronchodilators THEN m.last_issue_date END) AS last_inhaled_bronchodilators,
        MAX(CASE WHEN g.anti_dementia THEN m.last_issue_date END) AS last_anti_dementia,
        MAX(CASE WHEN g.antiepileptics THEN m.last_issue_date END) AS last_antiepileptics,
        MAX(CASE WHEN g.parkinsonism_medicines THEN m.last_issue_date END) AS last_parkinsonism_medicines,
        MAX(CASE WHEN g.inhaled_corticosteroids THEN m.last_issue_date END) AS last_inhaled_corticosteroids,
        MAX(CASE WHEN g.oral_nutrition THEN m.last_issue_date END) AS last_oral_nutrition,
        MAX(CASE WHEN g.cardiac_glycosides THEN m.last_issue_date END) AS last_cardiac_glycosides,
        MAX(CASE WHEN g.sacubitril_valsartan THEN m.last_issue_date END) AS last_sacubitril_valsartan,
        MAX(CASE WHEN g.proton_pump_inhibitors THEN m.last_issue_date END) AS last_proton_pump_inhibitors,
        MAX(CASE WHEN g.renin_angiotensin THEN m.last_issue_date END) AS last_renin_angiotensin,
        MAX(CASE WHEN g.diuretics THEN m.last_issue_date END) AS last_diuretics
    FROM features.known_medicine AS m
    INNER JOIN staging.medicine AS g ON g.medicine_number = m.medicine_number
    GROUP BY m.person_id
)

SELECT
    t.person_id,
    CAST(t.medicines_90d AS INTEGER) AS medicines_90d,
    CAST(t.medicines_365d AS INTEGER) AS medicines_365d,
    CAST(t.bnf_paragraphs_365d AS INTEGER) AS bnf_paragraphs_365d,
    CAST(t.error_prone_medicines_365d AS INTEGER) AS error_prone_medicines_365d,
    CAST(t.dependence_forming_medicines_365d AS INTEGER) AS dependence_forming_medicines_365d,
    CASE WHEN t.last_opioids >= d.start_of_365d THEN 1 ELSE 0 END AS opioids_365d,
    CASE WHEN t.last_nsaids_oral >= d.start_of_365d THEN 1 ELSE 0 END AS nsaids_oral_365d,
    CASE WHEN t.last_anticoagulants >= d.start_of_365d THEN 1 ELSE 0 END AS anticoagulants_365d,
    CASE WHEN t.last_antiplatelets >= d.start_of_365d THEN 1 ELSE 0 END AS antiplatelets_365d,
    CASE WHEN t.last_antipsychotics >= d.start_of_365d THEN 1 ELSE 0 END AS antipsychotics_365d,
    CASE WHEN t.last_antidepressants >= d.start_of_365d THEN 1 ELSE 0 END AS antidepressants_365d,
    CASE WHEN t.last_benzodiazepines_zdrugs >= d.start_of_365d THEN 1 ELSE 0 END AS benzodiazepines_zdrugs_365d,
    CASE WHEN t.last_gabapentinoids >= d.start_of_365d THEN 1 ELSE 0 END AS gabapentinoids_365d,
    CASE WHEN t.last_insulin >= d.start_of_365d THEN 1 ELSE 0 END AS insulin_365d,
    CASE WHEN t.last_diuretics_loop >= d.start_of_365d THEN 1 ELSE 0 END AS diuretics_loop_365d,
    CASE WHEN t.last_oral_corticosteroids >= d.start_of_365d THEN 1 ELSE 0 END AS oral_corticosteroids_365d,
    CASE WHEN t.last_inhaled_bronchodilators >= d.start_of_365d THEN 1 ELSE 0 END AS inhaled_bronchodilators_365d,
    CASE WHEN t.last_anti_dementia >= d.start_of_365d THEN 1 ELSE 0 END AS anti_dementia_365d,
    CASE WHEN t.last_antiepileptics >= d.start_of_365d THEN 1 ELSE 0 END AS antiepileptics_365d,
    CASE WHEN t.last_parkinsonism_medicines >= d.start_of_365d THEN 1 ELSE 0 END AS parkinsonism_medicines_365d,
    CASE WHEN t.last_inhaled_corticosteroids >= d.start_of_365d THEN 1 ELSE 0 END AS inhaled_corticosteroids_365d,
    CASE WHEN t.last_oral_nutrition >= d.start_of_365d THEN 1 ELSE 0 END AS oral_nutrition_365d,
    CASE WHEN t.last_cardiac_glycosides >= d.start_of_365d THEN 1 ELSE 0 END AS cardiac_glycosides_365d,
    CASE WHEN t.last_sacubitril_valsartan >= d.start_of_365d THEN 1 ELSE 0 END AS sacubitril_valsartan_365d,
    CAST(t.antibacterials_365d AS INTEGER) AS antibacterials_365d,
    CAST(t.medicines_started AS INTEGER) AS medicines_started,
    CAST(DATE_DIFF('day', t.last_medicine, d.index_date) AS INTEGER) AS days_since_prescription,
    CASE WHEN t.regular_90d >= 5 THEN 1 ELSE 0 END AS polypharmacy_5_90d,
    CASE WHEN t.regular_90d >= 10 THEN 1 ELSE 0 END AS polypharmacy_10_90d,
    CAST(t.anticholinergic_burden_90d AS INTEGER) AS anticholinergic_burden_90d,
    CAST(t.falls_risk_medicines_90d AS INTEGER) AS falls_risk_medicines_90d,
    CASE WHEN t.last_nsaids_oral >= d.start_of_90d THEN 1 ELSE 0 END AS nsaids_oral_90d,
    CASE WHEN t.last_nsaids_oral >= d.start_of_90d AND t.last_anticoagulants >= d.start_of_90d THEN 1 ELSE 0 END AS nsaid_with_anticoagulant_90d,
    CASE
        WHEN t.last_nsaids_oral >= d.start_of_90d
            AND (t.last_proton_pump_inhibitors IS NULL OR t.last_proton_pump_inhibitors < d.start_of_90d) THEN 1
        ELSE 0
    END AS nsaid_without_gastroprotection_90d,
    CASE
        WHEN t.last_nsaids_oral >= d.start_of_90d
            AND t.last_renin_angiotensin >= d.start_of_90d
            AND t.last_diuretics >= d.start_of_90d THEN 1
        ELSE 0
    END AS nsaid_renin_diuretic_90d,
    CASE
        WHEN t.last_antiplatelets >= d.start_of_90d
            AND (t.last_proton_pump_inhibitors IS NULL OR t.last_proton_pump_inhibitors < d.start_of_90d) THEN 1
        ELSE 0
    END AS antiplatelet_without_gastroprotection_90d,
    CASE WHEN t.last_anticoagulants >= d.start_of_90d AND t.last_antiplatelets >= d.start_of_90d THEN 1 ELSE 0 END AS anticoagulant_with_antiplatelet_90d,
    CASE WHEN t.last_opioids >= d.start_of_90d AND t.last_benzodiazepines_zdrugs >= d.start_of_90d THEN 1 ELSE 0 END AS opioid_with_benzodiazepine_90d
FROM taken AS t
CROSS JOIN day AS d
