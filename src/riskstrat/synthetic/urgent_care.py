"""A&E attendances and calls to 111 and 999."""

import numpy as np
import polars as pl

from riskstrat.synthetic.admissions import EMERGENCY, Stays, years_old
from riskstrat.synthetic.arrival import arrived, lagged
from riskstrat.synthetic.draws import choose, dates
from riskstrat.synthetic.lives import World

_COMPLAINT_LISTS = ("fall", "efi_dizziness", "efi_dyspnoea", "efi_hypotension_syncope", "efi_skin_ulcer")


def _same(value: str, size: int) -> pl.Series:
    return pl.Series([value]).new_from_index(0, size)


def attendance_table(world: World, found: Stays, methods: pl.Series, numbers: pl.Series) -> pl.DataFrame:
    """Return ``ecds_attendance``: those not admitted, returns within a week, and those that ended in a stay."""
    rng = world.rng("attendances")
    values = world.parameters.values
    who, when = world.events("ecds_attendance")
    returns = np.flatnonzero(rng.random(len(who)) < values["ae_return_share"])
    again = when[returns] + rng.integers(1, 7, len(returns))
    seen = (again <= world.people.last_day()[who[returns]]) & (again < world.calendar.end_day)
    through = found.only((methods.is_in(["21", "2A"]) & pl.Series(found.kind == EMERGENCY)).to_numpy())
    person = np.concatenate([who, who[returns][seen], through.person])
    days = np.concatenate([when, again[seen], through.admitted]).astype(np.int32)
    size = len(person)
    admitted = np.arange(size) >= size - len(through)
    first, admitted_too = pl.Series(np.arange(size) < len(who)), pl.Series(admitted)
    category = world.mix(rng, "ae_first_category", size).zip_with(first, world.mix(rng, "ae_return_category", size))
    category = _same("1", size).zip_with(admitted_too, category)
    department = _same("01", size).zip_with(admitted_too, world.mix(rng, "ae_department", size))
    complaints = pl.Series([code for name in _COMPLAINT_LISTS for code in world.parameters.snomed[name]])
    diagnosed = pl.Series([None, *complaints.to_list()])
    status = _same("01", size).zip_with(admitted_too, world.mix(rng, "ae_disposal", size))
    age = years_old(world, person, days)
    by_ambulance = world.parameters.curve("ae_by_ambulance", age) + values["ambulance_if_admitted"] * admitted
    ambulance = rng.random(size) < by_ambulance
    given = np.array([1.0, *[values["ae_diagnosis_weight"]] * complaints.len()])
    order = np.lexsort((days, person))
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(person),
            "arrival_date": dates(days),
            "department_type": department,
            "attendance_category": category,
            "arrival_mode": pl.Series(["2", "1"]).gather(ambulance.astype(np.int32)),
            "acuity": world.mix(rng, "ae_acuity", size),
            "chief_complaint": complaints.gather(rng.integers(0, complaints.len(), size)),
            "diagnosis_01": diagnosed.gather(choose(rng, given, size)),
            "diagnosis_02": pl.Series([None] * size, dtype=pl.String),
            "diagnosis_03": pl.Series([None] * size, dtype=pl.String),
            "discharge_status": status,
            "cost": pl.Series(np.full(size, values["cost_ae"])),
            "available_date": dates(lagged(world, "ecds_attendance", days)),
        }
    ).select(pl.all().gather(order))
    numbered = table.with_columns(attendance_id=pl.format("ZA{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(8)))
    return arrived(world, numbered)


def call_table(world: World, numbers: pl.Series) -> pl.DataFrame:
    """Return ``urgent_call``: calls to 111 and 999 with what was advised and whether an ambulance took the person."""
    rng = world.rng("calls")
    quiet, loud = world.events("call_111"), world.events("call_999")
    who, days = np.concatenate([quiet[0], loud[0]]), np.concatenate([quiet[1], loud[1]])
    is_999 = np.arange(len(who)) >= len(quiet[0])
    advice = world.mix(rng, "advice_999", len(who)).zip_with(pl.Series(is_999), world.mix(rng, "advice_111", len(who)))
    taken = rng.random(len(who)) < world.parameters.values["conveyed_share"]
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who),
            "call_date": dates(days),
            "source": pl.Series(["111", "999"]).gather(is_999.astype(np.int32)),
            "disposition": advice,
            "conveyed": (advice == "ambulance") & pl.Series(taken),
            "available_date": dates(lagged(world, "urgent_call", days)),
        }
    )
    return arrived(world, table)
