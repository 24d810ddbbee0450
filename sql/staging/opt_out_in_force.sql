-- Opt-outs and objections in force on the day after the last day held, by everything held whatever the index date.
-- grain: person and kind of opt-out
-- reads: intake.opt_out, intake.source
-- Permission is not information: an opt-out made today withholds data from a snapshot of any past index date too, and one
-- that has ended withholds nothing. Of several versions of one opt-out the last to become available, then the last
-- delivered, is used; one that begins later already counts.
-- source: DESIGN section 7; the same reading as sql/permission, which decides who may be used for a purpose
WITH held AS (
    SELECT
        o.person_id,
        o.kind,
        CASE WHEN o.end_date > DATE '1900-01-01' AND o.end_date < DATE '9999-12-31' THEN o.end_date END AS end_date,
        ROW_NUMBER() OVER (
            PARTITION BY o.person_id, o.kind, o.start_date
            ORDER BY o.available_date DESC NULLS LAST, o.delivery DESC, o.end_date DESC NULLS FIRST
        ) AS preference
    FROM intake.opt_out AS o
),

today AS (
    SELECT MAX(s.period_end) + 1 AS day FROM intake.source AS s WHERE s.is_present
)

SELECT DISTINCT
    held.person_id,
    held.kind
FROM held
CROSS JOIN today
WHERE held.preference = 1 AND (held.end_date IS NULL OR today.day IS NULL OR held.end_date >= today.day)
