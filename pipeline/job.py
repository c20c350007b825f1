"""A run: plan → pass 1 → barrier → pass 2 → commit; `apply` enters behind the barrier, with what a run found."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import unicodedata
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pipeline import events, facts
from pipeline import settings as settings_module
from pipeline.archive import Recalling, archives, recalled
from pipeline.assemble import assemble
from pipeline.balance import Inputs
from pipeline.decisions import digest_of, standing_in
from pipeline.engines.embedded import Embedded
from pipeline.errors import OutputError, UsageError, safe
from pipeline.facts import Facts
from pipeline.fates import decided_of
from pipeline.intake import Preparing, index_cache, prepare_all
from pipeline.matching import Document, match
from pipeline.readers import LOOSE
from pipeline.readers.members import member_names
from pipeline.readers.walk import walk
from pipeline.rulings import rule
from pipeline.settling import settle
from pipeline.workspace import MANIFEST, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from pipeline.archive import Archive
    from pipeline.decisions import Event
    from pipeline.readers import Unit
    from pipeline.readers.walk import Plan
    from pipeline.report.gist import Gist
    from pipeline.settings import Settings

#: Packages whose version can change a byte of the output.
PACKAGES: Final = (
    "clean-corpus",
    "cchardet",
    "datasketch",
    "ftfy",
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
_ONE_RECORD: Final = frozenset({"txt", "md", "html", "unknown"})  # media with one document a file


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run wrote."""

    run: dict[str, Any]  # run.json
    quarantined: int  # inputs
    review: int  # items that wait for a person
    out: Path
    gist: Gist  # what there is to show of the ledger


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
        UsageError: nothing to read, input and output overlap, one of `against` is no output, or decisions are none.
        DamageError: something of one of `against` is not what was written.
        LockedError: another run writes to `out`.
        ResumeError: an unfinished run in `out` has other settings or versions, and not `restart`.
        OutputError: `out` cannot be written.
    """
    workspace = Workspace(out)
    _apart(workspace, inputs)
    decisions = standing_in(settings.run.decisions)
    opened = archives(against, out, inputs)
    plan = walk(inputs, settings.run, settings.read)
    if not plan.units:
        left = f" ({len(plan.skipped)} entries are links, hidden or special)" if plan.skipped else ""
        raise UsageError(f"nothing to read: the input holds no files{left}")
    with workspace.lock():
        workspace.recover()
        archived = [a.facts() for a in opened]
        begun = _begun(workspace, settings, plan.labels, archived, decisions, restart=restart)
        with closing(Embedded(workspace.spill, jobs=settings.run.jobs)) as engine:
            job = _Job(workspace, workspace.cache, engine, settings, begun, decisions, printer)
            found = job.find(plan, opened)
            result = job.write(found)
        job.end(found, dry_run=dry_run)
    return result


def apply(  # noqa: PLR0913 - the options of a command
    out: Path,
    config: Path | None,
    overrides: Mapping[str, object],
    *,
    target: Path | None = None,
    restart: bool = False,
    dry_run: bool = False,
    printer: events.Printer,
) -> RunResult:
    """Cut a finished output anew from what its run found; the inputs are not looked at.

    The settings are those of `config`, or, where there is none, those of `out`; `overrides` stand above either.
    The new tree takes the place of the old one, or goes to `target`.  Decisions are those of the settings, or, where
    they name no file, those of `out`.

    Raises:
        UsageError: `out` is no output, or the settings need a run, or there is nothing kept to cut from.
        DamageError: what is kept is not what was written.
        LockedError: another process works on `out` or `target`.
        ResumeError: what is kept is of other versions, or an unfinished run has other settings, and not `restart`.
        OutputError: an output cannot be written.
    """
    source = Workspace(out)
    workspace = source if target is None else Workspace(target)
    if not source.work.is_dir() or not (out / "run.json").is_file():
        raise UsageError(f"{safe(str(out))}: not an output of a run with its folder .work; needs run")
    if target is not None:
        _apart(workspace, [out])
    with ExitStack() as locks:
        for one in dict.fromkeys((source, workspace)):
            locks.enter_context(one.lock())
            one.recover()
        kept = facts.read(source.facts, _manifest(out), versions())
        stored = {f"{s}.{key}": value for s, keys in kept.settings.items() for key, value in keys.items()}
        settings = settings_module.load(config, overrides if config else {**stored, **overrides})
        facts.refuse(kept.facts.terms["settings"], settings_module.as_dict(settings))
        facts.check_packs(source.cache, kept.facts)
        decisions = standing_in(settings.run.decisions) if settings.run.decisions else decided_of(out)
        terms = kept.facts.terms
        labels = kept.facts.inputs.labels
        begun = _begun(workspace, settings, labels, terms["archives"], decisions, restart=restart)
        with closing(Embedded(workspace.spill, jobs=settings.run.jobs)) as engine:
            job = _Job(workspace, source.cache, engine, settings, begun, decisions, printer)
            result = job.write(kept.facts)
        job.end(kept.facts, dry_run=dry_run)
    return result


def _manifest(tree: Path) -> bytes:
    """Return what the manifest of a tree holds; nothing where there is none, which nothing fits."""
    path = tree / MANIFEST
    return path.read_bytes() if path.is_file() else b""


def _begun(
    workspace: Workspace,
    settings: Settings,
    labels: Sequence[str],
    opened: Sequence[Mapping[str, object]],
    decisions: Sequence[Event],
    *,
    restart: bool,
) -> dict[str, Any]:
    """Begin to write, and return the terms of what is found: settings, versions and archives.

    With the decisions, they are all that can change a byte.
    """
    shown = settings_module.as_dict(settings)
    shown["run"] = {name: shown["run"][name] for name in ("policy", "label")}  # not how the work is spread
    terms = {"settings": shown, "versions": versions(), "archives": list(opened)}
    every = {**terms, "decisions": digest_of(decisions)}
    workspace.begin(_digest(every, labels), _flat(every), restart=restart)
    return terms


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


@functools.cache
def _installed() -> dict[str, str]:
    """Return the versions of the packages; each is a file to be read, and a run asks more than once."""
    return {name: version(name) for name in PACKAGES}


def versions() -> dict[str, str]:
    """Return the versions that can change a byte of the output."""
    out = dict(_installed())
    out["python"] = ".".join(platform.python_version_tuple()[:2])
    out["unicode"] = unicodedata.unidata_version
    return out


def _flat(terms: Mapping[str, Any], name: str = "") -> dict[str, str]:
    """Return nested settings and versions as one level of names and texts."""
    out: dict[str, str] = {}
    for key, value in terms.items():
        here = f"{name}.{key}" if name else key
        out |= (
            _flat(value, here) if isinstance(value, dict) else {here: json.dumps(value, ensure_ascii=False)}
        )
    return out


def _digest(terms: Mapping[str, Any], labels: Sequence[str]) -> str:
    text = json.dumps([terms, sorted(labels)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Job:
    """The work between lock and swap; everything is written aside, nothing replaced before the end."""

    workspace: Workspace
    cache: Path  # of what pass 1 found
    engine: Embedded
    settings: Settings
    terms: dict[str, Any]
    decisions: Sequence[Event]
    printer: events.Printer

    def find(self, plan: Plan, opened: Sequence[Archive]) -> Facts:
        """Pass 1 and the barrier: return what the inputs hold, and what of it archives have."""
        pass_1 = settings_module.digest(self.settings, PASS_1) + json.dumps(versions(), sort_keys=True)
        index = self.workspace.spill / "cache.arrow"
        index_cache(self.cache, index)
        digest = hashlib.sha256(pass_1.encode()).hexdigest()
        preparing = Preparing(self.cache, index, digest, self.settings)
        with self._step("read and prepare", len(plan.units)):
            table = prepare_all(self.engine, plan.units, self.settings.run.unit_bytes, preparing)
        new, refused = _documents(plan, table, self.settings)
        documents = new
        if opened:
            recalling = Recalling(self.cache, index, digest, self.settings)
            with self._step("read archives", len(opened)):
                documents = [*recalled(opened, self.engine, recalling, self.workspace.spill), *new]
        with self._step("compare", len(documents)):
            findings = match(documents, self.cache, self.engine, self.settings)
        skipped = sorted([*refused, *plan.skipped_rows()], key=lambda r: (r["path"], r["offset"] or 0))
        between = _between(plan, new, refused)
        inputs = Inputs(plan.files, plan.bytes_read, between, tuple(sorted(plan.labels)))
        return Facts(self.terms, inputs, tuple(skipped), tuple(documents), findings)

    def write(self, found: Facts) -> RunResult:
        """Pass 2: write the tree that the policy makes of what was found."""
        with self._step("write", sum(d.archived is None for d in found.documents)):
            told = rule(
                self.decisions, found.documents, found.findings, self.cache, self.engine, self.settings
            )
            matches = settle(found.documents, found.findings, self.settings, told)
            gist, run_json = assemble(
                found, matches, self.workspace, self.cache, self.engine, self.settings, self.terms
            )
        review = run_json["counts"]["review"]
        return RunResult(run_json, gist.left["quarantined"], review, self.workspace.out, gist)

    def end(self, found: Facts, *, dry_run: bool) -> None:
        """Put the new tree in place, with the facts that fit it; they stay with the packs that they name."""
        workspace = self.workspace
        if dry_run:
            workspace.discard(keep=("report",))
            return
        name = ""
        if self.cache == workspace.cache:
            manifest = _manifest(workspace.next_tree)
            name = facts.write(workspace.facts, manifest, found, self.terms["settings"])
        workspace.commit()
        facts.drop(workspace.facts, but=name)

    @contextmanager
    def _step(self, name: str, total: int) -> Iterator[None]:
        self.printer.show(events.StepStarted(name, total))
        yield
        self.printer.show(events.StepEnded(name))


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
        stored=row["stored"],
        path=b"\0".join((unit.label.encode(), unit.path, *((member,) * bool(member)), b""))
        + ordinal.to_bytes(8, "big"),
    )


def _between(plan: Plan, documents: Sequence[Document], refused: Sequence[Mapping[str, Any]]) -> int:
    """Return the bytes read that belong to no document and to no refusal.

    Of files of records these are line ends, blanks and brackets; of a compressed file or an archive of which
    something was read, all of its bytes.  A text or a page has none, so a lost one leaves the balance uneven.
    """
    whole = {u.name for u in plan.units if u.media in _ONE_RECORD and not u.packing}
    size = sum(u.end - u.start for u in plan.units if u.name not in whole)
    stored = sum(d.stored for d in documents if d.name not in whole)
    lost = sum(r["bytes"] for r in refused if r["path"] not in whole and r["status"] == "quarantined")
    return int(size - stored - lost)


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
