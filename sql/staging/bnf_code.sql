-- BNF codes as they were sent, each with the substance it names.
-- grain: BNF code as sent
-- reads: intake.gp_prescription
--
-- bnf_code: as it was sent; code; never missing
-- medicine: its first nine characters (the chemical substance), shorter codes as they are; code; never missing
-- medicine_number: the substance as a number, 1, 2, ...; number; never missing
-- Numbers stand for substances where prescriptions are joined and grouped, which text makes several times as dear. They are those of one run.
-- source: CONTRACT section 2, Medicine
WITH sent AS (
    SELECT DISTINCT p.bnf_code
    FROM intake.gp_prescription AS p
    WHERE p.bnf_code IS NOT NULL
),

named AS (
    SELECT
        s.bnf_code,
        LEFT(UPPER(TRIM(s.bnf_code)), 9) AS medicine
    FROM sent AS s
)

SELECT
    n.bnf_code,
    n.medicine,
    CAST(DENSE_RANK() OVER (ORDER BY n.medicine) AS INTEGER) AS medicine_number
FROM named AS n
