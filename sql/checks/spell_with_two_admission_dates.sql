-- Spells whose episodes state different admission dates (the lowest episode number is used)
-- grain: person, provider and spell
-- reads: intake.apc_episode
--
-- person_id: who; number; never missing
-- spell_id: spell; text; never missing
-- admission_dates: how many dates; count; never missing
-- source: CONTRACT section 2, spell
SELECT person_id, spell_id, COUNT(DISTINCT admission_date) AS admission_dates
FROM intake.apc_episode
GROUP BY person_id, COALESCE(provider_code, ''), spell_id
HAVING COUNT(DISTINCT admission_date) > 1
