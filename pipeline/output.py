"""Pass 2 over many documents: decide → render → write.

A task writes the files that are of its documents alone, and returns pieces of the others in the order of documents,
with what the run counts and shows of them: so nobody holds, or parses, the rows of all documents.

What comes of a document is remembered in columns: its lines of each table, its files, its row of data.  So what the
run before wrote of it is neither made nor encoded again: files are linked, lines are put together.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from pipeline import codec
from pipeline.balance import tally_of
from pipeline.errors import DamageError, safe
from pipeline.ledger import Rows, row_line, sha256
from pipeline.memo import PLACE, Memo
from pipeline.packs import Shelf
from pipeline.passes import resolve
from pipeline.report.gist import DOCUMENTS_CAP, Gist, Picked
from pipeline.report.rows import name_of
from pipeline.report.tables import csv_lines
from pipeline.settings import Layout
from pipeline.shards import BLOBS, Files
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
from stages.decide import UNRULED
from stages.model import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

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
MADE: Final = "made"  # documents to remember, as rows of `MADE_SCHEMA`
AGAIN: Final = "again"  # rows of those that were remembered, and serve again
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


#: What comes of a document in lines of files that all documents share.
LINES: Final = (
    *(f"ledger/{table}.jsonl" for table in TABLES),
    *(f"report/{name}.csv" for name in ("documents", "removed", "repeats")),
)
#: What comes of a document, as it is remembered.
MADE_SCHEMA: Final = pa.schema(
    [
        (PLACE, pa.string()),
        *((name, pa.large_binary()) for name in LINES),
        ("files", pa.list_(pa.struct(list(PIECES)))),  # or pieces of files that it shares with others
        (ROWS, pa.struct(list(DATA))),
    ]
)


def clean_name(name: str, source: Source) -> str:
    """Return where the clean copy of a document's file goes."""
    return f"clean/{name}{source.suffix}"


@dataclass(frozen=True, slots=True)
class Writing:
    """Orders → files and pieces of the output tree.  Done twice, it writes the same files.

    A document of which the run before had the same order gives the lines that it gave then, and its files are linked.
    Files that are packed are pieces, which the tree puts into shards.
    """

    folder: Path  # of packs
    tree: Path
    earlier: Path  # the tree before this one
    settings: Settings
    memo: Path | None

    def __call__(self, part: pa.Table) -> pa.Table:
        store = Directory(self.tree, self.earlier)
        memo = Memo(self.memo)
        keys = part[PLACE].to_pylist()
        where = self._remembered(memo, keys, store)
        new = np.flatnonzero(where < 0)
        orders = part["order"].to_pylist()
        maker = _Maker(self, store)
        made = _made([maker.document(keys[n], codec.load(Order, orders[n])) for n in new.tolist()])
        found = memo.merged(where, made)
        pieces = [(name, b"".join(found[name].to_pylist())) for name in LINES]
        pieces += _shared(part, found, None if self.packed else store)
        pieces += self._told(part, dict(pieces))
        pieces += [
            (ROWS, _stream(_columns(found[ROWS]))),
            (MADE, _stream(made)),
            (AGAIN, where[where >= 0].tobytes()),
        ]
        files = [(name, None, sha256, size) for name, sha256, size in store.records]
        some = [
            piece for piece in pieces if piece[1] or piece[0].startswith("clean/")
        ]  # of an empty text too
        return _table([*files, *((name, data, None, None) for name, data in some)])

    @property
    def packed(self) -> bool:
        """Whether files go into shards."""
        return self.settings.run.layout is Layout.PACKED

    @property
    def bound(self) -> str:
        """What a key has in addition where a document depends on how much the policy takes."""
        told = json.dumps([self.settings.run.policy.value, self.settings.decide.over_removed])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def _remembered(self, memo: Memo, keys: list[str], store: Directory) -> NDArray[np.int64]:
        """Return the row of each document that is remembered, once its files are linked; -1 for the others."""
        free, bound = np.split(memo.rows([*keys, *(key + self.bound for key in keys)]), 2)
        where = np.where(free >= 0, free, bound)
        known = np.flatnonzero(where >= 0)
        for n, files in zip(known.tolist(), memo.of(where[known], "files"), strict=True):
            if not store.link({f["name"]: (f["sha256"], f["size"]) for f in files if f["data"] is None}):
                where[n] = -1
        return where

    @staticmethod
    def _told(part: pa.Table, lines: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
        """Return what the run counts and shows of the documents of a part, from the lines of their rows."""
        rows = Rows(**{table: _rows_of(lines[f"ledger/{table}.jsonl"]) for table in TABLES})
        gist = Gist(documents=Picked(DOCUMENTS_CAP if part["number"][0].as_py() < DOCUMENTS_CAP else 0))
        gist.take(rows)
        archived = {
            row["of"] for row, gone in zip(rows.documents, part["archived"].to_pylist(), strict=True) if gone
        }
        tally = [(*key, count) for key, count in tally_of(rows, archived).items()]
        return [(TALLY, json.dumps(tally).encode()), (GIST, gist.dump())]


def _rows_of(lines: bytes) -> list[dict[str, Any]]:
    """Return the rows of a table; parsed in one go."""
    rows: list[dict[str, Any]] = json.loads(b"[" + lines[:-1].replace(b"\n", b",") + b"]")
    return rows


def _shared(part: pa.Table, found: pa.Table, store: Directory | None) -> list[tuple[str, bytes]]:
    """Write the files that several documents of a part make up, if into a store; return the pieces of the others."""
    out = []
    rows = zip(*(part[name].to_pylist() for name in ("name", "ordinal", "last")), strict=True)
    every = list(zip(rows, found["files"].to_pylist(), strict=True))
    for _, of_name in groupby(every, key=lambda row: row[0][0]):
        of_file = list(of_name)
        contents: dict[str, list[bytes]] = {}
        for _, files in of_file:
            for file in files:
                if file["data"] is not None:
                    contents.setdefault(file["name"], []).append(file["data"])
        (_, first, _), (_, _, last) = of_file[0][0], of_file[-1][0]
        for name, pieces in contents.items():
            if first == 0 and last and store is not None:
                store.put(name, b"".join(pieces))
            else:
                out.append((name, b"".join(pieces)))
    return out


class _Maker:
    """Makes what comes of documents."""

    def __init__(self, task: Writing, store: Directory) -> None:
        self._blobs = task.folder / "blobs"
        self._earlier = Files(task.earlier)
        self._packed = task.packed
        self._settings = task.settings
        self._bound = task.bound
        self._shelf = Shelf(task.folder)
        self._spans = SpanWriter(self._shelf, task.settings)
        self._store = store

    def document(self, key: str, order: Order) -> dict[str, object]:
        """Return what comes of a document, as a row of `MADE_SCHEMA`; its own files are written."""
        document = self._shelf.told(order.pack, order.row)
        source = document.found.source
        resolved: Resolved | None = None
        if order.kept_for is None and not order.ruled.dropped:
            passages = [(p.paragraph, p.key) for p in order.passages]
            recurring = [(n, "recurrence") for n in order.recurring]
            resolved = resolve(document, recurring, passages, self._settings, order.ruled)
        clean = clean_name(order.name, source)
        rows = self._rows_of(order, document, resolved, clean)
        contents = {}
        if resolved is not None:
            fields = source.fields, source.text_field
            text = record_line(*fields, resolved.text) if source.text_field else resolved.text.encode()
            contents[clean] = text
        contents[f"notes/{order.name}.note.md"] = _note(order, document, rows)
        names = {other.id: other.shown for other in order.others}
        names |= {row["id"]: name_of(row) for row in rows.documents}
        return {
            PLACE: key if self._free(order, document) else key + self._bound,
            **{f"ledger/{table}.jsonl": b"".join(map(row_line, getattr(rows, table))) for table in TABLES},
            **{f"report/{name}": lines for name, lines in csv_lines(rows, names).items()},
            "files": self._files(order, contents, rows.documents[0]["l0"]["blob"]),
            ROWS: _data(order, document, resolved, rows.documents[0]),
        }

    def _files(self, order: Order, contents: Mapping[str, bytes], blob: str | None) -> list[dict[str, Any]]:
        """Write the files of a document that is alone in its input; return them, or the pieces of others."""
        alone = order.ordinal == 0 and order.last and not self._packed
        files = [] if alone else [_piece(name, data) for name, data in contents.items()]
        if alone:
            files = [_piece(name, None, *self._store.put(name, data)) for name, data in contents.items()]
        if blob is not None:
            name = f"{BLOBS}{blob}"
            if self._packed:
                return [*files, _piece(name, self._blob(blob))]
            if name not in self._store:
                self._store.put(name, self._blob(blob))
            files.append(_piece(name, None, *self._store.record(name)))
        return files

    def _blob(self, blob: str) -> bytes:
        """Return the bytes of a source that its text does not give back, of pass 1 or of the tree before.

        Raises:
            DamageError: pass 1 kept them, and they are not there, or not what was written.
        """
        for files, name in ((Files(self._blobs), blob), (self._earlier, f"{BLOBS}{blob}")):
            with suppress(DamageError):
                data = files.read(name)
                if sha256(data) == blob:
                    return data
        where = safe(os.fspath(self._blobs / blob))
        raise DamageError(f"{where}: missing, or not what was written; remove the folder .work and run again")

    def _free(self, order: Order, document: Told) -> bool:
        """Whether no policy takes anything from a document, nor from those that it is rebuilt from."""
        if order.passages or not _whole(order, document):
            return False
        return all(other.archive or _whole(other, self._spans.other(other)[0]) for other in order.others)

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


def _whole(order: Order | Other, document: Told) -> bool:
    """Whether nothing was found in a document that any policy takes, nor decided by a person."""
    if order.recurring or order.passages or order.ruled != UNRULED or document.found.repeats:
        return False
    return all(paragraph.role is not Role.FURNITURE for paragraph in document.found.paragraphs)


def _piece(
    name: str, data: bytes | None, sha256: str | None = None, size: int | None = None
) -> dict[str, Any]:
    return {"name": name, "data": data, "sha256": sha256, "size": size}


def _made(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Return what comes of documents in columns."""
    columns = [pa.array([row[field.name] for row in rows], field.type) for field in MADE_SCHEMA]
    return pa.Table.from_arrays(columns, schema=MADE_SCHEMA)


def _table(rows: Sequence[_Piece]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, PIECES, strict=True)], schema=PIECES)


def _columns(values: pa.ChunkedArray) -> pa.Table:
    """Return structures as columns."""
    batches = [pa.RecordBatch.from_struct_array(chunk) for chunk in values.chunks]
    return pa.Table.from_batches(batches, schema=DATA)


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
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
