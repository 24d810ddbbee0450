-- Emergency admissions for a fracture of the hip.
-- grain: emergency stay known at the index date whose main diagnosis is a hip fracture
-- reads: features.known_stay, features.known_diagnosis, staging.icd10_list
--
-- happened_on: when the stay began; date; never missing
-- numerator: 1; admissions; never missing
-- denominator: 0, as it is people registered that these are a rate of; admissions; never missing
-- source: PHOF indicator 41401, main diagnosis S72.0 to S72.2; codes as in seeds.code_list, hip_fracture, here as the main diagnosis of the stay's first episode only
SELECT DISTINCT
    s.person_id,
    s.stay_number,
    s.admission_date AS happened_on,
    1 AS numerator,
    0 AS denominator
FROM features.known_stay AS s
INNER JOIN features.known_diagnosis AS d ON d.person_id = s.person_id AND d.stay_number = s.stay_number AND d.is_main
INNER JOIN staging.icd10_list AS hip ON hip.icd10 = d.icd10 AND hip.list_id = 'hip_fracture'
WHERE s.is_emergency
