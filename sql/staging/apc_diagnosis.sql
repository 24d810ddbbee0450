-- Diagnoses of every version of every episode, written alike: upper-case, without dot, dash or X padding.
-- grain: version of an episode and diagnosis position
-- reads: staging.apc_episode
--
-- position: 1 primary, 2 to 20 secondary; number; never missing
-- code: ICD-10 code; code; never missing
-- known_on: as in staging.apc_episode; date; never missing
-- replaced_on: as in staging.apc_episode; date; null for the last version
-- source: CONTRACT section 2, ICD-10
WITH place AS (
    SELECT * FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS numbers (position)
),

written AS (
    SELECT
        e.person_id,
        e.provider_code,
        e.spell_id,
        e.episode_number,
        e.known_on,
        e.replaced_on,
        p.position,
        RTRIM(REPLACE(REPLACE(UPPER(TRIM(
            CASE p.position
                WHEN 1 THEN e.diagnosis_01 WHEN 2 THEN e.diagnosis_02 WHEN 3 THEN e.diagnosis_03 WHEN 4 THEN e.diagnosis_04
                WHEN 5 THEN e.diagnosis_05 WHEN 6 THEN e.diagnosis_06 WHEN 7 THEN e.diagnosis_07 WHEN 8 THEN e.diagnosis_08
                WHEN 9 THEN e.diagnosis_09 WHEN 10 THEN e.diagnosis_10 WHEN 11 THEN e.diagnosis_11 WHEN 12 THEN e.diagnosis_12
                WHEN 13 THEN e.diagnosis_13 WHEN 14 THEN e.diagnosis_14 WHEN 15 THEN e.diagnosis_15 WHEN 16 THEN e.diagnosis_16
                WHEN 17 THEN e.diagnosis_17 WHEN 18 THEN e.diagnosis_18 WHEN 19 THEN e.diagnosis_19 WHEN 20 THEN e.diagnosis_20
            END
        )), '.', ''), '-', ''), 'X') AS code
    FROM staging.apc_episode AS e
    CROSS JOIN place AS p
)

SELECT
    person_id,
    provider_code,
    spell_id,
    episode_number,
    known_on,
    replaced_on,
    position,
    code
FROM written
WHERE code <> ''
