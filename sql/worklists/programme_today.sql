-- Programmes that hold someone today.
-- grain: person and programme
-- reads: intake.programme, worklists.today
--
-- person_id: who; number; always there
-- programme: the programme; name; always there
-- start_date: its latest start; date; always there
-- source: DESIGN section 4, rendering uses everything held that day; CONTRACT section 2
SELECT
    v.person_id,
    v.programme,
    MAX(v.start_date) AS start_date
FROM (
    SELECT
        p.person_id,
        p.programme,
        p.start_date,
        p.end_date,
        ROW_NUMBER() OVER (
            PARTITION BY p.person_id, p.programme, p.start_date
            ORDER BY COALESCE(p.available_date, p.start_date) DESC, p.delivery DESC, p.end_date
        ) AS version_rank
    FROM intake.programme AS p
) AS v
CROSS JOIN worklists.today AS t
WHERE
    v.version_rank = 1
    AND v.start_date <= t.held_to
    AND (v.end_date IS NULL OR v.end_date > t.held_to)
GROUP BY v.person_id, v.programme
