-- Death within 12 months: an internal signal, printed nowhere.
-- grain: person of the snapshot
-- reads: labels.follow_up
-- horizon: 12 months
--
-- outcome: died in the horizon; 0/1; 0 if none
-- event_date: date of death; date; null if none
-- death_date: the same; date; null if none
-- left_date: end of regular registration in the horizon; date; null if none
-- source: landing table person; DESIGN section 4 (horizons, leaving) and section 5
SELECT
    f.person_id,
    f.index_date,
    CASE WHEN f.death_date IS NULL THEN 0 ELSE 1 END AS outcome,
    f.death_date AS event_date,
    f.death_date,
    f.left_date
FROM labels.follow_up AS f
