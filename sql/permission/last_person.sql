-- The latest version of each person, whatever the index date.
-- grain: person
-- reads: intake.person
--
-- person_id: who; number; never missing
-- death_date: date of death; date; null if none
-- restricted: sensitive on the Personal Demographics Service; true or false; null if none
-- source: CONTRACT section 1, person; of versions sent the same day that differ, the one that protects counts
WITH ranked AS (
    SELECT
        person_id,
        death_date,
        restricted,
        ROW_NUMBER() OVER (
            PARTITION BY person_id
            ORDER BY available_date DESC NULLS LAST, delivery DESC, restricted DESC NULLS LAST, death_date NULLS LAST
        ) AS place
    FROM intake.person
)
SELECT person_id, death_date, restricted FROM ranked WHERE place = 1
