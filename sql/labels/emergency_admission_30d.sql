-- Emergency admission within 30 days.
-- grain: person of the snapshot
-- reads: labels.index_date, labels.follow_up, labels.outcome_stay
-- horizon: 30 days
--
-- outcome: an emergency admission began in the horizon; 0/1; 0 if none
-- event_date: when the first began; date; null if none
-- overnight_date: when the first of them that lasted a night or more, or is not ended, began; date; null if none
-- death_date: death in the horizon; date; null if none
-- left_date: end of regular registration in the horizon; date; null if none
-- Same-day emergency care is moving from the admitted to the emergency care data set (NHS England), so that admissions of
-- no night fall where nobody is healthier: who has only such an admission has an outcome and no overnight_date.
-- source: CONTRACT section 2, Emergency admission; DESIGN section 4 (horizons, death, leaving); NHS Digital, Impact of changes to recording of Same Day Emergency Care Activity on HES data
WITH event AS (
    SELECT
        s.person_id,
        MIN(s.admission_date) AS event_date,
        MIN(CASE WHEN s.is_overnight THEN s.admission_date END) AS overnight_date
    FROM labels.outcome_stay AS s
    CROSS JOIN labels.index_date AS i
    WHERE s.admission_date >= i.index_date AND s.admission_date < i.horizon_end
    GROUP BY s.person_id
)

SELECT
    f.person_id,
    f.index_date,
    CASE WHEN e.event_date IS NULL THEN 0 ELSE 1 END AS outcome,
    e.event_date,
    e.overnight_date,
    f.death_date,
    f.left_date
FROM labels.follow_up AS f
LEFT JOIN event AS e ON e.person_id = f.person_id
