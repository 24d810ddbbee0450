-- Everyone the store knows, with the number that stands for them.
-- grain: identifier (NHS number, or a sender's token)
-- reads: identity.held, identity.candidate, identity.key_pads
--
-- person_id: dense number, meaningless outside the store; number; never missing
-- pseudonym: HMAC-SHA256 of the identifier as 64 hexadecimal digits; text; never missing
-- identifier: normalised NHS number, or the token with its mark; text; never missing
-- source: RFC 2104 (HMAC: the outer hash over key XOR 0x5c and the inner one, the inner over key XOR 0x36 and the text)
-- People held keep their number; new ones are numbered in the order of their pseudonyms
WITH fresh AS (
    SELECT
        candidate.identifier,
        SHA256(pads.outer_pad || UNHEX(SHA256(pads.inner_pad || ENCODE(candidate.identifier)))) AS pseudonym
    FROM identity.candidate AS candidate
    CROSS JOIN identity.key_pads AS pads
    WHERE NOT EXISTS (SELECT 1 FROM identity.held AS held WHERE held.identifier = candidate.identifier)
),
last_number AS (
    SELECT COALESCE(MAX(person_id), 0) AS person_id FROM identity.held
)
SELECT person_id, pseudonym, identifier FROM identity.held
UNION ALL
SELECT
    CAST(last_number.person_id + ROW_NUMBER() OVER (ORDER BY fresh.pseudonym) AS INTEGER) AS person_id,
    fresh.pseudonym,
    fresh.identifier
FROM fresh
CROSS JOIN last_number
