-- What is measured, and the codes it is recorded under, numbered.
-- grain: measure and code
-- reads: seeds.code_list, seeds.measurement
--
-- code_number: number of the measure and code; number; never missing
-- code: SNOMED CT code; code; never missing
-- measure_number: number of the measure; number; never missing
-- measure: what is measured; name; never missing
-- minimum: lowest plausible value; the measure's unit; never missing
-- maximum: highest plausible value; the measure's unit; never missing
-- The numbers are of one run alone: to be joined and grouped by, which costs half of what names do.
-- source: code lists named in seeds.measurement
SELECT
    CAST(ROW_NUMBER() OVER (ORDER BY m.measure, l.code) AS INTEGER) AS code_number,
    l.code,
    CAST(DENSE_RANK() OVER (ORDER BY m.measure) AS INTEGER) AS measure_number,
    m.measure,
    m.minimum,
    m.maximum
FROM seeds.code_list AS l
INNER JOIN seeds.measurement AS m ON m.list_id = l.list_id
WHERE l.system = 'snomed_ct'
