-- Which ICD-10 code lists each code that was sent is on: a list's code covers every code that begins with it.
-- grain: code that was sent, list, and position and rule of the list's line
-- reads: staging.apc_diagnosis, seeds.code_list
--
-- list_position: where in an episode the code must stand: primary, secondary or any; word; any if the list does not say
-- rule: what else the list's line asks for; words; null if none
-- source: seeds.code_list, each line with its version and source
WITH sent AS (
    SELECT DISTINCT d.icd10 FROM staging.apc_diagnosis AS d
)

SELECT DISTINCT
    sent.icd10,
    l.list_id,
    COALESCE(l.position, 'any') AS list_position,
    l.rule
FROM sent
INNER JOIN seeds.code_list AS l ON l.system = 'icd10' AND STARTS_WITH(sent.icd10, l.code)
