"""The reference tables of ``sql/seeds``, as rows of text: the facts that both implementations share."""

import csv
from functools import cache

from riskstrat.project import resource

Seed = tuple[dict[str, str], ...]


@cache
def seed(name: str) -> Seed:
    """Return the rows of ``sql/seeds/<name>.csv``; an empty cell is an empty text, flags are ``true`` or ``false``."""
    with resource(f"sql/seeds/{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def code_list(list_id: str) -> Seed:
    """Return the lines of one code list: ``code, position, rule, …``, of whatever system the list is in."""
    systems = ("snomed_ct", "icd10", "bnf")
    lines = tuple(line for system in systems for line in seed(f"code_list_{system}") if line["list_id"] == list_id)
    if not lines:
        raise KeyError(f"no code list {list_id}")
    return lines


@cache
def codes(list_id: str) -> frozenset[str]:
    """Return the codes of one list."""
    return frozenset(line["code"] for line in code_list(list_id))
