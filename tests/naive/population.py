"""Who is in a snapshot, at which practice, and at which step everyone else comes off."""

from naive.person import Held, Person, Row

REASONS = (
    "everyone in the drop",
    "no person record known at the index date",
    "no registration known at the index date",
    "not registered at the index date",
    "not a regular registration",
    "died",
)


def population(held: Held) -> list[Person]:
    """Return the people of the snapshot: known, alive, with a regular registration open at the index date."""
    return [person for person in everyone(held) if stops_at(person) is None]


def everyone(held: Held) -> list[Person]:
    """Return everyone of whom a person row is held, known yet or not."""
    return [Person(held, found) for found in sorted({row["person"] for row in held.everything("person")})]


def stops_at(person: Person) -> int | None:
    """Return the step of the attrition table that takes a person off; ``None`` for those in the snapshot."""
    known = person.known("registration")
    if not person.known("person"):
        return 1
    if not known:
        return 2
    if not any(row["end_date"] is None for row in known):
        return 3
    if registration_in_force(person) is None:
        return 4
    return 5 if person.record["death_date"] is not None else None


def attrition(held: Held) -> list[tuple[int, str, int, int]]:
    """Return ``step, reason, people, remaining``: how everyone held comes down to the population."""
    stops = [stops_at(person) for person in everyone(held)]
    rows = [(0, REASONS[0], len(stops), len(stops))]
    for step in range(1, 6):
        people = stops.count(step)
        rows.append((step, REASONS[step], people, rows[-1][3] - people))
    return rows


def registration_in_force(person: Person) -> Row | None:
    """Return the open regular registration; of two the later start, of two that start together the last practice."""
    kept = [row for row in person.known("registration") if row["end_date"] is None and is_regular(row)]
    return max(kept, key=lambda row: (row["start_date"], row["practice_code"]), default=None)


def is_regular(registration: Row) -> bool:
    """Whether a registration is a regular one, as it is where it does not say."""
    kind = registration.get("registration_type")
    return kind is None or kind.strip().lower() == "regular"


def practice_of(person: Person) -> str:
    """Return the practice that holds a person of the population: that of the registration, or who took it over."""
    registration = registration_in_force(person)
    assert registration is not None
    return held_by(person.held, registration["practice_code"])


def held_by(held: Held, code: str) -> str:
    """Return the practice that holds a practice's people: itself, or the successor from its close date on.

    Followed through successors that closed in their turn, twenty at most; without a successor a closed practice keeps
    its people.
    """
    known = {row["practice_code"]: row for row in held.known("practice")}
    for _ in range(20):
        practice = known.get(code)
        closed = practice["close_date"] if practice else None
        if practice is None or closed is None or closed > held.index_date or practice["successor_code"] is None:
            break
        code = practice["successor_code"]
    return code
