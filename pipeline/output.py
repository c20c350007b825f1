"""Pass 2 over many documents: decide → render → write.

A task writes the files that are of its documents alone, and returns pieces of the others in the order of documents,
with what the run counts and shows of them: so nobody holds, or parses, the rows of all documents.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa

from pipeline import codec
from pipeline.balance import Tally, tally_of
from pipeline.errors import DamageError, safe
from pipeline.fsops import linked
from pipeline.ledger import Rows, row_line, sha256
from pipeline.memo import Memo
from pipeline.packs import Shelf
from pipeline.passes import resolve
from pipeline.report.gist import DOCUMENTS_CAP, Gist, Picked
from pipeline.report.rows import name_of
from pipeline.report.tables import csv_lines
from pipeline.store import Directory
from pipeline.writers.notes import note_head, note_of
from pipeline.writers.orders import Order
from pipeline.writers.rows import (
    SpanWriter,
    document_row,
    edit_rows,
    furniture_rows,
    record_line,
    repair_rows,
    repeat_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.packs import Source, Told
    from pipeline.passes import Resolved
    from pipeline.settings import Settings
    from pipeline.writers.orders import Other

#: What comes of a part: files that stand in the tree, by hash and size, and pieces of others.
PIECES: Final = pa.schema(
    [("name", pa.string()), ("data", pa.large_binary()), ("sha256", pa.string()), ("size", pa.int64())]
)
#: A row of it.
_Piece: TypeAlias = tuple[str, bytes | None, str | None, int | None]
#: Names of pieces that are no files of the tree.
ROWS: Final = "rows of data"
TALLY: Final = "tally"
GIST: Final = "gist"
MEMO: Final = "memo"  # of a stretch of documents, with its key in place of a hash
TABLES: Final = ("documents", "spans", "repairs", "edits", "repeats", "furniture")
DATA: Final = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.large_string()),
        ("title", pa.string()),
        ("url", pa.string()),
        ("source", pa.string()),
        ("published", pa.string()),
        ("author", pa.string()),
        ("language", pa.string()),
        ("path", pa.string()),
        ("ordinal", pa.int64()),
        ("chars", pa.int64()),
        ("text_sha256", pa.string()),
        ("status", pa.string()),
        ("tier", pa.string()),
        ("dup_of", pa.string()),
        ("cluster", pa.string()),
        ("cluster_size", pa.int64()),
        ("weight", pa.float64()),
        ("flags", pa.list_(pa.string())),
    ]
)


def clean_name(name: str, source: Source) -> str:
    """Return where the clean copy of a document's file goes."""
    return f"clean/{name}{source.suffix}"


@dataclass(frozen=True, slots=True)
class Writing:
    """Orders → files and pieces of the output tree.  Done twice, it writes the same files.

    A stretch of documents of which the run before had the same orders gives the pieces that it gave then, and its
    files are linked.
    """

    folder: Path  # of packs
    tree: Path
    earlier: Path  # the tree before this one
    settings: Settings
    memo: Path | None

    def __call__(self, part: pa.Table) -> pa.Table:
        first = part["number"][0].as_py()
        stretches = list(_stretches(part["order"].to_pylist(), part["ends"].to_pylist(), first))
        known = Memo(self.memo).values([stretch.key for stretch in stretches], "pieces")
        held, sums = [], Sums()
        for stretch, before in zip(stretches, known, strict=True):
            pieces = self._again(before) if before else None
            data = before if pieces else None
            if pieces is None:
                pieces = self._written(stretch)
            sums.add(pieces)
            held.append((MEMO, data or _stored(pieces), stretch.key, None))
        return pa.concat_tables([sums.table(), _table(held)])

    def _again(self, data: bytes) -> list[_Piece] | None:
        """Return remembered pieces, their files linked; None if a file is not what was written."""
        one = pa.ipc.IpcReadOptions(use_threads=False)  # they are small
        table = pa.ipc.open_stream(data, options=one).read_all()
        pieces: list[_Piece] = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
        whole = all(
            linked(self.earlier / name, self.tree / name, size, digest)
            for name, content, digest, size in pieces
            if content is None and digest and size is not None
        )
        return pieces if whole else None

    def _written(self, stretch: _Stretch) -> list[_Piece]:
        made = _Part(self, stretch.first)
        orders = [codec.load(Order, text) for text in stretch.orders]
        for _, of_file in groupby(orders, key=lambda order: order.name):
            made.write(list(of_file))
        return made.pieces()


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Documents in a row that are remembered together."""

    first: int  # number of the first
    orders: list[str]

    @property
    def key(self) -> str:
        """What its pieces depend on: its orders, and whether the report still shows documents."""
        text = "\n".join([str(self.first < DOCUMENTS_CAP), *self.orders])
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _stretches(orders: list[str], ends: list[bool], first: int) -> Iterator[_Stretch]:
    """Yield the stretches of a part; where one ends is told by its last document, so others move none of its ends."""
    at = 0
    for number, end in enumerate(ends, 1):
        if end or number == len(ends):
            yield _Stretch(first + at, orders[at:number])
            at = number


class _Part:
    """What some documents come to."""

    def __init__(self, task: Writing, first: int) -> None:
        self._blobs = (task.folder / "blobs", task.earlier / "ledger" / "blobs")
        self._settings = task.settings
        self._shelf = Shelf(task.folder)
        self._spans = SpanWriter(self._shelf, task.settings)
        self._store = Directory(task.tree, task.earlier)
        self._first = first
        self._rows = Rows()
        self._data: list[dict[str, object]] = []
        self._pieces: list[tuple[str, bytes]] = []
        self._others: dict[str, Other] = {}

    def write(self, orders: Sequence[Order]) -> None:
        """Write the files of one name: at once if all of its documents are here, else as pieces."""
        files: dict[str, list[bytes]] = {}
        for order in orders:
            for name, content in self._document(order):
                files.setdefault(name, []).append(content)
        whole = orders[0].ordinal == 0 and orders[-1].last
        for name, contents in files.items():
            content = b"".join(contents)
            if whole:
                self._store.put(name, content)
            else:
                self._pieces.append((name, content))

    def _document(self, order: Order) -> Iterator[tuple[str, bytes]]:
        """Yield what one document adds to the files of its name; its rows are kept."""
        document = self._shelf.told(order.pack, order.row)
        source = document.found.source
        resolved: Resolved | None = None
        if order.kept_for is None and not order.ruled.dropped:
            passages = [(p.paragraph, p.key) for p in order.passages]
            recurring = [(n, "recurrence") for n in order.recurring]
            resolved = resolve(document, recurring, passages, self._settings, order.ruled)
        clean = clean_name(order.name, source)
        if resolved is not None and source.text_field:
            yield clean, record_line(source.fields, source.text_field, resolved.text)
        elif resolved is not None:
            yield clean, resolved.text.encode()
        rows = self._rows_of(order, document, resolved, clean)
        self._data.append(_data(order, document, resolved, rows.documents[0]))
        yield f"notes/{order.name}.note.md", _note(order, document, rows)
        self._others |= {other.id: other for other in order.others}
        for table in TABLES:
            getattr(self._rows, table).extend(getattr(rows, table))
        blob = rows.documents[0]["l0"]["blob"]
        if blob is not None and f"ledger/blobs/{blob}" not in self._store:
            self._store.put(f"ledger/blobs/{blob}", _blob(self._blobs, blob))

    def _rows_of(self, order: Order, document: Told, resolved: Resolved | None, clean: str) -> Rows:
        cut = (
            self._spans.parts(order, document, resolved) if resolved else [self._spans.whole(order, document)]
        )
        cuts = resolved.decision.cuts if resolved else ()
        gone = frozenset(c.repeat for c in cuts if c.repeat is not None)
        row = document_row(
            order,
            document,
            resolved,
            removed_chars=sum(int(str(s["chars"])) for s in cut),
            clean=clean,
            warnings=_warnings(order, document, gone),
        )
        return Rows(
            documents=[row],
            spans=cut,
            repairs=repair_rows(order, document),
            edits=edit_rows(order, document),
            repeats=repeat_rows(order, document, gone),
            furniture=furniture_rows(order, document, cuts),
        )

    def pieces(self) -> list[_Piece]:
        """Return files and pieces."""
        rows, others = self._rows, self._others.values()
        gist = Gist(documents=Picked(DOCUMENTS_CAP if self._first < DOCUMENTS_CAP else 0))
        gist.take(rows)
        tally = tally_of(rows, {other.id for other in others if other.archive})
        names = {other.id: other.shown for other in others} | {r["id"]: name_of(r) for r in rows.documents}
        lines = {f"ledger/{table}.jsonl": b"".join(map(row_line, getattr(rows, table))) for table in TABLES}
        lines |= {f"report/{name}": content for name, content in csv_lines(rows, names).items()}
        pieces = [
            *self._pieces,
            *((name, content) for name, content in lines.items() if content),
            (ROWS, _encoded(self._data)),
            (TALLY, json.dumps([(*key, count) for key, count in tally.items()]).encode()),
            (GIST, gist.dump()),
        ]
        files = [(name, None, sha256, size) for name, sha256, size in self._store.records]
        return [*files, *((name, data, None, None) for name, data in pieces)]


def _table(rows: Sequence[_Piece]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, PIECES, strict=True)], schema=PIECES)


def _stored(pieces: Sequence[_Piece]) -> bytes:
    """Return pieces as they are remembered."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.ipc.new_stream(sink, PIECES, options=options) as writer:
        writer.write_table(_table(pieces))
    return bytes(sink.getvalue())


class Sums:
    """The pieces of stretches, added up in their order."""

    def __init__(self) -> None:
        self._files: list[_Piece] = []
        self._data: dict[str, list[bytes]] = {}
        self._tally: Tally = Counter()
        self._gist = Gist()

    def add(self, pieces: Sequence[_Piece]) -> None:
        """Add the pieces of the next stretch."""
        for name, data, digest, size in pieces:
            if data is None:
                self._files.append((name, None, digest, size))
            elif name == TALLY:
                self._tally.update({(what, of): count for what, of, count in json.loads(data)})
            elif name == GIST:
                self._gist.add(Gist.load(data))
            else:
                self._data.setdefault(name, []).append(data)

    def table(self) -> pa.Table:
        """Return them as those of one part."""
        rows = [pa.ipc.open_stream(data).read_all() for data in self._data.pop(ROWS, ())]
        pieces = [
            *((name, b"".join(parts)) for name, parts in self._data.items()),
            (ROWS, _stream(pa.concat_tables(rows))),
            (TALLY, json.dumps([(*key, count) for key, count in self._tally.items()]).encode()),
            (GIST, self._gist.dump()),
        ]
        files = {row[0]: row for row in self._files}  # what is named by its content may be of several
        return _table([*files.values(), *((name, data, None, None) for name, data in pieces)])


def _encoded(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return rows of data as Arrow has them."""
    return _stream(pa.Table.from_pylist(rows, schema=DATA))


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, DATA) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _data(
    order: Order, document: Told, resolved: Resolved | None, row: Mapping[str, Any]
) -> dict[str, object]:
    """Return the row of data/ with the text that the document has."""
    text = resolved.text if resolved else document.text
    meta = document.found.metadata
    return {
        "id": order.id,
        "text": text,
        "title": meta.title,
        "url": meta.url,
        "source": order.source,
        "published": meta.published,
        "author": meta.author,
        "language": document.found.language.tag,
        "path": order.name,
        "ordinal": order.ordinal,
        "chars": len(text),
        "text_sha256": row["l3"]["sha256"] if resolved else row["l2"]["sha256"],
        "status": row["status"],
        "tier": row["tier"],
        "dup_of": row["of"],
        "cluster": row["cluster"],
        "cluster_size": order.cluster_size,
        "weight": 1 / order.cluster_size,
        "flags": row["flags"],
    }


def _blob(folders: Sequence[Path], name: str) -> bytes:
    """Return the bytes of a source that its text does not give back, from the first of the folders that has them.

    Raises:
        DamageError: pass 1 kept them, and they are not there, or not what was written.
    """
    for folder in folders:
        path = folder / name
        data = path.read_bytes() if path.is_file() else b""
        if sha256(data) == name:
            return data
    where = safe(os.fspath(folders[0] / name))
    raise DamageError(f"{where}: missing, or not what was written; remove the folder .work and run again")


def _note(order: Order, document: Told, rows: Rows) -> bytes:
    head = note_head(order.name) if order.ordinal == 0 else ""
    section = note_of(
        rows.documents[0],
        document.text,
        spans=rows.spans,
        repeats=rows.repeats,
        furniture=rows.furniture,
        edits=rows.edits,
        repairs=rows.repairs,
        names={other.id: (other.name, other.archive) for other in order.others},
    )
    return (head + section).encode()


def _warnings(order: Order, document: Told, gone: frozenset[int]) -> list[str]:
    """Return what a person should look at."""
    out = []
    for n, repeat in enumerate(document.found.repeats):
        if repeat.figures_differ and n in gone:
            values = [d for d in repeat.differences if d.kind in {"number", "date", "only_b"}]
            shown = "; ".join(f"{d.a_text or 'nothing'} against {d.b_text}" for d in values[:3])
            out.append(
                f"figures differ between the copies: {repeat.reason}" + (f": {shown}" if shown else "")
            )
    source = document.found.source
    if source.why and order.ordinal == 0:
        out.append(f"read as {source.media}: {source.why}")
    if source.errors:
        out.append(f"{source.errors} bytes could not be decoded and stand as U+FFFD")
    return out
