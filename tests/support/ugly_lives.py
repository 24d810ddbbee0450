"""Ugly drops made at random, life by life, with typed values, for ``tests/property/test_every_column_agrees.py``.

A life hangs together as real ones do (a transfer follows a discharge, a version follows a version), and is then spoilt:
dates on the very edge of every window, rows that arrive late, early or undated, sentinel dates, open and overlapping
spells, codes in every spelling. Codes come from ``sql/seeds``. What intake would refuse is not made.
"""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any

from naive.person import Held, Row, Source
from naive.seeds import seed
from riskstrat.contract import TABLES
from support.ugly import CODES
from support.ugly_record import age_of_record, another_code, arrival, bnf_code, course, recorded

INDEX_DATES = (
    *(date(2026, 11, 1), date(2026, 3, 1), date(2024, 2, 28), date(2024, 2, 29)),
    *(date(2024, 3, 1), date(2025, 2, 28), date(2025, 3, 1), date(2028, 3, 1)),
)
MAIN_EDGES = (30, 31, 89, 90, 91, 364, 365, 366, 729, 730, 731)
EDGES = (0, 1, 2, 14, 29, 30, 31, 41, 42, 43, 45, 46, 89, 90, 91, 92, 181, 182, 183, 364, 365, 366, 367)
FAR_EDGES = (454, 455, 456, 729, 730, 731, 732, 1094, 1095, 1096, 1825, 1826, 1827, 1828)
SENTINELS = (date(1900, 1, 1), date(9999, 12, 31), date(1800, 1, 1))
PRACTICES = ("P1", "P2", "P3", "P4", "P5", "P6")
NOT_SAID = ("unknown", "Not_known", " not recorded ")
LANDED = tuple(name for name, table in TABLES.items() if not table.vault_only)


def ugly_held(seed_number: int, index_date: date, people: int = 30) -> Held:
    """Return a drop of some people as it is held, and what its sources say of themselves."""
    chance = random.Random(seed_number)
    maker = Maker(chance, index_date)
    rows: dict[str, list[Row]] = {name: [] for name in LANDED}
    maker.practices(rows)
    for number in range(people):
        maker.life(rows, f"person {number:02}")
    sources = maker.sources(rows)
    for name, source in sources.items():
        if not source.is_present:
            rows[name] = []
    return without_ties(Held(rows, sources, index_date))


def without_ties(held: Held) -> Held:
    """Leave out rows that no definition tells apart: exact duplicates of facts (intake drops them) and of versions."""
    kept: dict[str, list[Row]] = {}
    for name, rows in held.tables.items():
        seen = set()
        kept[name] = []
        for row in rows:
            mark = held.told_apart_by(name, row)
            if mark not in seen:
                seen.add(mark)
                kept[name].append(row)
    return Held(kept, held.sources, held.index_date)


@cache
def _gp_lists() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """SNOMED CT lists with their codes."""
    lists: dict[str, list[str]] = {}
    for line in seed("code_list_snomed_ct"):
        lists.setdefault(line["list_id"], []).append(line["code"])
    return tuple((name, tuple(codes)) for name, codes in sorted(lists.items()))


@cache
def _icd10_lists() -> tuple[tuple[str, ...], ...]:
    """ICD-10 lists, with the codes that scores weigh and the secondary codes that rules ask about."""
    lists: dict[str, list[str]] = {"rules": ["D57", "J41", "J44", "J47", "R69", "Z00"]}
    for line in seed("code_list_icd10"):
        lists.setdefault(line["list_id"], []).append(line["code"])
    for line in seed("charlson_weight"):
        lists.setdefault(f"charlson {line['condition']}", []).append(line["icd10"])
    lists["hfrs"] = [line["icd10"] for line in seed("hfrs_weight")]
    return tuple(tuple(codes) for _, codes in sorted(lists.items()))


class Maker:
    """Makes lives around one index date from one stream of chance."""

    def __init__(self, chance: random.Random, index_date: date) -> None:
        self.chance = chance
        self.index_date = index_date
        self.spell_count = 0
        self.has_no_words = self.maybe(0.1)  # a drop in which optional words and statuses are never given

    # -- values ----------------------------------------------------------------------------------------------------
    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def pick(self, *values: Any) -> Any:
        return self.chance.choice(values)

    def before_index(self, days: int) -> date:
        return self.index_date - timedelta(days=days)

    def day(self, furthest: int = 1200) -> date:
        """A day when something happened: on an edge, or anywhere, a little of it after the index date."""
        kind = self.chance.random()
        if kind < 0.15:
            return self.before_index(self.chance.choice(MAIN_EDGES))
        if kind < 0.4:
            return self.before_index(self.chance.choice(EDGES))
        if kind < 0.5:
            return self.before_index(self.chance.choice(FAR_EDGES))
        return self.before_index(self.chance.randint(-30, furthest))

    def spoilt(self, day: date | None, share: float = 0.02) -> date | None:
        """Mostly the day itself; sometimes a date that means "not known"."""
        return self.chance.choice(SENTINELS) if self.maybe(share) else day

    def arrival(self, happened: date) -> date | None:
        """When a row arrived: not said, soon, late, on the very index date, before it happened, or a sentinel."""
        kind = self.chance.random()
        if kind < 0.25:
            return None
        if kind < 0.75:
            return happened + timedelta(days=self.chance.randint(0, 60))
        if kind < 0.85:
            return self.before_index(self.chance.choice((-1, 0, 1, 2)))
        if kind < 0.93:
            return happened + timedelta(days=self.chance.randint(60, 500))
        return self.spoilt(happened - timedelta(days=self.chance.randint(0, 20)), 0.4)

    def later(self, day: date, longest: int) -> date:
        """A day on or after another: soon, some time, or just about the index date or a window's edge."""
        edge = self.before_index(self.pick(-1, 0, 1, 90, 365, 366))
        if edge >= day and self.maybe(0.25):
            return edge
        return day + timedelta(days=self.chance.choice((0, 0, 1, 2, 3, self.chance.randint(0, longest))))

    def row(self, table: str, person: str | None, **said: Any) -> Row:
        """A row with every column of its table, those not said missing."""
        row: Row = {column.name: None for column in TABLES[table].columns if column.name != "nhs_number"}
        if person is not None:
            row["person"] = person
        unknown = set(said) - set(row)
        if unknown:
            raise KeyError(f"{table} has no column {unknown}")
        return {**row, "delivery": self.chance.randint(1, 3), **said}

    def again(self, row: Row, **said: Any) -> Row:
        """The same thing sent again, with something changed, mostly later."""
        available = row["available_date"]
        if available is None or available in SENTINELS:
            available = self.day(400)
        available += timedelta(days=self.chance.choice((0, 1, 7, 30, self.chance.randint(-30, 200))))
        later = self.chance.choice((available, available, available, None))
        return {**row, "available_date": later, "delivery": self.chance.randint(1, 3), **said}

    # -- the frame: practices, people, registrations -----------------------------------------------------------------
    def practices(self, rows: dict[str, list[Row]]) -> None:
        """Practices, some closed with successors in a chain or a ring, some known late; P6 is never described."""
        for code in PRACTICES[:5]:
            closed = self.day(900) if self.maybe(0.4) else None
            row = self.row(
                "practice",
                None,
                practice_code=code,
                practice_name=f"Practice {code}",
                close_date=None if closed is None else self.spoilt(closed, 0.1),
                successor_code=self.chance.choice((*PRACTICES, None)) if self.maybe(0.7) else None,
                available_date=self.arrival(self.before_index(500)) if self.maybe(0.4) else None,
            )
            rows["practice"].append(row)
            if self.maybe(0.3):
                rows["practice"].append(self.again(row, close_date=self.day(300), successor_code=self.pick(*PRACTICES)))

    def life(self, rows: dict[str, list[Row]], person: str) -> None:
        """One person: who it is, where registered, and everything that happened."""
        born = self._birth()
        self._person(rows, person, born)
        self._registrations(rows, person)
        if self.maybe(0.3):
            self._opt_out(rows, person)
        for make in (
            self._stays,
            self._attendances,
            self._outpatients,
            self._gp_events,
            self._prescriptions,
            self._appointments,
            self._contacts,
            self._services,
            self._calls,
            self._programmes,
        ):
            if self.maybe(0.85):
                make(rows, person)

    def _birth(self) -> date:
        kind = self.chance.random()
        if kind < 0.15:  # a leap day
            return date(self.pick(1932, 1940, 1948, 1956, 1960, 2004, 2008, 2012, 2020, 2024), 2, 29)
        if kind < 0.35:  # an age at which something begins, to the day
            years = self.pick(0, 1, 16, 18, 65, 65, 65, 75, 80, 85)
            day = self.index_date + timedelta(days=self.pick(-1, 0, 1, self.chance.randint(-400, 400)))
            return date(day.year - years, day.month, min(day.day, 28))
        if kind < 0.4:
            return self.day(90)
        return self.before_index(
            self.chance.randint(0, 105 * 365) if self.maybe(0.4) else self.chance.randint(23000, 34000)
        )

    def _person(self, rows: dict[str, list[Row]], person: str, born: date) -> None:
        row = self.row(
            "person",
            person,
            birth_date=self.spoilt(born, 0.04),
            sex=self.pick("1", "1", "2", "2", "2", "9", "0", "X"),
            ethnic_category=self.pick("A", "H", "M", "Z", None),
            imd_decile=self.pick(1, 2, 5, 10, None),
            death_date=self.spoilt(self.later(born, 20), 0.3) if self.maybe(0.05) else None,
            restricted=self.pick(True, False, None),
            care_home=self.pick(True, False, None),
            available_date=self.pick(None, None, None, self.spoilt(self.day(900), 0.1)),
        )
        rows["person"].append(row)
        if self.maybe(0.15):  # a death is told, and sometimes taken back
            died = self.again(row, death_date=max(self.day(200), born))
            rows["person"].append(died)
            if self.maybe(0.5):
                rows["person"].append(self.again(died, death_date=None))
        if self.maybe(0.1):
            rows["person"].append(self.again(row, sex=self.pick("1", "2"), imd_decile=self.pick(3, None)))

    def _registrations(self, rows: dict[str, list[Row]], person: str) -> None:
        if self.maybe(0.03):
            return
        made = []
        for _ in range(self.pick(1, 1, 1, 2, 3, 4)):
            start = self.day(1500) if self.maybe(0.6) else self.before_index(self.chance.randint(1000, 12000))
            row = self.row(
                "registration",
                person,
                practice_code=self.chance.choice(PRACTICES),
                start_date=self.spoilt(start, 0.03),
                end_date=self.spoilt(self.later(start, 900), 0.2) if self.maybe(0.35) else None,
                registration_type=self.pick(None, None, None, "regular", "Regular ", "temporary", "prison"),
                available_date=self.arrival(start) if self.maybe(0.5) else None,
            )
            made.append(row)
            if self.maybe(0.3):
                made.append(self.again(row, end_date=self.later(start, 600) if self.maybe(0.6) else None))
        if self.maybe(0.2):  # two practices on one day
            made.append({**made[0], "practice_code": self.chance.choice(PRACTICES), "registration_type": None})
        rows["registration"] += made

    def _opt_out(self, rows: dict[str, list[Row]], person: str) -> None:
        start = self.day(2000)
        row = self.row(
            "opt_out",
            person,
            kind=self.pick("type_1", "type_1", "national", "objection"),
            start_date=start,
            end_date=self.spoilt(self.later(start, 900), 0.2) if self.maybe(0.4) else None,
            available_date=self.arrival(start),
        )
        if row["available_date"] in SENTINELS:  # intake has read it as missing, and permission is not read twice
            row["available_date"] = None
        rows["opt_out"].append(row)
        if self.maybe(0.4):
            rows["opt_out"].append(self.again(row, end_date=self.later(start, 900) if self.maybe(0.6) else None))

    # -- hospital ----------------------------------------------------------------------------------------------------
    def _stays(self, rows: dict[str, list[Row]], person: str) -> None:
        ended: list[date] = []
        for _ in range(self.chance.randint(1, 5)):
            admitted = self.day(900)
            if ended and self.maybe(0.4):  # a readmission, or a stay that overlaps one
                admitted = self.chance.choice(ended) + timedelta(days=self.pick(-5, -1, 0, 0, 1, 29, 30, 31))
            method = self.pick(
                "21", "21", "22", "2A", "2B", "2C", "2D", "28", "11", "12", "13", "31", "32", "81", "82", "99"
            )
            for _ in range(self.pick(1, 1, 1, 2, 2, 3)):
                left = self._spell(rows, person, admitted, method)
                if left is None:
                    break
                ended.append(left)
                admitted, method = left + timedelta(days=self.pick(0, 0, 1, 2, 3)), self.pick("81", "81", "2B", "21")

    def _spell(self, rows: dict[str, list[Row]], person: str, admitted: date, method: str) -> date | None:
        """One spell of one to three episodes, some in several versions; returns its discharge."""
        self.spell_count += 1
        provider = self.pick("RAA", "RAA", "RBB", None)
        name = self.pick(f"{self.spell_count}", f"{self.spell_count}", "1", "2")  # ids come round again
        nights = self.pick(0, 0, 1, 2, 5, self.chance.randint(0, 40))
        discharged = None if self.maybe(0.08) else admitted + timedelta(days=nights)
        began, number = admitted, self.pick(1, 1, 1, 2, 0)
        patient_class = self.pick("1", "1", "1", "2", "3", "4", "5", None)
        for last in (False,) * self.pick(0, 0, 0, 1, 2) + (True,):
            soon = began + timedelta(days=self.pick(0, 1, 3))
            finished = discharged if last else min(soon, discharged or soon)
            told = discharged if last or self.maybe(0.4) else None
            row = self._episode(person, admitted, began, finished, told, name, provider, number, method, patient_class)
            rows["apc_episode"].append(row)
            if self.maybe(0.25):  # sent again when it is complete, or put right
                rows["apc_episode"].append(
                    self.again(
                        row,
                        diagnosis_01=self._icd10(),
                        discharge_date=discharged if self.maybe(0.7) else None,
                        admission_method=self.pick(method, method, "21", "11"),
                    )
                )
            began, number = finished or began, number + 1
        return discharged

    def _episode(
        self,
        person: str,
        admitted: date,
        began: date,
        finished: date | None,
        discharged: date | None,
        spell: str,
        provider: str | None,
        number: int,
        method: str,
        patient_class: str | None,
    ) -> Row:
        coded = self.pick(0, 1, 2, 3, 5, 20)
        diagnoses = {f"diagnosis_{place:02}": self._icd10() for place in range(1, coded + 1) if not self.maybe(0.1)}
        procedures = {f"procedure_{place:02}": self._opcs4() for place in range(1, self.pick(0, 0, 1, 4) + 1)}
        return self.row(
            "apc_episode",
            person,
            provider_code=provider,
            spell_id=spell,
            episode_number=number,
            admission_date=self.spoilt(admitted, 0.01),
            admission_method=method,
            admission_source=self.chance.choice((*_codes_of("admission_source"), None, "00")),
            patient_class=patient_class,
            episode_start_date=began,
            episode_end_date=self.spoilt(finished) if self.maybe(0.9) else None,
            discharge_date=self.spoilt(discharged),
            discharge_method=self.chance.choice((*_codes_of("discharge_method"), None)),
            discharge_destination=self.chance.choice((*_codes_of("discharge_destination"), None, "00")),
            treatment_function_code=self.chance.choice((*_codes_of("treatment_function_group"), None, "999")),
            cost=self.pick(None, 0.0, 1250.5, round(self.chance.random() * 9000, 2)),
            available_date=self.arrival(discharged or finished or admitted),
            **diagnoses,
            **procedures,
        )

    def _icd10(self) -> str | None:
        """A code of some list, in one of the spellings that are sent."""
        code = self.chance.choice(self.chance.choice(_icd10_lists()))
        if len(code) == 3 and self.maybe(0.6):
            code += self.pick("0", "1", "8", "9", "X")
        spelt = self.chance.random()
        if spelt < 0.15 and len(code) > 3:
            return f"{code[:3]}.{code[3:]}"
        if spelt < 0.25:
            return code.lower()
        if spelt < 0.35:
            return f"{code}-" if len(code) < 5 else code
        return code

    def _opcs4(self) -> str:
        return f"{self.chance.choice('ABEHJKLRSTWXYZ')}{self.chance.randint(0, 99):02}{self.pick('', '1', '.1', '9')}"

    def _attendances(self, rows: dict[str, list[Row]], person: str) -> None:
        for _ in range(self.chance.randint(1, 8)):
            arrived = self.day()
            code = lambda field: self.chance.choice(_ecds_codes(field))  # noqa: E731 - one line a field
            row = self.row(
                "ecds_attendance",
                person,
                attendance_id=f"T{self.chance.randint(1, 100_000)}",
                arrival_date=self.spoilt(arrived),
                department_type=self.pick("01", "01", "1", "02", "03", "04", "05", "5", " 01"),
                attendance_category=self.pick("1", "1", "2", "3", "4", None),
                arrival_mode=code("arrival_mode"),
                acuity=self.chance.choice((*_codes_of("ae_acuity"), None, "9")),
                chief_complaint=self._snomed(),
                diagnosis_01=self._snomed() if self.maybe(0.5) else None,
                discharge_status=self.chance.choice((*_codes_of("ae_discharge_status"), "12", None, "zz")),
                cost=self.pick(None, 0.0, 180.0, round(self.chance.random() * 900, 2)),
                available_date=self.arrival(arrived),
            )
            rows["ecds_attendance"].append(row)
            if self.maybe(0.2):
                rows["ecds_attendance"].append(
                    self.again(row, arrival_date=self.later(arrived, 40), department_type=self.pick("01", "05"))
                )

    def _outpatients(self, rows: dict[str, list[Row]], person: str) -> None:
        for _ in range(self.chance.randint(1, 12)):
            day = self.day()
            rows["outpatient_appointment"].append(
                self.row(
                    "outpatient_appointment",
                    person,
                    appointment_date=self.spoilt(day),
                    attendance_status=self.pick("5", "5", "6", "3", "7", "2", "4", "0"),
                    treatment_function_code=self.chance.choice((*_codes_of("treatment_function_group"), None, "999")),
                    first_attendance=self.pick("1", "2", "3", "4", None),
                    cost=self.pick(None, 0.0, 120.0),
                    available_date=self.arrival(day),
                )
            )

    # -- general practice --------------------------------------------------------------------------------------------
    def _snomed(self) -> str:
        return self.chance.choice(self.chance.choice(_gp_lists())[1])

    def _record_day(self) -> date:
        """A day of the record: as of anything, about 1 September, or where much of the record stands, or long ago."""
        if self.maybe(0.05):
            return date(self.index_date.year - self.pick(0, 1), 9, 1) - timedelta(days=self.pick(0, 1))
        return self.before_index(age_of_record(self.chance)) if self.maybe(0.6) else self.day(900)

    def _record_arrival(self, happened: date) -> date | None:
        """When it became available: as of anything, or very late."""
        return arrival(self.chance, happened, self.index_date) if self.maybe(0.5) else self.arrival(happened)

    def _gp_events(self, rows: dict[str, list[Row]], person: str) -> None:
        made, is_frail = [], self.maybe(0.2)
        for _ in range(self.chance.randint(5, 60)):
            day = self._record_day()
            code, value, unit = recorded(self.chance, is_frail=is_frail)
            made.append(
                self.row(
                    "gp_event",
                    person,
                    event_date=self.spoilt(day),
                    snomed_code=code,
                    value=value,
                    unit=unit,
                    available_date=self._record_arrival(day),
                )
            )
        for row in self.chance.sample(made, k=len(made) // 6):  # the same code again, the same day or another
            again = {**row, "available_date": self.day(300)}
            kind = self.pick("another day", "another day", "another value", "as well")
            if kind == "another day":
                again["event_date"] = self.day(800)
            elif row["value"] is not None:
                again["value"] = row["value"] + self.pick(0, 1, -5)
                if kind == "as well":  # two on one day that arrived together, under any code of the measure
                    again["available_date"] = row["available_date"]
                    again["snomed_code"] = another_code(self.chance, row["snomed_code"])
            made.append(again)
        rows["gp_event"] += made

    def _prescriptions(self, rows: dict[str, list[Row]], person: str) -> None:
        furthest = self.pick(100, 500, 900)
        repeated = [bnf_code(self.chance) for _ in range(self.pick(1, 3))]
        if self.maybe(0.5):
            self._course(rows, person)
        for _ in range(self.chance.randint(2, 40)):
            day = self.day(furthest)
            rows["gp_prescription"].append(
                self.row(
                    "gp_prescription",
                    person,
                    issue_date=self.spoilt(day),
                    bnf_code=self.chance.choice(repeated) if self.maybe(0.4) else bnf_code(self.chance),
                    dmd_code=self.pick("319740004", "39720311000001101"),
                    quantity=self.pick(None, 28.0, 56.0, 0.0),
                    available_date=self._record_arrival(day),
                )
            )

    def _course(self, rows: dict[str, list[Row]], person: str) -> None:
        """A handful of issues of one group of medicines, about as many as a definition asks for, known in time."""
        for code in course(self.chance):
            day = self.before_index(self.pick(365, 366, self.chance.randint(40, 300), self.chance.randint(40, 300)))
            for _ in range(self.pick(1, 1, 1, 2)):  # twice on a day is one issue
                again = code + self.pick("AAAAAA", "BBABAB")
                said = {"issue_date": day, "bnf_code": again, "available_date": self.pick(day, None)}
                rows["gp_prescription"].append(self.row("gp_prescription", person, **said))

    def _appointments(self, rows: dict[str, list[Row]], person: str) -> None:
        for _ in range(self.chance.randint(1, 12)):
            day = self.day()
            rows["gp_appointment"].append(
                self.row(
                    "gp_appointment",
                    person,
                    appointment_date=self.spoilt(day),
                    status=self.pick("attended", "attended", "attended", "did_not_attend", "cancelled"),
                    mode=self.pick(None, *NOT_SAID) if self.has_no_words else self.pick(*CODES["mode"], None),
                    staff_role=self.pick(None, *NOT_SAID)
                    if self.has_no_words
                    else self.pick(*CODES["staff_role"], None),
                    available_date=self.arrival(day),
                )
            )

    # -- everything else ---------------------------------------------------------------------------------------------
    def _contacts(self, rows: dict[str, list[Row]], person: str) -> None:
        for _ in range(self.chance.randint(1, 10)):
            day = self.day()
            rows["community_contact"].append(
                self.row(
                    "community_contact",
                    person,
                    contact_date=self.spoilt(day),
                    service_type=self.pick(*CODES["service_type"]),
                    referral_id=self.pick("1", "2", None),
                    attendance_status=None if self.has_no_words else self.pick("5", "5", "6", None, "3", "7", "2"),
                    medium=self.pick("01", "02", "face_to_face", None),
                    duration_minutes=self.pick(None, 0.0, 15.0, 60.0),
                    available_date=self.arrival(day),
                )
            )
        for _ in range(self.chance.randint(0, 8)):
            day = self.day()
            rows["mental_health_contact"].append(
                self.row(
                    "mental_health_contact",
                    person,
                    contact_date=self.spoilt(day),
                    service_type=self.pick(*CODES["service_type"]),
                    attendance_status=None if self.has_no_words else self.pick("5", "5", "6", None, "3", "7", "2"),
                    available_date=self.arrival(day),
                )
            )

    def _services(self, rows: dict[str, list[Row]], person: str) -> None:
        if self.maybe(0.3):
            self._care_homes(rows, person)
        for _ in range(self.chance.randint(1, 6)):
            start = self.day()
            row = self.row(
                "social_care_service",
                person,
                service_type=self.chance.choice(TABLES["social_care_service"].column("service_type").values),
                start_date=self.spoilt(start),
                end_date=self.spoilt(self.later(start, 700), 0.15) if self.maybe(0.5) else None,
                long_term=self.pick(True, False, None),
                available_date=self.arrival(start),
            )
            rows["social_care_service"].append(row)
            if self.maybe(0.3):
                end = self.later(start, 500) if self.maybe(0.6) else None
                rows["social_care_service"].append(self.again(row, end_date=end, long_term=self.pick(True, False)))

    def _care_homes(self, rows: dict[str, list[Row]], person: str) -> None:
        """Stays in care homes, one soon after another."""
        start = self.before_index(self.chance.randint(300, 800))
        for _ in range(self.chance.randint(2, 3)):
            end = start + timedelta(days=self.chance.choice((0, 1, 30, 200)))
            kind = self.pick("residential_care", "nursing_care")
            said = {"service_type": kind, "start_date": start, "end_date": self.pick(end, end, end, None)}
            rows["social_care_service"].append(self.row("social_care_service", person, **said))
            start = end + timedelta(days=self.chance.choice((0, 1, 2, 3)))

    def _calls(self, rows: dict[str, list[Row]], person: str) -> None:
        for _ in range(self.chance.randint(1, 8)):
            day = self.day()
            rows["urgent_call"].append(
                self.row(
                    "urgent_call",
                    person,
                    call_date=self.spoilt(day),
                    source=self.pick("111", "999"),
                    disposition=self.pick("Dx01", "Dx05", "self_care", None),
                    conveyed=self.pick(True, False, None),
                    available_date=self.arrival(day),
                )
            )

    def _programmes(self, rows: dict[str, list[Row]], person: str) -> None:
        for _ in range(self.chance.randint(1, 4)):
            start = self.day()
            row = self.row(
                "programme",
                person,
                programme=self.pick("case_management", "virtual_ward", "end_of_life_register", "other programme"),
                start_date=self.spoilt(start),
                end_date=self.spoilt(self.later(start, 700), 0.15) if self.maybe(0.5) else None,
                available_date=self.arrival(start),
            )
            rows["programme"].append(row)
            if self.maybe(0.3):
                rows["programme"].append(self.again(row, end_date=self.later(start, 500) if self.maybe(0.6) else None))

    # -- sources -----------------------------------------------------------------------------------------------------
    def sources(self, rows: dict[str, list[Row]]) -> dict[str, Source]:
        """What each source says: mostly all in order; sometimes a few absent, short, late, slow or silent."""
        spoil = self.pick(0.0, 0.0, 0.15, 0.4)
        described = {name: self._source(name, rows[name], spoil) for name in LANDED}
        for name in ("person", "registration", "practice"):
            described[name] = Source(True, date(1990, 1, 1), self.before_index(1), True, TABLES[name].lag_days)
        return described

    def _source(self, name: str, rows: list[Row], spoil: float) -> Source:
        lag = TABLES[name].lag_days
        begins, ends, is_stated = date(1990, 1, 1), self.before_index(1), True
        if lag > 30 and self.maybe(0.2):  # a feed that shows even the last month
            lag = self.pick(5, 29)
        if self.maybe(spoil):
            kind = self.pick("absent", "short", "late", "slow", "silent", "future")
            if kind == "absent":
                return Source(False, None, None, False, lag)
            if kind == "short":
                begins = self.before_index(self.chance.choice((*EDGES, *FAR_EDGES)))
            elif kind == "late":
                ends = max(begins, self.before_index(self.chance.choice((*EDGES, *FAR_EDGES)) + 1))
            elif kind == "slow":
                lag = self.pick(0, 1, 29, 30, 31, 89, 90, 91, 400)
            elif kind == "future":
                ends = self.index_date + timedelta(days=self.chance.randint(0, 90))
            elif kind == "silent":
                event = TABLES[name].event_date
                days = sorted(row[event] for row in rows if event and row[event] and row[event] not in SENTINELS)
                begins, ends, is_stated = days[0] if days else None, days[-1] if days else None, False
        return Source(True, begins, ends, is_stated, lag)


@cache
def _codes_of(seed_name: str) -> tuple[str, ...]:
    return tuple(line["code"] for line in seed(seed_name))


@cache
def _ecds_codes(field: str) -> tuple[str | None, ...]:
    codes = [line["code"] for line in seed("ecds_code") if line["field"] == field]
    return (*codes, None)


def size(held: Held) -> int:
    """Return how many rows a drop holds."""
    return sum(len(rows) for rows in held.tables.values())


def only(held: Held, people: Iterable[str]) -> Held:
    """Return the drop of these people alone."""
    kept = set(people)
    tables = {
        name: [row for row in rows if row.get("person") in kept or name == "practice"]
        for name, rows in held.tables.items()
    }
    return Held(tables, held.sources, held.index_date)
