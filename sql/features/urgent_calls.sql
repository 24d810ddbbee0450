-- Calls to 111 and 999 before the index date.
-- grain: person with at least one call known at the index date
-- reads: features.index_date, features.known_urgent_call, features.population_source
-- order: 110
--
-- urgent_calls_111_30d: calls to 111 in the 30 days before the index date; count; 30 days; 0 if none
-- urgent_calls_111_90d: calls to 111 in the 90 days before the index date; count; 90 days; 0 if none
-- urgent_calls_111_365d: calls to 111 in the 365 days before the index date; count; 365 days; 0 if none
-- urgent_calls_999_30d: calls to 999 in the 30 days before the index date; count; 30 days; 0 if none
-- urgent_calls_999_90d: calls to 999 in the 90 days before the index date; count; 90 days; 0 if none
-- urgent_calls_999_365d: calls to 999 in the 365 days before the index date; count; 365 days; 0 if none
-- ambulance_conveyances_365d: calls after which an ambulance brought the person in, in the 365 days before the index date; null for all where no call of those days known says whether one did; count; 365 days; 0 if none, null if never given
-- days_since_urgent_call: whole days since the last call known, to 111 or 999; days; ever; null if none
-- urgent_calls_trend: calls to 111 and 999 per 90 days in that part of the last 90 days for which the source is complete, less the same per 90 days in the 365 days before those 90; events per 90 days; 90 days against the 365 before; 0 if none
-- source: CONTRACT section 1, urgent_call; trend as in docs/explanation/architecture.md
SELECT
    u.person_id,
    CAST(SUM(CASE WHEN u.source = '111' AND u.call_date >= i.index_date - INTERVAL 30 DAY THEN 1 ELSE 0 END) AS INTEGER) AS urgent_calls_111_30d,
    CAST(SUM(CASE WHEN u.source = '111' AND u.call_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS urgent_calls_111_90d,
    CAST(SUM(CASE WHEN u.source = '111' AND u.call_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS urgent_calls_111_365d,
    CAST(SUM(CASE WHEN u.source = '999' AND u.call_date >= i.index_date - INTERVAL 30 DAY THEN 1 ELSE 0 END) AS INTEGER) AS urgent_calls_999_30d,
    CAST(SUM(CASE WHEN u.source = '999' AND u.call_date >= i.index_date - INTERVAL 90 DAY THEN 1 ELSE 0 END) AS INTEGER) AS urgent_calls_999_90d,
    CAST(SUM(CASE WHEN u.source = '999' AND u.call_date >= i.index_date - INTERVAL 365 DAY THEN 1 ELSE 0 END) AS INTEGER) AS urgent_calls_999_365d,
    CAST(SUM(CASE WHEN u.call_date >= i.index_date - INTERVAL 365 DAY THEN CAST(u.is_conveyed AS INTEGER) END) AS INTEGER) AS ambulance_conveyances_365d,
    CAST(DATE_DIFF('day', MAX(u.call_date), MAX(i.index_date)) AS INTEGER) AS days_since_urgent_call,
    CAST(SUM(CASE WHEN u.call_date >= i.index_date - INTERVAL 90 DAY AND u.call_date < s.complete_to THEN 1 ELSE 0 END) AS DOUBLE)
    * 90 / NULLIF(90 - DATE_DIFF('day', MAX(s.complete_to), MAX(i.index_date)), 0)
    - CAST(
        SUM(
            CASE
                WHEN u.call_date >= i.index_date - INTERVAL 455 DAY AND u.call_date < i.index_date - INTERVAL 90 DAY THEN 1
                ELSE 0
            END
        ) AS DOUBLE
    ) * 90 / 365 AS urgent_calls_trend
FROM features.known_urgent_call AS u
CROSS JOIN features.index_date AS i
INNER JOIN features.population_source AS s ON s.table_name = 'urgent_call'
GROUP BY u.person_id
