"""A run: plan → pass 1 → barrier → pass 2 → commit; `apply` enters behind the barrier, with what a run found."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from pipeline import events, facts, fsops
from pipeline import settings as settings_module
from pipeline.archive import Recalling, archives, recalled
from pipeline.assemble import assemble
from pipeline.balance import Inputs
from pipeline.budget import processes
from pipeline.cache import Cached, held, index_cache, prune_cache, restore_cache
from pipeline.changes import changes, counted, dumped
from pipeline.columns import rows_of
from pipeline.decisions import standing_in
from pipeline.engines.choice import EMBEDDED
from pipeline.erasure import allowed, chosen, without
from pipeline.errors import DamageError, OutputError, UsageError, safe
from pipeline.facts import Facts
from pipeline.fates import decided_of
from pipeline.growth import Growth, grown, refuse_unknown, with_unread
from pipeline.intake import Preparing, prepare_all
from pipeline.ledger import read_rows
from pipeline.listing import between, listed, units_of
from pipeline.matching import Document, Findings, archived, match
from pipeline.packed import Packed
from pipeline.readers.walk import walk
from pipeline.remote import here
from pipeline.rulings import rule
from pipeline.seen import seen, seen_of
from pipeline.settling import settle as settled
from pipeline.shards import blobs_of
from pipeline.terms import begun, memory_of, pass_1, renewed, seen_by, versions
from pipeline.tombstones import blanked, drop_blobs, hashes_of, settle, standing, veiled
from pipeline.workspace import MANIFEST, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.archive import Archive
    from pipeline.decisions import Event
    from pipeline.engines import Engine
    from pipeline.engines.choice import Choice
    from pipeline.erasure import Chosen
    from pipeline.memo import Memory
    from pipeline.readers.walk import Plan
    from pipeline.remote import Place
    from pipeline.report.gist import Gist
    from pipeline.settings import Settings
    from pipeline.tombstones import Tombstone


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run wrote."""

    run: dict[str, Any]  # run.json
    quarantined: int  # inputs
    review: int  # items that wait for a person
    out: Path
    gist: Gist  # what there is to show of the ledger


def run(  # noqa: PLR0913 - what a person can say of a run
    inputs: Sequence[Place],
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
    _apart(workspace, here(inputs))
    said = standing_in(settings.run.decisions)
    opened = archives(against, out, here(inputs))
    inputs_seen = seen_by(workspace, settings)
    known = {} if settings.run.reread else seen(inputs_seen.of("inputs"))
    plan = walk(inputs, settings.run, settings.read, known)
    if not plan.units:
        left = f" ({len(plan.skipped)} entries are links, hidden or special)" if plan.skipped else ""
        raise UsageError(f"nothing to read: the input holds no files{left}")
    with workspace.lock():
        workspace.recover()
        stones = standing(out)
        drop_blobs(workspace.cache, hashes_of(stones))
        cached = held(workspace.cache)
        decisions = allowed(said, stones)
        told, before = [a.facts() for a in opened], workspace.differs
        terms = begun(workspace, settings, plan.labels, told, decisions, stones, restart=restart)
        other = renewed(before, terms)
        if other:
            printer.show(events.RunStarted(other))
        with closing(_opened(choice, workspace, processes(settings.run))) as engine:
            job = _Job(
                *(workspace, workspace.cache, engine, settings, terms, decisions, printer),
                *(memory_of(workspace, terms), stones, inputs_seen),
            )
            found, used = job.find(job.grow(plan, prune=prune), opened)
            result = job.write(found)
        job.end(found, dry_run=dry_run)
        if dry_run:
            restore_cache(workspace.cache, cached)
        else:
            prune_cache(workspace.cache, used, blobs_of(out), settings.run.cache_spare)
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
        said = standing_in(settings.run.decisions) if settings.run.decisions else decided_of(out)
        stones = kept.facts.forgotten
        if not {*standing(workspace.out)} <= {*stones}:
            shown = safe(str(workspace.out))
            raise UsageError(
                f"{shown}: more was erased there than in {safe(str(out))}: erase it here too, with forget"
            )
        decisions = allowed(said, stones)
        labels, opened = kept.facts.inputs.labels, kept.facts.terms["archives"]
        terms = begun(workspace, settings, labels, opened, decisions, stones, restart=restart)
        with closing(_opened(choice, workspace, processes(settings.run))) as engine:
            memory = memory_of(workspace, terms)
            job = _Job(workspace, source.cache, engine, settings, terms, decisions, printer, memory, stones)
            result = job.write(kept.facts)
        job.end(kept.facts, dry_run=dry_run)
    return result


@dataclass(frozen=True, slots=True)
class Erasing:
    """How documents are erased."""

    at: str  # day, UTC
    why: str = ""
    named: bool = True  # their paths are listed as long as an input holds them
    copies: bool | None = (
        None  # what else holds their text: goes too, stays but for equal texts; None refuses
    )


def forget(
    out: Path,
    ids: Sequence[str],
    how: Erasing,
    *,
    jobs: int = 0,
    dry_run: bool = False,
    printer: events.Printer,
) -> Chosen:
    """Erase documents of a finished output: nothing of their text stays in it, and no later run takes them in again.

    What was erased before is only cleared away, if a kill left something of it.  Returns what goes, and if
    `how.copies` is False, the copies that stay.

    Raises:
        UsageError: `out` is no output, an id is of no document, others hold the same text and `how.copies` is None,
            or there is nothing kept to make the tree from.
        DamageError: what is kept is not what was written.
        LockedError: another process works on `out`.
        ResumeError: what is kept is of other versions.
        OutputError: the output cannot be written.
    """
    workspace = Workspace(out)
    if not workspace.work.is_dir() or not (out / "run.json").is_file():
        raise UsageError(
            f"{safe(str(out))}: not an output of a run with its folder .work; erase where it was made"
        )
    with workspace.lock():
        workspace.recover()
        before = standing(out)
        wanted = {*ids} - {stone.doc for stone in before}
        rows = read_rows(out, ("documents", "pairs"))
        found = chosen(rows.documents, rows.pairs, wanted)
        if dry_run:
            return found
        found = found.settled(copies=how.copies)
        if found.named:
            _erase(workspace, (*before, *found.stones(how.at, how.why, named=how.named)), jobs, printer)
        settle(workspace.cache, hashes_of(standing(out)))
        facts.drop_others(workspace.facts, _manifest(out))
        workspace.tidy()
    return found


def _erase(workspace: Workspace, stones: Sequence[Tombstone], jobs: int, printer: events.Printer) -> None:
    """Make the tree of a run that knows these tombstones, and put it in place."""
    kept = facts.read(workspace.facts, _manifest(workspace.out), versions())
    facts.check_packs(workspace.cache, kept.facts)
    stored = {f"{s}.{key}": value for s, keys in kept.settings.items() for key, value in keys.items()}
    settings = settings_module.load(None, {**stored, "run.jobs": jobs})
    decisions = allowed(decided_of(workspace.out), stones)
    labels, opened = kept.facts.inputs.labels, kept.facts.terms["archives"]
    terms = begun(workspace, settings, labels, opened, decisions, stones, restart=True)
    left = without(kept.facts, stones, blanked(workspace.cache, hashes_of(stones)))
    with closing(EMBEDDED.opened(workspace.spill, processes(settings.run), versions)) as engine:
        memory = memory_of(workspace, terms)
        job = _Job(
            workspace, workspace.cache, engine, settings, terms, decisions, printer, memory, tuple(stones)
        )
        found = job.compare(left)
        job.write(found)
    job.end(found, dry_run=False, erasing=True)


def _opened(choice: Choice, workspace: Workspace, jobs: int) -> Engine:
    """Return the engine of a run that has begun.

    Raises:
        UsageError: it cannot be had; then this is no unfinished run.
    """
    try:
        return choice.opened(workspace.spill, jobs, versions)
    except UsageError:
        workspace.discard()
        raise


def _manifest(tree: Path) -> bytes:
    """Return what the manifest of a tree holds; nothing where there is none, which nothing fits."""
    path = tree / MANIFEST
    return path.read_bytes() if path.is_file() else b""


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
    stones: Sequence[Tombstone] = ()  # of what was erased
    seen: Memory | None = None  # of inputs

    @property
    def _index(self) -> Path:
        """What the cache holds, see `index_cache`."""
        return self.workspace.spill / "cache.arrow"

    def grow(self, plan: Plan, *, prune: bool) -> Growth:
        """Return the plan with what the output was made of and is there no more, unless `prune`.

        Raises:
            UsageError: much is gone, or what cannot be kept; then this is no unfinished run.
        """
        with self._unbegun():
            return self._grown(plan, prune=prune)

    @contextmanager
    def _unbegun(self) -> Iterator[None]:
        """Leave no unfinished run where the inputs are refused."""
        try:
            yield
        except UsageError:
            self.workspace.discard()
            raise

    def _grown(self, plan: Plan, *, prune: bool) -> Growth:
        index_cache(self.cache, self._index, hashes_of(self.stones))
        out = self.workspace.out
        earlier = facts.earlier(self.workspace.facts, _manifest(out), pass_1(self.settings))
        cached = Cached(self._index).keys
        lost = [n for n, u in enumerate(plan.units) if u.known and u.known[0] not in cached]
        for number in lost:  # of packs that were damaged, or held what was erased since
            plan.units[number] = replace(plan.units[number], known=None)
        most = self.settings.run.max_gone
        growth = None
        if earlier is not None:
            growth = grown(plan, earlier[0], prune=prune, most=most, refused=earlier[1])
        if growth is None or not all(u.kept is None or u.kept.key in cached for u in growth.plan.units):
            refuse_unknown(plan, out, prune=prune)
            return Growth(plan, prune=prune)
        self.printer.show(events.RunStarted(str(growth)))
        return growth

    def find(self, growth: Growth, opened: Sequence[Archive]) -> tuple[Facts, frozenset[str]]:
        """Pass 1 and the barrier: return what the inputs hold, and what of it archives have; and the packs of it."""
        index, digest = self._index, pass_1(self.settings)
        hashes = hashes_of(self.stones)
        preparing = Preparing(self.cache, index, digest, self.settings, hashes)
        with self._step("read and prepare", len(growth.plan.units)), self._unbegun():
            table = prepare_all(self.engine, growth.plan.units, self.settings.run.unit_bytes, preparing)
            reading = with_unread(growth, table, index, self.workspace.out, self.settings.run.max_gone)
        plan, table, unread = reading.growth.plan, reading.rows, reading.refused
        if unread:
            self.printer.show(events.RunStarted(str(reading)))
        if self.seen is not None:
            self.seen.write("inputs", [seen_of(plan.units, table)])
        new, refused = listed(plan, table, self.settings)
        documents = new
        if opened:
            recalling = Recalling(self.cache, index, digest, self.settings)
            with self._step("read archives", len(opened)):
                before = recalled(opened, self.engine, recalling, self.workspace.spill, hashes)
                documents = Packed(Document, chain(before, new))
        skipped = veiled([*refused, *unread, *plan.skipped_rows()], self.stones)
        skipped.sort(key=lambda r: (r["path"], r["offset"] or 0))
        bytes_between = between(plan, new, refused)
        labels = tuple(sorted({*plan.labels, *(unit.label for unit in plan.units if unit.kept)}))
        inputs = Inputs(plan.files, plan.bytes_read, bytes_between, labels)
        units = units_of(plan, table, new)
        read = Facts(
            *(self.terms, inputs, tuple(skipped), documents, Findings(), units, digest),
            tuple(self.stones),
        )
        used = {pack for (pack,) in rows_of(table, "pack")}
        used |= {document.pack for document in documents[: len(documents) - len(new)]}  # of archives
        del table, new  # of all documents, and not wanted while they are compared
        return self.compare(read), frozenset(used)

    def compare(self, read: Facts) -> Facts:
        """Return what was read with what is found in it."""
        with self._step("compare", len(read.documents)):
            found = match(read.documents, self.cache, self.engine, self.settings, self.memory)
        return replace(read, findings=found)

    def write(self, found: Facts) -> RunResult:
        """Pass 2: write the tree that the policy makes of what was found."""
        with self._step("write", len(found.documents) - archived(found.documents)):
            told = rule(
                self.decisions, found.documents, found.findings, self.cache, self.engine, self.settings
            )
            matches = settled(found.documents, found.findings, self.settings, self.engine, told)
            gist, run_json = assemble(
                *(found, matches, self.workspace, self.cache, self.engine, self.settings, self.terms),
                self.memory,
            )
        review = run_json["counts"]["review"]
        return RunResult(run_json, gist.left["quarantined"], review, self.workspace.out, gist)

    def end(self, found: Facts, *, dry_run: bool, erasing: bool = False) -> None:
        """Put the new tree in place, with the facts that fit it; they stay with the packs that they name.

        Where something is erased, nothing stays of the old tree: neither what was remembered nor what changed.
        """
        workspace = self.workspace
        remembered = [self.memory, *([] if self.seen is None else [self.seen])]
        if dry_run:
            for memory in remembered:
                memory.discard()
            workspace.discard(keep=("report",))
            return
        for memory in remembered:
            memory.end(every=erasing)
        name = ""
        if self.cache == workspace.cache:
            manifest = _manifest(workspace.next_tree)
            name = facts.write(workspace.facts, manifest, found, self.terms["settings"])
        self._tell_changes(keep=not erasing)
        workspace.commit(erasing=erasing)
        facts.drop(workspace.facts, but=name)

    def _tell_changes(self, *, keep: bool) -> None:
        """Tell how the new tree differs from the one that stands, if one does, and keep it."""
        workspace = self.workspace
        try:
            found = changes(workspace.before, workspace.next_tree)
        except DamageError:  # no tree, or one that a run is to mend
            fsops.remove_file(workspace.changes)
            return
        if keep:
            fsops.write_atomic(workspace.changes, dumped(found))
        else:
            fsops.remove_file(workspace.changes)
        self.printer.show(events.RunEnded(counted(found)))

    @contextmanager
    def _step(self, name: str, total: int) -> Iterator[None]:
        self.printer.show(events.StepStarted(name, total))
        yield
        self.printer.show(events.StepEnded(name))
