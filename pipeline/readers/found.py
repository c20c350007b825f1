"""What is found in an input: files, and what is left out, with its reason."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

#: Why something found is not read: reason → what it means.
SKIPPED: Final[dict[str, str]] = {
    "symlink": "a symbolic link; links are not followed",
    "special": "a FIFO, socket or device",
    "hidden": "its name begins with a dot",
    "excluded": "the settings leave it out",
    "repeated": "the same input was named before",
    "unreadable": "the operating system refused to list it",
    "unnamed": "an object that no file can be named as; %00 stands where its key is empty between slashes",
    "no_page": "records of a crawl that are neither a page nor a text",
    "forgotten": "it was erased; the detail is the hash that its tombstone has",
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something found that is not read."""

    label: str
    path: bytes  # below its input; empty for the input itself
    reason: str  # a key of `SKIPPED`
    detail: str
    size: int = 0  # bytes, of a regular file


@dataclass(frozen=True, slots=True)
class File:
    """A regular file, or an object in a store."""

    label: str
    root: bytes  # the folder or the address that `path` is below
    path: bytes
    size: int
    stamp: str

    @property
    def absolute(self) -> str:
        """Where it is."""
        return os.fsdecode(self.root.rstrip(b"/") + b"/" + self.path)


def full(label: str, path: bytes) -> bytes:
    """Return a path with its label folder."""
    if not label:
        return path
    return b"/".join(part for part in (os.fsencode(label), path) if part)
