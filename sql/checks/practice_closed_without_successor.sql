-- Closed practices that name no successor while people are still registered with them (they have no list)
-- grain: practice
-- reads: intake.practice, intake.registration
--
-- practice_code: practice; text; never missing
-- people: people with an open registration there; count; never missing
-- source: CONTRACT section 2, a closed practice's people belong to its successor
SELECT practice.practice_code, COUNT(DISTINCT registration.person_id) AS people
FROM intake.practice AS practice
INNER JOIN intake.registration AS registration ON registration.practice_code = practice.practice_code
WHERE
    practice.close_date IS NOT NULL
    AND practice.successor_code IS NULL
    AND (registration.end_date IS NULL OR registration.end_date > practice.close_date)
GROUP BY practice.practice_code
