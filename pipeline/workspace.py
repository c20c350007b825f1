"""The output folder of a run: one run at a time, a new tree built aside, and a swap that a kill cannot halve.

    OUT/clean notes packed ledger data report run.json manifest-sha256.txt     the tree
    OUT/.work/lock          who works here
    OUT/.work/state.json    which run began, and whether it finished
    OUT/.work/cache spill   work files
    OUT/.work/facts         what the run of the tree found
    OUT/.work/memo          what was computed, for the next run
    OUT/.work/changes.jsonl how the tree differs from the one before
    OUT/.work/publishing.json  a publication that was begun, see `publishing`
    OUT/.work/before        the ledger of the tree before a swap that was interrupted, until the next one
    OUT/.work/next.*        the new tree, while a run builds it: no other run's name, nor a dead one's
    OUT/.work/next          the new tree, once it is complete
    OUT/.work/swap.json     the journal: while it stands, the swap goes on, whoever comes
    OUT/.work/old           the old tree, until the new one stands

Other files in OUT are a person's and are never touched.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from pipeline import fsops
from pipeline.errors import DamageError, InternalError, LockedError, ResumeError, UsageError, safe
from pipeline.remote import refuse_output

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

MANIFEST: Final = "manifest-sha256.txt"
#: What is made from a tree on request: a swap takes the old ones, and the manifest does not name them.
DERIVED: Final = ("corpus.db", "corpus-metadata.json")
_LEDGER: Final = "ledger"
#: The top-level entries of a tree: what a swap may move.
ENTRIES: Final = ("clean", "notes", "packed", _LEDGER, "data", "report", "run.json", *DERIVED, MANIFEST)

_BUILT, _CLEARED = "next.", "gone."  # how folders begin that are of one run, and those that go


@dataclass(frozen=True, slots=True)
class _State:
    """The run that began last."""

    run_key: str
    differs: dict[str, str]  # settings and versions by name
    finished: bool
    tree: dict[str, str]  # those of the tree that stands


class Workspace:
    """The output folder `out`.  Making one touches nothing."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.work: Path = out / ".work"
        self.cache: Path = self.work / "cache"
        self.spill: Path = self.work / "spill"
        self.facts: Path = self.work / "facts"
        self.changes: Path = self.work / "changes.jsonl"
        self._before = self.work / "before"
        self.next_tree: Path = self.work / f"{_BUILT}{secrets.token_hex(8)}"
        self._complete = self.work / "next"
        self._old = self.work / "old"
        self._journal = self.work / "swap.json"
        self._state = self.work / "state.json"

    def refuse(self, inputs: Iterable[Path] = ()) -> None:
        """Refuse an output that is not ours, or that overlaps an input; links are followed to compare.

        Raises:
            UsageError: `out` is a file, or a folder with somebody else's files, or it lies in an input or an
                input in it; or names of files are not UTF-8 here.
        """
        refuse_output(self.out)
        shown = safe(os.fspath(self.out))
        if sys.getfilesystemencoding() != "utf-8":  # a name with other letters could not be written
            raise UsageError(
                f"{shown}: the locale gives names of files no UTF-8; set PYTHONUTF8=1 and run again"
            )
        if os.path.lexists(self.out) and not self.out.is_dir():
            raise UsageError(f"{shown}: not a folder; name a new or an earlier output folder")
        ours = self.work.is_dir() or (self.out / "run.json").is_file()
        if not ours and self.out.is_dir() and any(self.out.iterdir()):
            raise UsageError(f"{shown}: not empty, and not an earlier output; name a new or an empty folder")
        for path in inputs:
            if lies_in(self.out, path):
                raise UsageError(f"{shown}: the output lies inside the input {safe(os.fspath(path))}")
            if lies_in(path, self.out):
                raise UsageError(f"{safe(os.fspath(path))}: the input lies inside the output {shown}")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runs out while the block runs; a run that was killed has left no lock.

        Raises:
            LockedError: another process works here.
            OutputError: the folder cannot be written.
        """
        path = self.work / "lock"
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        handle = fsops.lock(path, f"process {os.getpid()} since {since}\n")
        if handle is None:
            who = safe(path.read_text(encoding="utf-8", errors="replace").strip()) or "another process"
            raise LockedError(f"{safe(os.fspath(self.out))}: in use by {who}; wait for it, or stop it")
        try:
            yield
        finally:
            fsops.unlock(handle)

    def begin(self, run_key: str, facts: Mapping[str, str], *, restart: bool = False) -> bool:
        """Begin a run, with an empty `next_tree`; return whether it takes up one that was not finished.

        `facts` are the settings and versions that make `run_key`, to say what differs.  Call `recover` first.

        Raises:
            ResumeError: an unfinished run has another key, and not `restart`.
            OutputError: the folder cannot be written.
        """
        before = self._read_state()
        resumed = before is not None and not before.finished and before.run_key == run_key
        if before and not before.finished and not resumed and not restart:
            raise ResumeError(
                f"{safe(os.fspath(self.out))}: an unfinished run has other settings or versions: "
                f"{differences(before.differs, facts)}; use the same, or begin anew with --restart"
            )
        self._write_state(_State(run_key, dict(facts), finished=False, tree=self.differs))
        self.tidy()
        for folder in (self.next_tree, self.spill, self.cache):
            fsops.make_folder(folder)
        return resumed

    @property
    def differs(self) -> dict[str, str]:
        """The settings and versions that the tree was made with; none before the first."""
        state = self._read_state()
        return {} if state is None else state.tree

    def tidy(self) -> None:
        """Remove what runs left aside: trees that were not put in place, and work files.

        Raises:
            OutputError: it cannot be removed.
        """
        left = [path for path in self.work.iterdir() if path.name.startswith((_BUILT, _CLEARED))]
        for folder in (self._complete, self.spill, *sorted(left)):
            self._clear(folder)

    def _clear(self, folder: Path) -> None:
        """Remove a folder; a process that outlived its run may still write to it by name, so it has another first."""
        if os.path.lexists(folder):
            gone = self.work / f"{_CLEARED}{secrets.token_hex(8)}"
            fsops.rename(folder, gone)
            fsops.remove_tree(gone)

    def commit(self, *, erasing: bool = False) -> bool:
        """Put the tree in `next_tree` in place of the old one, and call the run finished; what is built is moved first.

        Killed anywhere, `recover` leaves the old tree or the new; of the old one nothing at all if `erasing`.
        Return False where the file system cannot promise that for a power cut.

        Raises:
            OutputError: it cannot be written; `recover` goes on from there.
        """
        new = sorted(path.name for path in self.next_tree.iterdir())
        strange = [name for name in new if name not in ENTRIES]
        if strange:
            raise InternalError(f"no entries of an output tree: {safe(', '.join(strange))}")
        old = [name for name in ENTRIES if os.path.lexists(self.out / name)]
        fsops.drop_temporary(self.next_tree)  # of processes that died and were followed by others
        sure = fsops.sync_tree(self.next_tree)
        self._clear(self._complete)
        fsops.rename(self.next_tree, self._complete)
        fsops.remove_tree(self._old)
        fsops.make_folder(self._old)
        fsops.sync_folder(self.work)
        journal = json.dumps({"old": old, "new": new, "keep": not erasing}).encode()
        fsops.write_atomic(self._journal, journal, durable=True)
        self._swap(old, new, keep=False)
        return sure

    @property
    def before(self) -> Path:
        """The tree that the next one is told to differ from: the one that stands, or that of before a broken swap.

        Who broke it off has told nobody how the two differ.
        """
        return self._before if (self._before / _LEDGER).is_dir() else self.out

    def discard(self, keep: Iterable[str] = ()) -> None:
        """End a run without a commit: the old tree stands, of the new one only the entries `keep`, aside.

        Nothing else of it stays but the lock and which run it was.

        Raises:
            OutputError: the folder cannot be written.
        """
        kept = set(keep)
        for path in sorted(self.next_tree.iterdir()):
            if path.name not in kept:
                fsops.remove_tree(path)
        for folder in (self._complete, self.spill):
            self._clear(folder)
        fsops.rename(self.next_tree, self._complete)
        self._finish(committed=False)

    def recover(self) -> bool:
        """Complete a swap that was interrupted and remove unfinished files; return whether there was a swap.

        Call it with the lock, before anything else; twice does no harm.

        Raises:
            DamageError: the journal of the swap is not what was written.
            OutputError: the folder cannot be written.
        """
        if not self.work.is_dir():
            return False
        journal = _read_json(self._journal)
        if journal is not None:
            old, new = (_names(self._journal, journal, key) for key in ("old", "new"))
            self._swap(old, new, keep=isinstance(journal, dict) and journal.get("keep") is True)
        fsops.remove_tree(self._old)
        fsops.drop_temporary(self.work)
        return journal is not None

    def _swap(self, old: list[str], new: list[str], *, keep: bool) -> None:
        """Move the old entries out, manifest first, and the new ones in, manifest last; from any point on.

        If `keep`, the old ledger stays aside, unless that of an earlier tree does.
        """
        for name in sorted(old, key=lambda name: (name != MANIFEST, name)):
            gone = os.path.lexists(self._old / name) or not os.path.lexists(self.out / name)
            arrived = name in new and not os.path.lexists(self._complete / name)
            if not gone and not arrived:
                fsops.rename(self.out / name, self._old / name)
        for folder in (self.out, self._old):
            fsops.sync_folder(folder)
        for name in sorted(new, key=lambda name: (name == MANIFEST, name)):
            if os.path.lexists(self._complete / name):
                fsops.rename(self._complete / name, self.out / name)
        for folder in (self.out, self._complete):
            fsops.sync_folder(folder)
        if not keep:
            fsops.remove_tree(self._before)
        elif os.path.lexists(self._old / _LEDGER) and not os.path.lexists(self._before / _LEDGER):
            fsops.make_folder(self._before)
            fsops.rename(self._old / _LEDGER, self._before / _LEDGER)
        self._finish(committed=True)
        fsops.remove_file(self._journal)
        fsops.sync_folder(self.work)
        fsops.remove_tree(self._old)
        fsops.remove_tree(self._complete)

    def _finish(self, *, committed: bool) -> None:
        state = self._read_state()
        if state is not None:
            tree = state.differs if committed else state.tree
            self._write_state(_State(state.run_key, state.differs, finished=True, tree=tree))

    def _read_state(self) -> _State | None:
        """Return the last run; a state that is damaged holds nothing that a rerun would not make again."""
        try:
            value = _read_json(self._state)
        except DamageError:
            return None
        if not isinstance(value, dict) or not isinstance(value.get("differs"), dict):
            return None
        tree = value.get("tree")
        differs, made = (
            {str(name): str(fact) for name, fact in facts.items()}
            for facts in (value["differs"], tree if isinstance(tree, dict) else {})
        )
        return _State(str(value.get("run_key")), differs, value.get("finished") is True, made)

    def _write_state(self, state: _State) -> None:
        value = asdict(state)
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
        fsops.write_atomic(self._state, text.encode("utf-8", "backslashreplace"), durable=True)


def lies_in(inner: Path, outer: Path) -> bool:
    """Whether `inner`, or where it would be made, is `outer` or lies below it, whatever links lead there."""
    if not outer.exists():
        return False
    resolved = inner.resolve()
    return any(step.exists() and step.samefile(outer) for step in (resolved, *resolved.parents))


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return what differs between two runs' settings or versions, for a message."""
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    shown = [f"{name} was {before.get(name, 'absent')}, is {now.get(name, 'absent')}" for name in names[:8]]
    more = [f"and {len(names) - 8} more"] if len(names) > 8 else []
    return safe(", ".join(shown + more)) or "the inputs"


def _read_json(path: Path) -> object:
    """Return what a file of ours holds; None if there is none.

    Raises:
        DamageError: it is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DamageError(f"{safe(os.fspath(path))}: not what was written ({safe(str(error))})") from error


def _names(path: Path, journal: object, key: str) -> list[str]:
    names = journal.get(key) if isinstance(journal, dict) else None
    if not isinstance(names, list) or any(name not in ENTRIES for name in names):
        raise DamageError(f"{safe(os.fspath(path))}: not what was written (no list of entries in {key!r})")
    return [str(name) for name in names]
