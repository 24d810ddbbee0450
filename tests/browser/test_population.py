"""The population report as a commissioner sees it: quiet, offline, accessible, printable, readable in grey."""

import json
import re
from datetime import date

import pytest

from riskstrat.population import publish
from riskstrat.project import Workspace
from support.boundaries import collection, square
from support.made_board import equity_group, write_board, write_equity

pytestmark = pytest.mark.browser
NOW = date(2026, 11, 1)

FULL = """(() => {
const last = (rows, words) => document.querySelectorAll(rows).forEach(row => row.lastElementChild.textContent = words);
last('.sum-needs tbody tr', 'higher: Saint Bartholomew Surgery; lower: Northbrook Health Centre');
last('.sum-measures tbody tr', 'a trend, falling; a shift, low');
const all = (what, change) => document.querySelectorAll(what).forEach(change);
all('.sum-needs tbody th a', title => title.textContent = 'People of sixty-five and over who live alone and have …');
all('.sum-needs td:nth-child(4)', cell => cell.innerHTML = '124.8 <span class="pop-revised">was 124.9</span>');
all('.sum-facts dd:not(.sum-none)', figure => figure.firstChild.textContent = '3,214,875');
const mean = '<span class="sum-mean">£1,648.58 a person (1,627.09 to 1,670.07)</span>';
document.querySelector('.sum-facts').lastElementChild.innerHTML = `<dt>Cost</dt><dd>£2,514,875,000 ${mean}</dd>`;
const said = 'Emergency admissions: a shift, low. Falls: two of three close to a limit, high. ';
document.querySelector('.sum-short').prepend(said);
const care = 'Estimates are to be read with more care: emergency admission within 12 months; frailty outcome.';
document.querySelector('.sum-columns .rs-list').insertAdjacentHTML('afterbegin', `<li>${care}</li>`);
return 0; })()"""
"""Fills the sheet: practices named, long titles, revised figures, a large board, odd measures, a caution."""


@pytest.fixture(scope="module")
def page_path(tmp_path_factory):
    root = tmp_path_factory.mktemp("population")
    workspace = write_board(
        root / "board", people=6000, index_dates=(date(2026, 8, 1), NOW), practices=5, contributed=(NOW,)
    )
    groups = [
        equity_group("deprivation", "most deprived fifth", 402, 41),
        equity_group("deprivation", "second fifth", 311, 48),
        equity_group("learning disability", "recorded", 31, 4, is_pushed_down=True),
    ]
    write_equity(workspace, NOW, groups)
    squares = {f"Z{n:05}": square(n % 3, n // 3) for n in range(1, 5)}  # the fifth practice has no boundary
    (workspace.root / "areas.geojson").write_text(json.dumps(collection(squares)), encoding="utf-8")
    with (workspace.root / "riskstrat.toml").open("a", encoding="utf-8") as settings:
        settings.write('[population]\nboundaries = "areas.geojson"\n')
    return publish(Workspace(workspace.root), NOW, "2026-11-01.1", root / "out").folder / "population.html"


@pytest.fixture(params=["population.html", "summary.html"])
def either(request, page_path):
    return page_path.with_name(request.param)


def test_it_complains_of_nothing_and_asks_nobody(open_page, either):
    shown = open_page(either)
    assert shown.complaints == []
    assert shown.requests == []


def test_axe_finds_nothing_with_tables_open(open_page, either):
    shown = open_page(either)
    shown.evaluate(
        "document.querySelectorAll('figure + details, section > details:nth-of-type(1)').forEach(d => d.open = true); 0"
    )
    assert shown.violations() == []


def test_every_link_leads_somewhere(open_page, either):
    shown = open_page(either)
    assert (
        shown.evaluate(
            "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.querySelector(a.hash)).length"
        )
        == 0
    )
    files = shown.evaluate(
        "[...document.querySelectorAll('a:not([href^=\"#\"])')].map(a => a.getAttribute('href').split('#')[0])"
    )
    assert [name for name in files if not either.with_name(name).is_file()] == []


def test_a_link_to_a_definition_opens_what_it_is_folded_in(open_page, page_path):
    shown = open_page(page_path)
    shown.page.click("a[href='#cohort-multimorbidity-4']")
    assert shown.page.locator("#cohort-multimorbidity-4").is_visible()


def test_it_fits_a_narrow_window_and_a_wide_one(open_page, either):
    shown = open_page(either)
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true); 0")
    for width in (320, 400, 800, 1280, 1440):
        assert shown.overflow(width) == 0


def test_the_first_screen_answers_the_four_questions(open_page, page_path):
    shown = open_page(page_path)
    assert shown.evaluate("document.querySelectorAll('#answers h3').length") == 4
    assert shown.evaluate("document.querySelector('#answers').getBoundingClientRect().bottom") <= 900


def test_every_picture_has_words_and_its_figures_beside_it(open_page, page_path):
    shown = open_page(page_path)
    pictures = shown.evaluate("document.querySelectorAll('svg[role=img]').length")
    described = shown.evaluate(
        "[...document.querySelectorAll('svg[role=img] > desc')].filter(d => d.textContent).length"
    )
    tables = shown.evaluate("document.querySelectorAll('figure + details table, figure + .rs-scroll table').length")
    assert pictures == described == tables > 2


def test_the_summary_is_one_sheet_of_a4_with_long_names_and_much_to_say_too(open_page, page_path, tmp_path):
    shown = open_page(page_path.with_name("summary.html"))
    assert sheets(shown.print_to(tmp_path / "summary.pdf")) == [(595, 842)]
    shown.evaluate(FULL)
    assert sheets(shown.print_to(tmp_path / "full.pdf")) == [(595, 842)]


def sheets(path):
    """Return the width and height of every sheet of a PDF in points."""
    boxes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]", path.read_bytes())
    return [(round(float(width)), round(float(height))) for width, height in boxes]


def test_the_map_is_told_by_numbers_and_words_as_well_as_by_shade(open_page, page_path):
    shown = open_page(page_path)
    labels = shown.evaluate("[...document.querySelectorAll('#map figure text')].map(text => text.textContent)")
    shades = shown.evaluate("[...document.querySelectorAll('#map figure > svg > path')].map(path => path.ariaLabel)")
    assert len(labels) == len(shades) == 4
    assert all(label[0] in "12345" for label in labels)
    assert "Practice E" in shown.evaluate("document.querySelector('#map .rs-figure__note').textContent")
    assert shown.evaluate("document.querySelectorAll('#map details tbody tr').length") == 5


def test_nothing_is_told_by_colour_alone(open_page, page_path):
    """Lines of one picture differ in dash as often as in colour, and dots that are compared have one colour."""
    shown = open_page(page_path)

    def kinds(section, marks, style):
        script = f"""[...document.querySelectorAll('#{section} svg[role=img]')].map(svg => new Set(
            [...svg.querySelectorAll('{marks}')].map(mark => mark.getAttribute('{style}') ?? '')).size)"""
        return shown.evaluate(script)

    colours, dashes = (kinds("changing", ".mark-line path", style) for style in ("stroke", "stroke-dasharray"))
    assert colours == dashes
    assert max(colours) > 1
    assert set(kinds("compared", ".mark-symbol path", "fill")) == {1}
    shown.grey()
    assert shown.violations(["wcag2aa"]) == []


def test_it_prints(open_page, page_path, tmp_path):
    printed = open_page(page_path).print_to(tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 20_000
