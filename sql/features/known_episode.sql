-- The latest version of each episode of admitted care that was known at the index date.
-- grain: episode (person, provider, spell id, episode number) known at the index date
-- reads: staging.apc_episode, features.index_date
-- source: CONTRACT section 2, Known
-- An end or discharge on or after the index date reads as missing. Diagnoses are in features.known_diagnosis.
SELECT
    e.person_id,
    e.episode_row,
    e.provider_code,
    e.spell_id,
    e.episode_number,
    e.admission_date,
    e.admission_method,
    e.patient_class,
    e.is_from_care_home,
    e.is_to_care_home,
    e.cost_pence,
    CASE WHEN e.episode_end_date < i.index_date THEN e.episode_end_date END AS episode_end_date,
    CASE WHEN e.discharge_date < i.index_date THEN e.discharge_date END AS discharge_date
FROM staging.apc_episode AS e
CROSS JOIN features.index_date AS i
WHERE
    e.known_on < i.index_date
    AND (e.replaced_on IS NULL OR e.replaced_on >= i.index_date)
