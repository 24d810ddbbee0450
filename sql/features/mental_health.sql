-- Contacts with mental health services before the index date.
-- grain: person with at least one attended mental health contact known at the index date
-- reads: features.index_date, features.known_mental_health_contact
-- order: 90
--
-- mental_health_contacts_attended_90d: mental health contacts attended (5, 6 or missing) in the 90 days before the index date; count; 90 days; 0 if none
-- mental_health_contacts_attended_365d: mental health contacts attended (5, 6 or missing) in the 365 days before the index date; count; 365 days; 0 if none
-- source: attended as in CONTRACT section 2, Community contact
SELECT
    m.person_id,
    CAST(SUM(CASE WHEN m.contact_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS mental_health_contacts_attended_90d,
    CAST(SUM(CASE WHEN m.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS mental_health_contacts_attended_365d
FROM features.known_mental_health_contact AS m
CROSS JOIN features.index_date AS i
WHERE m.is_attended
GROUP BY m.person_id
