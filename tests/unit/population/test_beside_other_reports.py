"""A report beside those printed before it, and with exact counts: what gives somebody away is hidden or withheld."""

import csv
import re
import shutil

import polars as pl
import pytest

from riskstrat.errors import IntegrityFault, NotPermitted
from riskstrat.population import cohorts, publish
from support.made_board import write_board
from support.published import BEFORE, NOW, counted_by_hand


def one_small_step(workspace):
    """Five people stop at one step; every other step is large or nobody's."""
    path = workspace.store / "attrition" / f"index_date={NOW}" / "part.parquet"
    stopped = [0, 0, 0, 64, 5, 21]
    steps = pl.read_parquet(path).with_columns(
        people=pl.Series([4200 + sum(stopped), *stopped[1:]]),
        remaining=pl.Series([4200 + sum(stopped[n + 1 :]) for n in range(6)]),
    )
    steps.write_parquet(path)


def test_a_step_cannot_be_got_by_subtraction(board, tmp_path):
    """With exact counts one small step alone would be the difference of the others: a second one is suppressed."""
    workspace = with_settings(board, tmp_path, "[disclosure]\nround_to = 1\n")
    one_small_step(workspace)
    result = publish(workspace, NOW, "r", tmp_path / "out")
    assert result.withheld_because is None
    frame = pl.read_csv(result.folder / "attrition.csv", infer_schema=False)
    notes = {row["measure"]: row["note"] for row in frame.iter_rows(named=True) if row["cohort"] == "attrition"}
    assert notes["not a regular patient: temporary, prison or defence registration"] == "*"
    assert [words for words, note in notes.items() if note == "*"] == [
        "not a regular patient: temporary, prison or defence registration",
        "died, and still on a list",
    ]


def test_a_step_that_an_earlier_release_gives_away_withholds_the_report(board, tmp_path):
    workspace = with_settings(board, tmp_path, "[disclosure]\nround_to = 1\n")
    one_small_step(workspace)
    earlier = publish(workspace, NOW, "r.1", tmp_path / "earlier")
    path = earlier.folder / "population.csv"
    frame = pl.read_csv(path, infer_schema=False)
    is_died = (pl.col("measure") == "died, and still on a list") & (pl.col("period") == str(NOW))
    frame.with_columns(value=pl.when(is_died).then(pl.lit("21")).otherwise(pl.col("value"))).write_csv(path)
    result = publish(workspace, NOW, "r.2", tmp_path / "out", previous=[earlier.folder])
    assert result.withheld_because is not None
    assert "'attrition' by board" in result.withheld_because
    assert not (result.folder / "attrition.csv").exists()


def with_settings(board, tmp_path, extra):
    root = tmp_path / "copy"
    shutil.copytree(board.root, root)
    shutil.rmtree(root / "store" / "features" / f"index_date={BEFORE}")  # one date is enough, and half the work
    settings = root / "riskstrat.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + extra, encoding="utf-8")
    return type(board)(root)


def test_exact_counts_need_second_cells_and_get_them(board, tmp_path):
    workspace = with_settings(board, tmp_path, "[disclosure]\nround_to = 1\n")
    result = publish(workspace, NOW, "r", tmp_path / "out")
    assert result.withheld_because is None
    assert result.suppressed_for_others > 10


def test_a_month_that_an_earlier_release_gives_away_is_withheld_and_neither_printed_nor_told(tmp_path):
    """The earlier release printed exactly what is now suppressed for others' sake; nothing can take that back."""
    workspace = write_board(tmp_path / "board", people=900, practices=3, scored=(), opted_out=range(5))
    with (workspace.root / "riskstrat.toml").open("a", encoding="utf-8") as settings:
        settings.write("[disclosure]\nround_to = 1\n")
    earlier = publish(workspace, NOW, "r.1", tmp_path / "earlier")
    truth = counted_by_hand(workspace, NOW)
    frame = pl.read_csv(earlier.folder / "population.csv", infer_schema=False)
    told = [
        str(truth[key]) if row["note"] == "*" and truth.get(key, 0) > 7 and row["measure"] == "people" else row["value"]
        for row in frame.iter_rows(named=True)
        for key in [(row["area_type"], row["area_code"], row["cohort"])]
    ]
    frame.with_columns(value=pl.Series(told)).write_csv(earlier.folder / "population.csv")
    other = tmp_path / "other"
    other.mkdir()
    result = publish(workspace, NOW, "r.2", tmp_path / "out", previous=[earlier.folder, other])
    assert result.withheld_because is not None
    assert "could be worked out" in result.withheld_because
    assert not re.search(r"\b\d+ (people|person)\b", result.withheld_because)
    left = {path.name for path in result.folder.iterdir()}
    assert left == {"population.csv", "population.csv-metadata.json", "population.html", "summary.html"}
    for page in ("population.html", "summary.html"):
        assert "is withheld" in (result.folder / page).read_text(encoding="utf-8")
    rows = list(csv.DictReader((result.folder / "population.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["note"] for row in rows] == [f"withheld: {result.withheld_because}"]
    assert rows[0]["value"] == ""
    with pytest.raises(NotPermitted, match="are withheld: small counts could be worked out from '"):
        cohorts(workspace, NOW, "icb", previous=[earlier.folder])


def test_last_months_report_beside_this_months_gives_nothing_away(board, tmp_path):
    before = publish(board, BEFORE, "2026-08-01.1", tmp_path / "before")
    result = publish(board, NOW, "2026-11-01.1", tmp_path / "now", previous=[before.folder])
    assert result.withheld_because is None
    then, now = (pl.read_csv(r.folder / "population.csv", infer_schema=False) for r in (before, result))
    keys = ["period", "area_type", "area_code", "cohort", "measure"]
    both = then.filter(pl.col("cohort") != "overlap").join(now, on=keys)
    both = both.filter(pl.col("measure") == "people")
    assert both.height > 50
    assert both["value"].equals(both["value_right"])


def test_an_earlier_report_that_cannot_be_read_is_refused(board, tmp_path):
    (tmp_path / "population.csv").write_text("not,one\nof,ours\n", encoding="utf-8")
    with pytest.raises(IntegrityFault, match="cannot be read"):
        publish(board, NOW, "r", tmp_path / "out", previous=[tmp_path])
