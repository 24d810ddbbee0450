-- Emergency admissions for an injury due to a fall.
-- grain: emergency stay known at the index date whose main diagnosis is an injury, with a fall as its cause
-- reads: features.known_stay, features.known_diagnosis, staging.icd10_list
--
-- happened_on: when the stay began; date; never missing
-- numerator: 1; admissions; never missing
-- denominator: 0, as it is people registered that these are a rate of; admissions; never missing
-- source: PHOF indicator 22401, main diagnosis S00 to T98 with a cause W00 to W19; causes as in seeds.code_list, falls_admission_phof. The indicator looks at one episode, this at the stay: the main diagnosis is that of its first episode, the cause stands in any
SELECT DISTINCT
    s.person_id,
    s.stay_number,
    s.admission_date AS happened_on,
    1 AS numerator,
    0 AS denominator
FROM features.known_stay AS s
INNER JOIN features.known_diagnosis AS injury
    ON
        injury.person_id = s.person_id
        AND injury.stay_number = s.stay_number
        AND injury.is_main
        AND LEFT(injury.icd10, 1) IN ('S', 'T')
INNER JOIN features.known_diagnosis AS cause ON cause.person_id = s.person_id AND cause.stay_number = s.stay_number
INNER JOIN staging.icd10_list AS fall ON fall.icd10 = cause.icd10 AND fall.list_id = 'falls_admission_phof'
WHERE s.is_emergency
