-- Stays in hospital known at the index date: spells with their transfers joined.
-- grain: stay known at the index date
-- reads: features.known_stay_spell, features.known_person, features.index_date
--
-- stay_number: place of the stay among the person's, in order of admission; number; never missing
-- discharge_date: day of the last discharge; date; null while any spell of the stay is open
-- nights: from admission to discharge, to the index date while open; nights; never missing
-- age_at_admission: completed years; years; null if the birth date is not known
-- spells: spells joined in it, more than one where there was a transfer; count; never missing
-- is_from_care_home: as its first spell says; flag; null if it does not say
-- is_to_care_home: as its last spell says, of a stay that is discharged; flag; null if it does not say
-- cost_pence: sum of its episodes' costs, of those that say one; pence; null where none does
-- is_emergency: method 21 to 25, 28, 2A, 2B or 2D, admitted after the day of birth (2C is a birth); flag; never missing
-- is_elective: method 11, 12 or 13, regular day and night attenders left out; flag; never missing
-- is_day_case: elective, class 2; flag; never missing
-- is_regular_attendance: method 11, 12 or 13, class 3 or 4 (regular day and night attenders); flag; never missing
-- is_maternity: method 31 or 32; flag; never missing
-- source: CONTRACT section 2, Spell, Emergency admission, Elective; NHS Data Dictionary, ADMISSION METHOD CODE and PATIENT CLASSIFICATION CODE
WITH placed AS (
    SELECT
        s.*,
        MAX(s.spell_number) OVER (PARTITION BY s.person_id, s.stay_number) AS last_spell_number
    FROM features.known_stay_spell AS s
),

stay AS (
    SELECT
        s.person_id,
        s.stay_number,
        MAX(CASE WHEN s.spell_number = s.stay_number THEN s.admission_date END) AS admission_date,
        MAX(CASE WHEN s.spell_number = s.stay_number THEN s.admission_method END) AS admission_method,
        MAX(CASE WHEN s.spell_number = s.stay_number THEN s.patient_class END) AS patient_class,
        CASE
            WHEN SUM(CASE WHEN s.discharge_date IS NULL THEN 1 ELSE 0 END) = 0 THEN MAX(s.discharge_date)
        END AS discharge_date,
        COUNT(*) AS spells,
        MAX(CASE WHEN s.spell_number = s.stay_number THEN CAST(s.is_from_care_home AS INTEGER) END) = 1 AS is_from_care_home,
        MAX(CASE WHEN s.spell_number = s.last_spell_number THEN CAST(s.is_to_care_home AS INTEGER) END) = 1 AS is_last_to_care_home,
        CAST(SUM(s.cost_pence) AS BIGINT) AS cost_pence
    FROM placed AS s
    GROUP BY s.person_id, s.stay_number
)

SELECT
    stay.person_id,
    stay.stay_number,
    stay.admission_date,
    stay.discharge_date,
    stay.admission_method,
    stay.patient_class,
    CAST(stay.spells AS INTEGER) AS spells,
    stay.is_from_care_home,
    CASE WHEN stay.discharge_date IS NOT NULL THEN stay.is_last_to_care_home END AS is_to_care_home,
    stay.cost_pence,
    CAST(
        GREATEST(DATE_DIFF('day', stay.admission_date, COALESCE(stay.discharge_date, i.index_date)), 0) AS INTEGER
    ) AS nights,
    CAST(
        EXTRACT(YEAR FROM stay.admission_date) - EXTRACT(YEAR FROM p.birth_date)
        - CASE
            WHEN EXTRACT(MONTH FROM stay.admission_date) < EXTRACT(MONTH FROM p.birth_date) THEN 1
            WHEN
                EXTRACT(MONTH FROM stay.admission_date) = EXTRACT(MONTH FROM p.birth_date)
                AND EXTRACT(DAY FROM stay.admission_date) < EXTRACT(DAY FROM p.birth_date)
                THEN 1
            ELSE 0
        END AS INTEGER
    ) AS age_at_admission,
    stay.admission_method IN ('21', '22', '23', '24', '25', '28', '2A', '2B', '2D')
    AND (p.birth_date IS NULL OR stay.admission_date > p.birth_date) AS is_emergency,
    stay.admission_method IN ('11', '12', '13') AND COALESCE(stay.patient_class, '1') NOT IN ('3', '4') AS is_elective,
    stay.admission_method IN ('11', '12', '13') AND COALESCE(stay.patient_class, '1') = '2' AS is_day_case,
    stay.admission_method IN ('11', '12', '13')
    AND COALESCE(stay.patient_class, '1') IN ('3', '4') AS is_regular_attendance,
    stay.admission_method IN ('31', '32') AS is_maternity
FROM stay
CROSS JOIN features.index_date AS i
LEFT JOIN features.known_person AS p ON p.person_id = stay.person_id
