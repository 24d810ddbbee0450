"""The margins of a population, recomputed from a drop, beside their targets in ``synthetic_data/margins.csv``.

``python -m riskstrat.synthetic.margins`` makes the stated population and writes the table into
``synthetic_data/README.md``; a test makes it again and holds the README to it. Rates are over the six years before the
last two months of the drop (those may not have arrived); prevalences are as at the first of those two months.
"""

import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from riskstrat import contract
from riskstrat.synthetic.draws import Floats, months_before
from riskstrat.synthetic.generate import DEFAULT_END, generate_drop
from riskstrat.synthetic.parameters import Parameters, load

PEOPLE = 20_000
SEED = 20261101
YEARS = 6
POINTS_PER_YEAR = 4
MARKS = ("<!-- margins: begin -->", "<!-- margins: end -->")
EMERGENCY = ("21", "22", "23", "24", "25", "28", "2A", "2D")
_FRAIL, _MODERATE, _SEVERE = 5, 9, 13
_MEDICINES = 5
_REGULAR_CHAPTERS = ("01", "02", "03", "04", "06", "07", "08", "09", "10")


@dataclass(frozen=True)
class Margin:
    """One figure of the population beside its target. ``tolerance`` is a share of the target."""

    measure: str
    for_whom: str
    made: float
    target: float
    tolerance: float
    source: str
    year: str

    @property
    def holds(self) -> bool:
        """Whether the figure made is within its tolerance of the target."""
        return abs(self.made - self.target) <= self.tolerance * self.target


class Drop:
    """A drop read back: the latest version of every row, and who was registered and alive on a date."""

    def __init__(self, folder: Path, end: date, parameters: Parameters) -> None:
        """Remember where the drop lies."""
        self.folder = folder
        self.parameters = parameters
        self.until = months_before(end, 2)
        self.since = months_before(self.until, 12 * YEARS)

    def latest(self, table: str) -> pl.DataFrame:
        """Return one table with only the latest version of each key."""
        rows = pl.read_parquet(self.folder / f"{table}.parquet")
        key = contract.TABLES[table].key
        return rows.sort("available_date").unique(key, keep="last", maintain_order=True) if key else rows

    @cached_property
    def person(self) -> pl.DataFrame:
        """People with their birth, death and deprivation."""
        return self.latest("person").select("nhs_number", "birth_date", "sex", "imd_decile", "death_date", "care_home")

    @cached_property
    def registered(self) -> pl.DataFrame:
        """Regular registrations with what is known of the person."""
        intervals = self.latest("registration").filter(pl.col("registration_type") == "regular")
        return intervals.select("nhs_number", "start_date", "end_date").join(self.person, on="nhs_number")

    @cached_property
    def emergencies(self) -> pl.DataFrame:
        """Emergency admissions, one row each, with the diagnoses of the first episode."""
        episodes = self.latest("apc_episode").filter(
            (pl.col("episode_number") == 1) & pl.col("admission_method").is_in(EMERGENCY)
        )
        joined = episodes.join(self.person, on="nhs_number").filter(pl.col("admission_date") > pl.col("birth_date"))
        return joined.with_columns(age=_age(pl.col("admission_date")))

    def within(self, rows: pl.DataFrame, column: str) -> pl.DataFrame:
        """Keep rows of the six years that rates are over."""
        return rows.filter((pl.col(column) >= self.since) & (pl.col(column) < self.until))

    def here(self, on: date) -> pl.DataFrame:
        """Return people registered and alive on a date, with their age."""
        present = self.registered.filter(
            (pl.col("start_date") < on)
            & (pl.col("end_date").is_null() | (pl.col("end_date") >= on))
            & (pl.col("death_date").is_null() | (pl.col("death_date") >= on))
        )
        return present.unique("nhs_number", maintain_order=True).with_columns(age=_age(pl.lit(on)))

    @cached_property
    def person_years(self) -> pl.DataFrame:
        """Age and deprivation of everybody at each quarter of the six years; each row is a quarter of a person-year."""
        step = 12 // POINTS_PER_YEAR
        dates = [months_before(self.until, step * n) for n in range(1, YEARS * POINTS_PER_YEAR + 1)]
        return pl.concat([self.here(on).select("age", "imd_decile") for on in dates])


def _age(on: pl.Expr) -> pl.Expr:
    """Completed years on a date."""
    birth = pl.col("birth_date")
    before = on.dt.month().cast(pl.Int32) * 100 + on.dt.day() < birth.dt.month().cast(pl.Int32) * 100 + birth.dt.day()
    return on.dt.year() - birth.dt.year() - before.cast(pl.Int32)


def _in_band(band: str) -> pl.Expr:
    if band == "all ages":
        return pl.lit(value=True)
    low, _, high = band.rstrip("+").partition("-")
    return (pl.col("age") >= int(low)) & (pl.col("age") <= (int(high) if high else 200))


def _years(drop: Drop, band: str) -> float:
    return drop.person_years.filter(_in_band(band)).height / POINTS_PER_YEAR


def emergency_figures(drop: Drop) -> dict[tuple[str, str], float]:
    """Return emergency admission rates by age, falls, hip fractures, and outcomes by deprivation."""
    rows = drop.within(drop.emergencies, "admission_date")
    rate = "emergency admissions per 1,000 person-years"
    bands = ("0-4", "5-17", "18-44", "45-64", "65-74", "75-84", "85+", "all ages")
    figures = {(rate, band): 1000 * rows.filter(_in_band(band)).height / _years(drop, band) for band in bands}
    old = rows.filter(pl.col("age") >= 65)
    diagnoses = [f"diagnosis_{n:02}" for n in range(1, 13)]
    fell = pl.any_horizontal(pl.col(diagnoses).str.contains("^W[01]"))
    hip = pl.col("diagnosis_01").str.contains("^S72[012]")
    years = _years(drop, "65+") / 100_000
    figures["emergency admissions with a fall per 100,000 person-years", "65+"] = old.filter(fell).height / years
    figures["emergency admissions for hip fracture per 100,000 person-years", "65+"] = old.filter(hip).height / years
    return figures | _outcomes_by_deprivation(drop)


def _outcomes_by_deprivation(drop: Drop) -> dict[tuple[str, str], float]:
    """Return who was admitted or died within 12 months of the last five yearly dates, by deprivation."""
    parts = []
    for years in range(1, YEARS):
        on, until = months_before(drop.until, 12 * years), months_before(drop.until, 12 * (years - 1))
        admitted = drop.emergencies.filter((pl.col("admission_date") >= on) & (pl.col("admission_date") < until))
        was = pl.col("nhs_number").is_in(admitted["nhs_number"].implode())
        parts.append(
            drop.here(on).select("imd_decile", outcome=was | (pl.col("death_date") < until).fill_null(value=False))
        )
    people = pl.concat(parts)
    worst = _share(people.filter(pl.col("imd_decile") <= 2)["outcome"])
    best = _share(people.filter(pl.col("imd_decile") >= 9)["outcome"])
    name = "emergency admission or death within 12 months, % of people"
    return {
        (name, "most deprived 20 %"): worst,
        (name, "least deprived 20 %"): best,
        (name, "everybody"): _share(people["outcome"]),
        ("emergency admission or death, ratio", "most to least deprived 20 %"): worst / best,
    }


def _share(which: pl.Series) -> float:
    """Return the percentage of rows that are true."""
    return 100 * int(which.sum()) / which.len()


def death_figures(drop: Drop) -> dict[tuple[str, str], float]:
    """Return death rates by age, and standardised to the European Standard Population of 2013."""
    deaths = drop.within(drop.person.filter(pl.col("death_date").is_not_null()), "death_date")
    deaths = deaths.with_columns(age=_age(pl.col("death_date")))
    name = "deaths per 1,000 person-years"
    bands = ("45-64", "65-74", "75-84", "85+")
    figures = {(name, band): 1000 * deaths.filter(_in_band(band)).height / _years(drop, band) for band in bands}
    standard = drop.parameters.table("standard_population")
    total = 0.0
    for label, weight in standard.select("age_band", "value").iter_rows():
        band = "0-0" if label == "<1" else label
        years = _years(drop, band)
        total += float(weight) * (deaths.filter(_in_band(band)).height / years if years else 0.0)
    figures["deaths per 100,000, age-standardised", "all ages"] = total
    return figures


def contact_figures(drop: Drop) -> dict[tuple[str, str], float]:
    """Return GP consultations, A&E attendances and flu vaccinations."""
    years = _years(drop, "all ages")
    seen = pl.col("status") == "attended"
    consulted = drop.latest("gp_appointment").filter(seen & pl.col("staff_role").is_in(["GP", "nurse"]))
    unplanned = pl.col("department_type") != "05"
    attended = drop.within(drop.latest("ecds_attendance").filter(unplanned), "arrival_date")
    attended = attended.sort("nhs_number", "arrival_date").join(drop.person, on="nhs_number", maintain_order="left")
    gap = (pl.col("arrival_date") - pl.col("arrival_date").shift().over("nhs_number")).dt.total_days()
    worst = attended.filter(pl.col("imd_decile") <= 2).height
    autumn = date(drop.until.year - 1, 9, 1)
    old = drop.here(drop.until).filter((pl.col("age") >= 66) & (pl.col("start_date") < autumn))
    flu = drop.latest("gp_event").filter(
        pl.col("snomed_code").is_in(drop.parameters.snomed["flu_vaccination"])
        & (pl.col("event_date") >= autumn)
        & (pl.col("event_date") < months_before(autumn, -6))
    )
    uptake = _share(old["nhs_number"].is_in(flu["nhs_number"].implode()))
    return {
        ("GP and nurse consultations per person-year", "all ages"): drop.within(consulted, "appointment_date").height
        / years,
        ("A&E attendances (types 01 to 04) per person-year", "all ages"): attended.height / years,
        ("A&E attendances by the most deprived 20 %, % of attendances", "all ages"): 100 * worst / attended.height,
        ("A&E attendances within 7 days of another, %", "all ages"): 100
        * attended.select((gap <= 7).sum()).item()
        / attended.height,
        ("flu vaccination last autumn, % of people", "65+"): uptake,
    }


def prevalence_figures(drop: Drop) -> dict[tuple[str, str], float]:
    """Return prevalences, multimorbidity, eFI bands and care-home residents."""
    people = drop.here(drop.until)
    events = drop.latest("gp_event").filter(pl.col("event_date") < drop.until)
    lists = drop.parameters.snomed

    def has(*names: str) -> pl.Expr:
        codes = [code for name in names for code in lists[name]]
        who = events.filter(pl.col("snomed_code").is_in(codes))["nhs_number"].unique()
        return pl.col("nhs_number").is_in(who.implode())

    def share(which: pl.Expr, band: str) -> float:
        some = people.filter(_in_band(band))
        return 100 * some.filter(which).height / some.height

    named = {
        "hypertension, all ages": ("hypertension",),
        "diabetes, all ages": ("diabetes_type1", "diabetes_type2"),
        "coronary heart disease, all ages": ("chd",),
        "COPD, all ages": ("copd",),
        "dementia, 65+": ("dementia",),
        "chronic kidney disease 3 to 5, 18+": ("ckd_3_5",),
        "severe mental illness, all ages": ("smi",),
        "depression, 18+": ("depression",),
        "obesity, 18+": ("obesity",),
        "smoking, 18+": ("smoking_current",),
        "heart failure, all ages": ("heart_failure",),
        "atrial fibrillation, all ages": ("af",),
        "stroke or TIA, all ages": ("stroke_tia",),
        "asthma, all ages": ("asthma",),
        "cancer, all ages": ("cancer",),
        "learning disability, all ages": ("learning_disability",),
    }
    figures = {("prevalence, %", name): share(has(*of), name.rpartition(", ")[2]) for name, of in named.items()}
    chronic = drop.parameters.table("conditions").filter(pl.col("long_term") == 1)["code_list"].unique().sort()
    counted = pl.sum_horizontal([has(name).cast(pl.Int32) for name in chronic])
    people = people.with_columns(conditions=counted)
    many = pl.col("conditions") >= 2
    name = "two or more long-term conditions, % of people"
    figures |= {(name, band): share(many, band) for band in ("all ages", "0-24", "25-44", "45-64", "65-84", "85+")}
    several = people.filter(many)
    older = several.filter(pl.col("age") >= 65).height
    figures["share of multimorbid people who are 65 or over, %", "65+"] = 100 * older / several.height
    figures["people 65 or over, % of people", "all ages"] = share(pl.col("age") >= 65, "all ages")
    lives = has("care_home_resident")
    figures["care-home residents, % of people", "65+"] = share(lives, "65+")
    residents = people.filter(lives & (pl.col("age") >= 65))
    very_old = residents.filter(pl.col("age") >= 85).height
    figures["care-home residents 85 or over, % of residents 65+", "65+"] = 100 * very_old / residents.height
    return figures | frailty_figures(drop, people, events) | medicine_figures(drop, people)


def medicine_figures(drop: Drop, people: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Return how many adults are on three medicines or more, of the chapters for long-term conditions, in 90 days."""
    issued = drop.latest("gp_prescription").filter(
        (pl.col("issue_date") >= drop.until - timedelta(days=90)) & (pl.col("issue_date") < drop.until)
    )
    regular = issued.filter(pl.col("bnf_code").str.slice(0, 2).is_in(_REGULAR_CHAPTERS)).group_by("nhs_number")
    counts = regular.agg(n=pl.col("bnf_code").str.slice(0, 9).n_unique())
    adults = people.filter(pl.col("age") >= 18).join(counts, on="nhs_number", how="left")
    return {("three or more regular medicines, % of people", "18+"): _share(adults["n"].fill_null(0) >= 3)}


def frailty_figures(drop: Drop, people: pl.DataFrame, events: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Return the eFI bands at 65 and over, from deficits ever coded, low eGFR or haemoglobin, and medicines."""
    codes = drop.parameters.codes_table("codes")
    deficits = codes.filter(pl.col("deficit").is_not_null()).select(snomed_code="code", deficit="deficit").unique()
    coded = events.join(deficits, on="snomed_code").select("nhs_number", "deficit")
    female = events.join(drop.person.select("nhs_number", "sex"), on="nhs_number")
    kidneys = events.filter(pl.col("snomed_code").is_in(drop.parameters.snomed["egfr"]) & (pl.col("value") < 60))
    pale = female.filter(
        pl.col("snomed_code").is_in(drop.parameters.snomed["haemoglobin"])
        & (pl.col("value") < pl.when(pl.col("sex") == "2").then(115).otherwise(130))
    )
    medicine = pl.col("bnf_code").str.slice(0, 9)
    issued = drop.latest("gp_prescription").filter(
        (pl.col("issue_date") >= months_before(drop.until, 12)) & (pl.col("issue_date") < drop.until)
    )
    taken = issued.filter(medicine.str.slice(0, 2).cast(pl.Int32) <= 15).group_by("nhs_number")
    many = taken.agg(n=medicine.n_unique()).filter(pl.col("n") >= _MEDICINES)
    parts = [
        coded,
        kidneys.select("nhs_number", deficit=pl.lit("Chronic kidney disease")),
        pale.select("nhs_number", deficit=pl.lit("Anaemia and haematinic deficiency")),
        many.select("nhs_number", deficit=pl.lit("Polypharmacy")),
    ]
    counts = pl.concat(parts).unique().group_by("nhs_number").agg(deficits=pl.len())
    old = people.filter(pl.col("age") >= 65).join(counts, on="nhs_number", how="left")
    count = old["deficits"].fill_null(0)
    name = "eFI, % of people 65+"
    return {
        (name, "any frailty (5 or more deficits)"): _share(count >= _FRAIL),
        (name, "moderate (9 to 12)"): _share((count >= _MODERATE) & (count < _SEVERE)),
        (name, "severe (13 or more)"): _share(count >= _SEVERE),
    }


def risk_figures(drop: Drop, true_risk: Path) -> dict[tuple[str, str], float]:
    """Return how much of the next year's admissions the people at highest true risk have, and the true risk's AUROC."""
    table = pl.read_parquet(true_risk)
    on = table["index_date"][0]
    horizon = drop.emergencies.filter(
        (pl.col("admission_date") >= on) & (pl.col("admission_date") < months_before(on, -12))
    )
    counts = horizon.group_by("nhs_number").agg(admissions=pl.len())
    ranked = table.join(counts, on="nhs_number", how="left").with_columns(pl.col("admissions").fill_null(0))
    ranked = ranked.sort("true_12m_emergency_admission_risk", "nhs_number", descending=[True, False])
    name = "share of next year's emergency admissions, %"
    total = int(ranked["admissions"].sum())
    tops = {
        (name, f"top {p} % by true risk"): int(ranked.head(ranked.height * p // 100)["admissions"].sum())
        for p in (1, 5)
    }
    figures: dict[tuple[str, str], float] = {key: 100 * count / total for key, count in tops.items()}
    figures["AUROC of the true risk", "all ages"] = _auroc(
        ranked["true_12m_emergency_admission_risk"].to_numpy(), (ranked["admissions"] > 0).to_numpy().astype(np.float64)
    )
    return figures


def _auroc(score: Floats, outcome: Floats) -> float:
    """Return the chance that a person with the outcome scores above one without, ties counting half."""
    ranks = pl.Series(score).rank("average").to_numpy()
    events = outcome.sum()
    above = (ranks * outcome).sum() - events * (events + 1) / 2
    return float(above / (events * (len(score) - events)))


def margins(drop_folder: Path, true_risk: Path, end: date = DEFAULT_END) -> list[Margin]:
    """Return every margin of ``margins.csv`` with the figure recomputed from a drop and its true risks."""
    parameters = load()
    drop = Drop(drop_folder, end, parameters)
    made = emergency_figures(drop) | death_figures(drop) | contact_figures(drop) | prevalence_figures(drop)
    made |= risk_figures(drop, true_risk)
    return [
        Margin(
            row["measure"],
            row["for_whom"],
            made[row["measure"], row["for_whom"]],
            float(row["value"]),
            float(row["tolerance"]),
            row["source"],
            row["year"] or "",
        )
        for row in parameters.codes_table("margins").iter_rows(named=True)
    ]


def markdown(rows: list[Margin]) -> str:
    """Return the table of margins as it stands in the README."""
    lines = ["| measure | for whom | made | target | tolerance | source |", "| --- | --- | --: | --: | --: | --- |"]
    for row in rows:
        source = f"{row.source}, {row.year}" if row.year else row.source
        lines.append(
            f"| {row.measure} | {row.for_whom} | {row.made:.4g} | {row.target:g} "
            f"| ± {100 * row.tolerance:.0f} % | {source} |"
        )
    return "\n".join(lines)


def make(folder: Path, people: int = PEOPLE, seed: int = SEED) -> list[Margin]:
    """Make the stated population in a folder and return its margins."""
    generate_drop(people, seed, folder / "drop", true_risk=folder / "true_risk.parquet")
    return margins(folder / "drop", folder / "true_risk.parquet")


def write_readme(readme: Path) -> None:
    """Recompute the margins and write the table between the marks of a README."""
    with tempfile.TemporaryDirectory() as folder:
        table = markdown(make(Path(folder)))
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0], 1)
    after = rest.split(MARKS[1], 1)[1]
    readme.write_text(f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    write_readme(load().folder / "README.md")
