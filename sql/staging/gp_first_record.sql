-- The records that can be a person's first of a code list, whatever the index date.
-- grain: person, code list and event date
-- reads: staging.gp_list_event
--
-- event_date: when it happened; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- source: a record is left out where an earlier one was known no later: it is then nobody's first at any index date
WITH dated AS (
    SELECT
        person_id,
        list_id,
        event_date,
        MIN(known_on) AS known_on
    FROM staging.gp_list_event
    GROUP BY person_id, list_id, event_date
),

compared AS (
    SELECT
        person_id,
        list_id,
        event_date,
        known_on,
        MIN(known_on) OVER (
            PARTITION BY person_id, list_id
            ORDER BY event_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier_known_on
    FROM dated
)

SELECT
    person_id,
    list_id,
    event_date,
    known_on
FROM compared
WHERE earlier_known_on IS NULL OR known_on < earlier_known_on
