"""Labels of a synthetic population against a plain reading of the episodes, deaths and services held."""

from collections import defaultdict
from datetime import date, timedelta

import pytest

from riskstrat.features import build_labels, build_snapshots, read_labels, read_snapshot
from riskstrat.features.codelists import seed_tables
from riskstrat.intake import open_store, take_drop
from riskstrat.project import Workspace
from riskstrat.synthetic import generate_drop

INDEX, END = date(2025, 9, 1), date(2026, 9, 1)
EMERGENCY = {"21", "22", "23", "24", "25", "28", "2A", "2B", "2D"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("naive")
    generate_drop(1200, 3, root / "drop")
    made = Workspace(root / "workspace")
    made.key_file.parent.mkdir(parents=True)
    made.key_file.write_text("cd" * 32)
    made.key_file.chmod(0o600)
    take_drop(made, root / "drop")
    build_snapshots(made, [INDEX])
    return made


def held(workspace: Workspace, table: str, key: tuple[str, ...]) -> list[dict]:
    """Return the last version of each row: the latest available, then the latest delivered."""
    with open_store(workspace) as warehouse:
        rows = warehouse.frame(f"FROM intake.{table}").to_dicts()
    latest: dict[tuple, dict] = {}
    for row in sorted(rows, key=lambda row: (row["available_date"] or date.min, row["delivery"])):
        latest[tuple(row[name] for name in key)] = row
    return list(latest.values())


def stays(workspace: Workspace) -> dict[int, list[dict]]:
    """Return each person's stays with admission, method and all codes; transfers joined one after another."""
    spells = defaultdict(list)
    for row in held(workspace, "apc_episode", ("person_id", "provider_code", "spell_id", "episode_number")):
        spells[row["person_id"], row["provider_code"], row["spell_id"]].append(row)
    people = defaultdict(list)
    for (person, _, _), episodes in spells.items():
        first = min(episodes, key=lambda row: row["episode_number"])
        ends = [row["discharge_date"] for row in episodes if row["discharge_date"]]
        ends = ends or [row["episode_end_date"] for row in episodes if row["episode_end_date"]]
        codes = [row[f"diagnosis_{n:02}"] for row in episodes for n in range(1, 21) if row[f"diagnosis_{n:02}"]]
        people[person].append(
            {
                "admitted": first["admission_date"],
                "method": first["admission_method"],
                "end": max(ends) if ends else None,
                "codes": {code.upper().replace(".", "").replace("-", "").replace(" ", "") for code in codes},
            }
        )
    joined = defaultdict(list)
    for person, own in people.items():
        own.sort(key=lambda spell: (spell["admitted"], spell["method"] in ("81", "2B"), spell["end"] or date.max))
        for spell in own:
            before = [
                stay
                for stay in joined[person]
                if stay["end"] and 0 <= (spell["admitted"] - stay["end"]).days <= 2 and spell["method"] in ("81", "2B")
            ]
            if before:
                stay = max(before, key=lambda stay: stay["end"])
                stay["end"], stay["codes"] = spell["end"], stay["codes"] | spell["codes"]
            else:
                joined[person].append(dict(spell))
    return joined


def in_horizon(days: list[date]) -> date | None:
    return min((day for day in days if INDEX <= day < END), default=None)


def test_emergency_admission_is_the_first_emergency_stay_in_the_horizon(workspace: Workspace) -> None:
    build_labels(workspace, {"emergency_admission_12m": [INDEX]})
    of_person = stays(workspace)
    rows = read_labels(workspace, "emergency_admission_12m", INDEX)
    counted = {person: (n, nights) for person, n, nights in rows.select("person_id", "admissions", "nights").rows()}
    for person, said, overnight in rows.select("person_id", "event_date", "overnight_date").rows():
        emergency = [stay for stay in of_person[person] if stay["method"] in EMERGENCY]
        assert said == in_horizon([stay["admitted"] for stay in emergency]), person
        lasted = [stay["admitted"] for stay in emergency if stay["end"] is None or stay["end"] > stay["admitted"]]
        assert overnight == in_horizon(lasted), person
        begun = [stay for stay in emergency if INDEX <= stay["admitted"] < END]
        nights = sum(((stay["end"] or END) - stay["admitted"]).days for stay in begun)
        assert counted[person] == (len(begun), nights), person
    assert rows["outcome"].sum() > 50
    assert rows["outcome"].sum() > rows["overnight_date"].count() > 20


def test_death_is_that_of_the_person_table(workspace: Workspace) -> None:
    build_labels(workspace, {"death_12m": [INDEX]})
    died = {row["person_id"]: row["death_date"] for row in held(workspace, "person", ("person_id",))}
    for person, said in read_labels(workspace, "death_12m", INDEX).select("person_id", "event_date").rows():
        assert said == in_horizon([died[person]] if died[person] else []), person


def test_frailty_outcome_is_the_first_of_its_parts(workspace: Workspace) -> None:
    build_labels(workspace, {"frailty_12m": [INDEX]})
    lists = defaultdict(tuple)
    for row in seed_tables()["seeds.code_list"].iter_rows(named=True):
        if row["system"] == "icd10":
            lists[row["list_id"]] += (row["code"],)
    services = defaultdict(list)
    for row in held(workspace, "social_care_service", ("person_id", "service_type", "start_date")):
        services[row["person_id"]].append(row)
    of_person = stays(workspace)
    older = {row["person_id"] for row in read_snapshot(workspace, INDEX).to_dicts() if row["age"] >= 65}
    rows = read_labels(workspace, "frailty_12m", INDEX)
    for person, said in rows.select("person_id", "event_date").rows():
        assert person in older
        days = []
        for stay in of_person[person]:
            falls = any(code.startswith((*lists["falls_any_mention"], *lists["delirium"])) for code in stay["codes"])
            breaks = any(code.startswith(lists["fragility_fracture_implicit"]) for code in stay["codes"])
            if stay["method"] in EMERGENCY and (falls or (breaks and not any(c[0] in "VWXY" for c in stay["codes"]))):
                days.append(stay["admitted"])
        own = services[person]
        at_home = [row for row in own if row["service_type"] == "home_care"]
        served = any(row["start_date"] < INDEX and (row["end_date"] or date.max) >= INDEX for row in at_home)
        days += [] if served else [row["start_date"] for row in at_home]
        homes = [row for row in own if row["service_type"] in ("residential_care", "nursing_care")]
        days += [row["start_date"] for row in homes if row["long_term"] is not False]
        assert said == in_horizon(days), person
    assert rows["outcome"].sum() > 5


def test_everyone_followed_to_the_end_has_neither_died_nor_left(workspace: Workspace) -> None:
    build_labels(workspace, {"death_12m": [INDEX]})
    rows = read_labels(workspace, "death_12m", INDEX)
    regular = defaultdict(list)
    for row in held(workspace, "registration", ("person_id", "practice_code", "start_date")):
        if (row["registration_type"] or "regular") == "regular":
            regular[row["person_id"]].append((row["start_date"], row["end_date"] or date.max))
    last = END - timedelta(days=1)
    for person, died, left in rows.select("person_id", "death_date", "left_date").rows():
        registered = any(start <= last < end for start, end in regular[person])
        if died is None and left is None:
            recent = any(start <= last + timedelta(days=30) and end > last for start, end in regular[person])
            assert registered or recent or any(end >= last for _, end in regular[person]), person
        if left is not None and left > INDEX:
            assert any(end == left for _, end in regular[person])
