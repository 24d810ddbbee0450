-- Attendances at accident and emergency, every version, with the days between which each is the latest known.
-- grain: version of an attendance that has an arrival date
-- reads: intake.ecds_attendance, intake.source
--
-- is_unplanned: department type 01 to 04 and attendance category 1 to 3 or missing; flag; never missing
-- is_same_day_emergency_care: department type 05; flag; never missing
-- is_by_ambulance: arrival mode 1; flag; false if missing
-- known_on: day from which this version can be known: at an index date after it; date; never missing
-- replaced_on: known_on of the version that follows it; date; null for the last version
-- source: CONTRACT section 2, A&E attendance and Versions; HES A&E arrival mode, in seeds.ecds_code
WITH clean AS (
    SELECT
        a.person_id,
        a.attendance_id,
        a.arrival_date,
        RIGHT(CONCAT('0', TRIM(a.department_type)), 2) AS department_type,
        TRIM(a.attendance_category) AS attendance_category,
        COALESCE(a.arrival_mode, '') = '1' AS is_by_ambulance,
        a.delivery,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN a.available_date > DATE '1900-01-01' AND a.available_date < DATE '9999-12-31' THEN a.available_date END AS available_date
    FROM intake.ecds_attendance AS a
    INNER JOIN intake.source AS s ON s.table_name = 'ecds_attendance'
    WHERE a.arrival_date > DATE '1900-01-01' AND a.arrival_date < DATE '9999-12-31'
),

dated AS (
    SELECT
        clean.*,
        clean.department_type IN ('01', '02', '03', '04')
        AND COALESCE(clean.attendance_category, '1') IN ('1', '2', '3') AS is_unplanned,
        clean.department_type = '05' AS is_same_day_emergency_care,
        GREATEST(clean.arrival_date, COALESCE(clean.available_date, clean.arrival_date + clean.lag_days)) AS known_on
    FROM clean
)

SELECT
    dated.person_id,
    dated.arrival_date,
    dated.is_unplanned,
    dated.is_same_day_emergency_care,
    dated.is_by_ambulance,
    dated.known_on,
    LEAD(dated.known_on) OVER (
        PARTITION BY dated.attendance_id
        ORDER BY
            dated.known_on, dated.delivery, dated.arrival_date, dated.person_id, dated.department_type,
            dated.attendance_category, dated.is_by_ambulance
    ) AS replaced_on
FROM dated
