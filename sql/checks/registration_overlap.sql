-- People with two regular registrations open at once (the later start wins)
-- grain: person and pair of registrations
-- reads: intake.registration
--
-- person_id: who; number; never missing
-- first_start: start of the earlier registration; date; never missing
-- second_start: start of the later one, while the earlier was open; date; never missing
-- source: CONTRACT section 2, population of a snapshot
WITH latest AS (
    SELECT
        person_id,
        practice_code,
        start_date,
        end_date,
        registration_type,
        ROW_NUMBER() OVER (
            PARTITION BY person_id, practice_code, start_date
            ORDER BY available_date DESC NULLS LAST, delivery DESC, end_date NULLS LAST
        ) AS place
    FROM intake.registration
),

regular AS (
    SELECT
        person_id,
        start_date,
        end_date,
        LEAD(start_date) OVER (PARTITION BY person_id ORDER BY start_date, practice_code) AS next_start
    FROM latest
    WHERE place = 1 AND COALESCE(registration_type, 'regular') = 'regular'
)

SELECT person_id, start_date AS first_start, next_start AS second_start
FROM regular
WHERE next_start IS NOT NULL AND (end_date IS NULL OR end_date > next_start)
