"""A column that says the same of everyone: a warning up to 10,000 people, above that the end of the build."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from riskstrat.contract import TABLES
from riskstrat.errors import RiskstratError
from riskstrat.features.catalogue import families, statements
from riskstrat.features.constant import _begin_with, made_from_never_sent
from riskstrat.features.parts import Parts
from riskstrat.features.snapshots import MUST_VARY_ABOVE
from riskstrat.project import Workspace
from riskstrat.warehouse import GrowingFile, Lineage, Warehouse

NOVEMBER = date(2026, 11, 1)
KINDS = {"VARCHAR": pl.String, "DATE": pl.Date, "INTEGER": pl.Int32, "DOUBLE": pl.Float64, "BOOLEAN": pl.Boolean}
ONE = {"VARCHAR": "1", "DATE": NOVEMBER, "INTEGER": 1, "DOUBLE": 1.0, "BOOLEAN": True}


@pytest.fixture
def workspace(tmp_path):
    """A store in which every landing table has one row with every column filled."""
    made = Workspace(tmp_path)
    for table in TABLES:
        land(made, table, never=())
    return made


def land(workspace, table, never, delivery=1):
    """Write one row of a landing table; the columns in ``never`` are there, as intake makes them, and empty."""
    columns = TABLES[table].columns
    row = {c.name: [None if c.name in never else ONE[c.type]] for c in columns}
    path = workspace.store / "intake" / table / f"delivery={delivery:06}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(row, schema={c.name: KINDS[c.type] for c in columns}).write_parquet(path)


def constant_of(workspace, people, columns):
    parts = Parts(workspace, NOVEMBER, is_withheld=True)
    parts._file = SimpleNamespace(rows=people, columns_that_do_not_vary=lambda: columns)
    return parts._columns_that_do_not_vary(frozenset(), MUST_VARY_ABOVE)


def test_ten_thousand_people_are_a_warning_and_one_more_stops_the_build(workspace):
    assert constant_of(workspace, 10_000, ["has_af"]) == ["has_af"]
    with pytest.raises(RiskstratError, match="1 column says the same of all 10,001 people: has_af"):
        constant_of(workspace, 10_001, ["has_af"])


def test_what_says_it_is_rare_may_be_nobodys(workspace):
    assert constant_of(workspace, 10_001, ["on_virtual_ward"]) == []


def test_few_columns_say_that_they_are_rare():
    """Each of them weakens the guard: services that a place may not have or not send, moves of practice (a sender may
    hold only the registrations in force), two conditions at once of which one is seldom coded, and what fewer than one
    in a thousand of the synthetic people have, so that a board just above 10,000 people may truly have nobody."""
    columns = [column for family in families() for column in family.statement.columns]
    assert {column.name for column in columns if "(rare)" in column.missing} == RARE


RARE = {
    "care_home_entered_365d",
    "dementia_living_alone",
    "direct_payment_open",
    "equipment_365d",
    "in_hospital_by_notice",
    "on_end_of_life_register",
    "on_virtual_ward",
    "practice_moves_730d",
    "sacubitril_valsartan_365d",
    "smi_with_diabetes",
    "urgent_community_response_contacts_365d",
}


def test_an_all_null_column_and_one_of_a_single_value_are_constant(tmp_path):
    written = GrowingFile(tmp_path / "part.parquet")
    sql = (
        "SELECT person_id, NULL::DOUBLE AS nobody, 0 AS zero, CASE WHEN person_id > 2 THEN 0 END AS zero_or_null, "
        "CASE WHEN person_id = 3 THEN 1 ELSE 0 END AS once, 'x' AS word FROM range(4) AS people (person_id)"
    )
    with Warehouse(tmp_path / "scratch", threads=1) as warehouse:
        warehouse.append(sql, written, ordered_by="person_id")
    assert written.columns_that_do_not_vary() == ["nobody", "zero", "zero_or_null", "word"]
    written.discard()


def test_a_column_made_from_what_no_delivery_sent_does_not_stop_the_build(workspace):
    land(workspace, "apc_episode", never=["patient_class"])
    land(workspace, "person", never=["ethnic_category"])
    assert constant_of(workspace, 10_001, ["ethnic_category", "day_cases_365d"]) == [
        "ethnic_category",
        "day_cases_365d",
    ]
    with pytest.raises(RiskstratError, match="1 column says the same of all 10,001 people: imd_decile"):
        constant_of(workspace, 10_001, ["ethnic_category", "imd_decile", "day_cases_365d"])


def test_a_table_that_is_there_without_rows_explains_nothing(workspace):
    """A feed that failed sends a header: zeros for all would look like good health. One left out is unknown."""
    path = workspace.store / "intake" / "ecds_attendance" / "delivery=000001.parquet"
    pl.read_parquet(path).clear().write_parquet(path)
    assert made_from_never_sent(workspace, ["ae_attendances_365d", "ae_high_acuity_attendances_365d"]) == {}
    with pytest.raises(RiskstratError, match="the same of all 10,001 people: ae_attendances_365d"):
        constant_of(workspace, 10_001, ["ae_attendances_365d"])


def test_what_a_column_is_made_from_is_found_through_every_statement(workspace):
    every_diagnosis = [column.name for column in TABLES["apc_episode"].columns if column.name.startswith("diagnosis")]
    assert made_from_never_sent(workspace, ["hfrs", "charlson", "bmi", "has_af"]) == {}
    land(workspace, "apc_episode", never=[*every_diagnosis, "cost"])
    land(workspace, "gp_event", never=["value"])
    found = made_from_never_sent(workspace, ["hfrs", "emergency_admissions_365d", "bmi", "has_af"])
    assert found == {"hfrs": ("apc_episode.diagnosis",), "bmi": ("gp_event.value",)}
    land(workspace, "apc_episode", never=[*every_diagnosis[1:]])
    assert "hfrs" not in made_from_never_sent(workspace, ["hfrs"]), "one diagnosis is enough"
    land(workspace, "gp_event", never=[], delivery=2)
    assert made_from_never_sent(workspace, ["bmi"]) == {}, "any delivery is enough"


def test_the_lineage_of_every_column_is_found():
    lineage = Lineage(statements(), _begin_with())
    for family in families():
        for column in family.statement.columns:
            begins = {table for table, _ in lineage.begins_in(family.statement.table, column.name)}
            assert any(table.startswith("intake.") for table in begins), column.name
