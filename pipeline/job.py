"""A run: plan → pass 1 → barrier → pass 2 → commit; `apply` enters behind the barrier, with what a run found."""

from __future__ import annotations

import hashlib
import json
import platform
import unicodedata
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pipeline import events, facts
from pipeline import settings as settings_module
from pipeline.archive import Recalling, archives, recalled
from pipeline.assemble import assemble
from pipeline.balance import Inputs
from pipeline.engines.embedded import Embedded
from pipeline.errors import OutputError, UsageError, safe
from pipeline.facts import Facts
from pipeline.growth import grown, refuse_unknown
from pipeline.intake import Cached, Preparing, index_cache, prepare_all
from pipeline.matching import Document, match
from pipeline.readers import LOOSE, Kept
from pipeline.readers.members import member_names
from pipeline.readers.walk import walk
from pipeline.settling import settle
from pipeline.workspace import MANIFEST, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from pipeline.archive import Archive
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
    prune: bool = False,
    restart: bool = False,
    dry_run: bool = False,
    printer: events.Printer,
) -> RunResult:
    """Clean `inputs` into `out`; what repeats a document of the earlier outputs `against` goes for it.

    Inputs of the last run that are gone stay as it read them, unless `prune`.

    Raises:
        UsageError: nothing to read, or input and output overlap, or one of `against` is no output; or many inputs
            are gone, or some that cannot be kept, and not `prune`.
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
        begun = _begun(workspace, settings, plan.labels, [a.facts() for a in opened], restart=restart)
        with closing(Embedded(workspace.spill, jobs=settings.run.jobs)) as engine:
            job = _Job(workspace, workspace.cache, engine, settings, begun, printer)
            found = job.find(job.grow(plan, prune=prune), opened)
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
    The new tree takes the place of the old one, or goes to `target`.

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
        terms = kept.facts.terms
        begun = _begun(workspace, settings, kept.facts.inputs.labels, terms["archives"], restart=restart)
        with closing(Embedded(workspace.spill, jobs=settings.run.jobs)) as engine:
            job = _Job(workspace, source.cache, engine, settings, begun, printer)
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
    *,
    restart: bool,
) -> dict[str, Any]:
    """Begin to write, and return the terms: settings, versions and archives, all that can change a byte."""
    shown = settings_module.as_dict(settings)
    shown["run"] = {name: shown["run"][name] for name in ("policy", "label")}  # not how the work is spread
    terms = {"settings": shown, "versions": versions(), "archives": list(opened)}
    workspace.begin(_digest(terms, labels), _flat(terms), restart=restart)
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


def versions() -> dict[str, str]:
    """Return the versions that can change a byte of the output."""
    out = {name: version(name) for name in PACKAGES}
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
    printer: events.Printer

    @property
    def _index(self) -> Path:
        """What the cache holds, see `index_cache`."""
        return self.workspace.spill / "cache.arrow"

    @property
    def _pass_1(self) -> str:
        """The digest of settings and versions that pass 1 depends on."""
        text = settings_module.digest(self.settings, PASS_1) + json.dumps(versions(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def grow(self, plan: Plan, *, prune: bool) -> Plan:
        """Return the plan with what the output was made of and is there no more, unless `prune`."""
        index_cache(self.cache, self._index)
        out = self.workspace.out
        before = facts.units(self.workspace.facts, _manifest(out), self._pass_1)
        cached = Cached(self._index).keys
        if before is None or not all(unit.kept and unit.kept.key in cached for unit in before):
            refuse_unknown(plan, out, prune=prune)
            return plan
        growth = grown(plan, before, prune=prune, most=self.settings.run.max_gone)
        self.printer.show(events.RunStarted(str(growth)))
        return growth.plan

    def find(self, plan: Plan, opened: Sequence[Archive]) -> Facts:
        """Pass 1 and the barrier: return what the inputs hold, and what of it archives have."""
        index, digest = self._index, self._pass_1
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
        labels = tuple(sorted({*plan.labels, *(unit.label for unit in plan.units if unit.kept)}))
        inputs = Inputs(plan.files, plan.bytes_read, between, labels)
        units = _units(plan, table, new)
        return Facts(self.terms, inputs, tuple(skipped), tuple(documents), findings, units, digest)

    def write(self, found: Facts) -> RunResult:
        """Pass 2: write the tree that the policy makes of what was found."""
        with self._step("write", sum(d.archived is None for d in found.documents)):
            matches = settle(found.documents, found.findings, self.settings)
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


def _units(plan: Plan, table: pa.Table, documents: Sequence[Document]) -> tuple[Unit, ...]:
    """Return the units of the files that documents are of, to be found again."""
    told = {n: place for n, *place in zip(*(table[c].to_pylist() for c in ("unit", "key", "sha256")), strict=True)}
    files = {(plan.units[d.file].label, plan.units[d.file].path) for d in documents}
    return tuple(
        replace(unit, absolute="", kept=Kept(*told[n], gone=unit.kept is not None))
        for n, unit in enumerate(plan.units)
        if (unit.label, unit.path) in files and n in told and told[n][0]
    )


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
        gone=unit.kept is not None,
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
