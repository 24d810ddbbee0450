"""Exact path-dependent Shapley values of a forest: what LightGBM's ``pred_contrib`` gives, at a small part of its cost.

A leaf of value v whose path splits on m distinct features gives feature i

    v (o_i - z_i) ∫₀¹ ∏_{j≠i} (o_j t + z_j (1 - t)) dt,

where z_j is the share of training rows that pass the path's splits on j, and o_j is 1 where the person passes them and
else 0 (the values are those of Lundberg, Erion and Lee, arXiv:1802.03888). What is integrated is a polynomial of degree
m - 1, so that Gauss-Legendre quadrature with ⌈m/2⌉ points is exact.

Leaves under one split share its factors, so sums are taken split by split (as in Yu, Xu, Bifet and Read, Linear
TreeShap, arXiv:2209.08192). At a point t of the quadrature, let ``path`` be the product of the factors above a split,
``below`` the sum over the leaves under it of value times the factors in between, z the split's left share, and d what
the person deviates from it: o - z, or 0 where an earlier split on the same feature sent the person another way. With
a = ``same_share``, ``pull`` = t / (t + (1 - t) a) and ``stake`` = a / (t + (1 - t) a)²,

    the factor to the left is z + pull d, to the right (1 - z) - pull d;
    below = below_right + (below_left - below_right) (z + pull d);
    the split adds stake d path (below_left - below_right) to its feature.

At the first split on a feature a is 1, and this is the sum above. At a later one the factor is the new one over the
old, and what is added is what its leaves give with the new z and o less what the earlier split counted for them. As
all shares lie strictly between 0 and 1, no factor is nought.

Every step is a loop over a block of people, feature by feature in memory, so that it is compiled to vector
instructions. Each person's arithmetic is the same whatever the block, the number of threads, and whether it is compiled
(no reordering is allowed to the compiler): the same bytes. Compiled code is not kept on disk: numba would keep it as
pickles, beside the source or in the user's home, and nothing here is to be pickled or to write into an installation.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.explanation.forest import CATEGORICAL, MISSING_LEFT, ZERO, ZERO_IS_MISSING, Forest
from riskstrat.modelling.training.calibration import Floats

BLOCK = 512
"""People at a time: as many as leave a tree's tables in the cache near the processor (256 to 768 cost the same)."""

_WORTH_COMPILING = 500_000
"""Steps (people times nodes times points) for which the interpreter needs about as long as compiling takes."""

_Matrix = npt.NDArray[np.float32]
_Places = npt.NDArray[np.int32]
_Loop = Callable[..., None]


def contributions(forest: Forest, matrix: _Matrix, threads: int, *, block: int = BLOCK) -> Floats:
    """Return a row per person and a column per feature with its contribution to the raw log odds; last, the base value.

    A row adds up to the person's raw score. ``ValueError`` where the matrix has not as many columns as the model.
    """
    people, features = matrix.shape
    if features != forest.features:
        raise ValueError(f"the model reads {forest.features} columns and the matrix has {features}")
    totals = np.zeros((features + 1, people))
    totals[-1] = forest.base
    is_much = people * int(np.diff(forest.first) @ forest.points) > _WORTH_COMPILING
    walk, *loops = _compiled() if is_much else _LOOPS
    tables, shapes = forest[2:], _workspace(forest)

    def explain(start: int) -> None:
        values = np.ascontiguousarray(matrix[start : start + block].T)
        workspace = [np.empty((*shape, values.shape[1])) for shape in shapes]
        walk(*loops, *tables, values, *workspace, totals, start)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(explain, range(0, people, block)))
    return totals.T


def _workspace(forest: Forest) -> tuple[tuple[int, ...], ...]:
    """Return the shapes, but for people, of a tree's deviations, and of ``path`` and ``below`` by depth and point."""
    deepest, most_points = int(forest.nodes["depth"].max(initial=0)) + 1, forest.pull.shape[1]
    most_nodes = int(np.diff(forest.first).max(initial=0))
    return (most_nodes,), (deepest, most_points), (deepest + 1, 2, most_points)


def _walk(
    decide: _Loop,
    narrow: _Loop,
    down: _Loop,
    give: _Loop,
    up: _Loop,
    nodes: npt.NDArray[Any],
    first: _Places,
    visits: _Places,
    categories: npt.NDArray[np.uint32],
    points: _Places,
    weights: Floats,
    pull: Floats,
    stake: Floats,
    values: _Matrix,
    deviations: Floats,
    path: Floats,
    below: Floats,
    totals: Floats,
    start: int,
) -> None:
    """Add what the trees give to the people of ``values`` (feature by person) to ``totals``, from column ``start``."""
    people = values.shape[1]
    for tree in range(len(points)):
        root, end = first[tree], first[tree + 1]
        for at in range(root, end):
            node = nodes[at]
            decide(node, categories, values[node["feature"]], deviations[at - root])
            if node["same"] >= 0:
                narrow(deviations[node["same"] - root], node["same_is_right"], deviations[at - root])
        for q in range(points[tree]):
            path[0, q] = weights[tree, q]
        for visit in visits[2 * root : 2 * end]:
            at = abs(visit) - 1
            node = nodes[at]
            depth, parent, is_right = node["depth"], node["parent"], node["is_right"]
            if visit < 0:
                mine = totals[node["feature"], start : start + people]
                left_is_leaf, right_is_leaf = not np.isnan(node["left_leaf"]), not np.isnan(node["right_leaf"])
                if left_is_leaf:
                    below[depth + 1, 0, 0] = node["left_leaf"]
                if right_is_leaf:
                    below[depth + 1, 1, 0] = node["right_leaf"]
                for q in range(points[tree]):
                    left = below[depth + 1, 0, 0 if left_is_leaf else q]
                    right = below[depth + 1, 1, 0 if right_is_leaf else q]
                    give(stake[at, q], deviations[at - root], path[depth, q], left, right, mine)
                    up(node["left_share"], pull[at, q], deviations[at - root], left, right, below[depth, is_right, q])
            elif depth > 0:
                share = nodes[parent]["right_share"] if is_right else nodes[parent]["left_share"]
                for q in range(points[tree]):
                    towards = -pull[parent, q] if is_right else pull[parent, q]
                    down(share, towards, deviations[parent - root], path[depth - 1, q], path[depth, q])


def _decide(node: Any, categories: npt.NDArray[np.uint32], values: _Matrix, deviations: Floats) -> None:
    """Fill in each person's deviation at a split from the values of its feature, as LightGBM decides."""
    left, right = 1.0 - node["left_share"], -node["left_share"]
    kind, threshold, first_word = node["kind"], node["threshold"], node["first_word"]
    if kind & CATEGORICAL:
        end = 32 * (node["end_word"] - first_word)
        for k in range(len(values)):
            deviations[k] = right
            if -1 < values[k] < end:
                category = int(values[k])
                if categories[first_word + category // 32] >> np.uint32(category % 32) & np.uint32(1):
                    deviations[k] = left
    elif kind & MISSING_LEFT:  # nan is not above the threshold, and below not up to it
        for k in range(len(values)):
            deviations[k] = right if values[k] > threshold else left
    else:
        for k in range(len(values)):
            deviations[k] = left if values[k] <= threshold else right
    if kind & ZERO_IS_MISSING:
        missing = left if kind & MISSING_LEFT else right
        for k in range(len(values)):
            if -ZERO <= values[k] <= ZERO:
                deviations[k] = missing


def _narrow(same: Floats, is_right: int, deviations: Floats) -> None:
    """Make nought of the deviations of people whom an earlier split on the same feature sent another way."""
    sign = -1.0 if is_right else 1.0
    for k in range(len(deviations)):
        if sign * same[k] <= 0.0:
            deviations[k] = 0.0


def _down(share: float, pull: float, deviations: Floats, path: Floats, path_below: Floats) -> None:
    for k in range(len(path)):
        path_below[k] = path[k] * (share + pull * deviations[k])


def _give(stake: float, deviations: Floats, path: Floats, left: Floats, right: Floats, mine: Floats) -> None:
    for k in range(len(path)):
        mine[k] += stake * deviations[k] * path[k] * (left[k] - right[k])


def _up(share: float, pull: float, deviations: Floats, left: Floats, right: Floats, below: Floats) -> None:
    for k in range(len(deviations)):
        below[k] = right[k] + (left[k] - right[k]) * (share + pull * deviations[k])


_LOOPS: tuple[_Loop, ...] = (_walk, _decide, _narrow, _down, _give, _up)


@lru_cache(maxsize=1)
def _compiled() -> tuple[_Loop, ...]:
    """Return the same loops, to be compiled at their first call: once a process, about two and a half seconds."""
    import numba

    return tuple(numba.njit(nogil=True, error_model="numpy")(loop) for loop in _LOOPS)
