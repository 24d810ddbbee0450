-- Substances prescribed in the two years before the index date, as far as was known.
-- grain: person and substance
-- reads: features.index_date, staging.gp_medicine
--
-- medicine_number: as in staging.medicine; number; never missing
-- in_90d: issued in the 90 days before the index date; flag; never missing
-- in_365d: issued in the 365 days before the index date; flag; never missing
-- in_previous_365d: issued 366 to 730 days before; flag; never missing
-- in_365d_before_90d: issued in the 365 days before those 90; flag; never missing
-- last_issue_date: the last day it was issued; date; never missing
-- issues_365d: days of the 365 before the index date on which it was issued; count; never missing
-- source: CONTRACT section 2, Medicine and Known
WITH day AS (
    SELECT
        i.index_date,
        CAST(i.index_date - INTERVAL 90 DAY AS DATE) AS start_of_90d,
        CAST(i.index_date - INTERVAL 365 DAY AS DATE) AS start_of_365d,
        CAST(i.index_date - INTERVAL 455 DAY AS DATE) AS start_of_365d_before_90d,
        CAST(i.index_date - INTERVAL 730 DAY AS DATE) AS start_of_730d
    FROM features.index_date AS i
),

issued AS (
    SELECT
        m.person_id,
        m.medicine_number,
        MIN(m.issue_date) AS first_issue_date,
        MAX(CASE WHEN m.issue_date < d.start_of_90d THEN m.issue_date END) AS last_issue_date_before_90d,
        MAX(m.issue_date) AS last_issue_date,
        COUNT(CASE WHEN m.issue_date >= d.start_of_365d THEN 1 END) AS issues_365d
    FROM staging.gp_medicine AS m
    CROSS JOIN day AS d
    WHERE m.known_on < d.index_date
        AND m.issue_date < d.index_date
        AND m.issue_date >= d.start_of_730d
    GROUP BY m.person_id, m.medicine_number
)

SELECT
    m.person_id,
    m.medicine_number,
    m.last_issue_date >= d.start_of_90d AS in_90d,
    m.last_issue_date >= d.start_of_365d AS in_365d,
    m.first_issue_date < d.start_of_365d AS in_previous_365d,
    COALESCE(m.last_issue_date_before_90d >= d.start_of_365d_before_90d, FALSE) AS in_365d_before_90d,
    m.last_issue_date,
    m.issues_365d
FROM issued AS m
CROSS JOIN day AS d
