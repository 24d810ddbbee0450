-- People as HES lets them be seen: HES has no person table.
-- grain: token
-- reads: hes.seen
--
-- nhs_number: the sender's token; text; never missing
-- birth_date: from the earliest row that has one; date; null if none
-- sex: from the earliest row that knows it; code; X if none does
-- ethnic_category: ONS 2001 letter, from the latest row that has one (older HES years use other codes); text; null if none
-- lsoa_code: of the latest row that has one; text; null if none
-- death_date: latest day on which a stay ended in death; date; null if none
-- source: assumptions of the adapter (docs/how-to/read-hes-files.md)
WITH ranked AS (
    SELECT
        seen.*,
        ROW_NUMBER() OVER (
            PARTITION BY token ORDER BY CASE WHEN birth_date IS NULL THEN 1 ELSE 0 END, seen_on NULLS LAST, row_key
        ) AS birth_place,
        ROW_NUMBER() OVER (
            PARTITION BY token
            ORDER BY CASE WHEN sex IN ('1', '2') THEN 0 ELSE 1 END, seen_on NULLS LAST, row_key
        ) AS sex_place,
        ROW_NUMBER() OVER (
            PARTITION BY token
            ORDER BY
                CASE WHEN ethnic_category IS NULL THEN 2 WHEN ethnic_category IN ('Z', 'X') THEN 1 ELSE 0 END,
                seen_on DESC NULLS LAST, row_key
        ) AS ethnic_place,
        ROW_NUMBER() OVER (
            PARTITION BY token
            ORDER BY CASE WHEN lsoa_code IS NULL THEN 1 ELSE 0 END, seen_on DESC NULLS LAST, row_key
        ) AS lsoa_place
    FROM hes.seen AS seen
)
SELECT
    token AS nhs_number,
    MAX(CASE WHEN birth_place = 1 THEN birth_date END) AS birth_date,
    MAX(CASE WHEN sex_place = 1 THEN sex END) AS sex,
    MAX(CASE WHEN ethnic_place = 1 THEN ethnic_category END) AS ethnic_category,
    MAX(CASE WHEN lsoa_place = 1 THEN lsoa_code END) AS lsoa_code,
    MAX(death_date) AS death_date
FROM ranked
GROUP BY token
ORDER BY token
