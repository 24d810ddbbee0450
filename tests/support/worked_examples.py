"""The worked examples of ``tests/spec`` as data: what lands, at which index date, and the table that comes out.

The examples are taken from the test functions themselves, which are called with a ``feature`` that makes nothing and
an ``expect`` that only writes down what it is compared with. Running the same functions as tests proves them.
"""

import importlib.util
import inspect
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

from support.tables import rows_of

_NAMES = ("eFI", "HFRS", "Charlson", "BNF", "February", "March")
SPEC = Path(__file__).parents[1] / "spec"


@dataclass(frozen=True)
class Landed:
    """What an example begins with: the index date, drawn tables by argument of ``feature``, what is absent or held."""

    table: str
    on: str
    drawn: tuple[tuple[str, str], ...]
    absent: tuple[str, ...]
    is_withheld: bool


@dataclass(frozen=True)
class Example:
    """One worked example: what landed, and the table expected of ``features.<landed.table>``.

    ``file`` is the name of the spec file, ``test`` the function, ``said`` its docstring.
    """

    landed: Landed
    expected: str
    file: str
    test: str
    said: str

    @property
    def title(self) -> str:
        """The test's name as a sentence."""
        words = self.test.removeprefix("test_").replace("_", " ")
        for name in _NAMES:
            words = re.sub(rf"\b{name.lower()}\b", name, words)
        return words if words.startswith(_NAMES) else words[0].upper() + words[1:]

    def said_of(self, column: str) -> list[str | None]:
        """Return the values that the expected table holds for a column; none if it is not drawn."""
        return [row[column] for row in rows_of(self.expected) if column in row]


@cache
def worked_examples() -> tuple[Example, ...]:
    """Return every example of ``tests/spec``, by file and then as they stand in it."""
    return tuple(example for path in sorted(SPEC.glob("test_*.py")) for example in _examples_of(path))


def _examples_of(path: Path) -> Iterator[Example]:
    module = _load(path)
    for name, test in vars(module).copy().items():
        if name.startswith("test_") and list(inspect.signature(test).parameters) == ["feature"]:
            found: list[tuple[Landed, str]] = []
            vars(module)["expect"] = lambda result, found=found: _Written(result, found)
            with suppress(AssertionError, TypeError, ValueError, LookupError):  # of a result that is not there
                test(_feature)
            for landed, expected in found:
                yield Example(landed, expected, path.name, name, inspect.getdoc(test) or "")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"worked_examples_of_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _feature(name: str, *, on: str, absent: Any = (), is_withheld: bool = True, **drawn: str) -> MagicMock:
    """Stand in for the fixture ``feature``: return a result that knows what it would be made from, and nothing else."""
    landed = Landed(name, on, tuple(drawn.items()), tuple(absent), is_withheld)
    result = MagicMock(landed=landed)
    for narrowed in (result.filter, result.select, result.sort):
        narrowed.return_value = result
    return result


class _Written:
    """Stands in for ``support.tables.Expected``: equal to every table, and writes it down."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, result: Any, found: list[tuple[Landed, str]]) -> None:
        self._result, self._found = result, found

    def __eq__(self, drawn: object) -> bool:
        if isinstance(self._result.landed, Landed):
            self._found.append((self._result.landed, str(drawn)))
        return True
