"""Bad input to the report: what is said, with which code the command ends, and the report that still comes out."""

import shutil
from datetime import date

import polars as pl
import pytest

from riskstrat.errors import UsageFault
from riskstrat.intake.catalogue import table_file
from riskstrat.population import publish
from riskstrat.project import resource
from riskstrat.rules import definitions
from support.commands import run_riskstrat
from support.made_board import write_board

NOW, BEFORE = date(2026, 11, 1), date(2026, 8, 1)
COHORT = """[[cohort]]
id         = "{id}"
title      = "A cohort of {id}"
theme      = "Ours"
definition = "Whoever meets it"
who        = "{who}"
needs      = {needs}
evidence   = "none: a test"
version    = 1
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Three practices of 200 people, of one of which nobody may be counted, and one practice of nobody."""
    third = [n + 1 for n in range(600) if n % 3 == 2]
    workspace = write_board(
        tmp_path_factory.mktemp("wrong") / "board",
        people=600,
        practices=3,
        scored=(),
        index_dates=(BEFORE, NOW),
        opted_out=third,
    )
    path = table_file(workspace, "practice", 1)
    held = pl.read_parquet(path)
    empty = held.head(1).with_columns(practice_code=pl.lit("Z00099"), practice_name=pl.lit("Nobody's practice"))
    pl.concat([held, empty]).write_parquet(path)
    return workspace


@pytest.fixture(scope="module")
def odd(small, tmp_path_factory):
    """The report of that board with two odd cohorts, and without admissions in August; its folder and its figures."""
    root = tmp_path_factory.mktemp("odd")
    shutil.copytree(resource("sql/rules"), root / "rules")
    blocks = [
        COHORT.format(id="drifting", who="efi_years_since_falls <= 2", needs='["gp_event"]'),
        COHORT.format(id="nobody", who="age > 150", needs="[]"),
    ]
    (root / "rules" / "ours.toml").write_text("\n".join(blocks), encoding="utf-8")
    path = small.part("sources", BEFORE)
    absent = pl.col("table_name") == "apc_episode"
    pl.read_parquet(path).with_columns(is_present=pl.col("is_present") & ~absent).write_parquet(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(definitions, "resource", lambda name: root / "rules" if name == "sql/rules" else resource(name))
        definitions._shipped.cache_clear()
        result = publish(small, NOW, "r", root / "out")
    definitions._shipped.cache_clear()
    assert result.withheld_because is None
    return result.folder, pl.read_csv(result.folder / "population.csv", infer_schema=False)


def test_an_unknown_kind_of_area_ends_the_command_with_what_to_choose(small):
    done = run_riskstrat(small.root, "cohorts", "--by", "ward", "--index-date", str(NOW))
    assert done.returncode == 2
    assert "ward" in done.stderr
    assert "practice, pcn, place, icb" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_column_that_no_snapshot_has_is_refused_with_file_line_and_the_nearest_name(tmp_path):
    block = COHORT.format(id="falls", who="fals_admissions_365d >= 1", needs="[]")
    (tmp_path / "ours.toml").write_text(block, encoding="utf-8")
    with pytest.raises(UsageFault) as fault:
        definitions.read_rules("cohort", folder=tmp_path)
    assert "ours.toml, line 6" in str(fault.value)
    assert "falls_admissions_365d" in "\n".join([str(fault.value), *fault.value.help_lines])


def test_a_column_that_this_snapshot_lacks_leaves_one_cohort_without_a_figure(odd):
    folder, frame = odd
    rows = frame.filter(pl.col("cohort") == "drifting")
    assert set(rows["note"]) == {"no figure: the snapshot has no column efi_years_since_falls"}
    assert "A cohort of drifting: the snapshot has no column" in (folder / "population.html").read_text(
        encoding="utf-8"
    )
    assert frame.filter((pl.col("cohort") == "diabetes") & (pl.col("area_type") == "icb"))["value"].null_count() == 0


def test_a_cohort_of_nobody_is_zero_and_not_missing(odd):
    folder, frame = odd
    people = frame.filter((pl.col("cohort") == "nobody") & (pl.col("measure") == "people"))
    assert people.height > 4
    assert set(people["value"]) == {"0"}
    assert "A cohort of nobody" in (folder / "population.html").read_text(encoding="utf-8")


def test_a_practice_of_nobody_is_no_area_and_stops_nothing(odd):
    _, frame = odd
    assert set(frame.filter(pl.col("area_type") == "practice")["area_code"]) == {"Z00001", "Z00002"}


def test_a_feed_that_one_month_lacks_leaves_that_month_without_a_figure(odd):
    _, frame = odd
    own = frame.filter(pl.col("cohort").is_in(["emergency-admissions-3", "segment-generally-well"]))
    people = own.filter((pl.col("measure") == "people") & (pl.col("area_type") == "icb"))
    assert people.height == 4
    for row in people.iter_rows(named=True):
        if row["period"] == str(BEFORE):
            assert row["note"] == "no figure: needs apc_episode, which is not held"
        else:
            assert row["value"] is not None or row["note"] == "*"
