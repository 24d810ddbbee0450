"""Whether the board's worklists pass some groups by, as a commissioner may read it: rounded, suppressed, in words.

Made from ``store/worklist_equity``, which the worklists room writes. Counts are printed as the one disclosure control
says (``riskstrat.population.protection.equity``), and everything else is made from them: shares, places, and whether a
group is passed by. Where the people listed are a ``*``, their true number is asked whether they are passed by, and the
answer is known to whoever attacks the table. The share of expected admissions is a model's figure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from riskstrat.disclosure import SHORTHAND, Figure, Rule, figure, is_small
from riskstrat.population.methods.rates import proportion
from riskstrat.project import Workspace
from riskstrat.sheets import SheetTable, write_csv

NO_DIFFERENCE = "no difference beyond chance"
"""The finding of a group that is listed as often as its need would have it."""
TOO_FEW = "too few to say"
PASSED_BY = "listed less often than others who met a rule"
BELOW_NEED = "below its share of expected admissions"
PUSHED_DOWN = "the priority puts it behind what the estimate alone would list: look at its weights"
EQUITY_CSV = "worklist-equity.csv"
MET, LISTED = COUNTS = ("met_a_rule", "listed")
HEADINGS = {
    "dimension": "Compared by",
    "group": "Group",
    MET: "Met a rule, free to be listed",
    LISTED: "Listed",
    "share_of_rule": "% of those who met a rule",
    "share_of_list": "% of those listed",
    "share_of_need": "% of expected emergency admissions",
    "finding": "Finding, and what would restore it",
}
_LAYER = "worklist_equity"
_COVER_EVERYBODY = ("deprivation", "ethnicity")


@dataclass(frozen=True)
class Group:
    """People of one group of a dimension, as they are: adults free to be listed, who met a rule, who is listed.

    ``need`` is the model's share of the emergency admissions expected among all such adults, ``None`` without one.
    """

    dimension: str
    name: str
    adults: int
    met: int
    listed: int
    need: float | None = None
    is_pushed_down: bool = False


@dataclass(frozen=True)
class Lists:
    """Who is on the board's worklists, by group."""

    groups: tuple[Group, ...] = ()

    def of(self, dimension: str) -> tuple[Group, ...]:
        """The groups of one dimension."""
        return tuple(group for group in self.groups if group.dimension == dimension)

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """What people are compared by, in order."""
        return tuple(dict.fromkeys(group.dimension for group in self.groups))

    @cached_property
    def totals(self) -> dict[str, int]:
        """How many met a rule and how many are listed, of a dimension whose groups are everybody; 0 without one."""
        everybody = [self.of(dimension) for dimension in self.dimensions if dimension in _COVER_EVERYBODY]
        return {
            MET: max((sum(group.met for group in groups) for groups in everybody), default=0),
            LISTED: max((sum(group.listed for group in groups) for groups in everybody), default=0),
        }

    def is_everybody(self, dimension: str) -> bool:
        """Whether everybody is in exactly one group of a dimension."""
        return dimension in _COVER_EVERYBODY


@dataclass(frozen=True)
class EquityLine:
    """One group. Counts are as published, null where suppressed; shares are in per cent, null where not shown."""

    dimension: str
    group: str
    met_a_rule: int | None
    listed: int | None
    share_of_rule: int | None
    share_of_list: int | None
    share_of_need: int | None
    finding: str

    @property
    def is_of_nobody(self) -> bool:
        """Whether nobody of the group met a rule, and none of its share of need is known."""
        return self.met_a_rule == 0 and self.share_of_need is None


def read_lists(workspace: Workspace, index_date: date) -> Lists:
    """Return who is listed by group; nobody where no lists were made, or where it may not be counted.

    Lists may show people whom a board keeps out of planning: then nothing is published of who was listed.
    """
    file = workspace.part(_LAYER, index_date)
    opened = workspace.settings.opt_out
    may_list = {name.split(".")[0] for name in opened.opened("case_finding")}
    may_count = {name.split(".")[0] for name in opened.opened("planning")}
    if not file.is_file() or not may_list <= may_count:
        return Lists()
    columns = ["dimension", "value", "adults", "met_a_rule", "listed", "share_of_need", "is_pushed_down"]
    return Lists(tuple(Group(*row) for row in pl.read_parquet(file, columns=columns).select(columns).iter_rows()))


def cell_of(count: str, dimension: str, group: str) -> str:
    """Return what a count of one group is called among the cells of the report: the middle of its key."""
    return f"{count}: {group}, {dimension}"


def equity_lines(
    lists: Lists, figures: Mapping[str, Figure], sayable: Collection[tuple[str, str]], rule: Rule
) -> tuple[EquityLine, ...]:
    """Return the table as it may be published, without the dimensions that are not printed.

    ``figures`` are the counts by ``cell_of``; ``sayable`` are the dimension and group of those listed under a ``*`` of
    whom it may be said whether they are passed by.
    """
    published = {name: figure(total, rule).shown for name, total in lists.totals.items()}
    lines = []
    for group in lists.groups:
        shown = {name: figures.get(cell_of(name, group.dimension, group.name)) for name in COUNTS}
        met, listed = shown[MET], shown[LISTED]
        if met is None or listed is None or not (met.is_printed and listed.is_printed):
            continue
        is_whole = met.shown is not None and listed.shown is not None and has_enough_adults(group, rule)
        may_say = is_whole or (group.dimension, group.name) in sayable
        lines.append(
            EquityLine(
                group.dimension,
                group.name,
                met.shown,
                listed.shown,
                _percent(met.shown, published[MET]),
                _percent(listed.shown, published[LISTED]),
                round(100 * group.need) if is_whole and group.need is not None else None,
                _finding(group, met.shown, listed.shown, lists.totals) if may_say else TOO_FEW,
            )
        )
    return tuple(lines)


def has_enough_adults(group: Group, rule: Rule) -> bool:
    """Whether a share of expected admissions may be shown: of a few adults it would be theirs."""
    return group.adults > 0 and not is_small(group.adults, rule)


def said_of(group: Group, met: int, listed: int, totals: Mapping[str, int]) -> tuple[bool, bool]:
    """Return whether so many listed, of so many who met a rule as is printed, are passed by, and below their need.

    Both where chance does not explain it: the whole 95 % Wilson interval lies below.
    """
    everyone = totals[LISTED]
    overall = everyone / totals[MET] if totals[MET] else 0.0
    is_passed_by = met > 0 and proportion(min(listed, met), met).upper < overall
    need = group.need
    is_below = bool(need is not None and everyone and proportion(min(listed, everyone), everyone).upper < need)
    return is_passed_by, is_below


def write_equity(folder: Path, lines: Sequence[EquityLine], index_date: date) -> None:
    """Write the table as CSV; nothing where there is none."""
    if lines:
        starred = [pl.col(name).cast(pl.String).fill_null(SHORTHAND) for name in COUNTS]
        period = pl.lit(str(index_date)).alias("period")
        write_csv(folder / EQUITY_CSV, _frame(lines).with_columns(starred).select(period, pl.all()))


def equity_sheet(lines: Sequence[EquityLine]) -> SheetTable:
    """Return the table as a sheet of the workbook."""
    return SheetTable(
        name="Worklists by group",
        title="Who is on the worklists, against need, by group",
        empty_means=f"An empty count is suppressed ({SHORTHAND} on the page), and so is what is made of it; a share of "
        "need is empty too where it would be that of a few adults, or where no model estimates it.",
        frame=_frame(lines),
        headings=HEADINGS,
        widths={"dimension": 22, "group": 26, "finding": 80},
        keep_left=2,
    )


_SCHEMA = {
    name: pl.String if name in ("dimension", "group", "finding") else pl.Int64 for name in EquityLine.__annotations__
}


def _frame(lines: Sequence[EquityLine]) -> pl.DataFrame:
    return pl.DataFrame([[getattr(line, name) for name in _SCHEMA] for line in lines], schema=_SCHEMA, orient="row")


def _percent(part: int | None, whole: int | None) -> int | None:
    return None if part is None or not whole else min(100, round(100 * part / whole))


def _finding(group: Group, met: int | None, listed: int | None, totals: Mapping[str, int]) -> str:
    """Return the finding in words, with places where those listed are printed: made of nothing but printed figures."""
    is_passed_by, is_below = said_of(group, met or 0, group.listed if listed is None else listed, totals)
    said = []
    if is_passed_by:
        share = (met or 0) / totals[MET]
        said.append(PASSED_BY + _places(share, listed, totals))
    if is_below:
        said.append(BELOW_NEED + _places(round(group.need or 0.0, 2), listed, totals))
    if group.is_pushed_down:
        said.append(PUSHED_DOWN)
    return "; ".join(said) or NO_DIFFERENCE


def _places(share: float, listed: int | None, totals: Mapping[str, int]) -> str:
    """Return how many more of the places would give a group its share of the list; nothing beside a ``*``."""
    if listed is None:
        return ""
    return f": about {max(1, round(share * totals[LISTED] - listed))} more of the places would restore it"
