-- Measurements of general practice in one unit each, within plausible bounds.
-- grain: measurement within plausible bounds; one sent twice is there twice, which nothing that reads the last or the first of them sees
-- reads: intake.gp_event, intake.source, seeds.measurement_unit, staging.measured_code
--
-- code_number: the measure and the SNOMED CT code it was recorded under, of staging.measured_code; number; never missing
-- series: the person and the measure as one number, person_id times 100 and the measure_number of staging.measured_code; number; never missing
-- event_date: when it was measured; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- event_and_known: both days as one number to compare by, days since 1850 to event_date times 10,000,000 and to known_on; number; never missing
-- value: the value in the measure's unit (seeds.measurement); the measure's unit; never missing
-- A unit is compared in lower case and without spaces; one that is not said is the measure's own, a row in any other is left out.
-- source: bounds and the haemoglobin rule (a value below 30 is g/dL) as in seeds.measurement and seeds.measurement_unit
WITH read_value AS (
    SELECT
        e.person_id,
        c.code_number,
        c.measure_number,
        e.event_date,
        GREATEST(
            e.event_date,
            CASE
                WHEN e.available_date > DATE '1900-01-01' AND e.available_date < DATE '9999-12-31' THEN e.available_date
                ELSE e.event_date + CAST(s.lag_days AS INTEGER)
            END
        ) AS known_on,
        CASE
            WHEN c.measure = 'haemoglobin' AND e.value < 30 THEN e.value * 10
            ELSE e.value * COALESCE(u.factor, 1)
        END AS value,
        c.minimum,
        c.maximum
    FROM intake.gp_event AS e
    INNER JOIN staging.measured_code AS c ON c.code = e.snomed_code
    INNER JOIN intake.source AS s ON s.table_name = 'gp_event'
    LEFT JOIN seeds.measurement_unit AS u ON u.measure = c.measure AND u.unit_as_sent = LOWER(REPLACE(e.unit, ' ', ''))
    WHERE e.value IS NOT NULL
        AND e.event_date > DATE '1900-01-01'
        AND e.event_date < DATE '9999-12-31'
        AND (u.measure IS NOT NULL OR COALESCE(TRIM(e.unit), '') = '')
)

SELECT
    v.person_id,
    v.code_number,
    CAST(v.person_id AS BIGINT) * 100 + v.measure_number AS series,
    v.event_date,
    v.known_on,
    CAST(DATE_DIFF('day', DATE '1850-01-01', v.event_date) AS BIGINT) * 10000000
    + DATE_DIFF('day', DATE '1850-01-01', v.known_on) AS event_and_known,
    v.value
FROM read_value AS v
WHERE v.value >= v.minimum AND v.value <= v.maximum
