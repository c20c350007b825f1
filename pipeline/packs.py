"""Packs: what pass 1 found in many documents, in one Arrow file; cached by content.

A unit's key is the hash of its bytes, its kind and everything that pass 1 reads of the settings and versions,
so a pack never goes stale: it is found by key or not at all.  Document ids and paths are not in it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from pipeline import codec
from stages.decide import DAMAGE
from stages.figures import stated
from stages.model import (
    Edit,
    Language,
    Metadata,
    Paragraph,
    Rejected,
    Repair,
    Repeat,
    RepeatClass,
    Role,
    Span,
    WrapBlock,
)
from stages.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT: Final = 4  # raised when the columns or the facts below change


@dataclass(frozen=True, slots=True)
class Source:
    """L0 and L1 of a document: where its text came from and how."""

    media: str
    ordinal: int  # record in its file, from 0
    offset: int  # bytes, in its file
    length: int  # bytes
    sha256: str
    encoding: str
    bom: str  # hex
    how: str
    evidence: str
    errors: int
    exact: bool  # encoding L1 again gives the bytes
    repairs: tuple[Repair, ...]  # what decoding made of bytes that the encoding does not explain
    l1_sha256: str
    l1_chars: int
    l1_lines: int
    extractor: str
    agreement: float
    visible: int
    unextracted: int
    fields: str
    text_field: str
    member: bytes
    stored: int  # bytes of the file on disk that are this record's; 0 where they cannot be told apart
    suffix: str  # what is added to the name of the clean copy
    why: str  # why it was read as it was, if its name says otherwise


@dataclass(frozen=True, slots=True)
class Found:
    """Everything pass 1 knows of a document but its text and columns."""

    source: Source
    metadata: Metadata
    flags: tuple[str, ...]
    edits: tuple[Edit, ...]
    paragraphs: tuple[Paragraph, ...]
    repeats: tuple[Repeat, ...]
    blocks: tuple[WrapBlock, ...]  # of lines that were divided in one way, by lines of L1
    language: Language


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A document after pass 1, without the columns that are compared: what pass 2 needs."""

    found: Found
    text: str  # L2


@dataclass(frozen=True, slots=True, eq=False)
class Prepared(Told):
    """A document after pass 1.  The columns have one row for each paragraph."""

    keys: NDArray[np.uint64]  # hash of the paragraph's key
    sizes: NDArray[np.int32]  # its tokens in the comparison view; 0 for furniture and for what a repeat cuts
    line_keys: NDArray[np.uint64]  # for recurrence
    line_marks: NDArray[np.uint16]
    view_key: int  # hash of the key of the comparison view


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What the barrier reads of a document: no facts, no object for a paragraph.  The columns have one row for each."""

    text: str  # L2
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    roles: NDArray[np.uint8]  # of `ROLES`; the title of a copy that goes is metadata here
    cuts: NDArray[
        np.int32
    ]  # start and end of each span that repeats take out of the comparison; sorted, apart
    keys: NDArray[np.uint64]  # as of `Prepared`
    sizes: NDArray[np.int32]


ROLES: Final = tuple(Role)


def sheet_of(doc: Prepared) -> Sheet:
    """Return what the barrier reads of a document."""
    paragraphs = doc.found.paragraphs
    cuts = [(c.start, c.end) for c in repeat_cuts(doc.found.repeats)]
    titles = _titles_of_copies(doc)
    roles = [Role.METADATA if n in titles else p.role for n, p in enumerate(paragraphs)]
    return Sheet(
        text=doc.text,
        starts=np.array([p.start for p in paragraphs], dtype=np.int32),
        ends=np.array([p.end for p in paragraphs], dtype=np.int32),
        roles=np.array([ROLES.index(role) for role in roles], dtype=np.uint8),
        cuts=np.array(cuts, dtype=np.int32).reshape(-1, 2),
        keys=doc.keys,
        sizes=doc.sizes,
    )


def _titles_of_copies(document: Prepared) -> set[int]:
    """Return the headings right before what goes as a copy from below the headline: other headlines, not substance.

    A copy that brings the headline again has no other: what is before it is the end of the text above.  A headline
    with a figure or negation stays guarded: no other bears it out.
    """
    paragraphs = document.found.paragraphs
    head = next((p.start for p in paragraphs if p.role is Role.BODY), 0)
    below = max((p.end for p in paragraphs if p.role is Role.HEADING and p.end <= head), default=head + 1)
    copies = [r for r in document.found.repeats if r.cls is RepeatClass.COPY and r.cuts]
    begins = [r.removed.start for r in copies if below <= r.kept.start <= head]
    found = {
        n: document.text[p.start : p.end]
        for n, (p, after) in enumerate(pairwise(paragraphs))
        if p.role is Role.HEADING and any(p.end <= begin <= after.start for begin in begins)
    }
    return {n for n, text in found.items() if not any(stated(text))}


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that could not be read."""

    ordinal: int
    offset: int
    length: int
    rejected: Rejected
    member: bytes = b""
    skipped: bool = False


SCHEMA: Final = pa.schema(
    [
        ("unit", pa.string()),  # the unit's key
        ("ordinal", pa.int32()),
        ("rows", pa.int32()),  # of the unit in all, in its last row; 0 in the others
        ("member", pa.binary()),
        ("suffix", pa.string()),
        ("skipped", pa.bool_()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("stored", pa.int64()),  # bytes of the file on disk that are the document's
        ("reason", pa.string()),  # empty for a document
        ("detail", pa.string()),
        ("view_key", pa.int64()),
        ("published", pa.string()),
        ("url", pa.string()),
        ("outlet", pa.string()),  # the source that the metadata names
        ("known", pa.int32()),  # metadata fields that are known; an id tells nothing of the text
        ("damaged", pa.bool_()),
        ("facts", pa.large_string()),
        ("text", pa.large_string()),
        ("keys", pa.large_binary()),
        ("sizes", pa.large_binary()),
        ("starts", pa.large_binary()),
        ("ends", pa.large_binary()),
        ("roles", pa.large_binary()),
        ("cuts", pa.large_binary()),
        ("line_keys", pa.large_binary()),
        ("line_marks", pa.large_binary()),
    ]
)


def signed(value: int) -> int:
    """Return an unsigned 64-bit value as the signed one of the same bits (Spark has no unsigned ones)."""
    return value - (1 << 64) if value >= 1 << 63 else value


def table(rows: Sequence[tuple[str, Prepared | Refused, int]]) -> pa.Table:
    """Return the rows of one pack; each with its unit's key and, in its last one, how many rows the unit has."""
    records = [
        _document(key, row, count) if isinstance(row, Prepared) else _refused(key, row, count)
        for key, row, count in rows
    ]
    columns = [pa.array([record[field.name] for record in records], field.type) for field in SCHEMA]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _document(key: str, doc: Prepared, count: int) -> dict[str, object]:
    source, sheet = doc.found.source, sheet_of(doc)
    return {
        "unit": key,
        "rows": count,
        "ordinal": source.ordinal,
        "member": source.member,
        "suffix": source.suffix,
        "skipped": False,
        "offset": source.offset,
        "length": source.length,
        "stored": source.stored,
        "reason": "",
        "detail": "",
        "view_key": signed(doc.view_key),
        "published": doc.found.metadata.published or "",
        "url": doc.found.metadata.url or "",
        "outlet": doc.found.metadata.source or "",
        "known": sum(name != "id" for name, _ in doc.found.metadata.rules),
        "damaged": _damaged(doc),
        "facts": codec.dump(doc.found),
        "text": doc.text,
        **{name: getattr(sheet, name).tobytes() for name in _SHEET},
        **{name: getattr(doc, name).tobytes() for name in _LINES},
    }


def dumped(rows: pa.Table) -> bytes:
    """Return a pack as the bytes of its file."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue().to_pybytes())


def blobs_of(data: bytes) -> set[str]:
    """Return the hashes of the documents of a pack whose text does not give their bytes back."""
    facts = pa.ipc.open_file(pa.py_buffer(data)).read_all()["facts"].to_pylist()
    sources = (codec.load_first(Source, text) for text in facts if text)
    return {source.sha256 for source in sources if not source.exact}


def pack_name(data: bytes) -> str:
    """Return the name of a pack: by it a damaged one is known."""
    return f"pack-{hashlib.sha256(data).hexdigest()[:32]}.arrow"


def repeat_cuts(repeats: Sequence[Repeat]) -> list[Span]:
    """Return the spans that repeats take out of the comparison, whatever the policy; sorted and merged."""
    return merged([cut for repeat in repeats for cut in repeat.cuts])


def merged(spans: Sequence[Span]) -> list[Span]:
    """Return spans sorted, those that touch made one."""
    out: list[Span] = []
    for span in sorted(spans):
        if out and span.start <= out[-1].end:
            out[-1] = Span(out[-1].start, max(out[-1].end, span.end))
        else:
            out.append(span)
    return out


def _damaged(doc: Prepared) -> bool:
    """Say whether a text is damaged, or was and had to be repaired: an undamaged copy is preferred.

    What was lost in a copy that a repeat takes out does not count.
    """
    flags = DAMAGE & set(doc.found.flags)
    if flags == {"replacement_char"} and "\N{REPLACEMENT CHARACTER}" not in render(
        doc.text, repeat_cuts(doc.found.repeats)
    ):
        flags = frozenset()
    return bool(flags) or any(e.rule.startswith(("mojibake:", "ftfy:")) for e in doc.found.edits)


def _refused(key: str, refused: Refused, count: int) -> dict[str, object]:
    empty = dict.fromkeys(_COLUMNS, b"")
    return {
        "unit": key,
        "rows": count,
        "ordinal": refused.ordinal,
        "member": refused.member,
        "suffix": "",
        "skipped": refused.skipped,
        "offset": refused.offset,
        "length": refused.length,
        "stored": 0,
        "reason": refused.rejected.reason,
        "detail": refused.rejected.detail,
        "view_key": 0,
        "published": "",
        "url": "",
        "outlet": "",
        "known": 0,
        "damaged": False,
        "facts": "",
        "text": "",
        **empty,
    }


#: What of a document stands in a pack as the bytes of a column.
_COLUMNS: Final[dict[str, type[np.integer[Any]]]] = {
    "starts": np.int32,
    "ends": np.int32,
    "roles": np.uint8,
    "cuts": np.int32,
    "keys": np.uint64,
    "sizes": np.int32,
    "line_keys": np.uint64,
    "line_marks": np.uint16,
}
_LINES: Final = ("line_keys", "line_marks")
_SHEET: Final = tuple(name for name in _COLUMNS if name not in _LINES)


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """The values of all rows of a column of bytes, one after another, and where each row begins."""

    starts: NDArray[np.int64]
    values: NDArray[Any]

    def __getitem__(self, row: int) -> NDArray[Any]:
        return self.values[self.starts[row] : self.starts[row + 1]]

    def sizes(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many values each of some rows has."""
        return self.starts[rows + 1] - self.starts[rows]

    def joined(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return the values of some rows, one row after another."""
        sizes = self.sizes(rows)
        before = np.cumsum(sizes) - sizes
        places: NDArray[np.int64] = np.repeat(self.starts[rows] - before, sizes) + np.arange(sizes.sum())
        return self.values[places]


def _column(array: pa.Array, kind: type[np.integer[Any]]) -> _Column:
    """Return a column of large binary as numbers, without a copy."""
    size = np.dtype(kind).itemsize
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1] // size
    count = int(starts[-1])
    return _Column(starts, np.frombuffer(data, dtype=kind, count=count) if count else np.zeros(0, kind))


@dataclass(frozen=True, slots=True, eq=False)
class _Pack:
    """The columns of an open pack that are read."""

    facts: pa.Array
    text: pa.Array
    view_key: pa.Array
    columns: dict[str, _Column]


class Shelf:
    """Opens packs of a folder by name, memory-mapped, and reads documents from them; not shared by processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, _Pack] = {}

    def _pack(self, name: str) -> _Pack:
        """Return a pack's columns."""
        if name not in self._open:
            if len(self._open) >= 64:  # open files
                self._open.clear()
            source = pa.memory_map(str(self._folder / name))
            table = pa.ipc.open_file(source).read_all().combine_chunks()
            columns = {key: _column(table[key].chunk(0), kind) for key, kind in _COLUMNS.items()}
            facts, text, view_key = (table[key].chunk(0) for key in ("facts", "text", "view_key"))
            self._open[name] = _Pack(facts, text, view_key, columns)
        return self._open[name]

    def text(self, name: str, row: int) -> str:
        """Return L2 of a document."""
        return str(self._pack(name).text[row].as_py())

    def column(self, name: str, row: int, column: str) -> NDArray[Any]:
        """Return one of a document's columns, see `_COLUMNS`."""
        return self._pack(name).columns[column][row]

    def sizes(self, name: str, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many paragraphs each of some documents has."""
        return self._pack(name).columns["starts"].sizes(rows)

    def joined(self, name: str, rows: NDArray[np.int64], column: str) -> NDArray[Any]:
        """Return one of the columns of some documents, one document after another."""
        return self._pack(name).columns[column].joined(rows)

    def sheet(self, name: str, row: int) -> Sheet:
        """Return what the barrier reads of a document."""
        columns = {column: self.column(name, row, column) for column in _SHEET}
        return Sheet(text=self.text(name, row), **columns | {"cuts": columns["cuts"].reshape(-1, 2)})

    def paragraph(self, name: str, row: int, number: int) -> Paragraph:
        """Return a paragraph of a document."""
        return codec.load(Found, self._pack(name).facts[row].as_py()).paragraphs[number]

    def source(self, name: str, row: int) -> Source:
        """Return where a document's text came from; what else was found in it is not read."""
        return codec.load_first(Source, self._pack(name).facts[row].as_py())

    def told(self, name: str, row: int) -> Told:
        """Return what pass 2 needs of a document."""
        pack = self._pack(name)
        return Told(codec.load(Found, pack.facts[row].as_py()), self.text(name, row))

    def document(self, name: str, row: int) -> Prepared:
        """Return a document as pass 1 left it."""
        pack = self._pack(name)
        return Prepared(
            found=codec.load(Found, pack.facts[row].as_py()),
            text=self.text(name, row),
            view_key=pack.view_key[row].as_py() % (1 << 64),
            **{column: self.column(name, row, column) for column in ("keys", "sizes", *_LINES)},
        )
