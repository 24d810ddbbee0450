-- Contacts with community services known at the index date.
-- grain: row known at the index date
-- reads: staging.community_contact, features.index_date
-- source: CONTRACT section 2, Known
SELECT
    t.person_id,
    t.contact_date,
    t.is_attended,
    t.is_not_attended,
    t.is_status_said,
    t.service_group
FROM staging.community_contact AS t
CROSS JOIN features.index_date AS i
WHERE t.known_on < i.index_date
