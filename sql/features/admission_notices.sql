-- Admissions and discharges as a timely feed tells them, weeks before the episodes arrive.
-- grain: person with at least one notice of an admission known at the index date
-- reads: features.index_date, features.known_admission_notice
-- order: 25
--
-- days_since_discharge_notice: whole days since the last discharge told of, of stays of a night or more that were not planned (emergencies, and where the notice gives no method); days; ever; null if none
-- in_hospital_by_notice: the last notice of an admission, within 90 days, tells of no discharge; 0/1; at the index date; 0 if none (rare)
-- source: CONTRACT section 1, admission_notice; the night and the 90 days, after which a notice that was never closed is not believed, are this software's own
WITH last_notice AS (
    SELECT
        n.person_id,
        MAX(n.admitted_on) AS admitted_on
    FROM features.known_admission_notice AS n
    GROUP BY n.person_id
)

SELECT
    n.person_id,
    CAST(
        DATE_DIFF(
            'day',
            MAX(CASE WHEN NOT n.is_planned AND n.discharged_on > n.admitted_on THEN n.discharged_on END),
            MAX(i.index_date)
        ) AS INTEGER
    ) AS days_since_discharge_notice,
    MAX(
        CASE
            WHEN n.admitted_on = l.admitted_on AND n.discharged_on IS NULL AND n.admitted_on >= i.index_date - INTERVAL 90 DAY THEN 1
            ELSE 0
        END
    ) AS in_hospital_by_notice
FROM features.known_admission_notice AS n
INNER JOIN last_notice AS l ON l.person_id = n.person_id
CROSS JOIN features.index_date AS i
GROUP BY n.person_id
