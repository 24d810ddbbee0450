"""The pictures of the documentation, taken from a demonstration as it lies in its release.

    python -m support.screens WORKSPACE

writes ``docs/images``: the worklist on screen and a printed page of it in grey, the sheet of the spreadsheet, the
population report, and its summary as printed in grey. It needs Chromium, and poppler's ``pdftoppm`` for what is
printed; where one is missing it says so and fails. There is no spreadsheet program here: the sheet is drawn in Chromium
from the workbook's own cells, widths, formats and drop-downs, which is what a program would be given and not the window
it would show.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from support.browser import CHROMIUM, QUIET

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
PRINTED_PAGE = 2
PIXELS_A_CHARACTER = 7
"""A spreadsheet's width of a character at 11 points; widths in a workbook are in such characters."""
_SHEET_STYLE = """
body { margin: 0; font: 12px Arial, sans-serif; background: #fff; }
table { border-collapse: collapse; table-layout: fixed; }
td, th { border: 1px solid #d0d4d8; padding: 2px 4px; vertical-align: top; overflow: hidden; overflow-wrap: anywhere; }
tr > :first-child, tr:first-child > th { background: #e6e9ec; color: #4c6272; font-weight: 400; text-align: center; }
.bold { font-weight: 700; } .over { white-space: nowrap; overflow: visible; }
.open { background: #fffbe6; border: 1px solid #4c6272; }
.menu::after { content: "\\25be"; float: right; color: #4c6272; }
"""


def take_screens(workspace: Path, browser: Any, images: Path = IMAGES) -> list[Path]:
    """Write every picture from the workspace's current release and return their paths."""
    release = json.loads((workspace / "releases" / "current.json").read_text(encoding="utf-8"))["release"]
    folder = (workspace / "releases" / release).resolve()
    page = min((folder / "worklists").glob("*.html"))
    images.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        drawn = Path(scratch) / "sheet.html"
        drawn.write_text(
            sheet_html(page.with_suffix(".xlsx"), "list", rows=9, scrolled_to="suggested_actions"), encoding="utf-8"
        )
        return [
            _screen(browser, page, images / "worklist.png", height=1180),
            _printed(browser, page, images / "worklist-printed.png", Path(scratch), PRINTED_PAGE),
            _screen(browser, drawn, images / "worklist-sheet.png", height=700, width=1700),
            _screen(browser, folder / "population" / "population.html", images / "population.png", height=1180),
            _printed(browser, folder / "population" / "summary.html", images / "summary-printed.png", Path(scratch), 1),
        ]


def sheet_html(workbook: Path, name: str, *, rows: int, scrolled_to: str) -> str:
    """Return the first rows of a sheet as an HTML table, with the cells, widths and drop-downs that it holds.

    It shows the columns that stay in sight and those from the column named ``scrolled_to`` on.
    """
    sheet = load_workbook(workbook)[name]
    corner = sheet[sheet.freeze_panes]
    first = next(cell.column for cell in sheet[corner.row - 1] if cell.value == scrolled_to)
    places = [*range(1, corner.column), *range(first, sheet.max_column + 1)]
    letters = [get_column_letter(n) for n in places]
    widths = {letter: round(sheet.column_dimensions[letter].width * PIXELS_A_CHARACTER) for letter in letters}
    menus = {cell for offer in sheet.data_validations.dataValidation for area in offer.sqref for cell in _cells(area)}
    header = corner.row - 1
    lines = [f"<tr><th></th>{''.join(f'<th>{letter}</th>' for letter in letters)}</tr>"]
    for row in sheet.iter_rows(min_row=1, max_row=header + rows):
        cells = []
        for cell in (row[place - 1] for place in places):
            marks = [("bold", cell.font.bold), ("over", cell.row < header), ("menu", cell.coordinate in menus)]
            marks.append(("open", cell.row > header and not cell.protection.locked))
            shown = "" if cell.value is None else escape(_shown(cell.value))
            cells.append(f'<td class="{" ".join(mark for mark, is_on in marks if is_on)}">{shown}</td>')
        lines.append(f"<tr><td>{row[0].row}</td>{''.join(cells)}</tr>")
    columns = "".join(f'<col style="width:{widths[letter]}px">' for letter in letters)
    total = 36 + sum(widths.values())
    return (
        f"<!DOCTYPE html><meta charset='utf-8'><title>{escape(name)}</title><style>{_SHEET_STYLE}</style>"
        f'<table style="width:{total}px"><colgroup><col style="width:36px">{columns}</colgroup>{"".join(lines)}</table>'
    )


def _cells(area: Any) -> Iterator[str]:
    for row in range(area.min_row, area.max_row + 1):
        for column in range(area.min_col, area.max_col + 1):
            yield f"{get_column_letter(column)}{row}"


def _shown(value: Any) -> str:
    return f"{value:%d %b %Y}".lstrip("0") if hasattr(value, "strftime") else str(value)


@contextmanager
def _chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        raise SystemExit("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def _screen(browser: Any, file: Path, to: Path, *, height: int, width: int = 1280) -> Path:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(file.as_uri(), wait_until="load")
    page.screenshot(path=to)
    page.close()
    return to


def _printed(browser: Any, file: Path, to: Path, scratch: Path, sheet: int) -> Path:
    """Write one sheet of a page as it comes from a printer without colour."""
    rasterise = shutil.which("pdftoppm")
    if rasterise is None:
        raise SystemExit("no pdftoppm on this machine: apt-get install poppler-utils")
    page = browser.new_page()
    page.goto(file.as_uri(), wait_until="load")
    page.pdf(path=scratch / "page.pdf", prefer_css_page_size=True, print_background=False)
    page.close()
    number = str(sheet)
    command = [rasterise, "-r", "110", "-gray", "-png", "-singlefile", "-f", number, "-l", number]
    subprocess.run([*command, str(scratch / "page.pdf"), str(to.with_suffix(""))], check=True)
    return to


if __name__ == "__main__":
    with _chromium() as chromium:
        taken = take_screens(Path(sys.argv[1]), chromium)
    for written in taken:
        print(written.relative_to(IMAGES.parents[1]))  # noqa: T201 (a command's answer)
