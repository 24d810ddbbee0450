-- Outpatient appointments before the index date.
-- grain: person with at least one outpatient appointment known at the index date
-- reads: features.index_date, features.known_outpatient, features.population_source
-- order: 70
--
-- outpatient_attended_90d: outpatient appointments attended (5 or 6) in the 90 days before the index date; count; 90 days; 0 if none
-- outpatient_attended_365d: outpatient appointments attended (5 or 6) in the 365 days before the index date; count; 365 days; 0 if none
-- outpatient_attended_730d: outpatient appointments attended (5 or 6) in the 730 days before the index date; count; 730 days; 0 if none
-- outpatient_attended_trend: outpatient appointments attended per 90 days in the last 90 days, of them only the days before outpatient data stop being complete, less those attended per 90 days in the 365 days before those 90; appointments per 90 days; 90 days against the 365 before; 0 if none
-- outpatient_not_attended_365d: outpatient appointments not attended (3 or 7) in the 365 days before the index date; count; 365 days; 0 if none
-- outpatient_cancelled_365d: outpatient appointments cancelled by either side (2 or 4) in the 365 days before the index date; count; 365 days; 0 if none
-- outpatient_first_attendances_365d: first outpatient attendances (attended; 1 or 3) in the 365 days before the index date; null for all where no appointment of those days known, attended or not, has a first attendance code of 1 to 4; count; 365 days; 0 if none, null if never given
-- outpatient_follow_ups_365d: follow-up outpatient attendances (attended; 2 or 4) in the 365 days before the index date; null for all where no appointment of those days known, attended or not, has a first attendance code of 1 to 4; count; 365 days; 0 if none, null if never given
-- outpatient_specialties_365d: different treatment functions, of those in seeds.treatment_function_group, among the outpatient appointments attended in the 365 days before the index date; null for all where no appointment attended in those days known has one; count; 365 days; 0 if none, null if never given
-- outpatient_surgical_365d: outpatient appointments attended in surgery (specialty_group surgical in seeds.treatment_function_group) in the 365 days before the index date; null for all where no appointment attended in those days known has a treatment function of that list; count; 365 days; 0 if none, null if never given
-- outpatient_medical_365d: outpatient appointments attended in medicine for adults (specialty_group medical in seeds.treatment_function_group) in the 365 days before the index date; null for all where no appointment attended in those days known has a treatment function of that list; count; 365 days; 0 if none, null if never given
-- outpatient_older_people_365d: outpatient appointments attended in geriatric and orthogeriatric medicine (specialty_group older_people in seeds.treatment_function_group) in the 365 days before the index date; null for all where no appointment attended in those days known has a treatment function of that list; count; 365 days; 0 if none, null if never given
-- outpatient_cancer_365d: outpatient appointments attended in medical, clinical and gynaecological oncology (specialty_group cancer in seeds.treatment_function_group) in the 365 days before the index date; null for all where no appointment attended in those days known has a treatment function of that list; count; 365 days; 0 if none, null if never given
-- outpatient_mental_health_365d: outpatient appointments attended in psychiatry, learning disability among it (specialty_group mental_health in seeds.treatment_function_group) in the 365 days before the index date; null for all where no appointment attended in those days known has a treatment function of that list; count; 365 days; 0 if none, null if never given
-- outpatient_therapy_365d: outpatient appointments attended in physiotherapy, dietetics and other therapies (specialty_group therapy in seeds.treatment_function_group) in the 365 days before the index date; null for all where no appointment attended in those days known has a treatment function of that list; count; 365 days; 0 if none, null if never given
-- days_since_outpatient_attendance: whole days since the last outpatient appointment attended that is known; days; ever; null if none
-- outpatient_cost_pounds_365d: cost of the outpatient appointments of every status in the 365 days before the index date, of those that say one, each to the nearest penny; null for all where no appointment of those days known says one; pounds; 365 days; 0 if none, null if never given
-- source: CONTRACT section 2, Outpatient; NHS Data Dictionary, ATTENDED OR DID NOT ATTEND CODE, FIRST ATTENDANCE CODE and TREATMENT FUNCTION CODE
WITH day AS (
    SELECT
        i.index_date,
        i.index_date - INTERVAL 90 DAY AS recent_start,
        i.index_date - INTERVAL 365 DAY AS year_start,
        s.complete_to,
        NULLIF(GREATEST(DATE_DIFF('day', CAST(i.index_date - INTERVAL 90 DAY AS DATE), s.complete_to), 0), 0) AS recent_days
    FROM features.index_date AS i
    LEFT JOIN features.population_source AS s ON s.table_name = 'outpatient_appointment'
),

counted AS (
    SELECT
        o.person_id,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.recent_start THEN 1 ELSE 0 END) AS in_90,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.year_start THEN 1 ELSE 0 END) AS in_365,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS in_730,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.recent_start AND o.appointment_date < day.complete_to THEN 1 ELSE 0 END) AS in_recent,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.index_date - INTERVAL 455 DAY AND o.appointment_date < day.recent_start THEN 1 ELSE 0 END) AS in_year_before,
        SUM(CASE WHEN o.is_not_attended AND o.appointment_date >= day.year_start THEN 1 ELSE 0 END) AS not_attended,
        SUM(CASE WHEN o.is_cancelled AND o.appointment_date >= day.year_start THEN 1 ELSE 0 END) AS cancelled,
        SUM(CASE WHEN o.appointment_date >= day.year_start THEN CAST(o.is_first_attendance AS INTEGER) END) AS first_attendances,
        SUM(CASE WHEN o.appointment_date >= day.year_start THEN CAST(o.is_follow_up AS INTEGER) END) AS follow_ups,
        COUNT(DISTINCT CASE WHEN o.is_attended AND o.appointment_date >= day.year_start THEN o.treatment_function END) AS specialties,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.year_start AND o.specialty_group = 'surgical' THEN 1 ELSE 0 END) AS surgical,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.year_start AND o.specialty_group = 'medical' THEN 1 ELSE 0 END) AS medical,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.year_start AND o.specialty_group = 'older_people' THEN 1 ELSE 0 END) AS older_people,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.year_start AND o.specialty_group = 'cancer' THEN 1 ELSE 0 END) AS cancer,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.year_start AND o.specialty_group = 'mental_health' THEN 1 ELSE 0 END) AS mental_health,
        SUM(CASE WHEN o.is_attended AND o.appointment_date >= day.year_start AND o.specialty_group = 'therapy' THEN 1 ELSE 0 END) AS therapy,
        MAX(CASE WHEN o.is_attended THEN o.appointment_date END) AS last_attended,
        SUM(CASE WHEN o.appointment_date >= day.year_start THEN o.cost_pence END) AS pence,
        MAX(day.recent_days) AS recent_days,
        MAX(day.index_date) AS index_date
    FROM features.known_outpatient AS o
    CROSS JOIN day
    GROUP BY o.person_id
)

SELECT
    c.person_id,
    CAST(c.in_90 AS INTEGER) AS outpatient_attended_90d,
    CAST(c.in_365 AS INTEGER) AS outpatient_attended_365d,
    CAST(c.in_730 AS INTEGER) AS outpatient_attended_730d,
    CAST(c.in_recent AS DOUBLE) * 90 / c.recent_days - CAST(c.in_year_before AS DOUBLE) * 90 / 365 AS outpatient_attended_trend,
    CAST(c.not_attended AS INTEGER) AS outpatient_not_attended_365d,
    CAST(c.cancelled AS INTEGER) AS outpatient_cancelled_365d,
    CAST(c.first_attendances AS INTEGER) AS outpatient_first_attendances_365d,
    CAST(c.follow_ups AS INTEGER) AS outpatient_follow_ups_365d,
    CAST(NULLIF(c.specialties, 0) AS INTEGER) AS outpatient_specialties_365d,
    CASE WHEN c.specialties > 0 THEN CAST(c.surgical AS INTEGER) END AS outpatient_surgical_365d,
    CASE WHEN c.specialties > 0 THEN CAST(c.medical AS INTEGER) END AS outpatient_medical_365d,
    CASE WHEN c.specialties > 0 THEN CAST(c.older_people AS INTEGER) END AS outpatient_older_people_365d,
    CASE WHEN c.specialties > 0 THEN CAST(c.cancer AS INTEGER) END AS outpatient_cancer_365d,
    CASE WHEN c.specialties > 0 THEN CAST(c.mental_health AS INTEGER) END AS outpatient_mental_health_365d,
    CASE WHEN c.specialties > 0 THEN CAST(c.therapy AS INTEGER) END AS outpatient_therapy_365d,
    CAST(DATE_DIFF('day', c.last_attended, c.index_date) AS INTEGER) AS days_since_outpatient_attendance,
    CAST(c.pence AS DOUBLE) / 100 AS outpatient_cost_pounds_365d
FROM counted AS c
