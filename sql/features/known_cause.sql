-- Which code lists of causes the stays known at the index date meet.
-- grain: stay and list that it meets
-- reads: staging.apc_cause, features.known_episode, features.known_stay_spell
--
-- list_id: list of causes, see seeds.code_list; word; never missing
-- A list that asks for the main diagnosis is met by the first episode of the stay only, other lists by any episode.
-- source: seeds.code_list, column position
SELECT DISTINCT
    e.person_id,
    spell.stay_number,
    c.list_id
FROM features.known_episode AS e
INNER JOIN features.known_stay_spell AS spell
    ON
        spell.person_id = e.person_id
        AND spell.provider_code = e.provider_code
        AND spell.spell_id = e.spell_id
INNER JOIN staging.apc_cause AS c ON c.person_id = e.person_id AND c.episode_row = e.episode_row
WHERE
    NOT c.is_main
    OR (spell.spell_number = spell.stay_number AND e.episode_number = spell.first_episode_number)
