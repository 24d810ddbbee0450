-- Programmes that hold people, every version, with the days between which each version is the latest known.
-- grain: version of a programme entry that has a start date
-- reads: intake.programme, intake.source
--
-- known_on: day from which this version can be known: at an index date after it; date; never missing
-- replaced_on: known_on of the version that follows it; date; null for the last version
-- source: CONTRACT section 2, Versions and Known; dates up to 1900-01-01 and 9999-12-31 are senders' ways to say "not known"
WITH clean AS (
    SELECT
        p.person_id,
        LOWER(TRIM(p.programme)) AS programme,
        p.delivery,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        p.start_date,
        CASE WHEN p.end_date > DATE '1900-01-01' AND p.end_date < DATE '9999-12-31' THEN p.end_date END AS end_date,
        CASE WHEN p.available_date > DATE '1900-01-01' AND p.available_date < DATE '9999-12-31' THEN p.available_date END AS available_date
    FROM intake.programme AS p
    INNER JOIN intake.source AS s ON s.table_name = 'programme'
    WHERE p.start_date > DATE '1900-01-01' AND p.start_date < DATE '9999-12-31'
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
        PARTITION BY dated.person_id, dated.programme, dated.start_date
        ORDER BY dated.known_on, dated.delivery, dated.end_date
    ) AS replaced_on
FROM dated
