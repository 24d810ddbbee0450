-- Practices that HES rows name; HES does not say what they are called.
-- grain: practice
-- reads: hes.seen
--
-- practice_code: practice; text; never missing
-- practice_name: the code again; text; never missing
-- source: assumptions of the adapter (docs/how-to/read-hes-files.md)
SELECT DISTINCT practice_code, practice_code AS practice_name
FROM hes.seen
WHERE practice_code IS NOT NULL
ORDER BY practice_code
