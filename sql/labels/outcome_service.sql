-- Beginnings of long-term care held, however late they arrived.
-- grain: person, kind of care and start date
-- reads: features.known_social_care_service
--
-- care: care_home (long-term residential or nursing care) or home_care; word; never missing
-- start_date: when it began; date; never missing
-- end_date: when it ended; date; null if open
-- source: CONTRACT section 2, Frailty outcome
SELECT
    s.person_id,
    CASE WHEN s.service_type = 'home_care' THEN 'home_care' ELSE 'care_home' END AS care,
    s.start_date,
    s.end_date
FROM features.known_social_care_service AS s
WHERE s.service_type = 'home_care' OR (s.service_type IN ('residential_care', 'nursing_care') AND s.is_long_term)
