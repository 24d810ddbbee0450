"""Practices, primary care networks, places and the board: which areas there are and which lie inside which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import polars as pl

AreaType = Literal["icb", "place", "pcn", "practice"]
AREA_TYPES: tuple[AreaType, ...] = ("icb", "place", "pcn", "practice")
"""Coarsest first. The board is the only area of type ``icb``: everyone in the snapshot."""
WORDS: Mapping[AreaType, str] = {
    "icb": "Board",
    "place": "Place",
    "pcn": "Primary care network",
    "practice": "Practice",
}


@dataclass(frozen=True)
class Area:
    """One area: its type, code and name, and the practices it holds."""

    type: AreaType
    code: str
    name: str
    practices: tuple[str, ...]

    @cached_property
    def key(self) -> str:
        """A name that no other area has."""
        return f"{self.type}:{self.code}"


@dataclass(frozen=True)
class Geography:
    """All areas, coarsest first and then by code, and for each area above a practice the areas that make it up."""

    areas: tuple[Area, ...]
    parts: Mapping[str, tuple[str, ...]]

    @property
    def board(self) -> Area:
        """The board, which holds every practice."""
        return self.areas[0]

    def of_type(self, area_type: str) -> tuple[Area, ...]:
        """Return the areas of one type, by code."""
        return tuple(area for area in self.areas if area.type == area_type)

    def upper(self) -> "Geography":
        """Return the board and the areas that make it up: the places, and whatever is in no place."""
        parts = {self.board.key: self.parts[self.board.key]}
        kept = {self.board.key, *parts[self.board.key]}
        return Geography(tuple(area for area in self.areas if area.key in kept), parts)


def geography(practices: pl.DataFrame, codes_in_use: Iterable[str], board_name: str) -> Geography:
    """Return the areas of the practices in use.

    ``practices`` are the rows of ``intake.practice``, the last one of a practice counting; a practice in use that has
    none is shown under its code. A network or place without a code is no area: its practices belong straight to the
    area above.
    """
    known: dict[str, dict[str, str | None]] = {row["practice_code"]: row for row in practices.iter_rows(named=True)}
    in_use = sorted(set(codes_in_use))
    rows = [(code, known.get(code, {})) for code in in_use]
    icb_codes = {code for _, row in rows if (code := row.get("icb_code"))}
    board_code = min(icb_codes) if len(icb_codes) == 1 else "board"
    areas = [Area("icb", board_code, board_name, tuple(in_use))]
    for area_type in AREA_TYPES[1:3]:
        members: dict[str, list[str]] = {}
        names: dict[str, str] = {}
        for practice, row in rows:
            code = row.get(f"{area_type}_code")
            if code:
                members.setdefault(code, []).append(practice)
                if name := row.get(f"{area_type}_name"):
                    names.setdefault(code, name)
        areas += [Area(area_type, code, names.get(code, code), tuple(members[code])) for code in sorted(members)]
    areas += [Area("practice", code, row.get("practice_name") or code, (code,)) for code, row in rows]
    areas = _with_names_of_their_own(areas)
    return Geography(tuple(areas), {area.key: _parts(area, areas) for area in areas if area.type != "practice"})


def _with_names_of_their_own(areas: list[Area]) -> list[Area]:
    """Return the areas, those that share a name with another carrying their code in it."""
    names = [area.name for area in areas]
    return [
        replace(area, name=f"{area.name} ({area.code})") if names.count(area.name) > 1 and area.type != "icb" else area
        for area in areas
    ]


def _parts(whole: Area, areas: list[Area]) -> tuple[str, ...]:
    """Return the coarsest areas of lower types that together make up ``whole`` and overlap nowhere.

    A network that reaches across two places is no part of either: its practices are.
    """
    left = set(whole.practices)
    parts: list[str] = []
    for area in areas:
        if AREA_TYPES.index(area.type) > AREA_TYPES.index(whole.type) and left.issuperset(area.practices):
            parts.append(area.key)
            left -= set(area.practices)
    return tuple(parts)
