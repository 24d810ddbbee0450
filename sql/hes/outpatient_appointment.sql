-- HES outpatients in the contract's shape.
-- grain: appointment
-- reads: hes.op
--
-- source_file: file of the drop; text; never missing
-- source_row: row of that file, the first after the header is 1; number; never missing
-- nhs_number: the sender's token; text; null if none
-- attendance_status: ATTENDED code; text; null if none
-- first_attendance: FIRSTATT code; text; null if none
-- source: sql/seeds/outpatient_attendance.csv, sql/seeds/outpatient_first_attendance.csv (HES outpatient specification)
SELECT
    op.source_file,
    op.source_row,
    op.token AS nhs_number,
    op.apptdate AS appointment_date,
    op.attended AS attendance_status,
    NULLIF(REGEXP_REPLACE(op.tretspef, '[^0-9A-Z]', '', 'g'), '') AS treatment_function_code,
    op.firstatt AS first_attendance
FROM hes.op AS op
