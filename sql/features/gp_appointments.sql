-- Appointments in general practice before the index date.
-- grain: person with at least one appointment known at the index date
-- reads: features.index_date, features.known_gp_appointment, features.population_source
-- order: 100
--
-- gp_appointments_attended_30d: appointments attended in the 30 days before the index date; count; 30 days; 0 if none
-- gp_appointments_attended_90d: appointments attended in the 90 days before the index date; count; 90 days; 0 if none
-- gp_appointments_attended_365d: appointments attended in the 365 days before the index date; count; 365 days; 0 if none
-- gp_appointments_attended_730d: appointments attended in the 730 days before the index date; count; 730 days; 0 if none
-- gp_appointments_not_attended_365d: appointments not attended (did not attend) in the 365 days before the index date; count; 365 days; 0 if none
-- days_since_gp_appointment: whole days since the last attended appointment known; days; ever; null if none
-- gp_appointments_with_gp_365d: appointments attended with a general practitioner (by a word of the role) in the 365 days before the index date; count; 365 days; 0 if none, null if never given
-- gp_appointments_with_nurse_365d: appointments attended with a nurse (by a word of the role) in the 365 days before the index date; count; 365 days; 0 if none, null if never given
-- gp_appointments_with_other_staff_365d: appointments attended with somebody whose role is said and is neither in the 365 days before the index date; count; 365 days; 0 if none, null if never given
-- gp_appointments_remote_365d: appointments attended by telephone, video or online (by a word of the mode) in the 365 days before the index date; count; 365 days; 0 if none, null if never given
-- gp_home_visits_365d: home visits attended (by a word of the mode) in the 365 days before the index date; count; 365 days; 0 if none, null if never given
-- gp_appointments_cancelled_365d: appointments cancelled in the 365 days before the index date; count; 365 days; 0 if none
-- gp_appointments_attended_trend: appointments attended per 90 days in that part of the last 90 days for which the source is complete, less the same per 90 days in the 365 days before those 90; events per 90 days; 90 days against the 365 before; 0 if none
-- By role (by mode): null for all where no appointment known, of anybody and of any age, says a role (a mode). Words are in seeds.word_group.
-- source: CONTRACT section 1, gp_appointment; trend as in docs/explanation/architecture.md
SELECT
    g.person_id,
    CAST(SUM(CASE WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 30 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_attended_30d,
    CAST(SUM(CASE WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_attended_90d,
    CAST(SUM(CASE WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_attended_365d,
    CAST(SUM(CASE WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 730 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_attended_730d,
    CAST(SUM(CASE WHEN g.is_not_attended AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_not_attended_365d,
    CAST(DATE_DIFF('day', MAX(CASE WHEN g.is_attended THEN g.appointment_date END), MAX(i.index_date)) AS INTEGER) AS days_since_gp_appointment,
    CASE
        WHEN COUNT(g.staff_group) > 0
            THEN CAST(SUM(CASE WHEN g.is_attended AND g.staff_group = 'gp' AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER)
    END AS gp_appointments_with_gp_365d,
    CASE
        WHEN COUNT(g.staff_group) > 0
            THEN CAST(SUM(CASE WHEN g.is_attended AND g.staff_group = 'nurse' AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER)
    END AS gp_appointments_with_nurse_365d,
    CASE
        WHEN COUNT(g.staff_group) > 0
            THEN CAST(SUM(CASE WHEN g.is_attended AND g.staff_group = 'other' AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER)
    END AS gp_appointments_with_other_staff_365d,
    CASE
        WHEN COUNT(g.mode_group) > 0
            THEN CAST(SUM(CASE WHEN g.is_attended AND g.mode_group = 'remote' AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER)
    END AS gp_appointments_remote_365d,
    CASE
        WHEN COUNT(g.mode_group) > 0
            THEN CAST(SUM(CASE WHEN g.is_attended AND g.mode_group = 'home_visit' AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER)
    END AS gp_home_visits_365d,
    CAST(SUM(CASE WHEN g.is_cancelled AND g.appointment_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS gp_appointments_cancelled_365d,
    CAST(SUM(CASE WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 90 DAY AND g.appointment_date < s.complete_to THEN 1 ELSE 0 END) AS DOUBLE)
    * 90 / NULLIF(90 - DATE_DIFF('day', MAX(s.complete_to), MAX(i.index_date)), 0)
    - CAST(
        SUM(
            CASE
                WHEN g.is_attended AND g.appointment_date >= i.index_date - INTERVAL 455 DAY AND g.appointment_date < i.index_date - INTERVAL 90 DAY THEN 1
                ELSE 0
            END
        ) AS DOUBLE
    ) * 90 / 365 AS gp_appointments_attended_trend
FROM features.known_gp_appointment AS g
CROSS JOIN features.index_date AS i
INNER JOIN features.population_source AS s ON s.table_name = 'gp_appointment'
GROUP BY g.person_id
