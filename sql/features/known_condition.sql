-- The conditions a person has, as far as was known at the index date: recorded, and not since recorded as resolved.
-- grain: person and condition
-- reads: features.index_date, features.known_first_record, staging.gp_condition_event, seeds.condition
--
-- condition: condition of seeds.condition; name; never missing
-- first_date: event date of its first record after the last resolution known, of its first record where none is; date; never missing
-- A resolution known ends every record dated on its day or before; a record on a later day begins the condition again.
-- source: CONTRACT section 2 (known); resolution as in the QOF registers (the latest diagnosis later than the latest resolution)
WITH first_record AS (
    SELECT
        r.person_id,
        c.condition,
        MIN(r.first_date) AS first_date
    FROM features.known_first_record AS r
    INNER JOIN seeds.condition AS c ON c.list_id = r.list_id
    GROUP BY r.person_id, c.condition
),

last_resolution AS (
    SELECT
        e.person_id,
        e.condition,
        MAX(e.event_date) AS resolved_date
    FROM staging.gp_condition_event AS e
    CROSS JOIN features.index_date AS i
    WHERE e.is_resolution AND e.known_on < i.index_date
    GROUP BY e.person_id, e.condition
),

recorded_again AS (
    SELECT
        e.person_id,
        e.condition,
        MIN(e.event_date) AS first_date
    FROM staging.gp_condition_event AS e
    CROSS JOIN features.index_date AS i
    INNER JOIN last_resolution AS l ON l.person_id = e.person_id AND l.condition = e.condition
    WHERE NOT e.is_resolution AND e.known_on < i.index_date AND e.event_date > l.resolved_date
    GROUP BY e.person_id, e.condition
)

SELECT
    f.person_id,
    f.condition,
    CASE WHEN l.person_id IS NULL THEN f.first_date ELSE a.first_date END AS first_date
FROM first_record AS f
LEFT JOIN last_resolution AS l ON l.person_id = f.person_id AND l.condition = f.condition
LEFT JOIN recorded_again AS a ON a.person_id = f.person_id AND a.condition = f.condition
WHERE l.person_id IS NULL OR a.person_id IS NOT NULL
