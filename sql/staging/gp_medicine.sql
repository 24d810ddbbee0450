-- Prescriptions of general practice, cut to the part of the BNF code that names the substance.
-- grain: person, substance and day, each as it first became known
-- reads: intake.gp_prescription, intake.source, seeds.code_list
--
-- medicine: first nine characters of the BNF code (the chemical substance), shorter codes as they are; code; never missing
-- is_medicine: nine characters and not of a chapter that is no medicine (list not_a_medicine); flag; never missing
-- issue_date: when it was issued; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- Rows with a dm+d code alone are left out: no map from dm+d to BNF is shipped.
-- source: CONTRACT section 2, Medicine
WITH named AS (
    SELECT DISTINCT LEFT(UPPER(TRIM(p.bnf_code)), 9) AS medicine
    FROM intake.gp_prescription AS p
    WHERE p.bnf_code IS NOT NULL
),

judged AS (
    SELECT
        n.medicine,
        LENGTH(n.medicine) = 9 AND COUNT(l.code) = 0 AS is_medicine
    FROM named AS n
    LEFT JOIN seeds.code_list AS l
        ON l.system = 'bnf' AND l.list_id = 'not_a_medicine' AND LEFT(n.medicine, LENGTH(l.code)) = l.code
    GROUP BY n.medicine
)

SELECT
    p.person_id,
    j.medicine,
    j.is_medicine,
    p.issue_date,
    MIN(GREATEST(
        p.issue_date,
        CASE
            WHEN p.available_date > DATE '1900-01-01' AND p.available_date < DATE '9999-12-31' THEN p.available_date
            ELSE p.issue_date + CAST(s.lag_days AS INTEGER)
        END
    )) AS known_on
FROM intake.gp_prescription AS p
INNER JOIN judged AS j ON j.medicine = LEFT(UPPER(TRIM(p.bnf_code)), 9)
INNER JOIN intake.source AS s ON s.table_name = 'gp_prescription'
WHERE p.issue_date > DATE '1900-01-01' AND p.issue_date < DATE '9999-12-31'
GROUP BY p.person_id, j.medicine, j.is_medicine, p.issue_date
