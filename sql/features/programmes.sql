-- Programmes that hold the person at the index date.
-- grain: person on at least one programme at the index date
-- reads: features.known_programme
-- order: 290
--
-- on_case_management: on case management, begun and not ended before the index date; 0/1; at the index date; 0 if none
-- on_end_of_life_register: on an end of life register as a programme, begun and not ended before the index date; 0/1; at the index date; 0 if none
-- on_virtual_ward: on a virtual ward, begun and not ended before the index date; 0/1; at the index date; 0 if none (rare)
-- programmes_held: programmes of any kind that hold the person at the index date; count; at the index date; 0 if none
-- source: CONTRACT section 2, On a programme; landing table programme
SELECT
    p.person_id,
    MAX(CASE WHEN p.programme = 'case_management' THEN 1 ELSE 0 END) AS on_case_management,
    MAX(CASE WHEN p.programme = 'end_of_life_register' THEN 1 ELSE 0 END) AS on_end_of_life_register,
    MAX(CASE WHEN p.programme = 'virtual_ward' THEN 1 ELSE 0 END) AS on_virtual_ward,
    CAST(COUNT(DISTINCT p.programme) AS INTEGER) AS programmes_held
FROM features.known_programme AS p
WHERE p.end_date IS NULL
GROUP BY p.person_id
