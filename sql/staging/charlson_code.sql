-- Which Charlson condition each ICD-10 code that was sent stands for: a weight's code covers every code that begins with it.
-- grain: code that was sent and condition
-- reads: staging.apc_diagnosis, seeds.charlson_weight
--
-- icd10: as in staging.apc_diagnosis; code; never missing
-- condition: condition of the index; name; never missing
-- weight: weight of the condition; score; never missing
-- superseded_by: the severer form beside which this one does not count; name; null if none
-- source: NHS England, SHMI specification v1.60, in seeds.charlson_weight
WITH sent AS (
    SELECT DISTINCT d.icd10 FROM staging.apc_diagnosis AS d
)

SELECT DISTINCT
    sent.icd10,
    w.condition,
    w.weight,
    w.superseded_by
FROM sent
INNER JOIN seeds.charlson_weight AS w ON LEFT(sent.icd10, LENGTH(w.icd10)) = w.icd10
