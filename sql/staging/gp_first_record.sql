-- The records that can be a person's first of a code list, whatever the index date.
-- grain: person, code list and event date
-- reads: staging.gp_list_event
--
-- event_date: when it happened; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- The earliest record and the day it was known are found as one number, days since 1850 times 10,000,000 and days since 1850:
-- nearly every other record was known later, and only where one was known sooner are the rest compared.
-- source: a record is left out where an earlier one was known no later: it is then nobody's first at any index date
WITH earliest AS (
    SELECT
        person_id,
        list_id,
        MIN(
            CAST(DATE_DIFF('day', DATE '1850-01-01', event_date) AS BIGINT) * 10000000
            + DATE_DIFF('day', DATE '1850-01-01', known_on)
        ) AS event_and_known,
        MIN(known_on) AS first_known_on
    FROM staging.gp_list_event
    GROUP BY person_id, list_id
),

later AS (
    SELECT
        e.person_id,
        e.list_id,
        e.event_date,
        MIN(e.known_on) AS known_on
    FROM staging.gp_list_event AS e
    INNER JOIN earliest AS f ON f.person_id = e.person_id AND f.list_id = e.list_id
    WHERE DATE_DIFF('day', DATE '1850-01-01', f.first_known_on) < MOD(f.event_and_known, 10000000)
        AND DATE_DIFF('day', DATE '1850-01-01', e.known_on) < MOD(f.event_and_known, 10000000)
    GROUP BY e.person_id, e.list_id, e.event_date
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
    FROM later
)

SELECT
    person_id,
    list_id,
    DATE '1850-01-01' + CAST(FLOOR(event_and_known / 10000000) AS INTEGER) AS event_date,
    DATE '1850-01-01' + CAST(MOD(event_and_known, 10000000) AS INTEGER) AS known_on
FROM earliest

UNION ALL

SELECT
    person_id,
    list_id,
    event_date,
    known_on
FROM compared
WHERE earlier_known_on IS NULL OR known_on < earlier_known_on
