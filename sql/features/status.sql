-- Circumstances and care processes coded in general practice.
-- grain: person with at least one of these recorded and known at the index date
-- reads: features.index_date, features.known_last_event
-- order: 270
--
-- smoking_current: recorded as a current smoker in the 5 years before the index date (the lists cannot show that someone stopped since); 0/1; up to 5 years; 0 if none
-- housebound: recorded as housebound, and not as no longer housebound on a later day; 0/1; ever; 0 if none
-- lives_alone: ever recorded as living alone; 0/1; ever; 0 if none
-- carer: ever recorded as caring for someone, unpaid; 0/1; ever; 0 if none
-- end_of_life_register: ever recorded as on an end of life register or pathway; 0/1; ever; 0 if none
-- falls_coded_365d: days with a fall coded in the 365 days before the index date; count; 365 days; 0 if none
-- days_since_care_plan: whole days since an advance or personalised care plan was last recorded; days; ever; null if none
-- days_since_structured_medication_review: whole days since the last structured medication review recorded; days; ever; null if none
-- structured_medication_review_coded_365d: a structured medication review recorded in the 365 days before the index date; 0/1; 365 days; 0 if none
-- days_since_flu_vaccination: whole days since the last influenza vaccination recorded in general practice; days; ever; null if none
-- source: code lists of the same names (fall, care_plan_agreed for falls and care plans), version 2026-11; thin lists, not reviewed clinically
WITH by_person AS (
    SELECT
        s.person_id,
        MAX(CASE WHEN s.list_id = 'smoking_current' THEN s.last_date END) AS smoking_current,
        MAX(CASE WHEN s.list_id = 'housebound' THEN s.last_date END) AS housebound,
        MAX(CASE WHEN s.list_id = 'housebound_ended' THEN s.last_date END) AS housebound_ended,
        MAX(CASE WHEN s.list_id = 'lives_alone' THEN s.last_date END) AS lives_alone,
        MAX(CASE WHEN s.list_id = 'carer' THEN s.last_date END) AS carer,
        MAX(CASE WHEN s.list_id = 'end_of_life_register' THEN s.last_date END) AS end_of_life_register,
        MAX(CASE WHEN s.list_id = 'fall' THEN s.fall_days_365d ELSE 0 END) AS fall_days_365d,
        MAX(CASE WHEN s.list_id = 'care_plan_agreed' THEN s.last_date END) AS care_plan,
        MAX(CASE WHEN s.list_id = 'structured_medication_review' THEN s.last_date END) AS medication_review,
        MAX(CASE WHEN s.list_id = 'flu_vaccination' THEN s.last_date END) AS flu_vaccination
    FROM features.known_last_event AS s
    GROUP BY s.person_id
)

SELECT
    b.person_id,
    CASE WHEN b.smoking_current >= i.index_date - INTERVAL 5 YEAR THEN 1 ELSE 0 END AS smoking_current,
    CASE WHEN b.housebound >= COALESCE(b.housebound_ended, b.housebound) THEN 1 ELSE 0 END AS housebound,
    CASE WHEN b.lives_alone IS NOT NULL THEN 1 ELSE 0 END AS lives_alone,
    CASE WHEN b.carer IS NOT NULL THEN 1 ELSE 0 END AS carer,
    CASE WHEN b.end_of_life_register IS NOT NULL THEN 1 ELSE 0 END AS end_of_life_register,
    CAST(b.fall_days_365d AS INTEGER) AS falls_coded_365d,
    CAST(DATE_DIFF('day', b.care_plan, i.index_date) AS INTEGER) AS days_since_care_plan,
    CAST(DATE_DIFF('day', b.medication_review, i.index_date) AS INTEGER) AS days_since_structured_medication_review,
    CASE WHEN b.medication_review >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END AS structured_medication_review_coded_365d,
    CAST(DATE_DIFF('day', b.flu_vaccination, i.index_date) AS INTEGER) AS days_since_flu_vaccination
FROM by_person AS b
CROSS JOIN features.index_date AS i
