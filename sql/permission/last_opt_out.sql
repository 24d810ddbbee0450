-- The latest version of each opt-out, whatever the index date: news of an objection counts at once.
-- grain: person, kind, start date
-- reads: intake.opt_out
--
-- person_id: who opted out; number; never missing
-- kind: type_1, national or objection; text; never missing
-- start_date: when it began; date; never missing
-- end_date: when it ended; date; null if open
-- source: CONTRACT section 1, opt_out; of versions sent the same day that differ, the one that protects longest counts
WITH ranked AS (
    SELECT
        person_id,
        kind,
        start_date,
        end_date,
        ROW_NUMBER() OVER (
            PARTITION BY person_id, kind, start_date
            ORDER BY available_date DESC NULLS LAST, delivery DESC, end_date DESC NULLS FIRST
        ) AS place
    FROM intake.opt_out
)
SELECT person_id, kind, start_date, end_date FROM ranked WHERE place = 1
