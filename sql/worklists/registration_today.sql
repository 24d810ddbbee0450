-- The regular registration each person has today: the one begun last, if it has not ended.
-- grain: person with an open regular registration
-- reads: intake.registration, worklists.today
--
-- person_id: who; number; always there
-- practice_code: practice of that registration, before any merger; code; always there
-- source: DESIGN section 4, rendering uses everything held that day; CONTRACT section 2
SELECT
    c.person_id,
    c.practice_code
FROM (
    SELECT
        v.person_id,
        v.practice_code,
        ROW_NUMBER() OVER (PARTITION BY v.person_id ORDER BY v.start_date DESC, v.practice_code) AS place
    FROM (
        SELECT
            r.person_id,
            r.practice_code,
            r.start_date,
            r.end_date,
            r.registration_type,
            ROW_NUMBER() OVER (
                PARTITION BY r.person_id, r.practice_code, r.start_date
                ORDER BY COALESCE(r.available_date, r.start_date) DESC, r.delivery DESC, r.end_date
            ) AS version_rank
        FROM intake.registration AS r
    ) AS v
    CROSS JOIN worklists.today AS t
    WHERE
        v.version_rank = 1
        AND COALESCE(v.registration_type, 'regular') = 'regular'
        AND v.start_date <= t.held_to
        AND (v.end_date IS NULL OR v.end_date > t.held_to)
) AS c
WHERE c.place = 1
