"""A new cohort is one TOML block: it stands in every output, and it counts whom a worklist's rule counts."""

import csv
import json
import shutil
from datetime import date

import openpyxl
import polars as pl
import pytest

from riskstrat import rules
from riskstrat.population import cohorts, publish, read_cohorts
from riskstrat.population.counting.cohorts import read_months
from riskstrat.project import resource
from riskstrat.rules import definitions
from support.made_board import write_board

NOW = date(2026, 11, 1)
OPTED_OUT = range(40, 70)
NEW = '''
[[cohort]]
id         = "new-one"
title      = "A cohort that somebody added"
theme      = "A theme of its own"
definition = "As the worklist rule proactive-care-frailty"
who        = """{who}"""
needs      = {needs}
evidence   = "none: a test"
version    = 1
'''


@pytest.fixture(scope="module")
def with_block(tmp_path_factory):
    """The shipped rules and one block more, in force for this module; a board; and its report."""
    root = tmp_path_factory.mktemp("block")
    folder = root / "rules"
    shutil.copytree(resource("sql/rules"), folder)
    (like,) = (rule for rule in rules.read_rules("worklist") if rule.id == "proactive-care-frailty")
    (folder / "ours.toml").write_text(NEW.format(who=like.who.text, needs=json.dumps(like.needs)), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(definitions, "resource", lambda name: folder if name == "sql/rules" else resource(name))
        definitions._shipped.cache_clear()
        board = write_board(root / "board", people=1600, practices=3, opted_out=OPTED_OUT)
        yield board, publish(board, NOW, "r", root / "out").folder
    definitions._shipped.cache_clear()


def test_another_version_of_a_cohort_of_nobody_is_counted_anew(tmp_path, monkeypatch):
    """Nobody's hits hold no version: that the rule ran in another one is what the store must know."""
    folder = tmp_path / "rules"
    shutil.copytree(resource("sql/rules"), folder)
    monkeypatch.setattr(definitions, "resource", lambda name: folder if name == "sql/rules" else resource(name))
    board = write_board(tmp_path / "board", people=300, practices=2)
    counted = []
    for version, least in ((1, 200), (1, 65), (2, 65)):
        block = NEW.format(who=f"age >= {least}", needs="[]").replace("version    = 1", f"version    = {version}")
        (folder / "ours.toml").write_text(block, encoding="utf-8")
        definitions._shipped.cache_clear()
        (month,) = read_months(board, [NOW], read_cohorts())
        counted.append(month.sizes.filter(pl.col("cohort_id") == "new-one")["people"].sum())
    definitions._shipped.cache_clear()
    aged = pl.read_parquet(board.part("features", NOW))["age"]
    assert counted == [0, 0, (aged >= 65).sum()]
    assert counted[2] > 0


def test_it_is_in_every_output(with_block):
    board, folder = with_block
    with (folder / "population.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["cohort"] == "new-one"]
    assert {row["area_type"] for row in rows} == {"icb", "place", "pcn", "practice"}
    assert {"people", "rate_per_1000", "standardised_rate_per_1000"} <= {row["measure"] for row in rows}
    with (folder / "overlap.csv").open(encoding="utf-8") as file:
        assert any(row["groups"] == "new-one" for row in csv.DictReader(file))
    book = openpyxl.load_workbook(folder / "population.xlsx")
    for sheet in ("Board", "Practices", "Trend", "Definitions", "In no programme"):
        cells = {cell.value for row in book[sheet].iter_rows() for cell in row}
        assert "A cohort that somebody added" in cells, sheet
    page = (folder / "population.html").read_text(encoding="utf-8")
    assert page.count("A cohort that somebody added") >= 3
    assert "A theme of its own" in page
    described = json.loads((folder / "population.csv-metadata.json").read_text(encoding="utf-8"))
    assert "cohort new-one" in {note["about"] for note in described["notes"]}
    assert "new-one" in cohorts(board, NOW, "practice")["cohort"].to_list()


def test_every_cohort_counts_whom_the_rules_say_before_anything_is_suppressed(with_block):
    """The new cohort asks what a worklist's rule asks, and so they count the same people."""
    board, _ = with_block
    hits = pl.read_parquet(board.part("rule_hits", NOW)).filter(~pl.col("person_id").is_in(list(OPTED_OUT)))
    kept = dict(hits.filter(pl.col("left_off_by").is_null()).group_by("rule_id").len().iter_rows())
    met = dict(hits.group_by("rule_id").len().iter_rows())
    month = next(read_months(board, [NOW], read_cohorts()))
    sizes = dict(month.sizes.group_by("cohort_id").agg(pl.col("people").sum()).iter_rows())
    assert {cohort.id: sizes.get(cohort.id, 0) for cohort in read_cohorts() if cohort.id not in month.not_run} == {
        cohort.id: kept.get(cohort.id, 0) for cohort in read_cohorts() if cohort.id not in month.not_run
    }
    assert sizes["new-one"] == met["proactive-care-frailty"] > 20
