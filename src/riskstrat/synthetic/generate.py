"""Makes a synthetic population and writes it as a landing drop."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from riskstrat.errors import UsageFault
from riskstrat.synthetic import (
    admissions,
    episodes,
    identity,
    medicines,
    other_care,
    places,
    primary_care,
    risk,
    urgent_care,
)
from riskstrat.synthetic.draws import calendar, months_before, nhs_numbers, stream
from riskstrat.synthetic.drop import Drop
from riskstrat.synthetic.lives import Simulation, World, room_for
from riskstrat.synthetic.parameters import load

FEWEST_PEOPLE = 200
DEFAULT_END = date(2026, 11, 1)


def generate_drop(
    people: int,
    seed: int,
    out: Path,
    *,
    end: date = DEFAULT_END,
    file_format: str = "parquet",
    true_risk: Path | None = None,
    true_risk_months_before_end: Sequence[int] = (risk.MONTHS_BEFORE_END,),
    progress: Callable[[str], None] | None = None,
) -> None:
    """Write a landing drop of about so many people registered and alive at ``end``, with seven years of events.

    The same arguments give the same bytes. Every table of the contract is written, and ``manifest.json``. Rows that
    would have arrived on or after ``end`` are not in it. ``true_risk`` is a Parquet file outside ``out`` that receives
    each person's true chance of an emergency admission within 12 months (see ``risk.true_risk_table``), at the index
    date so many months before ``end``, or at several. Raises ``UsageFault`` for a population too small or larger than
    the test range of NHS numbers, a folder that is not empty, an ``end`` that is not the first of a month, a
    ``true_risk`` inside the drop, or one at a date whose 12 months the drop does not hold.
    """
    say = progress or (lambda _: None)
    if people < FEWEST_PEOPLE:
        raise UsageFault(f"a population has at least {FEWEST_PEOPLE} people; {people} were asked for")
    if true_risk is not None and true_risk.resolve().is_relative_to(out.resolve()):
        raise UsageFault("the true risks may not lie inside the drop", "name a file elsewhere")
    parameters, months = load(), calendar(end)
    if not all(risk.MONTHS_BEFORE_END <= n <= months.months for n in true_risk_months_before_end):
        raise UsageFault(f"true risks are known {risk.MONTHS_BEFORE_END} to {months.months} months before the end")
    numbers = nhs_numbers(stream(seed, "nhs numbers"), room_for(people))
    drop = Drop(out, months, file_format)
    settled = places.settle(parameters, months, people, seed)
    simulation = Simulation(parameters, months, settled, people, seed)
    if true_risk is not None:
        simulation.watch = tuple(months.months - n for n in true_risk_months_before_end)
    world = simulation.run(say)
    for name, table in _tables(world, numbers):
        say(f"writing {name}")
        drop.write(name, table)
    drop.close()
    if true_risk is not None:
        watched = simulation.watched.items()
        seen = [risk.Seen(months_before(end, months.months - month), view) for month, view in watched]
        true_risk.parent.mkdir(parents=True, exist_ok=True)
        risk.true_risk_table(world, seen, numbers).write_parquet(true_risk)


def _tables(world: World, numbers: pl.Series) -> Iterator[tuple[str, pl.DataFrame]]:
    """Give each landing table in turn, so that only one is held at a time."""
    yield "person", identity.person_table(world, numbers)
    yield "person_name", identity.name_table(world, numbers)
    yield "registration", identity.registration_table(world, numbers)
    yield "practice", places.practice_table(world.places, world.calendar)
    yield "opt_out", identity.opt_out_table(world, numbers)
    stays = admissions.stays(world)
    methods = admissions.admission_methods(world, stays)
    yield "apc_episode", episodes.episode_table(world, stays, methods, numbers)
    yield "admission_notice", episodes.notice_table(world, stays, methods, numbers)
    yield "ecds_attendance", urgent_care.attendance_table(world, stays, methods, numbers)
    yield "urgent_call", urgent_care.call_table(world, numbers)
    yield "social_care_service", other_care.social_care_table(world, stays, numbers)
    yield "programme", other_care.programme_table(world, stays, numbers)
    yield "outpatient_appointment", other_care.outpatient_table(world, numbers)
    yield "community_contact", other_care.community_table(world, numbers)
    yield "mental_health_contact", other_care.mental_health_table(world, numbers)
    taken = medicines.regimens(world)
    yield "gp_event", primary_care.event_table(world, stays, medicines.burden(world, taken), numbers)
    appointments, visits = primary_care.appointment_table(world, numbers)
    yield "gp_appointment", appointments
    del appointments
    yield "gp_prescription", medicines.prescription_table(world, taken, visits, numbers)
