"""A Parquet file written piece by piece, so that a table larger than memory becomes one file in one pass."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from riskstrat.files import sync

_ROWS_OF_A_GROUP = 61_440
"""Rows of one row group."""


class GrowingFile:
    """One Parquet file to come at ``path``: its pieces follow one another, and it takes its name whole or not at all.

    The bytes depend on the pieces alone. ``rows`` are those written so far.
    """

    def __init__(self, path: Path) -> None:
        """Begin a file beside ``path``; its folder is made where there is none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._half = path.with_name(f".{path.name}.half")
        self._writer: pq.ParquetWriter | None = None
        self.rows = 0

    def append(self, piece: pl.DataFrame) -> None:
        """Write rows after those already written, in row groups of their own. All pieces have one schema."""
        rows = piece.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._half, rows.schema, compression="zstd", compression_level=1, store_schema=False
            )
        if rows.num_rows:
            self._writer.write_table(rows, row_group_size=_ROWS_OF_A_GROUP)
        self.rows += piece.height

    def columns_that_do_not_vary(self) -> list[str]:
        """Return the columns that hold one value or none, null aside, by the least and greatest of each piece."""
        self._close()
        held = pq.ParquetFile(self._half)
        spans: dict[str, list[object]] = {name: [] for name in held.schema_arrow.names}
        for place in range(held.metadata.num_row_groups):
            group = held.metadata.row_group(place)
            for number in range(group.num_columns):
                seen = group.column(number).statistics
                if seen is not None and seen.has_min_max:
                    spans[group.column(number).path_in_schema] += [seen.min, seen.max]
        return [name for name, values in spans.items() if len(set(values)) <= 1]

    def finish(self, blank: frozenset[str] = frozenset()) -> None:
        """Give the file its name. The columns in ``blank`` are made null throughout first."""
        self._close()
        if blank and self.rows:
            self._make_blank(blank)
        sync(self._half)
        self._half.replace(self._path)

    def discard(self) -> None:
        """Remove what was written, if the file has not taken its name."""
        self._close()
        self._half.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _make_blank(self, blank: frozenset[str]) -> None:
        held = pq.ParquetFile(self._half)
        again = GrowingFile(self._half)
        for place in range(held.metadata.num_row_groups):
            group = pl.DataFrame(held.read_row_group(place))
            again.append(group.with_columns(pl.lit(None, group.schema[name]).alias(name) for name in sorted(blank)))
        held.close()
        again.finish()
