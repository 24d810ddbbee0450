"""``riskstrat backtest`` and ``riskstrat effect`` as an analyst runs them: text, for machines, as a table, refused."""

import csv
import json
import shutil
from datetime import date

import pytest

from riskstrat.project import Workspace
from support.sent_lists import LISTS, sent, tables
from support.worklist_store import write_intake


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """Three lists drawn by lot of all who could be on them: being listed changes nothing."""
    return sent(tmp_path_factory.mktemp("did-it-help"), by_lot=True).root


def without_what_came_later(board, folder, until, *leave_out):
    """Return a copy of the board as a drop of an earlier day leaves it, without some landing tables."""
    workspace = Workspace(shutil.copytree(board, folder))
    shutil.rmtree(workspace.store / "intake")
    write_intake(workspace, {name: rows for name, rows in tables().items() if name not in leave_out}, until)
    return workspace.root


def test_effect_answers_in_its_first_sentence_and_finds_nothing_where_there_is_nothing(command, board):
    code, text, _ = command("--workspace", board, "effect")
    assert code == 0
    first = text.split(".")[0]
    assert first.startswith("Whether being listed changed emergency admissions within 12 months cannot be told")
    code, out, _ = command("--workspace", board, "effect", "--json")
    assert code == 0
    twelve, thirty = json.loads(out)
    assert [one["label"] for one in (twelve, thirty)] == ["emergency_admission_12m", "emergency_admission_30d"]
    assert twelve["verdict"] in ("cannot tell", "not to be relied on")
    assert twelve["lists"] == [str(day) for day in LISTS]
    assert " ".join(text.split()).startswith(twelve["answer"])
    changed = twelve["before_and_after"]
    assert changed is None or {"change_by_regression_to_the_mean", "change_before_to_after"} <= set(changed)
    assert (changed is None) == ("Before and after" not in text)
    assert not {"person_id", "nhs_number"} & set(out.replace('"', " ").split())


def test_backtest_answers_in_text_for_machines_and_as_a_table_with_the_same_figures(command, board, tmp_path):
    code, text, _ = command("--workspace", board, "backtest")
    assert code == 0
    assert text.startswith("Past lists against what happened: 3 lists, 1 January 2025 to 1 March 2025.")
    table = tmp_path / "practices.csv"
    code, out, _ = command("--workspace", board, "backtest", "--json", "--csv", table)
    assert code == 0
    found = json.loads(out)
    with table.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["practice_code"] for row in rows} == {"Z00001", "Z00002", "Z00003"}
    told = {(one["practice_code"], name): value for one in found["practices"] for name, value in one.items()}
    for row in rows:
        value = told[row["practice_code"], row["measure"]]
        assert (row["value"] == "" and row["note"]) if value is None else float(row["value"]) == value
    for one in found["practices"]:
        assert one["admitted"] % 5 == one["listed"] % 5 == 0
        assert f"{one['practice_code']:<10}{one['listed']:>7}{one['admitted']:>9}" in text
    assert found["horizons"][0]["pooled"]["ppv"]["value"] == pytest.approx(2 / 3, abs=0.15)


def test_the_rule_of_the_workspace_is_used_in_both(command, board, tmp_path):
    root = shutil.copytree(board, tmp_path / "strict")
    with (root / "riskstrat.toml").open("a", encoding="utf-8") as settings:
        settings.write("[disclosure]\nsuppress_to = 20\nround_to = 20\n")
    _, out, _ = command("--workspace", root, "backtest", "--json")
    found = json.loads(out)
    counts = [one[name] for one in found["practices"] for name in ("listed", "admissions", "places")]
    counts += [one["people"] for one in found["lists"]]
    assert all(count is None or count % 20 == 0 for count in counts)
    _, out, _ = command("--workspace", root, "effect", "--json")
    assert all(one[name] % 20 == 0 for one in json.loads(out) for name in one if name.startswith("people_"))


@pytest.mark.parametrize("verb", ["backtest", "effect"])
def test_where_nothing_was_sent_it_says_so(command, tmp_path, verb):
    assert command("--workspace", tmp_path, "init")[0] == 0
    code, out, said = command("--workspace", tmp_path, verb)
    assert (code, out) == (2, "")
    assert "no worklist has been published yet" in said


def test_where_no_horizon_is_complete_nothing_is_guessed(command, board, tmp_path):
    root = without_what_came_later(board, tmp_path / "early", date(2025, 2, 1))
    code, out, said = command("--workspace", root, "effect")
    assert (code, out) == (3, "")
    assert "no list is old enough" in said
    assert "the list of 2025-01-01 can be judged once admissions complete to 2026-01-01" in " ".join(said.split())
    code, out, _ = command("--workspace", root, "backtest", "--json")
    assert code == 0
    found = json.loads(out)
    assert [one["pooled"] for one in found["horizons"]] == [None, None]
    assert found["practices"] == []


def test_where_the_outcome_is_not_held_it_says_which_source_is_missing(command, board, tmp_path):
    root = without_what_came_later(board, tmp_path / "no-admissions", date(2026, 9, 1), "apc_episode")
    code, out, said = command("--workspace", root, "effect")
    assert (code, out) == (3, "")
    assert "emergency_admission_12m needs apc_episode" in " ".join(said.split())
    code, text, _ = command("--workspace", root, "backtest")
    assert code == 0
    assert "needs apc_episode" in text


def test_a_table_is_not_written_among_what_runs_write(command, board):
    code, out, said = command("--workspace", board, "backtest", "--csv", board / "releases" / "practices.csv")
    assert (code, out) == (4, "")
    assert "would lie inside releases/" in said
