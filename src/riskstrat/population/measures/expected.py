"""How many a measure would count at the rates of a study: the people of every area, by sex and five-year age band.

NHS England's diagnosis rate of dementia divides the people recorded by those expected at the rates of CFAS II (National
Indicator Library, "Dementia: 65+ Estimated Diagnosis Rate"). Those rates are not shipped, as no text of them was found;
a board that holds the workbook names it in its settings (``docs/how-to/read-the-population-report.md``).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

import polars as pl

from riskstrat.disclosure import Figure
from riskstrat.disclosure.attack import Relation
from riskstrat.disclosure.cells import Table
from riskstrat.errors import UsageFault
from riskstrat.population.counting.areas import Geography
from riskstrat.population.counting.cells import by_area
from riskstrat.population.measures.activity import Activity
from riskstrat.population.measures.definitions import Measure, denominator_of, expected_of
from riskstrat.population.methods.rates import Estimate, count_limits
from riskstrat.population.methods.rounded import Possible
from riskstrat.project import Workspace

COLUMNS = ("sex", "age_from", "per_100", "source")
AGES = (65, 70, 75, 80, 85, 90)
SEXES = ("1", "2")
"""Male and female, as the contract has them; for anybody else the middle of the two rates is taken."""
_ROUNDED = 0.5
"""By how much a whole number of people may differ from what the rates make of them."""


@dataclass(frozen=True)
class ReferenceRates:
    """People in a hundred who have something, by sex and first year of the age band, and where that is from."""

    per_100: Mapping[tuple[str, int], float]
    source: str

    def of(self, sex: str, age_from: int) -> float:
        """Return the rate of one band as a share."""
        own = self.per_100.get((sex, age_from))
        middle = sum(self.per_100[one, age_from] for one in SEXES) / len(SEXES)
        return (middle if own is None else own) / 100


def rates_named(workspace: Workspace) -> ReferenceRates | None:
    """Return the rates that the settings name; ``None`` where they name none.

    Raises ``UsageFault`` as ``read_reference_rates``.
    """
    configured = workspace.settings.population.expected_dementia
    return None if configured is None else read_reference_rates(workspace.root / configured)


def expected_table(measure: Measure, activity: Activity, geography: Geography, rates: ReferenceRates) -> Table:
    """Return how many are expected in every area, as cells, and what they tell of the people they are expected of.

    They are made of counts of people: whoever is expected at the highest rate is behind the fewest people that a number
    expected can stand for, and at the lowest behind the most. In a practice they are whole people, and areas add up
    those of their practices, so that nothing but sums ties them.
    """
    period = activity.spans[measure.id].words
    people = expected_people(rates, activity.by_sex.filter(pl.col("measure_id") == measure.id))
    table = by_area(period, expected_of(measure), people, geography)
    lowest, highest = (one / 100 for one in (min(rates.per_100.values()), max(rates.per_100.values())))
    ties: list[Relation] = []
    for code in geography.board.practices:
        expected, of = ((period, what, f"practice:{code}") for what in (expected_of(measure), denominator_of(measure)))
        ties.append(Relation(((expected, 1.0), (of, -lowest)), low=-_ROUNDED, high=inf))
        ties.append(Relation(((of, highest), (expected, -1.0)), low=-_ROUNDED, high=inf))
    return replace(table, relations=(*table.relations, *ties), kept=frozenset())


def expected_people(rates: ReferenceRates, people: pl.DataFrame) -> dict[str, int]:
    """Return how many of the people of every practice are expected; ``practice_code, sex, age_from, people``."""
    expected: dict[str, float] = {}
    bands = people.select("practice_code", "sex", "age_from", "people").sort(pl.all())
    for code, sex, age_from, count in bands.iter_rows():
        expected[code] = expected.get(code, 0.0) + count * rates.of(sex, age_from)
    return {code: round(one) for code, one in expected.items()}


def read_reference_rates(path: Path) -> ReferenceRates:
    """Read a CSV with a row for each sex (1, 2) and age band (65 to 90 by five): ``sex, age_from, per_100, source``.

    Raises ``UsageFault`` naming the file, the row and what is wrong with it.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        what = f"there is no file {path.name} with the rates of expected dementia"
        raise UsageFault(what, "[population] expected_dementia names it, from the workspace's folder") from None
    except (OSError, UnicodeDecodeError, csv.Error):
        raise UsageFault(f"the rates of expected dementia, {path.name}, are no CSV in UTF-8", _HELP) from None
    rates: dict[tuple[str, int], float] = {}
    for number, row in enumerate(rows, start=2):
        band, rate = _row(row, f"{path.name}, line {number}")
        if band in rates:
            raise UsageFault(f"{path.name}, line {number}: sex {band[0]}, age {band[1]} stands there twice", _HELP)
        rates[band] = rate
    missing = [f"sex {sex}, age {age}" for sex in SEXES for age in AGES if (sex, age) not in rates]
    if missing:
        raise UsageFault(f"{path.name} has no rate for {'; '.join(missing)}", _HELP)
    sources = {row["source"].strip() for row in rows}
    return ReferenceRates(rates, "; ".join(sorted(sources)))


_HELP = "it needs the columns sex (1 or 2), age_from (65, 70, ... 90), per_100 and source, a row for each sex and band"


def _row(row: Mapping[str, str | None], where: str) -> tuple[tuple[str, int], float]:
    """Return one line's band and rate; raises ``UsageFault`` where it has none."""
    absent = [name for name in COLUMNS if not (row.get(name) or "").strip()]
    if absent:
        raise UsageFault(f"{where}: no {absent[0]}", _HELP)
    sex, age, rate = ((row[name] or "").strip() for name in COLUMNS[:3])
    try:
        band, per_100 = (sex, int(age)), float(rate)
    except ValueError:
        raise UsageFault(f"{where}: '{age}' and '{rate}' must be numbers", _HELP) from None
    if sex not in SEXES or band[1] not in AGES or not 0 < per_100 < 100:
        raise UsageFault(f"{where}: sex {sex}, age {age}, {rate} in 100 is no band with a rate", _HELP)
    return band, per_100


def per_cent_of_expected(recorded: Figure, expected: Figure) -> tuple[Estimate, Possible]:
    """Return how many are recorded of a hundred expected, with Byar's limits, and what that can be behind the rounding.

    Both are printed figures. The limits are of the number recorded alone and hold no doubt of the rates. Raises
    ``ValueError`` where a figure is not printed or nobody is expected.
    """
    if recorded.shown is None or not expected.shown:
        raise ValueError("a share of those expected needs two printed figures")

    def share(count: float, people: float) -> tuple[float, float, float]:
        lower, upper = count_limits(count)
        return 100 * count / people, 100 * lower / people, 100 * upper / people

    least, greatest = share(recorded.low, expected.high), share(recorded.high, expected.low)
    return Estimate(*share(recorded.shown, expected.shown)), Possible(*zip(least, greatest, strict=True))
