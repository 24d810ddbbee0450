-- The latest version of each attendance at accident and emergency that was known at the index date.
-- grain: attendance known at the index date
-- reads: staging.ecds_attendance, features.index_date
-- source: CONTRACT section 2, Known and Versions
SELECT
    a.person_id,
    a.arrival_date,
    a.department_type,
    a.is_unplanned,
    a.is_same_day_emergency_care,
    a.is_by_ambulance,
    a.is_high_acuity,
    a.is_left_before_treatment,
    a.is_fall,
    a.cost_pence
FROM staging.ecds_attendance AS a
CROSS JOIN features.index_date AS i
WHERE
    a.known_on < i.index_date
    AND (a.replaced_on IS NULL OR a.replaced_on >= i.index_date)
