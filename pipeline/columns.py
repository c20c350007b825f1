"""Rows of Arrow tables, chosen: what `pyarrow.compute` has methods for, without the import of all of it.

That module writes a documented wrapper for each of some hundred functions when it is imported: a tenth of a second
of every run.  The functions themselves are called here; where pyarrow keeps them elsewhere, it is imported after all.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pyarrow as pa

try:
    from pyarrow._compute import SetLookupOptions, call_function
except ImportError:
    from pyarrow.compute import SetLookupOptions, call_function

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray


_AT_ONCE: Final = 4096  # rows


class _NoPandas:
    """Finds no pandas."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Say that there is no such module.

        Raises:
            ModuleNotFoundError: pandas is asked for.
        """
        del path, target
        if name == "pandas":
            raise ModuleNotFoundError(name)


@functools.cache
def without_pandas() -> None:
    """Let pyarrow ask for pandas now, and find none, unless somebody has imported it.

    It asks once, at the first array that is made, and imports all of pandas where that is installed: half a second of
    every process, for values that nobody here has.  Afterwards pandas can be imported as ever, and `to_pandas` works.
    """
    if "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array(())
    finally:
        sys.meta_path.remove(_NoPandas)


def taken(table: pa.Table, places: NDArray[np.integer[Any]]) -> pa.Table:
    """Return the rows of a table at some places, in that order."""
    return cast("pa.Table", call_function("take", [table, pa.array(places)]))


def taken_each(table: pa.Table, places: NDArray[np.int64]) -> pa.Table:
    """Return the rows of a table at some places, in that order; they are taken from each batch alone.

    For `taken`, Arrow joins all batches of the table first.
    """
    batches = table.to_batches()
    ends = np.cumsum([batch.num_rows for batch in batches])
    of = np.searchsorted(ends, places, side="right")
    order = np.argsort(of, kind="stable")
    found = []
    for number in np.unique(of).tolist():
        inside = places[order][of[order] == number] - (ends[number] - batches[number].num_rows)
        found.append(taken(pa.Table.from_batches([batches[number]]), inside))
    if len(found) < 2:
        return found[0] if found else table.slice(0, 0)
    return taken(pa.concat_tables(found), np.argsort(order))


def chosen(table: pa.Table, marks: NDArray[np.bool_] | Sequence[bool]) -> pa.Table:
    """Return the rows that are marked."""
    return cast("pa.Table", call_function("filter", [table, pa.array(marks, pa.bool_())]))


def truths(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return a column of truth values."""
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.bool_)


def rows_of(table: pa.Table, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of some columns as values; few at a time are, for a text takes a hundred bytes as one."""
    for batch in table.select(list(names)).to_batches(_AT_ONCE):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def ordered(table: pa.Table, *names: str) -> pa.Table:
    """Return the rows sorted by columns of numbers, the first of them first."""
    return taken(table, np.lexsort([table[name].to_numpy() for name in reversed(names)]))


def found_in(keys: pa.Array | pa.ChunkedArray, values: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return for each key the place of the first value that is equal to it; -1 where there is none."""
    found = call_function("index_in", [keys], SetLookupOptions(values))
    return np.asarray(
        call_function("coalesce", [found, pa.scalar(-1, pa.int32())]).to_numpy(), dtype=np.int64
    )


def numbered(values: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a number for each value: the place of the first that is equal to it."""
    return found_in(values, values)
