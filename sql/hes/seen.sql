-- Every time HES saw a person, with what that row says of them.
-- grain: row of any HES file
-- reads: hes.apc, hes.ae, hes.op
--
-- token: the sender's token; text; never missing
-- seen_on: day of the admission, arrival or appointment; date; null if a sentinel date
-- birth_date: first of the month of MYDOB, unless after admission, else the day seen less the age (docs); date; null if none
-- practice_code: practice of the row; text; null if none, not known or not applicable
-- death_date: discharge date of a stay that ended in death; date; null if none
-- lsoa_code: LSOA of 2011, else of 2001; text; null if none
-- source: V81997, V81998 and V81999 are the codes for no, no applicable and no known practice (left out likewise by the
-- mental health services data set's published SQL); DISCHARGE METHOD 4 is "patient died" (sql/seeds/discharge_method.csv)
WITH stacked AS (
    SELECT
        token,
        epikey AS row_key,
        TRY_CAST(admidate AS DATE) AS seen_on,
        CASE
            WHEN TRY_CAST(SUBSTR(mydob, 3, 4) || '-' || SUBSTR(mydob, 1, 2) || '-01' AS DATE) <= TRY_CAST(admidate AS DATE)
                THEN TRY_CAST(SUBSTR(mydob, 3, 4) || '-' || SUBSTR(mydob, 1, 2) || '-01' AS DATE)
            ELSE
                CAST(
                    TRY_CAST(admidate AS DATE) - CAST(CEIL(TRY_CAST(age AS DOUBLE) * 365.25) AS INTEGER) * INTERVAL 1 DAY AS DATE
                )
        END AS birth_date,
        sex,
        ethnos,
        gpprac,
        CASE WHEN dismeth = '4' THEN TRY_CAST(disdate AS DATE) END AS death_date,
        COALESCE(lsoa11, lsoa01) AS lsoa_code
    FROM hes.apc
    UNION ALL
    SELECT
        token,
        aekey,
        TRY_CAST(arrivaldate AS DATE),
        CAST(TRY_CAST(arrivaldate AS DATE) - CAST(ROUND((TRY_CAST(age AS DOUBLE) + 0.5) * 365.25) AS INTEGER) * INTERVAL 1 DAY AS DATE),
        sex,
        ethnos,
        gpprac,
        NULL,
        COALESCE(lsoa11, lsoa01)
    FROM hes.ae
    UNION ALL
    SELECT
        token,
        attendkey,
        TRY_CAST(apptdate AS DATE),
        CAST(TRY_CAST(apptdate AS DATE) - CAST(ROUND((TRY_CAST(age AS DOUBLE) + 0.5) * 365.25) AS INTEGER) * INTERVAL 1 DAY AS DATE),
        sex,
        ethnos,
        gpprac,
        NULL,
        COALESCE(lsoa11, lsoa01)
    FROM hes.op
)
SELECT
    token,
    row_key,
    CASE WHEN seen_on > DATE '1901-01-01' THEN seen_on END AS seen_on,
    CASE WHEN birth_date > DATE '1801-01-01' THEN birth_date END AS birth_date,
    CASE WHEN sex IN ('1', '2', '9', '0', 'X') THEN sex ELSE 'X' END AS sex,
    CASE WHEN REGEXP_MATCHES(ethnos, '^[A-Z]$') THEN ethnos END AS ethnic_category,
    CASE
        WHEN REGEXP_MATCHES(gpprac, '^[A-Z][0-9A-Z]{5}$') AND gpprac NOT IN ('V81997', 'V81998', 'V81999') THEN gpprac
    END AS practice_code,
    CASE WHEN death_date > DATE '1901-01-01' THEN death_date END AS death_date,
    lsoa_code
FROM stacked
WHERE token IS NOT NULL
