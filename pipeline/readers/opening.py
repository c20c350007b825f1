"""Opens units: folder by folder below their input, and only what is still what was found.

No link below an input is followed, nothing but regular files is opened, and a file that changes while it is read
is not read at all.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Unit

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NONBLOCK
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


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
        handle = open_below(os.fsencode(unit.absolute), unit.path)
    except OSError as error:
        gone = error.errno in {errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO}
        yield Rejected("changed" if gone else "unreadable", os.strerror(error.errno or 0))
        return
    try:
        file = UnitFile(handle, unit)
        yield file.changed() or file
    finally:
        os.close(handle)


class UnitFile(io.RawIOBase):
    """The bytes of a unit, and nothing past them, as a stream that knows whether its file is still the same."""

    def __init__(self, handle: int, unit: Unit) -> None:
        self._handle = handle
        self._unit = unit
        self._at = 0
        self._size = unit.end - unit.start
        self._first = os.fstat(handle)
        self._cut = False
        self._failed: Rejected | None = None

    def changed(self) -> Rejected | None:
        """Return how the file is not what it was when it was found or opened, or could not be read, or None.

        A library that unpacks takes an error of the system for damage, which it is not.
        """
        if self._failed is not None:
            return self._failed
        now = os.fstat(self._handle)
        if not stat.S_ISREG(now.st_mode):
            return Rejected("changed", "no longer a regular file")
        if now.st_size != self._unit.size:
            return Rejected("changed", f"{now.st_size:,} bytes now, {self._unit.size:,} when it was found")
        if now.st_mtime_ns != self._first.st_mtime_ns:
            return Rejected("changed", "written to while it was read")
        if self._cut:
            return Rejected("changed", f"{self._at:,} bytes could be read, {self._size:,} were there")
        return None

    def stamp(self) -> str:
        """Return what is another whenever somebody has changed the file, whatever they set its times to."""
        return str(self._first.st_ctime_ns)

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
            data = read_range(self._handle, self._unit.start + self._at, wanted)
        except OSError as error:
            self._failed = Rejected("unreadable", os.strerror(error.errno or 0))
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
