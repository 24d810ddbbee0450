-- Everyone who may not be used for the purpose at hand.
-- grain: person and reason
-- reads: permission.last_opt_out, permission.last_person, permission.excluded, permission.as_of
--
-- person_id: who; number; never missing
-- reason: kind of opt-out, or restricted; text; never missing
-- source: DESIGN section 7; in force unless it ended on or before the latest day any delivery covers
SELECT DISTINCT opt_out.person_id, opt_out.kind AS reason
FROM permission.last_opt_out AS opt_out
INNER JOIN permission.excluded AS excluded ON excluded.reason = opt_out.kind
CROSS JOIN permission.as_of AS today
WHERE opt_out.end_date IS NULL OR today.as_of IS NULL OR opt_out.end_date > today.as_of
UNION ALL
SELECT person.person_id, excluded.reason
FROM permission.last_person AS person
INNER JOIN permission.excluded AS excluded ON excluded.reason = 'restricted'
WHERE person.restricted
ORDER BY person_id, reason
