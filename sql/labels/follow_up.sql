-- How far each person of the snapshot can be followed: death and leaving within the horizon.
-- grain: person of the snapshot
-- reads: labels.index_date, labels.population, labels.outcome_death, labels.outcome_leaving
--
-- death_date: death in the horizon; date; null if none
-- left_date: end of regular registration in the horizon and before death, the index date for people who turned out to have died or left before it; date; null if none
-- source: DESIGN section 4: death is a competing event, leaving is censoring
WITH gone AS (
    SELECT
        l.person_id,
        MIN(GREATEST(l.left_date, i.index_date)) AS left_date
    FROM labels.outcome_leaving AS l
    CROSS JOIN labels.index_date AS i
    WHERE l.left_date < i.horizon_end AND (l.returned_on IS NULL OR l.returned_on > i.index_date)
    GROUP BY l.person_id
)

SELECT
    p.person_id,
    i.index_date,
    CASE WHEN d.death_date >= i.index_date AND d.death_date < i.horizon_end THEN d.death_date END AS death_date,
    CASE
        WHEN d.death_date < i.index_date THEN i.index_date
        WHEN d.death_date IS NULL OR gone.left_date < d.death_date THEN CAST(gone.left_date AS DATE)
    END AS left_date
FROM labels.population AS p
CROSS JOIN labels.index_date AS i
LEFT JOIN labels.outcome_death AS d ON d.person_id = p.person_id
LEFT JOIN gone ON gone.person_id = p.person_id
