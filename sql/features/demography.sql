-- Who the person is, as far as was known at the index date.
-- grain: person of the snapshot
-- reads: features.population, features.known_person
-- order: 10
--
-- age: completed years at the index date; someone born on 29 February turns a year older on 1 March in a common year; years; at the index date; null if the birth date is not known
-- sex: sex as recorded: 1 male, 2 female, 9 indeterminate, 0 or X not known; code; at the index date; null if none
-- imd_decile: decile of the Index of Multiple Deprivation of the home, 1 most deprived; decile; at the index date; null if none
-- ethnic_category: ethnic category, ONS 2001 letter; code; at the index date; null if none
-- source: CONTRACT section 2, Age; NHS Data Dictionary, PERSON STATED GENDER CODE and ETHNIC CATEGORY CODE
SELECT
    p.person_id,
    CAST(
        EXTRACT(YEAR FROM p.index_date) - EXTRACT(YEAR FROM k.birth_date)
        - CASE
            WHEN EXTRACT(MONTH FROM p.index_date) < EXTRACT(MONTH FROM k.birth_date) THEN 1
            WHEN
                EXTRACT(MONTH FROM p.index_date) = EXTRACT(MONTH FROM k.birth_date)
                AND EXTRACT(DAY FROM p.index_date) < EXTRACT(DAY FROM k.birth_date)
                THEN 1
            ELSE 0
        END AS INTEGER
    ) AS age,
    k.sex,
    CAST(k.imd_decile AS INTEGER) AS imd_decile,
    k.ethnic_category
FROM features.population AS p
INNER JOIN features.known_person AS k ON k.person_id = p.person_id
