-- The Cambridge Multimorbidity Score: 20 conditions, of records and of prescriptions, weighted for a general outcome.
-- grain: person with at least one of the 20 conditions known at the index date
-- reads: features.index_date, features.known_condition, features.known_last_event, features.known_medicine, staging.medicine, seeds.cambridge_weight
-- order: 208
--
-- painful_condition: 4 or more issues of analgesics (BNF 4.7.1 and 4.7.2) in the 365 days before the index date, or 4 or more of gabapentin or pregabalin without epilepsy; 0/1; 365 days; 0 if none
-- treated_constipation: 4 or more issues of laxatives in the 365 days before the index date; 0/1; 365 days; 0 if none
-- cambridge_conditions: how many of the 20 conditions of the score a person has (below); count; 365 days; 0 if none
-- cambridge_score: sum of the weights of those conditions; score; 365 days; 0 if none
-- An issue is a substance, or a code shorter than one, on a day. As in family conditions: alcohol problems, atrial fibrillation, chronic kidney disease, connective tissue disorder, COPD, coronary heart disease, dementia, diabetes, hearing loss, heart failure, hypertension, irritable bowel syndrome, severe mental illness (psychosis or bipolar disorder), stroke or TIA.
-- Asthma: has_asthma and a bronchodilator or inhaled corticosteroid in the 365 days. Epilepsy: has_epilepsy and an antiepileptic in them. Cancer: first recorded in the 5 years before the index date.
-- Anxiety or depression: anxiety recorded in the 365 days; or depression recorded in them, and has_depression; or 4 or more issues in them of antidepressants other than tricyclics (their dose is not known here); or 4 or more of hypnotics and anxiolytics (BNF 4.1.1, 4.1.2).
-- Parts of the published definitions that cannot be seen here, and make the score lower: antispasmodics for irritable bowel syndrome, lithium for psychosis, two eGFR below 60 for kidney disease. A resolution, which the score does not know, is honoured.
-- source: Payne et al. 2020, CMAJ 192:E107-E114, weights in seeds.cambridge_weight; usage definitions of CPRD@Cambridge as in HFAnalyticsLab/CMD_multimorbidity code_lists/Appendix_2_Cam_UD_based_logic.csv; lists in seeds.condition and seeds.medicine_group
WITH issued AS (
    SELECT
        m.person_id,
        SUM(CASE WHEN g.analgesics THEN m.issues_365d ELSE 0 END) AS analgesics,
        SUM(CASE WHEN g.gabapentinoids THEN m.issues_365d ELSE 0 END) AS gabapentinoids,
        SUM(CASE WHEN g.laxatives THEN m.issues_365d ELSE 0 END) AS laxatives,
        SUM(CASE WHEN g.antidepressants AND NOT g.tricyclics THEN m.issues_365d ELSE 0 END) AS antidepressants,
        SUM(CASE WHEN g.benzodiazepines_zdrugs THEN m.issues_365d ELSE 0 END) AS anxiolytics,
        SUM(CASE WHEN g.antiepileptics THEN m.issues_365d ELSE 0 END) AS antiepileptics,
        SUM(CASE WHEN g.inhaled_bronchodilators OR g.inhaled_corticosteroids THEN m.issues_365d ELSE 0 END) AS inhaled
    FROM features.known_medicine AS m
    INNER JOIN staging.medicine AS g ON g.medicine_number = m.medicine_number
    WHERE m.in_365d
    GROUP BY m.person_id
),

met AS (
    SELECT
        k.person_id,
        k.condition
    FROM features.known_condition AS k
    WHERE k.condition IN (
        'af', 'alcohol_problems', 'chd', 'ckd', 'connective_tissue_disorder', 'copd', 'dementia', 'diabetes',
        'hearing_loss', 'heart_failure', 'hypertension', 'irritable_bowel_syndrome', 'smi', 'stroke_tia'
    )

    UNION ALL

    SELECT
        k.person_id,
        k.condition
    FROM features.known_condition AS k
    INNER JOIN issued AS m ON m.person_id = k.person_id
    WHERE (k.condition = 'asthma' AND m.inhaled >= 1) OR (k.condition = 'epilepsy' AND m.antiepileptics >= 1)

    UNION ALL

    SELECT
        k.person_id,
        'cancer_new' AS condition
    FROM features.known_condition AS k
    CROSS JOIN features.index_date AS i
    WHERE k.condition = 'cancer' AND k.first_date >= i.index_date - INTERVAL 5 YEAR

    UNION ALL

    SELECT
        m.person_id,
        'painful_condition' AS condition
    FROM issued AS m
    LEFT JOIN features.known_condition AS k ON k.person_id = m.person_id AND k.condition = 'epilepsy'
    WHERE m.analgesics >= 4 OR (m.gabapentinoids >= 4 AND k.person_id IS NULL)

    UNION ALL

    SELECT
        m.person_id,
        'treated_constipation' AS condition
    FROM issued AS m
    WHERE m.laxatives >= 4

    UNION ALL

    (
        SELECT
            m.person_id,
            'anxiety_or_depression' AS condition
        FROM issued AS m
        WHERE m.antidepressants >= 4 OR m.anxiolytics >= 4

        UNION

        SELECT
            e.person_id,
            'anxiety_or_depression' AS condition
        FROM features.known_last_event AS e
        CROSS JOIN features.index_date AS i
        INNER JOIN features.known_condition AS k ON k.person_id = e.person_id AND k.condition = e.list_id
        WHERE e.list_id IN ('anxiety', 'depression') AND e.last_date >= i.index_date - INTERVAL 365 DAY
    )
)

SELECT
    met.person_id,
    MAX(CASE WHEN met.condition = 'painful_condition' THEN 1 ELSE 0 END) AS painful_condition,
    MAX(CASE WHEN met.condition = 'treated_constipation' THEN 1 ELSE 0 END) AS treated_constipation,
    CAST(COUNT(*) AS INTEGER) AS cambridge_conditions,
    ROUND(SUM(w.weight), 2) AS cambridge_score
FROM met
INNER JOIN seeds.cambridge_weight AS w ON w.condition = met.condition
GROUP BY met.person_id
