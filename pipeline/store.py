"""Where the files of an output go, by their names in it; all of it is written by `pipeline.fsops`."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import InternalError, safe
from pipeline.fsops import Draft, linked, manifest, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Store(Protocol):
    """Where the files of an output go."""

    def put(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Write one file; `name` is relative, with `/` between folders."""
        ...


class Directory:
    """A store in a folder, which remembers what it was given; a file that `earlier` has too is linked, not written."""

    def __init__(self, root: Path, earlier: Path | None = None) -> None:
        self.root = root
        self._earlier = earlier
        self._records: dict[str, tuple[str, int]] = {}
        self._drafts: dict[str, Draft] = {}

    @property
    def records(self) -> list[tuple[str, str, int]]:
        """Name, SHA-256 and size of everything put, by the bytes of the name."""
        return [(name, *self._records[name]) for name in sorted(self._records, key=os.fsencode)]

    def __contains__(self, name: str) -> bool:
        return name in self._records

    def put(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Write one file.

        Raises:
            InternalError: the name leads outside, or was put before.
            OutputError: it cannot be written.
        """
        path = self._path(name)
        if isinstance(data, bytes) and self._earlier is not None:
            digest, size = hashlib.sha256(data).hexdigest(), len(data)
            if linked(self._earlier / name, path, size, digest):
                self._records[name] = (digest, size)
                return
        self._records[name] = write_atomic(path, data)

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
        """Close a file that pieces were added to; raises as `put` does."""
        self._path(name)
        self._records[name] = self._drafts[name].finish()
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
        return self.root.joinpath(*parts)

    def manifest(self) -> bytes:
        """Return what `sha256sum -c` checks, sorted by the bytes of the name."""
        return manifest([(name, sha256) for name, sha256, _ in self.records])
