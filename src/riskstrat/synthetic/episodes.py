"""Finished consultant episodes from stays: dates, diagnoses, and the versions a long stay is sent in."""

import numpy as np
import polars as pl

from riskstrat.synthetic import admissions
from riskstrat.synthetic.admissions import BIRTH, DAY_CASE, EMERGENCY, MATERNITY, REGULAR, Stays
from riskstrat.synthetic.arrival import arrived, lagged
from riskstrat.synthetic.draws import NEVER, Flags, Floats, Ints, choose, dates, spread
from riskstrat.synthetic.lives import World

DIAGNOSES_USED = 12
UNFINISHED_FROM_NIGHTS = 14
SIGNS_FROM_DEFICITS = 5
_NONE = -1


class Coder:
    """Turns ICD-10 text into positions, so that diagnoses are handled as numbers until they are written."""

    def __init__(self) -> None:
        """Begin with no codes."""
        self.codes: list[str] = []

    def positions(self, codes: list[str]) -> Ints:
        """Return the positions of these codes, adding those not met before."""
        for code in codes:
            if code not in self.codes:
                self.codes.append(code)
        return np.array([self.codes.index(code) for code in codes], dtype=np.int16)

    def one_of(self, rng: np.random.Generator, codes: list[str], size: int) -> Ints:
        """Draw one of the codes for each of ``size`` rows."""
        return self.positions(codes)[rng.integers(0, len(codes), size)]


def diagnoses(world: World, found: Stays, coder: Coder) -> Ints:
    """Return diagnoses per stay as positions in the coder: primary first, -1 where empty, none twice."""
    rng, values = world.rng("diagnoses"), world.parameters.values
    size = len(found)
    age = admissions.years_old(world, found.person, found.admitted)
    columns = [_primary(world, found, coder, rng)]
    columns += _with_cause(world, found, coder, rng)
    deficits = np.zeros(size)
    for which, codes in enumerate(world.conditions.icd10):
        has = world.onset[which][found.person] <= age
        deficits += has & bool(world.conditions.deficits[which])
        if codes:
            own = coder.positions(list(codes))[(found.person + which) % len(codes)]
            columns.append(np.where(has & (rng.random(size) < values["diagnosis_recorded_share"]), own, _NONE))
    for code, share in world.parameters.table("frailty_signs").select("icd10", "value").iter_rows():
        chance = float(share) * np.clip((deficits - SIGNS_FROM_DEFICITS) / 5, 0.0, 1.5)
        sign = (rng.random(size) < chance) & (age >= 65) & (found.kind == EMERGENCY)
        columns.append(np.where(sign, coder.positions([code])[0], _NONE))
    palliative = _terminal(world, found) & (rng.random(size) < values["palliative_coded_share"])
    columns.append(np.where(palliative, coder.positions(["Z515"])[0], _NONE))
    packed = _packed(np.column_stack(columns).astype(np.int16))[:, : DIAGNOSES_USED + 3]
    for later in range(1, packed.shape[1]):
        again = (packed[:, :later] == packed[:, later : later + 1]).any(axis=1)
        packed[again, later] = _NONE
    newborn = found.kind == BIRTH
    packed[newborn, 1:] = _NONE
    return _packed(packed)[:, :DIAGNOSES_USED]


def _packed(codes: Ints) -> Ints:
    """Move empty entries to the right of each row, keeping the order of the others."""
    order = np.argsort(codes == _NONE, axis=1, kind="stable")
    return np.take_along_axis(codes, order, axis=1)


def _terminal(world: World, found: Stays) -> Flags:
    since = np.full(world.people.count, NEVER, dtype=np.int32)
    who, days = world.events("terminal")
    since[who] = days
    return since[found.person] <= found.admitted


def _primary(world: World, found: Stays, coder: Coder, rng: np.random.Generator) -> Ints:
    table = world.parameters.table("emergency_causes")
    primary = coder.one_of(rng, world.parameters.table("elective_reasons")["icd10"].to_list(), len(found))
    for row, codes in enumerate(table["icd10"].to_list()):
        here = np.flatnonzero(found.cause == row)
        primary[here] = coder.one_of(rng, codes.split("|"), len(here))
    unspecified = (found.kind == MATERNITY) | (found.kind == BIRTH)
    primary[unspecified] = coder.positions(["R69"])[0]
    cancer = world.onset[world.conditions.index("cancer")][found.person]
    treated = (found.kind == REGULAR) & (cancer <= admissions.years_old(world, found.person, found.admitted))
    primary[treated] = coder.positions(["C18"])[0]
    return primary


def _with_cause(world: World, found: Stays, coder: Coder, rng: np.random.Generator) -> list[Ints]:
    """Return the codes that come with a cause; external causes of injury always do."""
    table = world.parameters.table("emergency_causes")
    second = np.full(len(found), _NONE, dtype=np.int16)
    usual = world.parameters.values["second_cause_recorded_share"]
    for row, codes in enumerate(table["secondary_icd10"].to_list()):
        here = np.flatnonzero(found.cause == row)
        if codes and len(here):
            always = codes.startswith(("W", "X"))
            recorded = here[rng.random(len(here)) < (1.0 if always else usual)]
            second[recorded] = coder.one_of(rng, codes.split("|"), len(recorded))
    return [second]


def episode_table(world: World, found: Stays, methods: pl.Series, numbers: pl.Series) -> pl.DataFrame:
    """Return ``apc_episode``, one to four episodes a stay; a long stay was first sent unfinished."""
    rng = world.rng("episodes")
    coder = Coder()
    codes = diagnoses(world, found, coder)
    nights = found.discharged - found.admitted
    count = np.ones(len(found), dtype=np.int32)
    for name, least in (("second", 2), ("third", 6), ("fourth", 20)):
        count += (nights >= least) & (rng.random(len(found)) < world.parameters.values[f"{name}_episode_share"])
    stay, nth = spread(count)
    of = count[stay]
    start = found.admitted[stay] + nights[stay] * nth // of
    end = found.admitted[stay] + nights[stay] * (nth + 1) // of
    complete = lagged(world, "apc_episode", found.discharged)[stay]
    early = lagged(world, "apc_episode_unfinished", found.admitted)[stay]
    sent_early = (nights[stay] >= UNFINISHED_FROM_NIGHTS) & (early > start) & (early < complete)
    again = np.flatnonzero(sent_early)
    rows = np.concatenate([np.arange(len(stay)), again])
    unfinished = np.concatenate([np.zeros(len(stay), dtype=np.bool_), np.ones(len(again), dtype=np.bool_)])
    available = np.concatenate([complete, early[again]])
    ended = np.where(unfinished & (end[rows] >= available - 8), NEVER, end[rows])
    frame = _frame(world, found, methods, numbers, stay[rows], nth[rows], start[rows], ended, unfinished)
    diagnosed = codes[stay[rows]]
    names = pl.Series(coder.codes)
    frame = frame.with_columns(
        **{
            f"diagnosis_{n + 1:02}": names.gather(
                pl.Series(np.where(diagnosed[:, n] >= 0, diagnosed[:, n], 0).astype(np.int32))
            )
            .to_frame("c")
            .select(pl.when(pl.Series(diagnosed[:, n] >= 0)).then(pl.col("c")))
            .to_series()
            for n in range(DIAGNOSES_USED)
        },
        **{f"diagnosis_{n:02}": pl.lit(None, dtype=pl.String) for n in range(DIAGNOSES_USED + 1, 21)},
        **{f"procedure_{n:02}": pl.lit(None, dtype=pl.String) for n in range(1, 5)},
    )
    first = (nth[rows] == 0) & ~unfinished
    cost = np.where(first, _cost(world, found)[stay[rows]], 0.0)
    return arrived(world, frame.with_columns(cost=pl.Series(cost).round(2), available_date=dates(available)))


def _cost(world: World, found: Stays) -> Floats:
    values = world.parameters.values
    base = np.where(found.kind == EMERGENCY, values["cost_emergency_admission"], values["cost_elective_admission"])
    base = np.where((found.kind == REGULAR) | (found.kind == BIRTH), values["cost_ae"], base)
    cost: Floats = base + values["cost_bed_day"] * (found.discharged - found.admitted)
    return cost


def _frame(
    world: World,
    found: Stays,
    methods: pl.Series,
    numbers: pl.Series,
    stay: Ints,
    nth: Ints,
    start: Ints,
    ended: Ints,
    unfinished: Flags,
) -> pl.DataFrame:
    rng = world.rng("discharge")
    person = found.person[stay]
    home = admissions.in_care_home(world, found.person, found.admitted)
    nursing = found.person % 2 == 0
    source = np.where(found.transfer > 0, 3, np.where(home, np.where(nursing, 1, 2), 0))
    source = np.where(found.kind == BIRTH, 4, source)
    to_home = admissions.in_care_home(world, found.person, found.discharged)
    goes = np.where(found.died, 4, np.where(found.transferred_out, 3, np.where(to_home, np.where(nursing, 1, 2), 0)))
    how = (
        pl.Series(["4"])
        .new_from_index(0, len(found))
        .zip_with(pl.Series(found.died), world.mix(rng, "discharged_alive_method", len(found)))
    )
    classes = pl.Series(np.where(found.kind == DAY_CASE, "2", "1"))
    classes = world.mix(rng, "regular_class", len(found)).zip_with(pl.Series(found.kind == REGULAR), classes)
    still_in = pl.Series(unfinished)
    return pl.DataFrame(
        {
            "nhs_number": numbers.gather(person),
            "provider_code": pl.Series(["ZT1", "ZT2", "ZT3"]).gather(found.provider[stay]),
            "spell_id": pl.Series([f"ZS{n:07}" for n in range(len(found))]).gather(stay),
            "episode_number": pl.Series((nth + 1).astype(np.int32)),
            "admission_date": dates(found.admitted[stay]),
            "admission_method": methods.gather(stay),
            "admission_source": pl.Series(["19", "55", "56", "51", "79"]).gather(source[stay]),
            "patient_class": classes.gather(stay),
            "episode_start_date": dates(start),
            "episode_end_date": dates(ended),
            "discharge_date": dates(np.where(unfinished, NEVER, found.discharged[stay])),
            "discharge_method": pl.Series(["8"]).new_from_index(0, len(stay)).zip_with(still_in, how.gather(stay)),
            "discharge_destination": pl.Series(["19", "55", "56", "51", "79", "98"]).gather(
                np.where(unfinished, 5, goes[stay])
            ),
            "treatment_function_code": _treatment_functions(world, found).gather(stay),
        }
    )


def _treatment_functions(world: World, found: Stays) -> pl.Series:
    """Draw each stay's treatment function from those of ``treatment_functions.csv`` that fit it."""
    rng = world.rng("treatment functions")
    age = admissions.years_old(world, found.person, found.admitted)
    names = world.parameters.table("emergency_causes")["cause"].to_list()
    injury = np.isin(found.cause, [names.index(name) for name in ("injury", "fall", "hip_fracture")])
    emergency = found.kind == EMERGENCY
    uses = {
        "elective": (found.kind == admissions.ELECTIVE) | (found.kind == DAY_CASE),
        "regular": found.kind == REGULAR,
        "maternity": found.kind == MATERNITY,
        "birth": found.kind == BIRTH,
        "emergency": emergency & ~injury & (age >= 16) & (age < 80),
        "emergency_80": emergency & ~injury & (age >= 80),
        "injury": emergency & injury,
        "child": emergency & ~injury & (age < 16),
    }
    table = world.parameters.codes_table("treatment_functions")
    drawn = np.zeros(len(found), dtype=np.int32)
    for use, which in uses.items():
        weights = np.where(table["used_for"] == use, table["value"].cast(pl.Float64), 0.0)
        drawn[which] = choose(rng, weights, int(which.sum()))
    return table["code"].gather(drawn)


def notice_table(world: World, found: Stays, methods: pl.Series, numbers: pl.Series) -> pl.DataFrame:
    """Return ``admission_notice``: one message at admission, a later version at discharge; no regular attenders."""
    told = np.flatnonzero(np.isin(found.kind, (EMERGENCY, admissions.ELECTIVE, MATERNITY)) & (found.transfer == 0))
    known = found.only(told)
    begun = lagged(world, "admission_notice", known.admitted)
    gone = np.maximum(lagged(world, "admission_notice", known.discharged), begun + 1)
    rows = np.concatenate([np.arange(len(known)), np.arange(len(known))])
    discharged = np.concatenate([np.full(len(known), NEVER, dtype=np.int32), known.discharged])
    available = np.concatenate([begun, gone])
    same_day = np.flatnonzero((known.discharged == known.admitted) & (begun >= known.discharged))
    discharged[same_day] = known.discharged[same_day]
    kept = np.ones(len(rows), dtype=np.bool_)
    kept[len(known) + same_day] = False
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(known.person[rows]),
            "admitted_on": dates(known.admitted[rows]),
            "discharged_on": dates(discharged),
            "provider_code": pl.Series(["ZT1", "ZT2", "ZT3"]).gather(known.provider[rows]),
            "method": methods.gather(told[rows]),
            "available_date": dates(available),
        }
    )
    return arrived(world, table.filter(pl.Series(kept)))
