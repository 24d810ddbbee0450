-- Appointments in general practice, with the day from which each can be known.
-- grain: row that has an event date
-- reads: intake.gp_appointment, intake.source, seeds.word_group
--
-- is_attended: status attended; flag; never missing
-- is_not_attended: status did_not_attend; flag; never missing
-- is_cancelled: status cancelled; flag; never missing
-- staff_group: nurse where the role has a word for a nurse, else gp where it has one for a general practitioner, else other; word; missing where no role is said
-- mode_group: home_visit where the mode has a word for a visit, else remote where it has one for telephone, video or online, else other; word; missing where no mode is said
-- known_on: day from which the row can be known: at an index date after it; date; never missing
-- A value is in a group if it has one of the group's words (seeds.word_group) in it: lower case, with _, - and / as spaces, between spaces.
-- source: CONTRACT section 2, Known
WITH staff_group_spelled AS (
    SELECT DISTINCT
        t.staff_role,
        ' ' || REPLACE(REPLACE(REPLACE(LOWER(TRIM(t.staff_role)), '_', ' '), '-', ' '), '/', ' ') || ' ' AS spelled
    FROM intake.gp_appointment AS t
    WHERE TRIM(t.staff_role) <> ''
),

staff_group AS (
    SELECT
        s.staff_role,
        CASE
            WHEN MAX(CASE WHEN w.word_group = 'nurse' THEN 1 ELSE 0 END) = 1 THEN 'nurse'
            WHEN MAX(CASE WHEN w.word_group = 'gp' THEN 1 ELSE 0 END) = 1 THEN 'gp'
            WHEN MAX(CASE WHEN w.word_group = 'not_said' THEN 1 ELSE 0 END) = 1 THEN NULL
            ELSE 'other'
        END AS staff_group
    FROM staff_group_spelled AS s
    LEFT JOIN seeds.word_group AS w ON w.field = 'staff_role' AND s.spelled LIKE '% ' || w.word || ' %'
    GROUP BY s.staff_role
),

mode_group_spelled AS (
    SELECT DISTINCT
        t.mode,
        ' ' || REPLACE(REPLACE(REPLACE(LOWER(TRIM(t.mode)), '_', ' '), '-', ' '), '/', ' ') || ' ' AS spelled
    FROM intake.gp_appointment AS t
    WHERE TRIM(t.mode) <> ''
),

mode_group AS (
    SELECT
        s.mode,
        CASE
            WHEN MAX(CASE WHEN w.word_group = 'home_visit' THEN 1 ELSE 0 END) = 1 THEN 'home_visit'
            WHEN MAX(CASE WHEN w.word_group = 'remote' THEN 1 ELSE 0 END) = 1 THEN 'remote'
            WHEN MAX(CASE WHEN w.word_group = 'not_said' THEN 1 ELSE 0 END) = 1 THEN NULL
            ELSE 'other'
        END AS mode_group
    FROM mode_group_spelled AS s
    LEFT JOIN seeds.word_group AS w ON w.field = 'mode' AND s.spelled LIKE '% ' || w.word || ' %'
    GROUP BY s.mode
),

clean AS (
    SELECT
        t.person_id,
        t.appointment_date,
        t.status = 'attended' AS is_attended,
        t.status = 'did_not_attend' AS is_not_attended,
        t.status = 'cancelled' AS is_cancelled,
        t.staff_role,
        t.mode,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN t.available_date > DATE '1900-01-01' AND t.available_date < DATE '9999-12-31' THEN t.available_date END AS available_date
    FROM intake.gp_appointment AS t
    INNER JOIN intake.source AS s ON s.table_name = 'gp_appointment'
    WHERE t.appointment_date > DATE '1900-01-01' AND t.appointment_date < DATE '9999-12-31'
)

SELECT
    clean.person_id,
    clean.appointment_date,
    clean.is_attended,
    clean.is_not_attended,
    clean.is_cancelled,
    staff_group.staff_group,
    mode_group.mode_group,
    GREATEST(clean.appointment_date, COALESCE(clean.available_date, clean.appointment_date + clean.lag_days)) AS known_on
FROM clean
LEFT JOIN staff_group ON staff_group.staff_role = clean.staff_role
LEFT JOIN mode_group ON mode_group.mode = clean.mode
