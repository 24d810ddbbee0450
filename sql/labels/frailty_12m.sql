-- Frailty outcome within 12 months: admission with a fall, fragility fracture or delirium, or the beginning of long-term care.
-- grain: person of the snapshot aged 65 or over and not known to live in a care home at the index date
-- reads: labels.index_date, labels.population, labels.follow_up, labels.outcome_stay, labels.outcome_service
-- horizon: 12 months
--
-- outcome: the first of these began in the horizon: an emergency admission with a fall, fragility fracture or delirium; a long-term residential or nursing placement; home care, for someone with none open at the index date; 0/1; 0 if none
-- event_date: when it began; date; null if none
-- death_date: death in the horizon; date; null if none
-- left_date: end of regular registration in the horizon; date; null if none
-- Councils do not see people who pay for themselves: their care is missing here.
-- source: CONTRACT section 2, Frailty outcome; DESIGN section 4
WITH served AS (
    SELECT DISTINCT s.person_id
    FROM labels.outcome_service AS s
    CROSS JOIN labels.index_date AS i
    WHERE
        s.care = 'home_care'
        AND s.start_date < i.index_date
        AND (s.end_date IS NULL OR s.end_date >= i.index_date)
),

begun AS (
    SELECT
        s.person_id,
        s.admission_date AS event_date
    FROM labels.outcome_stay AS s
    WHERE s.has_frailty_event = 1

    UNION ALL

    SELECT
        s.person_id,
        s.start_date AS event_date
    FROM labels.outcome_service AS s
    LEFT JOIN served ON served.person_id = s.person_id
    WHERE s.care = 'care_home' OR served.person_id IS NULL
),

event AS (
    SELECT
        b.person_id,
        MIN(b.event_date) AS event_date
    FROM begun AS b
    CROSS JOIN labels.index_date AS i
    WHERE b.event_date >= i.index_date AND b.event_date < i.horizon_end
    GROUP BY b.person_id
)

SELECT
    f.person_id,
    f.index_date,
    CASE WHEN e.event_date IS NULL THEN 0 ELSE 1 END AS outcome,
    e.event_date,
    f.death_date,
    f.left_date
FROM labels.follow_up AS f
INNER JOIN labels.population AS p ON p.person_id = f.person_id
LEFT JOIN event AS e ON e.person_id = f.person_id
WHERE p.age >= 65 AND p.in_care_home = 0
