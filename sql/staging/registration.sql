-- Registrations with practices, every version, with the days between which each version is the latest known.
-- grain: version of a registration that has a start date
-- reads: intake.registration, intake.source
--
-- known_on: day from which this version can be known: at an index date after it; date; never missing
-- replaced_on: known_on of the version that follows it; date; null for the last version
-- source: CONTRACT section 2, Versions and Known
WITH clean AS (
    SELECT
        r.person_id,
        r.practice_code,
        LOWER(TRIM(COALESCE(r.registration_type, 'regular'))) = 'regular' AS is_regular,
        r.delivery,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        CASE WHEN r.start_date > DATE '1900-01-01' AND r.start_date < DATE '9999-12-31' THEN r.start_date END AS start_date,
        CASE WHEN r.end_date > DATE '1900-01-01' AND r.end_date < DATE '9999-12-31' THEN r.end_date END AS end_date,
        CASE WHEN r.available_date > DATE '1900-01-01' AND r.available_date < DATE '9999-12-31' THEN r.available_date END AS available_date
    FROM intake.registration AS r
    INNER JOIN intake.source AS s ON s.table_name = 'registration'
),

dated AS (
    SELECT
        clean.*,
        GREATEST(clean.start_date, COALESCE(clean.available_date, clean.start_date + clean.lag_days)) AS known_on
    FROM clean
    WHERE clean.start_date IS NOT NULL
)

SELECT
    dated.*,
    LEAD(dated.known_on) OVER (
        PARTITION BY dated.person_id, dated.practice_code, dated.start_date
        ORDER BY dated.known_on, dated.delivery, dated.end_date, dated.is_regular
    ) AS replaced_on
FROM dated
