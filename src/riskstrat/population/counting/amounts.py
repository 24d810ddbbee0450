"""Activity and cost of the 365 days before an index date, summed over practices and segments: never a row of a person.

What is summed is in the snapshot, of people who may be counted for planning: what was known by the index date, so that
the last weeks of late feeds are missing from all areas alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from riskstrat.population.counting.cohorts import Cohort, Members
from riskstrat.project import Workspace

PENCE = 100


@dataclass(frozen=True)
class Amount:
    """One thing that is summed: the columns of the snapshot that add up to it, and the words for it."""

    id: str
    title: str
    unit: str
    columns: tuple[str, ...]

    @property
    def is_cost(self) -> bool:
        """Whether it is in pounds."""
        return self.unit == "pounds"

    @property
    def per(self) -> int:
        """How many people its mean is given for."""
        return 1 if self.is_cost else 1000


_COSTS = ("admission_cost_pounds_365d", "ae_cost_pounds_365d", "outpatient_cost_pounds_365d")
HOSPITAL_COST = "hospital-cost"
AMOUNTS = (
    Amount("emergency-admissions", "Emergency admissions", "admissions", ("emergency_admissions_365d",)),
    Amount(
        "emergency-bed-days", "Nights in hospital after emergency admissions", "nights", ("emergency_bed_days_365d",)
    ),
    Amount("ae-attendances", "A&E attendances", "attendances", ("ae_attendances_365d",)),
    Amount("outpatient-attendances", "Outpatient appointments attended", "appointments", ("outpatient_attended_365d",)),
    Amount("admission-cost", "Cost of admissions of every kind", "pounds", _COSTS[:1]),
    Amount("ae-cost", "Cost of A&E attendances", "pounds", _COSTS[1:2]),
    Amount("outpatient-cost", "Cost of outpatient appointments", "pounds", _COSTS[2:]),
    Amount(HOSPITAL_COST, "Cost of all three", "pounds", _COSTS),
)


@dataclass(frozen=True)
class Sums:
    """One amount over a group of people: how many have any of it, the sum, that of squares, and the two largest."""

    contributors: int = 0
    total: float = 0.0
    squares: float = 0.0
    first: float = 0.0
    second: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        """Return the sums over both groups, nobody being in the two."""
        largest = sorted((self.first, self.second, other.first, other.second), reverse=True)
        return Sums(
            self.contributors + other.contributors,
            self.total + other.total,
            self.squares + other.squares,
            largest[0],
            largest[1],
        )


@dataclass(frozen=True)
class Amounts:
    """Every amount by practice and by segment: ``{(amount, code): Sums}``; ``unknown`` are those with no figure.

    An amount is unknown where a column of it says nothing of somebody: its feed was missing, or states no cost.
    """

    by_practice: Mapping[tuple[str, str], Sums]
    by_segment: Mapping[tuple[str, str], Sums]
    unknown: frozenset[str]


def read_amounts(
    workspace: Workspace, index_date: date, members: Members, cohorts: Sequence[Cohort], holders: Mapping[str, str]
) -> Amounts:
    """Sum every amount at an index date; ``holders`` are closed practices with those that hold their people now."""
    segments = [cohort.id for cohort in cohorts if cohort.is_segment]
    stored = pl.scan_parquet(workspace.part("features", index_date))
    held = stored.collect_schema().names()
    columns = [name for name in dict.fromkeys(name for one in AMOUNTS for name in one.columns) if name in held]
    people = members.of_practices.join(stored.select("person_id", *columns).collect(), on="person_id")
    says_nothing = {name for name in columns if people[name].null_count()}
    unknown = {one.id for one in AMOUNTS if says_nothing & set(one.columns) or not set(one.columns) <= set(held)}
    known = [one for one in AMOUNTS if one.id not in unknown]
    summed = people.select(
        "person_id",
        pl.col("practice_code").replace(dict(holders)),
        *(sum(map(_whole, one.columns[1:]), _whole(one.columns[0])).alias(one.id) for one in known),
    )
    of_segments = members.of_cohorts.filter(pl.col("cohort_id").is_in(segments))
    in_segment = of_segments.select("person_id", pl.col("cohort_id").alias("segment")).join(summed, on="person_id")
    return Amounts(_by(summed, "practice_code", known), _by(in_segment, "segment", known), frozenset(unknown))


def _whole(column: str) -> pl.Expr:
    """Return a column as whole numbers, pounds as pence, whose sums are the same in whatever order they are made."""
    return (pl.col(column) * (PENCE if column in _COSTS else 1)).round().cast(pl.Int64)


def _by(people: pl.DataFrame, key: str, known: Sequence[Amount]) -> dict[tuple[str, str], Sums]:
    """Return the sums of every amount by group, made in one pass."""
    wanted: list[pl.Expr] = []
    for one in known:
        own, whole = pl.col(one.id), (pl.col(one.id) / _unit(one)).round().cast(pl.Int64)
        parts = ((own > 0).sum(), own.sum(), (whole * whole).sum(), own.max(), own.top_k(2).sum())
        wanted += [part.alias(f"{one.id} {place}") for place, part in enumerate(parts)]
    found: dict[tuple[str, str], Sums] = {}
    for row in people.group_by(key).agg(wanted).iter_rows(named=True):
        for one in known:
            contributors, total, squares, first, both = (row[f"{one.id} {place}"] for place in range(5))
            unit = _unit(one)
            found[one.id, row[key]] = Sums(contributors, total / unit, squares, first / unit, (both - first) / unit)
    return found


def _unit(amount: Amount) -> int:
    return PENCE if amount.is_cost else 1
