-- Reviews, assessments and vaccination: when each was last recorded, and what is due, as far as general practice recorded it.
-- grain: person of the snapshot
-- reads: features.population, features.index_date, features.demography, features.known_person, features.known_condition, features.known_last_event
-- order: 272
--
-- days_since_medication_review: whole days since the last medication review of any kind recorded, structured ones among them; days; ever; null if none
-- days_since_frailty_assessment: whole days since frailty was last assessed: any category, Rockwood level 1 to 9 or frailty without a degree recorded; days; ever; null if none
-- days_since_asthma_review: whole days since the last asthma review recorded; days; ever; null if none
-- days_since_copd_review: whole days since the last COPD review recorded; days; ever; null if none
-- days_since_diabetes_review: whole days since the last annual review of diabetes recorded as such (one code: reviews coded in parts are not seen); days; ever; null if none
-- days_since_heart_failure_review: whole days since the last heart failure review recorded; days; ever; null if none
-- days_since_dementia_review: whole days since a dementia care plan was last recorded as agreed, which QOF counts as the review; days; ever; null if none
-- annual_reviews_due: how many of asthma, COPD, diabetes, heart failure and dementia a person has (has_asthma and so on) with no review recorded in the 365 days before the index date; too high where reviews are coded in ways that the starter lists lack (3 of 9 codes for heart failure, 8 of 27 for asthma); count; 365 days; 0 if none
-- flu_vaccination_this_season: an influenza vaccination recorded since the last 1 September before the index date, that day included; 0/1; 365 days; 0 if none
-- flu_vaccination_due: none recorded since then, and aged 65 or over on the 31 March that follows that 1 September, or aged 18 or over at the index date and either with COPD, coronary heart disease, heart failure, chronic kidney disease, diabetes, stroke or TIA, or learning disability (family conditions) or recorded as caring for someone; 0/1; 365 days; 0 if none
-- Of the groups offered flu vaccination these are not told here: asthma on steroids, liver, other neurological and immune conditions, pregnancy, care homes, a BMI of 40 or more. From April to August flu_vaccination_due says that last winter's is not known. One given elsewhere may be missing.
-- No code list was found for the health checks of learning disability and severe mental illness: they are not among the reviews.
-- source: code lists of the same names, versions 2026-11 and 2026-11.2; who is offered flu vaccination: BMC Public Health 2021, s12889-021-11736-2, table 1, 1 September and ages on 31 March as in the UKHSA uptake specification (ncl-icb-analytics/dbt-ncl-analytics macros/campaigns/flu_campaign_config.sql)
WITH season AS (
    SELECT
        i.index_date,
        CAST(DATE_TRUNC('year', i.index_date - INTERVAL 1 DAY - INTERVAL 8 MONTH) + INTERVAL 8 MONTH AS DATE) AS begins,
        DATE_TRUNC('year', i.index_date - INTERVAL 1 DAY - INTERVAL 8 MONTH) + INTERVAL 15 MONTH - INTERVAL 1 DAY AS aged_on
    FROM features.index_date AS i
),

last_record AS (
    SELECT
        e.person_id,
        MAX(CASE WHEN e.list_id IN ('structured_medication_review', 'medication_review_other') THEN e.last_date END) AS medication_review,
        MAX(
            CASE
                WHEN e.list_id IN (
                    'frailty_mild', 'frailty_moderate', 'frailty_severe', 'frailty_unspecified', 'frailty_assessed_not_frail'
                ) THEN e.last_date
            END
        ) AS frailty_assessment,
        MAX(CASE WHEN e.list_id = 'asthma_review' THEN e.last_date END) AS asthma_review,
        MAX(CASE WHEN e.list_id = 'copd_review' THEN e.last_date END) AS copd_review,
        MAX(CASE WHEN e.list_id = 'diabetes_review' THEN e.last_date END) AS diabetes_review,
        MAX(CASE WHEN e.list_id = 'heart_failure_review' THEN e.last_date END) AS heart_failure_review,
        MAX(CASE WHEN e.list_id = 'dementia_review' THEN e.last_date END) AS dementia_review,
        MAX(CASE WHEN e.list_id = 'flu_vaccination' THEN e.last_date END) AS flu_vaccination,
        MAX(CASE WHEN e.list_id = 'carer' THEN 1 ELSE 0 END) AS carer
    FROM features.known_last_event AS e
    GROUP BY e.person_id
),

held AS (
    SELECT
        k.person_id,
        MAX(CASE WHEN k.condition = 'asthma' THEN 1 ELSE 0 END) AS asthma,
        MAX(CASE WHEN k.condition = 'copd' THEN 1 ELSE 0 END) AS copd,
        MAX(CASE WHEN k.condition = 'diabetes' THEN 1 ELSE 0 END) AS diabetes,
        MAX(CASE WHEN k.condition = 'heart_failure' THEN 1 ELSE 0 END) AS heart_failure,
        MAX(CASE WHEN k.condition = 'dementia' THEN 1 ELSE 0 END) AS dementia,
        MAX(
            CASE
                WHEN k.condition IN ('copd', 'chd', 'heart_failure', 'ckd', 'diabetes', 'stroke_tia', 'learning_disability') THEN 1
                ELSE 0
            END
        ) AS at_risk_of_flu
    FROM features.known_condition AS k
    GROUP BY k.person_id
),

by_person AS (
    SELECT
        p.person_id,
        s.index_date,
        s.index_date - INTERVAL 365 DAY AS year_ago,
        d.age,
        CASE WHEN k.birth_date <= s.aged_on - INTERVAL 65 YEAR THEN 1 ELSE 0 END AS is_65_this_season,
        r.medication_review,
        r.frailty_assessment,
        r.asthma_review,
        r.copd_review,
        r.diabetes_review,
        r.heart_failure_review,
        r.dementia_review,
        COALESCE(r.carer, 0) AS carer,
        CASE WHEN r.flu_vaccination >= s.begins THEN 1 ELSE 0 END AS vaccinated,
        COALESCE(h.asthma, 0) AS asthma,
        COALESCE(h.copd, 0) AS copd,
        COALESCE(h.diabetes, 0) AS diabetes,
        COALESCE(h.heart_failure, 0) AS heart_failure,
        COALESCE(h.dementia, 0) AS dementia,
        COALESCE(h.at_risk_of_flu, 0) AS at_risk_of_flu
    FROM features.population AS p
    CROSS JOIN season AS s
    LEFT JOIN features.demography AS d ON d.person_id = p.person_id
    LEFT JOIN features.known_person AS k ON k.person_id = p.person_id
    LEFT JOIN last_record AS r ON r.person_id = p.person_id
    LEFT JOIN held AS h ON h.person_id = p.person_id
)

SELECT
    b.person_id,
    CAST(DATE_DIFF('day', b.medication_review, b.index_date) AS INTEGER) AS days_since_medication_review,
    CAST(DATE_DIFF('day', b.frailty_assessment, b.index_date) AS INTEGER) AS days_since_frailty_assessment,
    CAST(DATE_DIFF('day', b.asthma_review, b.index_date) AS INTEGER) AS days_since_asthma_review,
    CAST(DATE_DIFF('day', b.copd_review, b.index_date) AS INTEGER) AS days_since_copd_review,
    CAST(DATE_DIFF('day', b.diabetes_review, b.index_date) AS INTEGER) AS days_since_diabetes_review,
    CAST(DATE_DIFF('day', b.heart_failure_review, b.index_date) AS INTEGER) AS days_since_heart_failure_review,
    CAST(DATE_DIFF('day', b.dementia_review, b.index_date) AS INTEGER) AS days_since_dementia_review,
    CASE WHEN b.asthma_review >= b.year_ago THEN 0 ELSE b.asthma END
    + CASE WHEN b.copd_review >= b.year_ago THEN 0 ELSE b.copd END
    + CASE WHEN b.diabetes_review >= b.year_ago THEN 0 ELSE b.diabetes END
    + CASE WHEN b.heart_failure_review >= b.year_ago THEN 0 ELSE b.heart_failure END
    + CASE WHEN b.dementia_review >= b.year_ago THEN 0 ELSE b.dementia END AS annual_reviews_due,
    b.vaccinated AS flu_vaccination_this_season,
    CASE
        WHEN b.vaccinated = 1 THEN 0
        WHEN b.is_65_this_season = 1 OR (b.age >= 18 AND (b.at_risk_of_flu = 1 OR b.carer = 1)) THEN 1
        ELSE 0
    END AS flu_vaccination_due
FROM by_person AS b
