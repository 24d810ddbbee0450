-- Contacts with community services before the index date.
-- grain: person with at least one attended community contact known at the index date
-- reads: features.index_date, features.known_community_contact
-- order: 80
--
-- community_contacts_attended_90d: community contacts attended (5, 6 or missing) in the 90 days before the index date; count; 90 days; 0 if none
-- community_contacts_attended_365d: community contacts attended (5, 6 or missing) in the 365 days before the index date; count; 365 days; 0 if none
-- community_contacts_attended_730d: community contacts attended (5, 6 or missing) in the 730 days before the index date; count; 730 days; 0 if none
-- days_since_community_contact: whole days since the last attended community contact known; days; ever; null if none
-- source: CONTRACT section 2, Community contact
SELECT
    c.person_id,
    CAST(SUM(CASE WHEN c.contact_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS community_contacts_attended_90d,
    CAST(SUM(CASE WHEN c.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS community_contacts_attended_365d,
    CAST(SUM(CASE WHEN c.contact_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS community_contacts_attended_730d,
    CAST(DATE_DIFF('day', MAX(c.contact_date), MAX(i.index_date)) AS INTEGER) AS days_since_community_contact
FROM features.known_community_contact AS c
CROSS JOIN features.index_date AS i
WHERE c.is_attended
GROUP BY c.person_id
