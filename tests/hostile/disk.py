"""Stand-ins for the disk, each between `pipeline.fsops` and `os`; and texts of which none is like another."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import fsops

MANIFEST = "manifest-sha256.txt"
#: The calls of `os` that change a disk.
CHANGING = frozenset({"write", "fsync", "replace", "link", "unlink", "rmdir", "makedirs", "ftruncate"})


class Counting:
    """Stands for `os` in `pipeline.fsops`: lists the calls that change the disk, and for others is `os`."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str):
        real = getattr(os, name)
        if name == "open":
            return lambda path, flags, *rest, **more: (
                self._count("create") if flags & os.O_CREAT else None,
                real(path, flags, *rest, **more),
            )[1]
        if name not in CHANGING:
            return real

        def counted(*arguments, **more):
            self._count(name, *arguments)
            return real(*arguments, **more)

        return counted

    def opened(self, *arguments, **more):
        """Stand for the built-in `open`, by which work files are written."""
        self._count("scratch")
        return open(*arguments, **more)

    def _count(self, name: str, *arguments) -> None:
        self.calls.append(name)
        self.struck(name, *arguments)

    def struck(self, name: str, *arguments) -> None:
        """Do what is to be done at a call; here nothing."""

    @contextmanager
    def standing_in(self) -> Iterator[None]:
        """Put it in its place while the block runs."""
        fsops.os, fsops.open = self, self.opened
        try:
            yield
        finally:
            fsops.os = os
            del fsops.open


class Killing(Counting):
    """Kills this process at call number `last`; of a write, half is done by then."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.last = last

    def struck(self, name: str, *arguments) -> None:
        if len(self.calls) < self.last:
            return
        if name == "write":
            os.write(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
        os.kill(os.getpid(), signal.SIGKILL)


class Failing(Counting):
    """Lets call number `at` fail with an error, or that and all later ones."""

    def __init__(self, at: int, code: int, *, goes_on: bool = False) -> None:
        super().__init__()
        self.at, self.code, self.goes_on = at, code, goes_on

    def struck(self, name: str, *arguments) -> None:
        if len(self.calls) == self.at or (self.goes_on and len(self.calls) > self.at):
            raise OSError(self.code, os.strerror(self.code))


def unpacked(path: Path) -> bytes:
    """Return what a file holds, and of one that Arrow wrote its values too."""
    data = path.read_bytes()
    if data[:6] == b"ARROW1":
        return data + str(pa.ipc.open_file(pa.py_buffer(data)).read_all().to_pylist()).encode()
    return data + str(pq.read_table(path).to_pylist()).encode() if data[:4] == b"PAR1" else data


def traces(folder: Path, mark: bytes) -> list[str]:
    """Return the files in a folder that hold some bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.relative_to(folder).as_posix() for path in files if mark in unpacked(path)]


def words(count: int, start: int) -> str:
    return " ".join(f"word{start + n * n}" for n in range(count))


def article(number: int) -> str:
    """Return four lines that no other number has."""
    return "".join(f"{words(20, number * 1000 + line)}\n" for line in range(4))


def page(number: int) -> bytes:
    body = "".join(f"<p>{words(30, number * 1000 + line)}.</p>" for line in range(6))
    return f"<!doctype html><html><head><title>Page</title></head><body>{body}</body></html>".encode()
