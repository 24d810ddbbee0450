"""One made report, published once."""

from datetime import date

import polars as pl
import pytest

from riskstrat.population import publish
from support.made_board import write_board

NOW, BEFORE = date(2026, 11, 1), date(2026, 8, 1)
OPTED_OUT = range(100, 140)


@pytest.fixture(scope="session")
def board(tmp_path_factory):
    """A board of 6 practices of 700 people (too small to compare) in which 40 people opted out; scored now only."""
    return write_board(
        tmp_path_factory.mktemp("board"), people=4200, index_dates=(BEFORE, NOW), scored=(NOW,), opted_out=OPTED_OUT
    )


@pytest.fixture(scope="session")
def report(board, tmp_path_factory):
    """The folder of the board's report, and what publishing said."""
    return publish(board, NOW, "2026-11-01.1", tmp_path_factory.mktemp("release") / "population")


@pytest.fixture(scope="session")
def tidy(report):
    """The published figures, as a reader has them."""
    return pl.read_csv(report.folder / "population.csv", schema_overrides={"value": pl.Float64, "note": pl.String})


@pytest.fixture(scope="session")
def large(tmp_path_factory):
    """A board of 4 practices of 1,100 people, large enough to compare, and what publishing its report said."""
    workspace = write_board(tmp_path_factory.mktemp("large"), people=4400, practices=4, scored=())
    return workspace, publish(workspace, NOW, "r", tmp_path_factory.mktemp("release") / "population")
