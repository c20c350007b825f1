"""Readers: from the bytes of a unit to its records.  One file a format; `READER_OF` is the table of them.

A unit is a file, or a range of whole lines of a JSON Lines file: what one task reads at a time.
`pipeline.readers.walk` finds units, `pipeline.readers.opening` opens them.  A reader takes a stream and gives
records as they come, so that a large file is never held as a whole where its format allows that.
"""

from __future__ import annotations

import importlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from pipeline.readers.packing import BLOCK, UnreadableError, check, unpacked
from pipeline.readers.sniff import CLEAN_SUFFIXES, SUFFIXES
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings
    from stages.model import Metadata

__all__ = [
    "ARCHIVES",
    "CLEAN_SUFFIXES",
    "LOOSE",
    "READER_OF",
    "SUFFIXES",
    "Item",
    "Kept",
    "Record",
    "Refused",
    "Unit",
    "longest_line",
    "read",
    "rest",
]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where what a unit gave is found again."""

    key: str  # in the cache
    sha256: str  # of its bytes
    gone: bool  # its file was not there in the last run either, or could not be read
    unread: bool = False  # its file is there, and could not be read


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
    packing: str = ""  # how it is compressed: gz, bz2, xz, zst
    why: str = ""  # why it is read as it is, if its name says otherwise
    suffix: str = ""  # what is added to the name of its clean copy
    kept: Kept | None = None  # of a file that is gone: what an earlier run made of this unit
    stamp: str = ""  # of its file, as `walk.stamp_of` gives it
    known: tuple[str, str] | None = (
        None  # key and hash, if its file has the stamp that it had in an earlier run
    )

    @property
    def due(self) -> bool:
        """Whether its file is to be read."""
        return self.kept is None and self.known is None


@dataclass(frozen=True, slots=True)
class Record:
    """One document as its container has it."""

    ordinal: int  # in its unit, from 0
    offset: int  # bytes, in its file, unpacked; of a member of a zip archive, in the member
    length: int  # bytes
    payload: bytes | str  # the file's bytes; of a record of fields, the text field's value
    media: str
    given: Metadata  # what the container says of it
    fields: (
        str  # JSON object of all fields as they were written, null for the text; empty if there are no others
    )
    text_field: str  # name of the text field; empty if the document is no record of fields
    charset: str = (
        ""  # of bytes, what a header says of their encoding; of a field, what its file's was found to be
    )
    member: bytes = b""  # name in its archive, made unique there; empty outside archives
    stored: int = 0  # bytes of the file on disk that are this record's; 0 where they cannot be told apart
    why: str = ""  # why it is read as it is, if its name says otherwise
    suffix: str = ""  # what is added to the name of its clean copy


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that cannot be read, or is not to be read, and why."""

    ordinal: int
    offset: int
    length: int  # bytes, as those of `Record`; 0 where that cannot be told
    rejected: Rejected
    member: bytes = b""
    skipped: bool = False  # not to be read: no fault; the reason is a key of `found.SKIPPED`


Item: TypeAlias = Record | Refused

#: Media → module whose `read` reads it; imported when the first unit of the kind comes.
READER_OF: Final[dict[str, str]] = {
    "txt": "pipeline.readers.txt",
    "md": "pipeline.readers.md",
    "html": "pipeline.readers.html",
    "jsonl": "pipeline.readers.jsonl",
    "json": "pipeline.readers.json",
    "csv": "pipeline.readers.csv",
    "parquet": "pipeline.readers.parquet",
    "warc": "pipeline.readers.warc",
    "zip": "pipeline.readers.zip",
    "tar": "pipeline.readers.tar",
}
#: Archives: what they hold are members, each read by the reader of its own kind.
ARCHIVES: Final = frozenset({"zip", "tar"})
#: Media whose documents are ranges of their file's bytes, so that the file's bytes can be told apart by them.
LOOSE: Final = frozenset({"txt", "md", "html", "jsonl", "json", "csv"})


def read(unit: Unit, data: bytes | io.RawIOBase, settings: ReadSettings) -> Iterator[Item]:
    """Yield the records of a unit in order; `data` is its bytes, or a stream of them that can be rewound.

    Compressed data is unpacked twice: first to its end, so that nothing of a damaged file is taken for whole.
    """
    if unit.media not in READER_OF:
        detail = "neither text nor anything else that is read, by its first bytes"
        yield Refused(0, unit.start, unit.end - unit.start, Rejected("unknown_type", detail))
        return
    stream: Stream = io.BytesIO(data) if isinstance(data, bytes) else io.BufferedReader(data, BLOCK)
    ordinal, at = 0, unit.start
    try:
        if unit.packing:
            check(unpacked(stream, unit.packing, settings))
            stream.seek(0)
            stream = unpacked(stream, unit.packing, settings)
        for item in reader_of(unit.media)(unit, stream, settings):
            ordinal, at = item.ordinal + 1, item.offset + item.length
            yield item
    except UnreadableError as error:
        yield Refused(ordinal, at, rest(unit, at), error.rejected)


def rest(unit: Unit, at: int) -> int:
    """Return the bytes of a unit from a place to its end; 0 where its file's bytes cannot be told apart."""
    return max(0, unit.end - at) if unit.media in LOOSE and not unit.packing else 0


def reader_of(media: str) -> Callable[[Unit, Stream, ReadSettings], Iterator[Item]]:
    """Return the function that reads a medium."""
    module = importlib.import_module(READER_OF[media])
    reader: Callable[[Unit, Stream, ReadSettings], Iterator[Item]] = module.read
    return reader


def longest_line(data: bytes) -> int:
    """Return the length of the longest line in bytes, without its LF."""
    longest = at = 0
    while (end := data.find(b"\n", at)) >= 0:
        longest = max(longest, end - at)
        at = end + 1
    return max(longest, len(data) - at)
