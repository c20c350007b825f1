"""Opens units: folder by folder below their input, and only what is still what was found.

No link below an input is followed, nothing but regular files is opened, and a file that changes while it is read
is not read at all.  An object in a store is read in the same way: of it too only what was found.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from pipeline import remote
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Unit

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NONBLOCK
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_GONE: Final = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO})


class Held(Protocol):
    """What a unit needs of its file: a file here, or an object in a store."""

    @property
    def first(self) -> State:
        """What it was when it was opened."""
        ...

    def now(self) -> State:
        """Return what it is."""
        ...

    def read(self, start: int, size: int) -> bytes:
        """Return a range; less of it at the end."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


@dataclass(frozen=True, slots=True)
class State:
    """What tells whether a file is still the same."""

    size: int
    written: str  # another after it was written to
    stamp: str  # another after any change
    regular: bool = True


def held(absolute: str, path: bytes) -> Held:
    """Open a file or an object; `path` is what of it stands below its input.

    Raises:
        OSError: it cannot be opened.
    """
    return _Afar(absolute) if remote.is_address(absolute) else _Here(absolute, path)


class _Here:
    """A file of this machine."""

    def __init__(self, absolute: str, path: bytes) -> None:
        self._handle = open_below(os.fsencode(absolute), path)
        self.first = self.now()

    def now(self) -> State:
        """Return what it is."""
        known = os.fstat(self._handle)
        regular = stat.S_ISREG(known.st_mode)
        return State(known.st_size, str(known.st_mtime_ns), str(known.st_ctime_ns), regular)

    def read(self, start: int, size: int) -> bytes:
        """Return a range."""
        return read_range(self._handle, start, size)

    def close(self) -> None:
        """Close it."""
        os.close(self._handle)


class _Afar:
    """An object in a store."""

    def __init__(self, absolute: str) -> None:
        self._object = remote.Object(absolute)
        self.first = _state(self._object.first)

    def now(self) -> State:
        """Return what it is."""
        return _state(self._object.now())

    def read(self, start: int, size: int) -> bytes:
        """Return a range."""
        return self._object.read(start, size)

    def close(self) -> None:
        """Close it."""
        self._object.close()


def _state(known: remote.Known) -> State:
    return State(known.size, known.mark, known.mark)


def refused(error: OSError) -> Rejected:
    """Return why a file cannot be read: it is another by now, or the system does not give it."""
    return Rejected("changed" if error.errno in _GONE else "unreadable", os.strerror(error.errno or 0))


def load(unit: Unit) -> bytes | Rejected:
    """Return the bytes of a unit, or why they cannot be had."""
    with opened(unit) as file:
        if isinstance(file, Rejected):
            return file
        try:
            data = file.read()
        except OSError as error:
            return Rejected("unreadable", os.strerror(error.errno or 0))
        return file.changed() or data


@contextmanager
def opened(unit: Unit) -> Iterator[UnitFile | Rejected]:
    """Open a unit for reading; give it, or why that cannot be."""
    if unit.problem:
        yield Rejected(unit.problem, unit.detail)
        return
    try:
        found = held(unit.absolute, unit.path)
    except OSError as error:
        yield refused(error)
        return
    with closing(found):
        file = UnitFile(found, unit)
        yield file.unlike(found.first) or file


class UnitFile(io.RawIOBase):
    """The bytes of a unit, and nothing past them, as a stream that knows whether its file is still the same."""

    def __init__(self, found: Held, unit: Unit) -> None:
        self._held = found
        self._unit = unit
        self._at = 0
        self._size = unit.end - unit.start
        self._cut = False
        self._failed: Rejected | None = None

    def changed(self) -> Rejected | None:
        """Return how the file is not what it was when it was found or opened, or could not be read, or None.

        A library that unpacks takes an error of the system for damage, which it is not.
        """
        if self._failed is not None:
            return self._failed
        try:
            return self.unlike(self._held.now())
        except OSError as error:
            return refused(error)

    def unlike(self, now: State) -> Rejected | None:
        """Return how what the file is now differs from what it was, or None."""
        if not now.regular:
            return Rejected("changed", "no longer a regular file")
        if now.size != self._unit.size:
            return Rejected("changed", f"{now.size:,} bytes now, {self._unit.size:,} when it was found")
        if now.written != self._held.first.written:
            return Rejected("changed", "written to while it was read")
        if self._cut:
            return Rejected("changed", f"{self._at:,} bytes could be read, {self._size:,} were there")
        return None

    def stamp(self) -> str:
        """Return what is another whenever somebody has changed the file, whatever they set its times to."""
        return self._held.first.stamp

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the unit; return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the start")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return the place that is read next."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, or all that is left; fewer only at the end."""
        left = max(0, self._size - self._at)
        wanted = left if size < 0 else min(size, left)
        try:
            data = self._held.read(self._unit.start + self._at, wanted)
        except OSError as error:
            self._failed = refused(error)
            raise
        self._at += len(data)
        self._cut = self._cut or len(data) < wanted
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        """Fill `buffer` as far as there is data; return how far."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def read_range(handle: int, start: int, size: int) -> bytes:
    """Return a range of an open file; less of it at the end of the file."""
    pieces: list[bytes] = []
    while size > 0 and (piece := os.pread(handle, min(size, 1 << 24), start)):
        pieces.append(piece)
        start += len(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def open_below(absolute: bytes, path: bytes) -> int:
    """Open a file folder by folder below its input: no link there is followed, no path is too long."""
    parts = path.split(b"/")
    here = os.open(absolute.removesuffix(path) or b".", _FOLDER)
    try:
        for part in parts[:-1]:
            below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        return os.open(parts[-1], _FILE, dir_fd=here)
    finally:
        os.close(here)
