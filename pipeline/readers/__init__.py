"""Readers: from the bytes of a unit to its records.  One file a format; `READER_OF` is the table of them.

A unit is a file, or a range of whole lines of a JSON Lines file: what one task reads at a time.
`pipeline.readers.walk` finds units and gives their bytes.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.settings import ReadSettings
    from stages.model import Metadata


@dataclass(frozen=True, slots=True)
class Unit:
    """What is read at a time."""

    label: str  # folder of its input; empty where there is one input
    path: bytes  # below its input, `/` between folders
    name: str  # output name: label folder and path, safe
    absolute: str  # where the file is, as `os.fsdecode` gives it; never written into an output
    media: str  # a key of `READER_OF`, or "unknown"
    start: int  # bytes; the unit is a half-open range of its file
    end: int
    size: int  # bytes, of the whole file, when it was found
    problem: str = (
        ""  # a key of `stages.model.REASONS` if it cannot be read and that was clear when it was found
    )
    detail: str = ""  # of the problem


@dataclass(frozen=True, slots=True)
class Record:
    """One document as its container has it."""

    ordinal: int  # in its unit, from 0
    offset: int  # bytes, in its file
    length: int  # bytes
    payload: bytes | str  # the file's bytes; of JSON Lines, the text field's value
    media: str
    given: Metadata  # what the container says of it
    fields: (
        str  # JSON object of all fields as they were written, null for the text; empty if there are no others
    )
    text_field: str  # name of the text field, or empty


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that cannot be read, and why."""

    ordinal: int
    offset: int
    length: int
    rejected: Rejected


#: Name's end, in lower case → media.
SUFFIXES: Final[dict[str, str]] = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".shtml": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
#: Media → module whose `read` reads it; imported when the first unit of the kind comes.
READER_OF: Final[dict[str, str]] = {
    "txt": "pipeline.readers.txt",
    "md": "pipeline.readers.md",
    "html": "pipeline.readers.html",
    "jsonl": "pipeline.readers.jsonl",
}
#: Media → what is added to the name of its clean copy: only where the format changes.
CLEAN_SUFFIXES: Final[dict[str, str]] = {"html": ".txt"}


def read(unit: Unit, data: bytes, settings: ReadSettings) -> Iterator[Record | Refused]:
    """Yield the records of a unit in order; `data` is what `walk.load` gave for it."""
    if unit.media not in READER_OF:
        yield Refused(
            0, unit.start, len(data), Rejected("unknown_type", "neither text nor a page by its first bytes")
        )
        return
    module = importlib.import_module(READER_OF[unit.media])
    reader: Callable[[Unit, bytes, ReadSettings], Iterator[Record | Refused]] = module.read
    yield from reader(unit, data, settings)


def longest_line(data: bytes) -> int:
    """Return the length of the longest line in bytes, without its LF."""
    longest = at = 0
    while (end := data.find(b"\n", at)) >= 0:
        longest = max(longest, end - at)
        at = end + 1
    return max(longest, len(data) - at)
