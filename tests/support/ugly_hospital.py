"""Hospital lives: stays of several spells and episodes, attendances, outpatient appointments."""

from datetime import date, timedelta
from functools import cache

from naive.emergency_causes import CAUSES
from naive.person import Row
from naive.seeds import seed
from support.ugly_chance import MAIN_EDGES, Chance, codes_of


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


@cache
def _lists_of_causes() -> tuple[tuple[str, ...], ...]:
    """The lists that make a cause of an emergency admission."""
    lists = sorted({list_id for _, lists in CAUSES.values() for list_id in lists})
    lines = seed("code_list_icd10")
    return tuple(tuple(line["code"] for line in lines if line["list_id"] == list_id) for list_id in lists)


@cache
def _ecds_codes(field: str) -> tuple[str | None, ...]:
    codes = [line["code"] for line in seed("ecds_code") if line["field"] == field]
    return (*codes, None)


class HospitalLives(Chance):
    """What hospitals hold of a life."""

    def _stays(self, rows: dict[str, list[Row]], person: str) -> None:
        ended: list[date] = []
        for _ in range(self.chance.randint(1, 5)):
            edge = self.chance.choice((*MAIN_EDGES, 182, 183, 1095, 1096))
            admitted = self.before_index(edge) if self.maybe(0.5) else self.day(900)
            if ended and self.maybe(0.4):  # a readmission, or a stay that overlaps one
                admitted = self.chance.choice(ended) + timedelta(days=self.pick(-5, -1, 0, 0, 1, 29, 30, 31))
            often = ("21", "21", "21", "2A", "2B", "11", "12", "13", "13", "31")
            method = self.chance.choice((*codes_of("admission_method"), *often))
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
        patient_class = self.pick("1", "1", "2", "3", "4", "5", None)
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
            admission_source=self.chance.choice((*codes_of("admission_source"), None, "00")),
            patient_class=patient_class,
            episode_start_date=began,
            episode_end_date=self.spoilt(finished) if self.maybe(0.9) else None,
            discharge_date=self.spoilt(discharged),
            discharge_method=self.chance.choice((*codes_of("discharge_method"), None)),
            discharge_destination=self.chance.choice((*codes_of("discharge_destination"), None, "00")),
            treatment_function_code=self.chance.choice((*codes_of("treatment_function_group"), None, "999")),
            cost=self.pick(None, 0.0, 1250.5, round(self.chance.random() * 9000, 2)),
            available_date=self.arrival(discharged or finished or admitted),
            **diagnoses,
            **procedures,
        )

    def _icd10(self) -> str | None:
        """A code of some list, in one of the spellings that are sent."""
        lists = _lists_of_causes() if self.maybe(0.4) else _icd10_lists()
        code = self.chance.choice(self.chance.choice(lists))
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
                acuity=self.chance.choice((*codes_of("ae_acuity"), None, "9")),
                chief_complaint=self.snomed(),
                diagnosis_01=self.snomed() if self.maybe(0.5) else None,
                discharge_status=self.chance.choice((*codes_of("ae_discharge_status"), "12", None, "zz")),
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
                    treatment_function_code=self.chance.choice((*codes_of("treatment_function_group"), None, "999")),
                    first_attendance=self.pick("1", "2", "3", "4", None),
                    cost=self.pick(None, 0.0, 120.0),
                    available_date=self.arrival(day),
                )
            )

    def _notices(self, rows: dict[str, list[Row]], person: str) -> None:
        """Admissions told of in time, of every method, some closed later and some never."""
        for _ in range(self.chance.randint(1, 4)):
            admitted = self.before_index(self.pick(1, 2, 14, 15, 89, 90, 91)) if self.maybe(0.4) else self.day(400)
            row = self.row(
                "admission_notice",
                person,
                admitted_on=self.spoilt(admitted),
                discharged_on=self.spoilt(self.later(admitted, 40), 0.1) if self.maybe(0.5) else None,
                method=self.chance.choice((*codes_of("admission_method"), " 2a ", "99", None)),
                available_date=self.arrival(admitted),
            )
            rows["admission_notice"].append(row)
            if self.maybe(0.4):
                rows["admission_notice"].append(self.again(row, discharged_on=self.later(admitted, 20)))
