-- Measurements of general practice in one unit each, within plausible bounds.
-- grain: measurement within plausible bounds; one sent twice is there twice, which nothing that reads the last or the first of them sees
-- reads: intake.gp_event, intake.source, seeds.code_list, seeds.measurement, seeds.measurement_unit
--
-- measure: what was measured; name; never missing
-- code: SNOMED CT code it was recorded under; code; never missing
-- event_date: when it was measured; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- value: the value in the measure's unit (seeds.measurement); the measure's unit; never missing
-- A unit is compared in lower case and without spaces; one that is not said is the measure's own, a row in any other is left out.
-- source: bounds and the haemoglobin rule (a value below 30 is g/dL) as in seeds.measurement and seeds.measurement_unit
WITH measured_as AS (
    SELECT
        l.code,
        m.measure,
        m.minimum,
        m.maximum
    FROM seeds.code_list AS l
    INNER JOIN seeds.measurement AS m ON m.list_id = l.list_id
    WHERE l.system = 'snomed_ct'
),

read_value AS (
    SELECT
        e.person_id,
        c.measure,
        c.code,
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
    INNER JOIN measured_as AS c ON c.code = e.snomed_code
    INNER JOIN intake.source AS s ON s.table_name = 'gp_event'
    LEFT JOIN seeds.measurement_unit AS u ON u.measure = c.measure AND u.unit_as_sent = LOWER(REPLACE(e.unit, ' ', ''))
    WHERE e.value IS NOT NULL
        AND e.event_date > DATE '1900-01-01'
        AND e.event_date < DATE '9999-12-31'
        AND (u.measure IS NOT NULL OR COALESCE(TRIM(e.unit), '') = '')
)

SELECT
    v.person_id,
    v.measure,
    v.code,
    v.event_date,
    v.known_on,
    v.value
FROM read_value AS v
WHERE v.value >= v.minimum AND v.value <= v.maximum
