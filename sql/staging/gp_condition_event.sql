-- Records of a condition, and of its end, for people of whom it was ever recorded as resolved, whatever the index date.
-- grain: person, condition, whether it is a resolution, and event date
-- reads: staging.gp_list_event, seeds.condition
--
-- condition: condition of seeds.condition; name; never missing
-- is_resolution: recorded as resolved, not as there; flag; never missing
-- event_date: when it happened; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- source: seeds.condition (resolved_list_id), lists of resolved codes as QOF uses them
WITH ending AS (
    SELECT DISTINCT
        c.condition,
        c.resolved_list_id
    FROM seeds.condition AS c
    WHERE c.resolved_list_id IS NOT NULL
),

resolved AS (
    SELECT
        e.person_id,
        c.condition,
        e.event_date,
        MIN(e.known_on) AS known_on
    FROM staging.gp_list_event AS e
    INNER JOIN ending AS c ON c.resolved_list_id = e.list_id
    GROUP BY e.person_id, c.condition, e.event_date
),

concerned AS (
    SELECT DISTINCT
        r.person_id,
        r.condition
    FROM resolved AS r
),

recorded AS (
    SELECT
        e.person_id,
        c.condition,
        e.event_date,
        MIN(e.known_on) AS known_on
    FROM staging.gp_list_event AS e
    INNER JOIN seeds.condition AS c ON c.list_id = e.list_id
    INNER JOIN concerned AS p ON p.person_id = e.person_id AND p.condition = c.condition
    GROUP BY e.person_id, c.condition, e.event_date
)

SELECT
    r.person_id,
    r.condition,
    TRUE AS is_resolution,
    r.event_date,
    r.known_on
FROM resolved AS r

UNION ALL

SELECT
    r.person_id,
    r.condition,
    FALSE AS is_resolution,
    r.event_date,
    r.known_on
FROM recorded AS r
