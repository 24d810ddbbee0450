-- Social care services open at the index date, and what began, ended or changed in the year before it.
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
-- in_nursing_home: nursing care begun and not ended before the index date, council-arranged; 0/1; at the index date; 0 if none
-- care_home_entered_365d: residential or nursing care begun in the 365 days before the index date by somebody whose earlier-begun residential and nursing care, if any, had all ended more than a day before; 0/1; 365 days; 0 if none (rare)
-- home_care_started_365d: home care begun in the 365 days before the index date; 0/1; 365 days; 0 if none
-- direct_payment_open: a direct payment begun and not ended before the index date; 0/1; at the index date; 0 if none (rare)
-- equipment_365d: equipment services begun in the 365 days before the index date; count; 365 days; 0 if none (rare)
-- social_care_services_ended_365d: services that ended in the 365 days before the index date, assessments, equipment and reablement left out; count; 365 days; 0 if none
-- days_since_social_care_change: whole days since a service last began or ended, assessments left out; days; ever; null if none
-- source: CONTRACT section 2, In a care home; landing table social_care_service
WITH followed AS (
    SELECT
        s.person_id,
        s.service_type,
        s.start_date,
        s.end_date,
        MAX(
            CASE
                WHEN s.service_type IN ('residential_care', 'nursing_care') THEN COALESCE(s.end_date, DATE '9999-12-31')
            END
        ) OVER (
            PARTITION BY s.person_id
            ORDER BY s.start_date, s.service_type
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS in_care_home_to
    FROM features.known_social_care_service AS s
)

SELECT
    s.person_id,
    MAX(CASE WHEN s.end_date IS NULL AND s.service_type = 'home_care' THEN 1 ELSE 0 END) AS home_care_open,
    MAX(CASE WHEN s.end_date IS NULL AND s.service_type = 'day_care' THEN 1 ELSE 0 END) AS day_care_open,
    CAST(COUNT(DISTINCT CASE WHEN s.end_date IS NULL AND s.service_type <> 'assessment' THEN s.service_type END) AS INTEGER) AS social_care_services_open,
    CAST(SUM(CASE WHEN s.service_type = 'assessment' AND s.start_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS social_care_assessments_365d,
    CAST(SUM(CASE WHEN s.service_type = 'reablement' AND s.start_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS reablement_365d,
    MAX(CASE WHEN s.end_date IS NULL AND s.service_type IN ('residential_care', 'nursing_care') THEN 1 ELSE 0 END) AS in_care_home,
    MAX(CASE WHEN s.end_date IS NULL AND s.service_type = 'nursing_care' THEN 1 ELSE 0 END) AS in_nursing_home,
    MAX(
        CASE
            WHEN
                s.service_type IN ('residential_care', 'nursing_care')
                AND s.start_date >= i.index_date - INTERVAL 365 DAY
                AND (s.in_care_home_to IS NULL OR s.in_care_home_to < s.start_date - INTERVAL 1 DAY)
                THEN 1
            ELSE 0
        END
    ) AS care_home_entered_365d,
    MAX(CASE WHEN s.service_type = 'home_care' AND s.start_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS home_care_started_365d,
    MAX(CASE WHEN s.end_date IS NULL AND s.service_type = 'direct_payment' THEN 1 ELSE 0 END) AS direct_payment_open,
    CAST(SUM(CASE WHEN s.service_type = 'equipment' AND s.start_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS equipment_365d,
    CAST(
        SUM(
            CASE
                WHEN
                    s.service_type NOT IN ('assessment', 'equipment', 'reablement')
                    AND s.end_date >= i.index_date - INTERVAL 365 DAY
                    THEN 1
                ELSE 0
            END
        ) AS INTEGER
    ) AS social_care_services_ended_365d,
    CAST(
        DATE_DIFF(
            'day',
            MAX(CASE WHEN s.service_type <> 'assessment' THEN GREATEST(s.start_date, COALESCE(s.end_date, s.start_date)) END),
            MAX(i.index_date)
        ) AS INTEGER
    ) AS days_since_social_care_change
FROM followed AS s
CROSS JOIN features.index_date AS i
GROUP BY s.person_id
