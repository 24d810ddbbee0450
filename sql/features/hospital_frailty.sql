-- Hospital Frailty Risk Score: weights of the diagnoses of two years' stays in hospital.
-- grain: person with at least one stay admitted in the 730 days before the index date
-- reads: features.index_date, features.known_stay, features.known_diagnosis, features.demography, seeds.hfrs_weight
-- order: 220
--
-- hfrs: sum of the weights of the three-character ICD-10 codes of every diagnosis of every episode of stays admitted in the 730 days before the index date, each code once; score; up to 730 days; null if none
-- hfrs_band: low below 5, intermediate 5 to 15, high above 15; word; up to 730 days; null under 65 and with no stay
-- source: Gilbert et al. 2018 (Hospital Frailty Risk Score), weights in seeds.hfrs_weight
WITH admitted AS (
    SELECT DISTINCT s.person_id
    FROM features.known_stay AS s
    CROSS JOIN features.index_date AS i
    WHERE s.admission_date >= i.index_date - INTERVAL 730 DAY
),

coded AS (
    SELECT DISTINCT
        d.person_id,
        w.icd10,
        w.weight
    FROM features.known_diagnosis AS d
    CROSS JOIN features.index_date AS i
    INNER JOIN seeds.hfrs_weight AS w ON w.icd10 = LEFT(d.icd10, 3)
    WHERE d.admission_date >= i.index_date - INTERVAL 730 DAY
),

scored AS (
    SELECT
        a.person_id,
        ROUND(COALESCE(SUM(c.weight), 0), 1) AS hfrs
    FROM admitted AS a
    LEFT JOIN coded AS c ON c.person_id = a.person_id
    GROUP BY a.person_id
)

SELECT
    s.person_id,
    s.hfrs,
    CASE
        WHEN p.age IS NULL OR p.age < 65 THEN NULL
        WHEN s.hfrs < 5 THEN 'low'
        WHEN s.hfrs <= 15 THEN 'intermediate'
        ELSE 'high'
    END AS hfrs_band
FROM scored AS s
LEFT JOIN features.demography AS p ON p.person_id = s.person_id
