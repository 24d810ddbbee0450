-- Registrations as HES lets them be seen: the practice written on each row.
-- grain: token and practice
-- reads: hes.seen, hes.person
--
-- nhs_number: the sender's token; text; never missing
-- practice_code: practice; text; never missing
-- start_date: first practice, the 1 April before it was first seen, or birth if later; others, day first seen; date; never missing
-- source: assumptions of the adapter (docs/how-to/read-hes-files.md)
WITH first_seen AS (
    SELECT token, practice_code, MIN(seen_on) AS seen_on
    FROM hes.seen
    WHERE practice_code IS NOT NULL AND seen_on IS NOT NULL
    GROUP BY token, practice_code
),
placed AS (
    SELECT
        first_seen.*,
        ROW_NUMBER() OVER (PARTITION BY token ORDER BY seen_on, practice_code) AS place
    FROM first_seen
)
SELECT
    placed.token AS nhs_number,
    placed.practice_code,
    CASE
        WHEN placed.place > 1 THEN placed.seen_on
        ELSE GREATEST(
            CAST(DATE_TRUNC('year', placed.seen_on - INTERVAL 3 MONTH) + INTERVAL 3 MONTH AS DATE),
            COALESCE(person.birth_date, DATE '1801-01-02')
        )
    END AS start_date
FROM placed
INNER JOIN hes.person AS person ON person.nhs_number = placed.token
ORDER BY nhs_number, start_date, practice_code
