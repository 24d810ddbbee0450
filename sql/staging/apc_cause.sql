-- Which code lists of causes of admission each version of an episode meets, by its diagnoses and the lists' own rules.
-- grain: version of an episode, list that it meets, and whether only the main diagnosis counts
-- reads: staging.apc_episode, staging.apc_diagnosis, staging.icd10_list
--
-- is_main: whether the list asks for the main diagnosis; flag; never missing
-- Lists of conditions (chd, af, heart_failure, stroke_tia) are met by the main diagnosis only here, though a line of theirs
-- asks for any: beside another cause they say what somebody has, not why somebody came.
-- The rules are those written beside the lists' lines: procedures (OPCS-4) or secondary diagnoses that must or must not
-- be there. Left to the reader of this table: ages, the manner of admission, and that fragility_fracture_implicit asks for
-- no coded outside cause, for CONTRACT section 2 counts its fractures whatever the cause.
-- source: seeds.code_list, columns position and rule
WITH sent AS (
    SELECT
        e.episode_row,
        UPPER(CONCAT_WS(' ', '', e.procedure_01, e.procedure_02, e.procedure_03, e.procedure_04)) AS procedures,
        UPPER(CONCAT_WS(
            ' ', '',
            e.diagnosis_02, e.diagnosis_03, e.diagnosis_04, e.diagnosis_05, e.diagnosis_06, e.diagnosis_07, e.diagnosis_08,
            e.diagnosis_09, e.diagnosis_10, e.diagnosis_11, e.diagnosis_12, e.diagnosis_13, e.diagnosis_14, e.diagnosis_15,
            e.diagnosis_16, e.diagnosis_17, e.diagnosis_18, e.diagnosis_19, e.diagnosis_20
        )) AS secondary_codes
    FROM staging.apc_episode AS e
)

SELECT DISTINCT
    d.person_id,
    d.episode_row,
    l.list_id,
    l.list_position = 'primary' OR l.list_id IN ('chd', 'af', 'heart_failure', 'stroke_tia') AS is_main
FROM staging.apc_diagnosis AS d
INNER JOIN staging.icd10_list AS l ON l.icd10 = d.icd10
INNER JOIN sent ON sent.episode_row = d.episode_row
WHERE
    l.list_id IN (
        'acsc_chronic_ccgois_2_6', 'acsc_acute_nhs_institute', 'falls_any_mention', 'fragility_fracture_implicit',
        'delirium', 'asthma', 'copd_exacerbation', 'lrti', 'pneumonia', 'heart_failure_admission', 'alcohol_specific',
        'self_harm', 'sepsis', 'uti', 'hip_fracture', 'chd', 'af', 'heart_failure', 'stroke_tia'
    )
    AND (d.position = 1 OR l.list_id NOT IN ('chd', 'af', 'heart_failure', 'stroke_tia'))
    AND (l.list_position <> 'primary' OR d.position = 1)
    AND (l.list_position <> 'secondary' OR d.position > 1)
    -- exclude if secondary D57 (sickle cell)
    AND NOT (COALESCE(l.rule, '') LIKE 'exclude if secondary D57%' AND REGEXP_MATCHES(sent.secondary_codes, ' D57'))
    -- only with secondary J41 to J44 or J47 (chronic lung disease)
    AND (COALESCE(l.rule, '') NOT LIKE 'only with secondary J41%' OR REGEXP_MATCHES(sent.secondary_codes, ' J4[12347]'))
    -- procedures on the heart; for hypertension also K73 and K74
    AND NOT (
        COALESCE(l.rule, '') LIKE 'exclude if any procedure OPCS K0-K4%'
        AND REGEXP_MATCHES(sent.procedures, ' K([0-4]|5[02567]|6[016789]|71)')
    )
    AND NOT (
        COALESCE(l.rule, '') LIKE 'exclude if any procedure OPCS K0-K4%'
        AND l.icd10 IN ('I10', 'I119')
        AND REGEXP_MATCHES(sent.procedures, ' K7[34]')
    )
    -- nearly any procedure
    AND NOT (
        COALESCE(l.rule, '') LIKE 'exclude if any procedure in OPCS chapters A-T%'
        AND REGEXP_MATCHES(sent.procedures, ' ([A-TVW]|X[01245])')
    )
    AND NOT (
        COALESCE(l.rule, '') LIKE 'exclude if any procedure OPCS A-H%'
        AND REGEXP_MATCHES(sent.procedures, ' ([A-HJ-RTVW]|S[1-3]|S4[1-589]|X0[1245])')
    )
