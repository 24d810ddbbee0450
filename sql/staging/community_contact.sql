-- Contacts with community services, with the day from which each can be known.
-- grain: row that has an event date
-- reads: intake.community_contact, intake.source
--
-- is_attended: attendance status 5, 6 or missing; flag; never missing
-- known_on: day from which the row can be known: at an index date after it; date; never missing
-- source: CONTRACT section 2, Known
WITH clean AS (
    SELECT
        t.person_id,
        t.contact_date,
        COALESCE(t.attendance_status, '5') IN ('5', '6') AS is_attended,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN t.available_date > DATE '1900-01-01' AND t.available_date < DATE '9999-12-31' THEN t.available_date END AS available_date
    FROM intake.community_contact AS t
    INNER JOIN intake.source AS s ON s.table_name = 'community_contact'
    WHERE t.contact_date > DATE '1900-01-01' AND t.contact_date < DATE '9999-12-31'
)

SELECT
    clean.person_id,
    clean.contact_date,
    clean.is_attended,
    GREATEST(clean.contact_date, COALESCE(clean.available_date, clean.contact_date + clean.lag_days)) AS known_on
FROM clean
