"""What was read of each input, found again by its stamp: a file that nothing has touched since is not read again.

    OUT/.work/seen/inputs-TERMS-CONTENT.arrow

A stamp is device, inode, size, and the times of the last change of content and of anything.  The last of these, ctime,
is set by the system alone: whoever writes to a file, or sets its other times back, makes it another.  Within a tick of
the clock two changes have one time, so the stamp of a file that was changed shortly before it was found is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from pipeline.columns import rows_of
from pipeline.memo import PLACE, Memo
from pipeline.readers.found import full
from pipeline.tombstones import FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.readers import Unit
    from pipeline.readers.stamps import Before

_COLUMNS: Final = ("stamp", "name", "media", "start", "end", "packing", "why", "suffix", "key", "sha256")
_SCHEMA: Final = pa.schema(
    [
        (PLACE, pa.binary()),  # path with its label folder
        *((name, pa.int64() if name in {"start", "end"} else pa.string()) for name in _COLUMNS),
    ]
)


def seen(path: Path | None) -> dict[bytes, list[Before]]:
    """Return the units of each file that a run has read, by path with label folder; `path` is of what it wrote."""
    out: dict[bytes, list[Before]] = {}
    if path is None:
        return out
    try:
        tables = list(Memo(path).every())
    except OSError:  # another run has just written it anew
        return out
    for table in tables:
        files = table[PLACE].to_pylist()
        rows = zip(*(table[name].to_pylist() for name in _COLUMNS), strict=True)
        for file, row in zip(files, rows, strict=True):
            out.setdefault(file, []).append(row)
    return out


def seen_of(units: Sequence[Unit], table: pa.Table) -> pa.Table:
    """Return what `seen` gives the next run; `table` has the rows of the units.

    A file is left out if anything of it was refused: what a unit is refused for may be of that run alone.
    """
    reasons = np.array(table["reason"].to_pylist(), dtype=object)
    fine = np.isin(reasons, ["", FORGOTTEN]) | np.array(table["skipped"].to_pylist(), dtype=bool)
    numbers = table["unit"].to_numpy()
    told = {n: place for n, *place in rows_of(table, "unit", "key", "sha256")}
    wrong = {full(units[n].label, units[n].path) for n in numbers[~fine].tolist()}
    wrong |= {full(u.label, u.path) for n, u in enumerate(units) if n not in told or not u.stamp or u.kept}
    rows = []
    for number, unit in enumerate(units):
        file = full(unit.label, unit.path)
        if file not in wrong:
            kind = (unit.media, unit.start, unit.end, unit.packing, unit.why, unit.suffix)
            rows.append((file, unit.stamp, unit.name, *kind, *told[number]))
    columns = zip(*rows, strict=True) if rows else ([] for _ in _SCHEMA)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA)
