-- Diagnoses of every version of every episode, one a row, as ICD-10 is compared: upper case, no dot, dash or X padding.
-- grain: diagnosis of a version of an episode
-- reads: staging.apc_episode
--
-- episode_row: which version of which episode in staging.apc_episode; number; never missing
-- position: 1 for the main diagnosis, 2 to 20 for the others; number; never missing
-- icd10: ICD-10 code; code; never missing
-- source: CONTRACT section 2, ICD-10 is compared
WITH digit AS (
    SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
),

place AS (
    SELECT five.n * 5 + one.n + 1 AS position FROM digit AS five CROSS JOIN digit AS one WHERE five.n < 4
),

sent AS (
    SELECT
        e.person_id,
        e.episode_row,
        place.position,
        UPPER(REPLACE(REPLACE(REPLACE(
            CASE place.position
                WHEN 1 THEN e.diagnosis_01
                WHEN 2 THEN e.diagnosis_02
                WHEN 3 THEN e.diagnosis_03
                WHEN 4 THEN e.diagnosis_04
                WHEN 5 THEN e.diagnosis_05
                WHEN 6 THEN e.diagnosis_06
                WHEN 7 THEN e.diagnosis_07
                WHEN 8 THEN e.diagnosis_08
                WHEN 9 THEN e.diagnosis_09
                WHEN 10 THEN e.diagnosis_10
                WHEN 11 THEN e.diagnosis_11
                WHEN 12 THEN e.diagnosis_12
                WHEN 13 THEN e.diagnosis_13
                WHEN 14 THEN e.diagnosis_14
                WHEN 15 THEN e.diagnosis_15
                WHEN 16 THEN e.diagnosis_16
                WHEN 17 THEN e.diagnosis_17
                WHEN 18 THEN e.diagnosis_18
                WHEN 19 THEN e.diagnosis_19
                WHEN 20 THEN e.diagnosis_20
            END, '.', ''), '-', ''), ' ', '')) AS code
    FROM staging.apc_episode AS e
    CROSS JOIN place
)

SELECT
    sent.person_id,
    sent.episode_row,
    CAST(sent.position AS INTEGER) AS position,
    CASE WHEN LENGTH(sent.code) > 3 THEN RTRIM(sent.code, 'X') ELSE sent.code END AS icd10
FROM sent
WHERE sent.code IS NOT NULL AND sent.code <> ''
