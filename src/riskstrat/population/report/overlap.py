"""What the page, the workbook and a CSV show of who is in several groups at once: from published figures alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from riskstrat.disclosure import SHORTHAND
from riskstrat.pages import chart
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.cohorts import EMPTY_MEANS, REVISED_FROM, TABLE_NOT_SHOWN, revised_in_words
from riskstrat.population.figures.overlap import (
    COMBINATION,
    GROUP,
    HELD_WORDS,
    NO_PROGRAMME,
    ON_PROGRAMME,
    OVERLAP,
    PROGRAMME_WORDS,
    TABLES,
    combination_words,
    split_words,
)
from riskstrat.sheets import SheetTable, write_csv

OVERLAP_CSV = "overlap.csv"
MOST_COMBINATIONS = 15
"""Combinations that the page shows; the files have all."""
HEADINGS = {
    "period": "Index date: the figures are as at the start of this day",
    "table": f"{OVERLAP}: in how many groups people are; {COMBINATION}: in these groups and no others; {GROUP}: in "
    f"this group, or in these two both; {NO_PROGRAMME}: people of a cohort in no programme; "
    f"{ON_PROGRAMME}: people of a cohort who are also in one that is a programme (of two programmes one row)",
    "groups": "Words of the row: a number of groups, their names, or the id of the cohort",
    "programmes": "Whether a programme holds the people, or the id of the cohort that is a programme",
    "people": "People at the board; empty where the note says why",
    "note": f"'{SHORTHAND}' suppressed, or why it is not shown",
    REVISED_FROM: "Where the figure is revised: what the latest earlier release printed of the same date; empty where "
    "it is not",
}
_REMARKS = {"note": "Note", "revised": "Revised"}
_DOTS = ["in", "out"]
_NONE, _ALL = PROGRAMME_WORDS["none"], PROGRAMME_WORDS["all"]


def overlap_figures(now: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of ``HEADINGS`` from one index date's tidy rows; every row is of the board."""
    parts = pl.col("measure").str.extract_groups(r"^(.*), ([^,]*)$").struct
    is_cohort = pl.col("cohort") == NO_PROGRAMME
    return now.filter(pl.col("cohort").is_in(TABLES)).select(
        "period",
        pl.col("cohort").alias("table"),
        pl.when(is_cohort).then(pl.col("measure")).otherwise(parts.field("1")).alias("groups"),
        pl.when(is_cohort).then(pl.lit(_NONE)).otherwise(parts.field("2")).alias("programmes"),
        pl.col("value").cast(pl.Int64).alias("people"),
        "note",
        pl.col(REVISED_FROM).cast(pl.Int64),
    )


def write_overlap(folder: Path, figures: pl.DataFrame) -> None:
    """Write the figures as CSV."""
    write_csv(folder / OVERLAP_CSV, figures)


def overlap_sheets(figures: pl.DataFrame, cohorts: Sequence[Cohort]) -> Iterator[SheetTable]:
    """Yield the sheets: in how many groups people are, which combinations, two groups, which programme, none."""
    said = (
        (OVERLAP, "Overlap", "in how many groups of need people are at once", "Everybody is counted once."),
        (
            COMBINATION,
            "Combinations",
            "in which groups of need people are, and no others",
            "Everybody is counted once.",
        ),
        (GROUP, "Two groups", "who is in a group, or in two groups both", "A person can be in several rows."),
    )
    was = revised_in_words({"people": "people"})
    figures = figures.rename({REVISED_FROM: f"people_{REVISED_FROM}"}).with_columns(was)
    headings = {"groups": "Groups", "programmes": "Programmes", "people": "People", **_REMARKS}
    for table, name, title, note in said:
        yield SheetTable(
            name=name,
            title=f"Board: {title}, and whether a programme holds them",
            notes=[note, "The sheet Definitions says which cohorts make up a group."],
            empty_means=EMPTY_MEANS,
            frame=figures.filter(pl.col("table") == table).select(*headings),
            headings=headings,
            widths={"groups": 60},
        )
    titles = {cohort.id: cohort.title for cohort in cohorts}
    alone = figures.filter(pl.col("table") == NO_PROGRAMME).select(
        pl.col("groups").replace_strict(titles).alias("cohort"), "people", *_REMARKS
    )
    yield SheetTable(
        name="In no programme",
        title="Board: people of each cohort whom no programme holds",
        empty_means=f"{EMPTY_MEANS} Where programmes are not known no row has a figure.",
        frame=alone,
        headings={"cohort": "Cohort", "people": "People in no programme", **_REMARKS},
        widths={"cohort": 44},
    )
    on = figures.filter(pl.col("table") == ON_PROGRAMME).select(
        pl.col("groups").replace_strict(titles).alias("cohort"),
        pl.col("programmes").replace_strict(titles).alias("programme"),
        "people",
        *_REMARKS,
    )
    yield SheetTable(
        name="On programmes",
        title="Board: people of each cohort who are in each programme",
        notes=["A person can be in several rows."],
        empty_means=EMPTY_MEANS,
        frame=on,
        headings={"cohort": "Cohort", "programme": "Programme", "people": "People in both", **_REMARKS},
        widths={"cohort": 44, "programme": 32},
    )


def overlap_section(figures: pl.DataFrame, board: pl.DataFrame, cohorts: Sequence[Cohort]) -> dict[str, Any]:
    """Return what the page shows; ``board`` has a row per cohort with its published size (``side_by_side``)."""
    cells = {
        (row["table"], row["groups"], row["programmes"]): row for row in figures.sort("table").iter_rows(named=True)
    }
    columns = [words for words in PROGRAMME_WORDS.values() if (OVERLAP, HELD_WORDS["all"], words) in cells]
    whole = [row for (table, _, words), row in cells.items() if (table, words) == (GROUP, _ALL)]
    groups = [str(row["groups"]) for row in whole if "; " not in row["groups"]]
    groups = [name for name in dict.fromkeys(cohort.overlap_group for cohort in cohorts) if name in groups]
    narrow = [words for words in columns if words in (_NONE, _ALL)]
    shown = _largest(cells, narrow)
    told = {name for table, *names in cells if table == ON_PROGRAMME for name in names}
    on_programmes = [cohort for cohort in cohorts if cohort.id in told and cohort.is_programme]
    supported = list(_supported(cells, board, cohorts, on_programmes))
    return {
        "file": OVERLAP_CSV,
        "left_out": figures["note"].eq(TABLE_NOT_SHOWN).any(),
        "columns": columns,
        "rows": [(words, [cells[OVERLAP, words, column] for column in columns]) for words in HELD_WORDS.values()],
        "groups": [(name, [one.title for one in cohorts if one.overlap_group == name]) for name in groups],
        "unneeded": _people(cells.get((OVERLAP, HELD_WORDS["any"], _NONE))),
        "combination_columns": narrow,
        "combinations": shown,
        "not_shown": sum(key[0] == COMBINATION and key[2] == _ALL for key in cells) - len(shown),
        "chart": _picture(shown, groups) if any(row["all"]["people"] for row in shown) else None,
        "matrix": [(one, [cells[GROUP, _both(one, other, groups), _ALL] for other in groups]) for one in groups],
        "programmes": [programme.title for programme in on_programmes],
        "supported": [
            ("Who is supported by which programme", "in groups of need", [row for row in supported if row["is_need"]]),
            ("Every other cohort and segment", "others", [row for row in supported if not row["is_need"]]),
        ],
    }


def _both(one: str, other: str, groups: Sequence[str]) -> str:
    return combination_words(sorted({one, other}, key=list(groups).index))


def _people(row: dict[str, Any] | None) -> int | None:
    return None if row is None else row["people"]


def _largest(cells: dict[tuple[str, str, str], dict[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the combinations of most people as published, each with its figure by programme, suppressed ones last."""
    found: list[dict[str, Any]] = []
    for (table, groups, programme), row in cells.items():
        names, _ = split_words(f"{groups}, {programme}")
        if table == COMBINATION and programme == _ALL and groups != combination_words(()):
            by_programme = [cells[COMBINATION, groups, column] for column in columns]
            found.append({"groups": names, "all": row, "figures": by_programme})
    found.sort(key=lambda one: (-(one["all"]["people"] or 0), len(one["groups"]), one["groups"]))
    return found[:MOST_COMBINATIONS]


def _supported(
    cells: dict[tuple[str, str, str], dict[str, Any]],
    board: pl.DataFrame,
    cohorts: Sequence[Cohort],
    programmes: Sequence[Cohort],
) -> Iterator[dict[str, Any]]:
    """Yield each cohort with its size, its people in each programme (nothing in itself), and those in none."""
    in_need = {cohort.id for cohort in cohorts if cohort.overlap_group}
    for row in board.iter_rows(named=True):
        one, cohort = cells.get((NO_PROGRAMME, row["cohort"], _NONE)), row["cohort"]
        if one is not None:
            both = [
                cells.get((ON_PROGRAMME, cohort, programme.id)) or cells.get((ON_PROGRAMME, programme.id, cohort))
                for programme in programmes
            ]
            own = {"title": row["title"], "size": row["people_value"], "size_note": row["people_note"]}
            own |= {"size_was": row[f"people_{REVISED_FROM}"]}
            yield own | one | {"is_need": cohort in in_need, "on": both}


def _picture(shown: Sequence[dict[str, Any]], groups: Sequence[str]) -> Markup:
    """Return a row per combination: a dot for each group it is of, and a bar for its people."""
    drawn = [row for row in shown if row["all"]["people"]]
    names = ["; ".join(row["groups"]) for row in drawn]
    y = alt.Y("name:N", sort=names, title=None, axis=None)
    dots = [
        {"name": name, "group": group, "is_in": "in" if group in row["groups"] else "out"}
        for name, row in zip(names, drawn, strict=True)
        for group in groups
    ]
    bars = [{"name": name, "people": row["all"]["people"]} for name, row in zip(names, drawn, strict=True)]
    height = 24 * len(names)
    matrix = (
        alt.Chart({"values": dots})
        .mark_point(filled=True, opacity=1)
        .encode(
            x=alt.X("group:N", sort=list(groups), title=None, axis=alt.Axis(orient="top", labelAngle=-35, ticks=False)),
            y=y,
            size=alt.Size("is_in:N", scale=alt.Scale(domain=_DOTS, range=[130, 18]), legend=None),
            color=alt.Color("is_in:N", scale=alt.Scale(domain=_DOTS, range=["#003087", "#768692"]), legend=None),
        )
        .properties(width=32 * max(2, len(groups)), height=height)
    )
    base = alt.Chart({"values": bars}).encode(y=y, x=alt.X("people:Q", title="People", axis=alt.Axis(tickCount=5)))
    numbers = base.mark_text(align="left", dx=4).encode(text=alt.Text("people:Q", format=","))
    picture = alt.hconcat(matrix, alt.layer(base.mark_bar(height=14), numbers).properties(width=330, height=height))
    said = "; ".join(
        f"{name.replace('; ', ' with ')}: {row['people']:,}" for name, row in zip(names, bars, strict=True)
    )
    return chart(
        picture,
        title="People by combination of groups",
        description=f"A row for each combination, dots for the groups it is of, a bar for its people. {said}.",
    )
