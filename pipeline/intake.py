"""Pass 1 over many inputs: read each unit once, prepare its records, keep the results in packs.

A task reads the bytes of its units, hashes them, and takes from the cache what is there.  What a unit gives
depends on its bytes, its kind and the pass-1 settings and versions only; ids and paths are added by the caller.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import codec, fsops, packs
from pipeline.packs import Prepared
from pipeline.passes import prepare_batch
from pipeline.readers import ARCHIVES, LOOSE, Record, Unit
from pipeline.readers.members import member_name
from pipeline.readers.opening import UnitFile, load, opened
from pipeline.watch import Deaths, Doing, Fate, Watch, failure, risky, watching
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
    """Return the rows of all units; a document that ends the process that reads it is refused, the others are read."""
    apart = risky(units)
    deaths = Deaths(preparing.marks, SCHEMA)
    tables: list[pa.Table] = []
    parts = parts_of(units, limit)
    while parts or not tables:
        task = replace(preparing, fates=deaths.fates, alone=deaths.alone)
        tables.append(engine.flow(parts).map(task, on_death=deaths, apart=apart).collect())
        parts, deaths.again = deaths.again, []
    return pa.concat_tables(tables)


@dataclass(frozen=True, slots=True)
class Preparing:
    """Units → where the prepared documents lie, and what was refused."""

    cache: Path
    index: Path  # what the cache holds, written by `index_cache`
    digest: str  # of the pass-1 settings and versions
    settings: Settings

    fates: tuple[Fate, ...] = ()  # of documents that ended an earlier try
    alone: frozenset[int] = (
        frozenset()
    )  # first units of parts in which a batch did: each document is read alone

    @property
    def marks(self) -> Path:
        """Where it is noted what is worked on."""
        return self.index.with_name("marks")

    def __call__(self, part: pa.Table) -> pa.Table:
        cached = Cached(self.index)
        placed: list[tuple[int, str, str]] = []  # unit index, key, sha256
        refused: list[dict[str, object]] = []
        done = set(cached.keys)
        first = part["index"][0].as_py()
        with watching(self.marks, first, self.settings.read) as watch:
            shelf = Filling(self.cache, partial(self._prepared, watch, together=first not in self.alone))
            for row in part.to_pylist():
                unit = codec.load(Unit, row["unit"])
                number = row["index"]
                fates = {fate.ordinal: fate for fate in self.fates if fate.unit == number}
                found = self._unit(_Task(number, unit, fates, watch), done, shelf)
                if isinstance(found, Rejected):
                    refused.append(_lost(number, unit, found))
                else:
                    placed.append((number, *found))
            rows_of = cached.rows(key for _, key, _ in placed) | shelf.closed()
        rows = [r for at, key, sha in placed for r in _found(at, key, sha, rows_of.get(key, ()))]
        return pa.Table.from_pylist([*refused, *rows], schema=SCHEMA)

    def _unit(self, task: _Task, done: set[str], shelf: Filling) -> tuple[str, str] | Rejected:
        """Return key and hash of a unit, which is prepared unless it is `done`; or why it cannot be read."""
        unit, first = task.unit, task.fates.get(0)
        if first is not None and first.reading:
            return first.rejected
        task.watch.note(task.number, 0, Doing.READING)
        with _source(unit) as source:
            if isinstance(source, Rejected):
                return source
            encoding = self.settings.read.encoding(unit.name)
            key = _unit_key(unit, source, encoding, f"{self._digest_of(unit)}{task.passed_over}")
            if key not in done:
                wrong = self._prepare(task, source, key, encoding, shelf)
                if wrong is not None:
                    return wrong
                done.add(key)
            return key, source.sha256

    def _digest_of(self, unit: Unit) -> str:
        """Return the settings that what a unit gives depends on; of an archive also those that go by its name."""
        by_name = unit.media in ARCHIVES and (self.settings.read.encodings or self.settings.read.exclude)
        return f"{self.digest}\0{unit.name}" if by_name else self.digest

    def _prepare(
        self, task: _Task, source: _Bytes, key: str, encoding: str | None, shelf: Filling
    ) -> Rejected | None:
        """Put what a unit gives on the shelf; if its file changed meanwhile, say so, and nothing of it counts."""
        try:
            for item in task.watch.items(task.number, task.unit, source.data, task.fates):
                fate = task.fates.get(item.ordinal)
                shelf.add(key, _refused(item, fate.rejected) if fate else self._entry(task, item, encoding))
            wrong = source.changed()
        except OSError as error:
            wrong = Rejected("unreadable", os.strerror(error.errno or 0))
        except MemoryError as error:
            wrong = failure(error)
        if wrong is None:
            shelf.end(key)
        else:
            shelf.drop(key)
        return wrong

    def _entry(self, task: _Task, item: Item, encoding: str | None) -> Waiting | packs.Refused:
        unit = task.unit
        if not isinstance(item, Record):
            return _refused(item, item.rejected)
        if item.member:
            encoding = self.settings.read.encoding(member_name(unit.name, item.member))
        if unit.media in LOOSE and not unit.packing:
            item = replace(item, stored=item.length)
        return Waiting(item, encoding, task.number)

    def _prepared(self, watch: Watch, waiting: Sequence[Waiting], *, together: bool) -> list[Entry]:
        """Return the rows of records; where one of them fails, or may be what ended the process, each is read alone."""
        found = self._batch(watch, waiting) if together and len(waiting) > 1 else None
        if found is None:
            found = [self._alone(watch, one) for one in waiting]
        return [self._kept(one.record, result) for one, result in zip(waiting, found, strict=True)]

    def _batch(self, watch: Watch, waiting: Sequence[Waiting]) -> list[Prepared | Rejected] | None:
        records = [one.record for one in waiting]
        watch.note(waiting[0].unit, records[0].ordinal, Doing.BATCH)
        with watch.over(sum(record.length for record in records)), suppress(Exception):
            return self._stages(records, [one.encoding for one in waiting])
        return None

    def _alone(self, watch: Watch, one: Waiting) -> Prepared | Rejected:
        watch.note(one.unit, one.record.ordinal, Doing.PREPARING)
        with watch.over(one.record.length):
            try:
                return self._stages([one.record], [one.encoding])[0]
            except Exception as error:  # noqa: BLE001 - the edge of a document: what nobody foresaw costs that one
                return failure(error)

    def _stages(
        self, records: Sequence[Record], encodings: Sequence[str | None]
    ) -> list[Prepared | Rejected]:
        return prepare_batch(records, self.settings, encodings)

    def _kept(self, record: Record, result: Prepared | Rejected) -> Entry:
        """Return the row of a record; its bytes are kept where its text does not give them back."""
        if isinstance(result, Rejected):
            return _refused(record, result)
        if not result.found.source.exact and isinstance(record.payload, bytes) and record.media != "html":
            fsops.write_atomic(self.cache / "blobs" / result.found.source.sha256, record.payload)
        return result


def _refused(item: Item, rejected: Rejected) -> packs.Refused:
    skipped = not isinstance(item, Record) and item.skipped
    return packs.Refused(item.ordinal, item.offset, item.length, rejected, item.member, skipped)


@dataclass(frozen=True, slots=True)
class _Task:
    """A unit to prepare."""

    number: int  # index in the plan
    unit: Unit
    fates: dict[int, Fate]  # by ordinal
    watch: Watch

    @property
    def passed_over(self) -> str:
        """What of it is passed over, for its key: the next run, which knows of none, tries it again."""
        return "".join(f"\0{f.ordinal} {f.reading} {f.rejected}" for _, f in sorted(self.fates.items()))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that is to be prepared, and the encoding that the user declared."""

    record: Record
    encoding: str | None
    unit: int  # index in the plan; of an archive -1


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
        data = _loaded(unit)
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


def _loaded(unit: Unit) -> bytes | Rejected:
    try:
        return load(unit)
    except MemoryError as error:
        return failure(error)


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
