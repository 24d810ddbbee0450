-- Prescriptions with a dm+d code and no BNF code (kept, but no column of medicines can count them: no map of the two is shipped)
-- grain: prescription
-- reads: intake.gp_prescription
--
-- person_id: whose; number; never missing
-- source: CONTRACT section 2, Medicine
SELECT prescription.person_id
FROM intake.gp_prescription AS prescription
WHERE prescription.bnf_code IS NULL
