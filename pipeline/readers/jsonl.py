"""JSON Lines: one document a line, its text in a field; the other fields are carried as they were written.

A line is refused where reading it would lose something: a key twice, NaN, numbers out of range, half a
surrogate pair.  Blank lines are nothing.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from pipeline.readers import Record, Refused
from pipeline.readers.fields import metadata, text_field
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings

_BOM: Final = b"\xef\xbb\xbf"
_BLANK: Final = re.compile(r"[ \t\r\n]*")  # JSON's white space, and nothing else
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that may be half a surrogate pair
_DEPTH: Final = 500  # of nesting: the interpreter goes to about 1,000, less what called us, so it is no rule
_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_DIGITS: Final = 4300  # of a whole number; CPython's own limit, which a user may lift, so it is checked here


def read(unit: Unit, stream: Stream, settings: ReadSettings) -> Iterator[Item]:
    """Yield a record, or why it is refused, for each line of the unit that is not blank."""
    ordinal = at = 0
    for number, (line, size) in enumerate(_lines(stream, settings.max_line_bytes), 1):
        skipped = len(_BOM) if number == 1 and unit.start == 0 and line.startswith(_BOM) else 0
        content = line[skipped:].rstrip(b" \t\r")
        if content:
            length = len(content) if size == len(line) else size - skipped
            place = Place(unit, number, ordinal, unit.start + at + skipped, length)
            yield record(content, place, settings)
            ordinal += 1
        at += size + 1


def _lines(stream: Stream, limit: int) -> Iterator[tuple[bytes, int]]:
    """Yield lines without their LF, and their size; of one longer than `limit`, as much as shows that."""
    while line := stream.readline(limit + 2):
        size = len(line)
        more = line
        while not more.endswith(b"\n") and (more := stream.readline(1 << 16)):
            size += len(more)
        ended = (more or line).endswith(b"\n")
        yield line.removesuffix(b"\n"), size - ended


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands."""

    unit: Unit
    number: int  # of the unit, from 1
    ordinal: int
    offset: int  # bytes, in the file
    length: int

    what: str = "line"

    def refused(self, reason: str, detail: str) -> Refused:
        """Return why this line is refused, with its number."""
        first = f" after byte {self.unit.start:,}" if self.unit.start else ""
        shown = f"{self.what} {self.number:,}{first}: {detail}"
        return Refused(self.ordinal, self.offset, self.length, Rejected(reason, shown))


def record(line: bytes, place: Place, settings: ReadSettings) -> Item:
    """Return the record that a JSON object is, or why it is refused."""
    if place.length > settings.max_line_bytes:
        detail = f"{place.length:,} bytes; the limit is {settings.max_line_bytes:,}"
        return place.refused("line_too_long", detail)
    found = _read_fields(line)
    if isinstance(found, str):
        return place.refused("json", found)
    return record_of(found, place, settings)


def record_of(found: list[Field], place: Place, settings: ReadSettings) -> Item:
    """Return the record of these fields, or why it is refused."""
    values = {field.key: field.value for field in found}
    name = text_field(values, settings)
    if isinstance(name, Rejected):
        return place.refused(name.reason, name.detail)
    return Record(
        ordinal=place.ordinal,
        offset=place.offset,
        length=place.length,
        payload=str(values[name]),
        media=place.unit.media,
        given=metadata(values, settings),
        fields=_others(found, name),
        text_field=name,
        why=place.unit.why,
        suffix=place.unit.suffix,
    )


def _read_fields(line: bytes) -> list[Field] | str:
    """Return the fields of a line, or what is wrong with it."""
    try:
        return fields_of(line.decode())
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start:,} of the line"
    except UnicodeEncodeError:
        return "half a surrogate pair"
    except ValueError as error:
        return str(error)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record, and its value as it was written."""

    key: str
    value: object
    written: str


def fields_of(text: str) -> list[Field]:
    """Return the fields of a JSON object in order.

    Raises:
        ValueError: the text is no JSON object, or reading it would lose something.
        UnicodeEncodeError: a string has half a surrogate pair.
    """
    if _too_deep(text):
        raise ValueError(f"nested deeper than {_DEPTH}")
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        json.loads(text)  # says what is wrong if it is no JSON at all
        raise ValueError("not an object")
    fields: list[Field] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}" or fields:
        if text[at : at + 1] != '"':
            raise ValueError(f"a key in quotes is missing at character {at:,}")
        key, end = _DECODER.raw_decode(text, at)
        at = _skip(text, end)
        if text[at : at + 1] != ":":
            raise ValueError(f"a colon is missing at character {at:,}")
        start = _skip(text, at + 1)
        value, end = _DECODER.raw_decode(text, start)
        fields.append(Field(key, value, text[start:end]))
        at = _skip(text, end)
        if text[at : at + 1] == "}":
            break
        if text[at : at + 1] != ",":
            raise ValueError(f"a comma or brace is missing at character {at:,}")
        at = _skip(text, at + 1)
    if _skip(text, at + 1) != len(text):
        raise ValueError(f"something follows the object at character {at + 1:,}")
    unique([(f.key, f.value) for f in fields])
    if _HALF.search(text):
        json.dumps([(f.key, f.value) for f in fields], ensure_ascii=False).encode()
    return fields


def _too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= _DEPTH:
        return False
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > _DEPTH:
            return True
    return False


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the pairs as a dict.

    Raises:
        ValueError: a key stands twice.
    """
    out = dict(pairs)
    if len(out) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise ValueError(f"the key {twice[:80]!r} stands twice")
    return out


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"the number {digits[:40]} is out of range")
    return value


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=unique, parse_constant=_no_constant, parse_int=_integer, parse_float=_float
)


def _others(fields: list[Field], name: str) -> str:
    """Return the record with null for its text, so that the text finds its place again."""
    if len(fields) == 1:
        return ""
    shown = (
        f"{json.dumps(f.key, ensure_ascii=False)}:{'null' if f.key == name else f.written}" for f in fields
    )
    return f"{{{','.join(shown)}}}"


def with_text(fields: str, name: str, text: str) -> str:
    """Return the record of `Record.fields` with its text in its place; other values as they were written."""
    value = json.dumps(text, ensure_ascii=False)
    others = fields_of(fields) if fields else []
    shown = [
        f"{json.dumps(f.key, ensure_ascii=False)}:{value if f.key == name else f.written}" for f in others
    ]
    if all(f.key != name for f in others):
        shown.append(f"{json.dumps(name, ensure_ascii=False)}:{value}")
    return f"{{{','.join(shown)}}}"
