"""Rows of Arrow tables, chosen: what `pyarrow.compute` has methods for, without the import of all of it.

That module writes a documented wrapper for each of some hundred functions when it is imported: a tenth of a second
of every run.  The functions themselves are called here; where pyarrow keeps them elsewhere, it is imported after all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

try:
    from pyarrow._compute import call_function
except ImportError:
    from pyarrow.compute import call_function

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def taken(table: pa.Table, places: NDArray[np.integer[Any]]) -> pa.Table:
    """Return the rows of a table at some places, in that order."""
    return cast("pa.Table", call_function("take", [table, pa.array(places)]))


def chosen(table: pa.Table, marks: NDArray[np.bool_] | Sequence[bool]) -> pa.Table:
    """Return the rows that are marked."""
    return cast("pa.Table", call_function("filter", [table, pa.array(marks, pa.bool_())]))


def ordered(table: pa.Table, *names: str) -> pa.Table:
    """Return the rows sorted by columns of numbers, the first of them first."""
    return taken(table, np.lexsort([table[name].to_numpy() for name in reversed(names)]))
