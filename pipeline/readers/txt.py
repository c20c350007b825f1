"""Plain text: one document a file, its bytes as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.readers import Record, Refused, longest_line
from stages.model import Metadata, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Unit
    from pipeline.settings import ReadSettings


def read(unit: Unit, data: bytes, settings: ReadSettings) -> Iterator[Record | Refused]:
    """Yield the one record of a text file, or why it is refused: a line longer than the limit."""
    longest = longest_line(data) if len(data) > settings.max_line_bytes else 0
    if longest > settings.max_line_bytes:
        detail = f"a line of {longest:,} bytes; the limit is {settings.max_line_bytes:,}"
        yield Refused(0, unit.start, len(data), Rejected("line_too_long", detail))
    else:
        yield Record(0, unit.start, len(data), data, unit.media, Metadata(), "", "")
