"""Restore: the source texts back from an output.

txt and md come back byte for byte; records of fields with every value, as JSON Lines; of a page its extracted text,
or with its source folder at hand the page itself, once its hash fits.  Compressed files come back unpacked, and
the members of an archive in a folder of its name.  What does not fit its hash is not written.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline import fsops
from pipeline.errors import DamageError, UsageError, safe
from pipeline.ledger import Output, fitting, inside
from pipeline.names import output_name
from pipeline.readers import Record, Unit, read
from pipeline.readers.jsonl import with_text
from pipeline.reading import ReadSettings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from pipeline.ledger import Row

_TAG: Final = re.compile(r"~([0-9a-f]{12})((?:\.[A-Za-z0-9]{1,8})?)\Z")
_ESCAPE: Final = re.compile(rb"%([0-9A-F]{2})")
_SALTS: Final = 16  # names that a file system would make one; each further one has a salt more
_NAMED: Final = 5  # damaged documents that the message names


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoration wrote."""

    files: int
    documents: int
    size: int  # bytes
    extracted: int  # pages of which only the extracted text came back
    renamed: tuple[str, ...]  # files whose own name was too long, or taken: written as the output names them


def restore(
    out: Path,
    target: Path,
    *,
    ids: Collection[str] = (),
    paths: Collection[str] = (),
    source: Path | None = None,
    force: bool = False,
) -> Restored:
    """Write the sources of documents below `target`: of those named by id or path, or of all.

    With `source`, where the input folder is, pages are copied from there.  With `force`, a target that has files is
    written into, and files of the same name are replaced.

    Raises:
        UsageError: the target is inside the output, or not empty; or there is no such document.
        DamageError: some documents could not be restored; all others were.
        OutputError: the target cannot be written.
    """
    output = Output(out)
    _refuse(out, target, force=force)
    chosen = _chosen(output, ids, paths)
    return _Writer(output, target, source, force=force).write(chosen)


def _refuse(out: Path, target: Path, *, force: bool) -> None:
    shown = safe(os.fspath(target))
    ours, wanted = out.resolve(), target.resolve()
    if wanted == ours or ours in wanted.parents:
        raise UsageError(f"{shown}: inside the output; name a folder elsewhere")
    if os.path.lexists(target) and not target.is_dir():
        raise UsageError(f"{shown}: not a folder")
    if not force and target.is_dir() and any(target.iterdir()):
        raise UsageError(f"{shown}: not empty; name a new folder, or write into it with --force")


def _chosen(output: Output, ids: Collection[str], paths: Collection[str]) -> list[Row]:
    """Return the documents that were asked for, in the order of the ledger."""
    rows = output.rows().documents
    if not ids and not paths:
        return rows
    wanted = set(ids), set(paths)
    unknown = sorted(wanted[0] - {r["id"] for r in rows}) + sorted(wanted[1] - {r["path"] for r in rows})
    if unknown:
        raise UsageError(f"no document {safe(unknown[0])} in {safe(os.fspath(output.path))}")
    return [row for row in rows if row["id"] in wanted[0] or row["path"] in wanted[1]]


class _Writer:
    """Writes files one by one; a damaged one is left out and named at the end."""

    def __init__(self, output: Output, target: Path, source: Path | None, *, force: bool) -> None:
        self._output = output
        self._target = target
        self._source = source
        self._force = force
        self._written: set[Path] = set()
        self._folders: frozenset[str] = (
            frozenset()
        )  # that files need: one that is gone may lie in what is a file now
        self._renamed: list[str] = []
        self._damaged: list[str] = []
        self._documents = self._size = self._extracted = 0

    def write(self, rows: list[Row]) -> Restored:
        """Write the sources of `rows`."""
        files: dict[str, list[Row]] = {}
        with fitting("ledger/documents.jsonl"):
            for row in rows:
                files.setdefault(row["path"], []).append(row)
        self._folders = _folders(files)
        for path, records in sorted(files.items(), key=lambda item: self._suffix(item[1][0])):
            try:
                with fitting(safe(path)):
                    self._put(inside(path), records)
            except DamageError as error:
                self._damaged.append(str(error))
        if self._damaged:
            count = len(self._damaged)
            more = f"; and {count - _NAMED} more" if count > _NAMED else ""
            raise DamageError(
                f"{count} of {len(files)} files could not be restored, and were not written: "
                + "; ".join(self._damaged[:_NAMED])
                + f"{more}.  All others are in {safe(os.fspath(self._target))}"
            )
        return Restored(
            len(self._written), self._documents, self._size, self._extracted, tuple(self._renamed)
        )

    def _suffix(self, row: Row) -> str:
        """Return what is added to a name: to that of what comes back in another format than it was read in."""
        return "" if self._as_page(row) else str(row["suffix"])

    def _as_page(self, row: Row) -> bool:
        """Whether a page itself is copied from the source; one that is packed in something cannot be."""
        plain = row["media"] == "html" and not row["text_field"] and row["l0"]["stored"]
        return self._source is not None and bool(plain)

    def _put(self, path: str, records: list[Row]) -> None:
        """Write a file under its own name; if that cannot be had, under that of the output."""
        suffix = self._suffix(records[0])
        own = original_name(path)
        others = (path + suffix, f"{path}~{records[0]['id'].removeprefix('d-')}{suffix}")
        names = [*([os.fsdecode(own) + suffix] if own is not None else []), *map(inside, others)]
        place = next((n for n in names if not self._taken(n)), names[-1])
        _, size = fsops.write_atomic(self._target / place, self._contents(records))
        if own is None or place != names[0]:
            self._renamed.append(path)
        self._written.add(self._target / place)
        self._size += size
        self._documents += len(records)
        self._extracted += records[0]["media"] == "html" and not self._as_page(records[0])

    def _taken(self, name: str) -> bool:
        path = self._target / name
        return name in self._folders or (path in self._written if self._force else os.path.lexists(path))

    def _contents(self, records: list[Row]) -> Iterator[bytes]:
        first = records[0]
        if first["text_field"]:
            for row in sorted(records, key=lambda row: int(row["ordinal"])):
                with fitting(safe(row["id"])):
                    yield self._record(row)
        elif first["media"] != "html":
            yield self._output.text(first["id"], "L0")
        elif self._source is None or not self._as_page(first):
            yield self._output.text(first["id"], "L1").encode()
        else:
            yield self._page(first, self._source)

    def _record(self, row: Row) -> bytes:
        """Return one line: every other field as it was written, the text in its place."""
        text = self._output.text(row["id"], "L1")
        kept = row["l3"] is not None
        fields = _other_fields(self._output.record(row["id"]), row["text_field"]) if kept else row["fields"]
        return with_text(fields, row["text_field"], text).encode() + b"\n"

    def _page(self, row: Row, source: Path) -> bytes:
        """Return the bytes of a page from the input folder."""
        label, name = row["label"], original_name(row["path"]) or row["path"].encode()
        below = name.removeprefix(os.fsencode(label) + b"/") if label else name
        for candidate in dict.fromkeys((below, name)):
            path = source / os.fsdecode(candidate) if source.is_dir() else source
            try:
                data = path.read_bytes()
            except OSError:
                continue
            if hashlib.sha256(data).hexdigest() == row["l0"]["sha256"]:
                return data
            raise DamageError(f"{safe(row['path'])}: {safe(os.fspath(path))} is not what was read then")
        raise DamageError(f"{safe(row['path'])}: not found in {safe(os.fspath(source))}")


def _other_fields(line: bytes, text_field: str) -> str:
    """Return the fields of a clean record but its text, as they are written there."""
    settings = ReadSettings(text_fields=(text_field,), max_line_bytes=max(1, len(line)))
    unit = Unit("", b"", "", "", "jsonl", 1, 1 + len(line), len(line))
    records = list(read(unit, line, settings))
    if len(records) != 1 or not isinstance(records[0], Record) or records[0].text_field != text_field:
        raise DamageError("the clean copy of the record is no JSON object with its text")
    return records[0].fields


def _folders(paths: Iterable[str]) -> frozenset[str]:
    """Return the folders of files, under their own names and under those of the output."""
    out: set[str] = set()
    for path in paths:
        for name in {path, os.fsdecode(original_name(path) or b"")}:
            folder = name.rpartition("/")[0]
            while folder and folder not in out:
                out.add(folder)
                folder = folder.rpartition("/")[0]
    return frozenset(out)


def original_name(name: str) -> bytes | None:
    r"""Return the path that an output name was made from; None where it was too long for the whole of it.

    >>> original_name("a%FF%0A%2541.txt")
    b'a\xff\n%41.txt'
    """
    path = _ESCAPE.sub(lambda m: bytes.fromhex(m[1].decode()), name.encode())
    if _made(path, name):
        return path
    found = _TAG.search(name)
    if found:  # another file had the name, by a file system that folds case or Unicode forms
        plain = name[: found.start()] + found[2]
        path = _ESCAPE.sub(lambda m: bytes.fromhex(m[1].decode()), plain.encode())
        salted = (path + b"\0" * salt for salt in range(_SALTS))
        if _made(path, plain) and any(hashlib.sha256(s).hexdigest()[:12] == found[1] for s in salted):
            return path
    return None


def _made(path: bytes, name: str) -> bool:
    """Whether `name` is what the output calls a file at `path`, and `path` leads nowhere else."""
    if any(part in {b"", b".", b".."} or b"\0" in part for part in path.split(b"/")):
        return False
    return output_name(path) == name
