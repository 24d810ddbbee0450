"""Every clinical code the generator writes is attested in the public lists it names."""

import csv
from pathlib import Path

import pytest

from riskstrat.project import resource

REFERENCE = Path(__file__).parents[4] / "shared" / "reference"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference lists are not beside the checkout")


def _rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _parameters(name):
    return _rows(resource(f"synthetic_data/{name}.csv"))


def test_every_parameter_states_unit_source_and_year():
    for path in sorted(resource("synthetic_data").glob("*.csv")):
        rows = _rows(path)
        assert rows, path.name
        if path.name not in ("codes.csv", "names.csv"):
            assert {"unit", "source", "year"} <= set(rows[0]), path.name
            assert "value" in rows[0] or "ages_80" in rows[0], path.name
        assert all(row["source"] for row in rows), path.name


@needs_reference
def test_snomed_codes_are_in_the_starter_or_shipped_lists_under_the_same_list(population):
    attested = {(row["list_id"], row["code"]) for row in _rows(REFERENCE / "codes" / "snomed_starter.csv")}
    attested |= {(row["list_id"], row["code"]) for row in _rows(resource("sql/seeds/code_list_snomed_ct.csv"))}
    ours = {(row["list_id"], row["code"]) for row in _parameters("codes")}
    assert ours <= attested
    written = set(population.table("gp_event")["snomed_code"].unique())
    assert written <= {code for _, code in ours}


@needs_reference
def test_deficits_of_codes_are_those_of_the_reference_lists():
    lists = {}
    for row in _rows(REFERENCE / "codes" / "snomed_starter.csv"):
        if row["list_id"].startswith("efi_"):
            lists.setdefault(row["code"], set()).add(row["list_id"])
    for row in _parameters("codes"):
        assert bool(row["deficit"]) == (row["code"] in lists), row["term"]
        assert len(lists.get(row["code"], ())) <= 1, row["term"]


@needs_reference
def test_icd10_codes_begin_with_an_attested_prefix(population):
    attested = {row["icd10_prefix"] for row in _rows(REFERENCE / "codes" / "icd10_lists.csv")}
    attested |= {row["icd10"] for row in _rows(REFERENCE / "hfrs_weights.csv")}
    for row in _rows(REFERENCE / "charlson_shmi_weights.csv"):
        attested |= set(row["icd10_prefixes"].split("|"))
    episodes = population.table("apc_episode")
    written = {code for n in range(1, 13) for code in episodes[f"diagnosis_{n:02}"].drop_nulls().unique()}
    assert len(written) > 60
    assert sorted(code for code in written if not any(code.startswith(prefix) for prefix in attested)) == []


@needs_reference
def test_medicines_begin_with_an_attested_prefix_and_have_fifteen_characters(population):
    attested = {row["bnf_prefix"] for row in _rows(REFERENCE / "codes" / "bnf_lists.csv")}
    written = population.table("gp_prescription")["bnf_code"].unique().to_list()
    assert all(len(code) == 15 for code in written)
    assert [code for code in written if not any(code.startswith(prefix) for prefix in attested)] == []


@needs_reference
def test_data_dictionary_codes_are_listed(population):
    episodes, codes = population.table("apc_episode"), REFERENCE / "codes"
    for column, file in (
        ("admission_method", "admission_methods"),
        ("admission_source", "admission_sources"),
        ("discharge_method", "discharge_methods"),
        ("discharge_destination", "discharge_destinations"),
        ("patient_class", "patient_classification"),
    ):
        assert set(episodes[column].drop_nulls()) <= {row["code"] for row in _rows(codes / f"{file}.csv")}, column
    ethnic = {row["code"] for row in _rows(codes / "ethnic_category.csv")}
    assert set(population.table("person")["ethnic_category"]) <= ethnic
