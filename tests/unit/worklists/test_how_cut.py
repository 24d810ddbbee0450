"""What the page and the cover say of why a list ends where it does, from rows of a made store."""

import openpyxl
import polars as pl
import pytest

from riskstrat.errors import UsageFault
from riskstrat.project import Workspace
from riskstrat.worklists import check_settings, render, select
from riskstrat.worklists.showing.how_cut import hours_words, how_cut
from riskstrat.worklists.showing.words import priority_words
from support.worklist_store import INDEX, copy_store


def selected(root, settings=""):
    workspace = copy_store(root)
    (workspace.root / "riskstrat.toml").write_text(settings, encoding="utf-8")
    workspace = Workspace(workspace.root)
    return workspace, pl.read_parquet(select(workspace, INDEX))


def said(workspace, rows, practice="Z00001"):
    mine = rows.filter(pl.col("practice_code") == practice)
    return how_cut(mine, workspace.settings.worklist, practice, INDEX, {"falls": "Falls"})


def test_reviews_kept_places_those_left_off_and_the_weights_are_said(tmp_path):
    workspace, rows = selected(tmp_path, "[worklist.practices.Z00002]\nreviews_per_month = 3\n")
    mine = rows.filter(pl.col("practice_code") == "Z00001")
    listed, below = (mine.filter(pl.col("state") == state) for state in ("listed", "below_cut"))
    last = listed.sort("rank").to_dicts()[-1]
    near = sum(row["urgency"] <= last["urgency"] and row["risk_part"] >= last["risk_part"] for row in below.to_dicts())
    time, kept, left_off, order = said(workspace, rows)
    assert time == "Cut at 20 reviews this month, the board's figure for every practice."
    assert f"{listed['is_rising'].sum()} and {listed['has_no_recent_admission'].sum()} of those listed" in kept
    assert kept.startswith(
        "At least 20% of it is kept for people whose risk is rising and 20% for people with no emerg"
    )
    assert left_off == (
        f"Left off below the cut: {below.height} people, {near} of them as urgent as the last person listed and with "
        "an estimate at least as high."
    )
    assert "0.5 of the estimate, 0.2 of its rise and 0.3 of what could be looked at" in order
    assert order.endswith("claims no benefit. Nobody has signed for these weights: the software's own.")
    assert said(workspace, rows, "Z00002")[0] == "Cut at 3 reviews this month, as this practice has stated."


HOURS = """
[worklist]
minutes_per_review = 15
[worklist.minutes]
falls = 40
[worklist.practices.Z00001]
hours_per_month = 5.5
"""


def test_hours_are_added_up_by_the_longest_of_a_persons_rules_and_the_sum_is_said(tmp_path):
    workspace, rows = selected(tmp_path, HOURS)
    mine = rows.filter(pl.col("practice_code") == "Z00001")
    for row in mine.to_dicts():
        assert row["minutes"] == (40 if "falls" in row["rules"].split("; ") else 15)
    listed = mine.filter(pl.col("state") == "listed")
    together = listed["minutes"].sum()
    assert 330 - 40 < together <= 330
    assert said(workspace, rows)[0] == (
        f"Cut at 5 hours 30 minutes this month, as this practice has stated. Those listed take {hours_words(together)} "
        "together, at 15 minutes each (Falls: 40)."
    )
    others = rows.filter(pl.col("practice_code") != "Z00001")
    assert others["minutes"].null_count() == others.height, "a practice that counts reviews has no minutes"
    assert set(others.filter(pl.col("state") == "listed").group_by("practice_code").len()["len"]) == {20}


@pytest.mark.parametrize(
    ("minutes", "words"), [(360, "6 hours"), (60, "1 hour"), (85, "1 hour 25 minutes"), (0, "0 minutes")]
)
def test_minutes_in_words(minutes, words):
    assert hours_words(minutes) == words


def test_minutes_of_a_rule_that_there_is_not_are_refused(tmp_path):
    workspace = copy_store(tmp_path)
    (workspace.root / "riskstrat.toml").write_text("[worklist.minutes]\nfall = 40\n", encoding="utf-8")
    with pytest.raises(UsageFault, match=r"worklist\.minutes names no worklist rule: fall"):
        check_settings(Workspace(workspace.root))


def test_the_parts_of_the_priority_add_up_to_it(tmp_path):
    workspace, rows = selected(tmp_path)
    weights = workspace.settings.worklist.priority
    for row in rows.head(50).to_dicts():
        assert priority_words(row, weights).startswith(
            f"{row['priority']:.2f} (estimate {0.5 * row['risk_part']:.2f}, "
        )


def test_the_page_and_the_cover_say_it_and_each_persons_priority(tmp_path):
    weights = '[worklist.priority]\nrisk = 0.6\nsigned_by = "Dr A Shah, clinical lead, 3 June 2026"\n'
    workspace, rows = selected(tmp_path, weights)
    render(workspace, INDEX, f"{INDEX}.1", tmp_path / "out")
    html = (tmp_path / "out" / "Z00001.html").read_text(encoding="utf-8").replace("&#39;", "'")
    cover = [str(row[0].value) for row in openpyxl.load_workbook(tmp_path / "out" / "Z00001.xlsx")["Cover"].iter_rows()]
    for sentence in said(workspace, rows):
        assert sentence in html
        assert f"How the list was cut: {sentence}" in cover
    assert "Weights signed for: Dr A Shah, clinical lead, 3 June 2026." in html
    first = rows.filter((pl.col("practice_code") == "Z00001") & (pl.col("rank") == 1)).to_dicts()[0]
    assert priority_words(first, workspace.settings.worklist.priority) in html
    assert html.count("<dt>Priority</dt>") == 20 + 1  # each person, and what the word means


def test_nothing_is_said_of_an_evaluation_that_does_not_run(tmp_path):
    workspace, rows = selected(tmp_path)
    assert not any("evaluation" in sentence for sentence in said(workspace, rows))
