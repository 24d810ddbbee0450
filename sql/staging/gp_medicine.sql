-- Prescriptions of general practice, cut to the part of the BNF code that names the substance.
-- grain: person, substance and day, each as it first became known
-- reads: staging.index_date, intake.gp_prescription, intake.source, staging.bnf_code
--
-- medicine_number: as in staging.medicine; number; never missing
-- issue_date: when it was issued, within 730 days of the earliest index date asked for or since; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- Rows with a dm+d code alone are left out: no map from dm+d to BNF is shipped.
-- source: CONTRACT section 2, Medicine
WITH asked_for AS (
    SELECT CAST(MIN(i.index_date) - INTERVAL 730 DAY AS DATE) AS first_date
    FROM staging.index_date AS i
)

SELECT
    p.person_id,
    b.medicine_number,
    p.issue_date,
    MIN(GREATEST(
        p.issue_date,
        CASE
            WHEN p.available_date > DATE '1900-01-01' AND p.available_date < DATE '9999-12-31' THEN p.available_date
            ELSE p.issue_date + CAST(s.lag_days AS INTEGER)
        END
    )) AS known_on
FROM intake.gp_prescription AS p
CROSS JOIN asked_for AS a
INNER JOIN staging.bnf_code AS b ON b.bnf_code = p.bnf_code
INNER JOIN intake.source AS s ON s.table_name = 'gp_prescription'
WHERE p.issue_date > DATE '1900-01-01'
    AND p.issue_date < DATE '9999-12-31'
    AND p.issue_date >= a.first_date
GROUP BY p.person_id, b.medicine_number, p.issue_date
