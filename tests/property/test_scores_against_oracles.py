"""HFRS and Charlson against pycomorb, eFI against a naive count, on random records."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl
import pytest
from pycomorb import CharlsonComorbidityIndex, HospitalFrailtyRiskScore

from riskstrat.features.catalogue import statements
from riskstrat.features.codelists import seed_tables
from riskstrat.features.layers import ask_for, register_seeds, set_index_date
from riskstrat.warehouse import Warehouse, needed_for
from support.landed import land

INDEX = date(2026, 11, 1)
SEEDS = seed_tables()


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with Warehouse(tmp_path_factory.mktemp("scratch"), threads=1) as opened:
        register_seeds(opened)
        yield opened


def made(warehouse: Warehouse, family: str, **drawn: str) -> dict[str, dict]:
    """Return the rows of a family by the person's name."""
    numbers = land(warehouse, INDEX, drawn)
    ask_for(warehouse, [INDEX])
    set_index_date(warehouse, INDEX)
    warehouse.build(needed_for([f"features.{family}"], statements()))
    names = {number: name for name, number in numbers.items()}
    return {names[row["person_id"]]: row for row in warehouse.frame(f"FROM features.{family}").iter_rows(named=True)}


def drawn(columns: str, rows: list[tuple]) -> str:
    return "\n".join([columns, *(" | ".join("-" if cell is None else str(cell) for cell in row) for row in rows)])


def random_diagnoses(seed: int) -> dict[str, list[str]]:
    """Codes of both scores and around them: longer, shorter, neighbouring and unrelated ones."""
    rng = random.Random(seed)
    known = [*SEEDS["seeds.hfrs_weight"]["icd10"], *SEEDS["seeds.charlson_weight"]["icd10"]]
    charlson = [code for code in known if len(code) >= 3]
    people = {}
    for n in range(250):
        codes = []
        for _ in range(rng.randrange(1, 7)):
            code = rng.choice(
                charlson if rng.random() < 0.8 else ["Z999", "A000", "R54", "C770", "E119", "E112", "K729", "K703"]
            )
            codes.append(code if len(code) > 3 else code + rng.choice(["", "0", "1", "9", "X"]))
        people[f"P{n:03}"] = codes
    return people


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hospital_scores_agree_with_pycomorb(warehouse: Warehouse, seed: int) -> None:
    people = random_diagnoses(seed)
    rows = [
        (name, "2026-01-01", "2026-01-03", code, second, "2026-02-01")
        for name, codes in people.items()
        for code, second in zip(codes, [*codes[1:], None], strict=True)
    ]
    episodes = drawn("person | admitted | discharged | main | second | received", rows)
    codes = pl.DataFrame(
        [(name, code.rstrip("X") if len(code) > 3 else code, 70) for name, codes in people.items() for code in codes],
        schema=["id", "code", "age"],
        orient="row",
    )
    hfrs = HospitalFrailtyRiskScore(codes)
    charlson = CharlsonComorbidityIndex(codes, implementation="uk_shmi", weights="uk_shmi")
    ours = made(warehouse, "hospital_frailty", episodes=episodes)
    assert {name: row["hfrs"] for name, row in ours.items()} == dict(hfrs.select("id", "HFRS Score").rows())
    ours = made(warehouse, "charlson", episodes=episodes)
    theirs = charlson.select("id", "Charlson Comorbidity Index").rows()
    assert {name: row["charlson"] for name, row in ours.items()} == {name: int(score) for name, score in theirs}


def test_the_reference_weights_are_those_of_pycomorb() -> None:
    """Every HFRS code and every Charlson prefix alone gives its own weight in both."""
    for table, score, column in (
        ("seeds.hfrs_weight", HospitalFrailtyRiskScore, "HFRS Score"),
        (
            "seeds.charlson_weight",
            lambda codes: CharlsonComorbidityIndex(codes, implementation="uk_shmi", weights="uk_shmi"),
            "Charlson Comorbidity Index",
        ),
    ):
        weights = SEEDS[table]
        codes = pl.DataFrame({"id": weights["icd10"], "code": weights["icd10"], "age": [40] * len(weights)})
        theirs = dict(score(codes).select("id", column).rows())
        assert theirs == {row["icd10"]: max(row["weight"], 0) for row in weights.iter_rows(named=True)}


def naive_efi(sex: str, events: list[tuple], issues: list[tuple], on: date, before: date) -> int:
    """Count deficits from records known before ``on`` and dated before ``before``, one deficit at a time."""
    lists = defaultdict(set)
    for row in SEEDS["seeds.code_list"].filter(pl.col("system") == "snomed_ct").iter_rows(named=True):
        lists[row["list_id"]].add(row["code"])
    known = [e for e in events if e[0] < before and max(e[0], e[3]) < on]
    deficits = set()
    for deficit in SEEDS["seeds.efi_deficit"].iter_rows(named=True):
        if deficit["list_id"] and any(code in lists[deficit["list_id"]] for _, code, _, _ in known):
            deficits.add(deficit["deficit"])
    for _, code, value, _ in known:
        if value is None:
            continue
        grams = value * 10 if code in lists["haemoglobin"] and value < 30 else value
        if code in lists["haemoglobin"] and 30 <= grams <= 250 and grams < {"1": 130, "2": 115}.get(sex, 0):
            deficits.add("anaemia")
        if (code in lists["egfr"] and 1 <= value < 60) or (code in lists["acr"] and 3 < value <= 450):
            deficits.add("chronic_kidney_disease")
        if (code == "314449000" and 135 < value <= 270) or (code == "314462001" and 85 < value <= 200):
            deficits.add("hypertension")
    start = before - timedelta(days=365)
    medicines = {bnf[:9] for day, bnf, arrived in issues if start <= day < before and arrived < on}
    return len(deficits) + (len({m for m in medicines if not m.startswith(("20", "0601060", "14"))}) >= 5)


@pytest.mark.parametrize("seed", [1, 2])
def test_efi_agrees_with_a_naive_count(warehouse: Warehouse, seed: int) -> None:
    rng = random.Random(seed)
    codes = SEEDS["seeds.code_list"].filter(
        (pl.col("system") == "snomed_ct") & pl.col("list_id").str.starts_with("efi_")
    )
    measured = ["1022431000000105", "1011481000000105", "1023491000000104", "314449000", "314462001", "271649006"]
    bnf = [
        "0212000B0",
        "0206010Q0",
        "0202020Q0",
        "0103050Q0",
        "0209000Q0",
        "0403030Q0",
        "2003000Q0",
        "060106000",
        "1404000H0",
    ]
    people, sexes = {}, {}
    for n in range(120):
        events, issues = [], []
        for _ in range(rng.randrange(0, 12)):
            day = INDEX - timedelta(days=rng.randrange(-5, 1500))
            is_measured = rng.random() < 0.5
            code = rng.choice(measured) if is_measured else rng.choice(codes["code"].to_list())
            value = rng.choice([0.5, 4, 12.0, 40, 59, 60, 90, 114, 122, 131, 140, 300]) if is_measured else None
            events.append((day, code, value, day + timedelta(days=rng.randrange(0, 40))))
        for _ in range(rng.randrange(0, 16)):
            day = INDEX - timedelta(days=rng.randrange(-5, 800))
            issues.append((day, rng.choice(bnf) + "AAAAAA", day + timedelta(days=rng.randrange(0, 40))))
        people[f"P{n:03}"], sexes[f"P{n:03}"] = (events, issues), rng.choice(["1", "2", "9"])
    rows = made(
        warehouse,
        "efi",
        persons=drawn("person | born | sex", [(name, "1950-01-01", sex) for name, sex in sexes.items()]),
        gp_events=drawn(
            "person | day | code | value | received",
            [(name, *e) for name, (events, _) in people.items() for e in events],
        ),
        prescriptions=drawn(
            "person | day | bnf | received", [(name, *i) for name, (_, issues) in people.items() for i in issues]
        ),
    )
    assert len(rows) == len(people)
    for name, (events, issues) in people.items():
        now = naive_efi(sexes[name], events, issues, INDEX, INDEX)
        earlier = naive_efi(sexes[name], events, issues, INDEX, INDEX - timedelta(days=365))
        row = rows[name]
        assert row["efi_deficits"] == now, name
        assert row["efi"] == pytest.approx(now / 36)
        assert row["efi_change_365d"] == pytest.approx((now - earlier) / 36), name
    assert max(row["efi_deficits"] for row in rows.values()) > 5
    assert any(row["efi_change_365d"] < 0 for row in rows.values()), "a medicine stopped: polypharmacy ends"
