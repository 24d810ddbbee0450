-- The records that can give a person an eFI deficit first, whatever the index date: coded events and measured values.
-- grain: person, deficit, sex the rule asks for (empty if any) and event date
-- reads: staging.gp_first_record, staging.gp_measurement, seeds.efi_deficit, seeds.efi_value_rule
--
-- deficit: one of the 35 deficits that records give; name; never missing
-- for_sex: the sex a value rule is for, empty where it does not ask; code; never missing
-- event_date: when it happened; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- Only what can be the first of its code list can be a deficit's first. Of measured values the earliest and the day it was
-- known are found as in staging.gp_first_record, and most others left out before the rest are compared.
-- source: Clegg 2016 as in seeds.efi_deficit; value rules that attested codes allow, in seeds.efi_value_rule
WITH measured AS (
    SELECT
        m.person_id,
        r.deficit,
        COALESCE(r.sex, '') AS for_sex,
        m.event_date,
        m.known_on
    FROM staging.gp_measurement AS m
    INNER JOIN seeds.efi_value_rule AS r
        ON r.measure = m.measure AND (r.code IS NULL OR r.code = m.code)
    WHERE (r.below IS NULL OR m.value < r.below) AND (r.above IS NULL OR m.value > r.above)
),

first_measured AS (
    SELECT
        person_id,
        deficit,
        for_sex,
        MIN(
            CAST(DATE_DIFF('day', DATE '1850-01-01', event_date) AS BIGINT) * 10000000
            + DATE_DIFF('day', DATE '1850-01-01', known_on)
        ) AS event_and_known
    FROM measured
    GROUP BY person_id, deficit, for_sex
),

record AS (
    SELECT
        e.person_id,
        d.deficit,
        '' AS for_sex,
        e.event_date,
        e.known_on
    FROM staging.gp_first_record AS e
    INNER JOIN seeds.efi_deficit AS d ON d.list_id = e.list_id

    UNION ALL

    SELECT
        m.person_id,
        m.deficit,
        m.for_sex,
        m.event_date,
        m.known_on
    FROM measured AS m
    INNER JOIN first_measured AS f ON f.person_id = m.person_id AND f.deficit = m.deficit AND f.for_sex = m.for_sex
    WHERE
        DATE_DIFF('day', DATE '1850-01-01', m.known_on) < MOD(f.event_and_known, 10000000)
        OR CAST(DATE_DIFF('day', DATE '1850-01-01', m.event_date) AS BIGINT) * 10000000
        + DATE_DIFF('day', DATE '1850-01-01', m.known_on) = f.event_and_known
),

dated AS (
    SELECT
        person_id,
        deficit,
        for_sex,
        event_date,
        MIN(known_on) AS known_on
    FROM record
    GROUP BY person_id, deficit, for_sex, event_date
),

compared AS (
    SELECT
        person_id,
        deficit,
        for_sex,
        event_date,
        known_on,
        MIN(known_on) OVER (
            PARTITION BY person_id, deficit, for_sex
            ORDER BY event_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier_known_on
    FROM dated
)

SELECT
    person_id,
    deficit,
    for_sex,
    event_date,
    known_on
FROM compared
WHERE earlier_known_on IS NULL OR known_on < earlier_known_on
