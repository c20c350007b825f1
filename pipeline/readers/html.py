"""Web pages: one document a file, its bytes as they are.  A page may stand on one line: none is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.readers import Record
from pipeline.readers.packing import whole
from stages.model import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings


def read(unit: Unit, stream: Stream, settings: ReadSettings) -> Iterator[Item]:
    """Yield the one record of a page."""
    data = whole(stream, max(settings.max_member_bytes, unit.size))
    given = Metadata()
    yield Record(
        *(0, unit.start, len(data), data, unit.media, given, "", ""), why=unit.why, suffix=unit.suffix
    )
