-- Social care services and assessments, every version, with the days between which each version is the latest known.
-- grain: version of a service that has a start date
-- reads: intake.social_care_service, intake.source
--
-- is_long_term: long-term rather than short-term; flag; true if not said
-- known_on: day from which this version can be known: at an index date after it; date; never missing
-- replaced_on: known_on of the version that follows it; date; null for the last version
-- source: CONTRACT section 2, Versions and Known; dates up to 1900-01-01 and 9999-12-31 are senders' ways to say "not known"
WITH clean AS (
    SELECT
        c.person_id,
        c.service_type,
        COALESCE(c.long_term, TRUE) AS is_long_term,
        c.delivery,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        c.start_date,
        CASE WHEN c.end_date > DATE '1900-01-01' AND c.end_date < DATE '9999-12-31' THEN c.end_date END AS end_date,
        CASE WHEN c.available_date > DATE '1900-01-01' AND c.available_date < DATE '9999-12-31' THEN c.available_date END AS available_date
    FROM intake.social_care_service AS c
    INNER JOIN intake.source AS s ON s.table_name = 'social_care_service'
    WHERE c.start_date > DATE '1900-01-01' AND c.start_date < DATE '9999-12-31'
),

dated AS (
    SELECT
        clean.*,
        GREATEST(clean.start_date, COALESCE(clean.available_date, clean.start_date + clean.lag_days)) AS known_on
    FROM clean
)

SELECT
    dated.*,
    LEAD(dated.known_on) OVER (
        PARTITION BY dated.person_id, dated.service_type, dated.start_date
        ORDER BY dated.known_on, dated.delivery, dated.end_date, dated.is_long_term
    ) AS replaced_on
FROM dated
