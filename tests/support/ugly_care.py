"""Lives outside hospital: the general practice record, medicines, contacts, social care, calls and programmes."""

from datetime import date, timedelta

from naive.person import Row
from riskstrat.contract import TABLES
from support.ugly import CODES
from support.ugly_chance import Chance
from support.ugly_record import age_of_record, another_code, arrival, bnf_code, code_of, course, recorded

NOT_SAID = ("unknown", "Not_known", " not recorded ")


class CareLives(Chance):
    """What everybody but hospitals holds of a life."""

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
        if self.maybe(0.3):
            self._edges_of_record(rows, person)

    def _edges_of_record(self, rows: dict[str, list[Row]], person: str) -> None:
        """A condition about the day it was resolved, two frailty categories on a day, values 90 or 730 days apart."""
        day = self.before_index(self.chance.randint(5, 30))
        frailty = [(code_of(self.chance, f"frailty_{self.pick('mild', 'moderate', 'severe')}"), day) for _ in range(2)]
        measure = code_of(self.chance, self.pick("systolic_bp", "bmi", "weight", "egfr"))
        earlier = day - timedelta(days=self.pick(89, 90, 730, 731))
        smoked = self.index_date - timedelta(days=self.pick(1825, 1826, 1827))
        smoking = (code_of(self.chance, "smoking_current"), smoked)
        name, ended = self.pick("af", "asthma", "copd", "depression"), self.before_index(self.chance.randint(50, 900))
        for list_id, gap in ((name, self.pick(-1, 0, 1)), (f"{name}_resolved", 0), (name, self.pick(-1, 0, 1))):
            known = self.pick(ended, self.before_index(1), self.index_date)
            said = {"event_date": ended + timedelta(days=gap), "snomed_code": code_of(self.chance, list_id)}
            rows["gp_event"].append(self.row("gp_event", person, **said, available_date=known))
        for code, happened in [*frailty, smoking, (measure, day), (measure, earlier)]:
            value = float(self.chance.randint(60, 90)) if code == measure else None
            said = {"event_date": happened, "snomed_code": code, "value": value, "available_date": happened}
            rows["gp_event"].append(self.row("gp_event", person, **said))

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
                    conveyed=None if self.has_no_words else self.pick(True, False, None),
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
