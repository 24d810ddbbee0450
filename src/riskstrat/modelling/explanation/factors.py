"""Clinical factors: snapshot columns that belong together as one reason, and the sentences that say it.

They are declared in ``models/factors.toml``; nobody edits Python for a new column or another wording.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskstrat.errors import UsageFault
from riskstrat.modelling.training.calibration import Floats
from riskstrat.project import resource

Print = Literal["always", "clinician_view", "never"]
PLACEHOLDER = re.compile(r"\{(?P<column>[a-z0-9_]+)(?:\|(?P<form>[^{}]+))?\}|\{complete_to:(?P<source>[a-z_]+)\}")
FORBIDDEN_WORDS = ("because", "caused", "due to", "leads to", "reduces", "increases")
"""Words that would make a contribution into a cause; a sentence holding one is refused."""


class Sentence(BaseModel):
    """One wording: used where ``when``, a predicate over the snapshot, holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    when: str
    say: str


class Factor(BaseModel):
    """One clinical factor: its columns, and its wordings ``up`` and ``down`` in order of preference."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    title: str
    print: Print
    columns: tuple[str, ...] = Field(min_length=1)
    up: tuple[Sentence, ...] = ()
    down: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Factors:
    """Every factor, in the file's order."""

    factors: tuple[Factor, ...]

    @property
    def columns(self) -> dict[str, str]:
        """Column to the id of its factor."""
        return {column: factor.id for factor in self.factors for column in factor.columns}

    def by_id(self) -> dict[str, Factor]:
        """Return factors by id."""
        return {factor.id: factor for factor in self.factors}


def parse_factors(text: str) -> Factors:
    """Return the factors in ``text``; raises ``UsageFault`` if a column has two or a wording claims a cause."""
    try:
        raw = tomllib.loads(text)
        factors = tuple(Factor.model_validate(entry) for entry in raw.get("factor", []))
    except (tomllib.TOMLDecodeError, ValidationError) as fault:
        raise UsageFault(f"models/factors.toml cannot be used: {fault}") from None
    seen: set[str] = set()
    for factor in factors:
        twice = seen.intersection(factor.columns)
        if twice or len(set(factor.columns)) != len(factor.columns):
            raise UsageFault(f"models/factors.toml: a column of {factor.id} is named twice: {sorted(twice)}")
        seen.update(factor.columns)
        for sentence in (*factor.up, *factor.down):
            claimed = [word for word in FORBIDDEN_WORDS if word in sentence.say.lower()]
            if claimed:
                raise UsageFault(f"models/factors.toml: factor {factor.id} claims a cause: '{claimed[0]}'")
    return Factors(factors)


@cache
def read_factors() -> Factors:
    """Read ``models/factors.toml``."""
    return parse_factors((resource("models") / "factors.toml").read_text(encoding="utf-8"))


def columns_by_factor(names: Sequence[str]) -> dict[str, list[int]]:
    """Return the places of a model's columns by the id of their factor, factors in the order of their first column.

    A column of no factor stands alone, as ``column <name>``: it has no wording, so that nobody is told of it.
    """
    factor_of = read_factors().columns
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(factor_of.get(name, f"column {name}"), []).append(place)
    return places


def summed_by_factor(contributions: Floats, names: Sequence[str]) -> dict[str, Floats]:
    """Return each factor's contribution to each person's estimate: the sum of those of its columns.

    ``contributions`` has a row per person and a column for each of ``names``, in their order; what follows, such as the
    base value, belongs to no factor.
    """
    return {factor: contributions[:, at].sum(axis=1) for factor, at in columns_by_factor(names).items()}
