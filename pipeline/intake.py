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

from pipeline import codec, fsops, packs
from pipeline.packs import Prepared
from pipeline.passes import prepare
from pipeline.readers import ARCHIVES, LOOSE, Record, Unit
from pipeline.readers.members import member_name
from pipeline.readers.opening import UnitFile, load, opened
from pipeline.watch import Deaths, Fate, Watch, failure, risky, watching
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.engines import Engine
    from pipeline.readers import Item
    from pipeline.settings import Settings

SCHEMA: Final = pa.schema(
    [
        ("unit", pa.int64()),  # index of the unit in the plan
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
        ("sha256", pa.string()),  # of the unit's bytes, for what is refused
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
        task = replace(preparing, fates=deaths.fates)
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

    @property
    def marks(self) -> Path:
        """Where it is noted what is worked on."""
        return self.index.with_name("marks")

    def __call__(self, part: pa.Table) -> pa.Table:
        cached = known(self.index)
        shelf = Filling(self.cache)
        placed: list[tuple[int, str, str]] = []  # unit index, key, sha256
        refused: list[dict[str, object]] = []
        done = set(cached)
        with watching(self.marks, part["index"][0].as_py(), self.settings.read) as watch:
            for row in part.to_pylist():
                unit = codec.load(Unit, row["unit"])
                number = row["index"]
                fates = {fate.ordinal: fate for fate in self.fates if fate.unit == number}
                found = self._unit(_Task(number, unit, fates, watch), done, shelf)
                if isinstance(found, Rejected):
                    refused.append(_lost(number, unit, found))
                else:
                    placed.append((number, *found))
            cached |= shelf.closed()
        rows = [r for at, key, sha in placed for r in _found(at, sha, cached.get(key, ()))]
        return pa.Table.from_pylist([*refused, *rows], schema=SCHEMA)

    def _unit(self, task: _Task, done: set[str], shelf: Filling) -> tuple[str, str] | Rejected:
        """Return key and hash of a unit, which is prepared unless it is `done`; or why it cannot be read."""
        unit, first = task.unit, task.fates.get(0)
        if first is not None and first.reading:
            return first.rejected
        task.watch.note(task.number, 0, reading=True)
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
        unit, watch = task.unit, task.watch
        try:
            for item in watch.items(task.number, unit, source.data, task.fates):
                fate = task.fates.get(item.ordinal)
                if fate is not None:
                    shelf.add(key, _refused(item, fate.rejected))
                    continue
                with watch.over(item.length):
                    row = self._prepared(unit, item, encoding)
                shelf.add(key, row)
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

    def _prepared(self, unit: Unit, item: Item, encoding: str | None) -> Prepared | packs.Refused:
        if not isinstance(item, Record):
            return _refused(item, item.rejected)
        if item.member:
            encoding = self.settings.read.encoding(member_name(unit.name, item.member))
        if unit.media in LOOSE and not unit.packing:
            item = replace(item, stored=item.length)
        try:
            result = prepare(item, self.settings, encoding=encoding)
        except Exception as error:  # noqa: BLE001 - the edge of a document: what nobody foresaw costs that one
            result = failure(error)
        if isinstance(result, Rejected):
            return _refused(item, result)
        if not result.found.source.exact and isinstance(item.payload, bytes) and item.media != "html":
            fsops.write_atomic(self.cache / "blobs" / result.found.source.sha256, item.payload)
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


def _loaded(unit: Unit) -> bytes | Rejected:
    try:
        return load(unit)
    except MemoryError as error:
        return failure(error)


class Filling:
    """The packs that a task writes: one at its end, and more where a unit gives more than fits into memory.

    The name of a pack is the hash of its bytes, so a task that runs twice writes it once.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._rows: list[tuple[str, Prepared | packs.Refused, int]] = []
        self._size = 0
        self._counts: dict[str, int] = {}
        self._held: tuple[str, Prepared | packs.Refused] | None = (
            None  # the last row waits for its unit's end
        )
        self._written: list[tuple[str, pa.Table]] = []

    def add(self, key: str, row: Prepared | packs.Refused) -> None:
        """Add a row of a unit."""
        self._release(0)
        self._held = (key, row)
        self._counts[key] = self._counts.get(key, 0) + 1

    def end(self, key: str) -> None:
        """Say that a unit has no more rows."""
        self._release(self._counts.get(key, 0))

    def drop(self, key: str) -> None:
        """Forget a unit; what of it is in a pack has no last row, so it is never found."""
        self._held = None
        self._rows = [row for row in self._rows if row[0] != key]

    def _release(self, count: int) -> None:
        if self._held is None:
            return
        key, row = self._held
        self._held = None
        self._rows.append((key, row, count))
        self._size += len(row.text) if isinstance(row, Prepared) else 0
        if self._size > _PACK:
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
        self._rows, self._size = [], 0

    def closed(self) -> dict[str, list[_Row]]:
        """Write what is left; return the rows of all units that were added and ended."""
        if self._rows:
            self._write()
        return _complete(
            (name, number, row) for name, table in self._written for number, row in _numbered(table)
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
    index = pa.concat_tables(tables) if tables else INDEX_SCHEMA.empty_table()
    with fsops.scratch(target) as file, pa.ipc.new_file(file, index.schema) as writer:
        writer.write_table(index)


#: Pack, row in it, and the columns that the plan reads.
_Row: TypeAlias = tuple[str, int, dict[str, Any]]


def known(index: Path) -> dict[str, list[_Row]]:
    """Return for each cached unit its rows."""
    with pa.memory_map(str(index)) as source:
        rows = pa.ipc.open_file(source).read_all().to_pylist()
    return _complete((row.pop("pack"), row.pop("row"), row) for row in rows)


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


def _numbered(table: pa.Table) -> Iterator[tuple[int, dict[str, Any]]]:
    yield from enumerate(table.to_pylist())


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


def _found(unit: int, sha256: str, rows: Sequence[_Row]) -> list[dict[str, object]]:
    return [
        {"unit": unit, "sha256": sha256, "pack": pack, "row": row, **columns} for pack, row, columns in rows
    ]


def _lost(index: int, unit: Unit, rejected: Rejected) -> dict[str, object]:
    """Return the row of a unit that could not be read at all."""
    return {
        "unit": index,
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
