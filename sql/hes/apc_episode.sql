-- HES admitted patient care in the contract's shape.
-- grain: episode
-- reads: hes.apc
--
-- source_file: file of the drop; text; never missing
-- source_row: row of that file, the first after the header is 1; number; never missing
-- nhs_number: the sender's token; text; null if none
-- provider_code: provider of the spell's first episode; text; null if none
-- spell_id: admission date as digits: a spell is one person's episodes with one admission date; text; null if none
-- episode_number: place of the episode in its spell; number; never missing
-- diagnosis_01: ICD-10 without dash, dot or X padding, the other nineteen alike; text; null if none
-- source: HES technical output specification (column names); CONTRACT section 1 (spell of HES)
-- Numbered by order in spell, start, end and episode key. EPIORDER alone is not a key: it repeats within a stay
WITH placed AS (
    SELECT
        raw.*,
        ROW_NUMBER() OVER (
            PARTITION BY raw.token, raw.admidate
            ORDER BY TRY_CAST(raw.epiorder AS INTEGER) NULLS LAST, raw.epistart, raw.epiend, raw.epikey, raw.source_file, raw.source_row
        ) AS place,
        FIRST_VALUE(raw.procode3) OVER (
            PARTITION BY raw.token, raw.admidate
            ORDER BY TRY_CAST(raw.epiorder AS INTEGER) NULLS LAST, raw.epistart, raw.epiend, raw.epikey, raw.source_file, raw.source_row
        ) AS first_provider
    FROM hes.apc AS raw
)
SELECT
    apc.source_file,
    apc.source_row,
    apc.token AS nhs_number,
    apc.first_provider AS provider_code,
    REPLACE(apc.admidate, '-', '') AS spell_id,
    CAST(apc.place AS INTEGER) AS episode_number,
    apc.admidate AS admission_date,
    apc.admimeth AS admission_method,
    apc.admisorc AS admission_source,
    apc.classpat AS patient_class,
    apc.epistart AS episode_start_date,
    apc.epiend AS episode_end_date,
    apc.disdate AS discharge_date,
    apc.dismeth AS discharge_method,
    apc.disdest AS discharge_destination,
    NULLIF(REGEXP_REPLACE(apc.tretspef, '[^0-9A-Z]', '', 'g'), '') AS treatment_function_code,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_01), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_01,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_02), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_02,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_03), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_03,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_04), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_04,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_05), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_05,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_06), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_06,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_07), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_07,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_08), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_08,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_09), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_09,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_10), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_10,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_11), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_11,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_12), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_12,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_13), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_13,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_14), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_14,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_15), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_15,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_16), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_16,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_17), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_17,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_18), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_18,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_19), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_19,
    NULLIF(REGEXP_REPLACE(UPPER(apc.diag_4_20), '[^A-Z0-9]|X$', '', 'g'), '') AS diagnosis_20,
    NULLIF(REGEXP_REPLACE(UPPER(apc.opertn_4_01), '[^A-Z0-9]', '', 'g'), '') AS procedure_01,
    NULLIF(REGEXP_REPLACE(UPPER(apc.opertn_4_02), '[^A-Z0-9]', '', 'g'), '') AS procedure_02,
    NULLIF(REGEXP_REPLACE(UPPER(apc.opertn_4_03), '[^A-Z0-9]', '', 'g'), '') AS procedure_03,
    NULLIF(REGEXP_REPLACE(UPPER(apc.opertn_4_04), '[^A-Z0-9]', '', 'g'), '') AS procedure_04
FROM placed AS apc
