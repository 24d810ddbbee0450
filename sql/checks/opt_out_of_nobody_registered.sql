-- Opt-outs in force for people with no registration (kept: they count for everything else held about them)
-- grain: person and kind
-- reads: intake.opt_out, intake.registration
--
-- person_id: who; number; never missing
-- kind: kind of opt-out; text; never missing
-- source: DESIGN section 7
SELECT DISTINCT opt_out.person_id, opt_out.kind
FROM intake.opt_out AS opt_out
WHERE NOT EXISTS (SELECT 1 FROM intake.registration AS registration WHERE registration.person_id = opt_out.person_id)
