"""A person's spells and stays in hospital, from the episodes known at the index date (CONTRACT section 2, Spell)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from math import floor

from naive.person import Held, Person, Row
from naive.seeds import seed

EMERGENCY_METHODS = {"21", "22", "23", "24", "25", "28", "2A", "2B", "2D"}
ELECTIVE_METHODS = {"11", "12", "13"}
MATERNITY_METHODS = {"31", "32"}
TRANSFER_METHODS = {"81", "2B"}
DIAGNOSES = [f"diagnosis_{position:02}" for position in range(1, 21)]
PROCEDURES = [f"procedure_{position:02}" for position in range(1, 5)]


@dataclass
class Spell:
    """One person's known episodes with one provider and spell id, by episode number."""

    episodes: list[Row]

    @property
    def first(self) -> Row:
        """The lowest episode number: admission, method and class are its."""
        return self.episodes[0]

    @property
    def admitted(self) -> date:
        """When the spell began."""
        return self.first["admission_date"]

    @property
    def method(self) -> str:
        """How the person was admitted."""
        return str(self.first["admission_method"]).strip().upper()

    @property
    def is_transfer(self) -> bool:
        """Whether the method is one of moving between hospitals."""
        return self.method in TRANSFER_METHODS

    @property
    def discharged(self) -> date | None:
        """The latest discharge date, else the latest episode end, else the spell is open."""
        discharges = [row["discharge_date"] for row in self.episodes if row["discharge_date"]]
        ends = [row["episode_end_date"] for row in self.episodes if row["episode_end_date"]]
        return max(discharges or ends, default=None)


@dataclass
class Stay:
    """A spell with the transfers that continue it."""

    person: Person
    spells: list[Spell] = field(default_factory=list)

    @property
    def admitted(self) -> date:
        """When the stay began."""
        return self.spells[0].admitted

    @property
    def method(self) -> str:
        """How the person was first admitted."""
        return self.spells[0].method

    @property
    def patient_class(self) -> str | None:
        """The class of the first spell."""
        return self.spells[0].first["patient_class"]

    @property
    def discharged(self) -> date | None:
        """Day of the last discharge; ``None`` while any spell is open."""
        days = [spell.discharged for spell in self.spells]
        return None if None in days else max(day for day in days if day)

    @property
    def nights(self) -> int:
        """From admission to discharge, to the index date while open."""
        return max(((self.discharged or self.person.index_date) - self.admitted).days, 0)

    @property
    def age(self) -> int | None:
        """Completed years on admission."""
        return self.person.age_on(self.admitted)

    @property
    def is_emergency(self) -> bool:
        """An emergency method, admitted after the day of birth."""
        born = self.person.record["birth_date"]
        return self.method in EMERGENCY_METHODS and (born is None or self.admitted > born)

    @property
    def is_regular_attendance(self) -> bool:
        """A regular day or night attender."""
        return self.method in ELECTIVE_METHODS and self.patient_class in ("3", "4")

    @property
    def is_elective(self) -> bool:
        """A planned stay, day cases included, regular attenders left out."""
        return self.method in ELECTIVE_METHODS and not self.is_regular_attendance

    @property
    def is_day_case(self) -> bool:
        """A planned stay of class 2."""
        return self.is_elective and self.patient_class == "2"

    @property
    def is_maternity(self) -> bool:
        """Before or after giving birth."""
        return self.method in MATERNITY_METHODS

    @property
    def is_from_care_home(self) -> bool | None:
        """As the lowest episode of the first spell says; ``None`` where it does not say."""
        return _is_care_home("admission_source", self.spells[0].first["admission_source"])

    @property
    def is_to_care_home(self) -> bool | None:
        """As the highest episode of the last spell says, of a discharged stay; ``None`` where it does not say."""
        if self.discharged is None:
            return None
        return _is_care_home("discharge_destination", self.spells[-1].episodes[-1]["discharge_destination"])

    @property
    def costs(self) -> list[float]:
        """The cost of every episode that says one."""
        return [row["cost"] for row in self.episodes if row["cost"] is not None]

    @property
    def episodes(self) -> list[Row]:
        """Every episode of every spell of the stay."""
        return [row for spell in self.spells for row in spell.episodes]

    @property
    def diagnoses(self) -> list[str]:
        """Every diagnosis of every episode."""
        return [code for row in self.episodes for code in diagnoses_of(row) if code]


def spells(person: Person) -> list[Spell]:
    """Return the person's spells by admission, transfers last within a day, then by discharge, open ones last."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in person.known("apc_episode"):
        grouped.setdefault((row["provider_code"] or "", row["spell_id"]), []).append(row)
    found = {name: Spell(sorted(rows, key=lambda row: row["episode_number"])) for name, rows in grouped.items()}
    in_order = sorted(
        found.items(), key=lambda item: (item[1].admitted, item[1].is_transfer, item[1].discharged or date.max, item[0])
    )
    return [spell for _, spell in in_order]


def stays(person: Person) -> list[Stay]:
    """Return the person's stays in order of admission.

    A transfer that begins 0 to 2 days after the discharge of an earlier spell continues that spell's stay; of several
    such discharges the latest, of two on one day that of the later spell.
    """
    found: list[Stay] = []
    stay_of: list[tuple[Spell, Stay]] = []
    for spell in spells(person):
        left = [(other.discharged, stay) for other, stay in stay_of if _continues(spell, other)]
        latest = max((day for day, _ in left if day), default=None)
        if latest is None:
            stay = Stay(person)
            found.append(stay)
        else:
            stay = [stay for day, stay in left if day == latest][-1]
        stay.spells.append(spell)
        stay_of.append((spell, stay))
    return found


@lru_cache(maxsize=4)
def everyones_stays(held: Held) -> tuple[Stay, ...]:
    """Return the stays of everyone of whom hospitals tell, in the population or not."""
    people = sorted({row["person"] for row in held.known("apc_episode")})
    return tuple(stay for person in people for stay in stays(Person(held, person)))


def pounds(costs: Iterable[float | None]) -> float:
    """Return the sum of the costs that are said, each to the nearest penny, half a penny up."""
    return sum(floor(cost * 100 + 0.5) for cost in costs if cost is not None) / 100


def _continues(spell: Spell, other: Spell) -> bool:
    return spell.is_transfer and other.discharged is not None and 0 <= (spell.admitted - other.discharged).days <= 2


def diagnoses_of(episode: Row) -> list[str]:
    """Return the 20 diagnoses of an episode as they are compared, an empty text where there is none."""
    return [icd10(episode[name]) for name in DIAGNOSES]


@cache
def icd10(code: str | None) -> str:
    """Return a code as ICD-10 is compared: upper case, without dot, dash or X padding."""
    return (code or "").upper().strip().replace(".", "").replace("-", "").rstrip("X")


def _is_care_home(seed_name: str, code: str | None) -> bool | None:
    """Whether a source or destination is a care home; ``None`` where it is missing, not known or not a code."""
    known = {line["code"]: line["is_care_home"] == "true" for line in seed(seed_name)}
    return None if code in (None, "98", "99") else known.get(str(code))
