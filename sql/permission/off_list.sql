-- People who are known today to have died or to be restricted: no list made from now on shows them.
-- grain: person and reason
-- reads: permission.last_person, intake.apc_episode
--
-- person_id: who; number; never missing
-- reason: died or restricted; text; never missing
-- source: CONTRACT section 1, person; DISCHARGE METHOD 4 patient died, 5 stillbirth (sql/seeds/discharge_method.csv)
SELECT person_id, 'died' AS reason FROM permission.last_person WHERE death_date IS NOT NULL
UNION
SELECT person_id, 'died' AS reason FROM intake.apc_episode WHERE discharge_method IN ('4', '5')
UNION
SELECT person_id, 'restricted' AS reason FROM permission.last_person WHERE restricted
ORDER BY person_id, reason
