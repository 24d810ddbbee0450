-- Who is who: the vault's table, which never enters the store.
-- grain: person
-- reads: identity.numbered, identity.person_name, identity.held_name
--
-- person_id: the number that stands for them; number; never missing
-- pseudonym: HMAC-SHA256 of the identifier; text; never missing
-- identifier: NHS number, or a sender's token with its mark; text; never missing
-- family_name: family name last sent; text; null if none
-- given_name: given name last sent; text; null if none
-- usual_gp: usual GP last sent; text; null if none
-- needs: reasonable adjustments, interpreter, advocate; text; null if none
-- source: CONTRACT section 1, person_name
WITH ranked AS (
    SELECT
        person_id,
        family_name,
        given_name,
        usual_gp,
        needs,
        ROW_NUMBER() OVER (
            PARTITION BY person_id
            ORDER BY available_date DESC NULLS LAST, family_name, given_name, usual_gp, needs
        ) AS place
    FROM identity.person_name
)
SELECT
    numbered.person_id,
    numbered.pseudonym,
    numbered.identifier,
    CASE WHEN sent.person_id IS NULL THEN held.family_name ELSE sent.family_name END AS family_name,
    CASE WHEN sent.person_id IS NULL THEN held.given_name ELSE sent.given_name END AS given_name,
    CASE WHEN sent.person_id IS NULL THEN held.usual_gp ELSE sent.usual_gp END AS usual_gp,
    CASE WHEN sent.person_id IS NULL THEN held.needs ELSE sent.needs END AS needs
FROM identity.numbered AS numbered
LEFT JOIN ranked AS sent ON sent.person_id = numbered.person_id AND sent.place = 1
LEFT JOIN identity.held_name AS held ON held.person_id = numbered.person_id
