-- Practices that have closed, and who took over their people.
-- grain: closed practice with a successor
-- reads: intake.practice, worklists.today
--
-- practice_code: the practice that closed; code; always there
-- successor_code: the practice its people belong to since it closed; code; always there
-- source: DESIGN section 4, rendering uses everything held that day; CONTRACT section 2
SELECT
    v.practice_code,
    v.successor_code
FROM (
    SELECT
        p.practice_code,
        p.successor_code,
        p.close_date,
        ROW_NUMBER() OVER (
            PARTITION BY p.practice_code
            ORDER BY COALESCE(p.available_date, DATE '1900-01-01') DESC, p.delivery DESC, p.successor_code
        ) AS version_rank
    FROM intake.practice AS p
) AS v
CROSS JOIN worklists.today AS t
WHERE v.version_rank = 1 AND v.successor_code IS NOT NULL AND v.close_date <= t.held_to
