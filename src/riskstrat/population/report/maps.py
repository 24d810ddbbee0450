"""A map of one cohort: each area's age-standardised rate as printed, in five shades that grey tells apart as well.

The projection is our own and the simplest: longitudes shortened by the cosine of the middle latitude. Over a board it
is true to shape within about a part in a hundred; no area is measured on it.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from riskstrat.population.counting.areas import WORDS, Geography
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.cohorts import COMPARED_WORDS, LEFT_OPEN, STANDARDISED
from riskstrat.population.report.shapes import Ring, Shapes

SHADES = ("#edf2f7", "#bdd0e6", "#86a9d0", "#41709f", "#12305c")
"""Light to dark, each much darker than the one before, in grey too."""
_DARK = 3
"""The first shade on which words are white."""
NO_FIGURE, NOT_COMPARED = "no figure", "not compared"
_SIZE = 520.0
_APART = 0.6
"""Points of a boundary nearer to the last one drawn than this are left out; both in the picture's own units."""
_ROOM = (20.0, 13.0)
"""Width and height of a label."""
_MARKS: Mapping[str, str] = {COMPARED_WORDS[0]: "▲", COMPARED_WORDS[2]: "▼"}


@dataclass(frozen=True)
class _Projection:
    """From degrees to the picture: north up, the whole of it within ``_SIZE`` by ``_SIZE``."""

    west: float
    north: float
    shorter: float
    scale: float

    @classmethod
    def of(cls, rings: Sequence[Ring]) -> "_Projection":
        longitudes, latitudes = zip(*(point for ring in rings for point in ring), strict=True)
        shorter = math.cos(math.radians((min(latitudes) + max(latitudes)) / 2))
        wide, high = (max(longitudes) - min(longitudes)) * shorter, max(latitudes) - min(latitudes)
        return cls(min(longitudes), max(latitudes), shorter, _SIZE / (max(wide, high) or 1.0))

    def ring(self, ring: Ring) -> Ring:
        return tuple(((x - self.west) * self.shorter * self.scale, (self.north - y) * self.scale) for x, y in ring)


def map_section(shapes: Shapes, geography: Geography, now: pl.DataFrame, cohort: Cohort) -> dict[str, Any] | None:
    """Return what the section draws and lists; ``None`` where no area with a boundary has a figure that is compared.

    ``now`` are the published figures of the month, as ``side_by_side`` has them.
    """
    kind = shapes.kind_in(geography)
    rows = now.filter((pl.col("cohort") == cohort.id) & (pl.col("area_type") == kind)).sort("area_code").to_dicts()
    steps = _steps(
        [row[f"{STANDARDISED}_value"] for row in rows if _is_shaded(row) and row["area_code"] in shapes.rings]
    )
    if not steps:
        return None
    listed = [_listed(row, steps, is_drawn=row["area_code"] in shapes.rings) for row in rows]
    with_shape = [one for one in listed if one["is_drawn"]]
    projection = _Projection.of([ring for one in with_shape for ring in shapes.rings[one["code"]]])
    drawn = [one | _outline([projection.ring(ring) for ring in shapes.rings[one["code"]]]) for one in with_shape]
    ends = [point for one in drawn for ring in one["rings"] for point in ring]
    return {
        "cohort": cohort,
        "kind": WORDS[kind],
        "width": math.ceil(max(x for x, _ in ends)) + 2,
        "height": math.ceil(max(y for _, y in ends)) + 2,
        "areas": drawn,
        "rows": listed,
        "without": [one["name"] for one in listed if not one["is_drawn"]],
        "legend": _legend(steps, max(one["rate"] for one in with_shape if one["shade"])),
        "hatched": [words for words in (NOT_COMPARED, NO_FIGURE) if any(one["hatch"] == words for one in with_shape)],
        "file": shapes.file,
        "words": _in_words(with_shape),
    }


def _is_shaded(row: Mapping[str, Any]) -> bool:
    """Whether an area's rate is one to be set beside others: small practices' are shown in the table alone."""
    is_open = row[f"{STANDARDISED}_note"] == LEFT_OPEN
    return row[f"{STANDARDISED}_value"] is not None and (is_open or row[f"{STANDARDISED}_note"] in COMPARED_WORDS)


def _steps(rates: Sequence[float]) -> list[float]:
    """Return the least rate of each shade: equal steps from the least to the greatest, fewer where those are close."""
    if not rates:
        return []
    low, high = min(rates), max(rates)
    return sorted({round(low + (high - low) * place / len(SHADES), 1) for place in range(len(SHADES))})


def _listed(row: Mapping[str, Any], steps: Sequence[float], *, is_drawn: bool) -> dict[str, Any]:
    rate, note = row[f"{STANDARDISED}_value"], row[f"{STANDARDISED}_note"]
    shade = max(1, bisect_right(steps, rate)) if _is_shaded(row) else None
    hatch = "" if shade else NO_FIGURE if rate is None else NOT_COMPARED
    return {
        "code": row["area_code"],
        "name": row["area_name"],
        "rate": rate,
        "lower": row[f"{STANDARDISED}_lower"],
        "upper": row[f"{STANDARDISED}_upper"],
        "note": note,
        "shade": shade,
        "hatch": hatch,
        "is_drawn": is_drawn,
        "fill": SHADES[shade - 1] if shade else "",
        "label": f"{shade}{_MARKS.get(note, '')}" if shade else "",
        "ink": "#ffffff" if shade and shade > _DARK else "#212b32",
    }


def _legend(steps: Sequence[float], highest: float) -> list[dict[str, Any]]:
    lasts = [*(later - 0.1 for later in steps[1:]), highest]
    return [
        {"number": place + 1, "fill": SHADES[place], "from": first, "to": last}
        for place, (first, last) in enumerate(zip(steps, lasts, strict=True))
    ]


def _outline(rings: Sequence[Ring]) -> dict[str, Any]:
    """Return an area's drawn rings, as points and as a path, and where its label stands if there is room for one."""
    thinned = [one for one in map(_thinned, rings) if len(one) > 3] or [max(rings, key=len)]
    largest = max(thinned, key=lambda ring: math.prod(_extent(ring)))
    wide, high = _extent(largest)
    x, y = _inside(largest)
    path = "".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in ring) + "Z" for ring in thinned)
    return {
        "rings": thinned,
        "path": path,
        "x": f"{x:.1f}",
        "y": f"{y:.1f}",
        "has_room": wide > _ROOM[0] and high > _ROOM[1],
    }


def _thinned(ring: Ring) -> Ring:
    kept = [ring[0]]
    for x, y in ring[1:]:
        if max(abs(x - kept[-1][0]), abs(y - kept[-1][1])) >= _APART:
            kept.append((x, y))
    return tuple(kept)


def _extent(ring: Ring) -> tuple[float, float]:
    xs, ys = zip(*ring, strict=True)
    return max(xs) - min(xs), max(ys) - min(ys)


def _inside(ring: Ring) -> tuple[float, float]:
    """Return the middle of the widest stretch inside a ring at half its height."""
    ys = [y for _, y in ring]
    level = (min(ys) + max(ys)) / 2 + 1e-6  # beside a corner, not on it
    crossings = sorted(
        x + (level - y) * (next_x - x) / (next_y - y)
        for (x, y), (next_x, next_y) in pairwise([*ring, ring[0]])
        if (y <= level) != (next_y <= level)
    )
    stretches = list(zip(crossings[::2], crossings[1::2], strict=False)) or [(ring[0][0], ring[0][0])]
    first, last = max(stretches, key=lambda one: one[1] - one[0])
    return (first + last) / 2, level


def _in_words(areas: Sequence[Mapping[str, Any]]) -> str:
    """Return the map for who does not see it: each area's rate, highest first, and those without a shade."""
    shaded = sorted((one for one in areas if one["shade"]), key=lambda one: (-one["rate"], one["name"]))
    said = "; ".join(f"{one['name']} {one['rate']:.1f}" for one in shaded)
    hatched = [one["name"] for one in areas if one["hatch"]]
    return f"{said}." + (f" Hatched: {', '.join(hatched)}." if hatched else "")
