"""What pass 1 found, kept in packs from one run to the next: filled by its tasks, and found again by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from pipeline import fsops, packs
from pipeline.columns import found_in, numbered, taken
from pipeline.packs import Prepared
from pipeline.tombstones import fits
from stages.fingerprint import BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from pipeline.readers import Record
    from pipeline.tombstones import Hashes

_TOGETHER: Final = 256  # records that are prepared together, at most
_PACK: Final = 16 << 20  # characters of text after which a pack is written: what bounds a task's memory


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that is to be prepared, and the encoding that the user declared."""

    record: Record
    encoding: str | None
    unit: int  # index in the plan; of an archive -1


#: A document that was prepared, or a record that could not be read.
Entry: TypeAlias = Prepared | packs.Refused
#: Pack, row in it, and the columns that the plan reads.
Row: TypeAlias = tuple[str, int, dict[str, Any]]


class Filling:
    """The packs that a task writes: one at its end, and more where a unit gives more than fits into memory.

    Records wait until so many are there that preparing them together pays.
    The name of a pack is the hash of its bytes, so a task that runs twice writes it once.
    """

    def __init__(self, cache: Path, prepare: Callable[[Sequence[Waiting]], list[Entry]]) -> None:
        self._cache = cache
        self._prepare = prepare
        self._waiting: list[
            tuple[str, Waiting | Entry, int]
        ] = []  # key, row, rows of its unit if it is the last
        self._rows: list[tuple[str, Entry, int]] = []
        self._sizes = (0, 0)  # of what waits and of the rows, in characters or bytes
        self._counts: dict[str, int] = {}
        self._written: list[tuple[str, pa.Table]] = []

    def add(self, key: str, row: Waiting | Entry) -> None:
        """Add a row of a unit."""
        if self._sizes[0] >= BATCH or len(self._waiting) >= _TOGETHER:
            self._settle()  # not before: the last row that waits may be the last of its unit
        self._waiting.append((key, row, 0))
        size = len(row.record.payload) if isinstance(row, Waiting) else 0
        self._sizes = (self._sizes[0] + size, self._sizes[1])
        self._counts[key] = self._counts.get(key, 0) + 1

    def end(self, key: str) -> None:
        """Say that a unit has no more rows."""
        if self._counts.get(key):
            self._waiting[-1] = (*self._waiting[-1][:2], self._counts[key])

    def drop(self, key: str) -> None:
        """Forget a unit; what of it is in a pack has no last row, so it is never found."""
        self._counts.pop(key, None)
        self._waiting = [row for row in self._waiting if row[0] != key]
        self._rows = [row for row in self._rows if row[0] != key]

    def _settle(self) -> None:
        """Prepare what waits, and write a pack if there is enough for one."""
        waiting, self._waiting = self._waiting, []
        found = iter(self._prepare([row for _, row, _ in waiting if isinstance(row, Waiting)]))
        size = self._sizes[1]
        for key, row, count in waiting:
            done = next(found) if isinstance(row, Waiting) else row
            self._rows.append((key, done, count))
            size += len(done.text) if isinstance(done, Prepared) else 0
        self._sizes = (0, size)
        if size > _PACK:
            self._write()

    def _write(self) -> None:
        table = packs.table(self._rows)
        data = packs.dumped(table)
        name = packs.pack_name(data)
        fsops.write_atomic(self._cache / name, data)
        self._written.append((name, table.select(["unit", *_COPIED])))
        self._rows, self._sizes = [], (0, 0)

    def closed(self) -> dict[str, list[Row]]:
        """Write what is left; return the rows of all units that were added and ended."""
        self._settle()
        if self._rows:
            self._write()
        return _complete(
            (name, number, row)
            for name, table in self._written
            for number, row in enumerate(table.to_pylist())
        )


def index_cache(cache: Path, target: Path, hashes: Hashes) -> None:
    """Write what the whole packs of the cache hold.

    A damaged one is taken away, and one that does not fit what was erased; their units are read again.
    """
    tables = []
    for path in sorted(cache.glob("pack-*.arrow")) if cache.is_dir() else ():
        data = path.read_bytes()
        if packs.pack_name(data) != path.name:
            fsops.remove_file(path)
            continue
        table = pa.ipc.open_file(pa.py_buffer(data)).read_all()
        if not fits(table, hashes):
            fsops.remove_file(path)
            continue
        table = table.select(["unit", *_COPIED])
        rows = pa.array(range(table.num_rows), pa.int32())
        names = pa.array([path.name] * table.num_rows, pa.string())
        tables.append(table.append_column("row", rows).append_column("pack", names))
    index = _whole(pa.concat_tables(tables)) if tables else INDEX_SCHEMA.empty_table()
    with fsops.scratch(target) as file, pa.ipc.new_file(file, index.schema) as writer:
        writer.write_table(index)


def prune_cache(cache: Path, used: Collection[str], blobs: Collection[str], spare: float) -> None:
    """Remove what a run did not use of the cache: packs but for the newest, and bytes that no document needs.

    `spare` times the size of the packs `used` may stay of the others; `blobs` are those of the tree.  A pack
    that stays may hold documents that the tree has no more: their bytes stay with it, as it is found by them again.

    Raises:
        OutputError: something cannot be removed.
    """
    sizes = {path: path.stat() for path in sorted(cache.glob("pack-*.arrow"))}
    left = spare * sum(known.st_size for path, known in sizes.items() if path.name in used)
    kept = [path for path in sizes if path.name in used]
    others = [(path, known) for path, known in sizes.items() if path.name not in used]
    for path, known in sorted(others, key=lambda one: (-one[1].st_mtime_ns, one[0].name)):
        left -= known.st_size
        if left < 0:
            fsops.remove_file(path)
        else:
            kept.append(path)
    stale = {path.name for path in (cache / "blobs").glob("*")} - {*blobs}
    for path in kept if stale else ():
        stale -= packs.blobs_of(path.read_bytes())
    for name in sorted(stale):
        fsops.remove_file(cache / "blobs" / name)


def held(cache: Path) -> frozenset[Path]:
    """Return the files of a cache."""
    return frozenset((*cache.glob("pack-*.arrow"), *cache.glob("blobs/*")))


def restore_cache(cache: Path, before: frozenset[Path]) -> None:
    """Remove what was not in a cache before, as a dry run leaves nothing there.

    Raises:
        OutputError: it cannot be removed.
    """
    for path in sorted(held(cache) - before):
        fsops.remove_file(path)


class Cached:
    """What `index_cache` wrote: of 100,000 units, only the rows that are asked for become objects."""

    def __init__(self, index: Path) -> None:
        with pa.memory_map(str(index)) as source:
            self._table = pa.ipc.open_file(source).read_all()
        self.keys = frozenset(self._table["unit"].to_pylist())

    def table(self, numbers: Sequence[int], keys: Sequence[str], hashes: Sequence[str]) -> pa.Table:
        """Return the rows of units that have these keys, with their numbers and hashes, as columns."""
        first = found_in(pa.array(keys, pa.string()), self._table["unit"])
        rows = np.bincount(numbered(self._table["unit"]), minlength=1)  # a unit's stand side by side
        counts = np.where(first >= 0, rows[first], 0)
        of = np.repeat(np.arange(first.size), counts)
        places = first[of] + np.arange(of.size) - np.repeat(np.cumsum(counts) - counts, counts)
        out = taken(self._table, places).rename_columns(
            ["key" if name == "unit" else name for name in self._table.column_names]
        )
        out = out.append_column("unit", pa.array(np.array(numbers, dtype=np.int64)[of]))
        return out.append_column("sha256", taken(pa.table({"sha256": list(hashes)}), of)["sha256"])

    def rows(self, keys: Iterable[str]) -> dict[str, list[Row]]:
        """Return the rows of each of these units that is there."""
        wanted = {*keys} & self.keys
        places = (
            [n for n, key in enumerate(self._table["unit"].to_pylist()) if key in wanted] if wanted else []
        )
        rows = taken(self._table, np.array(places, dtype=np.int64)).to_pylist()
        return _complete((row.pop("pack"), row.pop("row"), row) for row in rows)


def _whole(index: pa.Table) -> pa.Table:
    """Return the rows of the units that have all of their rows, each once, a unit's in order and side by side."""
    units = numbered(index["unit"])
    order = np.lexsort([index["ordinal"].to_numpy(), units])  # stable: the first pack's row is the first
    unit, ordinal, rows = units[order], index["ordinal"].to_numpy()[order], index["rows"].to_numpy()[order]
    first = np.ones(unit.size, dtype=bool)
    first[1:] = (unit[1:] != unit[:-1]) | (ordinal[1:] != ordinal[:-1])
    counts = np.bincount(unit[first], minlength=unit.size)
    due = np.zeros(unit.size, dtype=np.int64)
    np.maximum.at(due, unit, rows)
    return taken(index, order[first & (counts == due)[unit]])


def _complete(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each unit that has all of its rows, each once; two tasks may have prepared one content."""
    units: dict[str, dict[int, Row]] = {}
    counts: dict[str, int] = {}
    for pack, number, row in rows:
        key = row.pop("unit")
        counts[key] = max(counts.get(key, 0), row.pop("rows"))
        units.setdefault(key, {}).setdefault(row["ordinal"], (pack, number, row))
    return {
        key: [found[ordinal] for ordinal in sorted(found)]
        for key, found in units.items()
        if len(found) == counts[key]
    }


_COPIED: Final = (
    "ordinal",
    "rows",
    "member",
    "suffix",
    "skipped",
    "reason",
    "detail",
    "offset",
    "length",
    "stored",
    "view_key",
    "published",
    "url",
    "outlet",
    "known",
    "damaged",
)

INDEX_SCHEMA: Final = pa.schema(
    [
        ("unit", pa.string()),
        *(packs.SCHEMA.field(name) for name in _COPIED),
        ("row", pa.int32()),
        ("pack", pa.string()),
    ]
)
