"""Boundaries as a board's file of them has them, made of squares."""

from collections.abc import Mapping, Sequence
from typing import Any

Ring = Sequence[Sequence[float]]


def square(column: int, row: int, size: float = 0.1) -> list[list[float]]:
    """Return the ring of a square of ``size`` degrees in a grid whose first corner lies at 1 W, 52 N."""
    west, south = -1 + column * size, 52 + row * size
    return [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]


def feature(code: str | None, *rings: Ring, kind: str = "Polygon", **properties: object) -> dict[str, Any]:
    """Return one feature; a ``MultiPolygon`` has a polygon a ring."""
    named = properties if code is None else {"code": code, **properties}
    coordinates = [[ring] for ring in rings] if kind == "MultiPolygon" else list(rings)
    return {"type": "Feature", "properties": named, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(rings: Mapping[str, Ring]) -> dict[str, Any]:
    """Return a collection with a polygon for each code."""
    return {"type": "FeatureCollection", "features": [feature(code, ring) for code, ring in rings.items()]}
