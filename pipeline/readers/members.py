"""The members of an archive, read by the readers of their own kinds; nothing is ever written to a disk.

An archive inside an archive is refused, and so is compressed data inside compressed data.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pipeline.names import output_name, output_names
from pipeline.readers import ARCHIVES, READER_OF, Refused, reader_of
from pipeline.readers.packing import UnreadableError, check, packing_of, unpacked, whole
from pipeline.readers.sniff import FIRST, told
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings

#: Media that are read as streams, so that a member of them need not fit into memory.
_STREAMED: Final = frozenset({"jsonl", "csv", "warc"})


class Members:
    """Reads the members of one archive, and numbers what they hold."""

    def __init__(self, unit: Unit, settings: ReadSettings) -> None:
        self._unit = unit
        self._settings = settings
        self._seen: dict[bytes, int] = {}
        self._ordinal = 0

    def named(self, name: bytes) -> bytes:
        r"""Return a member's name, unique in its archive: the second of one name has `\0` and 2 behind it.

        Raises:
            UnreadableError: the archive has too many members.
        """
        name = name.replace(b"\0", b"%00")
        count = self._seen[name] = self._seen.get(name, 0) + 1
        if len(self._seen) + count > self._settings.max_members:
            raise UnreadableError("bomb", f"more than {self._settings.max_members:,} members")
        return name if count == 1 else name + b"\0" + str(count).encode()

    def left(self, member: bytes, at: int, reason: str, detail: str) -> Refused:
        """Return a member that is not read, by one of the reasons of `found.SKIPPED`."""
        return self.refused(member, at, 0, Rejected(reason, detail), skipped=True)

    def refused(
        self, member: bytes, at: int, length: int, rejected: Rejected, *, skipped: bool = False
    ) -> Refused:
        """Return a member that cannot be read."""
        self._ordinal += 1
        return Refused(self._ordinal - 1, at, length, rejected, member, skipped)

    def wanted(self, member: bytes, at: int) -> Refused | None:
        """Return why a member is not to be read by its name, or None if it is."""
        parts = member.partition(b"\0")[0].split(b"/")
        if any(part.startswith(b".") and part not in {b".", b".."} for part in parts):
            return self.left(member, at, "hidden", "its name begins with a dot")
        if not self._settings.keeps(member_name(self._unit.name, member)):
            return self.left(member, at, "excluded", "the settings leave it out")
        return None

    def read(
        self, member: bytes, at: int, size: int, opened: Callable[[], Stream], *, again: bool
    ) -> Iterator[Item]:
        """Yield what a member holds; `opened` gives its bytes, again and again if `again`."""
        start = self._ordinal
        try:
            for item in self._items(member, at, size, opened, again=again):
                self._ordinal = start + item.ordinal + 1
                yield replace(item, ordinal=start + item.ordinal, member=member)
        except UnreadableError as error:
            yield self.refused(member, at, 0 if self._ordinal > start else size, error.rejected)

    def _items(
        self, member: bytes, at: int, size: int, opened: Callable[[], Stream], *, again: bool
    ) -> Iterator[Item]:
        settings = self._settings
        stream = opened()
        first = _peeked(stream)
        packing = packing_of(first)
        if packing and self._unit.packing:
            raise UnreadableError("nested", f"{packing} inside an archive that is compressed itself")
        if packing:
            data = whole(stream, settings.max_member_bytes)
            check(unpacked(io.BytesIO(data), packing, settings))
            first = unpacked(io.BytesIO(data), packing, settings).read(FIRST)
            stream = unpacked(io.BytesIO(data), packing, settings)
        kind = told(member.partition(b"\0")[0], first, packing, settings.text_fields)
        if kind.media in ARCHIVES or packing_of(first if packing else b""):
            inner = packing_of(first) if packing_of(first) and packing else kind.media
            raise UnreadableError("nested", f"{inner} inside an archive")
        if kind.media not in READER_OF:
            detail = "neither text nor anything else that is read, by its first bytes"
            raise UnreadableError("unknown_type", detail)
        if not packing:
            stream = self._rewound(kind.media, stream, opened, again=again)
        name = member_name(self._unit.name, member)
        unit = replace(
            self._unit,
            name=name,
            media=kind.media,
            start=at,
            end=at + size,
            packing="",
            why=kind.why,
            suffix=kind.suffix,
        )
        yield from reader_of(kind.media)(unit, stream, settings)

    def _rewound(self, media: str, stream: Stream, opened: Callable[[], Stream], *, again: bool) -> Stream:
        """Return a member's bytes from the start, once it is sure that they are whole."""
        if again and media in _STREAMED:
            check(stream, self._settings.max_unpacked_bytes)
            return opened()
        if media in _STREAMED:
            return stream
        return io.BytesIO(whole(stream, self._settings.max_member_bytes))


def guarded(inner: Stream, errors: tuple[type[Exception], ...], detail: str) -> Stream:
    """Return a stream that can be peeked, whose errors are `UnreadableError`."""
    return io.BufferedReader(_Guarded(inner, errors, detail), FIRST)


class _Guarded(io.RawIOBase):
    def __init__(self, inner: Stream, errors: tuple[type[Exception], ...], detail: str) -> None:
        self._inner = inner
        self._errors = errors
        self._detail = detail

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        """Fill `buffer` as far as there is data; return how far."""
        try:
            piece = self._inner.read(len(buffer))
        except self._errors as error:
            raise UnreadableError("archive", self._detail) from error
        buffer[: len(piece)] = piece
        return len(piece)


def _peeked(stream: Stream) -> bytes:
    """Return the first bytes of a buffered stream, which are read all the same."""
    first: bytes = stream.peek(FIRST)[:FIRST]  # type: ignore[attr-defined] # a BufferedReader
    return first


def member_path(member: bytes) -> bytes:
    r"""Return the relative path that stands for a member: no part that leads up, the number of a twin in its name.

    >>> member_path(b"/a/../b.txt"), member_path(b"a/b.txt\0" + b"2")
    (b'a/b.txt', b'a/b~2.txt')
    """
    name, _, number = member.partition(b"\0")
    parts = [part for part in name.split(b"/") if part not in {b"", b".", b".."}] or [b"member"]
    if number:
        stem, dot, end = parts[-1].rpartition(b".")
        parts[-1] = stem + b"~" + number + dot + end if stem else parts[-1] + b"~" + number
    return b"/".join(parts)


def member_name(name: str, member: bytes) -> str:
    """Return the name of a member below that of its archive, by which the settings know it."""
    return f"{name}/{output_name(member_path(member))}"


def member_names(unit: Unit, members: Sequence[tuple[bytes, str]]) -> dict[bytes, str]:
    """Return the output name of each member of an archive, below that of the archive: safe, and unique there.

    `members` are names with what is added to those of their clean copies.
    """
    suffixes = {member: suffix for member, suffix in members if member}
    paths: dict[bytes, bytes] = {}
    taken: set[bytes] = set()
    for member in suffixes:
        path, count = member_path(member), 1
        while path in taken:  # names that differ only in what does not lead anywhere
            count += 1
            path = member_path(member_path(member) + b"\0" + str(count).encode())
        taken.add(path)
        paths[member] = path
    names = output_names(list(paths.values()), [suffixes[member] for member in paths])
    return {member: f"{unit.name}/{name}" for member, name in zip(paths, names, strict=True)}
