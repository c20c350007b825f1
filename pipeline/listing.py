"""From the rows of pass 1 to documents: their ids, names and sources, and what was refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import chain, groupby
from operator import itemgetter
from sys import intern
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import numpy as np

from pipeline.columns import rows_of, taken_each
from pipeline.matching import Document
from pipeline.packed import Packed
from pipeline.readers import LOOSE, Kept, Unit
from pipeline.readers.members import member_names
from pipeline.tombstones import FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from pipeline.readers.walk import Plan
    from pipeline.settings import Settings

_AT_ONCE: Final = 4096  # rows
_ONE_RECORD: Final = frozenset({"txt", "md", "html", "unknown"})  # media with one document a file


def listed(plan: Plan, table: pa.Table, settings: Settings) -> tuple[Packed[Document], list[dict[str, Any]]]:
    """Return the documents in the order of their paths, numbered records and ids, and what was refused."""
    documents = Packed(Document)
    refused: list[dict[str, Any]] = []
    records: dict[tuple[bytes, bytes], int] = {}  # records met so far in each file or member
    for index, rows in _by_unit(table):
        unit = plan.units[index]
        names = member_names(unit, [(r["member"], r["suffix"]) for r in rows])
        lost = next((n for n, r in enumerate(rows) if r["reason"] and not r["skipped"]), -1)
        alone = lost if all(r["reason"] not in {"", FORGOTTEN} for r in rows) else -1
        for number, row in enumerate(rows):
            name = names.get(row["member"], unit.name)
            place = (unit.label.encode() + b"\0" + unit.path, row["member"])
            ordinal = records.get(place, 0)
            if (
                not row["reason"] or row["reason"] == FORGOTTEN
            ):  # what was erased leaves the ids of others alone
                records[place] = ordinal + 1
            if row["reason"]:
                refused.append(refused_row(unit, row, name, alone=number == alone))
                continue
            documents.append(_document(unit, index, row, ordinal, name, settings))
    return documents, refused


def _by_unit(table: pa.Table) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield the rows of each unit that has some, in order; as values they take two kilobytes each, so few at a time."""
    order = np.argsort(table["unit"].to_numpy(), kind="stable")
    pieces = (taken_each(table, order[at : at + _AT_ONCE]) for at in range(0, order.size, _AT_ONCE))
    rows = chain.from_iterable(piece.to_pylist() for piece in pieces)
    for unit, found in groupby(rows, key=itemgetter("unit")):
        yield unit, list(found)


def units_of(plan: Plan, table: pa.Table, documents: Sequence[Document]) -> Packed[Unit]:
    """Return the units of the files that documents are of, or were before they were erased, to be found again."""
    of = {d.file for d in documents}
    told: dict[int, tuple[str, str]] = {}
    for n, key, sha256, reason in rows_of(table, "unit", "key", "sha256", "reason"):
        told[n] = key, sha256
        if reason == FORGOTTEN:
            of.add(n)
    files = {(plan.units[n].label, plan.units[n].path) for n in of}
    found = (
        replace(
            unit,
            absolute="",
            stamp="",
            known=None,
            kept=Kept(*told[n], gone=unit.kept is not None),
        )
        for n, unit in enumerate(plan.units)
        if (unit.label, unit.path) in files and n in told and told[n][0]
    )
    return Packed(Unit, found, ascii_only=True)


def _document(
    unit: Unit, index: int, row: Mapping[str, Any], ordinal: int, name: str, settings: Settings
) -> Document:
    member = row["member"]
    return Document(
        id=document_id(unit, ordinal, member),
        label=unit.label,
        name=name,
        file=index,
        ordinal=ordinal,
        pack=intern(row["pack"]),
        row=row["row"],
        view_key=row["view_key"],
        source=intern(_source(unit, name, row, settings)),
        published=row["published"],
        known=row["known"],
        damaged=row["damaged"],
        stored=row["stored"],
        path=b"\0".join((unit.label.encode(), unit.path, *((member,) * bool(member)), b""))
        + ordinal.to_bytes(8, "big"),
        gone=unit.kept is not None and not unit.kept.unread,
        unread=unit.kept is not None and unit.kept.unread,
    )


def between(plan: Plan, documents: Sequence[Document], refused: Sequence[Mapping[str, Any]]) -> int:
    """Return the bytes read that belong to no document and to no refusal.

    Of files of records these are line ends, blanks and brackets; of a compressed file or an archive of which
    something was read, all of its bytes.  A text or a page has none, so a lost one leaves the balance uneven.
    """
    whole = {u.name for u in plan.units if u.media in _ONE_RECORD and not u.packing}
    size = sum(u.end - u.start for u in plan.units if u.name not in whole)
    stored = sum(d.stored for d in documents if d.name not in whole)
    lost = sum(r["bytes"] for r in refused if r["path"] not in whole)
    return int(size - stored - lost)


def document_id(unit: Unit, ordinal: int, member: bytes = b"") -> str:
    """Return the id of a document: a hash of label, path, member and record; not of its content."""
    parts = (unit.label.encode(), unit.path, member, str(ordinal).encode())
    return "d-" + hashlib.blake2b(b"\0".join(parts), digest_size=12).hexdigest()


def _source(unit: Unit, name: str, row: Mapping[str, Any], settings: Settings) -> str:
    """Return a document's source: a settings rule, else the host of its URL, else the first folder level."""
    named = settings.read.source(name)
    if named:
        return named
    host = _host(row["url"])
    if host:
        return host
    below = name.removeprefix(f"{unit.label}/") if unit.label else name
    first, slash, _ = below.partition("/")
    return "/".join(part for part in (unit.label, first if slash else "") if part)


def _host(url: str) -> str | None:
    """Return the host of an address, or None if it has none or is no address."""
    if not url:
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return str(host) if host else None


def refused_row(unit: Unit, row: Mapping[str, Any], name: str, *, alone: bool) -> dict[str, Any]:
    """Return the row of what is refused; `alone` is the first of a file that gave nothing else.

    The bytes of a compressed file or an archive cannot be told apart by what they hold: they are refused with it
    if nothing of it is read, and else count as read.
    """
    whole = unit.end - unit.start if alone else 0
    loose = (unit.media in LOOSE and not unit.packing) or row["pack"] == ""
    return {
        "path": name,
        "status": "skipped" if row["skipped"] else "quarantined",
        "reason": row["reason"],
        "detail": row["detail"],
        "bytes": row["length"] if loose else whole,
        "unpacked": None if loose else row["length"],
        "offset": row["offset"],
        "sha256": row["sha256"] or None,
    }
