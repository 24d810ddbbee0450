-- The records that can give a person an eFI deficit first, whatever the index date: coded events and measured values.
-- grain: person, deficit, sex the rule asks for (empty if any) and event date
-- reads: staging.gp_first_record, staging.gp_measurement, staging.efi_deficit, seeds.efi_value_rule
--
-- deficit_number: as in staging.efi_deficit; number; never missing
-- for_sex: the sex a value rule is for, empty where it does not ask; code; never missing
-- event_date: when it happened; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- Only what can be a deficit's first: the earliest record and the day it was known are found as in staging.gp_first_record,
-- and only where another was known before it are the rest compared.
-- source: Clegg 2016 as in seeds.efi_deficit; value rules that attested codes allow, in seeds.efi_value_rule
WITH value_rule AS (
    SELECT
        d.deficit_number,
        COALESCE(r.sex, '') AS for_sex,
        r.measure,
        r.code,
        r.below,
        r.above
    FROM seeds.efi_value_rule AS r
    INNER JOIN staging.efi_deficit AS d ON d.deficit = r.deficit
),

record AS (
    SELECT
        e.person_id,
        d.deficit_number,
        '' AS for_sex,
        e.event_date,
        e.known_on
    FROM staging.gp_first_record AS e
    INNER JOIN staging.efi_deficit AS d ON d.list_id = e.list_id

    UNION ALL

    SELECT
        m.person_id,
        r.deficit_number,
        r.for_sex,
        m.event_date,
        m.known_on
    FROM staging.gp_measurement AS m
    INNER JOIN value_rule AS r ON r.measure = m.measure
    WHERE (r.code IS NULL OR r.code = m.code)
        AND (r.below IS NULL OR m.value < r.below)
        AND (r.above IS NULL OR m.value > r.above)
),

earliest AS (
    SELECT
        person_id,
        deficit_number,
        for_sex,
        MIN(
            CAST(DATE_DIFF('day', DATE '1850-01-01', event_date) AS BIGINT) * 10000000
            + DATE_DIFF('day', DATE '1850-01-01', known_on)
        ) AS event_and_known,
        MIN(known_on) AS first_known_on
    FROM record
    GROUP BY person_id, deficit_number, for_sex
),

first AS (
    SELECT
        person_id,
        deficit_number,
        for_sex,
        DATE '1850-01-01' + CAST(FLOOR(event_and_known / 10000000) AS INTEGER) AS event_date,
        DATE '1850-01-01' + CAST(MOD(event_and_known, 10000000) AS INTEGER) AS known_on,
        first_known_on
    FROM earliest
),

known_earlier AS (
    SELECT
        r.person_id,
        r.deficit_number,
        r.for_sex,
        r.event_date,
        MIN(r.known_on) AS known_on
    FROM record AS r
    INNER JOIN first AS f
        ON f.person_id = r.person_id AND f.deficit_number = r.deficit_number AND f.for_sex = r.for_sex
    WHERE f.first_known_on < f.known_on AND r.known_on < f.known_on
    GROUP BY r.person_id, r.deficit_number, r.for_sex, r.event_date
),

compared AS (
    SELECT
        person_id,
        deficit_number,
        for_sex,
        event_date,
        known_on,
        MIN(known_on) OVER (
            PARTITION BY person_id, deficit_number, for_sex
            ORDER BY event_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier_known_on
    FROM known_earlier
)

SELECT
    person_id,
    deficit_number,
    for_sex,
    event_date,
    known_on
FROM first

UNION ALL

SELECT
    person_id,
    deficit_number,
    for_sex,
    event_date,
    known_on
FROM compared
WHERE earlier_known_on IS NULL OR known_on < earlier_known_on
