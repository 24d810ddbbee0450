"""The columns a rule may name: what kind of value each holds, which sources it stands on, and its plain words.

Snapshot columns are declared in ``sql/rules/words/columns.toml``, in families written with braces
(``emergency_admissions_{30,90}d``). Score columns follow from the models there are. A column that is not here cannot be
named in a rule, whatever else the store holds.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal

from riskstrat.project import resource

Kind = Literal["flag", "count", "days", "years", "number", "share", "word"]
Printing = Literal["always", "clinician_view", "never"]

MODELS = ("emergency_admission_12m", "emergency_admission_30d", "frailty_12m", "death_12m")
"""Models whose scores a rule may name (CONTRACT section 4)."""

MONTHS_BACK = 3
"""How long before the index date the earlier score of a rise is of."""

BANDS = ("very high", "high", "moderate", "low")
INTERNAL_MODEL = "death_12m"
"""Its figure is printed nowhere; only its band may be named, and only by ``FUTURE_CARE_RULE``."""
FUTURE_CARE_RULE = "future-care-planning"

_WINDOW = re.compile(r"_(\d+)d$")
_BRACES = re.compile(r"\{([^{}]+)\}")
_WINDOW_WORDS = {30: "30 days", 90: "90 days", 182: "6 months", 365: "12 months", 730: "2 years", 1095: "3 years"}
_MODEL_WORDS = {
    "emergency_admission_12m": "12-month risk of emergency admission",
    "emergency_admission_30d": "30-day risk of emergency admission",
    "frailty_12m": "12-month risk of a fall, fracture, delirium or new care",
}


@dataclass(frozen=True)
class NamedColumn:
    """One column a rule may name.

    ``sources`` are the landing tables it cannot be known without. ``values`` is the closed set of a word column.
    ``words`` is how a person reads it. ``printing`` says whether its value may stand on paper.
    """

    name: str
    kind: Kind
    sources: tuple[str, ...]
    words: str
    values: tuple[str, ...] = ()
    printing: Printing = "always"
    model: str | None = None
    months_back: int = 0

    @property
    def window_days(self) -> int | None:
        """Length of the lookback window the name ends in; ``None`` where it has none."""
        found = _WINDOW.search(self.name)
        return int(found[1]) if found and self.kind in ("count", "flag") else None

    @property
    def null_words(self) -> str:
        """What a null says: of a day, a year or a word none is known; of the rest the value is not known."""
        return "none known" if self.kind in ("days", "years", "word") else "not known"

    @property
    def is_word(self) -> bool:
        """Whether it holds text and not a number."""
        return self.kind == "word"


@dataclass(frozen=True)
class Vocabulary:
    """Every column by name."""

    columns: dict[str, NamedColumn]

    def __contains__(self, name: object) -> bool:
        """Whether a rule may name that column."""
        return name in self.columns

    def __getitem__(self, name: str) -> NamedColumn:
        """Return the column of that name; ``KeyError`` if a rule may not name it."""
        return self.columns[name]

    def nearest(self, name: str) -> str | None:
        """Return the column whose name is nearest to ``name``, if one is near."""
        near = get_close_matches(name, self.columns, n=1, cutoff=0.6)
        return near[0] if near else None


@cache
def shipped_vocabulary() -> Vocabulary:
    """Return the columns declared in ``sql/rules/words/columns.toml`` and the score columns of every model."""
    return read_vocabulary(resource("sql/rules/words/columns.toml"))


def read_vocabulary(path: Path) -> Vocabulary:
    """Read a vocabulary file; raises ``ValueError`` where one column is declared twice."""
    declared = tomllib.loads(path.read_text(encoding="utf-8"))
    columns: dict[str, NamedColumn] = {}
    for column in [*_families(declared), *_score_columns(MODELS)]:
        if column.name in columns:
            raise ValueError(f"{path.name}: column {column.name} is declared twice")
        columns[column.name] = column
    return Vocabulary(columns)


def _families(declared: dict[str, object]) -> Iterator[NamedColumn]:
    items = declared.get("items", {})
    families = declared.get("column", [])
    if not isinstance(items, dict) or not isinstance(families, list):
        raise TypeError("columns.toml holds [items] and [[column]]")
    for family in families:
        for name, parts in _expanded(family["names"]):
            yield NamedColumn(
                name=name,
                kind=family["kind"],
                sources=tuple(family.get("sources", ())),
                words=family["words"].format(
                    item=items.get(parts[0], parts[0].replace("_", " ")) if parts else "",
                    window=_window_words(name),
                ),
                values=tuple(family.get("values", ())),
                printing=family.get("print", "always"),
            )


def _expanded(names: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in names:
        choices = [group.split(",") for group in _BRACES.findall(name)]
        frame = _BRACES.sub("{}", name)
        for parts in product(*choices):
            yield frame.format(*parts), parts


def _window_words(name: str) -> str:
    found = _WINDOW.search(name)
    return _WINDOW_WORDS.get(int(found[1]), f"{found[1]} days") if found else ""


def _score_columns(models: Iterable[str]) -> Iterator[NamedColumn]:
    for model in models:
        words = _MODEL_WORDS.get(model, f"score of {model}")
        printing: Printing = "never" if model == INTERNAL_MODEL else "always"
        yield NamedColumn(f"risk_{model}", "share", (), words, (), printing, model)
        yield NamedColumn(
            f"percentile_{model}", "number", (), f"{words}, place in the practice out of 100", (), printing, model
        )
        yield NamedColumn(f"band_{model}", "word", (), f"{words}, band", BANDS, printing, model)
        yield NamedColumn(
            f"risk_{model}_3m_ago",
            "share",
            (),
            f"{words}, three months ago",
            (),
            printing,
            model,
            months_back=MONTHS_BACK,
        )
        yield NamedColumn(
            f"rise_{model}", "share", (), f"{words}, rise in three months", (), printing, model, months_back=MONTHS_BACK
        )
