"""An output in an object store: published whole, read back, and checked.

    URL/current.json              which tree is the one to read; replaced in one step, when that tree is complete
    URL/trees/ID/clean notes …    a tree, under a name that is never used again; its manifest is put last

A tree that is published is never changed, so a reader, and what `current.json` names, is whole at any time, whoever
is killed and however many publish at once: the last one is current.  What did not change is copied by the store.
The tree before is removed once another is current.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from pipeline import fsops
from pipeline.errors import DamageError, LockedError, UsageError, safe
from pipeline.manifest import MANIFEST, entries
from pipeline.objects import Shelf, each, told
from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.remote import Address

CURRENT: Final = "current.json"
TREES: Final = "trees"
_STATE: Final = "publishing.json"  # in .work: what was begun, so that the same command goes on
_BLOCK: Final = 1 << 20
_TRIES: Final = 3  # of a fetch, each of another tree


@dataclass(frozen=True, slots=True)
class Current:
    """Which tree is the one to read."""

    tree: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class _Begun:
    """A publication that was begun."""

    to: str  # hash of the address
    tree: str
    manifest_sha256: str
    leave: tuple[str, ...] = ()  # trees that are to go once another is current


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did."""

    current: Current
    files: int
    put: int  # files
    size: int  # bytes of them
    copied: int  # files that the store copied
    removed: int  # objects


def publish(out: Path, address: Address, *, anew: bool = False, prune: bool = False) -> Published:
    """Put a finished output below an address, and make it the current one there.

    With `anew`, all of it is put, also what is there already, for what is there may be damaged.  With `prune`, all
    other trees there are removed too: of publications that were broken off elsewhere.

    Raises:
        UsageError: `out` is no output, or nothing can be published there.
        DamageError: a file is not what the manifest says; nothing was made current.
        LockedError: a run works on `out`, or somebody else published meanwhile.
        OutputError: the store does not take it; the same command goes on.
    """
    if not (out / MANIFEST).is_file():
        raise UsageError(f"{safe(os.fspath(out))}: not a finished output; name the output of a run")
    shelf = Shelf(address)
    workspace = Workspace(out)
    with workspace.lock():
        workspace.recover()
        try:
            return _Publishing(out, workspace.work / _STATE, shelf, anew=anew).done(prune=prune)
        except OSError as error:
            raise told(error, address) from error


class _Publishing:
    """One publication, between lock and end."""

    def __init__(self, out: Path, state: Path, shelf: Shelf, *, anew: bool) -> None:
        self._out = out
        self._state = state
        self._shelf = shelf
        self._anew = anew
        self._manifest = (out / MANIFEST).read_bytes()
        self._files = _files(self._manifest, out / MANIFEST)
        self._sha256 = hashlib.sha256(self._manifest).hexdigest()

    def done(self, *, prune: bool) -> Published:
        """Put what is missing, make it current, remove what is no longer."""
        sizes = self._checked()
        before = current(self._shelf)
        begun = self._begun(before)
        put = copied = size = 0
        if before is None or begun.tree != before.tree:
            self._note(begun)
            sent, copied = self._put(begun.tree, before, sizes)
            put, size = len(sent), sum(sizes[name] for name in sent)
            self._make_current(begun, before)
        now = Current(begun.tree, self._sha256)
        gone = set(begun.leave) - {now.tree}
        if prune:
            gone |= {name.split("/")[1] for name in self._shelf.listed(TREES)} - {now.tree}
        removed = sum(self._removed(tree) for tree in sorted(gone))
        fsops.remove_file(self._state)
        return Published(now, len(self._files) + 1, put, size, copied, removed)

    def _checked(self) -> dict[str, int]:
        """Return the sizes of all files, once each fits its hash."""
        wrong: list[str] = []
        sizes: dict[str, int] = {}
        for name, sha256 in self._files.items():
            digest, sizes[name] = hashlib.sha256(), 0
            try:
                with (self._out / name).open("rb") as file:
                    while block := file.read(_BLOCK):
                        digest.update(block)
                        sizes[name] += len(block)
            except OSError:
                wrong.append(name)
                continue
            if digest.hexdigest() != sha256:
                wrong.append(name)
        if wrong:
            raise DamageError(_damaged(wrong, safe(os.fspath(self._out))))
        return sizes

    def _begun(self, before: Current | None) -> _Begun:
        """Return what is to be put where: where an earlier try of this output began, or under a new name."""
        place = hashlib.sha256(str(self._shelf.address).encode()).hexdigest()
        found = _begun(self._state)
        left = found.leave if found and found.to == place else ()
        if found and found.to == place and found.manifest_sha256 != self._sha256:
            left = (*left, found.tree)  # of an output that is another by now
        if before is not None and before.manifest_sha256 == self._sha256 and not self._anew:
            return _Begun(place, before.tree, self._sha256, left)
        leave = tuple(dict.fromkeys([*left, *([before.tree] if before else [])]))
        again = found and found.to == place and found.manifest_sha256 == self._sha256
        if found and again and found.tree not in leave and not self._anew:
            return replace(found, leave=leave)
        return _Begun(place, f"{self._sha256[:16]}-{secrets.token_hex(8)}", self._sha256, leave)

    def _note(self, begun: _Begun) -> None:
        fsops.write_atomic(self._state, json.dumps(asdict(begun)).encode(), durable=True)

    def _put(self, tree: str, before: Current | None, sizes: Mapping[str, int]) -> tuple[list[str], int]:
        """Put the files that are not there yet, then the manifest; return which were put, and how many copied."""
        there = self._shelf.listed(f"{TREES}/{tree}")
        known = _hashes(self._shelf, before) if before and not self._anew else {}

        def put(name: str) -> str:
            target = f"{TREES}/{tree}/{name}"
            if there.get(target) == sizes[name]:
                return ""
            sha256 = self._files[name]
            if (
                before
                and known.get(name) == sha256
                and self._shelf.copy(f"{TREES}/{before.tree}/{name}", target)
            ):
                return "copied"
            if not self._shelf.put_file(target, self._out / name, sha256):
                raise DamageError(_damaged([name], safe(os.fspath(self._out))))
            return "put"

        did = dict(zip(self._files, each(put, self._files), strict=True))
        held = self._shelf.listed(f"{TREES}/{tree}")
        if any(held.get(f"{TREES}/{tree}/{name}") != size for name, size in sizes.items()):
            raise OSError(5, "the store does not have what was put")
        self._shelf.put(f"{TREES}/{tree}/{MANIFEST}", self._manifest)
        return [name for name, how in did.items() if how == "put"], list(did.values()).count("copied")

    def _make_current(self, begun: _Begun, before: Current | None) -> None:
        """Name the new tree, unless another was named since this began."""
        if current(self._shelf) != before:
            raise LockedError(f"{self._shelf.address}: somebody else published there meanwhile; run again")
        now = Current(begun.tree, self._sha256)
        self._shelf.put(CURRENT, json.dumps(asdict(now), indent=1).encode() + b"\n")

    def _removed(self, tree: str) -> int:
        """Remove a tree; return how many objects."""
        count = len(self._shelf.listed(f"{TREES}/{tree}"))
        self._shelf.remove(f"{TREES}/{tree}")
        return count


def _begun(path: Path) -> _Begun | None:
    """Return which publication was begun and not ended; None where there is none, or nobody can tell."""
    try:
        value = json.loads(path.read_bytes())
        return _Begun(
            str(value["to"]),
            _tree(value["tree"]),
            str(value["manifest_sha256"]),
            tuple(map(_tree, value["leave"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def current(shelf: Shelf) -> Current | None:
    """Return which tree is the current one; None before the first.

    Raises:
        UsageError: somebody else's file has the name.
        OSError: the store cannot be asked.
    """
    data = shelf.get(CURRENT)
    if data is None:
        return None
    try:
        value: Any = json.loads(data)
        return Current(_tree(value["tree"]), str(value["manifest_sha256"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{shelf.address}/{CURRENT}: none of ours; name another place") from error


def _tree(name: object) -> str:
    """Return the name of a tree, if it leads nowhere else."""
    text = str(name)
    if not text or text.startswith(".") or "/" in text:
        raise ValueError("no name of a tree")
    return text


def _hashes(shelf: Shelf, one: Current) -> dict[str, str]:
    """Return the hashes of a tree's files; none if its manifest is not what was published."""
    data = shelf.get(f"{TREES}/{one.tree}/{MANIFEST}")
    if data is None or hashlib.sha256(data).hexdigest() != one.manifest_sha256:
        return {}
    return dict(filter(None, entries(data)))


def _files(manifest: bytes, where: object) -> dict[str, str]:
    rows = list(entries(manifest))
    if not rows or None in rows or not manifest.endswith(b"\n"):
        raise DamageError(f"{safe(str(where))}: not what was written; see clean-corpus verify")
    return dict(filter(None, rows))


def _damaged(names: Sequence[str], where: str) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{where}: {safe(', '.join(names[:3]))}{more}: not what the manifest says; see clean-corpus verify"


# Back


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch wrote."""

    current: Current
    files: int
    size: int  # bytes


def fetch(address: Address, target: Path) -> Fetched:
    """Write the current tree below an address to a folder: a new or empty one, or one that a fetch began to fill.

    Raises:
        UsageError: nothing is published there, or the folder has other files.
        DamageError: an object is not what the manifest says; all others were written, but no manifest.
        OutputError: the folder cannot be written.
    """
    shelf = Shelf(address)
    began: set[str] = set()  # files that are here of a tree that is no more
    try:
        for _ in range(_TRIES):
            now, manifest = _current(shelf)
            files = _files(manifest, f"{address}/{MANIFEST}")
            for name in began - set(files):
                fsops.remove_file(target / name)
            _refuse(target, files)
            wrong, size = _fetched(shelf, now, target, files)
            if not wrong:
                fsops.write_atomic(target / MANIFEST, manifest, durable=True)
                return Fetched(now, len(files) + 1, size + len(manifest))
            if current(shelf) == now:
                raise DamageError(_damaged(wrong, str(address)))
            began = set(files)
    except OSError as error:
        raise UsageError(f"{address}: cannot be read: {error.strerror}") from error
    raise LockedError(f"{address}: others publish there faster than it can be read; fetch again later")


def _current(shelf: Shelf) -> tuple[Current, bytes]:
    """Return the current tree and its manifest."""
    for _ in range(_TRIES):
        now = current(shelf)
        if now is None:
            raise UsageError(f"{shelf.address}: nothing is published there")
        data = shelf.get(f"{TREES}/{now.tree}/{MANIFEST}")
        if data is not None and hashlib.sha256(data).hexdigest() == now.manifest_sha256:
            return now, data
        if current(shelf) == now:
            break
    raise DamageError(
        f"{shelf.address}: the manifest of the current tree is missing, or another; publish it again"
    )


def _refuse(target: Path, files: Mapping[str, str]) -> None:
    """Refuse a folder that has anything but what a fetch has put there."""
    if os.path.lexists(target) and not target.is_dir():
        raise UsageError(f"{safe(os.fspath(target))}: not a folder")
    found = (
        [p.relative_to(target).as_posix() for p in target.rglob("*") if not p.is_dir()]
        if target.is_dir()
        else []
    )
    if MANIFEST in found or not set(found) <= set(files):
        raise UsageError(f"{safe(os.fspath(target))}: not empty; name a new folder")


def _fetched(shelf: Shelf, now: Current, target: Path, files: Mapping[str, str]) -> tuple[list[str], int]:
    """Write the files that are not there as they should be; return those that could not be had, and their size."""

    def fetched(name: str) -> int:
        path = target / name
        if path.is_file() and _hash_of(path) == files[name]:
            return path.stat().st_size
        return _written(shelf, f"{TREES}/{now.tree}/{name}", path, files[name])

    fsops.make_folder(target)
    sizes = dict(zip(files, each(fetched, files), strict=True))
    fsops.sync_tree(target)
    return [name for name, size in sizes.items() if size < 0], sum(sizes.values())


def _written(shelf: Shelf, name: str, path: Path, sha256: str) -> int:
    """Write an object to a file if it has this hash; return its size, or -1 if it is not there or has not."""
    draft = fsops.Draft(path)
    digest = hashlib.sha256()
    try:
        for block in shelf.blocks(name):
            digest.update(block)
            draft.write(block)
    except FileNotFoundError:
        draft.abandon()
        return -1
    except BaseException:
        draft.abandon()
        raise
    if digest.hexdigest() != sha256:
        draft.abandon()
        return -1
    return draft.finish()[1]


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checked(address: Address) -> tuple[int, list[tuple[str, str]]]:
    """Return how many files of the current tree were hashed, and what is wrong with which.

    Raises:
        UsageError: nothing is published there, or the store cannot be asked.
        DamageError: the current tree has no manifest.
    """
    shelf = Shelf(address)
    try:
        now, manifest = _current(shelf)
        files = _files(manifest, f"{address}/{MANIFEST}")
        prefix = f"{TREES}/{now.tree}/"

        def wrong(name: str) -> str:
            digest = hashlib.sha256()
            try:
                for block in shelf.blocks(prefix + name):
                    digest.update(block)
            except FileNotFoundError:
                return "the file is missing"
            return "" if digest.hexdigest() == files[name] else "not what the manifest says"

        found = [(name, what) for name, what in zip(files, each(wrong, files), strict=True) if what]
        there = {name.removeprefix(prefix) for name in shelf.listed(f"{TREES}/{now.tree}")}
        strange = sorted(there - set(files) - {MANIFEST})
    except OSError as error:
        raise UsageError(f"{address}: cannot be read: {error.strerror}") from error
    return len(files), [*found, *((name, "the manifest does not name it") for name in strange)]
