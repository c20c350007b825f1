"""What was erased, and stays so: tombstones in the tree, and packs that hold nothing of what they stand for.

A tombstone has hashes and no text.  Whatever a run reads that has one of its hashes is refused as `forgotten`, so a
pack fits an output only if it holds no text that a tombstone stands for, and refuses none that has no tombstone.
A pack that does not fit was left by an erasure that was killed: its twin, from before or behind it, is there.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa

from pipeline import codec, fsops, packs
from pipeline.errors import DamageError, safe
from pipeline.ledger import each_row, fitting, sha256
from pipeline.manifest import MANIFEST
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.ledger import Row

#: Why a record that was erased is not read, a key of `found.SKIPPED`.
FORGOTTEN: Final = "forgotten"
TABLE: Final = "ledger/forgotten.jsonl"
_NAMED: Final = re.compile(rb"^([0-9a-f]{64})  ledger/forgotten\.jsonl$", re.MULTILINE)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

#: Hash of a text or of its bytes → the tombstone's hash, by which rows name it.
Hashes: TypeAlias = "Mapping[str, str]"


@dataclass(frozen=True, slots=True, order=True)
class Tombstone:
    """A document that was erased: nothing of it but hashes."""

    doc: str  # its id, which is a hash of label, path, member and record
    l0: str  # hash of its bytes
    l1: str  # of its decoded text: what rows of `skipped` name it by
    l2: str  # of its normalised text
    at: str  # day, UTC
    why: str
    named: bool  # its path is listed as long as an input holds it

    def __post_init__(self) -> None:
        if not all(
            _DIGEST.fullmatch(digest) for digest in (self.l0, self.l1, self.l2)
        ):  # files have such names
            raise ValueError("no hash")


def stone_of(row: Row, at: str, why: str, *, named: bool) -> Tombstone:
    """Return the tombstone of a document of the ledger."""
    l0, l1, l2 = (row[layer]["sha256"] for layer in ("l0", "l1", "l2"))
    return Tombstone(row["id"], l0, l1, l2, at, why, named)


def hashes_of(stones: Iterable[Tombstone]) -> dict[str, str]:
    """Return what tombstones stand for: each hash of theirs → how they are named."""
    return {h: stone.l1 for stone in sorted(stones, reverse=True) for h in (stone.l0, stone.l1, stone.l2)}


def erased(hashes: Hashes, source: packs.Source, text: str) -> str | None:
    """Return the name of the tombstone that a prepared document has, if any."""
    if not hashes:
        return None
    return hashes.get(source.l1_sha256) or hashes.get(source.sha256) or hashes.get(sha256(text))


def refused(ordinal: int, offset: int, length: int, member: bytes, stone: str) -> packs.Refused:
    """Return the row of a record that was erased."""
    return packs.Refused(ordinal, offset, length, Rejected(FORGOTTEN, stone), member, skipped=True)


def veiled(rows: Iterable[Row], stones: Iterable[Tombstone]) -> list[Row]:
    """Return rows of what is skipped, erased documents whose name is not to be said under their id."""
    nameless = {stone.l1: stone.doc for stone in sorted(stones, reverse=True) if not stone.named}
    return [
        {**row, "path": nameless[row["detail"]]}
        if row["reason"] == FORGOTTEN and row["detail"] in nameless
        else row
        for row in rows
    ]


def rows_of(stones: Iterable[Tombstone]) -> Iterator[Row]:
    """Yield tombstones as rows of the ledger."""
    return (asdict(stone) for stone in sorted(stones))


def standing(tree: Path) -> tuple[Tombstone, ...]:
    """Return the tombstones of a tree; none where nothing was erased, or there is no tree.

    Raises:
        DamageError: they are not what was written: what was erased would come back.
    """
    try:
        manifest = (tree / MANIFEST).read_bytes()
    except FileNotFoundError:
        manifest = b""
    named = _NAMED.search(manifest)
    path = tree / TABLE
    where = safe(os.fspath(path))
    if not path.is_file():
        if named:
            raise DamageError(f"{where}: missing, and it says what was erased; take it from a backup")
        return ()
    if named and hashlib.sha256(path.read_bytes()).hexdigest() != named[1].decode():
        raise DamageError(f"{where}: changed, and it says what was erased; take it from a backup")
    keys = [field.name for field in fields(Tombstone)]
    with fitting(where):
        return tuple(Tombstone(*(row[key] for key in keys)) for row in each_row(tree, "forgotten"))


def fits(table: pa.Table, hashes: Hashes) -> bool:
    """Return whether a pack is of an output of which this was erased: nothing else, and nothing less."""
    if hashes and table.schema != packs.SCHEMA:
        return False  # of another format: nobody reads it any more, and nobody can tell what it holds
    said = {d for r, d in zip(*_columns(table, "reason", "detail"), strict=True) if r == FORGOTTEN}
    return said <= {*hashes.values()} and not any(_stones(table, hashes))


def settle(cache: Path, hashes: Hashes) -> None:
    """Take out of a cache what does not fit what was erased.

    Raises:
        OutputError: it cannot be removed.
    """
    for path, table in _tables(cache):
        if table is None or not fits(table, hashes):
            fsops.remove_file(path)
    drop_blobs(cache, hashes)


def drop_blobs(cache: Path, hashes: Hashes) -> None:
    """Take the bytes of what was erased out of a cache.

    Raises:
        OutputError: they cannot be removed.
    """
    for digest in hashes:
        fsops.remove_file(cache / "blobs" / digest)


@dataclass(frozen=True, slots=True)
class Blanked:
    """A pack that holds nothing any more of what was erased."""

    name: str
    rows: dict[int, Row]  # number of a row → what stands there now, as of `packs.SCHEMA`


def blanked(cache: Path, hashes: Hashes) -> dict[str, Blanked]:
    """Write each pack that holds something erased anew without it, durable; return them by the old names.

    The old ones stay, until `settle` is told of the same hashes.

    Raises:
        OutputError: one cannot be written.
    """
    out: dict[str, Blanked] = {}
    for path, table in _tables(cache):
        stones = _stones(table, hashes) if table is not None and table.schema == packs.SCHEMA else ()
        if any(stones):
            table = _without(table, stones)  # noqa: PLW2901 - the same pack
            data = packs.dumped(table)
            rows = {n: table.slice(n, 1).to_pylist()[0] for n, stone in enumerate(stones) if stone}
            out[path.name] = Blanked(packs.pack_name(data), rows)
            fsops.write_atomic(cache / out[path.name].name, data, durable=True)
    return out


def _tables(cache: Path) -> Iterator[tuple[Path, pa.Table | None]]:
    """Yield the packs of a cache; None for what was not written so."""
    for path in sorted(cache.glob("pack-*.arrow")) if cache.is_dir() else ():
        data = path.read_bytes()
        whole = packs.pack_name(data) == path.name
        yield path, pa.ipc.open_file(pa.py_buffer(data)).read_all() if whole else None


def _columns(table: pa.Table, *names: str) -> list[list[str]]:
    return [table[name].to_pylist() for name in names]


def _stones(table: pa.Table, hashes: Hashes) -> list[str | None]:
    """Return the name of the tombstone of each row, None where there is none."""
    if not hashes:
        return []
    return [
        erased(hashes, codec.load_first(packs.Source, facts), text) if facts else None
        for facts, text in zip(*_columns(table, "facts", "text"), strict=True)
    ]


def _without(table: pa.Table, stones: Sequence[str | None]) -> pa.Table:
    """Return a pack in which the rows that have a tombstone are refused."""
    pieces = []
    for number, stone in enumerate(stones):
        piece = table.slice(number, 1)
        if stone is not None:
            row = {
                key: piece[key][0].as_py()
                for key in ("unit", "rows", "ordinal", "offset", "length", "member")
            }
            place = (row["ordinal"], row["offset"], row["length"], row["member"])
            piece = packs.table([(row["unit"], refused(*place, stone), row["rows"])])
        pieces.append(piece)
    return pa.concat_tables(pieces).combine_chunks()
