"""Linear programs, over whole numbers or fractions, as HiGHS solves them (highs.dev)."""

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]

_MOST_NODES = 2_000
"""How often a program over whole numbers may branch before it is left undecided: a run has an end, the same each time.

The dearest that was seen to be decided took 1,028 (``benchmarks/disclosure.py``, twelve months of 12,000 people).
"""


class Undecided(RuntimeError):
    """The solver ended without an answer: neither columns that fit nor that none do."""


class Program:
    """The least cost of columns that lie within their bounds and whose ties do.

    ``bounds`` and ``tie_bounds`` have a row per column and per tie with its least and greatest value, ``ties`` a row
    per tie and a column per column.
    """

    def __init__(
        self, costs: Floats, bounds: Floats, ties: csr_matrix, tie_bounds: Floats, *, whole: bool, near: bool = False
    ) -> None:
        """``whole`` asks for whole numbers; ``near`` says that no column moves far from 0: then nothing is prepared."""
        self.is_whole = whole
        columns = ties.tocsc()
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)  # whoever asks several at once has threads of their own
        self._solver.setOptionValue("mip_rel_gap", 0.0)
        self._solver.setOptionValue("mip_allow_restart", False)  # a quarter faster on what the attack asks
        self._solver.setOptionValue("mip_heuristic_run_rens", False)  # half the time, and it finds nothing here
        self._solver.setOptionValue("mip_max_nodes", _MOST_NODES)
        self._solver.setOptionValue("presolve", "off" if near else "on")
        self._solver.passModel(
            len(costs),
            len(tie_bounds),
            columns.nnz,
            int(highspy.MatrixFormat.kColwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            costs,
            np.ascontiguousarray(bounds[:, 0]),
            np.ascontiguousarray(bounds[:, 1]),
            np.ascontiguousarray(tie_bounds[:, 0]),
            np.ascontiguousarray(tie_bounds[:, 1]),
            columns.indptr.astype(np.int32),
            columns.indices.astype(np.int32),
            columns.data.astype(np.float64),
            np.full(len(costs), int(whole), dtype=np.int32),
        )

    def bound(self, column: int, low: float, high: float) -> None:
        """Give a column other bounds."""
        self._solver.changeColBounds(column, low, high)

    def least(self) -> Floats | None:
        """Return the columns at the least cost; ``None`` where nothing lies within all bounds.

        The same question has the same answer whatever was asked before. Raises ``Undecided`` where there is none.
        """
        self._solver.clearSolver()
        self._solver.run()
        ended = self._solver.getModelStatus()
        if ended in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        if ended != highspy.HighsModelStatus.kOptimal:
            raise Undecided(f"a linear program of the disclosure attack ended as '{ended.name}'")
        return np.array(self._solver.getSolution().col_value)
