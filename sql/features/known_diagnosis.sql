-- Diagnoses of the stays known at the index date.
-- grain: stay, spell, episode and diagnosis position known at the index date
-- reads: staging.apc_diagnosis, features.known_stay_spell, features.known_stay, features.index_date
--
-- stay_number: the stay among the person's, as in features.known_stay; number; never missing
-- admission_date: admission of the stay; date; never missing
-- is_emergency: the stay is an emergency admission; flag; never missing
-- is_first_episode: the episode began the stay; flag; never missing
-- position: 1 primary, 2 to 20 secondary; number; never missing
-- code: ICD-10 code, upper-case without dot, dash or X padding; code; never missing
-- source: CONTRACT section 2, Spell and ICD-10
SELECT
    d.person_id,
    s.stay_number,
    stay.admission_date,
    stay.is_emergency,
    s.spell_number,
    d.episode_number,
    s.spell_number = s.stay_number AND d.episode_number = s.first_episode_number AS is_first_episode,
    d.position,
    d.code
FROM staging.apc_diagnosis AS d
CROSS JOIN features.index_date AS i
INNER JOIN features.known_stay_spell AS s
    ON s.person_id = d.person_id AND s.provider_code = d.provider_code AND s.spell_id = d.spell_id
INNER JOIN features.known_stay AS stay ON stay.person_id = s.person_id AND stay.stay_number = s.stay_number
WHERE d.known_on < i.index_date AND (d.replaced_on IS NULL OR d.replaced_on >= i.index_date)
