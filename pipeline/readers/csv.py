"""Tables of text: comma, tab, semicolon or bar between the cells, and a row of names first.

Bytes are read as Latin-1, in which every byte is a character and back, so that quotes and line ends are found
whatever the encoding (in none of those met do they stand inside a character); then each cell is decoded for itself.
Of UTF-16 the whole file is decoded first.  A row that has more or fewer cells than names, whose quotes do not fit,
or whose cells do not decode, is refused.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pipeline.readers import Record, Refused
from pipeline.readers.fields import metadata, named
from pipeline.readers.packing import UnreadableError, whole
from stages.decode import DecodeSettings, decode
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings

_DELIMITERS: Final = (",", "\t", ";", "|")
_HEAD: Final = 1 << 20  # bytes that the encoding and the delimiter are told by


@dataclass(frozen=True, slots=True)
class _Table:
    """How the rows of a file are read."""

    encoding: str
    found: str  # how that was found, if it is not UTF-8
    wide: bool  # the lines were UTF-16 or UTF-32, and are UTF-8 now
    delimiter: str
    names: tuple[str, ...]
    text: str  # name of the text column

    def cell(self, text: str) -> str:
        """Return a cell decoded.

        Raises:
            ValueError: it is not in the file's encoding.
        """
        return text.encode("latin-1").decode("utf-8" if self.wide else self.encoding)


def read(unit: Unit, stream: Stream, settings: ReadSettings) -> Iterator[Item]:
    """Yield a record for each row below the names, or why it is refused."""
    head = stream.read(_HEAD)
    if not head:
        return
    decoded = decode(_whole_lines(head), DecodeSettings(), declared=settings.encoding(unit.name))
    if isinstance(decoded, Rejected):
        yield Refused(0, unit.start, unit.end - unit.start, decoded)
        return
    csv.field_size_limit(settings.max_line_bytes)
    wide = decoded.encoding.startswith(("utf-16", "utf-32"))
    encoding = decoded.encoding if wide else "latin-1"
    lines = _Lines(head[len(decoded.bom) :], stream, encoding, settings)
    table = _table(lines, decoded.encoding, settings)
    if isinstance(table, Rejected):
        yield Refused(0, unit.start, unit.end - unit.start, table)
        return
    if decoded.encoding != "utf-8":
        table = replace(table, found=f"{decoded.encoding}, found by {decoded.how}")
    at = unit.start + len(decoded.bom) + lines.size
    ordinal = 0
    for row, size, problem in _rows(lines, table.delimiter):
        if row != [] or problem:
            where = (ordinal, at, size)
            detail = problem or _misfit(row, table)
            if detail:
                shown = f"row {ordinal + 1:,} below the names: {detail}"
                yield Refused(ordinal, at, size, Rejected("csv", shown))
            else:
                yield _record(row, where, table, unit, settings)
            ordinal += 1
        at += size


def _whole_lines(head: bytes) -> bytes:
    """Return as much of the head as ends with a line; a character may be cut there."""
    if len(head) < _HEAD:
        return head
    end = max(head.rfind(b"\n"), head.rfind(b"\r")) + 1
    return head[: end - end % 2] if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else head[: end or None]


class _Lines:
    """The lines of a file as characters, with their line ends, and how many bytes were given out."""

    def __init__(self, head: bytes, rest: Stream, encoding: str, settings: ReadSettings) -> None:
        self.encoding = encoding
        self.size = 0  # bytes of the rows that were read, for `_rows`
        self.limit = settings.max_line_bytes
        self.wide = encoding != "latin-1"
        source: Stream = _Joined(head, rest)
        if self.wide:
            data = whole(source, settings.max_member_bytes)
            try:
                source = io.BytesIO(data.decode(encoding).encode())
            except UnicodeDecodeError as error:
                raise UnreadableError("csv", f"{encoding}: cannot be read at byte {error.start:,}") from error
        self._source = source
        self._carriage = b"\n" not in head and b"\r" in head and not self.wide
        self._waiting: list[bytes] = []

    def next(self) -> str:
        """Return the next line, or "" at the end.

        Raises:
            UnreadableError: it is longer than the limit.
        """
        if not self._waiting:
            line = self._source.readline(self.limit + 1)
            if len(line) > self.limit:
                raise UnreadableError("line_too_long", f"a line of more than {self.limit:,} bytes")
            self._waiting = (
                line.replace(b"\r", b"\n").splitlines(keepends=True)[::-1] if self._carriage else [line]
            )
        line = self._waiting.pop() if self._waiting else b""
        return line.decode("latin-1")

    def bytes_of(self, text: str) -> int:
        """Return how many bytes of the file these characters are."""
        return len(text.encode("latin-1").decode().encode(self.encoding)) if self.wide else len(text)


class _Joined(io.RawIOBase):
    """Bytes, and then a stream."""

    def __init__(self, head: bytes, rest: Stream) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes."""
        return self._head.read(size) or self._rest.read(size)

    def readline(self, size: int | None = -1) -> bytes:
        """Return a line, or `size` bytes of it."""
        limit = -1 if size is None else size
        line = self._head.readline(limit)
        if line.endswith(b"\n") or len(line) == limit:
            return line
        return line + self._rest.readline(limit - len(line))


def _rows(lines: _Lines, delimiter: str) -> Iterator[tuple[list[str], int, str]]:
    """Yield rows with their size in bytes, and what is wrong with them; a blank line is an empty row."""
    while first := lines.next():
        taken = [first]

        def following(taken: list[str] = taken) -> Iterator[str]:
            yield taken[0]
            size = len(taken[0])
            while line := lines.next():
                taken.append(line)
                size += len(line)
                if size > lines.limit:
                    raise UnreadableError("csv", "a quote is not closed within the longest row allowed")
                yield line

        row: list[str] = []
        problem = ""
        try:
            row = next(csv.reader(following(), delimiter=delimiter, strict=True))
        except csv.Error as error:
            problem = str(error)
        except StopIteration:
            problem = "a quote is not closed"
        size = sum(map(lines.bytes_of, taken))
        lines.size += size
        yield row, size, problem


def _table(lines: _Lines, encoding: str, settings: ReadSettings) -> _Table | Rejected:
    """Read the row of names, and tell by it what stands between the cells: its text column is then among them."""
    first = lines.next()
    if first.strip().casefold() in {f"sep={d}" for d in _DELIMITERS}:  # a spreadsheet's note to itself
        lines.size += lines.bytes_of(first)
        first = lines.next()
    lines.size += lines.bytes_of(first)
    found: list[_Table] = []
    wanted = {name.casefold() for name in settings.text_fields}
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([first], delimiter=delimiter, strict=True), [])
            plain = _Table(encoding, "", lines.wide, delimiter, (), "")
            names = tuple(map(plain.cell, cells))
        except (csv.Error, ValueError):
            continue
        if any(name.strip().casefold() in wanted for name in names):
            found.append(replace(plain, names=names))
    if not found:
        detail = f"no column of the first row is one of {', '.join(settings.text_fields)}"
        return Rejected("no_text_column", detail)
    table = max(found, key=lambda t: len(t.names))
    called = {name.strip(): name for name in table.names}
    if len(called) < len(table.names):
        shown = Counter(name.strip() for name in table.names).most_common(1)[0][0]
        return Rejected("csv", f"two columns are called {shown[:80]!r}")
    text = next(n for w in settings.text_fields if (n := named(called, w)) is not None)
    return replace(table, text=called[text])


def _misfit(row: list[str], table: _Table) -> str:
    """Return what keeps a row from being read without loss, or ""."""
    if len(row) != len(table.names):
        return f"{len(row):,} cells; the table has {len(table.names):,} columns"
    try:
        for cell in row:
            table.cell(cell)
    except ValueError:
        return f"a cell is not {table.encoding}"
    return ""


def _record(
    row: list[str], where: tuple[int, int, int], table: _Table, unit: Unit, settings: ReadSettings
) -> Item:
    ordinal, offset, length = where
    if length > settings.max_line_bytes:
        shown = f"a row of {length:,} bytes; the limit is {settings.max_line_bytes:,}"
        return Refused(ordinal, offset, length, Rejected("line_too_long", shown))
    values: dict[str, object] = {n: table.cell(c) for n, c in zip(table.names, row, strict=True)}
    text = str(values[table.text])
    others = {n: None if n == table.text else v for n, v in values.items()}
    return Record(
        ordinal=ordinal,
        offset=offset,
        length=length,
        payload=text,
        media=unit.media,
        given=metadata({n.strip(): v for n, v in values.items()}, settings),
        charset=table.found,
        fields=json.dumps(others, ensure_ascii=False, separators=(",", ":")) if len(others) > 1 else "",
        text_field=table.text,
        why=unit.why,
        suffix=unit.suffix,
    )
