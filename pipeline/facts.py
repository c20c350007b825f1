"""What a run found, kept beside its output: all that pass 2 needs but for the packs, so that `apply` can cut anew.

    OUT/.work/facts/TREE-CONTENT.arrow

TREE is the hash of the manifest of the tree that the facts belong to, CONTENT that of the file itself.  So facts
that fit another tree, as after a run that was killed before or behind its swap, are not found, and damaged ones are
known.  Nothing of the facts depends on the policy, so a tree that was cut anew has the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from array import array
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from pipeline import codec, fsops, packs
from pipeline.balance import Inputs
from pipeline.errors import DamageError, ResumeError, UsageError, safe
from pipeline.ledger import fitting
from pipeline.matching import Document, Findings
from pipeline.packed import Packed, Paragraphs
from pipeline.pairs import Pairs
from pipeline.readers import Unit
from pipeline.sharings import Sharings
from pipeline.tombstones import Tombstone
from pipeline.workspace import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

FORMAT: Final = 5  # raised when a value below changes its fields
_HASH: Final = 32  # digits of a hash in a name
_ROWS: Final = 4096  # of the file, in one batch
_SCHEMA: Final = pa.schema([("kind", pa.string()), ("value", pa.large_string())])


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read, and what was found in it."""

    terms: Mapping[str, Any]  # settings and versions it was found with, as in run.json
    inputs: Inputs
    skipped: tuple[dict[str, Any], ...]  # rows of the ledger, in order
    documents: Sequence[Document]
    findings: Findings
    units: Sequence[Unit] = ()  # that documents are of, as they are found again if their files are gone
    pass_1: str = ""  # digest of the settings and versions that these were read with
    forgotten: tuple[Tombstone, ...] = ()  # what was erased


@dataclass(frozen=True, slots=True)
class Kept:
    """Facts of an output, and the settings that it was cut with last."""

    facts: Facts
    settings: Mapping[str, Any]


#: Kind of a row that is a single value → its class.  The others are lines of columns or of what is packed, which
#: numbers stand before, so that they need not be read: see `_rows`.
_KINDS: Final[dict[str, type[Any]]] = {"inputs": Inputs, "skipped": dict, "forgotten": Tombstone}


def _any(found: object, wanted: object) -> str:
    del found, wanted
    return ""


def _at_least(found: int, wanted: int) -> str:
    return "" if wanted >= found else f"must be {found} or more"


#: Settings that nothing was found by → what is wrong with a value, where another was found with.  A run with any
#: other setting might look at other texts, or find other pairs worth a check, so facts say nothing of it.
APPLIED: Final[dict[str, Callable[[Any, Any], str]]] = {
    "run.policy": _any,
    "run.layout": _any,
    "cluster.review_size": _any,
    "decide.over_removed": _any,
    "decide.passage_least": _at_least,  # shorter paragraphs were not kept
    "render.copy_least": _any,
}


def refuse(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse settings that facts found with others say nothing of.

    Raises:
        UsageError: there are such; it names them.
    """
    wrong = []
    for section, values in found.items():
        for key, value in values.items():
            other = wanted[section][key]
            name = f"{section}.{key}"
            why = APPLIED[name](value, other) if name in APPLIED else "it settles what is read and found"
            if other != value and why:
                wrong.append(f"{name} was {_shown(value)}, is {_shown(other)} ({why})")
    if wrong:
        raise UsageError(f"needs run: {'; '.join(wrong)}; run again over the inputs with these settings")


def _shown(value: object) -> str:
    return safe(json.dumps(value, ensure_ascii=False))


def write(folder: Path, manifest: bytes, facts: Facts, settings: Mapping[str, Any]) -> str:
    """Write the facts of the tree with this manifest, durable; return the name of the file.

    Raises:
        OutputError: it cannot be written.
    """
    head = {"format": _format(), "terms": facts.terms, "settings": settings, "pass_1": facts.pass_1}
    schema = _SCHEMA.with_metadata({"head": json.dumps(head)})
    sink = pa.BufferOutputStream()
    rows = _rows(facts)
    with pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        while part := list(islice(rows, _ROWS)):
            kinds, values = zip(*part, strict=True)
            columns = [pa.array(kinds), pa.array(values, pa.large_string())]
            writer.write_batch(pa.record_batch(columns, schema=schema))
    data = sink.getvalue().to_pybytes()
    name = f"{_digest(manifest)}-{_digest(data)}.arrow"
    fsops.write_atomic(folder / name, data, durable=True)
    for path in _of(folder, manifest):
        if path.name != name:  # of the same tree, from other packs
            fsops.remove_file(path)
    return name


def _of(folder: Path, manifest: bytes) -> list[Path]:
    return sorted(folder.glob(f"{_digest(manifest)}-*.arrow"))


def drop(folder: Path, but: str = "") -> None:
    """Remove the facts of trees that are gone: all but the file of this name.

    Raises:
        OutputError: they cannot be removed.
    """
    for path in sorted(folder.glob("*.arrow")):
        if path.name != but:
            fsops.remove_file(path)


def drop_others(folder: Path, manifest: bytes) -> None:
    """Remove the facts of all trees but that with this manifest.

    Raises:
        OutputError: they cannot be removed.
    """
    fitting_it = {path.name for path in _of(folder, manifest)}
    for path in sorted(folder.glob("*.arrow")):
        if path.name not in fitting_it:
            fsops.remove_file(path)


def read(folder: Path, manifest: bytes, versions: Mapping[str, str]) -> Kept:
    """Return the facts of the tree with this manifest.

    Raises:
        UsageError: none are kept.
        ResumeError: they were found by other versions.
        DamageError: they are not what was written.
    """
    paths = _of(folder, manifest)
    if not paths:
        raise UsageError(
            "needs run: what was found is not kept with this output (.work was removed, the output was made by "
            "another, or the manifest was changed); run again over the inputs"
        )
    path = paths[0]
    where = safe(os.fspath(path))
    data = path.read_bytes()
    if path.stem.partition("-")[2] != _digest(data):
        raise DamageError(f"{where}: not what was written; needs run: run again over the inputs")
    with fitting(where):
        reader = pa.ipc.open_file(pa.py_buffer(data))
        head = json.loads(reader.schema.metadata[b"head"])
        before = {"facts": head["format"], **head["terms"]["versions"]}
        now = {"facts": _format(), **versions}
        if before != now:
            raise ResumeError(
                f"needs run: what is kept was found by other versions: {differences(before, now)}; "
                "run again over the inputs"
            )
        return Kept(_facts(head, _read(reader)), head["settings"])


def earlier(
    folder: Path, manifest: bytes, pass_1: str
) -> tuple[Sequence[Unit], tuple[dict[str, Any], ...]] | None:
    """Return the units that the tree with this manifest is made of, and what was refused with them.

    None where none are kept that these settings would read.
    """
    paths = _of(folder, manifest)
    data = paths[0].read_bytes() if paths else b""
    if not paths or paths[0].stem.partition("-")[2] != _digest(data):
        return None
    with fitting(safe(os.fspath(paths[0]))):
        reader = pa.ipc.open_file(pa.py_buffer(data))
        head = json.loads(reader.schema.metadata[b"head"])
        if head["format"] != _format() or head["pass_1"] != pass_1:
            return None
        units, refused = Packed(Unit, ascii_only=True), []
        for kind, text in _read(reader):
            if kind == "unit":
                units.add(text)
            elif kind == "skipped":
                refused.append(codec.load(dict, text))
        return units, tuple(refused)


def _read(reader: pa.ipc.RecordBatchFileReader) -> Iterator[tuple[str, str]]:
    """Yield kind and value of each row, a batch at a time in memory."""
    for number in range(reader.num_record_batches):
        yield from zip(*(column.to_pylist() for column in reader.get_batch(number).columns), strict=True)


def check_packs(cache: Path, facts: Facts) -> None:
    """Check that what pass 1 found is there and what was written.

    Raises:
        DamageError: it is not.
    """
    for name in sorted({document.pack for document in facts.documents}):
        try:
            data = (cache / name).read_bytes()
        except OSError:
            data = b""
        if packs.pack_name(data) != name:
            where = safe(os.fspath(cache / name))
            raise DamageError(
                f"{where}: missing, or not what was written; needs run: run again over the inputs"
            )


def _rows(facts: Facts) -> Iterator[tuple[str, str]]:
    findings = facts.findings
    documents = zip(enumerate(_lines(facts.documents)), findings.characters, strict=True)
    lines: dict[str, Iterable[str]] = {
        "inputs": [codec.dump(facts.inputs)],
        "skipped": map(codec.dump, facts.skipped),
        "document": (
            f"{characters} {codec.dump(findings.furniture.get(number, ()))} {line}"
            for (number, line), characters in documents
        ),
        "pair": (f"{a} {b} {marks} {line}" for a, b, marks, line in findings.pairs.marked()),
        "sharings": findings.sharings.lines(),
        "unit": _lines(facts.units, ascii_only=True),
        "forgotten": map(codec.dump, facts.forgotten),
    }
    return ((kind, line) for kind, of_kind in lines.items() for line in of_kind)


def _lines(values: Sequence[Any], *, ascii_only: bool = False) -> Iterable[str]:
    """Return values as `codec` writes them."""
    if isinstance(values, Packed):
        return values.lines()
    return (codec.dump(value, ascii_only=ascii_only) for value in values)


def _facts(head: Mapping[str, Any], rows: Iterable[tuple[str, str]]) -> Facts:
    values: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    documents, characters, pairs = Packed(Document), array("q"), Pairs()
    furniture: list[tuple[int, tuple[int, ...]]] = []
    units, shared = Packed(Unit, ascii_only=True), []
    for kind, text in rows:
        if kind == "document":
            size, gone, line = text.split(" ", 2)
            if gone != "[]":
                furniture.append((len(documents), codec.load(tuple[int, ...], gone)))
            documents.add(line)
            characters.append(int(size))
        elif kind == "pair":
            a, b, marks, line = text.split(" ", 3)
            pairs.hold(int(a), int(b), int(marks), line)
        elif kind == "unit":
            units.add(text)
        elif kind == "sharings":
            shared.append(text)
        else:
            values[kind].append(codec.load(_KINDS[kind], text))
    return Facts(
        terms=head["terms"],
        inputs=values["inputs"][0],
        skipped=tuple(values["skipped"]),
        documents=documents,
        findings=Findings(Paragraphs(furniture), characters, pairs, Sharings.load(shared)),
        units=units,
        pass_1=head["pass_1"],
        forgotten=tuple(values["forgotten"]),
    )


def _format() -> str:
    return f"{FORMAT}, packs {packs.FORMAT}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_HASH]
