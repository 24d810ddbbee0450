"""Everything of one report as counts: each index date, the measures and the worklists, protected as one system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from riskstrat.disclosure import Figure, Rule
from riskstrat.disclosure.attack import Key, Other
from riskstrat.disclosure.cells import Cells, together
from riskstrat.population.counting.areas import Geography, geography
from riskstrat.population.counting.boundaries import boundary_changes, known_practices, on_geography, taken_over
from riskstrat.population.counting.changes import read_changes, trend_changes
from riskstrat.population.counting.cohorts import (
    Cohort,
    Month,
    read_cohorts,
    read_months,
    read_practices,
)
from riskstrat.population.figures.equity import Lists
from riskstrat.population.measures.activity import Activity
from riskstrat.population.measures.cells import measure_tables, measures_alone
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.measures.expected import ReferenceRates
from riskstrat.population.protection.earlier import periods_printed, periods_released, windows_printed
from riskstrat.population.protection.equity import Equity, protected_equity
from riskstrat.population.protection.history import beside, dates_beside
from riskstrat.population.protection.remembered import remembered, remembered_of_measures, with_other_places
from riskstrat.population.protection.tables import cells_of, cohort_cells_of, refuse_names_in_use
from riskstrat.population.report.revisions import Former
from riskstrat.population.report.shapes import Shapes
from riskstrat.project import Workspace


@dataclass(frozen=True)
class TrueCounts:
    """Index dates as they are: those of a report, and beside them those of other releases, all on one geography.

    ``holders`` are closed practices with those that hold their people today.
    """

    index_dates: tuple[date, ...]
    cohorts: tuple[Cohort, ...]
    months: Mapping[date, Month]
    geography: Geography
    holders: Mapping[str, str]
    boundaries: tuple[str, ...]


@dataclass(frozen=True)
class Counted:
    """Every index date's counts, as they are and as they may be published.

    ``cells`` are all of one system, with those of the other months that readers hold. ``holders`` are closed practices
    with those that hold their people today. ``told_before`` is what readers hold of these cells from earlier releases;
    ``exposed`` are those that nothing could protect, ``others`` populations that were found to fit while protecting.
    """

    geography: Geography
    holders: Mapping[str, str]
    former: Former
    boundaries: tuple[str, ...]
    cohorts: tuple[Cohort, ...]
    months: tuple[Month, ...]
    cells: Cells
    figures: Mapping[Key, Figure]
    told_before: Mapping[Key, Figure]
    exposed: tuple[Key, ...]
    others: tuple[Other, ...]
    activity: Activity | None = None
    changes: Mapping[date, str] = field(default_factory=dict)
    rates: ReferenceRates | None = None
    shapes: Shapes | None = None
    equity: Equity = field(default_factory=lambda: Equity(Lists()))

    @property
    def now(self) -> Month:
        """The index date that the report is of."""
        return self.months[-1]


def rule_of(workspace: Workspace) -> Rule:
    """Return the disclosure rule that a workspace's settings name."""
    settings = workspace.settings.disclosure
    return Rule(settings.suppress_to, settings.round_to)


def count(workspace: Workspace, index_dates: Sequence[date], previous: Sequence[Path]) -> TrueCounts:
    """Count every index date, latest last; ``previous`` are the population folders of other releases.

    Raises ``UsageFault`` where a cohort is called as another table is.
    """
    chosen = read_cohorts()
    refuse_names_in_use(chosen)
    others = dates_beside(workspace, previous, index_dates)
    as_held = {month.index_date: month for month in read_months(workspace, [*others, index_dates[-1]], chosen)}
    in_use = {code for day in index_dates for code in as_held[day].registered["practice_code"]}
    versions = read_practices(workspace)
    practices = known_practices(versions, index_dates[-1])
    holders = taken_over(practices, index_dates[-1])
    return TrueCounts(
        tuple(index_dates),
        chosen,
        {day: on_geography(month, holders) for day, month in as_held.items()},
        geography(practices, {holders.get(code, code) for code in in_use}, workspace.settings.board.name),
        holders,
        (*boundary_changes(versions, in_use, index_dates), *trend_changes(workspace, index_dates, previous)),
    )


def protected(counts: TrueCounts, rule: Rule, previous: Sequence[Path]) -> Counted:
    """Return every index date as it may be published.

    Of an index date before the last cohorts at the board and its places are printed. Where no release was made at that
    date nobody holds more of it, such as a smaller area's count or the overlap, and nothing more of it is a cell; all
    areas are where a place is printed that was another one once. What a release showed as a ``*`` of such a date stays
    a ``*``, as it may hide another month's count.
    """
    now, areas, holders = str(counts.index_dates[-1]), counts.geography, counts.holders
    own = {now, *periods_released(previous)}
    torn = periods_printed(with_other_places(previous, areas, holders, rule))
    cells_by_period = {
        str(day): cells_of(month, counts.cohorts, areas, rule)
        if str(day) in own
        else cohort_cells_of(month, counts.cohorts, areas if str(day) in torn else areas.upper())
        for day, month in counts.months.items()
    }
    known = remembered(previous, cells_by_period, now, areas, holders, rule)
    months_held = {period: known.added_to(period, own) for period, own in cells_by_period.items()}
    cells = beside(months_held.pop(now), now, months_held, [str(day) for day in counts.index_dates[:-1]])
    stays = {key for key, one in known.told.items() if one.shown is None and key[0] != now}
    found = cells.protected(rule, known.told, stays, elsewhere={key for key in cells.counts if key[0] != now})
    return Counted(
        geography=areas,
        holders=holders,
        former=Former(previous, areas, holders, rule),
        boundaries=counts.boundaries,
        cohorts=counts.cohorts,
        months=tuple(counts.months[day] for day in counts.index_dates),
        cells=cells,
        figures=found.figures,
        told_before=known.told,
        exposed=found.exposed,
        others=tuple(found.others),
    )


def with_measures(counted: Counted, activity: Activity, rule: Rule, previous: Sequence[Path]) -> Counted:
    """Return what was counted with the measures of its index date, protected beside figures that stay as they are."""
    cells = counted.cells
    windows = windows_printed(previous)
    tables = measure_tables(cells, activity, read_measures(), counted.now, counted.geography, windows, counted.rates)
    known = remembered_of_measures(
        previous, together([*cells.tables, *tables]), counted.geography, counted.holders, rule
    )
    tables = (*tables, *known.tables.values())
    own = measures_alone(cells, tables)
    stand = {key: one for key, one in counted.figures.items() if key in own.counts and one.is_printed}
    now = {str(activity.index_date)} | {period for span in activity.spans.values() for period in span.periods}
    elsewhere = {key for key in own.counts if key[0] not in now}
    protected = own.protected(rule, {**known.told, **stand}, elsewhere=elsewhere)
    return replace(
        counted,
        cells=together([*cells.tables, *tables], cells.series),
        figures={**protected.figures, **counted.figures},
        told_before={**known.told, **counted.told_before},
        exposed=(*counted.exposed, *protected.exposed),
        others=(*counted.others, *protected.others),
        activity=activity,
        changes=read_changes(previous),
    )


def with_equity(counted: Counted, lists: Lists, rule: Rule, previous: Sequence[Path]) -> Counted:
    """Return what was counted with who is listed by group, protected beside figures that stay as they are."""
    cells, period, board = counted.cells, str(counted.now.index_date), counted.geography.board.key
    equity = protected_equity(lists, period, board, cells, counted.figures, previous, rule)
    return replace(
        counted,
        cells=together([*cells.tables, *equity.tables], cells.series),
        figures={**counted.figures, **equity.figures},
        told_before={**counted.told_before, **equity.told_before},
        equity=equity,
    )
