-- People on worklists, and whether their practice recorded a review.
-- grain: person on a list that was sent and came back, and the list's index date
-- reads: measures.listed, measures.recorded
--
-- happened_on: index date of the list; date; never missing
-- numerator: 1 if a status other than "to review" was recorded on that list; people; never missing
-- denominator: 1; people; never missing
-- source: store/worklists_sent and store/feedback; statuses as in CONTRACT section 4
SELECT
    l.person_id,
    l.index_date AS happened_on,
    MAX(CASE WHEN r.status <> 'to review' THEN 1 ELSE 0 END) AS numerator,
    1 AS denominator
FROM measures.listed AS l
LEFT JOIN measures.recorded AS r ON r.index_date = l.index_date AND r.person_id = l.person_id
GROUP BY l.person_id, l.index_date
