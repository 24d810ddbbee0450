-- People with no registration at all (they are in no snapshot)
-- grain: person
-- reads: intake.person, intake.registration
--
-- person_id: who; number; never missing
-- source: CONTRACT section 2, population of a snapshot
SELECT DISTINCT person.person_id
FROM intake.person AS person
WHERE NOT EXISTS (SELECT 1 FROM intake.registration AS registration WHERE registration.person_id = person.person_id)
