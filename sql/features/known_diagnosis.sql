-- Diagnoses of the stays known at the index date, one a row, with the stay they belong to.
-- grain: diagnosis of an episode known at the index date
-- reads: staging.apc_diagnosis, features.known_episode, features.known_stay_spell, features.known_stay
--
-- admission_date: when the stay began; date; never missing
-- is_main: main diagnosis of the first episode of the stay; flag; never missing
-- icd10: ICD-10 code without dot, dash or X padding; code; never missing
-- source: CONTRACT section 2, Spell
SELECT
    e.person_id,
    stay.stay_number,
    stay.admission_date,
    stay.is_emergency,
    d.position = 1
    AND spell.spell_number = spell.stay_number
    AND e.episode_number = spell.first_episode_number AS is_main,
    d.icd10
FROM features.known_episode AS e
INNER JOIN features.known_stay_spell AS spell
    ON
        spell.person_id = e.person_id
        AND spell.provider_code = e.provider_code
        AND spell.spell_id = e.spell_id
INNER JOIN features.known_stay AS stay
    ON stay.person_id = spell.person_id AND stay.stay_number = spell.stay_number
INNER JOIN staging.apc_diagnosis AS d ON d.person_id = e.person_id AND d.episode_row = e.episode_row
