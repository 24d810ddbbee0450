-- People of the snapshot, and whether they may be counted for planning.
-- grain: person of the snapshot
-- reads: population.snapshot, permission.barred
--
-- person_id: person inside the store; identifier; never missing
-- practice_code: practice of the snapshot; code; never missing
-- age_from: first year of the five-year age band, 90 for 90 and over; years; never missing
-- in_programme: 1 if any programme holds the person, 0 if none, null where programmes are not known; 0/1; null if not known
-- is_barred: whether an opt-out, objection or restriction keeps the person out of planning; true/false; never missing
-- source: CONTRACT section 2, population of a snapshot; DESIGN section 7, purposes
SELECT
    s.person_id,
    s.practice_code,
    CAST(LEAST(s.age - s.age % 5, 90) AS INTEGER) AS age_from,
    CASE WHEN s.programmes_held IS NULL THEN NULL WHEN s.programmes_held > 0 THEN 1 ELSE 0 END AS in_programme,
    b.person_id IS NOT NULL AS is_barred
FROM population.snapshot AS s
LEFT JOIN (SELECT DISTINCT person_id FROM permission.barred) AS b ON b.person_id = s.person_id
