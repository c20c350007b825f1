"""Web pages: one document a file, its bytes as they are.  A page may stand on one line: none is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.readers import Record
from stages.model import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Refused, Unit
    from pipeline.settings import ReadSettings


def read(unit: Unit, data: bytes, settings: ReadSettings) -> Iterator[Record | Refused]:
    """Yield the one record of a page."""
    del settings
    yield Record(0, unit.start, len(data), data, unit.media, Metadata(), "", "")
