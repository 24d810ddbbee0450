-- Attendances at accident and emergency departments before the index date.
-- grain: person with at least one attendance known at the index date
-- reads: features.index_date, features.known_attendance, features.population_source
-- order: 60
--
-- ae_attendances_30d: attendances of every kind in the 30 days before the index date; count; 30 days; 0 if none
-- ae_attendances_90d: attendances of every kind in the 90 days before the index date; count; 90 days; 0 if none
-- ae_attendances_182d: attendances of every kind in the 182 days before the index date; count; 182 days; 0 if none
-- ae_attendances_365d: attendances of every kind in the 365 days before the index date; count; 365 days; 0 if none
-- ae_attendances_730d: attendances of every kind in the 730 days before the index date; count; 730 days; 0 if none
-- ae_attendances_1095d: attendances of every kind in the 1,095 days before the index date; count; 1095 days; 0 if none
-- ae_attendances_trend: attendances per 90 days in the last 90 days, of them only the days before A&E data stop being complete, less attendances per 90 days in the 365 days before those 90; attendances per 90 days; 90 days against the 365 before; 0 if none
-- ae_unplanned_attendances_90d: unplanned attendances (types 01 to 04, category 1 to 3 or missing) in the 90 days before the index date; count; 90 days; 0 if none
-- ae_unplanned_attendances_365d: unplanned attendances (types 01 to 04, category 1 to 3 or missing) in the 365 days before the index date; count; 365 days; 0 if none
-- ae_unplanned_attendances_730d: unplanned attendances (types 01 to 04, category 1 to 3 or missing) in the 730 days before the index date; count; 730 days; 0 if none
-- ae_major_attendances_365d: attendances of any category at consultant-led 24-hour departments (type 01) in the 365 days before the index date; count; 365 days; 0 if none
-- ae_minor_attendances_365d: attendances of any category at minor injury units, urgent treatment and walk-in centres (types 03 and 04) in the 365 days before the index date; count; 365 days; 0 if none
-- same_day_emergency_care_365d: same-day emergency care attendances (type 05) in the 365 days before the index date; count; 365 days; 0 if none
-- ae_attendances_by_ambulance_365d: attendances of every kind that came by ambulance (is_ambulance in seeds.ae_arrival_mode: ECDS or HES codes) in the 365 days before the index date; null for all where no attendance of those days known has a mode of that list; count; 365 days; 0 if none, null if never given
-- ae_high_acuity_attendances_365d: attendances of every kind of immediate or very urgent acuity (is_high in seeds.ae_acuity) in the 365 days before the index date; null for all where no attendance of those days known has an acuity of that list; count; 365 days; 0 if none, null if never given
-- ae_left_before_treatment_365d: attendances of every kind that the person left before treatment (is_left_before_treatment in seeds.ae_discharge_status) in the 365 days before the index date; null for all where no attendance of those days known has a status of that list; count; 365 days; 0 if none, null if never given
-- ae_fall_attendances_365d: attendances of every kind whose chief complaint or any diagnosis is a fall (SNOMED CT list fall) in the 365 days before the index date; null for all where no attendance of those days known has a complaint or diagnosis; count; 365 days; 0 if none, null if never given
-- days_since_ae_attendance: whole days since the last attendance of any kind known; days; ever; null if none
-- ae_cost_pounds_365d: cost of the attendances of every kind in the 365 days before the index date, of those that say one, each to the nearest penny; null for all where no attendance of those days known says one; pounds; 365 days; 0 if none, null if never given
-- source: CONTRACT section 2, A&E attendance; NHS Data Dictionary, EMERGENCY CARE DEPARTMENT TYPE and EMERGENCY CARE ATTENDANCE CATEGORY; seeds.ae_acuity, seeds.ae_arrival_mode, seeds.ae_discharge_status
WITH day AS (
    SELECT
        i.index_date,
        i.index_date - INTERVAL 90 DAY AS recent_start,
        s.complete_to,
        NULLIF(GREATEST(DATE_DIFF('day', CAST(i.index_date - INTERVAL 90 DAY AS DATE), s.complete_to), 0), 0) AS recent_days
    FROM features.index_date AS i
    LEFT JOIN features.population_source AS s ON s.table_name = 'ecds_attendance'
),

counted AS (
    SELECT
        a.person_id,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 30 DAY THEN 1 ELSE 0 END) AS in_30,
        SUM(CASE WHEN a.arrival_date >= day.recent_start THEN 1 ELSE 0 END) AS in_90,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 182 DAY THEN 1 ELSE 0 END) AS in_182,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS in_365,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS in_730,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 1095 DAY THEN 1 ELSE 0 END) AS in_1095,
        SUM(CASE WHEN a.arrival_date >= day.recent_start AND a.arrival_date < day.complete_to THEN 1 ELSE 0 END) AS in_recent,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 455 DAY AND a.arrival_date < day.recent_start THEN 1 ELSE 0 END) AS in_year_before,
        SUM(CASE WHEN a.is_unplanned AND a.arrival_date >= day.recent_start THEN 1 ELSE 0 END) AS unplanned_90,
        SUM(CASE WHEN a.is_unplanned AND a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS unplanned_365,
        SUM(CASE WHEN a.is_unplanned AND a.arrival_date >= day.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS unplanned_730,
        SUM(CASE WHEN a.department_type = '01' AND a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS major,
        SUM(CASE WHEN a.department_type IN ('03', '04') AND a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS minor,
        SUM(CASE WHEN a.is_same_day_emergency_care AND a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS same_day,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN CAST(a.is_by_ambulance AS INTEGER) END) AS by_ambulance,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN CAST(a.is_high_acuity AS INTEGER) END) AS high_acuity,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN CAST(a.is_left_before_treatment AS INTEGER) END) AS left_before,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN CAST(a.is_fall AS INTEGER) END) AS fall,
        SUM(CASE WHEN a.arrival_date >= day.index_date - INTERVAL 365 DAY THEN a.cost_pence END) AS pence,
        MAX(a.arrival_date) AS last_arrival,
        MAX(day.recent_days) AS recent_days,
        MAX(day.index_date) AS index_date
    FROM features.known_attendance AS a
    CROSS JOIN day
    GROUP BY a.person_id
)

SELECT
    c.person_id,
    CAST(c.in_30 AS INTEGER) AS ae_attendances_30d,
    CAST(c.in_90 AS INTEGER) AS ae_attendances_90d,
    CAST(c.in_182 AS INTEGER) AS ae_attendances_182d,
    CAST(c.in_365 AS INTEGER) AS ae_attendances_365d,
    CAST(c.in_730 AS INTEGER) AS ae_attendances_730d,
    CAST(c.in_1095 AS INTEGER) AS ae_attendances_1095d,
    CAST(c.in_recent AS DOUBLE) * 90 / c.recent_days - CAST(c.in_year_before AS DOUBLE) * 90 / 365 AS ae_attendances_trend,
    CAST(c.unplanned_90 AS INTEGER) AS ae_unplanned_attendances_90d,
    CAST(c.unplanned_365 AS INTEGER) AS ae_unplanned_attendances_365d,
    CAST(c.unplanned_730 AS INTEGER) AS ae_unplanned_attendances_730d,
    CAST(c.major AS INTEGER) AS ae_major_attendances_365d,
    CAST(c.minor AS INTEGER) AS ae_minor_attendances_365d,
    CAST(c.same_day AS INTEGER) AS same_day_emergency_care_365d,
    CAST(c.by_ambulance AS INTEGER) AS ae_attendances_by_ambulance_365d,
    CAST(c.high_acuity AS INTEGER) AS ae_high_acuity_attendances_365d,
    CAST(c.left_before AS INTEGER) AS ae_left_before_treatment_365d,
    CAST(c.fall AS INTEGER) AS ae_fall_attendances_365d,
    CAST(DATE_DIFF('day', c.last_arrival, c.index_date) AS INTEGER) AS days_since_ae_attendance,
    CAST(c.pence AS DOUBLE) / 100 AS ae_cost_pounds_365d
FROM counted AS c
