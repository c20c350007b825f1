"""Archives: what earlier outputs keep, read to compare new documents with it.

An archive is opened for reading only: nothing is written into it, no lock, and nothing of its `.work` is read.
Every file of it that is read fits the hash in its manifest.  A document is compared as the archive's own run
compared it: its L2, less repeats inside it and furniture, with what recurrence found there.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from pipeline import fsops, packs
from pipeline.barrier import text_hash
from pipeline.cache import Cached, Filling, Waiting
from pipeline.errors import DamageError, UsageError, safe
from pipeline.ledger import Output, fitting, read_rows, sha256
from pipeline.manifest import MANIFEST, entries
from pipeline.matching import Archived, Document
from pipeline.names import output_name
from pipeline.passes import recall, recall_batch
from pipeline.shards import INDEX
from pipeline.workspace import lies_in
from stages.decide import DAMAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from pipeline.cache import Entry
    from pipeline.engines import Engine
    from pipeline.ledger import Row
    from pipeline.settings import Settings
    from pipeline.tombstones import Hashes

_TABLES: Final = ("documents", "spans", "furniture")  # of its ledger, what is read
_AT_ONCE: Final = 4 << 20  # characters of texts in one task
_TEXTS: Final = pa.schema(
    [
        ("media", pa.string()),
        ("text", pa.large_string()),
        ("recurring", pa.list_(pa.int64())),  # where furniture by recurrence begins
        ("cuts", pa.list_(pa.int64())),  # start and end of each removed span
    ]
)
_PARTS: Final = pa.schema([("file", pa.string())])


@dataclass(frozen=True, slots=True)
class Archive:
    """An earlier output that is compared with."""

    label: str  # its folder's name, made unique
    sha256: str  # of its manifest
    output: Output
    hashes: dict[str, str]  # file → hash, of its manifest

    def facts(self) -> dict[str, object]:
        """Return what run.json says of it."""
        kept = sum(row["l3"] is not None for row in self.output.rows().documents)
        return {"label": self.label, "manifest_sha256": self.sha256, "documents": kept}

    def check(self, name: str) -> None:
        """Compare a file with its hash in the manifest.

        Raises:
            DamageError: it is missing, or another.
        """
        expected = self.hashes.get(name)
        where = safe(os.fspath(self.output.path / name))
        if expected is None:
            raise DamageError(f"{where}: the manifest of the archive does not name it")
        try:
            with (self.output.path / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DamageError(
                f"{where}: cannot be read: {error.strerror}; see clean-corpus verify"
            ) from error
        if found != expected:
            raise DamageError(f"{where}: does not fit its hash in the manifest; see clean-corpus verify")


def archives(paths: Sequence[Path], out: Path, inputs: Iterable[Path]) -> list[Archive]:
    """Open earlier outputs, in the order of the hashes of their manifests; one that is named twice is one.

    Raises:
        UsageError: one is no output, or it, the inputs and `out` do not lie apart.
        DamageError: its manifest, run.json or ledger is not what was written.
    """
    inputs = tuple(inputs)
    found: dict[str, Path] = {}
    for path in sorted(paths, key=os.fsencode):
        _apart(path, out, inputs)
        Output(path)  # it is one
        found.setdefault(hashlib.sha256(_manifest(path)).hexdigest(), path)
    labels: dict[str, str] = {}
    for digest, path in sorted(found.items()):
        stem = output_name(os.fsencode(path.resolve().name))
        taken = {label.casefold() for label in labels.values()}
        names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
        labels[digest] = next(name for name in names if name.casefold() not in taken)
    return [_opened(path, labels[digest], digest) for digest, path in sorted(found.items())]


def _apart(path: Path, out: Path, inputs: Iterable[Path]) -> None:
    shown = safe(os.fspath(path))
    if not path.is_dir():
        raise UsageError(f"--against {shown}: no such folder; name an earlier output")
    for other, what in ((out, "the output"), *((i, "the input") for i in inputs)):
        if lies_in(other, path) or lies_in(path, other):
            raise UsageError(
                f"--against {shown}: it must lie apart from {what} {safe(os.fspath(other))}, to stay as it is"
            )


def _manifest(path: Path) -> bytes:
    try:
        return (path / MANIFEST).read_bytes()
    except OSError as error:
        shown = safe(os.fspath(path / MANIFEST))
        raise DamageError(f"{shown}: cannot be read: {error.strerror}; see clean-corpus verify") from error


def _opened(path: Path, label: str, digest: str) -> Archive:
    """Return an archive with the rows of its ledger that are needed."""
    data = _manifest(path)
    rows = list(entries(data))
    named = dict(row for row in rows if row is not None)
    if len(named) != len(rows) or not data.endswith(b"\n") or hashlib.sha256(data).hexdigest() != digest:
        raise DamageError(
            f"{safe(os.fspath(path / MANIFEST))}: not as it was written; see clean-corpus verify"
        )
    output = Output(path)
    archive = Archive(label, digest, output, named)
    places = [INDEX] if INDEX in named else []
    for name in ("run.json", *(f"ledger/{table}.jsonl" for table in _TABLES), *places):
        archive.check(name)
    with fitting(safe(os.fspath(path))):
        return Archive(label, digest, Output.of(path, output.run, read_rows(path, _TABLES)), named)


def recalled(
    opened: Sequence[Archive], engine: Engine, recalling: Recalling, spill: Path, hashes: Hashes
) -> list[Document]:
    """Return the documents that archives keep, prepared to be compared with; `hashes` are of what was erased.

    Raises:
        DamageError: something of an archive is not what was written.
    """
    says = {archive.sha256: _Says.of(archive) for archive in opened}
    parts = [pa.table({"file": [str(path)]}, schema=_PARTS) for path in _spilled(opened, says, spill, hashes)]
    placed = engine.flow(parts).map(recalling).collect().to_pylist() if parts else []
    rows = [(archive, row) for archive in opened for row in _rows(archive, hashes)]
    return [
        _document(archive, row, number, place, says[archive.sha256].texts[row["id"]])
        for number, ((archive, row), place) in enumerate(zip(rows, placed, strict=True))
    ]


@dataclass(frozen=True, slots=True)
class _Says:
    """What an archive says of its kept documents, by id."""

    texts: dict[str, list[int]]  # hashes of the texts that each stands for, its own first
    recurring: dict[str, list[int]]  # where furniture by recurrence begins, in L2

    @classmethod
    def of(cls, archive: Archive) -> _Says:
        """Return what the ledger of an archive says."""
        self = cls({}, {})
        rows = archive.output.rows()
        for row in sorted(rows.documents, key=lambda row: row["l3"] is None):
            self.texts.setdefault(row["of"] or row["id"], []).append(text_hash(row["l2"]["sha256"]))
        for row in rows.furniture:
            if row["via"] == "recurrence":
                self.recurring.setdefault(row["doc"], []).append(row["start"])
        return self


def _spilled(
    opened: Sequence[Archive], says: Mapping[str, _Says], spill: Path, hashes: Hashes
) -> Iterator[Path]:
    """Write the texts that archives keep to work files, and yield these."""
    rows: list[dict[str, object]] = []
    size = number = 0
    for text, row in (pair for archive in opened for pair in _kept(archive, says[archive.sha256], hashes)):
        rows.append({"text": text, **row})
        size += len(text) + 1024  # a document costs something, however short
        if size >= _AT_ONCE:
            yield _spill(rows, spill / f"archived-{number}.arrow")
            rows, size, number = [], 0, number + 1
    if rows:
        yield _spill(rows, spill / f"archived-{number}.arrow")


def _spill(rows: Sequence[dict[str, object]], path: Path) -> Path:
    with fsops.scratch(path) as file, pa.ipc.new_file(file, _TEXTS) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=_TEXTS))
    return path


def _rows(archive: Archive, hashes: Hashes) -> Iterator[Row]:
    """Yield the documents that an archive keeps; nothing is compared with what was erased here."""
    for row in archive.output.rows().documents:
        if row["l3"] is not None and hashes.keys().isdisjoint(row[x]["sha256"] for x in ("l0", "l1", "l2")):
            yield row


def _kept(archive: Archive, says: _Says, hashes: Hashes) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield L2 of each document that an archive keeps, and the other columns of `_TEXTS`."""
    checked: set[str] = set()
    for row in _rows(archive, hashes):
        with fitting(safe(f"{archive.label}: {row['path']}")):
            name = archive.output.files.file_of(row["l3"]["path"])
            if name not in checked:
                archive.check(name)
                checked.add(name)
            spans = archive.output.spans(row["id"])
            yield (
                archive.output.text(row["id"], "L2"),
                {
                    "media": row["media"],
                    "recurring": says.recurring.get(row["id"], []),
                    "cuts": [place for span in spans for place in (span["start"], span["end"])],
                },
            )


def _document(
    archive: Archive, row: Row, number: int, place: Mapping[str, Any], texts: Sequence[int]
) -> Document:
    meta = row["meta"]
    name = "\0".join((archive.label, row["id"])).encode()
    doc = "a-" + hashlib.blake2b(name, digest_size=12).hexdigest()
    shown = {key: row[key] for key in ("label", "path", "member", "ordinal")}
    return Document(
        id=doc,
        label=archive.label,
        name=row["path"],
        file=-1,
        ordinal=row["ordinal"],
        pack=place["pack"],
        row=place["row"],
        view_key=place["view_key"],
        source=row["source"],
        published=meta["published"] or "",
        known=sum(name != "id" for name in meta["rules"]),
        damaged=bool(DAMAGE & set(row["flags"])),
        stored=0,
        path=archive.sha256.encode() + number.to_bytes(8, "big"),
        archived=Archived(
            row={"id": doc, "archive": archive.label, "doc": row["id"], **shown}
            | {"title": meta["title"], "published": meta["published"], "source": row["source"]}
            | {"l3": {key: row["l3"][key] for key in ("sha256", "chars", "path")}},
            recurring=tuple(place["recurring"]),
            gone=tuple(place["gone"]),
            texts=tuple(texts),
        ),
    )


_PLACES: Final = pa.schema(
    [
        ("pack", pa.string()),
        ("row", pa.int32()),
        ("view_key", pa.int64()),
        ("recurring", pa.list_(pa.int32())),  # paragraphs, as of `Archived`
        ("gone", pa.list_(pa.int32())),
    ]
)


@dataclass(frozen=True, slots=True)
class Recalling:
    """Work files of texts → where the prepared documents lie, and what their archive says of their paragraphs."""

    cache: Path
    index: Path  # what the cache holds, written by `index_cache`
    digest: str  # of the pass-1 settings and versions
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        cached = Cached(self.index)
        shelf = Filling(self.cache, self._prepared)
        done = set(cached.keys)
        rows: list[dict[str, Any]] = []
        for file in part["file"].to_pylist():
            with pa.memory_map(file) as source:
                rows += pa.ipc.open_file(source).read_all().to_pylist()
        keys = [self._key(row["media"], row["text"]) for row in rows]
        for key, row in zip(keys, rows, strict=True):
            if key not in done:
                shelf.add(key, Waiting(recall(row["text"], row["media"]), None, -1))
                shelf.end(key)
                done.add(key)
        found = cached.rows(keys) | shelf.closed()
        reading = packs.Shelf(self.cache)
        places = [_place(reading, *found[key][0], row) for key, row in zip(keys, rows, strict=True)]
        return pa.Table.from_pylist(places, schema=_PLACES)

    def _prepared(self, waiting: Sequence[Waiting]) -> list[Entry]:
        return [*recall_batch([one.record for one in waiting], self.settings)]

    def _key(self, media: str, text: str) -> str:
        parts = ("archived", str(packs.FORMAT), sha256(text), media, self.digest)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _place(
    shelf: packs.Shelf, pack: str, number: int, columns: Mapping[str, Any], row: Mapping[str, Any]
) -> dict[str, object]:
    """Return a row of `_PLACES`."""
    paragraphs = shelf.document(pack, number).found.paragraphs
    starts, ends = [p.start for p in paragraphs], [p.end for p in paragraphs]
    gone: set[int] = set()
    for start, end in zip(row["cuts"][::2], row["cuts"][1::2], strict=True):
        gone.update(range(bisect_left(ends, start + 1), bisect_left(starts, end)))
    recurring = set(row["recurring"])
    return {
        "pack": pack,
        "row": number,
        "view_key": columns["view_key"],
        "recurring": [n for n, start in enumerate(starts) if start in recurring],
        "gone": sorted(gone),
    }
