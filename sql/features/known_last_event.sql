-- The last record known at the index date of the code lists of circumstances, care processes and recent illness.
-- grain: person and code list
-- reads: features.index_date, staging.gp_list_event
--
-- last_date: event date of the last record; date; never missing
-- fall_days_365d: different days of the 365 before the index date with a record, counted for the list fall only; count; never missing
-- source: CONTRACT section 2 (known)
SELECT
    e.person_id,
    e.list_id,
    MAX(e.event_date) AS last_date,
    COUNT(
        DISTINCT CASE WHEN e.list_id = 'fall' AND e.event_date >= i.index_date - INTERVAL 365 DAY THEN e.event_date END
    ) AS fall_days_365d
FROM staging.gp_list_event AS e
CROSS JOIN features.index_date AS i
WHERE
    e.known_on < i.index_date
    AND e.list_id IN (
        'smoking_current', 'housebound', 'housebound_ended', 'lives_alone', 'carer', 'end_of_life_register', 'fall',
        'care_plan_agreed', 'structured_medication_review', 'medication_review_other', 'flu_vaccination',
        'frailty_mild', 'frailty_moderate', 'frailty_severe', 'frailty_unspecified', 'frailty_assessed_not_frail',
        'asthma_review', 'copd_review', 'diabetes_review', 'heart_failure_review', 'dementia_review',
        'anxiety', 'depression'
    )
GROUP BY e.person_id, e.list_id
