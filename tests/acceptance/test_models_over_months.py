"""A second version, a rollback and a feed that stops: what the next run publishes, seen from outside."""

import json
import shutil
from datetime import date, timedelta
from types import SimpleNamespace

import openpyxl
import polars as pl
import pytest

from riskstrat.modelling.datasets.inputs import latest_dates, within_reach
from riskstrat.modelling.monitoring import watch as room
from riskstrat.modelling.registry.versions import Registry
from riskstrat.modelling.spec import parse_spec, spec_path
from riskstrat.modelling.training.train import train_specs
from riskstrat.project import Workspace
from support.commands import run_riskstrat

NAME = "emergency_admission_12m"
MONTH = "2026-11-01"
LATE = "GP records: complete only to"


def ran(root):
    """Run the month, and return what it published: version in scores and on the card, the release, what was said."""
    finished = run_riskstrat(root, "run", "--index-date", MONTH, "--json")
    assert finished.returncode == 0, finished.stderr
    answer = json.loads(finished.stdout)
    folder = root / "releases" / answer["release"]
    scores = pl.read_parquet(root / "store" / "scores" / f"index_date={MONTH}" / "part.parquet")
    return SimpleNamespace(
        versions=scores.filter(pl.col("model") == NAME)["model_version"].unique().to_list(),
        card=(folder / "models" / f"{NAME}.html").read_text(encoding="utf-8"),
        champion=json.loads((folder / "manifest.json").read_text())["inputs"]["champions"][NAME]["version"],
        release=answer["release"],
        cautions=answer["cautions"],
        folder=folder,
    )


def train_second(root):
    """Register and promote a second version: the same spec with another seed."""
    workspace = Workspace(root)
    text = spec_path(NAME).read_text(encoding="utf-8").replace("seed = 20261122", "seed = 7")
    spec = parse_spec(NAME, text)
    spec, latest = within_reach(workspace, spec, latest_dates(workspace, [spec])[0][NAME], lambda _: None)
    return train_specs(workspace, [(spec, latest)])[0]


@pytest.fixture(scope="module")
def months(published, tmp_path_factory):
    """A copy of the demonstration: second version promoted and run, rolled back and run, a feed late and run."""
    root = tmp_path_factory.mktemp("months") / "workspace"
    shutil.copytree(published, root)
    trained = train_second(root)
    second = ran(root)
    rolled = run_riskstrat(root, "models", "rollback", NAME)
    first = ran(root)
    sources = root / "store" / "sources" / f"index_date={MONTH}" / "part.parquet"
    is_gp = pl.col("table_name") == "gp_event"
    earlier = pl.when(is_gp).then(pl.col("complete_to") - timedelta(days=60)).otherwise(pl.col("complete_to"))
    pl.read_parquet(sources).with_columns(complete_to=earlier).write_parquet(sources)
    late = ran(root)
    refused = run_riskstrat(root, "models", "promote", NAME, "2")
    return SimpleNamespace(
        root=root, trained=trained, second=second, rolled=rolled, first=first, late=late, refused=refused
    )


def test_the_next_run_uses_the_version_that_was_promoted(months):
    assert (months.trained.status, months.trained.version) == ("champion", "2")
    assert months.second.versions == ["2"]
    assert months.second.champion == "2"
    assert "Version 2, tested" in months.second.card
    assert months.second.release == "2026-11-01.2"


def test_after_a_rollback_the_next_run_uses_the_former_version(months):
    assert months.rolled.returncode == 0
    assert months.rolled.stdout == f"{NAME} version 1 is champion again\n"
    assert months.first.versions == ["1"]
    assert months.first.champion == "1"
    assert "Version 1, tested" in months.first.card
    assert Registry(Workspace(months.root)).version(NAME, "2").aliases == ("challenger",)
    logged = [json.loads(line) for line in (months.root / "audit.jsonl").read_text().splitlines()]
    assert any(
        entry["action"] == "model rolled back" and entry["details"] == {"model": NAME, "to_version": "1"}
        for entry in logged
    )


def test_a_month_without_a_breach_says_nothing_and_the_card_says_how_the_model_is_doing(months):
    assert months.second.cautions == months.first.cautions == []
    assert "How it is doing now" in months.first.card
    assert "no bound broken" in months.first.card
    for page in (months.first.folder / "worklists").glob("*.html"):
        assert "with more care this month" not in page.read_text(encoding="utf-8")


def test_a_late_feed_is_a_breach_on_every_output(months):
    day = date(2026, 11, 1) - timedelta(days=63)  # its usual delay of 3 days, and 60
    words = f"{LATE} {day.day} {day:%B} {day.year}"
    folder = months.late.folder
    assert any(words in caution for caution in months.late.cautions)
    assert words in months.late.card
    for page in [*(folder / "worklists").glob("*.html"), folder / "population" / "population.html"]:
        text = page.read_text(encoding="utf-8")
        assert "Read the estimates with more care this month." in text, page.name
        assert words in text, page.name
        assert "looks like good health" in text
        assert "Death within" not in text, page.name
    for book in [*(folder / "worklists").glob("*.xlsx"), folder / "population" / "population.xlsx"]:
        cover = openpyxl.load_workbook(book).worksheets[0]
        said = " ".join(str(cell) for row in cover.iter_rows(values_only=True) for cell in row if cell)
        assert words in said, book.name
    described = (folder / "population" / "population.csv-metadata.json").read_text(encoding="utf-8")
    assert words in described


def test_a_breach_stops_promotion_and_says_how_to_mend_it(months):
    assert months.refused.returncode == 4
    assert months.refused.stderr.startswith(f"not permitted: {NAME} version 2 was not promoted")
    assert LATE in months.refused.stderr
    assert "have the source sent again" in months.refused.stderr
    assert run_riskstrat(months.root, "verify").returncode == 0


def test_outcomes_are_looked_at_once_a_later_date_than_the_test_is_complete(months, monkeypatch):
    champions = room._champions

    def tested_a_year_earlier(workspace):
        found = champions(workspace)
        found[NAME][1].evaluation["test_date"] = "2024-09-01"
        return {NAME: found[NAME]}

    monkeypatch.setattr(room, "_champions", tested_a_year_earlier)
    workspace = Workspace(months.root)
    shutil.rmtree(workspace.part(f"labels/{NAME}", date(2025, 9, 1)).parent)
    room.monitor(workspace, date(2026, 11, 1))
    found = next(row for row in room.read_monitoring(workspace, date(2026, 11, 1)) if row["check"] == "calibration")
    assert found["result"] == "fine"
    assert found["words"].startswith("of people scored again at 1 September 2025, whose outcomes are complete")
    assert workspace.part(f"labels/{NAME}", date(2025, 9, 1)).is_file()
