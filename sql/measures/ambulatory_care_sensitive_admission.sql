-- Emergency admissions for ambulatory care sensitive conditions.
-- grain: emergency stay known at the index date that meets one of the two lists
-- reads: features.known_stay, features.known_cause
--
-- happened_on: when the stay began; date; never missing
-- numerator: 1; admissions; never missing
-- denominator: 0, as it is people registered that these are a rate of; admissions; never missing
-- source: seeds.code_list, acsc_chronic_ccgois_2_6 (CCG OIS 2.6) and acsc_acute_nhs_institute (NHS Institute), with the lists' own rules as in features.known_cause
SELECT DISTINCT
    s.person_id,
    s.stay_number,
    s.admission_date AS happened_on,
    1 AS numerator,
    0 AS denominator
FROM features.known_stay AS s
INNER JOIN features.known_cause AS c ON c.person_id = s.person_id AND c.stay_number = s.stay_number
WHERE s.is_emergency AND c.list_id IN ('acsc_chronic_ccgois_2_6', 'acsc_acute_nhs_institute')
