"""Pass 2 over many documents: decide → render → write, as rows of named pieces of the output tree.

A task returns pieces in the order of documents; pieces of one name that follow each other make one file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from pipeline import codec
from pipeline.errors import DamageError
from pipeline.ledger import row_line, sha256
from pipeline.packs import Shelf
from pipeline.passes import resolve
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
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.packs import Prepared, Source
    from pipeline.passes import Resolved
    from pipeline.settings import Settings

PIECES: Final = pa.schema([("name", pa.string()), ("data", pa.large_binary())])
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
    """Orders → pieces of the output tree."""

    folder: Path
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        shelf = Shelf(self.folder)
        spans = SpanWriter(shelf, self.settings)
        pieces: list[tuple[str, bytes]] = []
        for row in part.to_pylist():
            order = codec.load(Order, row["order"])
            document = shelf.document(order.pack, order.row)
            pieces += _pieces(order, document, spans, self.settings)
            source = document.found.source
            if not source.exact and source.media != "html":
                pieces.append((f"ledger/blobs/{source.sha256}", _blob(self.folder, source.sha256)))
        return pa.table(
            {"name": [p[0] for p in pieces], "data": pa.array([p[1] for p in pieces], pa.large_binary())},
            schema=PIECES,
        )


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


def _pieces(
    order: Order, document: Prepared, spans: SpanWriter, settings: Settings
) -> list[tuple[str, bytes]]:
    """Return everything that one document adds to the output tree."""
    resolved: Resolved | None = None
    if order.kept_for is None:
        passages = [(p.paragraph, p.key) for p in order.passages]
        resolved = resolve(document, [(n, "recurrence") for n in order.recurring], passages, settings)
    cut = spans.parts(order, document, resolved) if resolved else [spans.whole(order, document)]
    cuts = resolved.decision.cuts if resolved else ()
    gone = frozenset(c.repeat for c in cuts if c.repeat is not None)
    row = document_row(
        order,
        document,
        resolved,
        removed_chars=sum(int(str(s["chars"])) for s in cut),
        clean=clean_name(order.name, document.found.source),
        warnings=_warnings(order, document, gone),
    )
    tables: dict[str, list[dict[str, object]]] = {
        "documents": [row],
        "spans": cut,
        "repairs": repair_rows(order, document),
        "edits": edit_rows(order, document),
        "repeats": repeat_rows(order, document, gone),
        "furniture": furniture_rows(order, document, cuts),
    }
    out = [(f"ledger/{name}.jsonl", b"".join(map(row_line, tables[name]))) for name in TABLES if tables[name]]
    out += _copy(order, document, resolved, row)
    out.append((f"notes/{order.name}.note.md", _note(order, document, tables)))
    return out


def _copy(
    order: Order, document: Prepared, resolved: Resolved | None, row: Mapping[str, object]
) -> list[tuple[str, bytes]]:
    """Return the clean copy, and the row of data/ with the text that the document has."""
    out = []
    source = document.found.source
    text = resolved.text if resolved else document.text
    if resolved is not None:
        name = clean_name(order.name, source)
        if source.text_field:
            out.append((name, record_line(source.fields, source.text_field, text)))
        else:
            out.append((name, text.encode()))
    meta = document.found.metadata
    data = {
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
        "text_sha256": row["l3"]["sha256"] if resolved else row["l2"]["sha256"],  # type: ignore[index] # our own row
        "status": row["status"],
        "tier": row["tier"],
        "dup_of": row["of"],
        "cluster": row["cluster"],
        "cluster_size": order.cluster_size,
        "weight": 1 / order.cluster_size,
        "flags": row["flags"],
    }
    out.append(("data/", json.dumps(data, ensure_ascii=False).encode() + b"\n"))
    return out


def _note(order: Order, document: Prepared, tables: Mapping[str, Sequence[Mapping[str, object]]]) -> bytes:
    head = note_head(order.name) if order.ordinal == 0 else ""
    section = note_of(
        tables["documents"][0],
        document.text,
        spans=tables["spans"],
        repeats=tables["repeats"],
        furniture=tables["furniture"],
        edits=tables["edits"],
        repairs=tables["repairs"],
        names={other.id: (other.name, other.archive) for other in order.others},
    )
    return (head + section).encode()


def _warnings(order: Order, document: Prepared, gone: frozenset[int]) -> list[str]:
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
