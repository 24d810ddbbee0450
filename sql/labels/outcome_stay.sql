-- Emergency stays held, however late they arrived, and whether a fall, fragility fracture or delirium was coded in them.
-- grain: emergency stay
-- reads: features.known_stay, features.known_diagnosis, staging.icd10_list
--
-- admission_date: when the stay began; date; never missing
-- is_overnight: it lasted a night or more, or is not ended; flag; never missing
-- nights: from admission to discharge; nights; null while it is not ended
-- cost_pence: sum of its episodes' costs, of those that say one; pence; null where none does
-- has_frailty_event: a fall (list falls_any_mention), a fragility fracture (fragility_fracture_implicit, with no code of chapters V to Y in the stay) or delirium in any position; 0/1; never missing
-- In a run of labels features.index_date is later than everything held, so that the known tables hold everything.
-- source: CONTRACT section 2, Emergency admission and Frailty outcome; lists of version 2026-11
WITH coded AS (
    SELECT
        d.person_id,
        d.stay_number,
        MAX(CASE WHEN l.list_id IN ('falls_any_mention', 'delirium') THEN 1 ELSE 0 END) AS has_fall_or_delirium,
        MAX(CASE WHEN l.list_id = 'fragility_fracture_implicit' THEN 1 ELSE 0 END) AS has_fracture
    FROM features.known_diagnosis AS d
    INNER JOIN staging.icd10_list AS l ON l.icd10 = d.icd10
    WHERE d.is_emergency AND l.list_id IN ('falls_any_mention', 'fragility_fracture_implicit', 'delirium')
    GROUP BY d.person_id, d.stay_number
),

external_cause AS (
    SELECT DISTINCT
        d.person_id,
        d.stay_number
    FROM features.known_diagnosis AS d
    WHERE LEFT(d.icd10, 1) IN ('V', 'W', 'X', 'Y')
)

SELECT
    s.person_id,
    s.admission_date,
    s.nights > 0 AS is_overnight,
    CASE WHEN s.discharge_date IS NOT NULL THEN s.nights END AS nights,
    s.cost_pence,
    CASE
        WHEN c.has_fall_or_delirium = 1 OR (c.has_fracture = 1 AND x.person_id IS NULL) THEN 1
        ELSE 0
    END AS has_frailty_event
FROM features.known_stay AS s
LEFT JOIN coded AS c ON c.person_id = s.person_id AND c.stay_number = s.stay_number
LEFT JOIN external_cause AS x ON x.person_id = s.person_id AND x.stay_number = s.stay_number
WHERE s.is_emergency
