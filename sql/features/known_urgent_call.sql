-- Calls to 111 and 999 known at the index date.
-- grain: row known at the index date
-- reads: staging.urgent_call, features.index_date
-- source: CONTRACT section 2, Known
SELECT
    t.person_id,
    t.call_date,
    t.source,
    t.is_conveyed
FROM staging.urgent_call AS t
CROSS JOIN features.index_date AS i
WHERE t.known_on < i.index_date
