-- What is held of each person today, whenever the news arrived.
-- grain: person
-- reads: intake.person
--
-- is_dead: whether the latest version of the person has a date of death; yes or no; always there
SELECT
    v.person_id,
    v.death_date IS NOT NULL AS is_dead
FROM (
    SELECT
        p.person_id,
        p.death_date,
        ROW_NUMBER() OVER (
            PARTITION BY p.person_id
            ORDER BY COALESCE(p.available_date, DATE '1900-01-01') DESC, p.delivery DESC, p.death_date
        ) AS version_rank
    FROM intake.person AS p
) AS v
WHERE v.version_rank = 1
