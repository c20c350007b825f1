"""The ledger of an output: its rows, and every layer of every text from them.

    L3 ──spans──> L2 ──edits──> L1 ──encoding, or the stored bytes──> L0

A clean copy with its removed spans put back is L2; a removed document is one span, rebuilt from the copy that
survives.  Whatever is given back fits its hash, or a `DamageError` names the document.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, overload

from pipeline.errors import DamageError, UsageError, safe
from pipeline.shards import BLOBS, Files
from stages.edits import undo_edits
from stages.model import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

#: A parsed JSON object.
Row: TypeAlias = dict[str, Any]
LAYERS: Final = ("L0", "L1", "L2", "L3")

#: Table → keys that every row of it has.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "documents": (
        *("v", "id", "label", "path", "member", "ordinal", "media", "status", "tier", "of", "cluster", "why"),
        *("l0", "l1", "l2", "l3", "kept_chars", "removed_chars", "meta", "language"),
        *("lines", "flags", "warnings", "source", "fields", "text_field", "suffix"),
    ),
    "spans": (
        *("doc", "n", "start", "end", "lines", "reason", "rule", "chars", "of", "from", "ops", "sha256"),
        "why",
    ),
    "repairs": ("doc", "rule", "start", "bytes", "text"),
    "edits": ("doc", "rule", "old", "new", "line", "starts"),
    "repeats": (
        *("doc", "n", "class", "removed", "kept", "repeat", "cuts", "lines_equal", "lines_total", "scores"),
        *("differences", "figures_differ", "why"),
    ),
    "pairs": (
        *("a", "b", "tier", "accepted", "via", "bands", "scores", "only_a", "only_b", "shares_lead"),
        *("differences", "why"),
    ),
    "clusters": ("id", "kept", "why_kept", "size", "chain", "members"),
    "furniture": ("doc", "start", "end", "lines", "rule", "via", "removed", "text"),
    "passages": ("key", "chars", "text", "home", "places"),
    "archived": (
        *("id", "archive", "doc", "label", "path", "member", "ordinal", "title", "published", "source"),
        "l3",
    ),
    "decisions": (
        *("v", "id", "at", "by", "via", "verdict", "subject", "seen", "why", "supersedes"),
        *("fate", "reason", "documents"),
    ),
    "skipped": ("path", "status", "reason", "detail", "bytes", "unpacked", "offset", "sha256"),
    "forgotten": ("doc", "l0", "l1", "l2", "at", "why", "named"),
}
OPTIONAL: Final = frozenset({"forgotten"})  # tables that have a file only where they have rows
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "l0": ("sha256", "bytes", "stored", "offset", "encoding", "bom", "how", "evidence", "errors", "blob"),
    "l1": ("sha256", "chars", "lines", "extractor", "agreement", "unextracted"),
    "l2": ("sha256", "chars"),
    "l3": ("sha256", "chars", "path"),
    "meta": ("title", "url", "published", "source", "author", "id", "rules"),
}
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_CACHED: Final = 64  # clean copies kept in memory: the copies of one cluster are rebuilt from one of them


@dataclass(frozen=True, slots=True)
class Rows:
    """The tables of a ledger, each in the order of its file."""

    documents: list[Row] = field(default_factory=list)
    spans: list[Row] = field(default_factory=list)
    repairs: list[Row] = field(default_factory=list)
    edits: list[Row] = field(default_factory=list)
    repeats: list[Row] = field(default_factory=list)
    pairs: list[Row] = field(default_factory=list)
    clusters: list[Row] = field(default_factory=list)
    furniture: list[Row] = field(default_factory=list)
    passages: list[Row] = field(default_factory=list)
    archived: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    skipped: list[Row] = field(default_factory=list)
    forgotten: list[Row] = field(default_factory=list)


TABLES: Final = tuple(f.name for f in fields(Rows))
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_ASCII: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def row_line(row: Mapping[str, object]) -> bytes:
    """Return a row as one line of JSON: keys in the order given, UTF-8, one LF at the end."""
    try:
        return _ENCODER.encode(row).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair has no UTF-8; as an escape it has
        return _ASCII.encode(row).encode() + b"\n"


def read_rows(out: Path, tables: Iterable[str] = TABLES) -> Rows:
    """Return the rows of an output: of these tables, or of all.

    Raises:
        DamageError: a table is missing, or a line of it is not a row of it; it says which.
    """
    wanted = set(tables)
    return Rows(**{name: list(each_row(out, name)) if name in wanted else [] for name in TABLES})


def each_row(out: Path, name: str) -> Iterator[Row]:
    """Yield the rows of a table, one line in memory at a time.

    Raises:
        DamageError: the table is missing, or a line of it is not a row of it; it says which.
    """
    file = f"ledger/{name}.jsonl"
    try:
        with (out / file).open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    raise DamageError(f"{file}: line {number} has no end")
                yield _row(name, line, f"{file}: line {number}")
    except FileNotFoundError:
        if name not in OPTIONAL:
            raise DamageError(f"{file}: missing") from None
    except OSError as error:
        raise DamageError(f"{file}: cannot be read ({error.strerror})") from error


def _row(name: str, line: bytes, where: str) -> Row:
    with fitting(where):
        row: Row = json.loads(line)
        _has_keys(row, KEYS[name])
        if name == "documents":
            for part, keys in _PARTS.items():
                if part != "l3" or row[part] is not None:
                    _has_keys(row[part], keys)
    return row


def _has_keys(row: object, keys: tuple[str, ...]) -> None:
    if not isinstance(row, dict):
        raise TypeError("not an object")
    missing = [key for key in keys if key not in row]
    if missing:
        raise ValueError(f"{missing[0]!r} is missing")


@contextmanager
def fitting(where: str) -> Iterator[None]:
    """Turn what damaged rows do to code that trusts them into a `DamageError` that says where.

    A process edge: the ledger may hold anything, and each of these errors means that it does.
    """
    try:
        yield
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        LookupError,
        RecursionError,
    ) as error:
        detail = f"no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
        raise DamageError(f"{where}: not what was written ({safe(detail)})") from error


def inside(name: str) -> str:
    """Return the name of a file of the output, if it leads nowhere else.

    Raises:
        DamageError: it does.
    """
    if "\0" in name or any(part in {"", ".", ".."} for part in name.split("/")):
        raise DamageError(f"{safe(name)}: no name of a file in an output")
    return name


def sha256(data: str | bytes) -> str:
    """Return the hash of bytes, or of a text's UTF-8."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


class Output:
    """A finished output, opened for reading; nothing is read before it is asked for.

    Raises:
        UsageError: the folder is none, or a run was stopped while it put its result in place.
        DamageError: `run.json` is not what was written.
    """

    def __init__(self, path: Path) -> None:
        shown = safe(os.fspath(path))
        if (path / ".work" / "swap.json").exists():
            raise UsageError(
                f"{shown}: a run was stopped while it put its result in place; run it again to finish"
            )
        if not (path / "run.json").is_file():
            unfinished = " (no run has finished there)" if (path / ".work").is_dir() else ""
            raise UsageError(f"{shown}: not an output of clean-corpus: it has no run.json{unfinished}")
        files = Files(path)
        with fitting("run.json"):
            run = json.loads(files.read("run.json"))
            _has_keys(
                run, ("tool", "version", "policy", "settings", "counts", "balance", "sources", "warnings")
            )
        self.path = path
        self.files = files
        self.run: Row = run
        self._l3: dict[str, str] = {}
        self._l2 = ("", "")  # the last document that was put together, and its text
        self._lines: tuple[str, bytes, array[int]] = ("", b"", array("q"))

    @classmethod
    def of(cls, path: Path, run: Mapping[str, Any], rows: Rows) -> Output:
        """Return the output that is being written at `path`: its rows are known, its clean copies are there."""
        self = cls.__new__(cls)
        self.path = path
        self.files = Files(path)
        self.run = dict(run)
        self._l3 = {}
        self._l2 = ("", "")
        self._lines = ("", b"", array("q"))
        self.__dict__["_rows"] = rows
        return self

    @cached_property
    def _rows(self) -> Rows:
        return read_rows(self.path)

    def rows(self) -> Rows:
        """Return the ledger, read once.

        Raises:
            DamageError: a table is not what was written.
        """
        return self._rows

    @cached_property
    def _documents(self) -> dict[str, Row]:
        return {row["id"]: row for row in self._rows.documents}

    @cached_property
    def _archived(self) -> dict[str, Row]:
        return {row["id"]: row for row in self._rows.archived}

    @cached_property
    def _spans(self) -> dict[str, list[Row]]:
        return _by_document(self._rows.spans)

    @cached_property
    def _edits(self) -> dict[str, list[Row]]:
        return _by_document(self._rows.edits)

    @cached_property
    def _records(self) -> dict[str, tuple[int, int]]:
        """Line of its clean copy, and lines of that in all, for each kept record of fields."""
        files: dict[str, list[tuple[int, str]]] = {}
        for row in self._rows.documents:
            if row["text_field"] and row["l3"] is not None:
                files.setdefault(row["l3"]["path"], []).append((row["ordinal"], row["id"]))
        return {
            document: (line, len(records))
            for records in files.values()
            for line, (_, document) in enumerate(sorted(records))
        }

    def document(self, doc_id: str) -> Row:
        """Return a document's row.

        Raises:
            DamageError: the ledger has no such document.
        """
        with fitting("ledger/documents.jsonl"):
            if doc_id in self._documents:
                return self._documents[doc_id]
        raise DamageError(f"ledger/documents.jsonl: no document {safe(str(doc_id))}")

    def archived(self, doc_id: str) -> Row | None:
        """Return the row of a document of an archive, or None."""
        return self._archived.get(doc_id)

    def spans(self, doc_id: str) -> list[Row]:
        """Return what was removed of a document, in the order of the ledger."""
        return self._spans.get(doc_id, [])

    def edits(self, doc_id: str) -> list[Row]:
        """Return what normalisation changed in a document, one row for each kind of change."""
        return self._edits.get(doc_id, [])

    @overload
    def text(self, doc_id: str, layer: Literal["L0"]) -> bytes: ...  # type: ignore[overload-overlap] # L0 is bytes
    @overload
    def text(self, doc_id: str, layer: str) -> str: ...
    def text(self, doc_id: str, layer: str) -> str | bytes:
        """Return one layer of a document, which fits its hash: L0 as bytes, the others as text.

        L0 of a record of fields is its text.

        Raises:
            UsageError: L0 of a page, which is in its source alone, or L3 of a removed document.
            DamageError: the output does not give the layer back.
        """
        row = self.document(doc_id)
        where = f"{safe(str(row['path']))} ({safe(doc_id)})"
        try:
            with fitting(f"{layer}"):
                if layer == "L0":
                    return self._source(row)
                return {"L1": self._first, "L2": self._second, "L3": self._third}[layer](row)
        except DamageError as error:
            raise DamageError(f"{where}: {error}") from error

    def record(self, doc_id: str) -> bytes:
        """Return the line of a kept record of fields in its clean copy, without its end.

        Raises:
            DamageError: the clean copy has another number of lines.
        """
        name = self.document(doc_id)["l3"]["path"]
        if self._lines[0] != name:
            data = self.files.read(inside(name))
            ends = array("q", (found.start() for found in re.finditer(b"\n", data)))
            self._lines = (name, data, ends)
        _, data, ends = self._lines
        line, count = self._records[doc_id]
        if len(ends) != count or (len(data) != ends[-1] + 1):
            raise DamageError(f"{safe(name)}: {len(ends)} lines; {count} records were written")
        return data[ends[line - 1] + 1 if line else 0 : ends[line]]

    def removed_text(self, span: Row) -> str:
        """Return the text of a removed span, which fits its hash.

        Raises:
            DamageError: what it is rebuilt from is gone, or is not what it was.
        """
        what = f"removed span {span['n']}"
        origin = span["from"]
        source = ""
        if origin is not None:
            if self.document(origin)["status"] != "kept":
                raise DamageError(f"{what}: it is rebuilt from {safe(str(origin))}, which is not kept")
            source = self._third(self.document(origin))
        text = "".join(_piece(op, source) for op in span["ops"])
        if len(text) != span["end"] - span["start"] or sha256(text) != span["sha256"]:
            raise DamageError(f"{what}: its recipe gives another text")
        return text

    def _third(self, row: Row) -> str:
        """Return L3: the clean copy."""
        if row["l3"] is None:
            raise UsageError(f"{safe(str(row['path']))} ({safe(row['id'])}): removed; it has no clean copy")
        key = row["id"]
        if key not in self._l3:
            if row["text_field"]:
                text = json.loads(self.record(key))[row["text_field"]]
            else:
                text = self.files.read(inside(row["l3"]["path"])).decode()
            if len(self._l3) >= _CACHED:
                self._l3.clear()
            self._l3[key] = _checked(text, row["l3"], f"{safe(row['l3']['path'])}: the clean copy")
        return self._l3[key]

    def _second(self, row: Row) -> str:
        """Return L2: the clean copy with the removed spans put back; a report asks once for each of them."""
        if self._l2[0] != row["id"]:
            self._l2 = (row["id"], self._put_together(row))
        return self._l2[1]

    def _put_together(self, row: Row) -> str:
        out: list[str] = []
        kept = "" if row["l3"] is None else self._third(row)
        at = taken = 0  # in L2, in L3
        for span in self.spans(row["id"]):
            if span["start"] < at:
                raise DamageError(f"removed span {span['n']}: it overlaps the one before")
            gap = span["start"] - at
            out += kept[taken : taken + gap], self.removed_text(span)
            at, taken = span["end"], taken + gap
        out.append(kept[taken:])
        return _checked("".join(out), row["l2"], "the normalised text")

    def _first(self, row: Row) -> str:
        """Return L1: the normalised text with the edits undone."""
        edits = [
            Edit(e["rule"], start, e["old"], e["new"]) for e in self.edits(row["id"]) for start in e["starts"]
        ]
        edits.sort(key=lambda edit: (edit.start, len(edit.old)))
        return _checked(undo_edits(self._second(row), edits), row["l1"], "the decoded text")

    def _source(self, row: Row) -> bytes:
        """Return L0: the source bytes."""
        facts = row["l0"]
        if row["media"] == "html":
            where = f"{safe(str(row['path']))} ({safe(row['id'])})"
            raise UsageError(f"{where}: the bytes of a page are in its source alone; its text is L1")
        if facts["blob"] is not None:
            if not _SHA256.fullmatch(facts["blob"]):
                raise DamageError("the name of the stored bytes is no hash")
            data = self.files.read(f"{BLOBS}{facts['blob']}")
        else:
            data = bytes.fromhex(facts["bom"]) + self._first(row).encode(facts["encoding"])
        if sha256(data) != facts["sha256"]:
            raise DamageError("the source bytes do not fit their hash")
        return data


def _by_document(rows: list[Row]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = {}
    for row in rows:
        out.setdefault(row["doc"], []).append(row)
    return out


def _piece(op: object, source: str) -> str:
    if isinstance(op, str):
        return op
    if not isinstance(op, list) or len(op) != 2:
        raise TypeError("neither a text nor a place to copy from")
    start, end = op
    if not 0 <= start <= end <= len(source):
        raise ValueError(f"a copy of {start}..{end} of {len(source)} characters")
    return source[start:end]


def _checked(text: object, layer: Row, what: str) -> str:
    if not isinstance(text, str) or len(text) != layer["chars"] or sha256(text) != layer["sha256"]:
        raise DamageError(f"{what} does not fit its hash")
    return text
