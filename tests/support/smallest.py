"""Makes a drop that shows a fault as small as it will go: the rows that matter, and of them the cells that matter."""

from collections.abc import Callable

from naive.person import Held, Row
from riskstrat.contract import TABLES
from support.ugly_lives import only

MOST_TRIES = 250


def smallest(held: Held, person: str, is_wrong: Callable[[Held], bool]) -> Held:
    """Return a drop, of one person if that will do, in which ``is_wrong`` still holds; tries a few hundred times.

    The landed rows of ``held`` must be wrong to begin with. Sources and index date stay as they are.
    """
    tries = 0

    def still(rows: list[tuple[str, Row]]) -> Held | None:
        nonlocal tries
        tries += 1
        tables: dict[str, list[Row]] = {name: [] for name in held.tables}
        for name, row in rows:
            tables[name].append(row)
        tried = Held(tables, held.sources, held.index_date)
        return tried if is_wrong(tried) else None

    found = only(held, [person])
    kept = _pairs(found) if person and still(_pairs(found)) else _pairs(held)
    kept = _without_tables(kept, still)
    part = max(len(kept) // 2, 1)
    while tries < MOST_TRIES:
        smaller = _without_a_part(kept, part, still)
        if smaller is not None:
            kept = smaller
        elif part == 1:
            break
        else:
            part //= 2
    return still(_with_fewer_cells(kept, still)) or held


def drawn(held: Held) -> str:
    """Return a small drop as text: a line a row, its cells that say something."""
    lines = [f"index date {held.index_date}"]
    for name, row in _pairs(held):
        cells = ", ".join(f"{column}={value}" for column, value in row.items() if value is not None)
        lines.append(f"  {name}: {cells}")
    lines += [f"  source {name}: {held.sources[name]}" for name in sorted({name for name, _ in _pairs(held)})]
    return "\n".join(lines)


def _pairs(held: Held) -> list[tuple[str, Row]]:
    return [(name, row) for name, rows in held.tables.items() for row in rows]


Still = Callable[[list[tuple[str, Row]]], Held | None]


def _without_tables(kept: list[tuple[str, Row]], still: Still) -> list[tuple[str, Row]]:
    for table in sorted({name for name, _ in kept}):
        fewer = [pair for pair in kept if pair[0] != table]
        if still(fewer):
            kept = fewer
    return kept


def _without_a_part(kept: list[tuple[str, Row]], part: int, still: Still) -> list[tuple[str, Row]] | None:
    """Return what is left of the rows without some run of ``part`` of them, ``None`` where every run is needed."""
    for start in range(0, len(kept), part):
        fewer = kept[:start] + kept[start + part :]
        if still(fewer):
            return fewer
    return None


def _with_fewer_cells(kept: list[tuple[str, Row]], still: Still) -> list[tuple[str, Row]]:
    """Return the rows without optional cells that do not matter; of more than twenty rows none is tried."""
    if len(kept) > 20:
        return kept
    for place, (name, row) in enumerate(kept):
        said = [c.name for c in TABLES[name].columns if not c.required and row.get(c.name) is not None]
        for emptied in (said, *([column] for column in said)):
            fewer = [*kept[:place], (name, {**kept[place][1], **dict.fromkeys(emptied)}), *kept[place + 1 :]]
            if fewer != kept and still(fewer):
                kept = fewer
    return kept
