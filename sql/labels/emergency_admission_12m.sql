-- Emergency admission within 12 months.
-- grain: person of the snapshot
-- reads: labels.index_date, labels.follow_up, labels.outcome_stay
-- horizon: 12 months
--
-- outcome: an emergency admission began in the horizon; 0/1; 0 if none
-- event_date: when the first began; date; null if none
-- overnight_date: when the first of them that lasted a night or more, or is not ended, began; date; null if none
-- admissions: emergency admissions that began in the horizon; count; 0 if none
-- nights: nights of those stays, of one not ended those to the horizon's end; nights; 0 if none
-- costed_admissions: those of them that say a cost; count; 0 if none
-- cost_pounds: cost of those that say one; pounds; 0 if none
-- death_date: death in the horizon; date; null if none
-- left_date: end of regular registration in the horizon; date; null if none
-- Same-day emergency care is moving from the admitted to the emergency care data set (NHS England), so that admissions of
-- no night fall where nobody is healthier: who has only such an admission has an outcome and no overnight_date.
-- source: CONTRACT section 2, Emergency admission; DESIGN section 4 (horizons, death, leaving); NHS Digital, Impact of changes to recording of Same Day Emergency Care Activity on HES data
WITH event AS (
    SELECT
        s.person_id,
        MIN(s.admission_date) AS event_date,
        MIN(CASE WHEN s.is_overnight THEN s.admission_date END) AS overnight_date,
        COUNT(*) AS admissions,
        SUM(COALESCE(s.nights, DATE_DIFF('day', s.admission_date, i.horizon_end))) AS nights,
        COUNT(s.cost_pence) AS costed_admissions,
        SUM(s.cost_pence) AS cost_pence
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
    CAST(COALESCE(e.admissions, 0) AS INTEGER) AS admissions,
    CAST(COALESCE(e.nights, 0) AS INTEGER) AS nights,
    CAST(COALESCE(e.costed_admissions, 0) AS INTEGER) AS costed_admissions,
    CAST(COALESCE(e.cost_pence, 0) AS DOUBLE) / 100 AS cost_pounds,
    f.death_date,
    f.left_date
FROM labels.follow_up AS f
LEFT JOIN event AS e ON e.person_id = f.person_id
