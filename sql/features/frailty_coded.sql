-- Frailty as a clinician coded it in general practice.
-- grain: person with a frailty category recorded and known at the index date
-- reads: features.index_date, staging.gp_list_event
-- order: 240
--
-- frailty_coded: the last frailty category recorded (mild, moderate, severe; the severest of a day), Rockwood levels 5 to 9 included; word; ever; null if none
-- days_since_frailty_coded: whole days since the last frailty category was recorded; days; ever; null if none
-- source: code lists frailty_mild, frailty_moderate, frailty_severe, version 2026-11
WITH placed AS (
    SELECT
        e.person_id,
        e.list_id,
        e.event_date,
        ROW_NUMBER() OVER (
            PARTITION BY e.person_id
            ORDER BY
                e.event_date DESC,
                CASE e.list_id WHEN 'frailty_severe' THEN 1 WHEN 'frailty_moderate' THEN 2 ELSE 3 END
        ) AS place
    FROM staging.gp_list_event AS e
    CROSS JOIN features.index_date AS i
    WHERE e.list_id IN ('frailty_mild', 'frailty_moderate', 'frailty_severe') AND e.known_on < i.index_date
)

SELECT
    p.person_id,
    CASE p.list_id
        WHEN 'frailty_severe' THEN 'severe'
        WHEN 'frailty_moderate' THEN 'moderate'
        ELSE 'mild'
    END AS frailty_coded,
    CAST(DATE_DIFF('day', p.event_date, i.index_date) AS INTEGER) AS days_since_frailty_coded
FROM placed AS p
CROSS JOIN features.index_date AS i
WHERE p.place = 1
