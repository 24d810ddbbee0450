-- Which groups each prescribed substance is in, looked up by the BNF prefixes of the groups' lists.
-- grain: substance and group
-- reads: staging.gp_medicine, seeds.code_list, seeds.medicine_group, seeds.prescribing_measure
--
-- medicine: as in staging.gp_medicine; code; never missing
-- medicine_group: group of seeds.medicine_group, or measure of seeds.prescribing_measure unless one of its prefixes says the substance is not counted; name; never missing
-- source: seeds.medicine_group and seeds.prescribing_measure, with the reading and source of each group
WITH named AS (
    SELECT DISTINCT m.medicine FROM staging.gp_medicine AS m
),

measured AS (
    SELECT
        n.medicine,
        p.measure AS medicine_group
    FROM named AS n
    INNER JOIN seeds.prescribing_measure AS p ON LEFT(n.medicine, LENGTH(p.code)) = p.code
    GROUP BY n.medicine, p.measure
    HAVING MIN(CASE WHEN p.is_counted THEN 1 ELSE 0 END) = 1
)

SELECT DISTINCT
    n.medicine,
    g.medicine_group
FROM named AS n
INNER JOIN seeds.code_list AS l ON l.system = 'bnf' AND LEFT(n.medicine, LENGTH(l.code)) = l.code
INNER JOIN seeds.medicine_group AS g ON g.list_id = l.list_id
UNION ALL
SELECT
    measured.medicine,
    measured.medicine_group
FROM measured
