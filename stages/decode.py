"""Bytes become text: the encoding is found, and everything that was guessed or lost is said.

In: the bytes of a file, and the encoding that a person or a container gave for them.  Out: L1 of a text file, or
`Rejected` for what is not text.  Line ends stay as they stand; a byte-order mark is taken off and kept apart.
Order: first of all stages.  The ways, in their order: byte-order mark, what a person gave, escape sequences, strict
UTF-8, UTF-16 by its script, damaged UTF-8, the charset of a header, the charset that the page declares, the score
of a writing, a detector, windows-1252.
Source: order and thresholds follow a comparison of nine detectors on 2,700 samples; labels mean what the WHATWG
Encoding Standard makes of them (gb2312 is read as gb18030, iso-8859-1 as windows-1252).

Laws.  Any bytes give a value, never an exception.  `exact` is true if and only if the mark and the text encode to
the bytes again; then `errors` is 0.  The text holds no surrogates.  Between the repairs the bytes are what the codec
writes for the text; every U+FFFD that decoding made stands in a repair.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from stages import _scripts
from stages._labels import BROWSERS, codec_of
from stages._reading import explained, head, lost, read
from stages._signs import MARKS, declared_charset, format_of
from stages.model import Decoded, Rejected, Repair

if TYPE_CHECKING:
    from collections.abc import Callable

    _Step = Callable[["_Source"], Decoded | Rejected | None]

VERSION: Final = 2

_Reading = tuple[float, str, str]  # score, codec, writing


@dataclass(frozen=True, slots=True)
class DecodeSettings:
    """How much is looked at and how much damage is borne."""

    detection_bytes: int = 16_384  # a score reads so many, from the first line that is not ASCII
    max_nul_share: float = 0.01  # of the bytes; more NULs than that is no text
    min_utf8_share: float = 0.65  # of the bytes outside ASCII, in valid sequences: damaged UTF-8
    min_score: float = 0.45  # of a reading's characters outside ASCII; measured, as `max_error_share`
    max_error_share: float = 0.0025  # of a reading's characters; one error is always borne
    max_garbage_share: float = 0.05  # of the last reading's characters: undefined bytes and controls

    def __post_init__(self) -> None:
        if self.detection_bytes < 1024:
            raise ValueError(f"detection_bytes is {self.detection_bytes}: give 1024 or more")
        for name in ("max_nul_share", "min_utf8_share", "min_score", "max_error_share", "max_garbage_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: give a share between 0 and 1")


@dataclass(frozen=True, slots=True)
class _Source:
    """The bytes after the mark, and what is known of them."""

    data: bytes
    bom: bytes
    given: str | None  # by a person or a container
    header: str | None  # by a header of HTTP or WARC, which may lie
    settings: DecodeSettings


_UTF8_TAIL: Final = rb"[\x80-\xbf]"
#: Valid sequences of UTF-8, or a surrogate written as three bytes; a sequence that the end of the data cuts.
_SEQUENCE: Final = re.compile(
    rb"(?:[\xc2-\xdf]T|\xe0[\xa0-\xbf]T|[\xe1-\xef]TT|\xf0[\x90-\xbf]TT|[\xf1-\xf3]TTT|\xf4[\x80-\x8f]TT)+".replace(
        b"T", _UTF8_TAIL
    )
)
_CUT: Final = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4]T|[\xf0-\xf4]TT)\Z".replace(b"T", _UTF8_TAIL))
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
#: Bytes that no text has but UTF-16, in which hardly a hundred characters go without one.
_LOW: Final = bytes({*range(0x09), *range(0x0E, 0x20)} - {0x1B})
_SHORT: Final = 400  # bytes
_HIGH: Final = bytes(range(0x80, 0x100))
#: ISO-2022 escapes, and the codecs that read them, from the narrow to the wide.
_ESCAPES: Final = (
    (
        b"\x1b$",
        ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2004", "iso2022_kr"),
        "ISO-2022 escape sequences",
    ),
    (b"~{", ("hz",), "HZ escape sequences"),
)
#: Wider sets that are tried where the first codec meets errors.
_WIDER: Final = {"big5hkscs": ("cp950",), "euc_jp": ("euc_jis_2004",), "cp949": ("johab",)}

#: An East Asian score that no other writing reaches.
_CERTAIN: Final = 0.7
#: Of the bytes outside ASCII in valid sequences: nothing but UTF-8 has so many.
_SURE_UTF8: Final = 0.9
#: Rule of a repair → what a line of its own may be in a file of UTF-8.
#: A line of so many characters outside ASCII, none past this lead byte of GB2312, is Chinese whatever its score.
_EVERYDAY_LEAST, _EVERYDAY_LAST = 4, 0xD7
_LINES: Final = tuple(zip(("gbk-line", "big5-line"), _scripts.CHINESE, strict=True))
_HZ_SCORE: Final = 0.25  # where it has marks of Chinese, which letters and figures in braces never give
_HZ_MARKS: Final = frozenset("，。、：；")
_LOOKED_AT: Final = 20_000  # characters, where two declarations are compared
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decode(
    data: bytes, settings: DecodeSettings, *, declared: str | None = None, header: str | None = None
) -> Decoded | Rejected:
    """Return the text of a file and how it was read, or why it is not text; never raises.

    `declared` is an encoding that the user or a container gave for these bytes; it is used where it reads
    them within the tolerance, and passed over, which the evidence then says, where it does not.
    `header` is the charset of the header of HTTP or WARC that came with the bytes.  It is believed only where it
    reads all of them and the page declares no other that reads them better.
    """
    if not data:
        return Decoded("", "utf-8", b"", "utf-8", "empty", 0, exact=True)
    source = _Source(data, b"", declared, header, settings)
    found = _first(_STEPS, source) or _last_resort(source)
    if isinstance(found, Rejected):
        return found
    evidence = found.evidence
    if declared is not None and found.how != "given":
        evidence += f"; not as given ({_shown(declared)})"
    if header is not None and _known(header) not in {None, found.encoding}:
        evidence += f"; not as the header says ({_shown(header)})"
    return found if evidence == found.evidence else replace(found, evidence=evidence)


# --- steps, in their order ---------------------------------------------------------------------------------


def _by_mark(source: _Source) -> Decoded | Rejected | None:
    marks = [(mark, codec) for mark, codec in MARKS if source.data.startswith(mark)]
    for mark, codec in marks:
        body = replace(source, data=source.data[len(mark) :], bom=mark)
        if codec == "utf-8":
            found = _first(_AFTER_MARK, body) or _last_resort(body)
            if isinstance(found, Rejected) or found.encoding != codec:
                return found
            return replace(found, how="bom", evidence=f"byte-order mark; {found.evidence}")
        text, repairs = read(body.data, codec)
        nuls = text.count("\0") > source.settings.max_nul_share * len(text)
        if lost(repairs) <= _tolerated(text, source.settings) and not nuls:
            return _decoded(body, text, codec, "bom", "byte-order mark", repairs)
    return None


def _if_binary(source: _Source) -> Rejected | None:
    what = format_of(source.data)
    return Rejected("binary", f"the first bytes are those of {what}") if what else None


def _as_given(source: _Source) -> Decoded | None:
    codec = codec_of(source.given) if source.given else None
    if source.given is None or codec is None:
        return None
    return _read_as(source, codec, "given", f"given as {_shown(source.given)}")


def _by_escapes(source: _Source) -> Decoded | None:
    if not source.data.isascii():
        return None
    for escape, names, what in _ESCAPES:
        if escape not in source.data:
            continue
        for codec in names:
            text, repairs = read(source.data, codec)
            # HZ begins like ordinary text; an ESC $ needs no such proof
            least = source.settings.min_score if _HZ_MARKS.isdisjoint(text) else _HZ_SCORE
            proven = codec != "hz" or _scripts.SIMPLIFIED.score(text) >= least
            if not repairs and not text.isascii() and proven:
                return _decoded(source, text, codec, "escapes", what, ())
    return None


def _as_utf8(source: _Source) -> Decoded | None:
    if b"\0" in source.data:
        return None
    try:
        text = source.data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    evidence = "nothing but ASCII" if text.isascii() else "every sequence is valid UTF-8"
    return Decoded(text, "utf-8", source.bom, "utf-8", evidence, 0, exact=True)


def _as_bare_utf16(source: _Source) -> Decoded | None:
    part = source.data[: source.settings.detection_bytes]
    if len(part) < 4 or (len(part) > _SHORT and len(part.translate(None, _LOW)) == len(part)):
        return None
    readings = []
    for codec in ("utf-16-le", "utf-16-be"):
        text, errors = head(part, codec)
        readings.append((_scripts.utf16_score(text) - 3 * errors / len(text), codec))
    score, codec = max(readings)
    if score < source.settings.min_score:
        return None
    return _read_as(source, codec, "utf-16", f"no byte-order mark; score {score:.2f} in this byte order")


def _if_nul(source: _Source) -> Rejected | None:
    share = source.data.count(0) / max(1, len(source.data))
    if share <= source.settings.max_nul_share:
        return None
    return Rejected("binary", f"{share:.1%} of the bytes are NUL, and it is not UTF-16")


def _as_damaged_utf8(source: _Source) -> Decoded | None:
    part = _telling(source)
    share = _utf8_share(part)
    if share < source.settings.min_utf8_share or (share < _SURE_UTF8 and _reads_otherwise(source, part)):
        return None
    pieces: list[str] = []
    repairs: list[Repair] = []
    at = 0
    for line in source.data.splitlines(keepends=True):
        text, mended = _read_line(line, source, at)
        pieces.append(text)
        repairs += mended
        at += len(line)
    alone = [(rule, codec) for rule, (codec, _, _) in _LINES if any(r.rule == rule for r in repairs)]
    parts = [f"{share:.1%} of the bytes outside ASCII are valid UTF-8"]
    parts += [f"{sum(r.rule == rule for r in repairs)} lines are {codec}" for rule, codec in alone]
    parts += [f"{lost(repairs)} bad sequences"] * bool(lost(repairs))
    found = _decoded(source, "".join(pieces), "utf-8", "utf-8-tolerant", "; ".join(parts), tuple(repairs))
    return replace(found, how="utf-8", evidence="valid UTF-8 with a few NULs") if found.exact else found


def _reads_otherwise(source: _Source, part: bytes) -> bool:
    """Say whether another encoding reads without error, and well, what would be badly damaged UTF-8."""
    labels = (source.header, declared_charset(source.data))
    named = {codec for label in labels if (codec := _known(label)) is not None}
    for codec, score, _ in _scripts.EAST_ASIAN:
        text, errors = head(part, codec)
        if not errors and (codec in named or score(text) >= source.settings.min_score):
            return True
    return False


def _known(label: str | None) -> str | None:
    """Return the codec of a label that says something.

    Western labels and those of UTF-8 are what servers and editors write when they know nothing; UTF-8 and UTF-16
    have shown themselves before any label is asked.
    """
    codec = codec_of(label) if label else None
    return None if codec is None or codec == "cp1252" or codec.startswith("utf-") else codec


def _as_header_says(source: _Source) -> Decoded | None:
    codec = _known(source.header)
    if codec is None or source.header is None:
        return None
    found = _read_as(source, codec, "header", f"the header says {_shown(source.header)}")
    if found is None or found.errors:
        return None
    page = _as_page_says(source)
    if page is None or page.errors or page.encoding == found.encoding or page.text == found.text:
        return found
    return found if _likeness(found.text) > _likeness(page.text) else None


def _likeness(text: str) -> float:
    """Return how much a text looks like the writing that it looks most like."""
    rows = (*_scripts.EAST_ASIAN, *_scripts.ALPHABETIC)
    return max(score(text[:_LOOKED_AT]) for score in dict.fromkeys(score for _, score, _ in rows))


def _as_page_says(source: _Source) -> Decoded | None:
    label = declared_charset(source.data)
    codec = _known(label)
    if codec is None:
        return None
    return _read_as(source, codec, "declared", f"the page declares {label}")


def _by_score(source: _Source) -> Decoded | None:
    readings = _score_all(source, _scripts.EAST_ASIAN)
    how = "cjk-score"
    if not readings or readings[0][0] < _CERTAIN:
        asian = {codec for _, codec, _ in readings}
        readings = _ranked([*readings, *_score_all(source, _scripts.ALPHABETIC)])
        how = "cjk-score" if readings and readings[0][1] in asian else "script-score"
    if not readings or readings[0][0] < source.settings.min_score:
        return None
    score, codec, writing = readings[0]
    return _read_as(source, codec, how, f"reads as {writing} in {codec}, score {score:.2f}")


def _score_all(source: _Source, rows: tuple[_scripts.Row, ...]) -> list[_Reading]:
    """Return the readings within the tolerance, the best first."""
    readings: list[_Reading] = []
    part = _telling(source)
    for codec, score, writing in rows:
        text, errors = head(part, codec)
        if errors <= _tolerated(text, source.settings):
            penalty = 0.2 + 20 * errors / len(text) if errors else 0.0
            readings.append((score(text) - penalty, codec, writing))
    return _ranked(readings)


def _ranked(readings: list[_Reading]) -> list[_Reading]:
    """Return the readings by score; equal scores stay in the order of the tables."""
    return sorted(readings, key=lambda reading: -round(reading[0], 6))


def _by_detector(source: _Source) -> Decoded | None:
    from cchardet import detect  # noqa: PLC0415 - loaded only for the few files that come so far

    label = detect(_telling(source))["encoding"]
    codec = codec_of(label) if label else None
    if codec not in BROWSERS:
        return None
    return _read_as(source, codec, "detector", f"cchardet says {label}")


def _last_resort(source: _Source) -> Decoded | Rejected:
    """Return the reading that browsers end with, or say that it is none."""
    text, repairs = read(source.data, "cp1252")
    garbage = lost(repairs) + len(_CONTROLS.findall(text))
    if garbage > max(1, source.settings.max_garbage_share * len(text)):
        return Rejected(
            "decode", f"no encoding fits; {garbage} of {len(text)} characters are not text in windows-1252"
        )
    return _decoded(
        source, text, "cp1252", "fallback", "nothing else fits; browsers read windows-1252", repairs
    )


_AFTER_MARK: Final[tuple[_Step, ...]] = (
    *(_as_utf8, _if_nul, _as_damaged_utf8),
    *(_as_header_says, _as_page_says, _by_score, _by_detector),
)
_STEPS: Final[tuple[_Step, ...]] = (
    *(_by_mark, _if_binary, _as_given, _by_escapes, _as_utf8, _as_bare_utf16, _if_nul, _as_damaged_utf8),
    *(_as_header_says, _as_page_says, _by_score, _by_detector),
)


# --- reading -----------------------------------------------------------------------------------------------


def _first(steps: tuple[_Step, ...], source: _Source) -> Decoded | Rejected | None:
    return next((found for step in steps if (found := step(source)) is not None), None)


def _read_as(source: _Source, codec: str, how: str, evidence: str) -> Decoded | None:
    """Return the reading of all bytes with a codec, or a wider one; None past the tolerance."""
    best: tuple[int, str, tuple[Repair, ...], str] | None = None
    for name in (codec, *_WIDER.get(codec, ())):
        text, repairs = read(source.data, name)
        if best is None or lost(repairs) < best[0]:
            best = lost(repairs), text, repairs, name
        if not best[0]:
            break
    if best is None or best[0] > _tolerated(best[1], source.settings):
        return None
    return _decoded(source, best[1], best[3], how, evidence, best[2])


def _telling(source: _Source) -> bytes:
    """Return the part that tells encodings apart: it begins with the first line that is not ASCII."""
    first = _NOT_ASCII.search(source.data)
    start = source.data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    if first and first.start() - start > source.settings.detection_bytes // 2:
        start = first.start()  # one long line: no other sign of where a character starts
    return source.data[start : start + source.settings.detection_bytes]


def _read_line(line: bytes, source: _Source, start: int) -> tuple[str, tuple[Repair, ...]]:
    """Return the text of one line of a damaged UTF-8 file that begins at byte `start`, and its repairs."""
    last = start + len(line) == len(source.data)
    found, repairs = read(line, "utf-8", start=start, last=last)
    if not repairs:
        return found, repairs
    body = line.rstrip(b"\r\n")
    no_utf8 = _utf8_share(line) < source.settings.min_utf8_share
    for rule, (codec, score, _) in _LINES:
        text, errors = read(body, codec)
        good = (no_utf8 and score(text) >= source.settings.min_score) or _is_everyday(text, codec)
        if good and not lost(errors):
            whole = Repair(rule, start, body.hex(), text)
            return text + line[len(body) :].decode("ascii"), (whole,)
    return found, repairs


def _is_everyday(text: str, codec: str) -> bool:
    """Say whether a line is of common Chinese characters throughout, few as they may be; no other writing is.

    The first level of GB2312, rows B0 to D7, has the 3,755 characters that schools teach; marks stand before it.
    """
    high = [char for char in text if char > "\x7f"]
    if codec != "gb18030" or len(high) < _EVERYDAY_LEAST:
        return False
    try:
        return max(char.encode("gb2312")[0] for char in high) <= _EVERYDAY_LAST
    except UnicodeEncodeError:
        return False


def _utf8_share(data: bytes) -> float:
    """Return the share of the bytes outside ASCII that stand in valid sequences; 1 where there are none.

    A sequence that the end of the data cuts says nothing, and is left out.
    """
    cut = _CUT.search(data)
    if cut is not None:
        data = data[: cut.start()]
    high = len(data) - len(data.translate(None, _HIGH))
    if not high:
        return 1.0 if cut is None else 0.0
    return len(b"".join(_SEQUENCE.findall(data))) / high


def _decoded(
    source: _Source, text: str, codec: str, how: str, evidence: str, repairs: tuple[Repair, ...]
) -> Decoded:
    try:
        exact = text.encode(codec) == source.data
    except UnicodeEncodeError:
        exact = False
    if not exact:
        repairs = explained(source.data, repairs, codec)
    return Decoded(text, codec, source.bom, how, evidence, lost(repairs), exact=exact, repairs=repairs)


def _tolerated(text: str, settings: DecodeSettings) -> float:
    """Return how many bad sequences a reading may have: one byte that is lost can make several."""
    return max(1.0, min(4.0, len(text) / 100), settings.max_error_share * len(text))


def _shown(label: str) -> str:
    return ascii(label[:40])  # quoted, with everything unprintable escaped
