-- The first record of each code list that was known at the index date.
-- grain: person and code list
-- reads: features.index_date, staging.gp_first_record
--
-- first_date: event date of the first record; date; no row if none
-- source: CONTRACT section 2 (known)
SELECT
    r.person_id,
    r.list_id,
    MIN(r.event_date) AS first_date
FROM staging.gp_first_record AS r
CROSS JOIN features.index_date AS i
WHERE r.known_on < i.index_date
GROUP BY r.person_id, r.list_id
