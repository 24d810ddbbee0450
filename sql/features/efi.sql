-- Electronic Frailty Index: 36 deficits in the general practice record and prescriptions.
-- grain: person of the snapshot
-- reads: features.population, features.index_date, features.demography, features.known_deficit, features.known_medicine, staging.medicine
-- order: 210
--
-- efi_deficits: deficits ever recorded, of 36; polypharmacy is 5 or more medicines in 365 days; count; ever; 0 if none
-- efi: deficits ever recorded, as a share of 36; ratio; ever; 0 if none
-- efi_band: fit to 0.12, mild to 0.24, moderate to 0.36, severe above; word; ever; null under 65
-- efi_change_365d: efi less what it is from records and prescriptions dated before the 365 days (polypharmacy then: 5 or more medicines 366 to 730 days before), both as known at the index date; ratio; 365 days against the 365 before; 0 if none
-- source: Clegg et al. 2016 (electronic Frailty Index), as in seeds.efi_deficit and seeds.efi_value_rule
WITH recorded AS (
    SELECT
        k.person_id,
        COUNT(*) AS deficits,
        COUNT(CASE WHEN k.first_date < i.index_date - INTERVAL 365 DAY THEN 1 END) AS earlier_deficits
    FROM features.known_deficit AS k
    CROSS JOIN features.index_date AS i
    GROUP BY k.person_id
),

polypharmacy AS (
    SELECT
        m.person_id,
        CASE WHEN COUNT(CASE WHEN m.in_365d THEN 1 END) >= 5 THEN 1 ELSE 0 END AS deficits,
        CASE WHEN COUNT(CASE WHEN m.in_previous_365d THEN 1 END) >= 5 THEN 1 ELSE 0 END AS earlier_deficits
    FROM features.known_medicine AS m
    INNER JOIN staging.medicine AS g ON g.medicine_number = m.medicine_number
    WHERE g.is_medicine
    GROUP BY m.person_id
),

counted AS (
    SELECT
        p.person_id,
        COALESCE(r.deficits, 0) + COALESCE(m.deficits, 0) AS deficits,
        COALESCE(r.earlier_deficits, 0) + COALESCE(m.earlier_deficits, 0) AS earlier_deficits,
        d.age
    FROM features.population AS p
    LEFT JOIN features.demography AS d ON d.person_id = p.person_id
    LEFT JOIN recorded AS r ON r.person_id = p.person_id
    LEFT JOIN polypharmacy AS m ON m.person_id = p.person_id
)

SELECT
    person_id,
    CAST(deficits AS INTEGER) AS efi_deficits,
    CAST(deficits AS DOUBLE) / 36 AS efi,
    CASE
        WHEN age IS NULL OR age < 65 THEN NULL
        WHEN deficits <= 0.12 * 36 THEN 'fit'
        WHEN deficits <= 0.24 * 36 THEN 'mild'
        WHEN deficits <= 0.36 * 36 THEN 'moderate'
        ELSE 'severe'
    END AS efi_band,
    CAST(deficits - earlier_deficits AS DOUBLE) / 36 AS efi_change_365d
FROM counted
