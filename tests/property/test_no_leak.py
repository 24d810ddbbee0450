"""What happened or arrived on or after the index date changes nothing, and neither does the order of rows."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from riskstrat.features.layers import register_seeds
from riskstrat.warehouse import Warehouse
from support.taken import INFORMATION, snapshot
from support.ugly import INDEX, Rows, is_late, ugly_rows

# A seed cannot be made simpler, so nothing is shrunk.
_PHASES = (Phase.explicit, Phase.generate)
# Each example is a drop of two dozen people, so that a few of them meet every ugliness many times over.
_FEW = settings(
    max_examples=2, deadline=None, phases=_PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_MOST_ROWS = 100
seeds = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with Warehouse(tmp_path_factory.mktemp("scratch"), threads=1) as opened:
        register_seeds(opened)
        yield opened


def past(seed: int) -> Rows:
    return ugly_rows(seed, INFORMATION, _MOST_ROWS, lambda table, row: not is_late(table, row))


def future(seed: int) -> Rows:
    return ugly_rows(seed, INFORMATION, _MOST_ROWS, is_late)


@_FEW
@given(held=seeds, some=seeds, others=seeds)
def test_adding_changing_and_removing_later_rows_changes_nothing(warehouse, held, some, others):
    known = past(held)
    alone = snapshot(warehouse, known)
    assert snapshot(warehouse, known, future(some)).equals(alone)
    assert snapshot(warehouse, known, future(some), future(others)).equals(alone)


@_FEW
@given(held=seeds, order=seeds)
def test_the_order_of_rows_changes_nothing(warehouse, held, order):
    rows = ugly_rows(held, INFORMATION, _MOST_ROWS, lambda table, row: True)
    assert snapshot(warehouse, rows, order=order).equals(snapshot(warehouse, rows))


@_FEW
@given(held=seeds)
def test_ends_that_lie_ahead_read_as_missing(warehouse, held):
    known = past(held)
    ends = ("end_date", "discharge_date", "episode_end_date", "death_date")
    blanked = {
        table: [
            {
                name: None if name in ends and value and value >= INDEX.isoformat() else value
                for name, value in row.items()
            }
            if row.get("available_date")  # without one the end itself says when the row can be known
            else row
            for row in rows
        ]
        for table, rows in known.items()
    }
    assert snapshot(warehouse, blanked).equals(snapshot(warehouse, known))


def test_the_rows_made_here_reach_every_family(warehouse):
    """The properties above would hold of an empty snapshot: show that these rows fill every column of the families."""
    frame = snapshot(warehouse, past(1), past(2), past(3), past(4))
    filled = {name for name in frame.columns if frame[name].drop_nulls().n_unique() > 1}
    expected = """
        emergency_bed_days_365d falls_admissions_365d elective_admissions_365d outpatient_attended_365d
        ae_attendances_90d community_contacts_attended_365d mental_health_contacts_attended_365d
        gp_appointments_attended_30d
        urgent_calls_111_365d practice_moves_730d age medicines_365d has_hypertension hfrs charlson in_care_home
        on_case_management efi_deficits
    """
    assert set(expected.split()) <= filled
