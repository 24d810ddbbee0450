-- Charlson comorbidity index with the weights of the Summary Hospital-level Mortality Indicator.
-- grain: person with at least one stay admitted in the 730 days before the index date
-- reads: features.index_date, features.known_stay, features.known_diagnosis, staging.charlson_code
-- order: 230
--
-- charlson: sum of the weights of conditions coded in any diagnosis of stays admitted in the 730 days before the index date, each once, a milder form left out beside its severer one, not below 0; score; up to 730 days; null if none
-- source: NHS England, SHMI specification v1.60, weights and exclusions in seeds.charlson_weight
WITH coded AS (
    SELECT DISTINCT
        d.person_id,
        w.condition,
        w.weight,
        w.superseded_by
    FROM features.known_diagnosis AS d
    CROSS JOIN features.index_date AS i
    INNER JOIN staging.charlson_code AS w ON w.icd10 = d.icd10
    WHERE d.admission_date >= i.index_date - INTERVAL 730 DAY
),

counted AS (
    SELECT
        c.person_id,
        GREATEST(SUM(CASE WHEN severer.person_id IS NULL THEN c.weight ELSE 0 END), 0) AS charlson
    FROM coded AS c
    LEFT JOIN coded AS severer ON severer.person_id = c.person_id AND severer.condition = c.superseded_by
    GROUP BY c.person_id
)

SELECT
    s.person_id,
    CAST(FLOOR(MAX(COALESCE(counted.charlson, 0))) AS INTEGER) AS charlson
FROM features.known_stay AS s
CROSS JOIN features.index_date AS i
LEFT JOIN counted ON counted.person_id = s.person_id
WHERE s.admission_date >= i.index_date - INTERVAL 730 DAY
GROUP BY s.person_id
