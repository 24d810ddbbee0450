-- People whose record is restricted (sensitive on PDS), by everything held whatever the index date.
-- grain: restricted person
-- reads: intake.person
-- Of several versions of one person the last to become available, then the last delivered, is used; of two that cannot be
-- told apart the restricted one.
-- source: CONTRACT section 1, person; DESIGN section 7
WITH held AS (
    SELECT
        p.person_id,
        COALESCE(p.restricted, FALSE) AS is_restricted,
        ROW_NUMBER() OVER (
            PARTITION BY p.person_id
            ORDER BY
                CASE
                    WHEN p.available_date > DATE '1900-01-01' AND p.available_date < DATE '9999-12-31' THEN p.available_date
                    ELSE DATE '1850-01-01'
                END DESC,
                p.delivery DESC,
                CASE WHEN p.restricted THEN 0 ELSE 1 END
        ) AS preference
    FROM intake.person AS p
)

SELECT held.person_id
FROM held
WHERE held.preference = 1 AND held.is_restricted
