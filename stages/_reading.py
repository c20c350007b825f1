"""Bytes read with a codec, every byte that does not read accounted for.

In: bytes, a codec.  Out: the text, and a `Repair` for what became something other than the codec makes of it.
Order: under `stages.decode`.  Source: bad sequences are cut as the WHATWG Encoding Standard and Python cut them,
one U+FFFD each; the byte 0x80 is the euro sign in GBK, as browsers read it; a pair of surrogates written as six
bytes (CESU-8) is the character it means.

Laws.  Between the repairs the bytes are what the codec makes of the text; `explained` adds what is missing for it.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from stages.model import Repair

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Rule of a repair → what happened to the bytes.
RULES: Final[dict[str, str]] = {
    "utf8-invalid": "bytes that are no UTF-8; U+FFFD for each sequence",
    "surrogate": "half a surrogate pair written as UTF-8; U+FFFD",
    "cesu8": "a surrogate pair written as UTF-8, joined to its character",
    "truncated": "the end of the file cuts a character; U+FFFD",
    "invalid": "bytes that the encoding does not have; U+FFFD for each sequence",
    "gbk-euro": "the byte 0x80 in GBK: the euro sign",
    "gbk-line": "a line of GBK in a file of UTF-8",
    "big5-line": "a line of Big5 in a file of UTF-8",
    "respelt": "bytes that the encoding reads, and would write in another way; nothing is lost",
}
_FEW: Final = 100  # bad sequences, among which it is worth to look for euro signs
_LOSSES: Final = frozenset({"utf8-invalid", "surrogate", "truncated", "invalid"})
BAD: Final = "\ufffd"

_TAIL: Final = rb"[\x80-\xbf]"
#: A pair of surrogates, each written as three bytes; or one of them alone.
_SURROGATES: Final = re.compile(rb"(\xed[\xa0-\xaf]T\xed[\xb0-\xbf]T)|\xed[\xa0-\xbf]T".replace(b"T", _TAIL))
_CUT: Final = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4]T|[\xf0-\xf4]TT)\Z".replace(b"T", _TAIL))
#: Codecs whose bytes mean what an earlier escape sequence says; those whose line end is not the byte 0x0A.
_STATEFUL: Final = ("hz", "iso2022")
_WIDE: Final = ("utf-16", "utf-32")

_Event = tuple[int, bytes]  # where a bad sequence stands, and its bytes


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Return the place and the bytes of a bad sequence, written in surrogates, which no codec here gives."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    place = "".join(chr(0xDD00 + byte) for byte in error.start.to_bytes(8, "big"))
    return place + "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


_HANDLER: Final = "clean-corpus.escape"
codecs.register_error(_HANDLER, _escape)
_EVENT: Final = re.compile("([\udd00-\uddff]{8})([\udc00-\udcff]+)")
_EVENTS: Final = re.compile("(?:[\udd00-\uddff]{8}[\udc00-\udcff]+)+")


def read(data: bytes, codec: str, *, start: int = 0, last: bool = True) -> tuple[str, tuple[Repair, ...]]:
    """Return the text and its repairs; `data` stands at byte `start` of the source, at its end if `last`."""
    try:
        return data.decode(codec), ()
    except UnicodeDecodeError:
        escaped = data.decode(codec, _HANDLER)
    pieces: list[str] = []
    repairs: list[Repair] = []
    at = 0
    end = len(data) if last else -1
    for match in _EVENTS.finditer(escaped):
        found = [
            (int.from_bytes(bytes(ord(c) - 0xDD00 for c in m[1]), "big"), _bytes_of(m[2]))
            for m in _EVENT.finditer(match[0])
        ]
        mended = [repair for events in _runs(found) for repair in _mended(events, codec, end)]
        pieces += escaped[at : match.start()], *(repair.text for repair in mended)
        repairs += mended
        at = match.end()
    pieces.append(escaped[at:])
    return "".join(pieces), tuple(replace(r, start=start + r.start) for r in repairs)


def head(data: bytes, codec: str) -> tuple[str, int]:
    """Return the text of a part of the bytes, and its bad sequences; a character that its end cuts is left out."""
    text = codecs.getincrementaldecoder(codec)("replace").decode(data)
    errors = text.count(BAD)
    if codec != "gb18030" or not 0 < errors <= _FEW:
        return text, errors
    escaped = codecs.getincrementaldecoder(codec)(_HANDLER).decode(data)
    euro = "\udc80"
    errors = sum(m[2] != euro for m in _EVENT.finditer(escaped))
    return _EVENT.sub(lambda m: "€" if m[2] == euro else BAD, escaped), errors


def lost(repairs: Sequence[Repair]) -> int:
    """Return how many sequences became U+FFFD."""
    return sum(len(r.text) for r in repairs if r.rule in _LOSSES)


def _bytes_of(escaped: str) -> bytes:
    return bytes(ord(char) - 0xDC00 for char in escaped)


def _runs(events: Sequence[_Event]) -> Iterator[list[_Event]]:
    """Yield bad sequences that stand side by side together."""
    run: list[_Event] = []
    for event in events:
        if run and event[0] != run[-1][0] + len(run[-1][1]):
            yield run
            run = []
        run.append(event)
    if run:
        yield run


def _mended(events: list[_Event], codec: str, end: int) -> list[Repair]:
    """Return the repairs of bad sequences that stand side by side; `end` is the length of the data."""
    if codec == "utf-8":
        return _mended_utf8(events, end)
    out = []
    euro = b"\x80" if codec == "gb18030" else b""
    for is_euro, group in groupby(events, key=lambda event: event[1] == euro):
        found = list(group)
        raw = b"".join(raw for _, raw in found)
        # only the last sequence of the data can be cut, and one byte of a one-byte code never is
        cut = found[0][0] + len(raw) == end and len(found) == 1 and _may_be_cut(codec)
        rule = "gbk-euro" if is_euro else "truncated" if cut else "invalid"
        out.append(Repair(rule, found[0][0], raw.hex(), ("€" if is_euro else BAD) * len(found)))
    return out


def _may_be_cut(codec: str) -> bool:
    return not codec.startswith(("cp12", "cp8", "iso8859", "koi8", "mac"))


def _mended_utf8(events: list[_Event], end: int) -> list[Repair]:
    first = events[0][0]
    raw = b"".join(raw for _, raw in events)
    out: list[Repair] = []

    def plain(start: int, stop: int) -> None:
        inside = events[bisect_left(events, (first + start,)) : bisect_left(events, (first + stop,))]
        if inside:
            cut = first + stop == end and len(inside) == 1 and _CUT.fullmatch(raw[start:stop])
            rule = "truncated" if cut else "utf8-invalid"
            out.append(Repair(rule, first + start, raw[start:stop].hex(), BAD * len(inside)))

    at = 0
    for match in _SURROGATES.finditer(raw):
        plain(at, match.start())
        rule, text = ("cesu8", _joined(match[1])) if match[1] else ("surrogate", BAD)
        out.append(Repair(rule, first + match.start(), match[0].hex(), text))
        at = match.end()
    plain(at, len(raw))
    return out


def _joined(pair: bytes) -> str:
    """Return the character that a pair of surrogates means."""
    return pair.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le")


# --- what the text would be written as ---------------------------------------------------------------------


def explained(data: bytes, repairs: Sequence[Repair], codec: str) -> tuple[Repair, ...]:
    """Return the repairs, and one of rule `respelt` for whatever between them would be written otherwise."""
    out: list[Repair] = []
    at = 0
    for repair in repairs:
        out += _respelt(data[at : repair.start], codec, at)
        out.append(repair)
        at = repair.start + len(repair.raw) // 2
    return (*out, *_respelt(data[at:], codec, at))


def _same(raw: bytes, codec: str) -> bool:
    try:
        return raw.decode(codec).encode(codec) == raw
    except UnicodeError:
        return False


def _respelt(raw: bytes, codec: str, start: int) -> list[Repair]:
    """Return the places of a part without bad bytes that its text would be written for otherwise."""
    if _same(raw, codec):
        return []
    if codec.startswith(_WIDE):
        return [Repair("respelt", start, raw.hex(), raw.decode(codec, "replace"))]
    out: list[Repair] = []
    at = 0
    for line in raw.split(b"\n"):
        if not _same(line, codec):
            out += _in_line(line, codec, start + at)
        at += len(line) + 1
    return out or [Repair("respelt", start, raw.hex(), raw.decode(codec, "replace"))]


def _in_line(line: bytes, codec: str, start: int) -> list[Repair]:
    whole = [Repair("respelt", start, line.hex(), line.decode(codec, "replace"))]
    if codec.startswith(_STATEFUL):
        return whole
    out: list[Repair] = []
    at = 0
    for char in line.decode(codec, "replace"):
        length = _length(line, at, codec, char)
        if length == 0:
            return whole
        if line[at : at + length] != char.encode(codec, "replace"):
            out.append(Repair("respelt", start + at, line[at : at + length].hex(), char))
        at += length
    return out


def _length(line: bytes, at: int, codec: str, char: str) -> int:
    """Return how many bytes of the line, from 1 to 4, are this character; 0 where none are."""
    for length in range(1, 5):
        try:
            if line[at : at + length].decode(codec) == char:
                return length
        except UnicodeDecodeError:
            continue
    return 0
