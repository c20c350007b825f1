"""CSV (RFC 4180): `corpus.csv`, the kept texts; for spreadsheets and statistics programs.

UTF-8 with a byte-order mark, as spreadsheets take a file without one for a local encoding.  A cell that a
spreadsheet would run as a formula gets an apostrophe before it (OWASP, "CSV injection"); the last column names those
cells, so that a program can take it off again.  Texts are whole: a spreadsheet cuts them at 32,767 characters.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.exports.origin import Origin
    from pipeline.store import Store

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_QUOTED: Final = "quoted"


def write(origin: Origin, store: Store) -> None:
    """Write corpus.csv."""
    store.put("corpus.csv", _lines(origin))


def _lines(origin: Origin) -> Iterator[bytes]:
    names = [name for name, _ in origin.columns()]
    yield b"\xef\xbb\xbf" + _line([*names, _QUOTED])
    for row in origin.documents("canonical"):
        yield _line(_cells(row, names))


def _cells(row: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    values = [" ".join(row[name]) if isinstance(row[name], list) else row[name] for name in names]
    quoted = [
        name for name, v in zip(names, values, strict=True) if isinstance(v, str) and v.startswith(FORMULA)
    ]
    return [*(f"'{v}" if n in quoted else v for n, v in zip(names, values, strict=True)), " ".join(quoted)]


def _line(cells: Sequence[Any]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode()
