"""What differs between two outputs: which documents and removed spans changed their fate, and why.

Rows that are equal to the byte are not parsed: of two trees that are nearly alike this costs little.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from pipeline.errors import DamageError, safe
from pipeline.ledger import fitting, row_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pipeline.ledger import Row

#: What became of a document, the first that holds → what it means; the documentation lists them from here.
CHANGES: Final[dict[str, str]] = {
    "new": "it was not there before",
    "dropped": "it is there no more",
    "fate": "it is kept where it was removed, or the other way round, or removed for another reason",
    "text": "its source has another text",
    "cuts": "other passages of it are removed",
    "flags": "it has other flags, as `source_gone`",
    "record": "something else is said of it, as its cluster or its metadata",
}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a document in one output."""

    status: str
    tier: str | None
    of: str | None  # name of the document it went for
    flags: list[str]
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """A document that is not in both outputs as it is in one."""

    id: str
    path: str
    member: str
    ordinal: int
    what: str  # a key of `CHANGES`
    before: Fate | None
    after: Fate | None
    cut: list[dict[str, Any]]  # spans that are removed now and were not
    uncut: list[dict[str, Any]]  # spans that were removed and are not


def changes(before: Path, after: Path) -> list[Change]:
    """Return what differs between two outputs, by path; before and after may be folders of a tree alone.

    Raises:
        DamageError: a ledger is missing, or not what was written.
    """
    documents = [_lines(out, "documents") for out in (before, after)]
    spans = [_lines(out, "spans") for out in (before, after)]
    old, new = (_rows(a, b, "id") for a, b in _both(documents))
    uncut, cut = (_rows(a, b, "doc") for a, b in _both(spans))
    for rows, lines in ((old, documents[0]), (new, documents[1])):  # of which nothing but spans differs
        rows.update(_all(lines, {*uncut, *cut} - rows.keys()))
    touched = {*old, *new, *uncut, *cut}
    every = [row for side in (old, new) for rows in side.values() for row in rows]
    names = {row["id"]: row["path"] for row in every}
    for lines in documents:
        names |= _names(lines, {row["of"] for row in every} - names.keys() - {None})
    found = [
        _change(_first(old, doc), _first(new, doc), cut.get(doc, []), uncut.get(doc, []), names)
        for doc in touched
    ]
    return sorted(found, key=lambda c: (c.path, c.member, c.ordinal, c.id))


def counted(found: Iterable[Change]) -> str:
    """Return how many documents changed, and how."""
    counts = Counter(change.what for change in found)
    said = [f"{counts[what]:,} {what}" for what in CHANGES if counts[what]]
    return f"changed documents: {', '.join(said) or 'none'}"


def dumped(found: Iterable[Change]) -> bytes:
    """Return changes as JSON Lines."""
    return b"".join(row_line(asdict(change)) for change in found)


def loaded(data: bytes) -> list[Change]:
    """Return the changes that `dumped` gave.

    Raises:
        DamageError: these are none.
    """
    with fitting("the changes of the last run"):
        rows = [json.loads(line) for line in data.splitlines()]
        return [
            Change(**{**row, **{side: row[side] and Fate(**row[side]) for side in ("before", "after")}})
            for row in rows
        ]


def _lines(out: Path, table: str) -> list[bytes]:
    try:
        return (out / "ledger" / f"{table}.jsonl").read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise DamageError(f"{safe(str(out))}: ledger/{table}.jsonl: {error.strerror}") from error


def _both(lines: Sequence[list[bytes]]) -> list[tuple[list[bytes], frozenset[bytes]]]:
    """Return the lines of each side with the set of those of the other."""
    old, new = lines
    return [(old, frozenset(new)), (new, frozenset(old))]


def _rows(lines: Iterable[bytes], others: frozenset[bytes], key: str) -> dict[str, list[Row]]:
    """Return the rows that the other side does not have, by document."""
    out: dict[str, list[Row]] = {}
    with fitting("the ledger"):
        for line in lines:
            if line not in others:
                row = json.loads(line)
                out.setdefault(row[key], []).append(row)
    return out


def _all(lines: Iterable[bytes], wanted: set[str]) -> dict[str, list[Row]]:
    """Return the rows of documents; lines that begin with the id of another one are not parsed."""
    if not wanted:
        return {}
    ids = {doc.encode() for doc in wanted}
    with fitting("the ledger"):
        rows = (json.loads(line) for line in lines if not ids.isdisjoint(_STRING.findall(line, 0, _HEAD)))
        return {row["id"]: [row] for row in rows if row["id"] in wanted}


_STRING: Final = re.compile(rb'"([^"]+)"')
_HEAD: Final = 64  # bytes that hold version and id


def _names(lines: Iterable[bytes], wanted: set[str]) -> dict[str, str]:
    """Return the names of documents that others went for."""
    return {doc: rows[0]["path"] for doc, rows in _all(lines, wanted).items()}


def _first(rows: Mapping[str, list[Row]], doc: str) -> Row | None:
    return rows[doc][0] if doc in rows else None


def _change(
    old: Row | None, new: Row | None, cut: list[Row], uncut: list[Row], names: Mapping[str, str]
) -> Change:
    row = new or old
    assert row is not None  # noqa: S101 - it is in one of them
    whole = old is None or new is None or (old["status"], new["status"]) != ("kept", "kept")
    return Change(
        *(row["id"], row["path"], row["member"], row["ordinal"]),
        what=_what(old, new, cut=bool(cut or uncut)),
        before=_fate(old, names),
        after=_fate(new, names),
        cut=[] if whole else cut,
        uncut=[] if whole else uncut,
    )


def _fate(row: Row | None, names: Mapping[str, str]) -> Fate | None:
    if row is None:
        return None
    return Fate(row["status"], row["tier"], names.get(row["of"], row["of"]), row["flags"], row["why"])


def _what(old: Row | None, new: Row | None, *, cut: bool) -> str:
    if old is None or new is None:
        return "new" if old is None else "dropped"
    if any(old[key] != new[key] for key in ("status", "tier", "of")):
        return "fate"
    if old["l2"] != new["l2"]:
        return "text"
    return "cuts" if cut else "flags" if old["flags"] != new["flags"] else "record"
