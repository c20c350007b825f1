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

from pipeline import events, facts, fsops
from pipeline import settings as settings_module
from pipeline.archive import Recalling, archives, recalled
from pipeline.assemble import assemble
from pipeline.balance import Inputs
from pipeline.cache import Cached, index_cache
from pipeline.changes import changes, counted, dumped
from pipeline.decisions import digest_of, standing_in
from pipeline.engines.choice import EMBEDDED
from pipeline.errors import DamageError, OutputError, UsageError, safe
from pipeline.facts import Facts
from pipeline.fates import decided_of
from pipeline.growth import grown, refuse_unknown
from pipeline.intake import Preparing, prepare_all
from pipeline.listing import between, listed, units_of
from pipeline.matching import match
from pipeline.memo import Memory
from pipeline.readers.walk import walk
from pipeline.rulings import rule
from pipeline.settling import settle
from pipeline.workspace import MANIFEST, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.archive import Archive
    from pipeline.decisions import Event
    from pipeline.engines import Engine
    from pipeline.engines.choice import Choice
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
    choice: Choice = EMBEDDED,
    printer: events.Printer,
) -> RunResult:
    """Clean `inputs` into `out`; what repeats a document of the earlier outputs `against` goes for it.

    Inputs of the last run that are gone stay as it read them, unless `prune`.

    Raises:
        UsageError: nothing to read, input and output overlap, one of `against` is no output, or decisions are none;
            or many inputs are gone, or some that cannot be kept, and not `prune`.
        DamageError: something of one of `against` is not what was written.
        LockedError: another run writes to `out`.
        ResumeError: an unfinished run in `out` has other settings or versions, and not `restart`; or a worker has.
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
        with closing(choice.opened(workspace.spill, settings.run.jobs, versions)) as engine:
            memory = _memory(workspace, begun)
            job = _Job(workspace, workspace.cache, engine, settings, begun, decisions, printer, memory)
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
    choice: Choice = EMBEDDED,
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
        ResumeError: what is kept or a worker is of other versions, or an unfinished run has other settings, and not
            `restart`.
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
        with closing(choice.opened(workspace.spill, settings.run.jobs, versions)) as engine:
            memory = _memory(workspace, begun)
            job = _Job(workspace, source.cache, engine, settings, begun, decisions, printer, memory)
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


def _memory(workspace: Workspace, terms: Mapping[str, Any]) -> Memory:
    """Return what is remembered of a run with these settings and versions."""
    text = json.dumps([terms["settings"], terms["versions"]], sort_keys=True)
    return Memory(workspace.work / "memo", workspace.spill, text)


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
    engine: Engine
    settings: Settings
    terms: dict[str, Any]
    decisions: Sequence[Event]
    printer: events.Printer
    memory: Memory

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
        """Return the plan with what the output was made of and is there no more, unless `prune`.

        Raises:
            UsageError: much is gone, or what cannot be kept; then this is no unfinished run.
        """
        try:
            return self._grown(plan, prune=prune)
        except UsageError:
            self.workspace.discard()
            raise

    def _grown(self, plan: Plan, *, prune: bool) -> Plan:
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
        new, refused = listed(plan, table, self.settings)
        documents = new
        if opened:
            recalling = Recalling(self.cache, index, digest, self.settings)
            with self._step("read archives", len(opened)):
                documents = [*recalled(opened, self.engine, recalling, self.workspace.spill), *new]
        with self._step("compare", len(documents)):
            findings = match(documents, self.cache, self.engine, self.settings, self.memory)
        skipped = sorted([*refused, *plan.skipped_rows()], key=lambda r: (r["path"], r["offset"] or 0))
        bytes_between = between(plan, new, refused)
        labels = tuple(sorted({*plan.labels, *(unit.label for unit in plan.units if unit.kept)}))
        inputs = Inputs(plan.files, plan.bytes_read, bytes_between, labels)
        units = units_of(plan, table, new)
        return Facts(self.terms, inputs, tuple(skipped), tuple(documents), findings, units, digest)

    def write(self, found: Facts) -> RunResult:
        """Pass 2: write the tree that the policy makes of what was found."""
        with self._step("write", sum(d.archived is None for d in found.documents)):
            told = rule(
                self.decisions, found.documents, found.findings, self.cache, self.engine, self.settings
            )
            matches = settle(found.documents, found.findings, self.settings, told)
            gist, run_json = assemble(
                *(found, matches, self.workspace, self.cache, self.engine, self.settings, self.terms),
                self.memory,
            )
        review = run_json["counts"]["review"]
        return RunResult(run_json, gist.left["quarantined"], review, self.workspace.out, gist)

    def end(self, found: Facts, *, dry_run: bool) -> None:
        """Put the new tree in place, with the facts that fit it; they stay with the packs that they name."""
        workspace = self.workspace
        self.memory.end()
        if dry_run:
            workspace.discard(keep=("report",))
            return
        name = ""
        if self.cache == workspace.cache:
            manifest = _manifest(workspace.next_tree)
            name = facts.write(workspace.facts, manifest, found, self.terms["settings"])
        self._tell_changes()
        workspace.commit()
        facts.drop(workspace.facts, but=name)

    def _tell_changes(self) -> None:
        """Keep how the new tree differs from the one that stands, if one does."""
        workspace = self.workspace
        try:
            found = changes(workspace.out, workspace.next_tree)
        except DamageError:  # no tree, or one that a run is to mend
            fsops.remove_file(workspace.changes)
            return
        fsops.write_atomic(workspace.changes, dumped(found))
        self.printer.show(events.RunEnded(counted(found)))

    @contextmanager
    def _step(self, name: str, total: int) -> Iterator[None]:
        self.printer.show(events.StepStarted(name, total))
        yield
        self.printer.show(events.StepEnded(name))
