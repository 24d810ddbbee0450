-- Admission notices, every version, with the days between which each version is the latest known.
-- grain: version of a notice that has an admission date
-- reads: intake.admission_notice, intake.source, seeds.admission_method
--
-- is_planned: the method says elective, maternity or another way in that is no emergency; flag; false for an emergency, and where the method is missing, not known (99) or not one of seeds.admission_method
-- known_on: day from which this version can be known: at an index date after it; date; never missing
-- replaced_on: known_on of the version that follows it; date; null for the last version
-- source: CONTRACT section 2, Versions and Known; NHS Data Dictionary, ADMISSION METHOD CODE (seeds.admission_method); dates up to 1900-01-01 and 9999-12-31 are senders' ways to say "not known"
WITH clean AS (
    SELECT
        n.person_id,
        n.delivery,
        CAST(s.lag_days AS INTEGER) AS lag_days,
        n.admitted_on,
        CASE WHEN n.discharged_on > DATE '1900-01-01' AND n.discharged_on < DATE '9999-12-31' THEN n.discharged_on END AS discharged_on,
        CASE WHEN n.available_date > DATE '1900-01-01' AND n.available_date < DATE '9999-12-31' THEN n.available_date END AS available_date,
        NOT COALESCE(m.is_emergency, TRUE) AS is_planned
    FROM intake.admission_notice AS n
    INNER JOIN intake.source AS s ON s.table_name = 'admission_notice'
    LEFT JOIN seeds.admission_method AS m ON m.code = UPPER(TRIM(n.method))
    WHERE n.admitted_on > DATE '1900-01-01' AND n.admitted_on < DATE '9999-12-31'
),

dated AS (
    SELECT
        clean.*,
        GREATEST(
            clean.admitted_on,
            COALESCE(clean.available_date, COALESCE(clean.discharged_on, clean.admitted_on) + clean.lag_days)
        ) AS known_on
    FROM clean
)

SELECT
    dated.*,
    LEAD(dated.known_on) OVER (
        PARTITION BY dated.person_id, dated.admitted_on
        ORDER BY dated.known_on, dated.delivery, dated.discharged_on, dated.is_planned
    ) AS replaced_on
FROM dated
