-- The deficits of the eFI that a person's record gave, as far as was known at the index date.
-- grain: person and deficit
-- reads: features.index_date, features.demography, staging.efi_record
--
-- deficit: one of the 35 deficits that records give; name; never missing
-- first_date: event date of the first record of it, a code or a value that its rules name; date; never missing
-- source: Clegg 2016 as in seeds.efi_deficit and seeds.efi_value_rule; CONTRACT section 2 (known)
SELECT
    r.person_id,
    r.deficit,
    MIN(r.event_date) AS first_date
FROM staging.efi_record AS r
CROSS JOIN features.index_date AS i
LEFT JOIN features.demography AS d ON d.person_id = r.person_id
WHERE r.known_on < i.index_date AND (r.for_sex = '' OR r.for_sex = d.sex)
GROUP BY r.person_id, r.deficit
