-- Contacts with mental health services before the index date.
-- grain: person with at least one mental health contact known at the index date
-- reads: features.index_date, features.known_mental_health_contact
-- order: 90
--
-- mental_health_contacts_attended_90d: mental health contacts attended (5, 6 or missing) in the 90 days before the index date; count; 90 days; 0 if none
-- mental_health_contacts_attended_365d: mental health contacts attended (5, 6 or missing) in the 365 days before the index date; count; 365 days; 0 if none
-- mental_health_contacts_attended_730d: mental health contacts attended (5, 6 or missing) in the 730 days before the index date; count; 730 days; 0 if none
-- mental_health_crisis_contacts_365d: of the contacts attended in the 365 days before the index date, those with a crisis service (by a word of the service); count; 365 days; 0 if none
-- mental_health_contacts_not_attended_365d: mental health contacts not attended (3 or 7) in the 365 days before the index date, null for all where no contact known has a status; count; 365 days; 0 if none, null if never given
-- days_since_mental_health_contact: whole days since the last attended mental health contact known; days; ever; null if none
-- source: attended as in CONTRACT section 2, Community contact; words of services in seeds.word_group
SELECT
    m.person_id,
    CAST(SUM(CASE WHEN m.is_attended AND m.contact_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS mental_health_contacts_attended_90d,
    CAST(SUM(CASE WHEN m.is_attended AND m.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS mental_health_contacts_attended_365d,
    CAST(SUM(CASE WHEN m.is_attended AND m.contact_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS mental_health_contacts_attended_730d,
    CAST(SUM(CASE WHEN m.is_attended AND m.service_group = 'crisis' AND m.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS mental_health_crisis_contacts_365d,
    CASE
        WHEN MAX(CASE WHEN m.is_status_said THEN 1 ELSE 0 END) = 1
            THEN CAST(SUM(CASE WHEN m.is_not_attended AND m.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER)
    END AS mental_health_contacts_not_attended_365d,
    CAST(DATE_DIFF('day', MAX(CASE WHEN m.is_attended THEN m.contact_date END), MAX(i.index_date)) AS INTEGER) AS days_since_mental_health_contact
FROM features.known_mental_health_contact AS m
CROSS JOIN features.index_date AS i
GROUP BY m.person_id
