"""The boundaries of a board's areas, from a GeoJSON file that its settings name; without one no map is drawn."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskstrat.errors import UsageFault
from riskstrat.population.counting.areas import AreaType, Geography
from riskstrat.project import Workspace

Ring = tuple[tuple[float, float], ...]
"""Longitudes and latitudes in degrees, in order round the edge."""
KINDS: tuple[AreaType, ...] = ("place", "pcn", "practice")
CODE = "code"
_MOST_NAMED = 3
_HELP = (
    "[population] boundaries names a GeoJSON FeatureCollection of polygons in WGS84 (longitude, latitude: EPSG:4326)",
    f'whose property "{CODE}" is the code of a place, network or practice, as in the table practice',
)


@dataclass(frozen=True)
class Shapes:
    """The rings of each area by its code, outer ones and holes alike; ``file`` is the name of the file."""

    file: str
    rings: Mapping[str, tuple[Ring, ...]]

    def kind_in(self, geography: Geography) -> AreaType:
        """Return the kind of area of which the most codes are drawn; codes of nobody's here are passed over.

        National files hold the areas of other boards too. Raises ``UsageFault`` where no code is of an area here.
        """
        found = Counter(area.type for area in geography.areas if area.type in KINDS and area.code in self.rings)
        if not found:
            codes, known = (
                ", ".join(sorted(held)[:_MOST_NAMED])
                for held in (self.rings, {area.code for area in geography.areas if area.type in KINDS})
            )
            raise UsageFault(
                f"no area of this board has a boundary in {self.file}: its codes are {codes}; the board's {known}",
                *_HELP,
            )
        return max(KINDS, key=lambda kind: found[kind])


def shapes_named(workspace: Workspace) -> Shapes | None:
    """Return the boundaries that the settings name; ``None`` where they name none.

    Raises ``UsageFault`` as ``read_shapes``.
    """
    configured = workspace.settings.population.boundaries
    return None if configured is None else read_shapes(workspace.root / configured)


def read_shapes(path: Path) -> Shapes:
    """Read polygons by code; whatever else the file holds is passed over.

    Raises ``UsageFault`` naming the file, the feature and what is wrong with it: not GeoJSON, no polygon with a code,
    or coordinates that are no longitude and latitude.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8-sig"))
        features = list(held["features"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as fault:
        what = f"the boundaries, {path.name}, cannot be read as GeoJSON ({type(fault).__name__})"
        raise UsageFault(what, *_HELP) from None
    rings: dict[str, list[Ring]] = {}
    other_names: dict[str, None] = {}
    for number, feature in enumerate(features, start=1):
        polygons = list(_polygons(feature, f"{path.name}, feature {number}"))
        properties = feature.get("properties") if isinstance(feature, dict) else None
        code = properties.get(CODE) if isinstance(properties, dict) else None
        if polygons and code is None:
            other_names |= dict.fromkeys(properties if isinstance(properties, dict) else ())
        elif polygons:
            rings.setdefault(str(code).strip(), []).extend(polygons)
    if not rings:
        named = f"; its properties are {', '.join(map(str, other_names))}" if other_names else ""
        raise UsageFault(f'{path.name} has no polygon with a property "{CODE}"{named}', *_HELP)
    return Shapes(path.name, {code: tuple(own) for code, own in rings.items()})


def _polygons(feature: Any, where: str) -> Iterator[Ring]:
    """Yield the rings of a feature, none for one that is no polygon."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return
    try:
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings = [tuple(map(_point, ring)) for polygon in parts for ring in polygon]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as fault:
        is_number = isinstance(fault, ValueError | OverflowError)
        why = "coordinates that are no longitude and latitude" if is_number else "no coordinates"
        raise UsageFault(f"{where}: {why}", *_HELP) from None
    yield from (ring for ring in rings if len(ring) > 3)


def _point(pair: Sequence[Any]) -> tuple[float, float]:
    longitude, latitude = float(pair[0]), float(pair[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueError("not in degrees")
    return longitude, latitude
