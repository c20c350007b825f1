"""Parquet: one document a row, its text in a column; batch by batch, so that a row group need not fit.

Values become JSON.  What JSON has no type for is written as text: dates and times as ISO 8601, decimals as they
stand, binary data as base64, NaN and infinities by these names.
"""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.readers import Record, Refused
from pipeline.readers.fields import metadata, text_field
from pipeline.readers.packing import UnreadableError, whole
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings

_NOT_FINITE: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_ROWS: Final = 128  # of a batch; texts of a thousand pages still fit


def read(unit: Unit, stream: Stream, settings: ReadSettings) -> Iterator[Item]:
    """Yield a record for each row, or why it is refused; offsets count rows, lengths the bytes of the text."""
    if not stream.seekable():
        stream = io.BytesIO(whole(stream, settings.max_member_bytes))
    try:
        file = pq.ParquetFile(stream)
        names = file.schema_arrow.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableError("parquet", "the file is cut or damaged") from error
    wrong = _wrong(names, settings)
    if wrong is not None:
        yield Refused(0, unit.start, unit.end - unit.start, wrong)
        return
    ordinal = 0
    try:
        for batch in file.iter_batches(batch_size=_ROWS):
            columns = [_plain(column) for column in batch.columns]
            for row in range(batch.num_rows):
                yield _record(ordinal, dict(zip(names, columns, strict=True)), row, unit, settings)
                ordinal += 1
    except (pa.ArrowException, OSError) as error:
        raise UnreadableError("parquet", f"cut or damaged after row {ordinal:,}") from error


def _wrong(names: list[str], settings: ReadSettings) -> Rejected | None:
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        return Rejected("parquet", f"two columns are called {twice[:80]!r}")
    if isinstance(text_field(dict.fromkeys(names, ""), settings), Rejected):
        return Rejected("no_text_column", f"no column is one of {', '.join(settings.text_fields)}")
    return None


def _plain(column: pa.Array) -> pa.Array:
    """Return times as text: Python's have no nanoseconds, and their zones need a table that machines differ in."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        text = column.cast(pa.timestamp(kind.unit)).cast(pa.string())
        mark = pa.array(["Z"] * len(column)) if kind.tz else pa.array([""] * len(column))
        return pa.compute.binary_join_element_wise(pa.compute.replace_substring(text, " ", "T"), mark, "")
    if pa.types.is_time(kind):
        return column.cast(pa.string())
    return column.cast(pa.int64()) if pa.types.is_duration(kind) else column


def _record(ordinal: int, columns: dict[str, pa.Array], row: int, unit: Unit, settings: ReadSettings) -> Item:
    try:
        values = {name: _value(column[row].as_py()) for name, column in columns.items()}
        name = text_field(values, settings)
        if isinstance(name, Rejected):
            return Refused(ordinal, ordinal, 0, Rejected(name.reason, f"row {ordinal + 1:,}: {name.detail}"))
        text = str(values[name])
        size = len(text.encode())
        others = {n: None if n == name else v for n, v in values.items()}
        fields = json.dumps(others, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        fields.encode()
    except (ValueError, OverflowError, RecursionError) as error:
        wide = isinstance(error, UnicodeError)
        why = "a text that is not UTF-8" if wide else "a value that JSON cannot hold"
        return Refused(ordinal, ordinal, 0, Rejected("parquet", f"row {ordinal + 1:,}: {why}"))
    return Record(
        ordinal=ordinal,
        offset=ordinal,
        length=size,
        payload=text,
        media=unit.media,
        given=metadata(values, settings),
        fields=fields if len(others) > 1 else "",
        text_field=name,
        why=unit.why,
        suffix=unit.suffix,
    )


def _value(value: Any) -> Any:  # noqa: ANN401 - any value of Arrow, as JSON has it
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _NOT_FINITE[str(value)]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {str(key): _value(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_value(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
