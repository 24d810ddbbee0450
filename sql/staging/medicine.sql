-- Substances that were prescribed: whether each is a medicine, its paragraph, and the groups it is in.
-- grain: substance
-- reads: staging.bnf_code, seeds.code_list, seeds.medicine_group, seeds.prescribing_measure, seeds.anticholinergic_burden
--
-- medicine_number: as in staging.bnf_code; number; never missing
-- is_medicine: nine characters and not of a chapter that is no medicine (list not_a_medicine); flag; never missing
-- paragraph_number: its BNF paragraph (first six characters) as a number; number; never missing
-- anticholinergic_score: its score in seeds.anticholinergic_burden; points; 0 if none
-- analgesics: of the group of that name in seeds.medicine_group; flag; never missing
-- anti_dementia: of the group of that name in seeds.medicine_group; flag; never missing
-- antibacterials: of the group of that name in seeds.medicine_group; flag; never missing
-- anticoagulants: of the group of that name in seeds.medicine_group; flag; never missing
-- antidepressants: of the group of that name in seeds.medicine_group; flag; never missing
-- antiepileptics: of the group of that name in seeds.medicine_group; flag; never missing
-- antiplatelets: of the group of that name in seeds.medicine_group; flag; never missing
-- antipsychotics: of the group of that name in seeds.medicine_group; flag; never missing
-- benzodiazepines_zdrugs: of the group of that name in seeds.medicine_group; flag; never missing
-- cardiac_glycosides: of the group of that name in seeds.medicine_group; flag; never missing
-- dependence_forming: of the group of that name in seeds.medicine_group; flag; never missing
-- diuretics: of the group of that name in seeds.medicine_group; flag; never missing
-- diuretics_loop: of the group of that name in seeds.medicine_group; flag; never missing
-- error_prone: of the group of that name in seeds.medicine_group; flag; never missing
-- falls_risk: of the measure of that name in seeds.prescribing_measure, and none of its prefixes says that the substance is not counted; flag; never missing
-- gabapentinoids: of the group of that name in seeds.medicine_group; flag; never missing
-- inhaled_bronchodilators: of the group of that name in seeds.medicine_group; flag; never missing
-- inhaled_corticosteroids: of the group of that name in seeds.medicine_group; flag; never missing
-- insulin: of the group of that name in seeds.medicine_group; flag; never missing
-- laxatives: of the group of that name in seeds.medicine_group; flag; never missing
-- nsaids_oral: of the group of that name in seeds.medicine_group; flag; never missing
-- opioids: of the group of that name in seeds.medicine_group; flag; never missing
-- oral_corticosteroids: of the group of that name in seeds.medicine_group; flag; never missing
-- oral_nutrition: of the group of that name in seeds.medicine_group; flag; never missing
-- parkinsonism_medicines: of the group of that name in seeds.medicine_group; flag; never missing
-- proton_pump_inhibitors: of the group of that name in seeds.medicine_group; flag; never missing
-- regular: of the measure of that name in seeds.prescribing_measure, and none of its prefixes says that the substance is not counted; flag; never missing
-- renin_angiotensin: of the group of that name in seeds.medicine_group; flag; never missing
-- sacubitril_valsartan: of the group of that name in seeds.medicine_group; flag; never missing
-- tricyclics: of the group of that name in seeds.medicine_group; flag; never missing
-- source: CONTRACT section 2, Medicine and Paragraph; seeds.medicine_group and seeds.prescribing_measure, with the reading and source of each group
WITH named AS (
    SELECT DISTINCT
        b.medicine,
        b.medicine_number
    FROM staging.bnf_code AS b
),

measured AS (
    SELECT
        n.medicine,
        p.measure AS medicine_group
    FROM named AS n
    INNER JOIN seeds.prescribing_measure AS p ON LEFT(n.medicine, LENGTH(p.code)) = p.code
    GROUP BY n.medicine, p.measure
    HAVING MIN(CASE WHEN p.is_counted THEN 1 ELSE 0 END) = 1
),

listed AS (
    SELECT
        n.medicine,
        l.list_id
    FROM named AS n
    INNER JOIN seeds.code_list AS l ON l.system = 'bnf' AND LEFT(n.medicine, LENGTH(l.code)) = l.code
),

grouped AS (
    SELECT
        l.medicine,
        g.medicine_group
    FROM listed AS l
    INNER JOIN seeds.medicine_group AS g ON g.list_id = l.list_id
    UNION ALL
    SELECT
        l.medicine,
        'not_a_medicine' AS medicine_group
    FROM listed AS l
    WHERE l.list_id = 'not_a_medicine'
    UNION ALL
    SELECT
        m.medicine,
        m.medicine_group
    FROM measured AS m
)

SELECT
    n.medicine_number,
    LENGTH(n.medicine) = 9 AND MAX(CASE WHEN g.medicine_group = 'not_a_medicine' THEN 1 ELSE 0 END) = 0 AS is_medicine,
    CAST(DENSE_RANK() OVER (ORDER BY LEFT(n.medicine, 6)) AS INTEGER) AS paragraph_number,
    COALESCE(MAX(a.score), 0) AS anticholinergic_score,
    MAX(CASE WHEN g.medicine_group = 'analgesics' THEN 1 ELSE 0 END) = 1 AS analgesics,
    MAX(CASE WHEN g.medicine_group = 'anti_dementia' THEN 1 ELSE 0 END) = 1 AS anti_dementia,
    MAX(CASE WHEN g.medicine_group = 'antibacterials' THEN 1 ELSE 0 END) = 1 AS antibacterials,
    MAX(CASE WHEN g.medicine_group = 'anticoagulants' THEN 1 ELSE 0 END) = 1 AS anticoagulants,
    MAX(CASE WHEN g.medicine_group = 'antidepressants' THEN 1 ELSE 0 END) = 1 AS antidepressants,
    MAX(CASE WHEN g.medicine_group = 'antiepileptics' THEN 1 ELSE 0 END) = 1 AS antiepileptics,
    MAX(CASE WHEN g.medicine_group = 'antiplatelets' THEN 1 ELSE 0 END) = 1 AS antiplatelets,
    MAX(CASE WHEN g.medicine_group = 'antipsychotics' THEN 1 ELSE 0 END) = 1 AS antipsychotics,
    MAX(CASE WHEN g.medicine_group = 'benzodiazepines_zdrugs' THEN 1 ELSE 0 END) = 1 AS benzodiazepines_zdrugs,
    MAX(CASE WHEN g.medicine_group = 'cardiac_glycosides' THEN 1 ELSE 0 END) = 1 AS cardiac_glycosides,
    MAX(CASE WHEN g.medicine_group = 'dependence_forming' THEN 1 ELSE 0 END) = 1 AS dependence_forming,
    MAX(CASE WHEN g.medicine_group = 'diuretics' THEN 1 ELSE 0 END) = 1 AS diuretics,
    MAX(CASE WHEN g.medicine_group = 'diuretics_loop' THEN 1 ELSE 0 END) = 1 AS diuretics_loop,
    MAX(CASE WHEN g.medicine_group = 'error_prone' THEN 1 ELSE 0 END) = 1 AS error_prone,
    MAX(CASE WHEN g.medicine_group = 'falls_risk' THEN 1 ELSE 0 END) = 1 AS falls_risk,
    MAX(CASE WHEN g.medicine_group = 'gabapentinoids' THEN 1 ELSE 0 END) = 1 AS gabapentinoids,
    MAX(CASE WHEN g.medicine_group = 'inhaled_bronchodilators' THEN 1 ELSE 0 END) = 1 AS inhaled_bronchodilators,
    MAX(CASE WHEN g.medicine_group = 'inhaled_corticosteroids' THEN 1 ELSE 0 END) = 1 AS inhaled_corticosteroids,
    MAX(CASE WHEN g.medicine_group = 'insulin' THEN 1 ELSE 0 END) = 1 AS insulin,
    MAX(CASE WHEN g.medicine_group = 'laxatives' THEN 1 ELSE 0 END) = 1 AS laxatives,
    MAX(CASE WHEN g.medicine_group = 'nsaids_oral' THEN 1 ELSE 0 END) = 1 AS nsaids_oral,
    MAX(CASE WHEN g.medicine_group = 'opioids' THEN 1 ELSE 0 END) = 1 AS opioids,
    MAX(CASE WHEN g.medicine_group = 'oral_corticosteroids' THEN 1 ELSE 0 END) = 1 AS oral_corticosteroids,
    MAX(CASE WHEN g.medicine_group = 'oral_nutrition' THEN 1 ELSE 0 END) = 1 AS oral_nutrition,
    MAX(CASE WHEN g.medicine_group = 'parkinsonism_medicines' THEN 1 ELSE 0 END) = 1 AS parkinsonism_medicines,
    MAX(CASE WHEN g.medicine_group = 'proton_pump_inhibitors' THEN 1 ELSE 0 END) = 1 AS proton_pump_inhibitors,
    MAX(CASE WHEN g.medicine_group = 'regular' THEN 1 ELSE 0 END) = 1 AS regular,
    MAX(CASE WHEN g.medicine_group = 'renin_angiotensin' THEN 1 ELSE 0 END) = 1 AS renin_angiotensin,
    MAX(CASE WHEN g.medicine_group = 'sacubitril_valsartan' THEN 1 ELSE 0 END) = 1 AS sacubitril_valsartan,
    MAX(CASE WHEN g.medicine_group = 'tricyclics' THEN 1 ELSE 0 END) = 1 AS tricyclics
FROM named AS n
LEFT JOIN grouped AS g ON g.medicine = n.medicine
LEFT JOIN seeds.anticholinergic_burden AS a ON a.code = n.medicine
GROUP BY n.medicine, n.medicine_number
