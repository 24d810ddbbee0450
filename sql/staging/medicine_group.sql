-- Which groups each prescribed substance is in, looked up by the BNF prefixes of the groups' lists.
-- grain: substance and group
-- reads: staging.gp_medicine, seeds.code_list, seeds.medicine_group
--
-- medicine: as in staging.gp_medicine; code; never missing
-- medicine_group: group of seeds.medicine_group; name; never missing
-- source: seeds.medicine_group, with the reading and source of each group
WITH named AS (
    SELECT DISTINCT m.medicine FROM staging.gp_medicine AS m
)

SELECT DISTINCT
    n.medicine,
    g.medicine_group
FROM named AS n
INNER JOIN seeds.code_list AS l ON l.system = 'bnf' AND LEFT(n.medicine, LENGTH(l.code)) = l.code
INNER JOIN seeds.medicine_group AS g ON g.list_id = l.list_id
