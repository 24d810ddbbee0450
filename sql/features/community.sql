-- Contacts with community services before the index date.
-- grain: person with at least one community contact known at the index date
-- reads: features.index_date, features.known_community_contact, features.population_source
-- order: 80
--
-- community_contacts_attended_90d: community contacts attended (5, 6 or missing) in the 90 days before the index date; count; 90 days; 0 if none
-- community_contacts_attended_365d: community contacts attended (5, 6 or missing) in the 365 days before the index date; count; 365 days; 0 if none
-- community_contacts_attended_730d: community contacts attended (5, 6 or missing) in the 730 days before the index date; count; 730 days; 0 if none
-- days_since_community_contact: whole days since the last attended community contact known; days; ever; null if none
-- community_nursing_contacts_365d: of the contacts attended in the 365 days before the index date, those with nursing (by a word of the service; urgent response is not among them); count; 365 days; 0 if none
-- community_therapy_contacts_365d: of the contacts attended in the 365 days before the index date, those with therapy (by a word of the service; urgent response and nursing are not among them); count; 365 days; 0 if none
-- urgent_community_response_contacts_365d: of the contacts attended in the 365 days before the index date, those with urgent community response (by a word of the service); count; 365 days; 0 if none (rare)
-- community_contacts_not_attended_365d: community contacts not attended (3 or 7) in the 365 days before the index date, null for all where no contact known has a status; count; 365 days; 0 if none, null if never given
-- community_contacts_attended_trend: community contacts attended per 90 days in that part of the last 90 days for which the source is complete, less the same per 90 days in the 365 days before those 90; events per 90 days; 90 days against the 365 before; 0 if none
-- source: CONTRACT section 2, Community contact; words of services in seeds.word_group; trend as in docs/explanation/architecture.md
SELECT
    c.person_id,
    CAST(SUM(CASE WHEN c.is_attended AND c.contact_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS community_contacts_attended_90d,
    CAST(SUM(CASE WHEN c.is_attended AND c.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS community_contacts_attended_365d,
    CAST(SUM(CASE WHEN c.is_attended AND c.contact_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS community_contacts_attended_730d,
    CAST(DATE_DIFF('day', MAX(CASE WHEN c.is_attended THEN c.contact_date END), MAX(i.index_date)) AS INTEGER) AS days_since_community_contact,
    CAST(SUM(CASE WHEN c.is_attended AND c.service_group = 'nursing' AND c.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS community_nursing_contacts_365d,
    CAST(SUM(CASE WHEN c.is_attended AND c.service_group = 'therapy' AND c.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS community_therapy_contacts_365d,
    CAST(SUM(CASE WHEN c.is_attended AND c.service_group = 'urgent_response' AND c.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS urgent_community_response_contacts_365d,
    CASE
        WHEN MAX(CASE WHEN c.is_status_said THEN 1 ELSE 0 END) = 1
            THEN CAST(SUM(CASE WHEN c.is_not_attended AND c.contact_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER)
    END AS community_contacts_not_attended_365d,
    CAST(SUM(CASE WHEN c.is_attended AND c.contact_date >= i.index_date - INTERVAL 90 DAY AND c.contact_date < s.complete_to THEN 1 ELSE 0 END) AS DOUBLE)
    * 90 / NULLIF(90 - DATE_DIFF('day', MAX(s.complete_to), MAX(i.index_date)), 0)
    - CAST(
        SUM(
            CASE
                WHEN c.is_attended AND c.contact_date >= i.index_date - INTERVAL 455 DAY AND c.contact_date < i.index_date - INTERVAL 90 DAY THEN 1
                ELSE 0
            END
        ) AS DOUBLE
    ) * 90 / 365 AS community_contacts_attended_trend
FROM features.known_community_contact AS c
CROSS JOIN features.index_date AS i
INNER JOIN features.population_source AS s ON s.table_name = 'community_contact'
GROUP BY c.person_id
