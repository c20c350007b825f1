"""What was computed of single documents, pairs or parts, kept by key from one run to the next.

    OUT/.work/memo/NAME-TERMS-CONTENT.arrow

TERMS is the digest of the settings and versions that it was computed with, for each name its own, CONTENT that of
the file: another's, or a damaged one, is not found.  A key holds all else that a value depends on, so a value
never goes stale.
"""

from __future__ import annotations

import hashlib
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from pipeline import fsops
from pipeline.columns import found_in, taken, taken_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PLACE: Final = "place"  # the column that values are found by
_HASH: Final = 32  # digits of a hash in a name


class Memo:
    """The values of one name, mapped into memory; nothing where there is no file."""

    def __init__(self, path: Path | None) -> None:
        self._table: pa.Table | None = None
        if path is not None:
            with pa.memory_map(str(path)) as source:
                self._table = pa.ipc.open_file(source).read_all()

    def through(self, part: pa.Table, compute: Callable[[pa.Table], pa.Table]) -> pa.Table:
        """Return a row for each row of `part`, by its key: remembered, or computed; `compute` keeps keys and order."""
        where = self.rows(part[PLACE])
        new = np.flatnonzero(where < 0)
        if self._table is not None and not new.size:
            return self._at(where)
        return self.merged(where, compute(taken(part, new)))

    def of(self, rows: NDArray[np.int64], column: str) -> list[Any]:
        """Return the values that some rows have in a column."""
        if self._table is None:
            return []
        values: list[Any] = self._at(rows, [column])[column].to_pylist()
        return values

    def merged(self, where: NDArray[np.int64], new: pa.Table) -> pa.Table:
        """Return the remembered rows `where`, with the rows of `new`, in their order, where that is -1."""
        known = np.flatnonzero(where >= 0)
        if self._table is None or not known.size:
            return new
        old = self._at(where[known])
        order = np.argsort(np.concatenate([known, np.flatnonzero(where < 0)]))
        return taken(pa.concat_tables([old.select(new.column_names), new]), order)

    def every(self) -> Iterator[pa.Table]:
        """Yield all rows, some at a time."""
        if self._table is not None:
            yield from (pa.Table.from_batches([batch]) for batch in self._table.to_batches())

    def parts(self, rows: Iterable[NDArray[np.int64]]) -> Iterator[pa.Table]:
        """Yield some rows, some at a time."""
        if self._table is not None:
            yield from (self._at(some) for some in rows if some.size)

    def _at(self, rows: NDArray[np.int64], names: list[str] | None = None) -> pa.Table:
        """Return the remembered rows at some places, of these columns or of all."""
        assert self._table is not None  # noqa: S101 - a place is of a table
        return taken_each(self._table if names is None else self._table.select(names), rows)

    def rows(self, keys: pa.ChunkedArray | Sequence[str]) -> NDArray[np.int64]:
        """Return the row of each key; -1 where there is none."""
        if self._table is None or self._table.num_rows == 0:
            return np.full(len(keys), -1, dtype=np.int64)
        return found_in(keys if isinstance(keys, pa.ChunkedArray) else pa.array(keys), self._table[PLACE])


class Memory:
    """The memos of an output: those of the run before, and those that this run writes in their place."""

    def __init__(self, folder: Path, spill: Path, terms: Mapping[str, str]) -> None:
        self._folder = folder
        self._spill = spill
        self._terms = {
            name: hashlib.sha256(text.encode()).hexdigest()[:_HASH] for name, text in terms.items()
        }
        self._found: dict[str, Path | None] = {}
        self._written: set[str] = set()
        self._new: list[Path] = []  # of these, what was not there before

    def of(self, name: str) -> Path | None:
        """Return the file of a memo of the run before, if there is one and it is what was written."""
        if name not in self._found:
            self._found[name] = self._whole(name)
        return self._found[name]

    def _whole(self, name: str) -> Path | None:
        for path in sorted(self._folder.glob(f"{name}-{self._terms[name]}-*.arrow")):
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest()[:_HASH] == path.stem.rpartition("-")[2]:
                    return path
        return None

    def write(self, name: str, tables: Iterable[pa.Table], again: Sequence[NDArray[np.int64]] = ()) -> None:
        """Write a memo; of one key the first value.  Its first rows are the rows `again` of the memo of before."""
        draft = self._spill / f"{name}.memo"
        before = Memo(self.of(name))
        writer = None
        with fsops.scratch(draft) as file:
            for table in chain(before.parts(again), tables):
                writer = writer or pa.ipc.new_file(file, table.schema)
                writer.write_table(table)
            if writer is not None:
                writer.close()
        if writer is None:
            return
        with draft.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:_HASH]
        target = self._folder / f"{name}-{self._terms[name]}-{digest}.arrow"
        fsops.make_folder(self._folder)
        self._written.add(target.name)
        if self.of(name) == target:
            return  # the same is there, and whole
        if not target.exists():
            self._new.append(target)
        fsops.rename(draft, target)

    def discard(self) -> None:
        """Remove what was written, and leave what was there before."""
        for path in self._new:
            fsops.remove_file(path)

    def end(self, *, every: bool = False) -> None:
        """Remove the memos that others were written in the place of, or `every` one but those."""
        names = {name.partition("-")[0] for name in self._written}
        for path in sorted(self._folder.glob("*.arrow")):
            if (every or path.name.partition("-")[0] in names) and path.name not in self._written:
                fsops.remove_file(path)
