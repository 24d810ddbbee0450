-- Practices, every version, with the days between which each version is the latest known.
-- grain: version of a practice
-- reads: intake.practice
--
-- known_on: day from which this version can be known: at an index date after it; date; long ago where it does not say
-- replaced_on: known_on of the version that follows it; date; null for the last version
-- source: CONTRACT section 2, Versions and Known
WITH clean AS (
    SELECT
        p.practice_code,
        p.successor_code,
        p.delivery,
        CASE WHEN p.close_date > DATE '1900-01-01' AND p.close_date < DATE '9999-12-31' THEN p.close_date END AS close_date,
        CASE WHEN p.available_date > DATE '1900-01-01' AND p.available_date < DATE '9999-12-31' THEN p.available_date END AS available_date
    FROM intake.practice AS p
),

dated AS (
    SELECT
        clean.*,
        COALESCE(clean.available_date, DATE '1850-01-01') AS known_on
    FROM clean
)

SELECT
    dated.*,
    LEAD(dated.known_on) OVER (
        PARTITION BY dated.practice_code
        ORDER BY dated.known_on, dated.delivery, dated.close_date, dated.successor_code
    ) AS replaced_on
FROM dated
