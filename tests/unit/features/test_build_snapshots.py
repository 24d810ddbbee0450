"""Snapshots from a landed drop: what is written, kept, refused and removed by purpose."""

from datetime import date

import polars as pl
import pytest

from riskstrat.errors import InputRefused, RiskstratError, UsageFault
from riskstrat.features import (
    build_snapshots,
    dictionary,
    read_attrition,
    read_snapshot,
    read_sources,
    snapshots,
    usable_dates,
)
from riskstrat.features.catalogue import statements
from riskstrat.features.kept import NOTE
from riskstrat.features.parts import SOURCE_COLUMNS
from riskstrat.intake import bar_people, open_store, take_drop
from riskstrat.project import Workspace
from riskstrat.settings import OptOutPolicy
from riskstrat.synthetic import generate_drop
from riskstrat.warehouse import needed_for

NOVEMBER, AUGUST = date(2026, 11, 1), date(2026, 8, 1)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("board")
    generate_drop(400, 7, root / "drop")
    made = Workspace(root / "workspace")
    made.key_file.parent.mkdir(parents=True)
    made.key_file.write_text("5e" * 32, encoding="ascii")
    made.key_file.chmod(0o600)
    take_drop(made, root / "drop")
    build_snapshots(made, [NOVEMBER, AUGUST])
    return made


def test_a_snapshot_has_a_row_per_person_and_the_columns_of_the_dictionary(workspace):
    frame = read_snapshot(workspace, NOVEMBER)
    assert frame.columns == ["person_id", "index_date", "practice_code", *(entry.name for entry in dictionary())]
    assert frame["person_id"].is_sorted()
    assert frame["person_id"].is_unique().all()
    assert frame["index_date"].unique().to_list() == [NOVEMBER]
    assert set(frame.dtypes) <= {pl.Int32, pl.Float64, pl.String, pl.Date}
    assert frame["emergency_admissions_365d"].null_count() == 0
    assert frame["emergency_admissions_30d"].null_count() == len(frame), "six weeks late: unknown, not zero"
    assert workspace.index_dates("features") == [AUGUST, NOVEMBER]


def test_attrition_ends_at_the_snapshot_and_sources_say_how_far_they_reach(workspace):
    attrition = read_attrition(workspace, NOVEMBER)
    assert attrition["remaining"].to_list()[-1] == len(read_snapshot(workspace, NOVEMBER))
    everyone, *stopped = attrition["people"].to_list()
    assert everyone == sum(stopped) + attrition["remaining"].to_list()[-1]
    sources = read_sources(workspace, NOVEMBER)
    assert sources.columns == list(SOURCE_COLUMNS)
    assert sources.filter(pl.col("table_name") == "apc_episode")["complete_to"].item() == date(2026, 9, 20)


def test_a_snapshot_of_the_same_inputs_is_kept_and_a_new_setting_makes_it_again(workspace):
    path = build_snapshots(workspace, [NOVEMBER])[0]
    before = path.stat().st_mtime_ns
    said: list[str] = []
    build_snapshots(workspace, [NOVEMBER], progress=said.append)
    assert path.stat().st_mtime_ns == before
    assert said == []
    kept = path.read_bytes()
    settings = workspace.root / "riskstrat.toml"
    settings.write_text("[sources.urgent_call]\nlag_days = 31\n", encoding="utf-8")
    late = Workspace(workspace.root)
    build_snapshots(late, [NOVEMBER])
    frame = read_snapshot(late, NOVEMBER)
    assert frame["urgent_calls_111_30d"].null_count() == len(frame)
    settings.unlink()
    build_snapshots(workspace, [NOVEMBER])
    assert path.read_bytes() == kept, "the same inputs give the same bytes"


@pytest.mark.parametrize("day", [date(2026, 12, 1), date(2010, 1, 1)])
def test_an_index_date_the_data_do_not_reach_is_refused(workspace, day):
    with pytest.raises(InputRefused, match=f"unknown index date {day}: the data held") as refused:
        build_snapshots(workspace, [day])
    assert refused.value.exit_code == 3
    assert ("latest index date" if day > NOVEMBER else "choose a later one") in str(refused.value)
    assert usable_dates(workspace, [day, AUGUST]) == [AUGUST]


def test_an_index_date_is_the_first_of_a_month(workspace):
    with pytest.raises(UsageFault, match="first of a month"):
        build_snapshots(workspace, [date(2026, 10, 15)])


def test_a_snapshot_that_is_not_made_yet_says_how_to_make_it(workspace):
    with pytest.raises(InputRefused, match="riskstrat features --index-date 2024-01-01"):
        read_snapshot(workspace, date(2024, 1, 1))


def test_an_empty_workspace_says_to_take_a_drop(tmp_path):
    with pytest.raises(InputRefused, match="riskstrat intake DROP"):
        build_snapshots(Workspace(tmp_path), [NOVEMBER])


def test_above_ten_thousand_people_a_column_that_never_varies_stops_the_build(workspace, monkeypatch):
    said: list[str] = []
    part = workspace.part("features", AUGUST)
    (part.parent / NOTE).unlink()
    build_snapshots(workspace, [AUGUST], progress=said.append)
    assert any("say the same of all" in line for line in said), "with 400 people some column is constant: a warning"
    (part.parent / NOTE).unlink()
    monkeypatch.setattr(snapshots, "MUST_VARY_ABOVE", 100)
    with pytest.raises(RiskstratError, match="say the same of all"):
        build_snapshots(workspace, [AUGUST])


def test_the_objections_that_withhold_are_those_that_bar_people(workspace):
    """The staging table and intake's permission read the same opt-outs the same way."""
    with open_store(workspace) as warehouse:
        warehouse.build(needed_for(["staging.opt_out_in_force"], statements()))
        bar_people(warehouse, workspace, "training")
        withheld = warehouse.rows("SELECT person_id FROM staging.opt_out_in_force WHERE kind = 'type_1' ORDER BY 1")
        barred = warehouse.rows("SELECT person_id FROM permission.barred WHERE reason = 'type_1' ORDER BY 1")
    assert withheld == barred != []


def test_general_practice_data_are_withheld_unless_any_purpose_was_opened():
    assert snapshots.is_withheld_by(OptOutPolicy())
    assert not snapshots.is_withheld_by(OptOutPolicy.model_validate({"planning": {"allow": "who, on what basis"}}))


def test_a_broken_note_beside_a_snapshot_only_means_making_it_again(workspace):
    beside = workspace.part("features", NOVEMBER).with_name(NOTE)
    beside.write_text("{", encoding="utf-8")
    build_snapshots(workspace, [NOVEMBER])
    assert "inputs" in beside.read_text(encoding="utf-8")
