"""A&E attendances and calls to 111 and 999."""

import numpy as np
import polars as pl

from riskstrat.synthetic.admissions import EMERGENCY, Stays
from riskstrat.synthetic.arrival import arrived, lagged
from riskstrat.synthetic.draws import choose, dates
from riskstrat.synthetic.lives import World

DEPARTMENTS = ("01", "02", "03", "04", "05")
_COMPLAINT_LISTS = ("fall", "efi_dizziness", "efi_dyspnoea", "efi_hypotension_syncope", "efi_skin_ulcer")


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
    category = np.where(np.arange(size) < len(who), 0, np.where(admitted, 0, 1 + rng.integers(0, 2, size)))
    category = np.where(~admitted & (category == 0) & (rng.random(size) < 0.02), 3, category)
    department = np.where(admitted, 0, choose(rng, np.array([0.58, 0.03, 0.26, 0.05, 0.08]), size))
    complaints = pl.Series([code for name in _COMPLAINT_LISTS for code in world.parameters.snomed[name]])
    diagnosed = pl.Series([None, *complaints.to_list()])
    status = np.where(admitted, 0, choose(rng, np.array([0.0, 0.35, 0.5, 0.1, 0.05]), size))
    age = (days - world.people.birth_day[person]) / 365.25
    ambulance = rng.random(size) < np.interp(age, [0, 40, 90], [0.06, 0.15, 0.6]) + 0.2 * admitted
    acuity = choose(rng, np.array([0.02, 0.12, 0.35, 0.4, 0.11]), size) - admitted
    order = np.lexsort((days, person))
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(person),
            "arrival_date": dates(days),
            "department_type": pl.Series(DEPARTMENTS).gather(department),
            "attendance_category": pl.Series(["1", "2", "3", "4"]).gather(category),
            "arrival_mode": pl.Series(["2", "1"]).gather(ambulance.astype(np.int32)),
            "acuity": pl.Series(["immediate", "very urgent", "urgent", "standard", "low"]).gather(
                np.clip(acuity, 0, 4)
            ),
            "chief_complaint": complaints.gather(rng.integers(0, complaints.len(), size)),
            "diagnosis_01": diagnosed.gather(choose(rng, np.array([1.0] + [0.1] * complaints.len()), size)),
            "diagnosis_02": pl.Series([None] * size, dtype=pl.String),
            "diagnosis_03": pl.Series([None] * size, dtype=pl.String),
            "discharge_status": pl.Series(["01", "02", "03", "06", "12"]).gather(status),
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
    advice = np.where(
        is_999,
        choose(rng, np.array([0, 0, 0, 0.6, 0.4]), len(who)),
        choose(rng, np.array([0.3, 0.35, 0.2, 0.15, 0]), len(who)),
    )
    words = pl.Series(
        ["self care", "contact primary care", "attend emergency department", "ambulance", "hear and treat"]
    )
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who),
            "call_date": dates(days),
            "source": pl.Series(["111", "999"]).gather(is_999.astype(np.int32)),
            "disposition": words.gather(advice),
            "conveyed": pl.Series((advice == 3) & (rng.random(len(who)) < 0.6)),
            "available_date": dates(lagged(world, "urgent_call", days)),
        }
    )
    return arrived(world, table)
