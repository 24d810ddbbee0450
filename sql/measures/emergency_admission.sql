-- Emergency admissions.
-- grain: emergency stay known at the index date
-- reads: features.known_stay
--
-- happened_on: when the stay began; date; never missing
-- numerator: 1; admissions; never missing
-- denominator: 0, as it is people registered that these are a rate of; admissions; never missing
-- source: CONTRACT section 2, Emergency admission
SELECT
    s.person_id,
    s.admission_date AS happened_on,
    1 AS numerator,
    0 AS denominator
FROM features.known_stay AS s
WHERE s.is_emergency
