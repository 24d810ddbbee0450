"""Which figures must go so that none of those left out is a sum or a difference of those that are printed.

For figures that are no counts and yet add up as counts do, such as the ages behind age-standardised rates: what is not
printed of one area is what is printed of the whole less what is printed of the others. Pure.
"""

from collections.abc import Mapping, Sequence, Set

import numpy as np
from scipy.linalg import null_space
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from riskstrat.disclosure.attack import Key, Relation

_NOTHING = 1e-9  # what is smaller is the arithmetic's


def kept_back(missing: Set[Key], guarded: Set[Key], printed: Mapping[Key, int], sums: Sequence[Relation]) -> set[Key]:
    """Return the printed figures that must go, so that no guarded one follows from the others by sums.

    ``missing`` have no figure, ``guarded`` are those of them that must not follow; ``printed`` are those with one and
    how many people they stand on. What is in neither is known without being printed. Of the figures nearest to a
    guarded one the smallest goes, equal ones by name. Where none is tied to it, nothing can be done, and nothing is.
    """
    unknown = set(missing)
    sums = [relation for relation in sums if relation.low == relation.high]
    ties: dict[Key, list[Relation]] = {}
    for relation in sums:
        for key in relation.keys:
            ties.setdefault(key, []).append(relation)
    while exposed := sorted(following(unknown, sums) & guarded):
        near = [_nearest(key, {one for one in printed if one not in unknown}, unknown, ties) for key in exposed]
        more = {min(beside, key=lambda one: (printed[one], one)) for beside in near if beside}
        if not more:
            break
        unknown |= more
    return unknown - missing


def _nearest(start: Key, candidates: Set[Key], unknown: Set[Key], ties: Mapping[Key, Sequence[Relation]]) -> set[Key]:
    """Return the candidates fewest ties away from a cell, by way of unknown ones; none where no way leads to any."""
    seen, edge = {start}, {start}
    while edge:
        reached = {key for at in edge for tie in ties.get(at, ()) for key in tie.keys} - seen
        if found := reached & candidates:
            return found
        seen |= reached
        edge = reached & unknown
    return set()


def following(unknown: Set[Key], sums: Sequence[Relation]) -> set[Key]:
    """Return the unknown figures that follow from all others by sums: those of one value in every solution."""
    places = {key: n for n, key in enumerate(sorted(unknown))}
    entries = [
        (row, places[key], weight)
        for row, tie in enumerate(sums)
        if tie.low == tie.high
        for key, weight in tie.weights
        if key in places
    ]
    if not entries:
        return set()
    rows, columns, weights = zip(*entries, strict=True)
    matrix = coo_matrix((weights, (rows, columns)), shape=(len(sums), len(places))).tocsr()
    _, piece_of = connected_components(matrix.T.astype(bool).astype(int) @ matrix.astype(bool).astype(int))
    names = sorted(unknown)
    found: set[Key] = set()
    for piece in range(piece_of.max() + 1):
        cells = np.flatnonzero(piece_of == piece)
        own = matrix[:, cells]
        own = own[np.diff(own.indptr) > 0].toarray()
        if len(own):
            is_fixed = np.abs(null_space(own)).max(axis=1, initial=0.0) < _NOTHING
            found |= {names[cells[n]] for n in np.flatnonzero(is_fixed)}
    return found
