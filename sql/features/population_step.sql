-- Everyone held, and how far each gets on the way into the snapshot: flagged and counted first, filtered last.
-- grain: person of the drop
-- reads: staging.person, features.known_person, features.known_registration, features.known_practice
--
-- is_known: a person record was known at the index date; flag; never missing
-- was_registered: any registration was known by then; flag; never missing
-- is_registered: a registration of any type is open; flag; never missing
-- is_regular: a regular registration is open; flag; never missing
-- is_alive: no death before the index date was known; flag; never missing
-- practice_code: practice that holds the person, successors of closed ones followed; code; null without an open regular registration
-- registered_from: start of that registration; date; null without one
-- Two regular registrations at once: the later start wins; two that start together: the last by practice code.
-- source: CONTRACT section 2, Population of a snapshot
WITH everyone AS (
    SELECT DISTINCT p.person_id FROM staging.person AS p
),

held AS (
    SELECT
        r.person_id,
        r.practice_code,
        r.start_date,
        ROW_NUMBER() OVER (PARTITION BY r.person_id ORDER BY r.start_date DESC, r.practice_code DESC) AS preference
    FROM features.known_registration AS r
    WHERE r.end_date IS NULL AND r.is_regular
),

registered AS (
    SELECT
        r.person_id,
        MAX(CASE WHEN r.end_date IS NULL THEN 1 ELSE 0 END) AS is_registered
    FROM features.known_registration AS r
    GROUP BY r.person_id
)

SELECT
    everyone.person_id,
    k.person_id IS NOT NULL AS is_known,
    registered.person_id IS NOT NULL AS was_registered,
    COALESCE(registered.is_registered, 0) = 1 AS is_registered,
    held.person_id IS NOT NULL AS is_regular,
    k.death_date IS NULL AS is_alive,
    COALESCE(practice.held_by, held.practice_code) AS practice_code,
    held.start_date AS registered_from
FROM everyone
LEFT JOIN features.known_person AS k ON k.person_id = everyone.person_id
LEFT JOIN registered ON registered.person_id = everyone.person_id
LEFT JOIN held ON held.person_id = everyone.person_id AND held.preference = 1
LEFT JOIN features.known_practice AS practice ON practice.practice_code = held.practice_code
