"""Pass 2 over many documents: decide → render → write.

A task writes the files that are of its documents alone, and returns pieces of the others in the order of documents,
with what the run counts and shows of them: so nobody holds, or parses, the rows of all documents.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from pipeline import codec
from pipeline.balance import tally_of
from pipeline.errors import DamageError
from pipeline.fsops import Directory
from pipeline.ledger import Rows, row_line, sha256
from pipeline.packs import Shelf
from pipeline.passes import resolve
from pipeline.report.gist import DOCUMENTS_CAP, Gist, Picked
from pipeline.report.rows import name_of
from pipeline.report.tables import csv_lines
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
#: Names of pieces that are no files of the tree.
ROWS: Final = "rows of data"
TALLY: Final = "tally"
GIST: Final = "gist"
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
    """Orders → files and pieces of the output tree.  Done twice, it writes the same files."""

    folder: Path  # of packs
    tree: Path
    earlier: Path  # the tree before this one
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        made = _Part(self, part["number"][0].as_py())
        orders = [codec.load(Order, text) for text in part["order"].to_pylist()]
        for _, of_file in groupby(orders, key=lambda order: order.name):
            made.write(list(of_file))
        return made.pieces()


class _Part:
    """What a part of the documents comes to."""

    def __init__(self, task: Writing, first: int) -> None:
        self._folder = task.folder
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
        if order.kept_for is None:
            passages = [(p.paragraph, p.key) for p in order.passages]
            resolved = resolve(
                document, [(n, "recurrence") for n in order.recurring], passages, self._settings
            )
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
            self._store.put(f"ledger/blobs/{blob}", _blob(self._folder, blob))

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

    def pieces(self) -> pa.Table:
        """Return files and pieces."""
        rows, others = self._rows, self._others.values()
        gist = Gist(documents=Picked(max(0, DOCUMENTS_CAP - self._first)))
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
        records = self._store.records
        return pa.table(
            {
                "name": [*(name for name, _, _ in records), *(name for name, _ in pieces)],
                "data": pa.array([*[None] * len(records), *(data for _, data in pieces)], pa.large_binary()),
                "sha256": [*(sha256 for _, sha256, _ in records), *[None] * len(pieces)],
                "size": [*(size for _, _, size in records), *[None] * len(pieces)],
            },
            schema=PIECES,
        )


def _encoded(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return rows of data as Arrow has them."""
    table = pa.Table.from_pylist(rows, schema=DATA)
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


def _blob(folder: Path, name: str) -> bytes:
    """Return the bytes of a source that its text does not give back.

    Raises:
        DamageError: pass 1 kept them, and they are not there, or not what was written.
    """
    path = folder / "blobs" / name
    data = path.read_bytes() if path.is_file() else b""
    if sha256(data) != name:
        raise DamageError(f"{path}: missing, or not what was written; remove the folder .work and run again")
    return data


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
