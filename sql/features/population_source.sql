-- The sources of the snapshot and the day up to which each is complete.
-- grain: landing table with an event date
-- reads: intake.source, features.index_date
--
-- complete_to: the earlier of the index date and the day after the source's stated period, less its lag; date; null if absent
-- period_start: the first day the source says it covers; date; null if it does not say
-- source: docs/explanation/architecture.md, store/sources
SELECT
    s.table_name,
    s.is_present,
    s.lag_days,
    CASE
        WHEN s.is_present AND s.period_is_stated THEN LEAST(i.index_date, s.period_end + 1) - CAST(s.lag_days AS INTEGER)
        WHEN s.is_present THEN i.index_date - CAST(s.lag_days AS INTEGER)
    END AS complete_to,
    CASE WHEN s.period_is_stated THEN s.period_start END AS period_start
FROM intake.source AS s
CROSS JOIN features.index_date AS i
WHERE s.table_name NOT IN ('person', 'person_name', 'practice')
