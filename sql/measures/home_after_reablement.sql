-- Discharges from hospital into reablement, and whether the person was at home 91 days later.
-- grain: person and day of a discharge after which reablement began within two days
-- reads: features.known_stay, features.known_person, features.known_social_care_service
--
-- happened_on: day of the discharge; date; never missing
-- numerator: 1 if on the 91st day after it the person is alive, in no hospital and in no long-term care home; discharges; never missing
-- denominator: 1; discharges; never missing
-- Being admitted between and back home by that day counts as at home. Two days are our own: nothing in the tables ties reablement to a discharge.
-- source: ASCOF 2D (formerly 2B), SALT STS004, in the terms of landing tables apc_episode and social_care_service
WITH discharge AS (
    SELECT DISTINCT
        s.person_id,
        s.discharge_date
    FROM features.known_stay AS s
    INNER JOIN features.known_social_care_service AS r
        ON
            r.person_id = s.person_id
            AND r.service_type = 'reablement'
            AND r.start_date >= s.discharge_date
            AND r.start_date <= s.discharge_date + INTERVAL 2 DAY
    WHERE NOT s.is_regular_attendance AND NOT s.is_day_case
),

away AS (
    SELECT
        d.person_id,
        d.discharge_date
    FROM discharge AS d
    INNER JOIN features.known_stay AS s
        ON
            s.person_id = d.person_id
            AND s.admission_date <= d.discharge_date + INTERVAL 91 DAY
            AND (s.discharge_date IS NULL OR s.discharge_date > d.discharge_date + INTERVAL 91 DAY)

    UNION ALL

    SELECT
        d.person_id,
        d.discharge_date
    FROM discharge AS d
    INNER JOIN features.known_social_care_service AS c
        ON
            c.person_id = d.person_id
            AND c.service_type IN ('residential_care', 'nursing_care')
            AND c.is_long_term
            AND c.start_date <= d.discharge_date + INTERVAL 91 DAY
            AND (c.end_date IS NULL OR c.end_date > d.discharge_date + INTERVAL 91 DAY)

    UNION ALL

    SELECT
        d.person_id,
        d.discharge_date
    FROM discharge AS d
    INNER JOIN features.known_person AS p
        ON p.person_id = d.person_id AND p.death_date <= d.discharge_date + INTERVAL 91 DAY
)

SELECT
    d.person_id,
    d.discharge_date AS happened_on,
    MIN(CASE WHEN away.person_id IS NULL THEN 1 ELSE 0 END) AS numerator,
    1 AS denominator
FROM discharge AS d
LEFT JOIN away ON away.person_id = d.person_id AND away.discharge_date = d.discharge_date
GROUP BY d.person_id, d.discharge_date
