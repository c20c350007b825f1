"""Where the files of an output go, by their names in it; all of it is written by `pipeline.fsops`."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import InternalError, safe
from pipeline.fsops import Draft, linked, manifest, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Store(Protocol):
    """Where the files of an output go."""

    def put(self, name: str, data: bytes | Iterable[bytes]) -> object:
        """Write one file; `name` is relative, with `/` between folders."""
        ...


class Directory:
    """A store in a folder, which remembers what it was given; a file that `earlier` has too is linked, not written."""

    def __init__(self, root: Path, earlier: Path | None = None) -> None:
        self.root = root
        there = (
            earlier is not None and (earlier / "run.json").is_file()
        )  # a first run looks for no file in it
        self._earlier = earlier if there else None
        self._records: dict[str, tuple[str, int]] = {}
        self._drafts: dict[str, Draft] = {}

    @property
    def records(self) -> list[tuple[str, str, int]]:
        """Name, SHA-256 and size of everything put, by the bytes of the name."""
        key = None if "".join(self._records).isascii() else os.fsencode
        return [(name, *self._records[name]) for name in sorted(self._records, key=key)]

    def __contains__(self, name: str) -> bool:
        return name in self._records

    def put(self, name: str, data: bytes | Iterable[bytes]) -> tuple[str, int]:
        """Write one file; return its SHA-256 and size.

        Raises:
            InternalError: the name leads outside, or was put before.
            OutputError: it cannot be written.
        """
        path = self._path(name)
        if isinstance(data, bytes) and self._earlier is not None:
            known = hashlib.sha256(data).hexdigest(), len(data)
            if self.link({name: known}):
                return known
        self._records[name] = write_atomic(path, data)
        return self._records[name]

    def link(self, files: Mapping[str, tuple[str, int]]) -> bool:
        """Give files of the earlier tree their names here, if all have this hash and size; return whether they have."""
        if self._earlier is None:
            return False
        for name, (sha256, size) in files.items():
            known = self._records.get(name)
            if known != (sha256, size) and (
                known or not linked(f"{self._earlier}/{name}", f"{self.root}/{name}", size, sha256)
            ):
                return False
        self._records.update(files)
        return True

    def record(self, name: str) -> tuple[str, int]:
        """Return SHA-256 and size of a file that was put."""
        return self._records[name]

    def add(self, name: str, data: bytes) -> None:
        """Write the next piece of a file that `finish` will close; raises as `put` does."""
        if name not in self._drafts:
            self._drafts[name] = Draft(self._path(name))
        self._drafts[name].write(data)

    @property
    def unfinished(self) -> list[str]:
        """The names of the files that pieces are added to."""
        return list(self._drafts)

    def finish(self, name: str) -> None:
        """Close a file that pieces were added to, or link that of before; raises as `put` does."""
        self._path(name)
        earlier = None if self._earlier is None else f"{self._earlier}/{name}"
        self._records[name] = self._drafts[name].finish(earlier)
        del self._drafts[name]

    def abandon(self) -> None:
        """Take back the files that are not finished."""
        while self._drafts:
            self._drafts.popitem()[1].abandon()

    def adopt(self, name: str, sha256: str, size: int) -> None:
        """Remember a file that another process put here; one that is named by its content may be put by several.

        Raises:
            InternalError: it was put before, or is being written.
        """
        if name in self._drafts or (self._records.get(name) and not (name.endswith(sha256) and sha256)):
            raise InternalError(f"an output file is written twice: {safe(name)}")
        self._records[name] = (sha256, size)

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if any(part in {"", ".", ".."} for part in parts) or "\0" in name:
            raise InternalError(f"no name for an output file: {safe(name)}")
        if name in self._records:
            raise InternalError(f"an output file is written twice: {safe(name)}")
        return Path(f"{self.root}/{name}")

    def manifest(self) -> bytes:
        """Return what `sha256sum -c` checks, sorted by the bytes of the name."""
        return manifest([(name, sha256) for name, sha256, _ in self.records])
