-- The last day that anything held speaks for: what lists call today, so that a run does not depend on the clock.
-- grain: one row
-- reads: features.index_date, intake.source
--
-- held_to: the later of the index date and the last day any delivery covers; date; always there
-- source: DESIGN section 4, rendering uses everything held that day; CONTRACT section 2
SELECT GREATEST(i.index_date, COALESCE(s.last_day, i.index_date)) AS held_to
FROM features.index_date AS i
CROSS JOIN (SELECT MAX(period_end) AS last_day FROM intake.source) AS s
