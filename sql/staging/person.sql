-- People, every version, with the days between which each version is the latest known.
-- grain: version of a person
-- reads: intake.person
--
-- known_on: day from which this version can be known: at an index date after it; date; never missing
-- replaced_on: known_on of the version that follows it; date; null for the last version
-- A person happens at birth: nobody is known before it. The undated care_home and restricted flags are left out.
-- source: CONTRACT section 2, Versions and Known
WITH clean AS (
    SELECT
        p.person_id,
        p.sex,
        p.ethnic_category,
        p.imd_decile,
        p.delivery,
        CASE WHEN p.birth_date > DATE '1900-01-01' AND p.birth_date < DATE '9999-12-31' THEN p.birth_date END AS birth_date,
        CASE WHEN p.death_date > DATE '1900-01-01' AND p.death_date < DATE '9999-12-31' THEN p.death_date END AS death_date,
        CASE WHEN p.available_date > DATE '1900-01-01' AND p.available_date < DATE '9999-12-31' THEN p.available_date END AS available_date
    FROM intake.person AS p
),

dated AS (
    SELECT
        clean.*,
        GREATEST(
            COALESCE(clean.birth_date, DATE '1850-01-01'), COALESCE(clean.available_date, DATE '1850-01-01')
        ) AS known_on
    FROM clean
)

SELECT
    dated.*,
    LEAD(dated.known_on) OVER (
        PARTITION BY dated.person_id
        ORDER BY
            dated.known_on, dated.delivery, dated.birth_date, dated.death_date, dated.sex, dated.ethnic_category,
            dated.imd_decile
    ) AS replaced_on
FROM dated
