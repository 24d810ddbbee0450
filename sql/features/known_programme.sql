-- The latest version of each programme entry that was known at the index date.
-- grain: programme entry (person, programme, start) known at the index date
-- reads: staging.programme, features.index_date
--
-- end_date: when it ended; date; null where the programme holds the person at the index date
-- An end on or after the index date reads as missing.
-- source: CONTRACT section 2 (known)
SELECT
    p.person_id,
    p.programme,
    p.start_date,
    CASE WHEN p.end_date < i.index_date THEN p.end_date END AS end_date
FROM staging.programme AS p
CROSS JOIN features.index_date AS i
WHERE p.known_on < i.index_date AND (p.replaced_on IS NULL OR p.replaced_on >= i.index_date)
