-- The latest version of each social care service that was known at the index date.
-- grain: service (person, type, start) known at the index date
-- reads: staging.social_care_service, features.index_date
--
-- end_date: when it ended; date; null where it is open at the index date
-- An end on or after the index date reads as missing.
-- source: CONTRACT section 2 (known)
SELECT
    s.person_id,
    s.service_type,
    s.is_long_term,
    s.start_date,
    CASE WHEN s.end_date < i.index_date THEN s.end_date END AS end_date
FROM staging.social_care_service AS s
CROSS JOIN features.index_date AS i
WHERE s.known_on < i.index_date AND (s.replaced_on IS NULL OR s.replaced_on >= i.index_date)
