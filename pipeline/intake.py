"""Pass 1 over many inputs: read each unit once, prepare its records, keep the results in packs.

A task reads the bytes of its units, hashes them, and takes from the cache what is there.  What a unit gives
depends on its bytes, its kind and the pass-1 settings and versions only; ids and paths are added by the caller.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import codec, fsops, packs
from pipeline.columns import chosen
from pipeline.packs import Prepared
from pipeline.passes import prepare_batch
from pipeline.readers import ARCHIVES, LOOSE, Record, Unit, read
from pipeline.readers.members import member_name
from pipeline.readers.opening import UnitFile, load, opened
from stages.fingerprint import BATCH
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.engines import Engine
    from pipeline.readers import Item
    from pipeline.settings import Settings

SCHEMA: Final = pa.schema(
    [
        ("unit", pa.int64()),  # index of the unit in the plan
        ("key", pa.string()),  # of the unit in the cache
        ("ordinal", pa.int32()),  # record in the unit
        ("member", pa.binary()),
        ("suffix", pa.string()),
        ("skipped", pa.bool_()),
        ("pack", pa.string()),
        ("row", pa.int32()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("stored", pa.int64()),
        ("sha256", pa.string()),  # of the unit's bytes
        ("view_key", pa.int64()),
        ("published", pa.string()),
        ("url", pa.string()),
        ("outlet", pa.string()),
        ("known", pa.int32()),
        ("damaged", pa.bool_()),
    ]
)


_AT_ONCE: Final = 32 << 20  # bytes of a unit that are read at once; a larger file is read as a stream, twice
_WHOLE: Final = frozenset({"txt", "md", "html"})  # held as a whole anyhow
_TOGETHER: Final = 256  # records that are prepared together, at most
_PACK: Final = 16 << 20  # characters of text after which a pack is written: what bounds a task's memory

UNIT_SCHEMA: Final = pa.schema([("index", pa.int64()), ("unit", pa.string())])


def parts_of(units: Sequence[Unit], limit: int) -> list[pa.Table]:
    """Return the units in tables of about `limit` bytes of input each, in order."""
    parts: list[pa.Table] = []
    rows: list[dict[str, object]] = []
    size = 0
    for index, unit in enumerate(units):
        rows.append({"index": index, "unit": codec.dump(unit, ascii_only=True)})
        size += unit.end - unit.start + 1024  # a file costs something, however small
        if size >= limit:
            parts.append(pa.Table.from_pylist(rows, schema=UNIT_SCHEMA))
            rows, size = [], 0
    if rows:
        parts.append(pa.Table.from_pylist(rows, schema=UNIT_SCHEMA))
    return parts


def prepare_all(engine: Engine, units: Sequence[Unit], limit: int, preparing: Preparing) -> pa.Table:
    """Return the rows of all units; a unit that keeps killing its process is refused, the others are read."""
    parts = parts_of(units, limit)
    table = engine.flow(parts).map(preparing, on_death=Dying()).collect()
    dead = {
        u
        for u, r in zip(*(table[c].to_pylist() for c in ("unit", "reason")), strict=True)
        if r == "worker_died"
    }
    alone = {p["index"][0].as_py() for p in parts if p.num_rows == 1}
    again = sorted(dead - alone)
    if not again:
        return table
    singles = [
        p.slice(n, 1) for p in parts for n in range(p.num_rows) if p["index"][n].as_py() in dead - alone
    ]
    second = engine.flow(singles).map(preparing, on_death=Dying()).collect()
    keep = [u not in dead - alone for u in table["unit"].to_pylist()]
    return pa.concat_tables([chosen(table, keep), second])


@dataclass(frozen=True, slots=True)
class Dying:
    """Units whose process died → refusals."""

    def __call__(self, part: pa.Table) -> pa.Table:
        rejected = Rejected("worker_died", "the process that read it died three times")
        rows = [_lost(row["index"], codec.load(Unit, row["unit"]), rejected) for row in part.to_pylist()]
        return pa.Table.from_pylist(rows, schema=SCHEMA)


@dataclass(frozen=True, slots=True)
class Preparing:
    """Units → where the prepared documents lie, and what was refused."""

    cache: Path
    index: Path  # what the cache holds, written by `index_cache`
    digest: str  # of the pass-1 settings and versions
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        cached = Cached(self.index)
        shelf = Filling(self.cache, self._prepared)
        placed: list[tuple[int, str, str]] = []  # unit index, key, sha256
        refused: list[dict[str, object]] = []
        done = set(cached.keys)
        for row in part.to_pylist():
            unit = codec.load(Unit, row["unit"])
            if unit.kept is not None:
                placed.append((row["index"], unit.kept.key, unit.kept.sha256))
                continue
            with _source(unit) as source:
                found = source if isinstance(source, Rejected) else self._placed(unit, source, done, shelf)
            if isinstance(found, Rejected):
                refused.append(_lost(row["index"], unit, found))
            else:
                placed.append((row["index"], *found))
        rows_of = cached.rows(key for _, key, _ in placed) | shelf.closed()
        rows = [r for at, key, sha in placed for r in _found(at, key, sha, rows_of.get(key, ()))]
        return pa.Table.from_pylist([*refused, *rows], schema=SCHEMA)

    def _placed(
        self, unit: Unit, source: _Bytes, done: set[str], shelf: Filling
    ) -> tuple[str, str] | Rejected:
        """Return key and hash of a unit, which is prepared unless it is `done`; or why it cannot be read."""
        encoding = self.settings.read.encoding(unit.name)
        key = _unit_key(unit, source, encoding, self._digest_of(unit))
        if key not in done:
            wrong = self._prepare(unit, source, key, encoding, shelf)
            if wrong is not None:
                return wrong
            done.add(key)
        return key, source.sha256

    def _digest_of(self, unit: Unit) -> str:
        """Return the settings that what a unit gives depends on; of an archive also those that go by its name."""
        by_name = unit.media in ARCHIVES and (self.settings.read.encodings or self.settings.read.exclude)
        return f"{self.digest}\0{unit.name}" if by_name else self.digest

    def _prepare(
        self, unit: Unit, source: _Bytes, key: str, encoding: str | None, shelf: Filling
    ) -> Rejected | None:
        """Put what a unit gives on the shelf; if its file changed meanwhile, say so, and nothing of it counts."""
        wrong = None
        for item in self._items(unit, source):
            if isinstance(item, Rejected):
                wrong = item
            else:
                shelf.add(key, self._entry(unit, item, encoding))
        wrong = wrong or source.changed()
        if wrong is None:
            shelf.end(key)
        else:
            shelf.drop(key)
        return wrong

    def _items(self, unit: Unit, source: _Bytes) -> Iterator[Item | Rejected]:
        """Yield the items of a unit; if its file cannot be read to its end, why."""
        try:
            yield from read(unit, source.data, self.settings.read)
        except OSError as error:
            yield Rejected("unreadable", os.strerror(error.errno or 0))

    def _entry(self, unit: Unit, item: Item, encoding: str | None) -> Waiting | packs.Refused:
        if not isinstance(item, Record):
            where = (item.ordinal, item.offset, item.length, item.rejected)
            return packs.Refused(*where, item.member, item.skipped)
        if item.member:
            encoding = self.settings.read.encoding(member_name(unit.name, item.member))
        if unit.media in LOOSE and not unit.packing:
            item = replace(item, stored=item.length)
        return Waiting(item, encoding)

    def _prepared(self, waiting: Sequence[Waiting]) -> list[Entry]:
        records = [one.record for one in waiting]
        found = prepare_batch(records, self.settings, [one.encoding for one in waiting])
        return [self._kept(record, result) for record, result in zip(records, found, strict=True)]

    def _kept(self, record: Record, result: Prepared | Rejected) -> Entry:
        """Return the row of a record; its bytes are kept where its text does not give them back."""
        if isinstance(result, Rejected):
            return packs.Refused(record.ordinal, record.offset, record.length, result, record.member)
        if not result.found.source.exact and isinstance(record.payload, bytes) and record.media != "html":
            fsops.write_atomic(self.cache / "blobs" / result.found.source.sha256, record.payload)
        return result


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that is to be prepared, and the encoding that the user declared."""

    record: Record
    encoding: str | None


@dataclass(frozen=True, slots=True)
class _Bytes:
    """The bytes of a unit: all of them, or a stream."""

    data: bytes | UnitFile
    sha256: str

    def stamp(self) -> str:
        """Return which state of its file a stream is of."""
        return "" if isinstance(self.data, bytes) else self.data.stamp()

    def changed(self) -> Rejected | None:
        """Return how the file changed while it was read, or None."""
        return None if isinstance(self.data, bytes) else self.data.changed()


@contextmanager
def _source(unit: Unit) -> Iterator[_Bytes | Rejected]:
    """Give the bytes of a unit with their hash, or why they cannot be had."""
    if unit.end - unit.start <= _AT_ONCE or unit.media in _WHOLE:
        data = load(unit)
        yield data if isinstance(data, Rejected) else _Bytes(data, hashlib.sha256(data).hexdigest())
        return
    with opened(unit) as file:
        if isinstance(file, Rejected):
            yield file
            return
        digest = hashlib.sha256()
        try:
            while piece := file.read(1 << 20):
                digest.update(piece)
        except OSError as error:
            yield Rejected("unreadable", os.strerror(error.errno or 0))
            return
        file.seek(0)
        yield file.changed() or _Bytes(file, digest.hexdigest())


#: A document that was prepared, or a record that could not be read.
Entry: TypeAlias = Prepared | packs.Refused


def hash_of(unit: Unit) -> str | None:
    """Return the hash of the bytes of a unit; None where they cannot be had."""
    with _source(unit) as source:
        return None if isinstance(source, Rejected) else source.sha256


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
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        data = sink.getvalue().to_pybytes()
        name = packs.pack_name(data)
        fsops.write_atomic(self._cache / name, data)
        self._written.append((name, table.select(["unit", *_COPIED])))
        self._rows, self._sizes = [], (0, 0)

    def closed(self) -> dict[str, list[_Row]]:
        """Write what is left; return the rows of all units that were added and ended."""
        self._settle()
        if self._rows:
            self._write()
        return _complete(
            (name, number, row)
            for name, table in self._written
            for number, row in enumerate(table.to_pylist())
        )


def _unit_key(unit: Unit, source: _Bytes, encoding: str | None, settings: str) -> str:
    """Return what a unit's results are found by.

    What is read as a stream is not what was hashed if its file changes meanwhile, and some of it may be in a pack
    by then: so its key is of that state of the file too.
    """
    kind = (unit.media, unit.packing, unit.suffix, unit.why)
    parts = (
        str(packs.FORMAT),
        source.sha256,
        source.stamp(),
        *kind,
        str(unit.start),
        encoding or "",
        settings,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def index_cache(cache: Path, target: Path) -> None:
    """Write what the whole packs of the cache hold; a damaged one is taken away, and its units are read again."""
    tables = []
    for path in sorted(cache.glob("pack-*.arrow")) if cache.is_dir() else ():
        data = path.read_bytes()
        if packs.pack_name(data) != path.name:
            fsops.remove_file(path)
            continue
        table = pa.ipc.open_file(pa.py_buffer(data)).read_all().select(["unit", *_COPIED])
        rows = pa.array(range(table.num_rows), pa.int32())
        names = pa.array([path.name] * table.num_rows, pa.string())
        tables.append(table.append_column("row", rows).append_column("pack", names))
    index = _whole(pa.concat_tables(tables)) if tables else INDEX_SCHEMA.empty_table()
    with fsops.scratch(target) as file, pa.ipc.new_file(file, index.schema) as writer:
        writer.write_table(index)


#: Pack, row in it, and the columns that the plan reads.
_Row: TypeAlias = tuple[str, int, dict[str, Any]]


class Cached:
    """What `index_cache` wrote: of 100,000 units, only the rows that are asked for become objects."""

    def __init__(self, index: Path) -> None:
        with pa.memory_map(str(index)) as source:
            self._table = pa.ipc.open_file(source).read_all()
        self.keys = frozenset(self._table["unit"].to_pylist())

    def rows(self, keys: Iterable[str]) -> dict[str, list[_Row]]:
        """Return the rows of each of these units that is there."""
        wanted = pa.array(sorted({*keys} & self.keys), pa.string())
        rows = self._table.filter(pc.is_in(self._table["unit"], wanted)).to_pylist()
        return _complete((row.pop("pack"), row.pop("row"), row) for row in rows)


def _whole(index: pa.Table) -> pa.Table:
    """Return the rows of the units that have all of their rows."""
    sizes = index.group_by("unit").aggregate([("ordinal", "count_distinct"), ("rows", "max")])
    whole = sizes.filter(pc.equal(sizes["ordinal_count_distinct"], sizes["rows_max"]))
    return index.filter(pc.is_in(index["unit"], whole["unit"].combine_chunks()))


def _complete(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    """Return the rows of each unit that has all of its rows, each once; two tasks may have prepared one content."""
    units: dict[str, dict[int, _Row]] = {}
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


def _found(unit: int, key: str, sha256: str, rows: Sequence[_Row]) -> list[dict[str, object]]:
    return [
        {"unit": unit, "key": key, "sha256": sha256, "pack": pack, "row": row, **columns}
        for pack, row, columns in rows
    ]


def _lost(index: int, unit: Unit, rejected: Rejected) -> dict[str, object]:
    """Return the row of a unit that could not be read at all."""
    return {
        "unit": index,
        "key": "",
        "ordinal": 0,
        "member": b"",
        "suffix": "",
        "skipped": False,
        "pack": "",
        "row": -1,
        "reason": rejected.reason,
        "detail": rejected.detail,
        "offset": unit.start,
        "length": unit.end - unit.start,
        "stored": 0,
        "sha256": "",
        "view_key": 0,
        "published": "",
        "url": "",
        "outlet": "",
        "known": 0,
        "damaged": False,
    }
