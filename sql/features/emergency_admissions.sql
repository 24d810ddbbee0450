-- Emergency admissions before the index date.
-- grain: person with at least one emergency stay known at the index date
-- reads: features.index_date, features.known_stay, features.population_source
-- order: 30
--
-- emergency_admissions_30d: emergency admissions in the 30 days before the index date; count; 30 days; 0 if none
-- emergency_admissions_90d: emergency admissions in the 90 days before the index date; count; 90 days; 0 if none
-- emergency_admissions_182d: emergency admissions in the 182 days before the index date; count; 182 days; 0 if none
-- emergency_admissions_365d: emergency admissions in the 365 days before the index date; count; 365 days; 0 if none
-- emergency_admissions_730d: emergency admissions in the 730 days before the index date; count; 730 days; 0 if none
-- emergency_admissions_1095d: emergency admissions in the 1,095 days before the index date; count; 1095 days; 0 if none
-- emergency_admissions_trend: emergency admissions per 90 days in the last 90 days, of them only the days before hospital data stop being complete, less emergency admissions per 90 days in the 365 days before those 90; admissions per 90 days; 90 days against the 365 before; 0 if none
-- emergency_bed_days_365d: nights of emergency stays admitted in the 365 days before, up to the index date; nights; 365 days; 0 if none
-- emergency_bed_days_730d: nights of emergency stays admitted in the 730 days before, up to the index date; nights; 730 days; 0 if none
-- longest_emergency_stay_365d: nights, up to the index date, of the longest emergency stay admitted in the 365 days before; nights; 365 days; 0 if none
-- nights_of_last_emergency_stay: nights, up to the index date, of the emergency stay admitted last, of several on one day the longest; nights; ever; null if none
-- same_day_emergency_admissions_365d: emergency stays in the 365 days before that ended on the day they began; count; 365 days; 0 if none
-- emergency_readmissions_30_days_365d: emergency admissions in the 365 days before that began within 30 days of an earlier discharge (regular attenders left out); count; 365 days; 0 if none
-- emergency_admissions_from_care_home_365d: emergency admissions in the 365 days before whose first spell came from a care home (is_care_home in seeds.admission_source); null for all where no emergency stay admitted in those days known has a source of that list other than 98 and 99; count; 365 days; 0 if none, null if never given
-- emergency_discharges_to_care_home_365d: emergency stays admitted in the 365 days before and discharged whose last spell ended in a care home (is_care_home in seeds.discharge_destination), whether or not the person lived there before; null for all where no emergency stay admitted in those days and discharged has a destination of that list other than 98 and 99; count; 365 days; 0 if none, null if never given
-- days_since_emergency_admission: whole days since the last emergency admission known; days; ever; null if none
-- days_since_emergency_discharge: whole days since the last discharge from an emergency stay; days; ever; null if none
-- month_of_last_emergency_admission: calendar month of the last emergency admission known, 1 January to 12 December; month; ever; null if none
-- emergency_admission_cost_pounds_365d: cost of the emergency stays admitted in the 365 days before, over all their episodes that say one, each episode to the nearest penny; null for all where no episode of those stays says one; pounds; 365 days; 0 if none, null if never given
-- source: NHS Data Dictionary, ADMISSION METHOD CODE; stays as in features.known_stay
WITH readmission AS (
    SELECT DISTINCT
        stay.person_id,
        stay.stay_number
    FROM features.known_stay AS stay
    INNER JOIN features.known_stay AS earlier
        ON
            earlier.person_id = stay.person_id
            AND earlier.stay_number < stay.stay_number
            AND earlier.discharge_date <= stay.admission_date
            AND earlier.discharge_date >= stay.admission_date - INTERVAL 30 DAY
    WHERE stay.is_emergency AND NOT earlier.is_regular_attendance
),

day AS (
    SELECT
        i.index_date,
        i.index_date - INTERVAL 90 DAY AS recent_start,
        s.complete_to,
        NULLIF(GREATEST(DATE_DIFF('day', CAST(i.index_date - INTERVAL 90 DAY AS DATE), s.complete_to), 0), 0) AS recent_days
    FROM features.index_date AS i
    LEFT JOIN features.population_source AS s ON s.table_name = 'apc_episode'
),

emergency AS (
    SELECT
        s.*,
        readmission.person_id IS NOT NULL AS is_readmission,
        ROW_NUMBER() OVER (PARTITION BY s.person_id ORDER BY s.admission_date DESC, s.nights DESC) AS place_from_last
    FROM features.known_stay AS s
    LEFT JOIN readmission ON readmission.person_id = s.person_id AND readmission.stay_number = s.stay_number
    WHERE s.is_emergency
),

counted AS (
    SELECT
        e.person_id,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 30 DAY THEN 1 ELSE 0 END) AS in_30,
        SUM(CASE WHEN e.admission_date >= day.recent_start THEN 1 ELSE 0 END) AS in_90,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 182 DAY THEN 1 ELSE 0 END) AS in_182,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS in_365,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS in_730,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 1095 DAY THEN 1 ELSE 0 END) AS in_1095,
        SUM(CASE WHEN e.admission_date >= day.recent_start AND e.admission_date < day.complete_to THEN 1 ELSE 0 END) AS in_recent,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 455 DAY AND e.admission_date < day.recent_start THEN 1 ELSE 0 END) AS in_year_before,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 365 DAY THEN e.nights ELSE 0 END) AS nights_365,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 730 DAY THEN e.nights ELSE 0 END) AS nights_730,
        MAX(CASE WHEN e.admission_date >= day.index_date - INTERVAL 365 DAY THEN e.nights ELSE 0 END) AS longest,
        MAX(CASE WHEN e.place_from_last = 1 THEN e.nights END) AS last_nights,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 365 DAY AND e.discharge_date = e.admission_date THEN 1 ELSE 0 END) AS same_day,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 365 DAY AND e.is_readmission THEN 1 ELSE 0 END) AS readmissions,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 365 DAY THEN CAST(e.is_from_care_home AS INTEGER) END) AS from_care_home,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 365 DAY THEN CAST(e.is_to_care_home AS INTEGER) END) AS to_care_home,
        SUM(CASE WHEN e.admission_date >= day.index_date - INTERVAL 365 DAY THEN e.cost_pence END) AS pence,
        MAX(e.admission_date) AS last_admission,
        MAX(e.discharge_date) AS last_discharge,
        MAX(day.recent_days) AS recent_days,
        MAX(day.index_date) AS index_date
    FROM emergency AS e
    CROSS JOIN day
    GROUP BY e.person_id
)

SELECT
    c.person_id,
    CAST(c.in_30 AS INTEGER) AS emergency_admissions_30d,
    CAST(c.in_90 AS INTEGER) AS emergency_admissions_90d,
    CAST(c.in_182 AS INTEGER) AS emergency_admissions_182d,
    CAST(c.in_365 AS INTEGER) AS emergency_admissions_365d,
    CAST(c.in_730 AS INTEGER) AS emergency_admissions_730d,
    CAST(c.in_1095 AS INTEGER) AS emergency_admissions_1095d,
    CAST(c.in_recent AS DOUBLE) * 90 / c.recent_days - CAST(c.in_year_before AS DOUBLE) * 90 / 365 AS emergency_admissions_trend,
    CAST(c.nights_365 AS INTEGER) AS emergency_bed_days_365d,
    CAST(c.nights_730 AS INTEGER) AS emergency_bed_days_730d,
    CAST(c.longest AS INTEGER) AS longest_emergency_stay_365d,
    CAST(c.last_nights AS INTEGER) AS nights_of_last_emergency_stay,
    CAST(c.same_day AS INTEGER) AS same_day_emergency_admissions_365d,
    CAST(c.readmissions AS INTEGER) AS emergency_readmissions_30_days_365d,
    CAST(c.from_care_home AS INTEGER) AS emergency_admissions_from_care_home_365d,
    CAST(c.to_care_home AS INTEGER) AS emergency_discharges_to_care_home_365d,
    CAST(DATE_DIFF('day', c.last_admission, c.index_date) AS INTEGER) AS days_since_emergency_admission,
    CAST(DATE_DIFF('day', c.last_discharge, c.index_date) AS INTEGER) AS days_since_emergency_discharge,
    CAST(EXTRACT(MONTH FROM c.last_admission) AS INTEGER) AS month_of_last_emergency_admission,
    CAST(c.pence AS DOUBLE) / 100 AS emergency_admission_cost_pounds_365d
FROM counted AS c
