-- The records that can give a person an eFI deficit first, whatever the index date: coded events and measured values.
-- grain: person, deficit, sex the rule asks for (empty if any) and event date
-- reads: staging.gp_first_record, staging.gp_measurement, staging.measured_code, staging.efi_deficit, seeds.efi_value_rule
--
-- deficit_number: as in staging.efi_deficit; number; never missing
-- for_sex: the sex a value rule is for, empty where it does not ask; code; never missing
-- event_date: when it happened; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- Only what can be the first of its code list can be a deficit's first. The earliest and the day it was known are found as one
-- number, as in staging.gp_first_record, and only where a record was known sooner are the rest compared.
-- source: Clegg 2016 as in seeds.efi_deficit; value rules that attested codes allow, in seeds.efi_value_rule
WITH value_rule AS (
    SELECT
        c.code_number,
        d.deficit_number,
        COALESCE(r.sex, '') AS for_sex,
        r.below,
        r.above
    FROM seeds.efi_value_rule AS r
    INNER JOIN staging.efi_deficit AS d ON d.deficit = r.deficit
    INNER JOIN staging.measured_code AS c ON c.measure = r.measure AND (r.code IS NULL OR r.code = c.code)
),

record AS (
    SELECT
        e.person_id,
        d.deficit_number,
        '' AS for_sex,
        CAST(DATE_DIFF('day', DATE '1850-01-01', e.event_date) AS BIGINT) * 10000000
        + DATE_DIFF('day', DATE '1850-01-01', e.known_on) AS event_and_known
    FROM staging.gp_first_record AS e
    INNER JOIN staging.efi_deficit AS d ON d.list_id = e.list_id

    UNION ALL

    SELECT
        m.person_id,
        r.deficit_number,
        r.for_sex,
        m.event_and_known
    FROM staging.gp_measurement AS m
    INNER JOIN value_rule AS r ON r.code_number = m.code_number
    WHERE (r.below IS NULL OR m.value < r.below) AND (r.above IS NULL OR m.value > r.above)
),

earliest AS (
    SELECT
        person_id,
        deficit_number,
        for_sex,
        MIN(event_and_known) AS event_and_known,
        MIN(MOD(event_and_known, 10000000)) AS first_known_day
    FROM record
    GROUP BY person_id, deficit_number, for_sex
),

later AS (
    SELECT
        r.person_id,
        r.deficit_number,
        r.for_sex,
        MIN(r.event_and_known) AS event_and_known
    FROM record AS r
    INNER JOIN earliest AS f ON f.person_id = r.person_id AND f.deficit_number = r.deficit_number AND f.for_sex = r.for_sex
    WHERE f.first_known_day < MOD(f.event_and_known, 10000000)
        AND MOD(r.event_and_known, 10000000) < MOD(f.event_and_known, 10000000)
    GROUP BY r.person_id, r.deficit_number, r.for_sex, FLOOR(r.event_and_known / 10000000)
),

compared AS (
    SELECT
        person_id,
        deficit_number,
        for_sex,
        event_and_known,
        MIN(MOD(event_and_known, 10000000)) OVER (
            PARTITION BY person_id, deficit_number, for_sex
            ORDER BY event_and_known
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier_known_day
    FROM later
),

first_record AS (
    SELECT
        person_id,
        deficit_number,
        for_sex,
        event_and_known
    FROM earliest

    UNION ALL

    SELECT
        person_id,
        deficit_number,
        for_sex,
        event_and_known
    FROM compared
    WHERE earlier_known_day IS NULL OR MOD(event_and_known, 10000000) < earlier_known_day
)

SELECT
    person_id,
    deficit_number,
    for_sex,
    DATE '1850-01-01' + CAST(FLOOR(event_and_known / 10000000) AS INTEGER) AS event_date,
    DATE '1850-01-01' + CAST(MOD(event_and_known, 10000000) AS INTEGER) AS known_on
FROM first_record
