-- Combinations: in which groups of need people are at once, and whether a programme already holds them.
-- grain: combination of groups and whether a programme holds the person, with at least one person
-- reads: population.grouping, population.member, population.scope
--
-- combination: the groups the person is in, each group's weight (a power of two) added up, 0 for none; number; never missing
-- in_programme: 1 if any programme holds the person, 0 if none; 0/1; null if not known
-- people: people, each counted once; people; never missing
-- source: store/rule_hits; programmes_held of the snapshot
WITH in_group AS (
    SELECT DISTINCT
        m.person_id,
        g.weight
    FROM population.member AS m
    INNER JOIN population.grouping AS g ON g.cohort_id = m.cohort_id
    WHERE g.weight > 0
),

held AS (
    SELECT
        person_id,
        SUM(weight) AS combination
    FROM in_group
    GROUP BY person_id
)

SELECT
    CAST(COALESCE(held.combination, 0) AS INTEGER) AS combination,
    s.in_programme,
    COUNT(*) AS people
FROM population.scope AS s
LEFT JOIN held ON held.person_id = s.person_id
WHERE NOT s.is_barred
GROUP BY COALESCE(held.combination, 0), s.in_programme
ORDER BY COALESCE(held.combination, 0), s.in_programme
