-- Contacts with mental health services, with the day from which each can be known.
-- grain: row that has an event date
-- reads: intake.mental_health_contact, intake.source, seeds.word_group
--
-- is_attended: attendance status 5, 6 or missing; flag; never missing
-- is_not_attended: attendance status 3 or 7; flag; false if missing
-- is_status_said: an attendance status is given; flag; never missing
-- service_group: crisis where the type of service has a word for it, else other; word; missing where no type is said
-- known_on: day from which the row can be known: at an index date after it; date; never missing
-- A value is in a group if it has one of the group's words (seeds.word_group) in it: lower case, with _, - and / as spaces, between spaces.
-- source: CONTRACT section 2, Known; statuses as for outpatients (did not attend 3 or 7)
WITH service_group_spelled AS (
    SELECT DISTINCT
        t.service_type,
        ' ' || REPLACE(REPLACE(REPLACE(LOWER(TRIM(t.service_type)), '_', ' '), '-', ' '), '/', ' ') || ' ' AS spelled
    FROM intake.mental_health_contact AS t
    WHERE TRIM(t.service_type) <> ''
),

service_group AS (
    SELECT
        s.service_type,
        CASE
            WHEN MAX(CASE WHEN w.word_group = 'crisis' THEN 1 ELSE 0 END) = 1 THEN 'crisis'
            ELSE 'other'
        END AS service_group
    FROM service_group_spelled AS s
    LEFT JOIN seeds.word_group AS w ON w.field = 'mental_health_service' AND s.spelled LIKE '% ' || w.word || ' %'
    GROUP BY s.service_type
),

clean AS (
    SELECT
        t.person_id,
        t.contact_date,
        COALESCE(t.attendance_status, '5') IN ('5', '6') AS is_attended,
        COALESCE(t.attendance_status, '5') IN ('3', '7') AS is_not_attended,
        t.attendance_status IS NOT NULL AS is_status_said,
        t.service_type,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN t.available_date > DATE '1900-01-01' AND t.available_date < DATE '9999-12-31' THEN t.available_date END AS available_date
    FROM intake.mental_health_contact AS t
    INNER JOIN intake.source AS s ON s.table_name = 'mental_health_contact'
    WHERE t.contact_date > DATE '1900-01-01' AND t.contact_date < DATE '9999-12-31'
)

SELECT
    clean.person_id,
    clean.contact_date,
    clean.is_attended,
    clean.is_not_attended,
    clean.is_status_said,
    service_group.service_group,
    GREATEST(clean.contact_date, COALESCE(clean.available_date, clean.contact_date + clean.lag_days)) AS known_on
FROM clean
LEFT JOIN service_group ON service_group.service_type = clean.service_type
