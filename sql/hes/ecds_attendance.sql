-- HES A&E in the contract's shape.
-- grain: attendance
-- reads: hes.ae
--
-- source_file: file of the drop; text; never missing
-- source_row: row of that file, the first after the header is 1; number; never missing
-- nhs_number: the sender's token; text; null if none
-- attendance_id: HES attendance key; text; null if none
-- department_type: HES type, 01 to 04; 99 is not known and counts as no unplanned attendance; text; null if none
-- attendance_category: ECDS category: HES first is 1, unplanned follow-up 2, planned follow-up 4; text; null if not known
-- arrival_mode: 1 ambulance, 2 other; text; null if not known
-- source: sql/seeds/ecds_code.csv, dataset hes_ae (HES A&E technical output specification)
SELECT
    ae.source_file,
    ae.source_row,
    ae.token AS nhs_number,
    ae.aekey AS attendance_id,
    ae.arrivaldate AS arrival_date,
    LPAD(ae.aedepttype, 2, '0') AS department_type,
    CASE ae.aeattendcat WHEN '1' THEN '1' WHEN '2' THEN '4' WHEN '3' THEN '2' END AS attendance_category,
    CASE WHEN ae.aearrivalmode IN ('1', '2') THEN ae.aearrivalmode END AS arrival_mode
FROM hes.ae AS ae
