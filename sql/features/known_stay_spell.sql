-- Which stay each spell known at the index date belongs to: transfers are followed back to the spell that began it.
-- grain: spell (person, provider, spell id) known at the index date
-- reads: features.known_spell
--
-- stay_number: spell_number of the spell that began the stay; number; never missing
-- source: CONTRACT section 2, Spell
WITH RECURSIVE chain AS (
    SELECT
        s.person_id,
        s.spell_number,
        s.spell_number AS stay_number
    FROM features.known_spell AS s
    WHERE s.continues IS NULL

    UNION ALL

    SELECT
        s.person_id,
        s.spell_number,
        chain.stay_number
    FROM chain
    INNER JOIN features.known_spell AS s
        ON s.person_id = chain.person_id AND s.continues = chain.spell_number
)

SELECT
    s.person_id,
    s.provider_code,
    s.spell_id,
    s.spell_number,
    s.first_episode_number,
    s.admission_date,
    s.discharge_date,
    s.admission_method,
    s.patient_class,
    s.is_from_care_home,
    s.is_to_care_home,
    s.cost_pence,
    chain.stay_number
FROM features.known_spell AS s
INNER JOIN chain ON chain.person_id = s.person_id AND chain.spell_number = s.spell_number
