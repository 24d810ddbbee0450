"""What the comments of ``sql/features`` say of every column: the definitions that both implementations serve."""

import re
from dataclasses import dataclass
from functools import cache

from riskstrat.project import resource

_COLUMN = re.compile(
    r"^-- (?P<name>[a-z][a-z0-9_]*): (?P<meaning>.*); (?P<unit>[^;]*); (?P<window>[^;]*); (?P<none>[^;]*)$"
)
_HEADER_WORDS = {"grain", "reads", "source", "order", "horizon"}
_WHOLE = re.compile(r"(?P<recent>\d+) days(?: against the (?P<before>\d+) before)?")


@dataclass(frozen=True)
class Definition:
    """One column: its family, and its comment in four parts."""

    family: str
    name: str
    meaning: str
    unit: str
    window: str
    none: str

    @property
    def zero_if_none(self) -> bool:
        """Whether nothing known means zero, where the sources can see it."""
        return self.none.startswith("0 if none")

    @property
    def whole_window(self) -> tuple[int, int] | None:
        """Days of which a source must see some, and days it must reach back; ``None`` where any part will do."""
        found = _WHOLE.fullmatch(self.window)
        if found is None:
            return None
        recent = int(found["recent"])
        return recent, recent + int(found["before"] or 0)


@cache
def definitions() -> tuple[Definition, ...]:
    """Return every column that families define, by family and place."""
    found = []
    for path in sorted(resource("sql/features").glob("*.sql")):
        header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("--")]
        if any(line.startswith("-- order:") for line in header):
            matches = [_COLUMN.match(line) for line in header]
            found += [
                Definition(path.stem, m["name"], m["meaning"], m["unit"], m["window"], m["none"])
                for m in matches
                if m and m["name"] not in _HEADER_WORDS
            ]
    return tuple(found)
