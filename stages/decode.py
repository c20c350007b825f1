"""Bytes become text: the encoding is found, and everything that was guessed or lost is said.

In: the bytes of a file, and the encoding that a person or a container gave for them.  Out: L1 of a text file, or
`Rejected` for what is not text.  Line ends stay as they stand; a byte-order mark is taken off and kept apart.
Order: first of all stages.
Source: order and thresholds follow a comparison of nine detectors on 2,700 samples; labels mean what the WHATWG
Encoding Standard makes of them (gb2312 is read as gb18030, iso-8859-1 as windows-1252).

Laws.  Any bytes give a value, never an exception.  `exact` is true if and only if the mark and the text encode to
the bytes again; then `errors` is 0.  The text holds no surrogates.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stages import _scripts
from stages._labels import BROWSERS, codec_of
from stages.model import Decoded, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    _Step = Callable[["_Source"], Decoded | Rejected | None]

VERSION: Final = 1

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
    given: str | None
    settings: DecodeSettings
    header: str | None = None


#: UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: How files begin that are not text, from the formats' own specifications.
_SIGNATURES: Final = tuple(
    (re.compile(pattern, re.DOTALL), what)
    for pattern, what in (
        (rb"%PDF-\d", "a PDF document"),
        (rb"\x89PNG\r\n\x1a\n", "a PNG image"),
        (rb"\xff\xd8\xff", "a JPEG image"),
        (rb"GIF8[79]a", "a GIF image"),
        (rb"II\*\0|MM\0\*", "a TIFF image"),
        (rb"BM.{4}\0\0\0\0", "a BMP image"),
        (rb"RIFF.{4}(?:WEBP|WAVE|AVI )", "a RIFF file: sound, image or film"),
        (rb"ID3[\x02-\x04][\0-\x0f]|\xff\xfb[\x10-\xef]", "an MP3 recording"),
        (rb"OggS\0|fLaC\0|FLV\x01|\x1aE\xdf\xa3|\0\0..ftyp", "a sound or film file"),
        (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "a ZIP archive (also docx, xlsx, epub, jar)"),
        (rb"\x1f\x8b\x08", "gzip-compressed data"),
        (rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", "bzip2-compressed data"),
        (rb"\xfd7zXZ\0", "xz-compressed data"),
        (rb"\x28\xb5\x2f\xfd", "zstd-compressed data"),
        (rb"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (rb"Rar!\x1a\x07", "a RAR archive"),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE document (doc, xls, ppt, msg)"),
        (rb"SQLite format 3\0", "an SQLite database"),
        (rb"PAR1[\x15-\x1c]|ARROW1\0", "a Parquet or Arrow file"),
        (rb"\x7fELF[\x01\x02]", "an ELF program"),
        (rb"MZ.\0", "a Windows program"),
        (rb"[\xce\xcf]\xfa\xed\xfe.\0\0[\0\x01]|\xfe\xed\xfa[\xce\xcf][\0\x01]\0\0", "a Mach-O program"),
        (rb"\xca\xfe\xba\xbe\0", "a Java class or Mach-O program"),
        (rb"\0asm", "a WebAssembly module"),
        (rb"wOF[F2](?:\0\x01\0\0|OTTO|true)|OTTO\0|\0\x01\0\0\0", "a font"),
    )
)

_UTF8_TAIL: Final = rb"[\x80-\xbf]"
#: Valid sequences of UTF-8, or a surrogate written as three bytes; a sequence that the end of the data cuts.
_SEQUENCE: Final = re.compile(
    rb"(?:[\xc2-\xdf]T|\xe0[\xa0-\xbf]T|[\xe1-\xef]TT|\xf0[\x90-\xbf]TT|[\xf1-\xf3]TTT|\xf4[\x80-\x8f]TT)+".replace(
        b"T", _UTF8_TAIL
    )
)
_CUT: Final = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4]T|[\xf0-\xf4]TT)\Z".replace(b"T", _UTF8_TAIL))
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_HIGH: Final = bytes(range(0x80, 0x100))
_SURROGATES: Final = re.compile(
    rb"(\xed[\xa0-\xaf]T\xed[\xb0-\xbf]T)|\xed[\xa0-\xbf]T".replace(b"T", _UTF8_TAIL)
)

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

_PAGE: Final = re.compile(
    rb"\s*<(?:!doctype|!--|\?xml|html|head|meta|title|body|script|div|p\b)", re.IGNORECASE
)
_CHARSET: Final = re.compile(
    rb"""<meta\b[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
_CHARSET_BYTES: Final = 1024  # the HTML standard looks no further
#: An East Asian score that no other writing reaches.
_CERTAIN: Final = 0.7
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decode(
    data: bytes, settings: DecodeSettings, *, declared: str | None = None, header: str | None = None
) -> Decoded | Rejected:
    """Return the text of a file and how it was read, or why it is not text; never raises.

    `declared` is an encoding that the user or a container gave for these bytes; it is used where it reads
    them within the tolerance, and passed over, which the evidence then says, where it does not.
    `header` is what a server said of them: evidence after strict UTF-8 and what the page itself says.
    """
    if not data:
        return Decoded("", "utf-8", b"", "utf-8", "empty", 0, exact=True)
    source = _Source(data, b"", declared, settings, header)
    found = _first(_STEPS, source) or _last_resort(source)
    if declared is None or isinstance(found, Rejected) or found.how == "given":
        return found
    return replace(found, evidence=f"{found.evidence}; not as given ({_shown(declared)})")


# --- steps, in their order ---------------------------------------------------------------------------------


def _by_mark(source: _Source) -> Decoded | Rejected | None:
    marks = [(mark, codec) for mark, codec in _MARKS if source.data.startswith(mark)]
    for mark, codec in marks:
        body = replace(source, data=source.data[len(mark) :], bom=mark)
        if codec == "utf-8":
            found = _first(_AFTER_MARK, body) or _last_resort(body)
            if isinstance(found, Rejected) or found.encoding != codec:
                return found
            return replace(found, how="bom", evidence=f"byte-order mark; {found.evidence}")
        text, errors = _read(body.data, codec)
        nuls = text.count("\0") > source.settings.max_nul_share * len(text)
        if errors <= _tolerated(text, source.settings) and not nuls:
            return _decoded(body, text, codec, "bom", "byte-order mark", errors)
    return None


def _if_binary(source: _Source) -> Rejected | None:
    what = next((what for pattern, what in _SIGNATURES if pattern.match(source.data)), None)
    return Rejected("binary", f"the first bytes are those of {what}") if what else None


def _as_given(source: _Source) -> Decoded | None:
    codec = codec_of(source.given) if source.given else None
    if source.given is None or codec is None:
        return None
    return _read_as(source, codec, "given", f"given as {_shown(source.given)}")


def _by_escapes(source: _Source) -> Decoded | None:
    for escape, names, what in _ESCAPES:
        if escape not in source.data or not source.data.isascii():
            continue
        for codec in names:
            text, errors = _read(source.data, codec)
            # HZ begins like ordinary text; an ESC $ needs no such proof
            proven = codec != "hz" or _scripts.SIMPLIFIED.score(text) >= source.settings.min_score
            if not errors and not text.isascii() and proven:
                return _decoded(source, text, codec, "escapes", what, 0)
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
    if len(source.data) < 4:
        return None
    readings = []
    for codec in ("utf-16-le", "utf-16-be"):
        text, errors = _head(source.data[: source.settings.detection_bytes], codec)
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
    share = _utf8_share(_telling(source))
    if share < source.settings.min_utf8_share:
        return None
    lines = [_read_line(line, source.settings) for line in source.data.splitlines(keepends=True)]
    text = "".join(line for line, _, _ in lines)
    errors = sum(bad for _, bad, _ in lines)
    alone = sorted({codec for _, _, codec in lines if codec != "utf-8"})
    parts = [f"{share:.1%} of the bytes outside ASCII are valid UTF-8"]
    parts += [f"{sum(codec == name for _, _, codec in lines)} lines are {name}" for name in alone]
    parts += [f"{errors} bad sequences"] * bool(errors)
    found = _decoded(source, text, "utf-8", "utf-8-tolerant", "; ".join(parts), errors)
    return replace(found, how="utf-8", evidence="valid UTF-8 with a few NULs") if found.exact else found


def _as_page_says(source: _Source) -> Decoded | None:
    start = source.data[:_CHARSET_BYTES]
    match = _CHARSET.search(start) if _PAGE.match(start) else None
    if match is None:
        return None
    label = (match[1] or match[2]).decode("ascii")
    codec = codec_of(label)
    # Western labels are what servers and editors write when they know nothing
    if codec is None or codec == "cp1252" or codec.startswith("utf-"):
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
        text, errors = _head(part, codec)
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
    text, errors = _read(source.data, "cp1252")
    garbage = errors + len(_CONTROLS.findall(text))
    if garbage > max(1, source.settings.max_garbage_share * len(text)):
        return Rejected(
            "decode", f"no encoding fits; {garbage} of {len(text)} characters are not text in windows-1252"
        )
    return _decoded(
        source, text, "cp1252", "fallback", "nothing else fits; browsers read windows-1252", errors
    )


def _as_header_says(source: _Source) -> Decoded | None:
    codec = codec_of(source.header) if source.header else None
    return None if codec is None else _read_as(source, codec, "declared", f"the server declares {codec}")


_AFTER_MARK: Final[tuple[_Step, ...]] = (
    *(_as_utf8, _if_nul, _as_damaged_utf8),
    *(_as_page_says, _as_header_says, _by_score, _by_detector),
)
_STEPS: Final[tuple[_Step, ...]] = (
    *(_by_mark, _if_binary, _as_given, _by_escapes, _as_utf8, _as_bare_utf16, _if_nul, _as_damaged_utf8),
    *(_as_page_says, _as_header_says, _by_score, _by_detector),
)


# --- reading -----------------------------------------------------------------------------------------------


def _first(steps: tuple[_Step, ...], source: _Source) -> Decoded | Rejected | None:
    return next((found for step in steps if (found := step(source)) is not None), None)


def _read_as(source: _Source, codec: str, how: str, evidence: str) -> Decoded | None:
    """Return the reading of all bytes with a codec, or a wider one; None past the tolerance."""
    best: tuple[int, str, str] | None = None
    for name in (codec, *_WIDER.get(codec, ())):
        text, errors = _read(source.data, name)
        if best is None or errors < best[0]:
            best = errors, text, name
        if not errors:
            break
    if best is None or best[0] > _tolerated(best[1], source.settings):
        return None
    return _decoded(source, best[1], best[2], how, evidence, best[0])


def _read(data: bytes, codec: str) -> tuple[str, int]:
    """Return the text and the number of sequences that became U+FFFD."""
    try:
        return data.decode(codec), 0
    except UnicodeDecodeError:
        mark, skip = _HANDLERS if codec == "gb18030" else ("replace", "ignore")
        text = data.decode(codec, mark)
        return text, len(text) - len(data.decode(codec, skip))


def _telling(source: _Source) -> bytes:
    """Return the part that tells encodings apart: it begins with the first line that is not ASCII."""
    first = _NOT_ASCII.search(source.data)
    start = source.data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    if first and first.start() - start > source.settings.detection_bytes // 2:
        start = first.start()  # one long line: no other sign of where a character starts
    return source.data[start : start + source.settings.detection_bytes]


def _head(data: bytes, codec: str) -> tuple[str, int]:
    """Return the text of a part of the bytes, and its errors; a character that its end cuts is left out."""
    mark, skip = _HANDLERS if codec == "gb18030" else ("replace", "ignore")
    text, kept = (codecs.getincrementaldecoder(codec)(way).decode(data) for way in (mark, skip))
    return text, len(text) - len(kept)


def _read_line(line: bytes, settings: DecodeSettings) -> tuple[str, int, str]:
    """Return the text of one line of a damaged UTF-8 file, its errors, and the codec that read it."""
    try:
        return line.decode("utf-8"), 0, "utf-8"
    except UnicodeDecodeError:
        if _utf8_share(line) < settings.min_utf8_share:
            for codec, score, _ in _scripts.CHINESE:
                text, errors = _read(line, codec)
                if not errors and score(text) >= settings.min_score:
                    return text, 0, codec
        joined = _SURROGATES.sub(_join, line)
        text, errors = _read(joined, "utf-8")
        return text, errors, "utf-8"


def _join(match: re.Match[bytes]) -> bytes:
    """Return a pair of surrogates as the character it means; one alone as a byte that is an error."""
    if match[1] is None:
        return b"\xff"
    return (
        match[1]
        .decode("utf-8", "surrogatepass")
        .encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le")
        .encode()
    )


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
    return sum(len(match[0]) for match in _SEQUENCE.finditer(data)) / high


def _decoded(source: _Source, text: str, codec: str, how: str, evidence: str, errors: int) -> Decoded:
    try:
        exact = text.encode(codec) == source.data
    except UnicodeEncodeError:
        exact = False
    return Decoded(text, codec, source.bom, how, evidence, errors, exact=exact)


def _tolerated(text: str, settings: DecodeSettings) -> float:
    return max(1.0, settings.max_error_share * len(text))


def _shown(label: str) -> str:
    return ascii(label[:40])  # quoted, with everything unprintable escaped


def _on_error(error: UnicodeError, instead: str) -> tuple[str, int]:
    """Return the euro sign for the byte 0x80, as browsers read it in GBK, else `instead`."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.object[error.start] == 0x80:
        return "\N{EURO SIGN}", error.start + 1
    return instead, error.end


_HANDLERS: Final = ("clean-corpus.gbk-replace", "clean-corpus.gbk-ignore")
for _name, _instead in zip(_HANDLERS, ("\ufffd", ""), strict=True):
    codecs.register_error(_name, partial(_on_error, instead=_instead))
