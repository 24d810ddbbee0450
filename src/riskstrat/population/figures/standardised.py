"""Directly age-standardised rates of cohorts, each compared with the board's.

The ages of those counted are the one thing that no other figure tells. Their number is the published one
(``methods.rounded``), and whether a rate is given depends on published figures alone. Ages add up over nested areas and
over bands that are everybody, so that the rates left out must not follow from those given (``disclosure.subtraction``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from riskstrat.disclosure import Figure
from riskstrat.disclosure.attack import Key, Relation
from riskstrat.disclosure.subtraction import kept_back
from riskstrat.population.counting.areas import Area, Geography
from riskstrat.population.counting.cells import REGISTERED
from riskstrat.population.counting.cohorts import Cohort, Month
from riskstrat.population.figures.cohorts import STANDARDISED, Row, comparison_in_words, valued, why_not
from riskstrat.population.methods.rates import LEAST_EVENTS
from riskstrat.population.methods.rounded import Possible, possible_standardised, standardised_as_printed
from riskstrat.project import resource

KEPT_BACK = "no standardised rate: with it, that of a smaller area or group could be worked out"


def read_standard_population() -> dict[int, float]:
    """Return the European Standard Population 2013: weight by first year of five-year age bands, 90 for 90 and over."""
    weights: dict[int, float] = {}
    for row in pl.read_csv(resource("sql/seeds/esp2013.csv")).iter_rows(named=True):
        age_from = min(int(row["age_from"]) // 5 * 5, 90)
        weights[age_from] = weights.get(age_from, 0.0) + float(row["weight"])
    return dict(sorted(weights.items()))


def standardised_rates(
    month: Month,
    figures: Mapping[Key, Figure],
    cohorts: Sequence[Cohort],
    geography: Geography,
    relations: Sequence[Relation],
) -> Iterator[Row]:
    """Yield the age-standardised rates of one index date, each compared with the board's.

    ``relations`` are what ties the month's cells.
    """
    period, weights = str(month.index_date), read_standard_population()
    people = by_area_and_age(month.registered, geography)
    bases: dict[Key, Figure] = {
        (period, REGISTERED, area.key): figures[period, REGISTERED, area.key] for area in geography.areas
    }
    sizes: dict[Key, Figure] = {
        (period, cohort.id, area.key): figures[period, cohort.id, area.key]
        for cohort in cohorts
        if cohort.id not in month.not_run
        for area in geography.areas
    }
    hidden = unsafe_rates(sizes, bases, relations)
    for cohort in cohorts:
        if cohort.id in month.not_run:
            why = f"no figure: {month.not_run[cohort.id]}"
            yield from (Row(period, area, cohort.id, STANDARDISED, note=why) for area in geography.areas)
            continue
        events = by_area_and_age(month.sizes.filter(pl.col("cohort_id") == cohort.id), geography)
        board: Possible | None = None
        for area in geography.areas:
            row, key = Row(period, area, cohort.id, STANDARDISED), (period, cohort.id, area.key)
            size, base = sizes[key], bases[period, REGISTERED, area.key]
            if why := _why_no_rate(area, size, base, is_hidden=key in hidden):
                yield replace(row, note=why)
                continue
            estimate = standardised_as_printed(
                [events.get((area.key, age), 0) for age in weights],
                [people.get((area.key, age), 0) for age in weights],
                list(weights.values()),
                size,
            )
            if estimate is None:
                yield replace(row, note="no standardised rate")
                continue
            own = possible_standardised(estimate, size)
            if area is geography.board:
                board = own
            yield replace(valued(row, estimate), note=comparison_in_words(area, own, board, base.shown))


def unsafe_rates(sizes: Mapping[Key, Figure], bases: Mapping[Key, Figure], relations: Sequence[Relation]) -> set[Key]:
    """Return the events whose rate is left out, as that of a small number would follow from it and from others.

    ``sizes`` are the events and ``bases`` the people registered, by area; a rate stands on one of each.
    """
    base_of = {key[2]: base for key, base in bases.items()}
    rated = {key: one.shown for key, one in sizes.items() if one.shown and has_rate(one, base_of[key[2]])}
    missing = {key for key, one in sizes.items() if key not in rated and one.shown != 0}
    # every star is: were only small ones, a rate that is given beside a star would tell that it hides eight or more
    guarded = {key for key in missing if sizes[key].shown is None}
    named = sizes.keys() | bases.keys()
    return kept_back(missing, guarded, rated, [tie for tie in relations if named >= set(tie.keys)])


def has_rate(size: Figure, base: Figure) -> bool:
    """Whether published figures are enough for a standardised rate."""
    return size.shown is not None and base.shown is not None and size.low >= LEAST_EVENTS


def _why_no_rate(area: Area, size: Figure, base: Figure, *, is_hidden: bool) -> str:
    if size.shown is None or base.shown is None:
        return why_not(area, size, base)
    if not has_rate(size, base):
        return f"too few people: no standardised rate below {LEAST_EVENTS}"
    return KEPT_BACK if is_hidden else ""


def by_area_and_age(frame: pl.DataFrame, geography: Geography) -> dict[tuple[str, int], int]:
    """Return counts by area and age band; ``frame`` has ``practice_code, age_from, people``."""
    counted: dict[tuple[str, int], int] = {}
    areas_of: dict[str, list[str]] = {}
    for area in geography.areas:
        for practice in area.practices:
            areas_of.setdefault(practice, []).append(area.key)
    for practice, age_from, people in frame.select("practice_code", "age_from", "people").iter_rows():
        for key in areas_of.get(practice, []):
            counted[(key, age_from)] = counted.get((key, age_from), 0) + int(people)
    return counted
