-- The sources of the snapshot and the day up to which each is complete.
-- grain: landing table with an event date
-- reads: intake.source, features.index_date
--
-- complete_to: the earlier of the index date and the day after the source's period, less its lag; date; null if absent
-- source: docs/explanation/architecture.md, store/sources
SELECT
    s.table_name,
    s.is_present,
    s.lag_days,
    CASE
        WHEN s.is_present THEN LEAST(i.index_date, COALESCE(s.period_end + 1, i.index_date)) - CAST(s.lag_days AS INTEGER)
    END AS complete_to,
    s.period_start
FROM intake.source AS s
CROSS JOIN features.index_date AS i
WHERE s.table_name NOT IN ('person', 'person_name', 'practice')
