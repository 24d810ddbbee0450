-- How many things each source holds by the day they happened and the day they became known.
-- grain: landing table, event date, available date, day told of
-- reads: intake.admission_notice, intake.apc_episode, intake.community_contact, intake.ecds_attendance, intake.gp_appointment, intake.gp_event, intake.gp_prescription, intake.mental_health_contact, intake.opt_out, intake.outpatient_appointment, intake.programme, intake.registration, intake.social_care_service, intake.urgent_call
--
-- table_name: landing table; text; never missing
-- event_date: the day the things happened; date; never missing
-- available_date: the first day on which a version of them reached the sender; date; null if no version says
-- told_on: the last day that the versions without an available date tell of, the source's lag away from being known; date; null if all say
-- things: how many; rows of facts; of what has versions, each key once a day it was dated; count; never missing
-- source: CONTRACT section 2, Known
-- It does not depend on an index date or on a range of people: intake writes it once per delivery. Of the rows in force
-- (what has versions in several deliveries) it is told with the lag that was set when the delivery was taken.
SELECT 'registration' AS table_name, event_date, available_date, told_on, COUNT(*) AS things
FROM (
    SELECT
        r.start_date AS event_date,
        MIN(r.available_date) AS available_date,
        MIN(CASE WHEN r.available_date IS NULL THEN r.start_date END) AS told_on
    FROM intake.registration AS r
    WHERE r.start_date IS NOT NULL
    GROUP BY r.person_id, r.practice_code, r.start_date
) AS first_version
GROUP BY event_date, available_date, told_on
UNION ALL
SELECT 'opt_out' AS table_name, event_date, available_date, told_on, COUNT(*) AS things
FROM (
    SELECT
        r.start_date AS event_date,
        MIN(r.available_date) AS available_date,
        MIN(CASE WHEN r.available_date IS NULL THEN r.start_date END) AS told_on
    FROM intake.opt_out AS r
    WHERE r.start_date IS NOT NULL
    GROUP BY r.person_id, r.kind, r.start_date
) AS first_version
GROUP BY event_date, available_date, told_on
UNION ALL
SELECT
    'gp_event' AS table_name,
    r.event_date,
    r.available_date,
    CASE WHEN r.available_date IS NULL THEN r.event_date END AS told_on,
    COUNT(*) AS things
FROM intake.gp_event AS r
WHERE r.event_date IS NOT NULL
GROUP BY r.event_date, r.available_date
UNION ALL
SELECT
    'gp_prescription' AS table_name,
    r.issue_date AS event_date,
    r.available_date,
    CASE WHEN r.available_date IS NULL THEN r.issue_date END AS told_on,
    COUNT(*) AS things
FROM intake.gp_prescription AS r
WHERE r.issue_date IS NOT NULL
GROUP BY r.issue_date, r.available_date
UNION ALL
SELECT
    'gp_appointment' AS table_name,
    r.appointment_date AS event_date,
    r.available_date,
    CASE WHEN r.available_date IS NULL THEN r.appointment_date END AS told_on,
    COUNT(*) AS things
FROM intake.gp_appointment AS r
WHERE r.appointment_date IS NOT NULL
GROUP BY r.appointment_date, r.available_date
UNION ALL
SELECT 'apc_episode' AS table_name, event_date, available_date, told_on, COUNT(*) AS things
FROM (
    SELECT
        r.admission_date AS event_date,
        MIN(r.available_date) AS available_date,
        MIN(CASE WHEN r.available_date IS NULL THEN COALESCE(r.discharge_date, r.episode_end_date, r.admission_date) END) AS told_on
    FROM intake.apc_episode AS r
    WHERE r.admission_date IS NOT NULL
    GROUP BY r.person_id, r.provider_code, r.spell_id, r.episode_number, r.admission_date
) AS first_version
GROUP BY event_date, available_date, told_on
UNION ALL
SELECT 'admission_notice' AS table_name, event_date, available_date, told_on, COUNT(*) AS things
FROM (
    SELECT
        r.admitted_on AS event_date,
        MIN(r.available_date) AS available_date,
        MIN(CASE WHEN r.available_date IS NULL THEN r.admitted_on END) AS told_on
    FROM intake.admission_notice AS r
    WHERE r.admitted_on IS NOT NULL
    GROUP BY r.person_id, r.admitted_on
) AS first_version
GROUP BY event_date, available_date, told_on
UNION ALL
SELECT 'ecds_attendance' AS table_name, event_date, available_date, told_on, COUNT(*) AS things
FROM (
    SELECT
        r.arrival_date AS event_date,
        MIN(r.available_date) AS available_date,
        MIN(CASE WHEN r.available_date IS NULL THEN r.arrival_date END) AS told_on
    FROM intake.ecds_attendance AS r
    WHERE r.arrival_date IS NOT NULL
    GROUP BY r.attendance_id, r.arrival_date
) AS first_version
GROUP BY event_date, available_date, told_on
UNION ALL
SELECT
    'outpatient_appointment' AS table_name,
    r.appointment_date AS event_date,
    r.available_date,
    CASE WHEN r.available_date IS NULL THEN r.appointment_date END AS told_on,
    COUNT(*) AS things
FROM intake.outpatient_appointment AS r
WHERE r.appointment_date IS NOT NULL
GROUP BY r.appointment_date, r.available_date
UNION ALL
SELECT
    'community_contact' AS table_name,
    r.contact_date AS event_date,
    r.available_date,
    CASE WHEN r.available_date IS NULL THEN r.contact_date END AS told_on,
    COUNT(*) AS things
FROM intake.community_contact AS r
WHERE r.contact_date IS NOT NULL
GROUP BY r.contact_date, r.available_date
UNION ALL
SELECT
    'mental_health_contact' AS table_name,
    r.contact_date AS event_date,
    r.available_date,
    CASE WHEN r.available_date IS NULL THEN r.contact_date END AS told_on,
    COUNT(*) AS things
FROM intake.mental_health_contact AS r
WHERE r.contact_date IS NOT NULL
GROUP BY r.contact_date, r.available_date
UNION ALL
SELECT 'social_care_service' AS table_name, event_date, available_date, told_on, COUNT(*) AS things
FROM (
    SELECT
        r.start_date AS event_date,
        MIN(r.available_date) AS available_date,
        MIN(CASE WHEN r.available_date IS NULL THEN r.start_date END) AS told_on
    FROM intake.social_care_service AS r
    WHERE r.start_date IS NOT NULL
    GROUP BY r.person_id, r.service_type, r.start_date
) AS first_version
GROUP BY event_date, available_date, told_on
UNION ALL
SELECT
    'urgent_call' AS table_name,
    r.call_date AS event_date,
    r.available_date,
    CASE WHEN r.available_date IS NULL THEN r.call_date END AS told_on,
    COUNT(*) AS things
FROM intake.urgent_call AS r
WHERE r.call_date IS NOT NULL
GROUP BY r.call_date, r.available_date
UNION ALL
SELECT 'programme' AS table_name, event_date, available_date, told_on, COUNT(*) AS things
FROM (
    SELECT
        r.start_date AS event_date,
        MIN(r.available_date) AS available_date,
        MIN(CASE WHEN r.available_date IS NULL THEN r.start_date END) AS told_on
    FROM intake.programme AS r
    WHERE r.start_date IS NOT NULL
    GROUP BY r.person_id, r.programme, r.start_date
) AS first_version
GROUP BY event_date, available_date, told_on
