"""Worked examples: a table of a few people that stands in a rule's own file, for a clinician to read and a test to run.

``person``, the columns that matter, ``met`` (yes or no), and where they matter ``groups`` (names joined by ``+``) and
``left_off_by``. ``-`` is not known, as is every column that is not drawn. What follows ``#`` is a remark. Pure: nothing
is run here.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from riskstrat.rules.vocabulary import Kind, Vocabulary

Value = int | float | str | None
NOT_KNOWN = "-"
_VERDICTS = ("met", "groups", "left_off_by")


class ExampleFault(ValueError):
    """A table of examples cannot be read; ``position`` is a 0-based offset into its text."""

    def __init__(self, message: str, position: int) -> None:
        """Keep what is wrong and where it stands."""
        super().__init__(message)
        self.position = position


@dataclass(frozen=True)
class Example:
    """One person of a table: the values drawn, and what the rule should say of them.

    ``groups`` is ``None`` where the table does not draw them; ``left_off_by`` is an exclusion's name.
    """

    person: str
    values: Mapping[str, Value]
    is_met: bool
    groups: frozenset[str] | None = None
    left_off_by: str | None = None
    remark: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the person meets the rule and no exclusion applies."""
        return self.is_met and self.left_off_by is None


def read_examples(text: str, columns: Collection[str], vocabulary: Vocabulary) -> tuple[Example, ...]:
    """Return the people of a table; raises ``ExampleFault`` for a column not in ``columns`` or a value of no such kind.

    ``columns`` are those that the rule names: an example of anything else would show nothing.
    """
    lines = list(_lines(text))
    if not lines:
        return ()
    position, first, _ = lines[0]
    header = [cell.strip() for cell in first.split("|")]
    if header[0] != "person" or "met" not in header:
        raise ExampleFault("a table of examples begins with person, and has a column met", position)
    for name in header[1:]:
        if name not in columns and name not in _VERDICTS:
            raise ExampleFault(f"the rule does not name '{name}', so no example can show it", position)
    return tuple(_example(header, line, vocabulary) for line in lines[1:])


def not_drawn(examples: Sequence[Example], groups: Sequence[str], exclusions: Sequence[str]) -> tuple[str, ...]:
    """Return what a worklist rule's examples still owe a reader, in words; empty where nothing is missing.

    Owed are: someone who meets it; someone who just does not (who differs in one value from someone who does); for each
    group someone who meets that one alone; for each exclusion someone left off by it.
    """
    kept = [example for example in examples if example.is_kept]
    owed = [] if kept else ["somebody who meets it"]
    missed = [example for example in examples if not example.is_met]
    if not any(_differences(near, one) == 1 for near in missed for one in kept):
        owed.append("somebody who just does not meet it: one value apart from somebody who does")
    drawn = {example.groups for example in kept}
    owed += [f"somebody who meets the group {name} alone" for name in groups if frozenset({name}) not in drawn]
    left_off = {example.left_off_by for example in examples}
    return (*owed, *(f"somebody left off by {name}" for name in exclusions if name not in left_off))


def _differences(one: Example, other: Example) -> int:
    return sum(value != other.values.get(name) for name, value in one.values.items())


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each row's offset into the text, the row, and its remark."""
    position = 0
    for line in text.splitlines(keepends=True):
        row, _, remark = line.partition("#")
        if row.strip():
            yield position, row.strip(), remark.strip()
        position += len(line)


def _example(header: Sequence[str], line: tuple[int, str, str], vocabulary: Vocabulary) -> Example:
    position, row, remark = line
    cells = [cell.strip() for cell in row.split("|")]
    if len(cells) != len(header):
        raise ExampleFault(f"this row has {len(cells)} cells, and the table {len(header)} columns", position)
    said = dict(zip(header, cells, strict=True))
    if said["met"] not in ("yes", "no"):
        raise ExampleFault(f"met is yes or no, not '{said['met'][:20]}'", position)
    left_off_by = said.get("left_off_by", NOT_KNOWN)
    values: dict[str, Value] = {}
    for name in header[1:]:
        if name not in _VERDICTS:
            try:
                values[name] = _value(said[name], vocabulary[name].kind)
            except ValueError:
                raise ExampleFault(f"'{said[name][:20]}' is no value of {name}", position) from None
    return Example(
        said["person"],
        values,
        said["met"] == "yes",
        _groups(said.get("groups")),
        None if left_off_by == NOT_KNOWN else left_off_by,
        remark,
    )


def _groups(cell: str | None) -> frozenset[str] | None:
    if cell is None:
        return None
    return frozenset() if cell == NOT_KNOWN else frozenset(name.strip() for name in cell.split("+"))


def _value(cell: str, kind: Kind) -> Value:
    if cell == NOT_KNOWN:
        return None
    if kind == "word":
        return cell
    return float(cell) if kind in ("share", "number", "years") else int(cell)
