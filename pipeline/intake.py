"""Pass 1 over many inputs: read each unit once, prepare its records, keep the results in packs.

A task reads the bytes of its units, hashes them, and takes from the cache what is there.  What a unit gives
depends on its bytes, its kind and the pass-1 settings and versions only; ids and paths are added by the caller.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from pipeline import codec, fsops, packs
from pipeline.passes import prepare
from pipeline.readers import Record, Unit, read
from pipeline.readers.walk import load
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.engines import Engine
    from pipeline.packs import Prepared
    from pipeline.settings import Settings

SCHEMA: Final = pa.schema(
    [
        ("unit", pa.int64()),  # index of the unit in the plan
        ("ordinal", pa.int32()),  # record in the unit
        ("pack", pa.string()),
        ("row", pa.int32()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("sha256", pa.string()),  # of the unit's bytes, for what is refused
        ("view_key", pa.int64()),
        ("published", pa.string()),
        ("url", pa.string()),
        ("outlet", pa.string()),
        ("known", pa.int32()),
        ("damaged", pa.bool_()),
    ]
)


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
    return pa.concat_tables([table.filter(pa.array(keep)), second])


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
        known = _known(self.index)
        fresh: list[tuple[str, Prepared | packs.Refused]] = []
        placed: list[tuple[int, str, str]] = []  # unit index, key, sha256
        refused: list[dict[str, object]] = []
        new: set[str] = set()
        for row in part.to_pylist():
            unit = codec.load(Unit, row["unit"])
            data = load(unit)
            if isinstance(data, Rejected):
                refused.append(_lost(row["index"], unit, data))
                continue
            digest = hashlib.sha256(data).hexdigest()
            encoding = self.settings.read.encoding(unit.name)
            key = _unit_key(unit, digest, encoding, self.digest)
            placed.append((row["index"], key, digest))
            if key not in known and key not in new:
                new.add(key)
                fresh += [(key, p) for p in self._prepared(unit, data, encoding)]
        if fresh:
            name, table = self._store(fresh)
            known |= _rows_of(name, table)
        rows = [r for at, key, sha in placed for r in _found(at, sha, known.get(key, ()))]
        return pa.Table.from_pylist([*refused, *rows], schema=SCHEMA)

    def _prepared(self, unit: Unit, data: bytes, encoding: str | None) -> list[Prepared | packs.Refused]:
        out: list[Prepared | packs.Refused] = []
        for item in read(unit, data, self.settings.read):
            if not isinstance(item, Record):
                out.append(packs.Refused(item.ordinal, item.offset, item.length, item.rejected))
                continue
            result = prepare(item, self.settings, encoding=encoding)
            if isinstance(result, Rejected):
                out.append(packs.Refused(item.ordinal, item.offset, item.length, result))
                continue
            if not result.found.source.exact and isinstance(item.payload, bytes) and item.media != "html":
                fsops.write_atomic(self.cache / "blobs" / result.found.source.sha256, item.payload)
            out.append(result)
        return out

    def _store(self, rows: list[tuple[str, Prepared | packs.Refused]]) -> tuple[str, pa.Table]:
        """Write a pack; its name is the hash of its bytes, so a task that runs twice writes it once."""
        table = packs.table(rows)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        data = sink.getvalue().to_pybytes()
        name = _pack_name(data)
        fsops.write_atomic(self.cache / name, data)
        return name, table


def _unit_key(unit: Unit, digest: str, encoding: str | None, settings: str) -> str:
    parts = (str(packs.FORMAT), digest, unit.media, str(unit.start), encoding or "", settings)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _pack_name(data: bytes) -> str:
    return f"pack-{hashlib.sha256(data).hexdigest()[:32]}.arrow"


def index_cache(cache: Path, target: Path) -> None:
    """Write what the whole packs of the cache hold; a damaged one is taken away, and its units are read again."""
    tables = []
    for path in sorted(cache.glob("pack-*.arrow")) if cache.is_dir() else ():
        data = path.read_bytes()
        if _pack_name(data) != path.name:
            fsops.remove_file(path)
            continue
        table = pa.ipc.open_file(pa.py_buffer(data)).read_all().select(["unit", *_COPIED])
        rows = pa.array(range(table.num_rows), pa.int32())
        names = pa.array([path.name] * table.num_rows, pa.string())
        tables.append(table.append_column("row", rows).append_column("pack", names))
    index = pa.concat_tables(tables) if tables else INDEX_SCHEMA.empty_table()
    with fsops.scratch(target) as file, pa.ipc.new_file(file, index.schema) as writer:
        writer.write_table(index)


def _known(index: Path) -> dict[str, list[tuple[str, int, dict[str, object]]]]:
    """Return for each cached unit its rows: pack, row and the columns that the plan reads."""
    out: dict[str, list[tuple[str, int, dict[str, object]]]] = {}
    with pa.memory_map(str(index)) as source:
        for row in pa.ipc.open_file(source).read_all().to_pylist():
            key, pack, number = row.pop("unit"), row.pop("pack"), row.pop("row")
            out.setdefault(key, []).append((pack, number, row))
    return out


_COPIED: Final = (
    "ordinal",
    "reason",
    "detail",
    "offset",
    "length",
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


def _rows_of(name: str, table: pa.Table) -> dict[str, list[tuple[str, int, dict[str, object]]]]:
    out: dict[str, list[tuple[str, int, dict[str, object]]]] = {}
    keys = table["unit"].to_pylist()
    for number, (key, row) in enumerate(zip(keys, table.select(list(_COPIED)).to_pylist(), strict=True)):
        out.setdefault(key, []).append((name, number, row))
    return out


def _found(
    unit: int, sha256: str, rows: Sequence[tuple[str, int, Mapping[str, object]]]
) -> list[dict[str, object]]:
    return [
        {"unit": unit, "sha256": sha256, "pack": pack, "row": row, **columns} for pack, row, columns in rows
    ]


def _lost(index: int, unit: Unit, rejected: Rejected) -> dict[str, object]:
    """Return the row of a unit that could not be read at all."""
    return {
        "unit": index,
        "ordinal": 0,
        "pack": "",
        "row": -1,
        "reason": rejected.reason,
        "detail": rejected.detail,
        "offset": unit.start,
        "length": unit.end - unit.start,
        "sha256": "",
        "view_key": 0,
        "published": "",
        "url": "",
        "outlet": "",
        "known": 0,
        "damaged": False,
    }
