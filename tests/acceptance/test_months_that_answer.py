"""Months in a row with practices that send their lists back: ``benchmarks/six_months.py`` on few people."""

import shutil
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from riskstrat import features, intake, modelling, rules, worklists
from riskstrat.project import Workspace
from riskstrat.worklists.returning.memory import feedback_folder
from riskstrat.worklists.showing.words import expected_range

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import six_months

MANY_PLANS = {"to review": 0.15, "reviewed - no action": 0.08, "reviewed - plan made": 0.40}
MONTHS = tuple(date(2025, month, 1) for month in (7, 8, 9))


def in_process(root, verb, *words):
    """Do what the verb does to the lists, without what else is published: no process, no report, no card."""
    workspace = Workspace(root)
    if verb == "intake":
        intake.take_drop(workspace, words[0])
        return {}
    if verb == "feedback":
        return worklists.take_feedback(workspace, words).as_dict()
    day = words[1]
    features.build_snapshots(workspace, [day])
    modelling.score(workspace, day)
    rules.evaluate(workspace, day)
    worklists.select(workspace, day)
    folder = workspace.releases / f"{day}.1"
    worklists.render(workspace, day, folder.name, folder / "worklists")
    worklists.settle_sent(workspace, [folder.name])
    return {"folder": str(folder)}


@pytest.fixture(scope="module")
def months(published, tmp_path_factory):
    """A board with the demonstration's people and models, over three months whose year after is known."""
    root = tmp_path_factory.mktemp("answered") / "board"
    root.mkdir()
    shutil.copy(published / "mlflow.db", root)
    shutil.copytree(published / "mlartifacts", root / "mlartifacts")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(six_months, "commanded", in_process)
        patched.setattr(six_months, "ANSWERS", six_months.ANSWERS | MANY_PLANS)
        half = six_months.lived(root, published / "drop", MONTHS, None)
        half.outcomes()
    return half


def test_nobody_whose_practice_decided_is_listed_again_before_it_ends(months):
    assert sum(month.recorded for month in months.figures) > 100
    assert [month.repeated for month in months.figures] == [0, 0, 0]


def test_nobody_known_to_have_died_moved_or_objected_is_listed(months):
    assert [(month.dead, month.moved, month.opted_out) for month in months.figures] == [(0, 0, 0)] * 3


def test_lists_change_and_everyone_who_leaves_one_does_so_for_a_stated_reason(months):
    first, *later = months.figures
    assert (first.new, first.back, first.stayed) == (first.listed, 0, 0)
    for before, month in zip(months.figures, later, strict=False):
        assert month.new + month.back + month.stayed == month.listed == first.listed
        assert month.stayed > 0
        assert month.left.total() == before.listed - month.stayed
        assert month.unexplained == 0


def test_plans_are_followed_up_when_they_are_due(months):
    assert sum(month.due for month in months.figures) > 0
    assert sum(month.due_missing for month in months.figures) == 0


def test_as_many_are_admitted_as_was_said_within_the_interval(months):
    for month in months.figures:
        low, high = expected_range(month.risks, coverage=0.998)  # three looks: broken only on evidence
        assert 0 < low < high < month.listed == len(month.risks)
        assert low <= month.observed <= high, month


def test_the_same_inputs_name_the_same_people(months, tmp_path):
    """Without what was recorded on the last list itself: who died or objects would be off it now."""
    again = Workspace(months.root)
    with set_aside(again, tmp_path):
        for table in ("worklists", "worklist_left"):
            before = again.part(table, MONTHS[-1]).read_bytes()
            worklists.select(again, MONTHS[-1])
            assert again.part(table, MONTHS[-1]).read_bytes() == before
        worklists.render(again, MONTHS[-1], f"{MONTHS[-1]}.1", tmp_path / "lists")
    assert six_months.files_of([tmp_path / "lists"]).values()
    for path in months.releases[-1].iterdir():
        assert (tmp_path / "lists" / path.name).read_bytes() == path.read_bytes(), path.name


@contextmanager
def set_aside(workspace, folder):
    """Leave out, for a while, what practices recorded on the list of the last month."""
    kept = sorted(feedback_folder(workspace).glob("part-*.parquet"))
    late = [file for file in kept if (pl.read_parquet(file)["index_date"] == MONTHS[-1]).any()]
    assert late
    assert late == kept[-len(late) :], "later files alone, so that those before keep their order"
    for file in late:
        shutil.move(file, folder / file.name)
    try:
        yield
    finally:
        for file in late:
            shutil.move(folder / file.name, file)
