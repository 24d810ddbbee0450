-- The first record of each eFI deficit that was known at the index date.
-- grain: person and deficit
-- reads: features.index_date, features.demography, staging.efi_record
--
-- deficit_number: as in staging.efi_deficit; number; never missing
-- first_date: when it was first recorded; date; never missing
-- source: Clegg 2016 as in seeds.efi_deficit; CONTRACT section 2, Known
WITH known AS (
    SELECT
        r.person_id,
        r.deficit_number,
        r.event_date
    FROM staging.efi_record AS r
    CROSS JOIN features.index_date AS i
    WHERE r.known_on < i.index_date AND r.for_sex = ''

    UNION ALL

    SELECT
        r.person_id,
        r.deficit_number,
        r.event_date
    FROM staging.efi_record AS r
    CROSS JOIN features.index_date AS i
    INNER JOIN features.demography AS d ON d.person_id = r.person_id AND d.sex = r.for_sex
    WHERE r.known_on < i.index_date
)

SELECT
    person_id,
    deficit_number,
    MIN(event_date) AS first_date
FROM known
GROUP BY person_id, deficit_number
