"""A run: plan → pass 1 → barrier → pass 2 → commit."""

from __future__ import annotations

import hashlib
import json
import platform
import unicodedata
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pipeline import events
from pipeline import settings as settings_module
from pipeline.archive import Recalling, archives, recalled
from pipeline.assemble import assemble
from pipeline.engines.embedded import Embedded
from pipeline.errors import OutputError, UsageError, safe
from pipeline.intake import Preparing, index_cache, prepare_all
from pipeline.matching import Document, match
from pipeline.orders import orders_of
from pipeline.readers import LOOSE
from pipeline.readers.members import member_names
from pipeline.readers.walk import walk
from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from pipeline.archive import Archive
    from pipeline.ledger import Rows
    from pipeline.readers import Unit
    from pipeline.readers.walk import Plan
    from pipeline.settings import Settings

#: Packages whose version can change a byte of the output.
PACKAGES: Final = (
    "clean-corpus",
    "cchardet",
    "datasketch",
    "ftfy",
    "jinja2",
    "justext",
    "lxml",
    "numpy",
    "pyarrow",
    "rapidfuzz",
    "readability-lxml",
    "trafilatura",
)
#: The settings that pass 1 reads: its cache is keyed by them.
PASS_1: Final = (
    "decode",
    "extract",
    "normalise",
    "segment",
    "furniture",
    "fingerprint",
    "collapse",
    "read",
)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run wrote."""

    run: dict[str, Any]  # run.json
    quarantined: int  # inputs
    review: int  # items that wait for a person
    out: Path
    rows: Rows


def run(  # noqa: PLR0913 - what a person can say of a run
    inputs: Sequence[Path],
    out: Path,
    settings: Settings,
    *,
    against: Sequence[Path] = (),
    restart: bool = False,
    dry_run: bool = False,
    printer: events.Printer,
) -> RunResult:
    """Clean `inputs` into `out`; what repeats a document of the earlier outputs `against` goes for it.

    Raises:
        UsageError: nothing to read, or input and output overlap, or one of `against` is no output.
        DamageError: something of one of `against` is not what was written.
        LockedError: another run writes to `out`.
        ResumeError: an unfinished run in `out` has other settings or versions, and not `restart`.
        OutputError: `out` cannot be written.
    """
    workspace = Workspace(out)
    _apart(workspace, inputs)
    opened = archives(against, out, inputs)
    plan = walk(inputs, settings.run, settings.read)
    if not plan.units:
        left = f" ({len(plan.skipped)} entries are links, hidden or special)" if plan.skipped else ""
        raise UsageError(f"nothing to read: the input holds no files{left}")
    with workspace.lock():
        workspace.recover()
        facts = _facts(settings, opened)
        workspace.begin(_digest(facts, plan.labels), _flat(facts), restart=restart)
        engine = Embedded(workspace.spill, jobs=settings.run.jobs)
        try:
            result = _clean(plan, opened, facts, workspace, settings, engine, printer)
        finally:
            engine.close()
        if dry_run:
            workspace.discard(keep=("report",))
        else:
            workspace.commit()
    return result


def _apart(workspace: Workspace, inputs: Sequence[Path]) -> None:
    """Refuse inputs that cannot be found and outputs that cannot be, before anything is made."""
    for path in inputs:
        try:
            path.stat()
        except (OSError, ValueError) as error:
            raise UsageError(f"{safe(str(path))}: cannot be read: {_why(error)}") from error
    try:
        workspace.refuse(inputs)
    except OSError as error:
        raise OutputError(f"{safe(str(workspace.out))}: cannot be written: {_why(error)}") from error


def _why(error: OSError | ValueError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else safe(str(error))


def _facts(settings: Settings, opened: Sequence[Archive]) -> dict[str, Any]:
    """Return settings, versions and archives: all that can change a byte, so not how the work is spread."""
    shown = settings_module.as_dict(settings)
    shown["run"] = {name: shown["run"][name] for name in ("policy", "label")}
    return {
        "settings": shown,
        "versions": versions(),
        "archives": [archive.facts() for archive in opened],
    }


def versions() -> dict[str, str]:
    """Return the versions that can change a byte of the output."""
    out = {name: version(name) for name in PACKAGES}
    out["python"] = ".".join(platform.python_version_tuple()[:2])
    out["unicode"] = unicodedata.unidata_version
    return out


def _flat(facts: Mapping[str, Any], name: str = "") -> dict[str, str]:
    """Return nested settings and versions as one level of names and texts."""
    out: dict[str, str] = {}
    for key, value in facts.items():
        here = f"{name}.{key}" if name else key
        out |= (
            _flat(value, here) if isinstance(value, dict) else {here: json.dumps(value, ensure_ascii=False)}
        )
    return out


def _digest(facts: Mapping[str, Any], labels: Sequence[str]) -> str:
    text = json.dumps([facts, list(labels)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _clean(  # noqa: PLR0913 - the run's parts, each used here once
    plan: Plan,
    opened: Sequence[Archive],
    facts: Mapping[str, Any],
    workspace: Workspace,
    settings: Settings,
    engine: Embedded,
    printer: events.Printer,
) -> RunResult:
    """Carry out the plan; everything is written aside, nothing replaced yet."""
    pass_1 = settings_module.digest(settings, PASS_1) + json.dumps(versions(), sort_keys=True)
    index = workspace.spill / "cache.arrow"
    index_cache(workspace.cache, index)
    digest = hashlib.sha256(pass_1.encode()).hexdigest()
    preparing = Preparing(workspace.cache, index, digest, settings)
    printer.show(events.StepStarted("read and prepare", len(plan.units)))
    table = prepare_all(engine, plan.units, settings.run.unit_bytes, preparing)
    printer.show(events.StepEnded("read and prepare"))
    new, refused = _documents(plan, table, settings)
    documents = new
    if opened:
        printer.show(events.StepStarted("read archives", len(opened)))
        recalling = Recalling(workspace.cache, index, digest, settings)
        documents = [*recalled(opened, engine, recalling, workspace.spill), *new]
        printer.show(events.StepEnded("read archives"))
    printer.show(events.StepStarted("compare", len(documents)))
    matches = match(documents, workspace.cache, engine, settings)
    printer.show(events.StepEnded("compare"))
    printer.show(events.StepStarted("write", len(new)))
    orders = orders_of(documents, matches, settings)
    rows, run_json, review = assemble(
        plan, documents, refused, matches, orders, workspace, engine, settings, facts
    )
    printer.show(events.StepEnded("write"))
    quarantined = sum(s["status"] == "quarantined" for s in rows.skipped)
    return RunResult(run_json, quarantined, review, workspace.out, rows)


def _documents(
    plan: Plan, table: pa.Table, settings: Settings
) -> tuple[list[Document], list[dict[str, Any]]]:
    """Return the documents in the order of their paths, numbered records and ids, and what was refused."""
    documents: list[Document] = []
    refused: list[dict[str, Any]] = []
    records: dict[tuple[bytes, bytes], int] = {}  # records met so far in each file or member
    by_unit: dict[int, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        by_unit.setdefault(row["unit"], []).append(row)
    for index, unit in enumerate(plan.units):
        rows = by_unit.get(index, ())
        names = member_names(unit, [(r["member"], r["suffix"]) for r in rows])
        lost = next((n for n, r in enumerate(rows) if r["reason"] and not r["skipped"]), -1)
        alone = lost if all(r["reason"] for r in rows) else -1
        for number, row in enumerate(rows):
            name = names.get(row["member"], unit.name)
            if row["reason"]:
                refused.append(_refused(unit, row, name, alone=number == alone))
                continue
            place = (unit.label.encode() + b"\0" + unit.path, row["member"])
            ordinal = records.get(place, 0)
            records[place] = ordinal + 1
            documents.append(_document(unit, index, row, ordinal, name, settings))
    return documents, refused


def _document(
    unit: Unit, index: int, row: Mapping[str, Any], ordinal: int, name: str, settings: Settings
) -> Document:
    member = row["member"]
    return Document(
        id=document_id(unit, ordinal, member),
        label=unit.label,
        name=name,
        file=index,
        ordinal=ordinal,
        pack=row["pack"],
        row=row["row"],
        view_key=row["view_key"],
        source=_source(unit, name, row, settings),
        published=row["published"],
        known=row["known"],
        damaged=row["damaged"],
        path=b"\0".join((unit.label.encode(), unit.path, *((member,) * bool(member)), b""))
        + ordinal.to_bytes(8, "big"),
    )


def document_id(unit: Unit, ordinal: int, member: bytes = b"") -> str:
    """Return the id of a document: a hash of label, path, member and record; not of its content."""
    parts = (unit.label.encode(), unit.path, member, str(ordinal).encode())
    return "d-" + hashlib.blake2b(b"\0".join(parts), digest_size=12).hexdigest()


def _source(unit: Unit, name: str, row: Mapping[str, Any], settings: Settings) -> str:
    """Return a document's source: a settings rule, else the host of its URL, else the first folder level."""
    named = settings.read.source(name)
    if named:
        return named
    host = _host(row["url"])
    if host:
        return host
    below = name.removeprefix(f"{unit.label}/") if unit.label else name
    first, slash, _ = below.partition("/")
    return "/".join(part for part in (unit.label, first if slash else "") if part)


def _host(url: str) -> str | None:
    """Return the host of an address, or None if it has none or is no address."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return str(host) if host else None


def _refused(unit: Unit, row: Mapping[str, Any], name: str, *, alone: bool) -> dict[str, Any]:
    """Return the row of what is refused; `alone` is the first of a file that gave nothing else.

    The bytes of a compressed file or an archive cannot be told apart by what they hold: they are refused with it
    if nothing of it is read, and else count as read.
    """
    whole = unit.end - unit.start if alone else 0
    loose = (unit.media in LOOSE and not unit.packing) or row["pack"] == ""
    return {
        "path": name,
        "status": "skipped" if row["skipped"] else "quarantined",
        "reason": row["reason"],
        "detail": row["detail"],
        "bytes": row["length"] if loose else whole,
        "unpacked": None if loose else row["length"],
        "offset": row["offset"],
        "sha256": row["sha256"] or None,
    }
