-- Overlap: in how many cohorts people are at once, and whether a programme already holds them.
-- grain: number of cohorts (3 stands for three or more) and whether a programme holds the person
-- reads: population.member, population.scope
--
-- cohorts_held: cohorts the person is in, 3 for three or more; cohorts; never missing
-- in_programme: 1 if any programme holds the person, 0 if none; 0/1; null if not known
-- people: people, each counted once; people; never missing
-- source: store/rule_hits; programmes_held of the snapshot
SELECT
    CAST(LEAST(COALESCE(m.cohorts, 0), 3) AS INTEGER) AS cohorts_held,
    s.in_programme,
    COUNT(*) AS people
FROM population.scope AS s
LEFT JOIN (
    SELECT
        person_id,
        COUNT(*) AS cohorts
    FROM population.member
    WHERE is_main
    GROUP BY person_id
) AS m ON m.person_id = s.person_id
WHERE NOT s.is_barred
GROUP BY LEAST(COALESCE(m.cohorts, 0), 3), s.in_programme
ORDER BY LEAST(COALESCE(m.cohorts, 0), 3), s.in_programme
