"""Verify: is an output what was written, and can every source be rebuilt from it?

Reads only; what is wrong becomes a finding, never an exception, and nothing is ever deleted or repaired.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline import fsops
from pipeline.balance import Inputs, balance_of, counts_of, tally_of
from pipeline.errors import DamageError, UsageError, safe
from pipeline.ledger import Output, Rows, fitting
from pipeline.manifest import MANIFEST, entries
from pipeline.shards import BLOBS
from pipeline.tombstones import Tombstone, hashes_of
from pipeline.workspace import DERIVED
from stages.decide import PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.ledger import Row

_OUTSIDE: Final = frozenset({".work", *DERIVED})  # top-level entries that the manifest does not name
_CHUNK: Final = 1 << 20
#: Counts that the ledger does not hold: what was met on disk, and what a person is asked to judge.
_GIVEN: Final = frozenset({"files", "bytes.read", "bytes.accepted", "review"})

_AGAIN: Final = "take it from a backup, or run the same command on the same inputs again"
_UNKNOWN: Final = "move it out of the output if it is yours"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written."""

    what: str
    where: str  # file of the output, or document
    to_do: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, and what was found; texts in it have passed `pipeline.errors.safe`."""

    findings: tuple[Finding, ...]
    files: int  # hashed
    documents: int
    spans: int  # removed spans rebuilt from what survives
    proved: int  # documents whose source (of a page: extracted text) was rebuilt and fits its hash


@dataclass(slots=True)
class _Check:
    out: Path
    findings: list[Finding] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # files that the manifest names
    files: int = 0
    spans: int = 0
    proved: int = 0

    def add(self, what: str, where: str, to_do: str = _AGAIN) -> None:
        """Note a finding."""
        self.findings.append(Finding(safe(what), safe(where), to_do))


def verify(out: Path, *, deep: bool = False, sample: int | None = None, seed: int = 0) -> Report:
    """Check an output: every file against the manifest, the balance, every removed span and every clean copy.

    `deep` also rebuilds the source of each document; `sample` that of so many, chosen by `seed`.

    Raises:
        UsageError: `out` is no output.
    """
    check = _Check(out)
    _files(check)
    try:
        output = Output(out)
    except DamageError as error:
        check.add(str(error), "run.json")
        return _report(check, 0)
    except UsageError:
        if not check.named:
            raise
        check.add("run.json is missing", "run.json")
        return _report(check, 0)
    try:
        rows = output.rows()
        output.files.places()
    except DamageError as error:
        check.add(str(error), "ledger")
        return _report(check, 0)
    for where, part in (
        ("run.json", _balance),
        ("ledger", _references),
        ("ledger", _named_once_and_surviving),
        ("ledger", _archived),
    ):
        try:
            with fitting(where):
                part(check, output, rows)
        except DamageError as error:
            check.add(str(error), where)
    _documents(check, output, rows, _chosen(rows, deep=deep, sample=sample, seed=seed))
    return _report(check, len(rows.documents))


def _report(check: _Check, documents: int) -> Report:
    found = tuple(dict.fromkeys(check.findings))
    return Report(found, check.files, documents, check.spans, check.proved)


def _files(check: _Check) -> None:
    """Compare the tree with the manifest."""
    if not check.out.is_dir():
        raise UsageError(f"{safe(os.fspath(check.out))}: no such folder")
    path = check.out / MANIFEST
    try:
        rows = _manifest(check, path.read_bytes())
    except FileNotFoundError:
        if (check.out / "run.json").is_file():
            check.add("the manifest is missing", MANIFEST)
        return
    except OSError as error:
        check.add(f"cannot be read: {error.strerror}", MANIFEST)
        return
    for name, digest in rows:
        check.named.add(name)
        _file(check, name, digest)
    for name in _found(check.out):
        if name not in check.named and name != MANIFEST:
            check.add("unexpected: the manifest does not name it", name, _UNKNOWN)


def _manifest(check: _Check, data: bytes) -> list[tuple[str, str]]:
    """Return names and hashes; any byte that is not as it is written is found."""
    rows: list[tuple[str, str]] = []
    for number, entry in enumerate(entries(data), 1):
        if entry is None:
            check.add(f"line {number} is no line of a manifest", MANIFEST)
        else:
            rows.append(entry)
    names = [os.fsencode(name) for name, _ in rows]
    if fsops.manifest(rows) != data or names != sorted(set(names)):
        check.add("not as it is written: a line is cut, or lines are not in order", MANIFEST)
    return rows


def _file(check: _Check, name: str, expected: str) -> None:
    path = check.out / name
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            check.add("not a file", name)
            return
        digest = hashlib.sha256()
        with path.open("rb") as handle:
            while chunk := handle.read(_CHUNK):
                digest.update(chunk)
    except (FileNotFoundError, NotADirectoryError):
        check.add("missing", name)
        return
    except OSError as error:
        check.add(f"cannot be read: {error.strerror}", name)
        return
    check.files += 1
    if digest.hexdigest() != expected:
        check.add("changed: it does not fit its hash in the manifest", name)


def _found(out: Path) -> Iterator[str]:
    """Yield the names of everything in the tree that is not a folder, in order."""
    for folder, folders, files in os.walk(out):
        here = Path(folder)
        top = here == out
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not (top and name in _OUTSIDE))
        for name in sorted([*files, *links]):
            if not (top and name in _OUTSIDE):
                yield (here / name).relative_to(out).as_posix()


def _balance(check: _Check, output: Output, rows: Rows) -> None:
    """Count the ledger again: run.json must say the same, and nothing may be left over."""
    run = output.run
    said = run["counts"]
    between = said["bytes"]["accepted"] - sum(d["l0"]["stored"] for d in rows.documents)
    inputs = Inputs(files=said["files"], read=said["bytes"]["read"], between=between)
    tally = tally_of(rows, {row["id"] for row in rows.archived})
    counted = counts_of(tally, inputs, said["review"])
    mine, theirs = dict(_leaves(counted)), dict(_leaves(said))
    for key in sorted({*mine, *theirs} - _GIVEN):
        if mine.get(key) != theirs.get(key):
            check.add(f"counts.{key} is {theirs.get(key)}; the ledger has {mine.get(key)}", "run.json")
    if between < 0:
        check.add("documents have more bytes than were accepted", "run.json")
    for kind, left in balance_of(counted).items():
        if left:
            check.add(f"the balance of {kind} leaves {left} over", "run.json")
    if run["balance"] != balance_of(counted):
        check.add(f"the balance is not that of the counts: {run['balance']}", "run.json")


def _leaves(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _leaves(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", inner


def _references(check: _Check, output: Output, rows: Rows) -> None:
    """Check that what the ledger points to is there."""
    known = {row["id"]: row["status"] for row in rows.documents}
    archived = {row["id"] for row in rows.archived}
    for table in ("spans", "repairs", "edits", "repeats", "furniture"):
        for doc in dict.fromkeys(row["doc"] for row in getattr(rows, table)):
            if doc not in known:
                check.add(f"ledger/{table}.jsonl names a document that the ledger does not have", doc)
    erased = hashes_of(Tombstone(**row) for row in rows.forgotten)
    for row in rows.documents:
        where = f"{row['path']} ({row['id']})"
        if not erased.keys().isdisjoint(row[layer]["sha256"] for layer in ("l0", "l1", "l2")):
            check.add("its text was erased, and the ledger has it", where, "run again, which leaves it out")
        alone = row["of"] is None and row["tier"] == PERSON and row["status"] == "removed"
        if (
            row["status"] == "removed"
            and not alone
            and known.get(row["of"]) != "kept"
            and row["of"] not in archived
        ):
            check.add(f"removed for {row['of']}, which is not kept", where)
        blob = row["l0"]["blob"]
        if blob is not None and output.files.file_of(f"{BLOBS}{blob}") not in check.named:
            check.add("its stored bytes are not in the manifest", where)
        _spans_fit(check, row, output.spans(row["id"]), where)


def _named_once_and_surviving(check: _Check, output: Output, rows: Rows) -> None:
    """Check that each document stands once, and that what a removed span names as its survivor is kept."""
    known = {row["id"]: row["status"] for row in rows.documents}
    archived = {row["id"] for row in rows.archived}
    for doc, count in Counter(row["id"] for row in rows.documents).items():
        if count > 1:
            check.add("the document stands twice in the ledger", doc)
    for span in rows.spans:
        of = span["of"]
        if of and of["doc"] not in archived and not _survives(known, output, span):
            check.add(f"span {span['n']} is said to survive where nothing was kept", span["doc"])


def _survives(known: Mapping[str, str], output: Output, span: Row) -> bool:
    """Whether something is left of the place that a removed span names, of a document that is kept."""
    of = span["of"]
    if known.get(of["doc"]) != "kept":
        return False
    if span["reason"] == "document":  # positions are of its clean copy
        return True
    at = of["start"]
    for cut in output.spans(of["doc"]):  # in order
        if cut["start"] <= at:
            at = max(at, cut["end"])
    return bool(at < of["end"])


def _archived(check: _Check, output: Output, rows: Rows) -> None:
    """Check that documents of archives are known where they are named, and their archives and decisions too."""
    labels = {archive["label"] for archive in output.run["archives"]}
    for row in rows.archived:
        if row["archive"] not in labels:
            check.add("it is of an archive that run.json does not name", row["id"])
    decided = {row["id"] for row in rows.decisions}
    for span in rows.spans:
        if span["reason"] == "decision" and span["rule"] not in decided:
            check.add(
                f"a person's decision {span['rule']} removed of it, and the ledger does not have it",
                span["doc"],
            )
    known = {row["id"] for row in (*rows.archived, *rows.documents)}
    named = [doc for pair in rows.pairs for doc in (pair["a"], pair["b"])]
    named += [member["id"] for row in rows.clusters for member in row["members"]]
    named += [place["doc"] for row in rows.passages for place in row["places"]]
    named += [doc for row in rows.decisions for doc in row["documents"]]
    for doc in dict.fromkeys(named):
        if doc not in known:
            check.add("pairs, clusters, passages or decisions name it, and the ledger does not have it", doc)


def _spans_fit(check: _Check, row: Row, spans: list[Row], where: str) -> None:
    """Check that spans are in order, and that their characters and the kept ones make up the text."""
    edges = [edge for span in spans for edge in (span["start"], span["end"])]
    if edges != sorted(edges) or (edges and not 0 <= edges[0] <= edges[-1] <= row["l2"]["chars"]):
        check.add("its removed spans overlap, or leave its text", where)
    removed = sum(span["chars"] for span in spans)
    kept = 0 if row["l3"] is None else row["l3"]["chars"]
    status = "removed" if row["l3"] is None else "kept"
    if (row["kept_chars"], row["removed_chars"], row["status"]) != (kept, removed, status):
        check.add("its counts are not those of its clean copy and its removed spans", where)
    if kept + removed != row["l2"]["chars"]:
        check.add("kept and removed characters do not add up to its text", where)


def _chosen(rows: Rows, *, deep: bool, sample: int | None, seed: int) -> frozenset[str]:
    """Return the documents whose source is to be rebuilt."""
    ids = sorted(row["id"] for row in rows.documents if isinstance(row["id"], str))
    if not deep and sample is None:
        return frozenset()
    if deep or sample is None or sample >= len(ids):
        return frozenset(ids)
    return frozenset(random.Random(seed).sample(ids, sample))  # noqa: S311 - a sample, no secret


def _documents(check: _Check, output: Output, rows: Rows, deep: frozenset[str]) -> None:
    """Rebuild clean copies and removed spans of all documents, and the sources of some."""
    for row in rows.documents:
        where = f"{row['path']} ({row['id']})"
        try:
            with fitting("the ledger"):
                _document(check, output, row, rebuild=row["id"] in deep)
        except (DamageError, UsageError) as error:
            check.add(str(error).removeprefix(f"{safe(where)}: "), where)


def _document(check: _Check, output: Output, row: Row, *, rebuild: bool) -> None:
    if row["l3"] is not None:
        output.text(row["id"], "L3")
    for span in output.spans(row["id"]):
        output.removed_text(span)
        check.spans += 1
    if not rebuild:
        return
    output.text(row["id"], "L1")
    if row["media"] != "html":
        output.text(row["id"], "L0")
    if row["text_field"] and row["l3"] is None and row["fields"] and not _is_object(row["fields"]):
        raise DamageError("the other fields of the record are no JSON object")
    check.proved += 1


def _is_object(text: str) -> bool:
    return isinstance(json.loads(text), dict)
