-- People in the groups that need a structured medication review, and whether one is on their record.
-- grain: person who meets the rule structured-medication-review, reviewed or not
-- reads: measures.snapshot, measures.rule_hit, features.index_date
--
-- happened_on: the index date; date; never missing
-- numerator: 1 if a structured medication review is coded in the 365 days before; people; never missing
-- denominator: 1; people; never missing
-- source: sql/rules/structured_medication_review.toml, whose groups are those that the network contract names; structured_medication_review_coded_365d of the snapshot
SELECT DISTINCT
    s.person_id,
    i.index_date AS happened_on,
    s.structured_medication_review_coded_365d AS numerator,
    1 AS denominator
FROM measures.snapshot AS s
INNER JOIN measures.rule_hit AS h ON h.person_id = s.person_id AND h.rule_id = 'structured-medication-review'
CROSS JOIN features.index_date AS i
WHERE s.structured_medication_review_coded_365d IS NOT NULL
