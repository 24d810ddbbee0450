"""The feature families: which ``.sql`` files they are, which sources each stands on, and what its columns mean.

A file of ``sql/features`` whose header has ``order:`` is a family: one SELECT with a row per person who has something,
and a comment for every column. The others (``known_*``, ``population*``) are what families stand on.
"""

from dataclasses import dataclass
from functools import cache

from riskstrat.contract import TABLES
from riskstrat.warehouse import Statement, read_layer

BASE_PREFIXES = ("known_", "population")
KEY_COLUMNS = ("person_id", "index_date", "practice_code")
_PERMISSION_TABLE = "opt_out"
GP_SOURCES = frozenset({"gp_event", "gp_prescription", "gp_appointment"})
"""Sources that a type 1 objection withholds."""


@dataclass(frozen=True)
class Family:
    """One family of columns: the statement that makes it and the landing tables that can make it empty."""

    statement: Statement
    sources: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's stem."""
        return self.statement.name


@cache
def statements() -> tuple[Statement, ...]:
    """Return every statement that snapshots are made of: ``sql/staging`` and ``sql/features``."""
    return (*read_layer("staging"), *read_layer("features"))


@cache
def families() -> tuple[Family, ...]:
    """Return the families in the order of their columns in a snapshot.

    Raises ``ValueError`` naming the file where a column has no comment, a comment no column, or two families share one.
    """
    found = []
    for statement in (one for one in statements() if one.layer == "features"):
        is_base = statement.name.startswith(BASE_PREFIXES)
        if "order" in statement.header:
            found.append(Family(statement, sources_of(statement)))
        elif not is_base:
            raise ValueError(f"features/{statement.name}.sql: a family needs 'order:' (its place in the snapshot)")
    found.sort(key=lambda family: (int(family.statement.header["order"]), family.name))
    check_families(found)
    return tuple(found)


def check_families(found: list[Family]) -> None:
    """Raise ``ValueError`` unless every column of every family has one comment and one family."""
    owner: dict[str, str] = dict.fromkeys(KEY_COLUMNS, "the population")
    for family in found:
        made = family.statement.output_columns
        said = tuple(column.name for column in family.statement.columns)
        if made[:1] != ("person_id",):
            raise ValueError(f"features/{family.name}.sql: the first column is person_id")
        if set(made[1:]) != set(said) or len(said) != len(set(said)):
            odd = sorted(set(made[1:]) ^ set(said)) or sorted(name for name in said if said.count(name) > 1)
            raise ValueError(f"features/{family.name}.sql: columns and comments differ: {', '.join(odd)}")
        for name in said:
            if name in owner:
                raise ValueError(f"features/{family.name}.sql: {name} is already a column of {owner[name]}")
            owner[name] = family.name


def sources_of(statement: Statement) -> tuple[str, ...]:
    """Return the landing tables with events that a statement stands on, through every table it names.

    Left out: tables that only describe (person, practice), opt-outs (permission is not information), and what only the
    population stands on, for the population is the frame of every family.
    """
    by_table = {s.table: s for s in statements()}
    seen: set[str] = set()
    stack = [*statement.named_tables]
    while stack:
        name = stack.pop()
        if name not in seen and not name.startswith("features.population"):
            seen.add(name)
            stack += by_table[name].named_tables if name in by_table else ()
    landed = {name.removeprefix("intake.") for name in seen if name.startswith("intake.")}
    return tuple(
        name
        for name, table in sorted(TABLES.items())
        if name in landed and table.event_date is not None and name != _PERMISSION_TABLE
    )
