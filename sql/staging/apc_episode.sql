-- Episodes of admitted care, every version, with the days between which each version is the latest known.
-- grain: version of an episode that has an admission date
-- reads: intake.apc_episode, intake.source, seeds.admission_source, seeds.discharge_destination
--
-- is_from_care_home: admission source a care home; flag; null where it is missing, not known (98, 99) or not one of seeds.admission_source
-- is_to_care_home: discharge destination a care home; flag; null where it is missing, not known (98, 99) or not one of seeds.discharge_destination
-- cost_pence: cost to the nearest penny, half a penny up; pence; null if none
-- known_on: day from which this version can be known: at an index date after it; date; never missing
-- replaced_on: known_on of the version that follows it; date; null for the last version
-- episode_row: number of this version among all, to join by; number; never missing
-- Sentinel dates are missing. Without an available date a row is known once its discharge (else its episode end,
-- else its admission) and the source's lag have passed.
-- source: CONTRACT section 2, Versions and Known
WITH clean AS (
    SELECT
        e.person_id,
        COALESCE(e.provider_code, '') AS provider_code,
        e.spell_id,
        e.episode_number,
        UPPER(TRIM(e.admission_method)) AS admission_method,
        e.patient_class,
        CASE WHEN place_from.code NOT IN ('98', '99') THEN place_from.is_care_home END AS is_from_care_home,
        CASE WHEN place_to.code NOT IN ('98', '99') THEN place_to.is_care_home END AS is_to_care_home,
        CAST(FLOOR(e.cost * 100 + 0.5) AS BIGINT) AS cost_pence,
        e.diagnosis_01, e.diagnosis_02, e.diagnosis_03, e.diagnosis_04, e.diagnosis_05,
        e.diagnosis_06, e.diagnosis_07, e.diagnosis_08, e.diagnosis_09, e.diagnosis_10,
        e.diagnosis_11, e.diagnosis_12, e.diagnosis_13, e.diagnosis_14, e.diagnosis_15,
        e.diagnosis_16, e.diagnosis_17, e.diagnosis_18, e.diagnosis_19, e.diagnosis_20,
        e.procedure_01, e.procedure_02, e.procedure_03, e.procedure_04,
        e.delivery,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN e.admission_date > DATE '1900-01-01' AND e.admission_date < DATE '9999-12-31' THEN e.admission_date END AS admission_date,
        CASE WHEN e.episode_end_date > DATE '1900-01-01' AND e.episode_end_date < DATE '9999-12-31' THEN e.episode_end_date END AS episode_end_date,
        CASE WHEN e.discharge_date > DATE '1900-01-01' AND e.discharge_date < DATE '9999-12-31' THEN e.discharge_date END AS discharge_date,
        CASE WHEN e.available_date > DATE '1900-01-01' AND e.available_date < DATE '9999-12-31' THEN e.available_date END AS available_date
    FROM intake.apc_episode AS e
    INNER JOIN intake.source AS s ON s.table_name = 'apc_episode'
    LEFT JOIN seeds.admission_source AS place_from ON place_from.code = TRIM(e.admission_source)
    LEFT JOIN seeds.discharge_destination AS place_to ON place_to.code = TRIM(e.discharge_destination)
),

dated AS (
    SELECT
        clean.*,
        GREATEST(
            clean.admission_date,
            COALESCE(
                clean.available_date,
                COALESCE(clean.discharge_date, clean.episode_end_date, clean.admission_date) + clean.lag_days
            )
        ) AS known_on
    FROM clean
    WHERE clean.admission_date IS NOT NULL
)

SELECT
    dated.*,
    ROW_NUMBER() OVER (
        ORDER BY dated.person_id, dated.provider_code, dated.spell_id, dated.episode_number, dated.known_on, dated.delivery
    ) AS episode_row,
    LEAD(dated.known_on) OVER (
        PARTITION BY dated.person_id, dated.provider_code, dated.spell_id, dated.episode_number
        ORDER BY
            dated.known_on, dated.delivery, dated.admission_date, dated.discharge_date, dated.episode_end_date,
            dated.admission_method, dated.patient_class,
            dated.diagnosis_01, dated.diagnosis_02, dated.diagnosis_03, dated.diagnosis_04, dated.diagnosis_05,
            dated.diagnosis_06, dated.diagnosis_07, dated.diagnosis_08, dated.diagnosis_09, dated.diagnosis_10,
            dated.diagnosis_11, dated.diagnosis_12, dated.diagnosis_13, dated.diagnosis_14, dated.diagnosis_15,
            dated.diagnosis_16, dated.diagnosis_17, dated.diagnosis_18, dated.diagnosis_19, dated.diagnosis_20,
            dated.procedure_01, dated.procedure_02, dated.procedure_03, dated.procedure_04,
            dated.is_from_care_home, dated.is_to_care_home, dated.cost_pence
    ) AS replaced_on
FROM dated
