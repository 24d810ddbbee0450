-- Spells built from the episodes known at the index date, each with the spell that it continues, if any.
-- grain: spell (person, provider, spell id) known at the index date
-- reads: features.known_episode
--
-- spell_number: place of the spell among the person's, by admission date, transfers last within a day; count; never missing
-- continues: spell_number of the spell that a transfer continues; number; null where a stay begins
-- is_from_care_home: as the lowest episode number says; flag; null if it does not say
-- is_to_care_home: as the highest episode number says; flag; null if it does not say
-- cost_pence: sum of its episodes' costs, of those that say one; pence; null where none does
-- Admission, method and class come from the lowest episode number. The discharge is the latest discharge date, else the
-- latest episode end, else the spell is open. Method 81 or 2B (transfers) beginning 0 to 2 days after a discharge
-- continues that stay; of several such discharges the latest.
-- source: CONTRACT section 2, Spell; NHS Data Dictionary, ADMISSION METHOD CODE
WITH placed AS (
    SELECT
        e.*,
        ROW_NUMBER() OVER (
            PARTITION BY e.person_id, e.provider_code, e.spell_id
            ORDER BY e.episode_number
        ) AS place,
        COUNT(*) OVER (PARTITION BY e.person_id, e.provider_code, e.spell_id) AS places
    FROM features.known_episode AS e
),

spell AS (
    SELECT
        placed.person_id,
        placed.provider_code,
        placed.spell_id,
        MAX(CASE WHEN placed.place = 1 THEN placed.episode_number END) AS first_episode_number,
        MAX(CASE WHEN placed.place = 1 THEN placed.admission_date END) AS admission_date,
        MAX(CASE WHEN placed.place = 1 THEN placed.admission_method END) AS admission_method,
        MAX(CASE WHEN placed.place = 1 THEN placed.patient_class END) AS patient_class,
        COALESCE(MAX(placed.discharge_date), MAX(placed.episode_end_date)) AS discharge_date,
        MAX(CASE WHEN placed.place = 1 THEN CAST(placed.is_from_care_home AS INTEGER) END) = 1 AS is_from_care_home,
        MAX(CASE WHEN placed.place = placed.places THEN CAST(placed.is_to_care_home AS INTEGER) END) = 1 AS is_to_care_home,
        CAST(SUM(placed.cost_pence) AS BIGINT) AS cost_pence
    FROM placed
    GROUP BY placed.person_id, placed.provider_code, placed.spell_id
),

numbered AS (
    SELECT
        spell.*,
        spell.admission_method IN ('81', '2B') AS is_transfer,
        ROW_NUMBER() OVER (
            PARTITION BY spell.person_id
            ORDER BY
                spell.admission_date,
                CASE WHEN spell.admission_method IN ('81', '2B') THEN 1 ELSE 0 END,
                COALESCE(spell.discharge_date, DATE '9999-12-31'),
                spell.provider_code,
                spell.spell_id
        ) AS spell_number
    FROM spell
),

candidate AS (
    SELECT
        t.person_id,
        t.spell_number,
        earlier.spell_number AS continues,
        ROW_NUMBER() OVER (
            PARTITION BY t.person_id, t.spell_number
            ORDER BY earlier.discharge_date DESC, earlier.spell_number DESC
        ) AS preference
    FROM numbered AS t
    INNER JOIN numbered AS earlier
        ON
            earlier.person_id = t.person_id
            AND earlier.spell_number < t.spell_number
            AND earlier.discharge_date <= t.admission_date
            AND earlier.discharge_date >= t.admission_date - INTERVAL 2 DAY
    WHERE t.is_transfer
)

SELECT
    numbered.person_id,
    numbered.provider_code,
    numbered.spell_id,
    CAST(numbered.spell_number AS INTEGER) AS spell_number,
    numbered.first_episode_number,
    numbered.admission_date,
    numbered.discharge_date,
    numbered.admission_method,
    numbered.patient_class,
    numbered.is_from_care_home,
    numbered.is_to_care_home,
    numbered.cost_pence,
    CAST(candidate.continues AS INTEGER) AS continues
FROM numbered
LEFT JOIN candidate
    ON
        candidate.person_id = numbered.person_id
        AND candidate.spell_number = numbered.spell_number
        AND candidate.preference = 1
