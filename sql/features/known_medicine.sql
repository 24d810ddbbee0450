-- Substances prescribed in the two years before the index date, as far as was known.
-- grain: person and substance
-- reads: features.index_date, staging.gp_medicine
--
-- medicine: first nine characters of the BNF code, shorter codes as they are; code; never missing
-- is_medicine: counts as a medicine; flag; never missing
-- in_90d: issued in the 90 days before the index date; 0/1; never missing
-- in_365d: issued in the 365 days before; 0/1; never missing
-- in_previous_365d: issued 366 to 730 days before; 0/1; never missing
-- in_365d_before_90d: issued in the 365 days before those 90; 0/1; never missing
-- last_issue_date: the last day it was issued; date; never missing
-- issues_365d: days of the 365 before the index date on which it was issued; count; never missing
-- source: CONTRACT section 2, Medicine and Known
SELECT
    m.person_id,
    m.medicine,
    m.is_medicine,
    MAX(CASE WHEN m.issue_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS in_90d,
    MAX(CASE WHEN m.issue_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS in_365d,
    MAX(CASE WHEN m.issue_date < i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS in_previous_365d,
    MAX(
        CASE
            WHEN m.issue_date >= i.index_date - INTERVAL 455 DAY AND m.issue_date < i.index_date - INTERVAL 90 DAY THEN 1
            ELSE 0
        END
    ) AS in_365d_before_90d,
    MAX(m.issue_date) AS last_issue_date,
    SUM(CASE WHEN m.issue_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS issues_365d
FROM staging.gp_medicine AS m
CROSS JOIN features.index_date AS i
WHERE m.known_on < i.index_date
    AND m.issue_date < i.index_date
    AND m.issue_date >= i.index_date - INTERVAL 730 DAY
GROUP BY m.person_id, m.medicine, m.is_medicine
