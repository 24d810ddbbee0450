"""The trees of a LightGBM model, read from its text into flat tables that a compiled loop can walk.

The fields of the text (format v4) and what a split does with a missing value are LightGBM's own
(``include/LightGBM/tree.h``, ``src/io/tree.cpp``). A share is a child's training rows over its parent's: the weights
that LightGBM's contributions use.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.training.calibration import Floats

MISSING_LEFT, ZERO_IS_MISSING, CATEGORICAL = 1, 2, 4
"""Bits of a split's ``kind``: where missing values go, whether nought is one, whether left is a set of categories."""

ZERO = float(np.float32(1e-35))
"""Up to this size LightGBM takes a value for nought."""

_FORMAT = "v4"
_DEEPEST = 100
"""Splits on a path above which no tables are made: the memory of a walk grows with the square of them."""

NODE = np.dtype(
    [
        ("feature", "i4"),  # the column that the split reads
        ("kind", "i4"),
        ("threshold", "f8"),  # up to it goes left
        ("first_word", "i4"),  # of a categorical split: its part of ``categories``
        ("end_word", "i4"),
        ("left_share", "f8"),  # share of the split's training rows that went there
        ("right_share", "f8"),
        ("left_leaf", "f8"),  # value of the leaf there; nan where another split is there
        ("right_leaf", "f8"),
        ("depth", "i4"),
        ("parent", "i4"),  # the split above, or -1
        ("is_right", "i4"),  # whether this is the parent's right child
        ("same", "i4"),  # the nearest split above on the same feature, or -1
        ("same_is_right", "i4"),  # whether this is to the right of it
        ("same_share", "f8"),  # product of the shares that the splits above on the same feature sent this way; or 1
    ],
    align=True,
)
"""A split (node) in the tables."""


class Forest(NamedTuple):
    """The trees that have a split, one after another; in each, a node comes before the nodes under it."""

    base: float
    """Sum of the trees' expected values, in raw log odds. A tree that is one leaf is here and nowhere else."""
    features: int
    """How many columns the model expects."""
    nodes: npt.NDArray[Any]
    """One ``NODE`` per split."""
    first: npt.NDArray[np.int32]
    """Tree to its first node; one entry more than there are trees."""
    visits: npt.NDArray[np.int32]
    """The walk: node + 1 on the way down, -(node + 1) on the way back up; two entries per node."""
    categories: npt.NDArray[np.uint32]
    """Which categories go left, 32 bits a word, of all categorical splits."""
    points: npt.NDArray[np.int32]
    """Tree to its number of quadrature points: half the features of the path with most of them, rounded up."""
    weights: Floats
    """Tree and point to the point's weight."""
    pull: Floats
    """Node and point t to t / (t + (1 - t) same_share)."""
    stake: Floats
    """Node and point t to same_share / (t + (1 - t) same_share)²."""


def read_forest(text: str) -> Forest | None:
    """Return the trees of a model's text as tables, or ``None`` where it has what these tables cannot hold.

    That is: another format of text, several trees a round (many classes), averaged trees (random forest), trees with
    linear models in their leaves, leaves without training rows, and paths of more than 100 splits.
    """
    head, *sections = text.partition("\nend of trees")[0].split("\nTree=")
    header = _fields(head)
    if header.get("version") != _FORMAT or header.get("num_tree_per_iteration") != "1" or "average_output" in header:
        return None
    growing = _Growing()
    try:
        for section in sections:
            growing.add(_Tree(_fields(section)))
    except _Unsupported:
        return None
    return growing.forest(features=int(header["max_feature_idx"]) + 1)


def column_names(text: str) -> list[str]:
    """Return the names of the columns that a model's text says it reads, in order."""
    return _fields(text.partition("\nTree=")[0]).get("feature_names", "").split()


class _Unsupported(Exception):
    """A tree has what the tables cannot hold."""


def _fields(section: str) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in section.splitlines())


class _Tree:
    """A tree as LightGBM numbers it: nodes from 0, the root; a leaf is ``~leaf``."""

    def __init__(self, fields: dict[str, str]) -> None:
        def whole(name: str) -> list[int]:
            return [int(word) for word in fields.get(name, "").split()]

        self.leaf_value = [float(word) for word in fields["leaf_value"].split()]
        self.threshold = [float(word) for word in fields["threshold"].split()]
        self.feature, self.decision = whole("split_feature"), whole("decision_type")
        self.left, self.right = whole("left_child"), whole("right_child")
        self.boundaries, self.words = whole("cat_boundaries"), whole("cat_threshold")
        self._node_rows, self._leaf_rows = whole("internal_count"), whole("leaf_count")
        if fields.get("is_linear") == "1" or not all(map(math.isfinite, self.leaf_value)):
            raise _Unsupported
        for node, children in enumerate(zip(self.left, self.right, strict=True)):
            below = [self.rows(child) for child in children]
            if min(below) <= 0 or sum(below) != self.rows(node):
                raise _Unsupported

    def rows(self, child: int) -> int:
        """Return how many training rows came to a node or a leaf."""
        return self._node_rows[child] if child >= 0 else self._leaf_rows[~child]

    def leaf(self, child: int) -> float:
        """Return a leaf's value, nan for a node."""
        return math.nan if child >= 0 else self.leaf_value[~child]

    def expected(self) -> float:
        """Return the mean of its values over its training rows."""
        if len(self.leaf_value) == 1:
            return self.leaf_value[0]
        return sum(rows / self.rows(0) * value for rows, value in zip(self._leaf_rows, self.leaf_value, strict=True))


class _Path(NamedTuple):
    """How a walk comes to a node. ``taken``: feature to the last split on it, the side, and the shares' product."""

    node: int
    parent: int
    is_right: int
    depth: int
    taken: dict[int, tuple[int, int, float]]


class _Growing:
    """The tables while trees are added."""

    def __init__(self) -> None:
        self._base = 0.0
        self._nodes: list[tuple[float, ...]] = []
        self._first = [0]
        self._visits: list[int] = []
        self._categories: list[int] = []
        self._points: list[int] = []

    def add(self, tree: _Tree) -> None:
        """Add a tree."""
        self._base += tree.expected()
        if not tree.feature:
            return
        most_features = 0
        pending: list[_Path | int] = [_Path(0, -1, 0, 0, {})]
        while pending:
            path = pending.pop()
            if isinstance(path, int):
                self._visits.append(path)
                continue
            place = len(self._nodes) + 1
            self._visits.append(place)
            pending.append(-place)
            below = self._add_node(tree, path)
            most_features = max(most_features, len(below[0].taken))
            pending += [child for child in below if child.node >= 0]
        self._first.append(len(self._nodes))
        self._points.append((most_features + 1) // 2)

    def _add_node(self, tree: _Tree, path: _Path) -> list[_Path]:
        """Add a node, and return the paths to its two children, the right one first."""
        if path.depth >= _DEEPEST:
            raise _Unsupported
        node, place = path.node, len(self._nodes)
        feature, left, right = tree.feature[node], tree.left[node], tree.right[node]
        same, same_is_right, same_share = path.taken.get(feature, (-1, 0, 1.0))
        shares = (tree.rows(left) / tree.rows(node), tree.rows(right) / tree.rows(node))
        threshold, kind = _decision(tree.threshold[node], tree.decision[node])
        first_word = len(self._categories)
        if kind == CATEGORICAL:
            of_node = int(threshold)
            self._categories += tree.words[tree.boundaries[of_node] : tree.boundaries[of_node + 1]]
        words = (first_word, len(self._categories))
        leaves = (tree.leaf(left), tree.leaf(right))
        from_above = (path.depth, path.parent, path.is_right, same, same_is_right, same_share)
        self._nodes.append((feature, kind, threshold, *words, *shares, *leaves, *from_above))
        return [
            _Path(child, place, side, path.depth + 1, path.taken | {feature: (place, side, same_share * shares[side])})
            for side, child in ((1, right), (0, left))
        ]

    def forest(self, features: int) -> Forest:
        """Return the tables, with the quadrature's points where each node needs them."""
        nodes = np.array(self._nodes, dtype=NODE)
        first, points = np.array(self._first, dtype=np.int32), np.array(self._points, dtype=np.int32)
        at, weights = _rules(max(self._points, default=1))
        t = np.repeat(at[points - 1], np.diff(first), axis=0)
        share = nodes["same_share"][:, None]
        mixed = t + (1 - t) * share
        return Forest(
            base=self._base,
            features=features,
            nodes=nodes,
            first=first,
            visits=np.array(self._visits, dtype=np.int32),
            categories=np.array(self._categories, dtype=np.uint32),
            points=points,
            weights=weights[points - 1],
            pull=t / mixed,
            stake=share / mixed**2,
        )


def _decision(threshold: float, decision: int) -> tuple[float, int]:
    """Return a split's threshold and kind from LightGBM's bits: categorical, default left, two of the missing type."""
    is_categorical, default_left, missing_type = decision & 1, decision >> 1 & 1, decision >> 2 & 3
    if is_categorical:
        return threshold, CATEGORICAL
    # LightGBM makes nought of what is hardly more, and then compares: as a threshold beyond all of that would.
    if abs(threshold) <= ZERO:
        threshold = ZERO if threshold >= 0 else math.nextafter(-ZERO, -math.inf)
    if missing_type == 0:  # nothing was missing in training; what is missing all the same counts as nought
        return threshold, MISSING_LEFT if threshold >= 0 else 0
    return threshold, MISSING_LEFT * default_left | ZERO_IS_MISSING * (missing_type == 1)


def _rules(most: int) -> tuple[Floats, Floats]:
    """Return points and weights of the Gauss-Legendre rules on [0, 1]: row k is the rule with k + 1 points."""
    at, weights = np.full((most, most), 0.5), np.zeros((most, most))
    for k in range(most):
        x, w = np.polynomial.legendre.leggauss(k + 1)
        at[k, : k + 1], weights[k, : k + 1] = (x + 1) / 2, w / 2
    return at, weights
