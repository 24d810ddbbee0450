"""Every column of every person is what a plain reading of the definitions says: SQL and ``tests/naive`` on ugly drops.

A failure shows a drop made as small as it goes, and the values of both. Which is right, the definition decides.
The drops are the same at every run; ``RISKSTRAT_LONG_SEARCH=1`` looks at a thousand that nobody has looked at before,
``RISKSTRAT_LONG_SEARCH=5000`` at so many.
"""

import os
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from naive.definitions import definitions
from naive.person import Held
from naive.snapshot import naive_family, snapshot
from riskstrat.features.layers import register_seeds
from riskstrat.warehouse import Warehouse
from support.product import Disagreement, disagreements, product_snapshot
from support.smallest import drawn, smallest
from support.ugly_lives import INDEX_DATES, size, ugly_held

PEOPLE = 60
_ASKED = int(os.environ.get("RISKSTRAT_LONG_SEARCH", "0"))
_EXAMPLES = {0: 16, 1: 1000}.get(_ASKED, _ASKED)
# A seed cannot be made simpler by hypothesis: support.smallest makes the drop itself smaller.
_SETTINGS = settings(
    max_examples=_EXAMPLES,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with Warehouse(tmp_path_factory.mktemp("scratch"), threads=1) as opened:
        register_seeds(opened)
        yield opened


def test_every_column_of_every_person_agrees(warehouse):
    wrong: list[tuple[int, date, bool]] = []

    @_SETTINGS
    @given(seed=st.integers(0, 2**32), index_date=st.sampled_from(INDEX_DATES), is_withheld=st.booleans())
    def agrees(seed: int, index_date: date, is_withheld: bool) -> None:
        if not wrong and compared(warehouse, ugly_held(seed, index_date, PEOPLE), is_withheld):
            wrong.append((seed, index_date, is_withheld))

    agrees()
    assert not wrong, told(warehouse, *wrong[0])


def test_every_column_has_a_naive_definition():
    known = {name for row in snapshot(ugly_held(1, INDEX_DATES[0])).values() for name in row}
    missing = {definition.name for definition in definitions()} - known
    assert not missing, "a new column also needs its plain reading in tests/naive"
    assert all(naive_family(definition.family) for definition in definitions() if definition.name in known)


def test_the_drops_made_here_vary_every_column():
    """Agreement would say little of a column that is the same for everybody."""
    values: dict[str, set[object]] = {}
    for number in range(30):
        for row in snapshot(ugly_held(number, INDEX_DATES[number % len(INDEX_DATES)])).values():
            for name, value in row.items():
                if value is not None:
                    values.setdefault(name, set()).add(value)
    same = {definition.name for definition in definitions() if len(values.get(definition.name, ())) < 2}
    assert not same


def compared(warehouse: Warehouse, held: Held, is_withheld: bool, family: str | None = None) -> list[Disagreement]:
    """Return what the two implementations do not agree on, of one family or of all."""
    rows, steps = product_snapshot(warehouse, held, is_withheld=is_withheld, family=family)
    return disagreements(rows, steps, held, is_withheld=is_withheld)


def told(warehouse: Warehouse, seed: int, index_date: date, is_withheld: bool) -> str:
    """The first disagreement with the smallest drop that shows it, and the names of all columns that disagree."""
    held = ugly_held(seed, index_date, PEOPLE)
    found = compared(warehouse, held, is_withheld)
    first = found[0]
    family = next((one.family for one in definitions() if one.name == first.column), None)

    def wrong_in(tried: Held) -> list[Disagreement]:
        try:
            again = compared(warehouse, tried, is_withheld, family)
        except ValueError:  # a drop that no definition covers is no example
            return []
        return [other for other in again if other.column == first.column]

    small = smallest(held, first.person, lambda tried: bool(wrong_in(tried)))
    again = wrong_in(small)[0]
    columns = sorted({other.column for other in found})
    return (
        f"{again.column}: the SQL says {again.sql!r}, the definitions {again.naive!r}\n{drawn(small)}\n"
        f"({len(found)} values disagree in the {size(held)} rows of ugly_held({seed}, {index_date!r}, {PEOPLE}) with "
        f"is_withheld={is_withheld}: {', '.join(columns)})"
    )
