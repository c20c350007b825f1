"""Finds what is to be read; `pipeline.readers.opening` gives the bytes of it.

Scraped folders are hostile: names are bytes, folders are walked by their handles, no link below an input is
followed, nothing but regular files is opened, and what is left out is listed with its reason.
"""

# ruff: noqa: PTH116 - paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline import remote
from pipeline.errors import UsageError, safe
from pipeline.names import output_name, output_names
from pipeline.readers import ARCHIVES, Unit
from pipeline.readers.found import SKIPPED, File, Skipped, full
from pipeline.readers.inputs import labelled
from pipeline.readers.keys import walked
from pipeline.readers.opening import held, opened, refused
from pipeline.readers.packing import UnreadableError, packing_of, unpacked
from pipeline.readers.sniff import FIRST, told
from pipeline.readers.stamps import again, stamp_of
from pipeline.redaction import in_name
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipeline.readers.opening import Held
    from pipeline.readers.stamps import Before
    from pipeline.reading import ReadSettings
    from pipeline.remote import Place
    from pipeline.settings import RunSettings

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NONBLOCK
_BLOCK: Final = 1 << 16  # bytes read at a time when a line start is looked for
_ASKED: Final = 16  # objects whose first bytes are asked for at a time


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run reads, and what it found and leaves out; both by label and the bytes of the path."""

    units: list[Unit]
    skipped: list[Skipped]
    labels: tuple[str, ...]  # of the inputs, in the order they were named
    secrets: tuple[str, ...] = ()  # see `ReadSettings.secrets`

    @property
    def files(self) -> int:
        """How many files the units are of."""
        return len({(unit.label, unit.path) for unit in self.units})

    @property
    def bytes_read(self) -> int:
        """Bytes of the files to read and of those skipped."""
        return sum(u.end - u.start for u in self.units) + sum(s.size for s in self.skipped)

    def skipped_rows(self) -> list[dict[str, object]]:
        """Return what is skipped as rows of the ledger."""
        return [
            {
                "path": output_name(in_name(full(s.label, s.path), self.secrets)),
                "status": "skipped",
                "reason": s.reason,
                "detail": s.detail,
                "bytes": s.size,
                "unpacked": None,
                "offset": None,
                "sha256": None,
            }
            for s in self.skipped
        ]


_NEVER: Final[dict[bytes, list[Before]]] = {}


def walk(
    inputs: Sequence[Place],
    run: RunSettings,
    read: ReadSettings,
    seen: Mapping[bytes, Sequence[Before]] = _NEVER,
) -> Plan:
    """Return the units to read, and what was found and is not read.

    With several inputs, or if `run.label`, each has a label: its name, made unique.  Only JSON Lines files
    are cut into units.  A file of `seen`, by its path with label folder, that has the stamp of then is not opened.

    Raises:
        UsageError: an input does not exist, is neither file nor folder, or cannot be listed.
    """
    files: list[File] = []
    skipped: list[Skipped] = []
    labels: list[str] = []
    for place, label in labelled(inputs, skipped, always=run.label):
        found, left = _walked(place, label)
        files += found
        skipped += left
        labels.append(label)
    wanted: list[File] = []
    order = {label: os.fsencode(label) for label in labels}
    for file in sorted(files, key=lambda f: (order[f.label], f.path)):
        if read.wants(os.fsdecode(full(file.label, file.path))):
            wanted.append(file)
        else:
            skipped.append(Skipped(file.label, file.path, "excluded", SKIPPED["excluded"], file.size))
    units = _planned(wanted, run, read, seen)
    skipped.sort(key=lambda s: (os.fsencode(s.label), s.path, s.reason))
    return Plan(units, skipped, tuple(labels), read.secrets)


def joined(plan: Plan, gone: Iterable[Unit]) -> Plan:
    """Return a plan with the units of files that are gone, every name as if all of the files were there."""
    units = sorted([*plan.units, *gone], key=lambda u: (os.fsencode(u.label), u.path, u.start))
    files = {(u.label, u.path): u for u in units}
    shown = [in_name(full(*file), plan.secrets) for file in files]
    names = output_names(shown, [u.suffix for u in files.values()])
    named = {
        file: _folder_name(name, media=unit.media)
        for (file, unit), name in zip(files.items(), names, strict=True)
    }
    return replace(plan, units=[_renamed(u, named[u.label, u.path]) for u in units])


def _renamed(unit: Unit, name: str) -> Unit:
    """Return a unit under a name; what was known of it under another may not hold."""
    return unit if unit.name == name else replace(unit, name=name, known=None)


def _planned(
    files: list[File], run: RunSettings, read: ReadSettings, seen: Mapping[bytes, Sequence[Before]]
) -> list[Unit]:
    paths = [full(file.label, file.path) for file in files]
    rows = [seen.get(path, ()) for path in paths]
    known = [
        then if file.stamp and then and then[0][0] == file.stamp else ()
        for file, then in zip(files, rows, strict=True)
    ]
    media = _media_each(files, known, read)
    names = output_names([in_name(path, read.secrets) for path in paths], [kind.suffix for kind in media])
    units: list[Unit] = []
    for file, name, kind, then in zip(files, names, media, known, strict=True):
        named = _folder_name(name, media=kind.media)
        units += (
            again(file.label, file.path, named, file.absolute, then)
            if then
            else _units(file, named, kind, read, run.unit_bytes)
        )
    return units


def _media_each(files: Sequence[File], known: Sequence[Sequence[Before]], read: ReadSettings) -> list[_Media]:
    """Tell what each file is; of objects some at a time, as a store takes long to answer."""

    def told(file: File, then: Sequence[Before]) -> _Media:
        return _media_of(then[0]) if then else _media(file, read)

    if not any(remote.is_address(file.absolute) for file in files):
        return [told(*one) for one in zip(files, known, strict=True)]
    with ThreadPoolExecutor(_ASKED) as asked:
        return list(asked.map(told, files, known))


def _media_of(then: Before) -> _Media:
    _, _, media, _, _, packing, why, suffix, _, _ = then
    return _Media(media, packing=packing, why=why, suffix=suffix)


def _folder_name(name: str, *, media: str) -> str:
    """Return the output name of a file, which of an archive is a folder: not one that a note may be called."""
    return f"{name}~members" if media in ARCHIVES and name.lower().endswith(".note.md") else name


def _walked(place: Place, label: str) -> tuple[list[File], list[Skipped]]:
    """Return what one input holds: a file, or everything in a folder."""
    if not isinstance(place, Path):
        return walked(place, label)
    absolute = os.fsencode(place.resolve())
    shown = safe(absolute)
    try:
        known = os.stat(absolute)
        if stat.S_ISREG(known.st_mode):
            folder, name = os.path.split(absolute)
            return [File(label, folder, name, known.st_size, stamp_of(known))], []
        if not stat.S_ISDIR(known.st_mode):
            raise UsageError(f"{shown}: neither a file nor a folder")
        return _Folder(label, absolute).walked(os.open(absolute, _FOLDER))
    except OSError as error:
        raise UsageError(f"{shown}: cannot be read: {error.strerror}") from error


class _Folder:
    """Walks one input by the handles of its folders: a link put in place of a folder leads nowhere."""

    def __init__(self, label: str, root: bytes) -> None:
        self._label = label
        self._root = root
        self._files: list[File] = []
        self._skipped: list[Skipped] = []

    def walked(self, handle: int) -> tuple[list[File], list[Skipped]]:
        """Return files and what is skipped below the open folder, and close it; deep trees: no recursion."""
        open_folders = [(handle, b"", self._listed(handle, b""))]
        try:
            while open_folders:
                parent, prefix, below = open_folders[-1]
                if not below:
                    os.close(open_folders.pop()[0])
                    continue
                path = prefix + below.pop()
                try:
                    child = os.open(path[len(prefix) :], _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
                except OSError as error:
                    self._skip(path, "unreadable", os.strerror(error.errno or 0))
                else:
                    open_folders.append((child, path + b"/", self._listed(child, path + b"/")))
        finally:
            for left, _, _ in open_folders:
                os.close(left)
        return self._files, self._skipped

    def _listed(self, handle: int, prefix: bytes) -> list[bytes]:
        """Take note of everything in an open folder; return the names of its folders, the last first."""
        folders: list[bytes] = []
        try:
            with os.scandir(handle) as entries:
                for entry in entries:
                    name = os.fsencode(entry.name)
                    if self._is_folder(entry, prefix + name):
                        folders.append(name)
        except OSError as error:
            self._skip(prefix.removesuffix(b"/"), "unreadable", os.strerror(error.errno or 0))
        return sorted(folders, reverse=True)

    def _is_folder(self, entry: os.DirEntry[str], path: bytes) -> bool:
        """Take note of an entry; return whether it is a folder to walk."""
        try:
            known = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._skip(path, "unreadable", os.strerror(error.errno or 0))
            return False
        kind = stat.S_IFMT(known.st_mode)
        if stat.S_ISLNK(kind):
            self._skip(path, "symlink", SKIPPED["symlink"])
        elif entry.name.startswith("."):
            self._skip(path, "hidden", SKIPPED["hidden"], known.st_size if stat.S_ISREG(kind) else 0)
        elif stat.S_ISREG(kind):
            self._files.append(File(self._label, self._root, path, known.st_size, stamp_of(known)))
        elif not stat.S_ISDIR(kind):
            self._skip(path, "special", _KINDS.get(kind, SKIPPED["special"]))
        else:
            return True
        return False

    def _skip(self, path: bytes, reason: str, detail: str, size: int = 0) -> None:
        self._skipped.append(Skipped(self._label, path, reason, detail, size))


_KINDS: Final = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}


@dataclass(frozen=True, slots=True)
class _Media:
    """What a file is, or why that could not be told."""

    media: str
    problem: str = ""
    detail: str = ""
    packing: str = ""
    why: str = ""
    suffix: str = ""


def _media(file: File, settings: ReadSettings) -> _Media:
    """Tell by its name and its first bytes what a file is."""
    if file.size > settings.max_file_bytes:
        first, packing = b"", ""
    else:
        unit = Unit("", file.path, "", file.absolute, "", 0, file.size, file.size)
        with opened(unit) as found:
            if isinstance(found, Rejected):
                return _Media("unknown", found.reason, found.detail)
            try:
                first = found.read(FIRST)
                packing = packing_of(first)
                if packing:
                    found.seek(0)
                    first = unpacked(found, packing, settings).read(FIRST)
            except OSError as error:
                wrong = refused(error)
                return _Media("unknown", wrong.reason, wrong.detail)
            except UnreadableError as error:
                wrong = found.changed() or error.rejected
                return _Media("unknown", wrong.reason, wrong.detail, packing)
    kind = told(file.path, first, packing, settings.text_fields)
    if packing and packing_of(first):
        return _Media("unknown", "nested", f"{packing_of(first)} inside {packing}", packing)
    if kind.media == "unknown":
        return _Media("unknown", "unknown_type", "neither its name nor its first bytes are of a known kind")
    return _Media(kind.media, packing=packing, why=kind.why, suffix=kind.suffix)


def _units(file: File, name: str, kind: _Media, settings: ReadSettings, unit_bytes: int) -> Iterator[Unit]:
    """Yield the units of a file: one, but for a long JSON Lines file."""
    problem, detail = kind.problem, kind.detail
    lines = kind.media == "jsonl" and not kind.packing
    if file.size > settings.max_file_bytes:
        problem = "too_large"
        detail = f"{file.size:,} bytes; the limit is {settings.max_file_bytes:,}"
    starts = [0]
    if lines and file.size > unit_bytes and not problem:
        try:
            starts = _line_starts(file, unit_bytes)
        except OSError as error:
            wrong = refused(error)
            problem, detail = wrong.reason, wrong.detail
    absolute = file.absolute
    for start, end in zip(starts, [*starts[1:], file.size], strict=True):
        size = end - start
        trouble, why = problem, detail
        if lines and size > max(unit_bytes, settings.max_line_bytes) and not problem:
            trouble = "line_too_long"  # a unit is longer than asked for only where it is a single line
            why = f"a line of {size:,} bytes at byte {start:,}; the limit is {settings.max_line_bytes:,}"
        yield Unit(
            *(file.label, file.path, name, absolute, kind.media, start, end, file.size, trouble, why),
            packing=kind.packing,
            why=kind.why,
            suffix=kind.suffix,
            stamp=file.stamp,
        )


def _line_starts(file: File, unit_bytes: int) -> list[int]:
    """Return where the units of a JSON Lines file begin: whole lines that fit `unit_bytes`, one at least.

    A unit depends on what stands before and in it only, so a file that grows keeps its first units.
    """
    with closing(held(file.absolute, file.path)) as found:
        starts = [0]
        while file.size - starts[-1] > unit_bytes:
            here = starts[-1]
            cut = _last_line_start(found, here, here + unit_bytes)
            if cut is None:
                cut = _next_line_start(found, here + unit_bytes, file.size)
            if cut >= file.size:
                break
            starts.append(cut)
        return starts


def _last_line_start(file: Held, low: int, high: int) -> int | None:
    """Return the last line start in low+1..high, or None."""
    while high > low:
        begin = max(low, high - _BLOCK)
        found = file.read(begin, high - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        high = begin
    return None


def _next_line_start(file: Held, at: int, size: int) -> int:
    """Return the first line start after `at`, or `size`."""
    while at < size:
        block = file.read(at, _BLOCK)
        found = block.find(b"\n")
        if found >= 0:
            return at + found + 1
        at = at + len(block) if block else size
    return size
