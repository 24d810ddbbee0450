-- How settled the person is with a practice.
-- grain: person of the snapshot
-- reads: features.population, features.known_registration, features.known_practice
-- order: 20
--
-- days_registered: whole days since the registration that is in force began; days; at the index date; never missing
-- practice_moves_730d: regular registrations begun in the 730 days before at another practice than the one before; count; 730 days; 0 if none (rare)
-- A practice that closed and its successor are one practice.
-- source: CONTRACT section 2, Population of a snapshot
WITH ordered AS (
    SELECT
        r.person_id,
        r.start_date,
        COALESCE(practice.held_by, r.practice_code) AS held_by,
        LAG(COALESCE(practice.held_by, r.practice_code)) OVER (
            PARTITION BY r.person_id ORDER BY r.start_date, r.practice_code
        ) AS came_from
    FROM features.known_registration AS r
    LEFT JOIN features.known_practice AS practice ON practice.practice_code = r.practice_code
    WHERE r.is_regular
)

SELECT
    p.person_id,
    CAST(DATE_DIFF('day', p.registered_from, p.index_date) AS INTEGER) AS days_registered,
    CAST(
        SUM(
            CASE
                WHEN
                    ordered.start_date >= p.index_date - INTERVAL 730 DAY
                    AND ordered.came_from <> ordered.held_by
                    THEN 1
                ELSE 0
            END
        ) AS INTEGER
    ) AS practice_moves_730d
FROM features.population AS p
INNER JOIN ordered ON ordered.person_id = p.person_id
GROUP BY p.person_id, p.registered_from, p.index_date
