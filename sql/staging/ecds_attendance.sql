-- Attendances at accident and emergency, every version, with the days between which each is the latest known.
-- grain: version of an attendance that has an arrival date
-- reads: intake.ecds_attendance, intake.source, seeds.ae_acuity, seeds.ae_arrival_mode, seeds.ae_discharge_status, seeds.code_list
--
-- department_type: 01 to 05, two digits; code; never missing
-- is_unplanned: department type 01 to 04 and attendance category 1 to 3 or missing; flag; never missing
-- is_same_day_emergency_care: department type 05; flag; never missing
-- is_by_ambulance: arrival mode an ambulance; flag; null where the mode is missing, not known (9) or not one of seeds.ae_arrival_mode
-- is_high_acuity: acuity immediate or very urgent; flag; null where the acuity is missing or not one of seeds.ae_acuity
-- is_left_before_treatment: discharge status left before treatment; flag; null where it is missing or not one of seeds.ae_discharge_status
-- is_fall: chief complaint or any diagnosis on the SNOMED CT list fall; flag; null where none of the four is there
-- cost_pence: cost to the nearest penny, half a penny up; pence; null if none
-- known_on: day from which this version can be known: at an index date after it; date; never missing
-- replaced_on: known_on of the version that follows it; date; null for the last version
-- source: CONTRACT section 2, A&E attendance and Versions
WITH fall AS (
    SELECT DISTINCT l.code FROM seeds.code_list AS l WHERE l.list_id = 'fall' AND l.system = 'snomed_ct'
),

clean AS (
    SELECT
        a.person_id,
        a.attendance_id,
        a.arrival_date,
        RIGHT(CONCAT('0', TRIM(a.department_type)), 2) AS department_type,
        TRIM(a.attendance_category) AS attendance_category,
        arrival.is_ambulance AS is_by_ambulance,
        acuity.is_high AS is_high_acuity,
        status.is_left_before_treatment,
        CASE
            WHEN COALESCE(a.chief_complaint, a.diagnosis_01, a.diagnosis_02, a.diagnosis_03) IS NOT NULL
                THEN COALESCE(complaint.code, first_diagnosis.code, second_diagnosis.code, third_diagnosis.code) IS NOT NULL
        END AS is_fall,
        CAST(FLOOR(a.cost * 100 + 0.5) AS BIGINT) AS cost_pence,
        a.delivery,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN a.available_date > DATE '1900-01-01' AND a.available_date < DATE '9999-12-31' THEN a.available_date END AS available_date
    FROM intake.ecds_attendance AS a
    INNER JOIN intake.source AS s ON s.table_name = 'ecds_attendance'
    LEFT JOIN seeds.ae_acuity AS acuity ON acuity.code = TRIM(a.acuity)
    LEFT JOIN seeds.ae_arrival_mode AS arrival ON arrival.code = TRIM(a.arrival_mode)
    LEFT JOIN seeds.ae_discharge_status AS status ON status.code = TRIM(a.discharge_status)
    LEFT JOIN fall AS complaint ON complaint.code = a.chief_complaint
    LEFT JOIN fall AS first_diagnosis ON first_diagnosis.code = a.diagnosis_01
    LEFT JOIN fall AS second_diagnosis ON second_diagnosis.code = a.diagnosis_02
    LEFT JOIN fall AS third_diagnosis ON third_diagnosis.code = a.diagnosis_03
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
    dated.department_type,
    dated.is_unplanned,
    dated.is_same_day_emergency_care,
    dated.is_by_ambulance,
    dated.is_high_acuity,
    dated.is_left_before_treatment,
    dated.is_fall,
    dated.cost_pence,
    dated.known_on,
    LEAD(dated.known_on) OVER (
        PARTITION BY dated.attendance_id
        ORDER BY
            dated.known_on, dated.delivery, dated.arrival_date, dated.person_id, dated.department_type,
            dated.attendance_category, dated.is_by_ambulance, dated.is_high_acuity, dated.is_left_before_treatment,
            dated.is_fall, dated.cost_pence
    ) AS replaced_on
FROM dated
