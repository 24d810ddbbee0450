"""Spreadsheets and CSV files that people open: typed cells, one table a sheet, nothing that can act as a formula.

Workbooks follow the Analysis Function's "Releasing statistics in spreadsheets": a cover, one marked-up table per sheet,
its title in A1, no merged cells, a sans-serif type, short tab names, open at the first tab. The same content gives the
same bytes.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import polars as pl
import xlsxwriter

from riskstrat import __version__
from riskstrat.garbage import uncollected
from riskstrat.pages import INTENDED_USE

LONGEST_TEXT: Final = 32_767
"""Characters a cell can hold; longer text is cut and ends in an ellipsis."""

_CREATED: Final = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # fixed: a clock here would change the bytes
_FONT: Final = {"font_name": "Arial", "font_size": 12, "valign": "top", "text_wrap": True}
"""How every cell looks that has no format of its own: naming a format cell by cell costs a tenth of a long sheet."""

_FORMULA_START: Final = re.compile(r"'*[=+\-@\t\r\n]")


@dataclass(frozen=True)
class SheetTable:
    """One sheet with one table.

    ``name`` is the tab (1 to 30 characters), ``title`` stands in A1, ``notes`` below it, one a row. Columns are typed
    by the frame: text is always text, dates are dates, numbers numbers, booleans "yes" or "no", null an empty cell;
    ``empty_means`` is the sentence that says what an empty cell is, written after the notes where there is one.
    ``headings`` rename columns for readers; ``number_formats`` are spreadsheet formats by column; ``widths`` are in
    characters. ``choices`` gives a column a drop-down. ``editable`` columns can be written in while all others are
    locked (without a password: it guards against slips, not against people); an empty set leaves the sheet open.
    ``keep_left`` columns stay in sight when the sheet is scrolled sideways.
    """

    name: str
    title: str
    frame: pl.DataFrame
    notes: Sequence[str] = ()
    empty_means: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    number_formats: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, float] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    editable: Collection[str] = ()
    keep_left: int = 0
    landscape: bool = True

    def __post_init__(self) -> None:
        """Refuse what a spreadsheet program would refuse or mend on its own."""
        if not re.fullmatch(r"[^\[\]:*?/\\']{1,30}", self.name):
            raise ValueError(f"not a tab name of 1 to 30 plain characters: {self.name!r}")
        titles = [self.headings.get(column, column).casefold() for column in self.frame.columns]
        if len(set(titles)) != len(titles) or not titles:
            raise ValueError(f"sheet {self.name}: every column needs a heading of its own")
        if any(len(",".join(words)) > 255 for words in self.choices.values()):
            raise ValueError(f"sheet {self.name}: a drop-down holds 255 characters at most")
        strangers = {*self.headings, *self.number_formats, *self.widths, *self.choices, *self.editable}
        strangers -= set(self.frame.columns)
        if strangers:
            raise ValueError(f"sheet {self.name}: no such columns: {', '.join(sorted(strangers))}")

    @property
    def explained(self) -> list[str]:
        """The notes, and where a cell is empty what that means."""
        has_empty = any(_is_empty(self.frame[name]).any() for name in self.frame.columns)
        return [*self.notes, *([self.empty_means] if self.empty_means and has_empty else [])]

    def without_empty_columns(self) -> Self:
        """Return the table without the columns in which every cell is empty; a table without rows keeps its columns."""
        if self.frame.is_empty():
            return self
        kept = self.frame.select(name for name in self.frame.columns if not _is_empty(self.frame[name]).all())

        def of_kept(ways: Mapping[str, Any]) -> dict[str, Any]:
            return {name: way for name, way in ways.items() if name in kept.columns}

        return replace(
            self,
            frame=kept,
            headings=of_kept(self.headings),
            number_formats=of_kept(self.number_formats),
            widths=of_kept(self.widths),
            choices=of_kept(self.choices),
        )


def _is_empty(values: pl.Series) -> pl.Series:
    """Whether each value is written as an empty cell: nothing, no text, or no number."""
    if values.dtype == pl.String:
        return values.fill_null("") == ""
    return ~values.is_finite().fill_null(value=False) if values.dtype.is_float() else values.is_null()


def write_workbook(path: Path, *, title: str, about: Sequence[str], tables: Sequence[SheetTable]) -> None:
    """Write a workbook: a cover (``title``, ``about``, the intended use, what each sheet holds), then the tables.

    Raises ``ValueError`` where two sheets have one name.
    """
    names = ["cover", *(table.name.casefold() for table in tables)]
    if len(set(names)) != len(names):
        raise ValueError("two sheets of one workbook have the same name")
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    options = {"in_memory": True, "default_format_properties": dict(_FONT), **as_text}  # it writes into them
    with uncollected(), xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": title, "author": f"riskstrat {__version__}", "created": _CREATED})
        _write_cover(book, title, about, tables)
        for number, table in enumerate(tables, start=1):
            _write_table(book, table, number)


def write_csv(path: Path, frame: pl.DataFrame) -> None:
    """Write a frame as CSV: see ``csv_bytes``."""
    path.write_bytes(csv_bytes(frame))


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """Return a frame as CSV: UTF-8, ISO dates, CRLF line ends (RFC 4180), ``true``/``false``, empty for null.

    Every text column is guarded (see ``guarded``); numbers and dates are written as they are.
    """
    text = [name for name, kind in frame.schema.items() if kind == pl.String]
    safe = frame.with_columns(
        pl.when(pl.col(name).str.contains(rf"^(?:{_FORMULA_START.pattern})"))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(pl.col(name))
        .alias(name)
        for name in text
    )
    return safe.write_csv(line_terminator="\r\n", date_format="%Y-%m-%d").encode()


def guarded(text: str) -> str:
    """Return text that no spreadsheet program takes for a formula: an apostrophe before a leading = + - or @."""
    return f"'{text}" if _FORMULA_START.match(text) else text


def unguarded(text: str) -> str:
    """Return the text that ``guarded`` was given."""
    return text[1:] if text.startswith("'") and _FORMULA_START.match(text) else text


def _write_cover(book: Any, title: str, about: Sequence[str], tables: Sequence[SheetTable]) -> None:
    sheet = book.add_worksheet("Cover")
    sheet.set_column(0, 0, 100)
    sheet.write_string(0, 0, title, book.add_format({**_FONT, "font_size": 16, "bold": True}))
    sheets = [f"Sheet {table.name}: {table.title}" for table in tables]
    holds = f"This workbook has {len(tables)} sheets after this cover, each with one table."
    if len(tables) == 1:
        holds = "This workbook has one sheet after this cover, with one table."
    said = [*about, INTENDED_USE, holds]
    for row, line in enumerate(said, start=1):
        sheet.write_string(row, 0, _short_enough(line))
    link = book.add_format({**_FONT, "font_color": "#005EB8", "underline": 1})
    for row, (table, line) in enumerate(zip(tables, sheets, strict=True), start=1 + len(said)):
        sheet.write_url(row, 0, f"internal:'{table.name}'!A1", link, line)
    _print_setup(sheet, landscape=False)
    sheet.activate()


def _write_table(book: Any, table: SheetTable, number: int) -> None:
    sheet = book.add_worksheet(table.name)
    sheet.write_string(0, 0, table.title, book.add_format({**_FONT, "font_size": 14, "bold": True, "text_wrap": False}))
    unwrapped = book.add_format({**_FONT, "text_wrap": False})
    notes = table.explained
    for row, note in enumerate(notes, start=1):
        sheet.write_string(row, 0, _short_enough(note), unwrapped)
    first = 1 + len(notes)
    last_column = table.frame.width - 1
    heading = book.add_format({**_FONT, "bold": True, "bottom": 2, "valign": "bottom", "bg_color": "#F0F4F5"})
    sheet.add_table(
        first,
        0,
        first + max(1, table.frame.height),
        last_column,
        {
            "name": f"table_{number}",
            "style": None,
            "columns": [
                {"header": table.headings.get(column, column), "header_format": heading}
                for column in table.frame.columns
            ],
        },
    )
    line = book.add_format({"bottom": 1, "bottom_color": "#D8DDE0"})
    formats = _formats(book, table)
    for column, name in enumerate(table.frame.columns):
        sheet.set_column(column, column, table.widths.get(name, _width(table, name)))
        _write_column(sheet, first + 1, column, table.frame[name], formats[name], keep_empty=name in table.editable)
        if name not in table.editable:  # one line for all cells of a column, empty ones among them
            rule = {"type": "formula", "criteria": "=TRUE", "format": line}
            sheet.conditional_format(first + 1, column, first + max(1, table.frame.height), column, rule)
        if name in table.choices:
            _offer(sheet, table, first, column, name)
    if table.frame.is_empty():
        sheet.write_string(first + 1, 0, "none")
    sheet.freeze_panes(first + 1, table.keep_left)
    sheet.repeat_rows(first)
    if table.editable:
        sheet.protect("", {"sort": True, "autofilter": True, "format_columns": True, "format_rows": True})
    _print_setup(sheet, landscape=table.landscape)


def _formats(book: Any, table: SheetTable) -> dict[str, Any]:
    """Return each column's format, one for all columns that look alike; ``None`` where it looks as every cell does."""
    made: dict[tuple[tuple[str, Any], ...], Any] = {(): None}
    formats = {}
    for name, kind in table.frame.schema.items():
        look: dict[str, Any] = {}
        if kind == pl.Date:
            look |= {"num_format": "d mmm yyyy", "align": "left"}
        elif kind.is_integer():
            look["num_format"] = "#,##0"
        if name in table.number_formats:
            look["num_format"] = table.number_formats[name]
        if name in table.editable:
            look |= {"locked": False, "border": 1, "border_color": "#4C6272"}
            look |= {"num_format": "@"} if kind == pl.String else {}
        key = tuple(look.items())
        if key not in made:
            made[key] = book.add_format({**_FONT, **look})
        formats[name] = made[key]
    return formats


def _write_column(sheet: Any, first: int, column: int, values: pl.Series, look: Any, *, keep_empty: bool) -> None:
    """Write a column by its type, which is asked once: a board's workbooks have a million cells.

    Empty text is no cell. ``keep_empty`` writes empty cells too, with their look: one that is not there cannot be
    unlocked.
    """
    kind, cells = values.dtype, pl.col(values.name)
    if kind == pl.Date:
        write, cells = sheet.write_datetime, cells.cast(pl.Datetime("us"))
    elif kind.is_numeric():
        write, cells = sheet.write_number, pl.when(cells.is_finite()).then(cells)
    else:
        words = pl.when(cells).then(pl.lit("yes")).otherwise(pl.lit("no")) if kind == pl.Boolean else cells
        words = pl.when(cells.is_not_null()).then(words.cast(pl.String)).replace("", None)
        is_long = words.str.len_chars() > LONGEST_TEXT
        cut = pl.concat_str(words.str.head(LONGEST_TEXT - 1), pl.lit("…"))
        write, cells = sheet.write_string, pl.when(is_long).then(cut).otherwise(words)
    for row, value in enumerate(values.to_frame().select(cells).to_series().to_list(), start=first):
        if value is not None:
            write(row, column, value, look)
        elif keep_empty:
            sheet.write_blank(row, column, None, look)


def _offer(sheet: Any, table: SheetTable, first: int, column: int, name: str) -> None:
    choices = list(table.choices[name])
    sheet.data_validation(
        first + 1,
        column,
        first + max(1, table.frame.height),
        column,
        {
            "validate": "list",
            "source": choices,
            "error_title": "Choose from the list",
            "error_message": "This column takes one of the words in its drop-down.",
        },
    )


def _width(table: SheetTable, name: str) -> float:
    """Return a width in characters that holds most values on a line or two."""
    longest = max(
        (len(str(value)) for value in table.frame[name].head(200) if value is not None),
        default=0,
    )
    return float(min(60, max(10, len(table.headings.get(name, name)) * 0.7 + 3, longest * 1.15 + 2)))


def _print_setup(sheet: Any, *, landscape: bool) -> None:
    sheet.set_paper(9)  # A4
    if landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&8Decision support: a clinician decides about each person.&R&8&A, page &P of &N")


def _short_enough(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
