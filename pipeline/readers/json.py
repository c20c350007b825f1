"""JSON: one article, a list of them, or an object that holds one list of them.  The file is read as a whole.

What else an object around a list says is kept with the first record, as its field `$around`.  A file that is
called JSON but holds an object on each line is read line by line.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pipeline.readers import Refused, jsonl
from pipeline.readers.fields import text_field
from pipeline.readers.jsonl import Field, Place, fields_of, record_of
from pipeline.readers.packing import whole
from stages.decode import DecodeSettings, decode
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings

AROUND: Final = "$around"  # field with what stands around a list
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_LENIENT: Final = json.JSONDecoder()  # finds where a value ends; each is then read strictly


@dataclass(frozen=True, slots=True)
class _Text:
    """A file's text, and what it takes to say where in the file a place of it is."""

    text: str
    encoding: str
    found: str  # how that was found, if it is not UTF-8
    mark: int  # bytes before the text

    def size(self, start: int, end: int) -> int:
        """Return the bytes of a passage."""
        return len(self.text[start:end].encode(self.encoding))


def read(unit: Unit, stream: Stream, settings: ReadSettings) -> Iterator[Item]:
    """Yield the articles of a JSON file, or why they are refused."""
    data = whole(stream, max(settings.max_member_bytes, unit.size))
    if not data:
        return
    found = _text(unit, data, settings)
    if isinstance(found, Rejected):
        yield Refused(0, unit.start, len(data), found)
        return
    try:
        top, end = _LENIENT.raw_decode(found.text, _skip(found.text, 0))
    except (ValueError, RecursionError):
        top, end = None, 0
    rest = found.text[_skip(found.text, end) :]
    if top is None or rest:
        lines = found.text.lstrip()[:1] == "{" and found.encoding == "utf-8"
        if lines and "\n" in found.text.strip():
            why = unit.why or "named as JSON, but it has an object a line"
            yield from jsonl.read(replace(unit, why=why), io.BytesIO(data), settings)
        else:
            yield Refused(0, unit.start, len(data), Rejected("json", _wrong(found.text)))
        return
    yield from _articles(top, found, unit, settings)


def _text(unit: Unit, data: bytes, settings: ReadSettings) -> _Text | Rejected:
    """Return the text of a file: JSON is UTF-8, but what else decodes without loss is read too."""
    decoded = decode(data, DecodeSettings(), declared=settings.encoding(unit.name))
    if isinstance(decoded, Rejected):
        return decoded
    if not decoded.exact:
        return Rejected("json", f"{decoded.encoding}: its bytes cannot be read without loss")
    found = "" if decoded.encoding == "utf-8" else f"{decoded.encoding}, found by {decoded.how}"
    return _Text(decoded.text, decoded.encoding, found, len(decoded.bom))


def _wrong(text: str) -> str:
    try:
        _, end = _LENIENT.raw_decode(text, _skip(text, 0))
    except RecursionError:
        return "nested too deep"
    except ValueError as error:
        return str(error)
    return f"something follows the value at character {_skip(text, end):,}"


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _articles(top: object, found: _Text, unit: Unit, settings: ReadSettings) -> Iterator[Item]:
    text = found.text
    start = _skip(text, 0)
    around: tuple[Field, ...] = ()
    if isinstance(top, dict) and isinstance(text_field(top, settings), Rejected):
        lists = [
            k for k, v in top.items() if isinstance(v, list) and v and all(isinstance(i, dict) for i in v)
        ]
        if len(lists) == 1:
            place = Place(unit, 1, 0, unit.start + found.mark, found.size(0, len(text)), "record")
            try:
                fields = fields_of(text[start:].rstrip(" \t\r\n"))
            except ValueError as error:
                yield place.refused("json", str(error))
                return
            start = _list_start(text, start, lists[0])
            around = tuple(f for f in fields if f.key != lists[0])
    listed = text[start : start + 1] == "["
    spans = _elements(text, start) if listed else [(start, len(text.rstrip(" \t\r\n")))]
    yield from _records(spans, around, found, unit, settings)


def _list_start(text: str, at: int, key: str) -> int:
    """Return where the list that is the value of `key` begins, in an object that begins at `at`."""
    at = _skip(text, at + 1)
    while True:
        name, at = _LENIENT.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # past the colon
        if name == key:
            return at
        _, at = _LENIENT.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # past the comma


def _elements(text: str, at: int) -> list[tuple[int, int]]:
    """Return where the elements of a list stand that begins at `at`; that it can be read is known."""
    out: list[tuple[int, int]] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        _, end = _LENIENT.raw_decode(text, at)
        out.append((at, end))
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return out


def _records(
    spans: list[tuple[int, int]],
    around: tuple[Field, ...],
    found: _Text,
    unit: Unit,
    settings: ReadSettings,
) -> Iterator[Item]:
    seen, at = 0, found.mark  # characters and bytes
    for number, (start, end) in enumerate(spans):
        offset = at + found.size(seen, start)
        length = found.size(start, end)
        seen, at = end, offset + length
        place = Place(unit, number + 1, number, unit.start + offset, length, "record")
        if length > settings.max_line_bytes:
            yield place.refused(
                "line_too_long", f"{length:,} bytes; the limit is {settings.max_line_bytes:,}"
            )
            continue
        try:
            fields = fields_of(found.text[start:end])
        except UnicodeEncodeError:
            yield place.refused("json", "half a surrogate pair")
            continue
        except ValueError as error:
            yield place.refused("json", str(error))
            continue
        item = record_of([*fields, *_around(around, fields)], place, settings)
        if isinstance(item, Refused):
            yield item
        else:
            around = ()
            yield replace(item, charset=found.found)


def _around(around: tuple[Field, ...], fields: list[Field]) -> list[Field]:
    if not around or any(f.key == AROUND for f in fields):
        return []
    written = ",".join(f"{json.dumps(f.key, ensure_ascii=False)}:{f.written}" for f in around)
    return [Field(AROUND, None, f"{{{written}}}")]
