-- The records that can give a person an eFI deficit first, whatever the index date: coded events and measured values.
-- grain: person, deficit, sex the rule asks for (empty if any) and event date
-- reads: staging.gp_list_event, staging.gp_measurement, seeds.efi_deficit, seeds.efi_value_rule
--
-- deficit: one of the 35 deficits that records give; name; never missing
-- for_sex: the sex a value rule is for, empty where it does not ask; code; never missing
-- event_date: when it happened; date; never missing
-- known_on: day from which it can be known: at an index date after it; date; never missing
-- source: Clegg 2016 as in seeds.efi_deficit; value rules that attested codes allow, in seeds.efi_value_rule
WITH record AS (
    SELECT
        e.person_id,
        d.deficit,
        '' AS for_sex,
        e.event_date,
        e.known_on
    FROM staging.gp_list_event AS e
    INNER JOIN seeds.efi_deficit AS d ON d.list_id = e.list_id

    UNION ALL

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
