-- Entries to a care home: long-term residential or nursing care that begins for somebody who had none.
-- grain: person and day of entry
-- reads: features.known_social_care_service
--
-- happened_on: when the care began; date; never missing
-- numerator: 1; entries; never missing
-- denominator: 0, as it is people registered that these are a rate of; entries; never missing
-- Care that begins while other such care is open, or the day after it ended, is a move between homes.
-- source: ASCOF 2C (formerly 2A(2)) in the terms of landing table social_care_service; councils do not see people who pay for themselves
SELECT DISTINCT
    s.person_id,
    s.start_date AS happened_on,
    1 AS numerator,
    0 AS denominator
FROM features.known_social_care_service AS s
LEFT JOIN features.known_social_care_service AS earlier
    ON
        earlier.person_id = s.person_id
        AND earlier.service_type IN ('residential_care', 'nursing_care')
        AND earlier.is_long_term
        AND earlier.start_date < s.start_date
        AND (earlier.end_date IS NULL OR earlier.end_date >= s.start_date - INTERVAL 1 DAY)
WHERE s.service_type IN ('residential_care', 'nursing_care') AND s.is_long_term AND earlier.person_id IS NULL
