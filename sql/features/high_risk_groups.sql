-- Frailty beside many medicines or being housebound, and how many high-risk groups a person is in.
-- grain: person of the snapshot
-- reads: features.efi, features.status, features.medicines, features.condition_combinations
-- order: 276
--
-- frailty_with_10_medicines: eFI moderate or severe (at 65 and over) and 10 or more different medicines in the 365 days before the index date; 0/1; 365 days; 0 if none
-- housebound_with_frailty: eFI moderate or severe (at 65 and over) and recorded as housebound (housebound); 0/1; ever; 0 if none
-- high_risk_groups: how many of those two and of the five of family condition_combinations a person is in; count; 365 days; 0 if none
-- source: frailty with 10 or more medicines and housebound people are priority groups of the Network Contract DES for structured medication reviews (check against the current year's text); the rest as in condition_combinations
WITH grouped AS (
    SELECT
        e.person_id,
        CASE WHEN e.efi_band IN ('moderate', 'severe') AND m.medicines_365d >= 10 THEN 1 ELSE 0 END AS frailty_with_10_medicines,
        CASE WHEN e.efi_band IN ('moderate', 'severe') THEN COALESCE(s.housebound, 0) ELSE 0 END AS housebound_with_frailty,
        COALESCE(
            c.heart_failure_with_ckd + c.copd_with_heart_failure + c.diabetes_with_ckd + c.smi_with_diabetes
            + c.dementia_living_alone,
            0
        ) AS combinations
    FROM features.efi AS e
    LEFT JOIN features.medicines AS m ON m.person_id = e.person_id
    LEFT JOIN features.status AS s ON s.person_id = e.person_id
    LEFT JOIN features.condition_combinations AS c ON c.person_id = e.person_id
)

SELECT
    g.person_id,
    g.frailty_with_10_medicines,
    g.housebound_with_frailty,
    g.frailty_with_10_medicines + g.housebound_with_frailty + g.combinations AS high_risk_groups
FROM grouped AS g
