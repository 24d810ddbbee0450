-- Social care services open at the index date, and those begun in the year before it.
-- grain: person with at least one service known at the index date
-- reads: features.index_date, features.known_social_care_service
-- order: 280
--
-- home_care_open: home care begun and not ended before the index date; 0/1; at the index date; 0 if none
-- day_care_open: day care begun and not ended before the index date; 0/1; at the index date; 0 if none
-- social_care_services_open: kinds of service begun and not ended before the index date, assessments left out; count; at the index date; 0 if none
-- social_care_assessments_365d: assessments begun in the 365 days before the index date; count; 365 days; 0 if none
-- reablement_365d: reablement services begun in the 365 days before the index date; count; 365 days; 0 if none
-- in_care_home: residential or nursing care begun and not ended before the index date, council-arranged (people who pay for themselves are not seen); 0/1; at the index date; 0 if none
-- source: CONTRACT section 2, In a care home; landing table social_care_service
SELECT
    s.person_id,
    MAX(CASE WHEN s.end_date IS NULL AND s.service_type = 'home_care' THEN 1 ELSE 0 END) AS home_care_open,
    MAX(CASE WHEN s.end_date IS NULL AND s.service_type = 'day_care' THEN 1 ELSE 0 END) AS day_care_open,
    CAST(COUNT(DISTINCT CASE WHEN s.end_date IS NULL AND s.service_type <> 'assessment' THEN s.service_type END) AS INTEGER) AS social_care_services_open,
    CAST(SUM(CASE WHEN s.service_type = 'assessment' AND s.start_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS social_care_assessments_365d,
    CAST(SUM(CASE WHEN s.service_type = 'reablement' AND s.start_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS reablement_365d,
    MAX(CASE WHEN s.end_date IS NULL AND s.service_type IN ('residential_care', 'nursing_care') THEN 1 ELSE 0 END) AS in_care_home
FROM features.known_social_care_service AS s
CROSS JOIN features.index_date AS i
GROUP BY s.person_id
