-- Discharges from hospital alive, and whether an emergency admission followed within 30 days.
-- grain: stay that ended with a discharge alive
-- reads: features.known_stay, features.known_person
--
-- happened_on: day of the discharge; date; never missing
-- numerator: 1 if an emergency stay began 0 to 29 days after it, no other discharge between; discharges; never missing
-- denominator: 1; discharges; never missing
-- Left out: day cases, regular attenders, maternity, and people who died by the day of discharge.
-- source: CCG OIS 3.2, emergency admissions within 0 to 29 days of the last, previous discharge; the indicator also leaves out cancer and mental health specialties and is standardised for diagnosis, this is neither
WITH ended AS (
    SELECT
        s.person_id,
        s.stay_number,
        s.discharge_date,
        LEAD(s.admission_date) OVER (PARTITION BY s.person_id ORDER BY s.admission_date, s.stay_number) AS next_admission,
        LEAD(s.is_emergency) OVER (PARTITION BY s.person_id ORDER BY s.admission_date, s.stay_number) AS is_next_emergency
    FROM features.known_stay AS s
    WHERE NOT s.is_day_case AND NOT s.is_regular_attendance AND NOT s.is_maternity
)

SELECT
    e.person_id,
    e.discharge_date AS happened_on,
    CASE
        WHEN
            e.is_next_emergency
            AND e.next_admission >= e.discharge_date
            AND e.next_admission < e.discharge_date + INTERVAL 30 DAY
            THEN 1
        ELSE 0
    END AS numerator,
    1 AS denominator
FROM ended AS e
LEFT JOIN features.known_person AS p ON p.person_id = e.person_id
WHERE e.discharge_date IS NOT NULL AND (p.death_date IS NULL OR p.death_date > e.discharge_date)
