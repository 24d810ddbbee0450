"""The population report as a commissioner sees it: quiet, offline, accessible, printable, readable in grey."""

from datetime import date

import pytest

from riskstrat.population import publish
from support.made_board import equity_group, write_board, write_equity

pytestmark = pytest.mark.browser
NOW = date(2026, 11, 1)


@pytest.fixture(scope="module")
def page_path(tmp_path_factory):
    root = tmp_path_factory.mktemp("population")
    workspace = write_board(
        root / "board", people=6000, index_dates=(date(2026, 8, 1), NOW), practices=5, contributed=(NOW,)
    )
    groups = [
        equity_group("deprivation", "most deprived fifth", 402, 41, flags=["is_passed_by", "is_below_need"], places=23),
        equity_group("deprivation", "second fifth", 311, 48),
        equity_group("learning disability", "recorded", 31, 4, flags=["is_pushed_down"]),
    ]
    write_equity(workspace, NOW, groups)
    return publish(workspace, NOW, "2026-11-01.1", root / "out").folder / "population.html"


def test_it_complains_of_nothing_and_asks_nobody(open_page, page_path):
    shown = open_page(page_path)
    assert shown.complaints == []
    assert shown.requests == []


def test_axe_finds_nothing_with_tables_open(open_page, page_path):
    shown = open_page(page_path)
    shown.evaluate(
        "document.querySelectorAll('figure + details, section > details:nth-of-type(1)').forEach(d => d.open = true); 0"
    )
    assert shown.violations() == []


def test_it_fits_a_narrow_window_and_a_wide_one(open_page, page_path):
    shown = open_page(page_path)
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true); 0")
    for width in (400, 800, 1280):
        assert shown.overflow(width) == 0


def test_the_first_screen_answers_how_many(open_page, page_path):
    shown = open_page(page_path)
    lowest = shown.evaluate("document.querySelector('tbody tr:nth-child(2)').getBoundingClientRect().bottom")
    assert lowest <= 900


def test_every_picture_has_words_and_its_figures_beside_it(open_page, page_path):
    shown = open_page(page_path)
    pictures = shown.evaluate("document.querySelectorAll('svg[role=img]').length")
    described = shown.evaluate(
        "[...document.querySelectorAll('svg[role=img] > desc')].filter(d => d.textContent).length"
    )
    tables = shown.evaluate("document.querySelectorAll('figure + details table, figure + .rs-scroll table').length")
    assert pictures == described == tables > 2


def test_it_prints(open_page, page_path, tmp_path):
    printed = open_page(page_path).print_to(tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 20_000
