-- The eFI deficits that records give, numbered.
-- grain: deficit
-- reads: seeds.efi_deficit
--
-- deficit: deficit of seeds.efi_deficit; name; never missing
-- deficit_number: the deficit as a number, 1, 2, ...; number; never missing
-- list_id: its code list; name; never missing
-- Numbers stand for deficits where records are joined and grouped, which names make several times as dear.
-- source: Clegg 2016 as in seeds.efi_deficit
SELECT
    d.deficit,
    CAST(ROW_NUMBER() OVER (ORDER BY d.deficit) AS INTEGER) AS deficit_number,
    d.list_id
FROM seeds.efi_deficit AS d
WHERE d.list_id IS NOT NULL
