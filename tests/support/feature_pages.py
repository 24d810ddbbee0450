"""``docs/reference/features.md`` and its pages: what the comments of ``sql/features`` say, and the worked examples.

Written by ``make docs``; a test holds the pages to the comments and the examples. The examples are those of
``tests/spec``, which is why the pages are made here and not by the package.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

from riskstrat.features.catalogue import Family, families, statements
from riskstrat.features.dictionary import KEYS
from riskstrat.pages import long_date
from support.landed import ORDINARY, SHORT
from support.tables import draw, remarks_of, rows_of
from support.worked_examples import Example, Landed, worked_examples

REFERENCE = Path(__file__).parents[2] / "docs/reference"
INDEX = "features.md"
FOLDER = "features"
BENEATH = "what-was-known"
WIDEST = 96
"""Characters of a drawn table that a page of ordinary width shows without scrolling."""
LONGEST = 40
"""Rows above which a table is told by its first rows and how many there are."""
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def pages() -> dict[str, str]:
    """Return every page by its path below ``docs/reference``: the index, one a family, one of what they stand on."""
    written = {INDEX: _joined(_index())}
    for family in families():
        written[f"{FOLDER}/{family.name}.md"] = _joined(_family_page(family))
    written[f"{FOLDER}/{BENEATH}.md"] = _joined(_beneath())
    return written


def _index() -> Iterator[str]:
    count = sum(len(family.statement.columns) for family in families())
    yield f"""# Features

A snapshot has one row per person of the population at an index date (`store/features/index_date=…/part.parquet`):
three keys and {count} columns in {len(families())} families. Each family has a page: what every column means, in what
unit, over which window, and worked examples. The pages are written by `make docs` from the comments of
`sql/features/*.sql` and from the examples in `tests/spec/`, which are run as tests; another test holds the pages to
both. To change a page, change those.

*0 if none* is zero only where every source of the family is there, reaches back to the start of the column's
window, is complete past that start, and is not withheld for the person; otherwise the column is null, as it
is where it says *null if none*. *Null if never given* is null for everybody where the sender gives that detail of
nobody. Code lists, weights and rules are starters that nobody reviewed clinically.

| key | meaning |
| --- | --- |"""
    yield from (f"| `{name}` | {meaning} |" for name, meaning in KEYS)
    yield ""
    yield "## Families"
    yield ""
    for family in families():
        columns = " ".join(f"`{column.name}`" for column in family.statement.columns)
        yield f"- **[{family.name}]({FOLDER}/{family.name}.md)**: {family.statement.title} {columns}"
    yield ""
    yield f"What the families stand on, once for all of them, has [a page of its own]({FOLDER}/{BENEATH}.md): the"
    yield "versions known at an index date, spells and stays, the population and its attrition, the sources."
    yield ""
    yield from _how_to_read()


def _how_to_read() -> Iterator[str]:
    yield """## How to read an example
A few rows land; the table below them is what the snapshot then says of these people. People are letters. `-` is a
missing value, and what follows `#` is a remark. What a row does not say is filled with the ordinary: everyone is
a woman born on 1 January 1950, registered at practice P1 since 1 January 2000; every source is there, began in 1990 and
ends on the day before the index date, with the lag of the [landing tables](landing-tables.md). Columns not drawn
are not the example's matter. Wide results are turned: columns downwards, people across.

Landing columns have short names in the examples; `received` is `available_date` everywhere.

| table | short names | filled in |
| --- | --- | --- |"""
    for table, short in sorted(SHORT.values()):
        names = ", ".join(f"`{name}` {column}" for name, column in short.items())
        ordinary = ", ".join(f"{column} {value}" for column, value in ORDINARY.get(table, {}).items())
        yield f"| `{table}` | {names} | {ordinary} |"


def _family_page(family: Family) -> Iterator[str]:
    header = family.statement.header
    made_from = ", ".join(f"`{name}`" for name in family.sources) or "`person`"
    yield f"""# {family.name}
{family.statement.title} [All features](../{INDEX})

Made from {made_from}. Grain: {header["grain"]}. Source: {header.get("source", "none stated")}.
Statement: `sql/features/{family.name}.sql`.

## Columns
Each with its meaning and (unit; lookback window; what a person without a row gets).
"""
    for column in family.statement.columns:
        yield f"- `{column.name}`: {column.meaning} ({column.unit}; {column.window}; {column.missing})"
    yield ""
    yield from _examples("## Worked examples", [e for e in worked_examples() if e.landed.table == family.name])


def _beneath() -> Iterator[str]:
    yield f"""# What the families stand on
Tables that are made once at an index date and that every family reads. [All features](../{INDEX})"""
    for statement in statements():
        examples = [example for example in worked_examples() if example.landed.table == statement.name]
        if statement.layer == "features" and "order" not in statement.header and examples:
            yield ""
            yield f"## {statement.name}"
            yield f"{statement.title} Grain: {statement.header['grain']}. Source: {statement.header['source']}."
            yield ""
            for column in statement.columns:
                yield f"- `{column.name}`: {column.meaning} ({column.unit}; {column.missing})"
            yield ""
            yield from _examples("", examples)


def _examples(heading: str, examples: list[Example]) -> Iterator[str]:
    """Return the examples, those that begin with the same rows at the same date under one drawing of them."""
    files = ", ".join(f"`tests/spec/{name}`" for name in sorted({example.file for example in examples}))
    if heading:
        yield heading
    yield f"Run as tests: {files}. [How to read them](../{INDEX}#how-to-read-an-example)."
    for landed in dict.fromkeys(example.landed for example in examples):
        of_one = [example for example in examples if example.landed == landed]
        yield ""
        yield f"### {of_one[0].title}"
        yield from _landing(landed)
        for place, (title, same) in enumerate(groupby(of_one, key=lambda example: example.title)):
            yield f"\n**{title}**, from the same rows:" if place else "\nWhat comes out:"
            for example in same:
                if example.said:
                    yield example.said.replace("\n", " ") + "\n"
                yield from _block(_turned(example.expected) or _drawn(example.expected))


def _landing(landed: Landed) -> Iterator[str]:
    told = [f"As at {long_date(date.fromisoformat(landed.on))}"]
    told += [f"without `{name}`" for name in landed.absent]
    if not landed.is_withheld:
        told.append("a purpose opened to people with a type 1 objection")
    yield ", ".join(told) + "."
    for argument, drawn in landed.drawn:
        yield "\nWhat the sources cover:" if argument == "sources" else f"\n`{SHORT[argument][0]}`"
        yield from _block(_drawn(drawn))


def _drawn(text: str) -> list[str]:
    """Return a drawn table with its columns aligned and its remarks kept."""
    rows = rows_of(text)
    names = list(rows[0]) if rows else []
    lines = draw(names, [[row[name] or "-" for name in names] for row in rows]).splitlines()
    if len(rows) > LONGEST:
        return [*lines[:5], f"... {len(rows):,} rows in all: {_by_month(rows)}"]
    width = max(len(line) for line in lines)
    beside = zip(lines[2:], remarks_of(text), strict=True)
    return [*lines[:2], *(f"{line:<{width}}   # {remark}" if remark else line for line, remark in beside)]


def _by_month(rows: Sequence[Mapping[str, str | None]]) -> str:
    """Return how many rows are dated in each month, by their first date."""
    dated = [next(cell for cell in row.values() if cell and DATE.fullmatch(cell)) for row in rows]
    months = Counter(day[:7] for day in dated)
    return ", ".join(f"{count} in {month}" for month, count in sorted(months.items()))


def _turned(text: str) -> list[str] | None:
    """Return a table that is too wide with columns downwards and rows across; ``None`` if it is not."""
    rows = rows_of(text)
    if max(len(line) for line in _drawn(text)) <= WIDEST:
        return None
    key, *names = rows[0]
    across = [str(row[key]) for row in rows]
    lines = draw([key, *across], [[name, *(row[name] or "-" for row in rows)] for name in names]).splitlines()
    return [*lines, *(f"# {who}: {said}" for who, said in zip(across, remarks_of(text), strict=True) if said)]


def _block(lines: Iterable[str]) -> Iterator[str]:
    yield "```text"
    yield from lines
    yield "```"


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def write() -> None:
    """Write every page and remove those of families that are no more."""
    wanted = pages()
    (REFERENCE / FOLDER).mkdir(exist_ok=True)
    for path in (REFERENCE / FOLDER).glob("*.md"):
        if f"{FOLDER}/{path.name}" not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
