-- People registered, and whether dementia is on their record.
-- grain: person of the snapshot of whom it is known
-- reads: measures.snapshot, features.index_date
--
-- happened_on: the index date; date; never missing
-- numerator: 1 if dementia is recorded and not resolved; people; never missing
-- denominator: 1; people; never missing
-- source: has_dementia of the snapshot
SELECT
    s.person_id,
    i.index_date AS happened_on,
    s.has_dementia AS numerator,
    1 AS denominator
FROM measures.snapshot AS s
CROSS JOIN features.index_date AS i
WHERE s.has_dementia IS NOT NULL
