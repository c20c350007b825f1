"""Plain text: one document a file, its bytes as they are; a file is read as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.readers import Record, Refused, longest_line
from pipeline.readers.packing import whole
from stages.model import Metadata, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings


def read(unit: Unit, stream: Stream, settings: ReadSettings) -> Iterator[Item]:
    """Yield the one record of a text file, or why it is refused: a line longer than the limit."""
    data = whole(stream, max(settings.max_member_bytes, unit.size))
    longest = longest_line(data) if len(data) > settings.max_line_bytes else 0
    if longest > settings.max_line_bytes:
        detail = f"a line of {longest:,} bytes; the limit is {settings.max_line_bytes:,}"
        yield Refused(0, unit.start, len(data), Rejected("line_too_long", detail))
    else:
        given = Metadata()
        yield Record(
            *(0, unit.start, len(data), data, unit.media, given, "", ""), why=unit.why, suffix=unit.suffix
        )
