"""Walks an input in an object store as a folder is walked: the same names, the same things left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import remote
from pipeline.errors import UsageError
from pipeline.readers.found import SKIPPED, File, Skipped
from pipeline.readers.stamps import stamp_of_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.remote import Address, Entry


def walked(address: Address, label: str) -> tuple[list[File], list[Skipped]]:
    """Return the objects below an address, or the one at it, and what is left out.

    Raises:
        UsageError: the store does not list it.
    """
    try:
        one = remote.kind(address) == "file"
        entries = remote.listed(address)
    except OSError as error:
        raise UsageError(f"{address}: cannot be read: {error.strerror}") from error
    if one:
        folder = str(address).rpartition("/")[0]
        return [_file(label, folder, entry) for entry in entries], []
    files: list[File] = []
    skipped: list[Skipped] = []
    for entry in _once(entries):
        left = _left(label, entry)
        if left is None:
            files.append(_file(label, str(address), entry))
        else:
            skipped.append(left)
    return files, list(dict.fromkeys(skipped))  # a hidden folder is one thing, whatever it holds


def _file(label: str, root: str, entry: Entry) -> File:
    return File(label, root.encode(), entry.path, entry.size, stamp_of_object(entry))


def _once(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield each path once: a listing has `a` and `a/` by one name, and only one of them can be read."""
    seen: set[bytes] = set()
    for entry in sorted(entries, key=lambda entry: (entry.path, entry.size)):
        twice = entry.path in seen
        seen.add(entry.path)
        yield entry if not twice else remote.Entry(entry.path + b"/", entry.size, None)


def _left(label: str, entry: Entry) -> Skipped | None:
    """Return why an object is not read, or None."""
    parts = entry.path.split(b"/")
    dotted = next((n for n, part in enumerate(parts) if part.startswith(b".")), None)
    if dotted is not None:
        hidden = b"/".join(part or b"\0" for part in parts[: dotted + 1])
        size = entry.size if dotted == len(parts) - 1 else 0
        return Skipped(label, hidden, "hidden", SKIPPED["hidden"], size)
    if not all(parts) or entry.size < 0:
        path = b"/".join(part or b"\0" for part in parts)
        return Skipped(label, path, "unnamed", SKIPPED["unnamed"], max(0, entry.size))
    return None
