"""Outpatients, community and mental health contacts, social care services and programmes."""

import numpy as np
import polars as pl

from riskstrat.synthetic.admissions import EMERGENCY, Stays, years_old
from riskstrat.synthetic.arrival import arrived, interval_versions, lagged
from riskstrat.synthetic.draws import NEVER, Floats, Ints, choose, dates
from riskstrat.synthetic.lives import World


def outpatient_table(world: World, numbers: pl.Series) -> pl.DataFrame:
    """Return ``outpatient_appointment``."""
    rng = world.rng("outpatients")
    who, days = world.events("outpatient_appointment")
    status = world.mix(rng, "outpatient_status", len(who))
    attended = status.is_in(["5", "6"]).to_numpy()
    clinics = _clinics(world, rng, who, days)
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who),
            "appointment_date": dates(days),
            "attendance_status": status,
            "treatment_function_code": clinics,
            "first_attendance": world.mix(rng, "outpatient_first", len(who)),
            "cost": pl.Series(np.where(attended, world.parameters.values["cost_outpatient"], 0.0)),
            "available_date": dates(lagged(world, "outpatient_appointment", days)),
        }
    )
    return arrived(world, table)


def _clinics(world: World, rng: np.random.Generator, who: Ints, days: Ints) -> pl.Series:
    """Draw treatment functions: oncology for some with cancer, older people's clinics for some at 65 and over."""
    table = world.parameters.codes_table("treatment_functions")
    values, own = world.parameters.values, world.rng("outpatient clinics")
    age = years_old(world, who, days)
    drawn = choose(rng, _weights(table, "outpatient"), len(who))
    chance = own.random(len(who))
    has_cancer = world.onset[world.conditions.index("cancer")][who] <= age
    oncology = has_cancer & (chance < values["outpatient_cancer_share"])
    older = ~oncology & (age >= 65) & (own.random(len(who)) < values["outpatient_older_people_share"])
    for use, which in (("outpatient_cancer", oncology), ("outpatient_65plus", older)):
        drawn[which] = choose(own, _weights(table, use), int(which.sum()))
    return table["code"].gather(drawn)


def _weights(table: pl.DataFrame, use: str) -> Floats:
    weights: Floats = np.where(table["used_for"] == use, table["value"].cast(pl.Float64), 0.0)
    return weights


def community_table(world: World, numbers: pl.Series) -> pl.DataFrame:
    """Return ``community_contact``."""
    rng = world.rng("community")
    who, days = world.events("community_contact")
    size = len(who)
    service = world.mix(rng, "community_service", size)
    order = world.parameters.shares("community_service")[0].to_list()
    place = service.replace_strict(order, list(range(len(order))), return_dtype=pl.Int32)
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who),
            "contact_date": dates(days),
            "service_type": service,
            "referral_id": (pl.Series(who) * len(order) + place).cast(pl.String).str.zfill(8).str.replace("^", "ZR"),
            "attendance_status": world.mix(rng, "community_status", size),
            "medium": world.mix(rng, "community_medium", size),
            "duration_minutes": world.mix(rng, "community_minutes", size).cast(pl.Float64),
            "available_date": dates(lagged(world, "community_contact", days)),
        }
    )
    return arrived(world, table)


def mental_health_table(world: World, numbers: pl.Series) -> pl.DataFrame:
    """Return ``mental_health_contact``."""
    rng = world.rng("mental health")
    who, days = world.events("mental_health_contact")
    old = years_old(world, who, days) >= 65
    under = world.mix(rng, "mental_health_service_under_65", len(who))
    over = world.mix(rng, "mental_health_service_65plus", len(who))
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who),
            "contact_date": dates(days),
            "service_type": over.zip_with(pl.Series(old), under),
            "attendance_status": world.mix(rng, "mental_health_status", len(who)),
            "available_date": dates(lagged(world, "mental_health_contact", days)),
        }
    )
    return arrived(world, table)


def _ends(world: World, who: Ints, start: Ints, log: str) -> Ints:
    """Return when each interval ended: the first logged end after it began, or death, or leaving; else ``NEVER``."""
    enders, when = world.events(log)
    span = np.int64(2**20)
    keys = np.sort(enders.astype(np.int64) * span + when)
    begun = who.astype(np.int64) * span + start
    found = np.searchsorted(keys, begun, side="left")
    inside = found < len(keys)
    candidate = (
        np.where(inside, keys[np.minimum(found, max(len(keys) - 1, 0))], -1) if len(keys) else np.full(len(who), -1)
    )
    same = inside & (candidate // span == who)
    end = np.where(same, candidate % span, NEVER)
    return np.minimum(end, world.people.last_day()[who]).astype(np.int32)


def social_care_table(world: World, found: Stays, numbers: pl.Series) -> pl.DataFrame:
    """Return ``social_care_service``: council-paid care homes, home care, reablement and smaller services."""
    rng = world.rng("social care")
    values = world.parameters.values
    last = world.people.last_day()
    resident, moved_in = world.events("care_home")
    paid = rng.random(len(resident)) < values["care_home_council_share"]
    resident, moved_in = resident[paid], moved_in[paid]
    helped, began = world.events("home_care")
    discharged = found.only((found.kind == EMERGENCY) & ~found.died & (found.discharged < world.calendar.end_day))
    aged = years_old(world, discharged.person, discharged.discharged) >= 65
    aged &= discharged.discharged <= last[discharged.person]
    rehab = discharged.only(aged & (rng.random(len(discharged)) < values["reablement_share"]))
    minor = rng.random(len(helped)) < values["minor_service_share"]
    asked = (began - rng.integers(5, 30, len(helped))).astype(np.int32)
    asked = np.maximum(asked, world.people.entry_day[helped])
    kinds = world.parameters.shares("smaller_service")[1]
    extra = choose(rng, kinds, len(helped))
    parts = [
        (resident, moved_in, last[resident], np.where(resident % 2 == 0, 2, 1), True),
        (helped, began, _ends(world, helped, began, "home_care_end"), np.zeros(len(helped), dtype=np.int32), True),
        (
            rehab.person,
            rehab.discharged,
            np.minimum(rehab.discharged + 42, last[rehab.person]),
            np.full(len(rehab), 3),
            False,
        ),
        (helped, asked, asked, np.full(len(helped), 7), False),
        (
            helped[minor],
            began[minor],
            _ends(world, helped[minor], began[minor], "home_care_end"),
            4 + extra[minor],
            True,
        ),
    ]
    who, start, end, service = (
        np.concatenate([np.asarray(part[n], dtype=np.int32) for part in parts]) for n in range(4)
    )
    lasting = np.concatenate([np.full(len(part[0]), part[4]) for part in parts])
    names = (
        "home_care",
        "residential_care",
        "nursing_care",
        "reablement",
        "day_care",
        "direct_payment",
        "equipment",
        "assessment",
    )
    rows, ends, available = interval_versions(world, "social_care_service", start, end)
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who[rows]),
            "service_type": pl.Series(names).gather(service[rows]),
            "start_date": dates(start[rows]),
            "end_date": dates(ends),
            "long_term": pl.Series(lasting[rows]),
            "available_date": dates(available),
        }
    )
    return arrived(world, table)


def programme_table(world: World, found: Stays, numbers: pl.Series) -> pl.DataFrame:
    """Return ``programme``: case management, the end-of-life register and virtual wards, with versions as they end."""
    rng = world.rng("programmes")
    values, last = world.parameters.values, world.people.last_day()
    managed, began = world.events("case_management")
    dying, known = world.events("terminal")
    listed = rng.random(len(dying)) < values["end_of_life_register_share"]
    dying = dying[listed]
    registered = (known[listed] + rng.integers(5, 60, len(dying))).astype(np.int32)
    in_time = (registered <= last[dying]) & (registered < world.calendar.end_day)
    dying, registered = dying[in_time], registered[in_time]
    home = found.only((found.kind == EMERGENCY) & ~found.died & ~found.transferred_out)
    aged = years_old(world, home.person, home.discharged) >= 65
    aged &= home.discharged <= last[home.person]
    ward = home.only(
        aged & (home.discharged < world.calendar.end_day) & (rng.random(len(home)) < values["virtual_ward_share"])
    )
    ward_end = np.minimum(ward.discharged + rng.integers(4, 15, len(ward)), last[ward.person])
    who = np.concatenate([managed, dying, ward.person]).astype(np.int32)
    start = np.concatenate([began, registered, ward.discharged]).astype(np.int32)
    end = np.concatenate([_ends(world, managed, began, "case_management_end"), last[dying], ward_end]).astype(np.int32)
    name = np.repeat([0, 1, 2], [len(managed), len(dying), len(ward)])
    rows, ends, available = interval_versions(world, "programme", start, end)
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who[rows]),
            "programme": pl.Series(["case_management", "end_of_life_register", "virtual_ward"]).gather(name[rows]),
            "start_date": dates(start[rows]),
            "end_date": dates(ends),
            "available_date": dates(available),
        }
    )
    return arrived(world, table)
