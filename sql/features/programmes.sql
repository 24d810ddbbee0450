-- Programmes that hold the person at the index date, and those that ended before it.
-- grain: person with at least one programme known at the index date
-- reads: features.index_date, features.known_programme
-- order: 290
--
-- on_case_management: on case management, begun and not ended before the index date; 0/1; at the index date; 0 if none
-- on_end_of_life_register: on an end of life register as a programme, begun and not ended before the index date; 0/1; at the index date; 0 if none (rare)
-- on_virtual_ward: on a virtual ward, begun and not ended before the index date; 0/1; at the index date; 0 if none (rare)
-- programmes_held: programmes of any kind that hold the person at the index date; count; at the index date; 0 if none
-- days_on_case_management: whole days since the case management that holds the person began, the earliest of them if several do; days; at the index date; null if none
-- programmes_ended_90d: entries in programmes of any kind that ended in the 90 days before the index date; count; 90 days; 0 if none
-- programmes_ended_365d: entries in programmes of any kind that ended in the 365 days before the index date; count; 365 days; 0 if none
-- source: CONTRACT section 2, On a programme; landing table programme
SELECT
    p.person_id,
    MAX(CASE WHEN p.end_date IS NULL AND p.programme = 'case_management' THEN 1 ELSE 0 END) AS on_case_management,
    MAX(CASE WHEN p.end_date IS NULL AND p.programme = 'end_of_life_register' THEN 1 ELSE 0 END) AS on_end_of_life_register,
    MAX(CASE WHEN p.end_date IS NULL AND p.programme = 'virtual_ward' THEN 1 ELSE 0 END) AS on_virtual_ward,
    CAST(COUNT(DISTINCT CASE WHEN p.end_date IS NULL THEN p.programme END) AS INTEGER) AS programmes_held,
    CAST(
        DATE_DIFF(
            'day',
            MIN(CASE WHEN p.end_date IS NULL AND p.programme = 'case_management' THEN p.start_date END),
            MAX(i.index_date)
        ) AS INTEGER
    ) AS days_on_case_management,
    CAST(SUM(CASE WHEN p.end_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS programmes_ended_90d,
    CAST(SUM(CASE WHEN p.end_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS programmes_ended_365d
FROM features.known_programme AS p
CROSS JOIN features.index_date AS i
GROUP BY p.person_id
