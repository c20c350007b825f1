"""Pass 1 over many inputs: read each unit once, prepare its records, keep the results in packs.

A task reads the bytes of its units, hashes them, and takes from the cache what is there.  What a unit gives
depends on its bytes, its kind and the pass-1 settings and versions only; ids and paths are added by the caller.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from pipeline import codec, fsops, packs
from pipeline.cache import Cached, Filling, Waiting
from pipeline.passes import prepare_batch
from pipeline.readers import ARCHIVES, LOOSE, Record, Unit
from pipeline.readers.members import member_name
from pipeline.readers.opening import UnitFile, load, opened
from pipeline.redaction import in_name, in_text
from pipeline.tombstones import erased
from pipeline.tombstones import refused as forgotten
from pipeline.watch import Deaths, Doing, Fate, Watch, failure, risky, watching
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.cache import Entry, Row
    from pipeline.engines import Engine
    from pipeline.packs import Prepared
    from pipeline.readers import Item
    from pipeline.settings import Settings
    from pipeline.tombstones import Hashes
    from stages.model import Metadata

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

UNIT_SCHEMA: Final = pa.schema([("index", pa.int64()), ("unit", pa.string())])


def parts_of(units: Sequence[Unit], limit: int) -> list[pa.Table]:
    """Return the units that are to be read in tables of about `limit` bytes of input each, in order."""
    parts: list[pa.Table] = []
    rows: list[dict[str, object]] = []
    size = 0
    for index, unit in enumerate(units):
        if not unit.due:
            continue
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
    apart = risky(unit for unit in units if unit.due)
    deaths = Deaths(preparing.marks, SCHEMA)
    tables = [kept_rows(units, preparing.index)]
    parts = parts_of(units, limit)
    while parts:
        task = replace(preparing, fates=deaths.fates, alone=deaths.alone)
        tables.append(engine.flow(parts).map(task, on_death=deaths, apart=apart).collect())
        parts, deaths.again = deaths.again, []
    return pa.concat_tables(tables)


def kept_rows(units: Sequence[Unit], index: Path) -> pa.Table:
    """Return the rows of the units that are not read, as their files are gone or unchanged: what was found of them."""
    told = [
        (n, *((u.kept.key, u.kept.sha256) if u.kept else u.known or ("", "")))
        for n, u in enumerate(units)
        if not u.due
    ]
    if not told:
        return SCHEMA.empty_table()
    numbers, keys, hashes = zip(*told, strict=True)
    return Cached(index).table(numbers, keys, hashes).select(SCHEMA.names)


@dataclass(frozen=True, slots=True)
class Preparing:
    """Units → where the prepared documents lie, and what was refused."""

    cache: Path
    index: Path  # what the cache holds, written by `index_cache`
    digest: str  # of the pass-1 settings and versions
    settings: Settings
    hashes: Hashes = field(default_factory=dict)  # of what was erased
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
                item = _redacted(item, self.settings.read.secrets)  # noqa: PLW2901 - the same item
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
        if self.settings.read.secrets:
            metadata = _without_secrets(result.found.metadata, self.settings.read.secrets)
            result = replace(result, found=replace(result.found, metadata=metadata))
        stone = erased(self.hashes, result.found.source, result.text)
        if stone:
            return forgotten(record.ordinal, record.offset, record.length, record.member, stone)
        if not result.found.source.exact and isinstance(record.payload, bytes) and record.media != "html":
            fsops.write_atomic(self.cache / "blobs" / result.found.source.sha256, record.payload)
        return result


def _redacted(item: Item, secrets: tuple[str, ...]) -> Item:
    """Return what a reader gave without secrets of addresses; text that is to be cleaned stays as it is."""
    if not secrets:
        return item
    item = replace(item, member=in_name(item.member, secrets))
    if isinstance(item, Record):
        given = _without_secrets(item.given, secrets)
        return replace(item, given=given, fields=in_text(item.fields, secrets))
    return replace(item, rejected=replace(item.rejected, detail=in_text(item.rejected.detail, secrets)))


def _without_secrets(metadata: Metadata, secrets: tuple[str, ...]) -> Metadata:
    def told(value: str | None) -> str | None:
        return value and in_text(value, secrets)

    return replace(
        metadata,
        title=told(metadata.title),
        url=told(metadata.url),
        source=told(metadata.source),
        author=told(metadata.author),
        id=told(metadata.id),
    )


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


def hash_of(unit: Unit) -> str | None:
    """Return the hash of the bytes of a unit; None where they cannot be had."""
    with _source(unit) as source:
        return None if isinstance(source, Rejected) else source.sha256


def _loaded(unit: Unit) -> bytes | Rejected:
    try:
        return load(unit)
    except MemoryError as error:
        return failure(error)


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


def _found(unit: int, key: str, sha256: str, rows: Sequence[Row]) -> list[dict[str, object]]:
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
