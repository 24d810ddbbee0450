-- Who holds each practice's people at the index date: the practice, or the successor of one that has closed.
-- grain: practice known at the index date
-- reads: staging.practice, features.index_date
-- Successors are followed from the close date on, through practices that closed in their turn (twenty at most, so that
-- practices that name each other come to an end). A closed practice without a successor keeps its people.
-- source: CONTRACT section 2, Population of a snapshot
WITH RECURSIVE known AS (
    SELECT
        p.practice_code,
        CASE WHEN p.close_date <= i.index_date THEN p.successor_code END AS passes_to
    FROM staging.practice AS p
    CROSS JOIN features.index_date AS i
    WHERE
        p.known_on < i.index_date
        AND (p.replaced_on IS NULL OR p.replaced_on >= i.index_date)
),

chain AS (
    SELECT
        known.practice_code,
        known.practice_code AS held_by,
        0 AS steps
    FROM known

    UNION ALL

    SELECT
        chain.practice_code,
        known.passes_to AS held_by,
        chain.steps + 1 AS steps
    FROM chain
    INNER JOIN known ON known.practice_code = chain.held_by
    WHERE known.passes_to IS NOT NULL AND chain.steps < 20
),

last_step AS (
    SELECT
        chain.practice_code,
        MAX(chain.steps) AS steps
    FROM chain
    GROUP BY chain.practice_code
)

SELECT
    chain.practice_code,
    chain.held_by
FROM chain
INNER JOIN last_step ON last_step.practice_code = chain.practice_code AND last_step.steps = chain.steps
