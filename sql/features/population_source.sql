-- The sources of the snapshot, how fresh each is, and the day up to which it is complete.
-- grain: landing table with an event date
-- reads: intake.source, intake.source_volume, features.index_date
--
-- complete_to: the earlier of the index date and the day after the source's stated period, less its lag; where the share of the usual volume is below a half, stepped back in blocks of 28 days to the end of the last one with at least half of it, and not past the day after the last event known; date; null if absent
-- period_start: the first day the source says it covers; date; null if it does not say
-- last_event_date: the last day before the index date of which anything was known; date; null if nothing
-- last_available_date: the last day before the index date on which anything not known yet became known; date; null if nothing
-- share_of_usual_volume: what was known of the 28 days before the complete_to that the period and the lag give, over the usual volume: the middle (median) of the 12 blocks of 28 days that precede the last block of which anything is known; share; null where there is no usual volume
-- note: why complete_to stepped back, in words; text; null if it did not
-- source: docs/explanation/architecture.md, store/sources. Blocks of 28 days, 12 of them, a half and 200 things a block are riskstrat's own assumptions
-- Only contacts and events have a volume: how many registrations, services, programmes and opt-outs begin says nothing of whether the list is whole.
-- There is no usual volume where the source does not reach back over the 12 blocks, or where it is below 200 things a block: small files by hand are left alone.
-- A true collapse, as in April 2020, is read as a late feed. That is the careful side: columns become null, and nobody looks well for want of data.
WITH stated AS (
    SELECT
        s.table_name,
        s.is_present,
        s.lag_days,
        i.index_date,
        CASE
            WHEN s.is_present AND s.period_is_stated
                THEN LEAST(i.index_date, s.period_end + 1) - CAST(s.lag_days AS INTEGER)
            WHEN s.is_present THEN i.index_date - CAST(s.lag_days AS INTEGER)
        END AS complete_to,
        CASE WHEN s.period_is_stated THEN s.period_start END AS period_start
    FROM intake.source AS s
    CROSS JOIN features.index_date AS i
    WHERE s.table_name NOT IN ('person', 'person_name', 'practice')
),

known AS (
    SELECT
        s.table_name,
        v.event_date,
        GREATEST(v.event_date, LEAST(v.available_date, v.told_on + CAST(s.lag_days AS INTEGER))) AS known_on,
        v.things,
        CAST(FLOOR((DATE_DIFF('day', v.event_date, s.complete_to) - 1) / CAST(28 AS DOUBLE)) AS INTEGER) AS blocks_back
    FROM intake.source_volume AS v
    INNER JOIN stated AS s ON s.table_name = v.table_name
    WHERE s.is_present
        AND v.event_date < s.index_date
        AND LEAST(v.available_date, v.told_on + CAST(s.lag_days AS INTEGER)) < s.index_date
),

reach AS (
    SELECT
        table_name,
        MIN(event_date) AS first_event_date,
        MAX(event_date) AS last_event_date,
        MAX(known_on) AS last_available_date,
        MIN(CASE WHEN blocks_back >= 0 THEN blocks_back END) AS last_block_held,
        SUM(CASE WHEN blocks_back = 0 THEN things ELSE 0 END) AS things
    FROM known
    GROUP BY table_name
),

block AS (
    SELECT k.table_name, k.blocks_back, SUM(k.things) AS things
    FROM known AS k
    WHERE k.blocks_back >= 0
        AND k.table_name NOT IN ('registration', 'social_care_service', 'programme', 'opt_out')
    GROUP BY k.table_name, k.blocks_back
),

ranked AS (
    SELECT
        b.table_name,
        b.things,
        ROW_NUMBER() OVER (PARTITION BY b.table_name ORDER BY b.things DESC, b.blocks_back) AS place
    FROM block AS b
    INNER JOIN reach AS r ON r.table_name = b.table_name
    WHERE b.blocks_back > r.last_block_held AND b.blocks_back <= r.last_block_held + 12
),

usual AS (
    -- The middle of twelve lies half-way between the sixth and the seventh; a block that is not there holds nothing.
    SELECT table_name, SUM(CASE WHEN place IN (6, 7) THEN things ELSE 0 END) / CAST(2 AS DOUBLE) AS things
    FROM ranked
    GROUP BY table_name
),

judged AS (
    SELECT s.table_name, u.things AS usual_things, r.things / NULLIF(u.things, 0) AS share
    FROM stated AS s
    INNER JOIN reach AS r ON r.table_name = s.table_name
    INNER JOIN usual AS u ON u.table_name = s.table_name
    WHERE u.things >= 200
        AND DATE_DIFF('day', COALESCE(s.period_start, r.first_event_date), s.complete_to) >= 28 * (r.last_block_held + 13)
),

whole AS (
    SELECT b.table_name, CAST(MIN(b.blocks_back) AS INTEGER) AS blocks_back
    FROM block AS b
    INNER JOIN judged AS j ON j.table_name = b.table_name
    WHERE b.things >= j.usual_things / 2
    GROUP BY b.table_name
),

settled AS (
    SELECT
        s.table_name,
        s.is_present,
        s.lag_days,
        s.complete_to AS stated_to,
        CASE
            WHEN j.share < 0.5 THEN LEAST(s.complete_to - 28 * w.blocks_back, r.last_event_date + 1)
            ELSE s.complete_to
        END AS complete_to,
        s.period_start,
        r.last_event_date,
        r.last_available_date,
        CAST(j.share AS DOUBLE) AS share
    FROM stated AS s
    LEFT JOIN reach AS r ON r.table_name = s.table_name
    LEFT JOIN judged AS j ON j.table_name = s.table_name
    LEFT JOIN whole AS w ON w.table_name = s.table_name
)

SELECT
    table_name,
    is_present,
    lag_days,
    complete_to,
    period_start,
    last_event_date,
    last_available_date,
    share AS share_of_usual_volume,
    CASE
        WHEN share < 0.5 THEN
            table_name || ': ' || CAST(CAST(FLOOR(share * 100) AS INTEGER) AS VARCHAR)
            || ' % of its usual volume in the 28 days before ' || CAST(stated_to AS VARCHAR)
            || '; taken as complete to ' || CAST(complete_to AS VARCHAR)
    END AS note
FROM settled
