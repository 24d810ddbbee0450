-- How many people each step on the way into the snapshot takes off.
-- grain: step
-- reads: features.population_step
--
-- step: place of the step; number; never missing
-- reason: why people stop here; words; never missing
-- people: people who stop here (everyone, in step 0); people; never missing
-- remaining: people who go on; people; never missing
-- source: CONTRACT section 2, Population of a snapshot
WITH placed AS (
    SELECT
        CASE
            WHEN NOT p.is_known THEN 1
            WHEN NOT p.was_registered THEN 2
            WHEN NOT p.is_registered THEN 3
            WHEN NOT p.is_regular THEN 4
            WHEN NOT p.is_alive THEN 5
            ELSE 6
        END AS stops_at
    FROM features.population_step AS p
),

step AS (
    SELECT 0 AS step, 'everyone in the drop' AS reason
    UNION ALL
    SELECT 1 AS step, 'no person record known at the index date' AS reason
    UNION ALL
    SELECT 2 AS step, 'no registration known at the index date' AS reason
    UNION ALL
    SELECT 3 AS step, 'not registered at the index date' AS reason
    UNION ALL
    SELECT 4 AS step, 'not a regular registration' AS reason
    UNION ALL
    SELECT 5 AS step, 'died' AS reason
)

SELECT
    step.step,
    step.reason,
    CAST(SUM(CASE WHEN step.step = 0 OR placed.stops_at = step.step THEN 1 ELSE 0 END) AS BIGINT) AS people,
    CAST(SUM(CASE WHEN placed.stops_at > step.step THEN 1 ELSE 0 END) AS BIGINT) AS remaining
FROM step
CROSS JOIN placed
GROUP BY step.step, step.reason
