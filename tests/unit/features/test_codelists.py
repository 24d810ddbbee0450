"""Shipped lists are well formed and attested; imported ones are checked, pinned and used."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from riskstrat.contract import TABLES
from riskstrat.errors import InputRefused, IntegrityFault, UsageFault
from riskstrat.features.codelists import (
    CODE_LIST_COLUMNS,
    SYSTEMS,
    fault_in,
    import_codelist,
    is_snomed_id,
    list_versions,
    normal_code,
    seed_tables,
    seeds_sha256,
    summary,
)
from riskstrat.project import Workspace, resource
from riskstrat.warehouse import read_layer

SEEDS = seed_tables()
LISTS = SEEDS["seeds.code_list"]
REFERENCE = Path(__file__).parents[4] / "shared" / "reference"


def test_every_shipped_code_is_written_as_its_system_asks() -> None:
    assert set(LISTS["system"]) == {"snomed_ct", "icd10", "bnf"}
    wrong = [
        (row["list_id"], row["code"], fault_in(row["system"], row["code"]))
        for row in LISTS.iter_rows(named=True)
        if fault_in(row["system"], row["code"]) or normal_code(row["system"], row["code"]) != row["code"]
    ]
    assert wrong == []


def test_no_code_is_on_a_list_twice_and_every_row_says_where_it_is_from() -> None:
    assert LISTS.select("list_id", "system", "code").is_duplicated().sum() == 0
    for column in ("list_id", "code", "term", "version", "source"):
        assert LISTS[column].null_count() == 0, column
    for name, frame in SEEDS.items():
        assert frame["source"].null_count() == 0, name
        assert frame["version"].null_count() == 0, name


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference facts are not beside this checkout")
def test_every_shipped_code_is_attested_in_the_reference() -> None:
    attested = set()
    for file, system, column in (
        ("snomed_starter.csv", "snomed_ct", "code"),
        ("icd10_lists.csv", "icd10", "icd10_prefix"),
        ("bnf_lists.csv", "bnf", "bnf_prefix"),
    ):
        frame = pl.read_csv(REFERENCE / "codes" / file, infer_schema_length=0)
        attested |= {(system, code) for code in frame[column]}
    shipped = {(row["system"], row["code"]) for row in LISTS.iter_rows(named=True) if row["version"] == "2026-11"}
    assert shipped <= attested


def test_every_code_gathered_later_names_where_it_was_seen() -> None:
    later = LISTS.filter(pl.col("version") != "2026-11")
    assert set(later["version"]) == {"2026-11.2"}
    assert later["source"].str.contains("/|attested in public").all()


def test_lists_that_seeds_and_sql_name_exist() -> None:
    there = set(LISTS["list_id"])
    for table in ("condition", "medicine_group", "measurement", "efi_deficit"):
        named = set(SEEDS[f"seeds.{table}"]["list_id"].drop_nulls())
        assert named <= there, table
    assert set(SEEDS["seeds.condition"]["resolved_list_id"].drop_nulls()) <= there
    quoted = re.compile(r"list_id (?:=|IN \() ?((?:\s*'[a-z0-9_]+',?)+)|CASE [a-z]+\.list_id((?: WHEN '[a-z_]+')+)")
    for layer in ("staging", "features", "labels"):
        for statement in read_layer(layer):
            found = [
                name for match in quoted.finditer(statement.sql) for name in re.findall(r"'([a-z0-9_]+)'", match[0])
            ]
            assert set(found) <= there, statement.table


def test_seeds_agree_with_each_other() -> None:
    assert len(SEEDS["seeds.efi_deficit"]) == 36
    assert len(SEEDS["seeds.hfrs_weight"]) == 109
    assert SEEDS["seeds.esp2013"]["weight"].sum() == 100_000
    deficits = set(SEEDS["seeds.efi_deficit"]["deficit"])
    assert set(SEEDS["seeds.efi_value_rule"]["deficit"]) <= deficits
    measures = set(SEEDS["seeds.measurement"]["measure"])
    assert set(SEEDS["seeds.efi_value_rule"]["measure"]) <= measures
    assert set(SEEDS["seeds.measurement_unit"]["measure"]) == measures
    conditions = set(SEEDS["seeds.charlson_weight"]["condition"])
    assert set(SEEDS["seeds.charlson_weight"]["superseded_by"].drop_nulls()) <= conditions
    assert len(SEEDS["seeds.cambridge_weight"]) == 20
    ends = SEEDS["seeds.condition"].group_by("condition").agg(pl.exclude("list_id", "version", "source").n_unique())
    assert ends.select(pl.exclude("condition").max()).row(0) == (1, 1, 1), "the lists of a condition agree"
    emergency = SEEDS["seeds.admission_method"].filter(pl.col("is_emergency"))["code"]
    assert sorted(emergency) == ["21", "22", "23", "24", "25", "28", "2A", "2B", "2D"]
    pattern = TABLES["gp_event"].column("snomed_code").pattern
    assert pattern is not None
    assert all(re.fullmatch(pattern, code) for code in LISTS.filter(pl.col("system") == "snomed_ct")["code"])


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("49436004", True),  # atrial fibrillation
        ("1022431000000105", True),  # haemoglobin estimation, of the UK extension
        ("49436005", False),  # another check digit
        ("49463004", False),  # two digits exchanged
        ("4943", False),
        ("049436004", False),
        ("49436004\u0664", False),
    ],
)
def test_snomed_check_digit(code: str, is_one: bool) -> None:
    assert is_snomed_id(code) is is_one


@pytest.mark.parametrize(
    ("system", "code", "fault"),
    [
        ("snomed_ct", "1.02243E+15", "spreadsheet"),
        ("snomed_ct", "1022431000000000", "zeros"),
        ("snomed_ct", "C10E.", "digits"),
        ("snomed_ct", "49436005", "check digit"),
        ("icd10", "10", "icd10"),
        ("bnf", "BNF", "bnf"),
        ("icd10", "E11", None),
        ("opcs4", "K40", None),
    ],
)
def test_faults_are_said_in_words(system: str, code: str, fault: str | None) -> None:
    said = fault_in(system, code)
    assert said is None if fault is None else fault in str(said)


def test_icd10_is_compared_without_dot_dash_or_padding() -> None:
    assert [normal_code("icd10", code) for code in ("i10x", "I48.9", "F00-", " E11 ", "S72.0X")] == [
        "I10",
        "I489",
        "F00",
        "E11",
        "S720",
    ]


FIT_CODES = "code,term\n49436004,Atrial fibrillation\n5370000,Atrial flutter\n49436004,Atrial fibrillation\n"


def taken(folder: Path, text: str, **more: str):
    file = folder / "list.csv"
    file.write_text(text, encoding="utf-8")
    said = {"list_id": "af", "system": "snomed_ct", "version": "2026-12", "source": "opencodelists.org/af"} | more
    return import_codelist(file, into=folder / "codelists", **said)


def test_the_hash_of_what_is_in_use_moves_with_a_list_that_a_board_pins(tmp_path: Path) -> None:
    shipped = seeds_sha256()
    assert seeds_sha256(Workspace(tmp_path)) == shipped
    taken(tmp_path, FIT_CODES)
    assert seeds_sha256(Workspace(tmp_path)) != shipped == seeds_sha256()


def test_an_opencodelists_file_is_pinned_and_replaces_the_shipped_list(tmp_path: Path) -> None:
    pinned = taken(tmp_path, FIT_CODES)
    assert (pinned.form, pinned.codes) == ("opencodelists", 2)
    assert str(pinned) == "af version 2026-12: 2 snomed_ct codes, pinned in af/snomed_ct.2026-12.csv"
    workspace = Workspace(tmp_path)
    used = seed_tables(workspace)["seeds.code_list"]
    assert used.columns == list(CODE_LIST_COLUMNS)
    of_list = used.filter((pl.col("list_id") == "af") & (pl.col("system") == "snomed_ct"))
    assert of_list["code"].to_list() == ["49436004", "5370000"]
    assert set(of_list["version"]) == {"2026-12"}
    kept = used.filter((pl.col("list_id") == "af") & (pl.col("system") == "icd10"))
    assert set(kept["version"]) == {"2026-11"}, "the ICD-10 list of the same name stays"
    assert ("af", "snomed_ct", "2026-12", 2) in list_versions(workspace)
    said = json.loads(pinned.path.with_suffix(".json").read_text())
    assert said["source"] == "opencodelists.org/af"
    assert said["sha256"] == pinned.sha256


def test_a_pcd_refset_is_read_by_cluster(tmp_path: Path) -> None:
    text = (
        "Cluster_ID,Cluster_Description,SNOMED_code,SNOMED_code_description,PCD_Refset_ID\n"
        "AFIB_COD,Atrial fibrillation codes,49436004,Atrial fibrillation,999\n"
        "AST_COD,Asthma codes,195967001,Asthma,998\n"
    )
    pinned = taken(tmp_path, text, cluster="AFIB_COD")
    assert (pinned.form, pinned.codes) == ("pcd_refset", 1)
    with pytest.raises(InputRefused, match="no cluster AF_COD") as refused:
        taken(tmp_path, text)
    assert "AFIB_COD, AST_COD" in str(refused.value)


def test_a_plain_csv_of_icd10_is_normalised(tmp_path: Path) -> None:
    pinned = taken(tmp_path, "ICD10,Description\nI48.X,AF\ni48.9,AF\n", system="icd10")
    assert pinned.form == "csv"
    assert pl.read_csv(pinned.path)["code"].to_list() == ["I48", "I489"]


def test_the_same_file_again_changes_nothing_and_a_version_never_changes(tmp_path: Path) -> None:
    first = taken(tmp_path, FIT_CODES)
    before = first.path.read_bytes()
    assert taken(tmp_path, FIT_CODES) == first
    assert first.path.read_bytes() == before
    with pytest.raises(InputRefused, match="already pinned"):
        taken(tmp_path, "code,term\n49436004,AF\n")
    taken(tmp_path, "code,term\n49436004,AF\n", version="2027-01")
    used = seed_tables(Workspace(tmp_path))["seeds.code_list"].filter(pl.col("version") == "2027-01")
    assert len(used) == 1, "the version that sorts last is used"


def test_codes_that_a_spreadsheet_mangled_are_refused_by_row(tmp_path: Path) -> None:
    text = (
        "code,term\n1.02243E+15,Haemoglobin\n49436004,AF\n1022431000000100,rounded\n49436009,typing error\nabc,x\n,y\n"
    )
    with pytest.raises(InputRefused, match="rows that are not snomed_ct codes: 5") as refused:
        taken(tmp_path, text)
    assert refused.value.exit_code == 3
    for said in ("row 2:", "row 4:", "row 5:", "row 6:", "row 7: no code"):
        assert said in str(refused.value)
    assert not (tmp_path / "codelists").exists(), "nothing is half imported"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no codes"),
        ("code,term\n", "no codes"),
        ("concept,term\n1,x\n", "no column of codes"),
        ("code,term\n , \n", "no codes"),
    ],
)
def test_files_without_codes_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputRefused, match=said):
        taken(tmp_path, text)


def test_names_are_checked_and_files_must_be_text(tmp_path: Path) -> None:
    for wrong in ({"system": "read2"}, {"list_id": "../af"}, {"version": ".."}, {"source": " "}):
        with pytest.raises(UsageFault):
            taken(tmp_path, FIT_CODES, **wrong)
    with pytest.raises(UsageFault, match="no file"):
        import_codelist(tmp_path / "x.csv", list_id="af", system="icd10", version="1", source="x", into=tmp_path)
    sheet = tmp_path / "list.xlsx"
    sheet.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(InputRefused, match="UTF-8"):
        import_codelist(sheet, list_id="af", system="icd10", version="1", source="x", into=tmp_path)


def test_a_pinned_list_that_was_changed_is_an_integrity_fault(tmp_path: Path) -> None:
    pinned = taken(tmp_path, FIT_CODES)
    pinned.path.write_text(pinned.path.read_text() + "af,snomed_ct,195967001,Asthma,2026-12,x,,,\n")
    with pytest.raises(IntegrityFault, match="af version 2026-12"):
        seed_tables(Workspace(tmp_path))


def test_the_reference_page_lists_what_is_shipped() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "code-lists.md").read_text(encoding="utf-8")
    assert summary() in page, "refresh the table from riskstrat.features.codelists.summary()"


def test_seeds_are_files_of_the_package() -> None:
    assert {path.stem for path in resource("sql/seeds").glob("*.csv")} >= {"hfrs_weight", "code_list_snomed_ct"}
    assert "snomed_ct" in SYSTEMS


@pytest.mark.parametrize("sex", ["1", "2"])
@pytest.mark.parametrize("age", [18, 64, 79, 80, 105])
def test_a_measured_value_has_one_range_at_each_age(sex: str, age: int) -> None:
    ranges = SEEDS["seeds.measurement_range"]
    holding = ranges.filter(
        pl.col("sex").is_null() | (pl.col("sex") == sex), pl.col("age_from") <= age, pl.col("age_to") >= age
    )
    assert holding["measure"].is_duplicated().sum() == 0
    assert set(holding["measure"]) == set(SEEDS["seeds.measurement"]["measure"]) - {"weight"}
