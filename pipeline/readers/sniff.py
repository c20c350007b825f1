"""Tells what a file is: by its name, and by its first bytes, which outrank the name where they are certain.

The media of a file whose name lies is what its bytes are, and why it is read so is kept.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.readers.packing import ENDS

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST: Final = 1 << 14  # bytes that are looked at, unpacked ones of what is compressed

#: Name's end, in lower case → media.
SUFFIXES: Final[dict[str, str]] = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".shtml": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".warc": "warc",
    ".zip": "zip",
    ".tar": "tar",
}
#: Media → what the clean copy's name ends in where the format changes.
CLEAN_SUFFIXES: Final[dict[str, str]] = {
    "txt": ".txt",
    "md": ".md",
    "html": ".txt",
    "jsonl": ".jsonl",
    "json": ".jsonl",
    "csv": ".jsonl",
    "parquet": ".jsonl",
    "warc": ".jsonl",
}
_CHANGED: Final = frozenset({"html", "json", "csv", "parquet", "warc"})  # never written as they were read

#: How files begin that may pass for text in their first bytes, or hold text that is not for reading.
_SIGNATURES: Final = (
    *(b"%PDF-", b"%!PS", b"{\\rtf", b"SQLite format 3", b"\xd0\xcf\x11\xe0", b"\x7fELF", b"7z\xbc\xaf"),
    *(b"Rar!", b"\x89PNG", b"GIF8", b"\xff\xd8\xff"),
)
#: Bytes that make sure what a file is → media; whatever it is called.
_CERTAIN: Final = (
    (re.compile(rb"PAR1[\x15-\x1c]"), "parquet"),
    (re.compile(rb"WARC/[01]\.\d+\r?\n"), "warc"),
    (re.compile(rb"PK(?:\x03\x04|\x05\x06\0{18})"), "zip"),
    (re.compile(rb"[^\0].{256}ustar", re.DOTALL), "tar"),
)
#: First members of zip files that are documents of an office, books or programs, not archives of texts.
_NO_ARCHIVE: Final = re.compile(rb"PK\x03\x04.{26}(?:\[Content_Types\]|mimetype|META-INF/|_rels/)", re.DOTALL)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")  # byte-order marks of UTF-16, whose text has NULs
_PAGE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE
)
#: Control characters but tab, line and page ends, backspace and ESC.
_CONTROLS: Final = bytes(c for c in range(32) if c not in b"\t\n\x0b\f\r\x08\x1b")
#: Media that a file may turn out to be text of another kind for; Markdown and tables may hold anything.
_DOUBTED: Final = frozenset({"txt", "html", "jsonl", "json", "csv", ""})


@dataclass(frozen=True, slots=True)
class Told:
    """What a file is."""

    media: str
    why: str = ""  # if its name says otherwise
    suffix: str = ""  # what is added to the name of its clean copy


def told(name: bytes, first: bytes, packing: str, text_fields: Iterable[str]) -> Told:
    """Return what a file is; `first` are its first bytes, unpacked if it is compressed as `packing`."""
    inner, named_packing = _without_packing(name, packing)
    end = os.path.splitext(inner)[1].decode("ascii", "replace").lower()  # noqa: PTH122 - names are bytes
    named = SUFFIXES.get(end, "")
    media = _media(named, first, text_fields)
    why = ""
    if named and media != named:
        why = f"named {end}, but its first bytes are {_SHOWN.get(media, media)}"
    elif named_packing != packing:
        is_named = f"named as {named_packing}" if named_packing else "not named as compressed"
        why = f"{is_named}, but its first bytes are {packing or 'not compressed'}"
    same = bool(named) and named == media and not named_packing and not packing
    plain = not named and not named_packing and not packing and media in {"txt", "jsonl"}
    keeps = media not in _CHANGED and (same or plain or (media == "jsonl" and end == ".json" and not packing))
    return Told(media, why, "" if keeps else CLEAN_SUFFIXES.get(media, ""))


_SHOWN: Final = {
    "html": "a page",
    "json": "JSON",
    "jsonl": "JSON Lines",
    "parquet": "Parquet",
    "zip": "a zip archive",
    "tar": "a tar archive",
    "warc": "WARC",
    "unknown": "of no kind that is read",
}


def _without_packing(name: bytes, packing: str) -> tuple[bytes, str]:
    """Return a name without what says that it is compressed, and how that says it is."""
    stem, end = os.path.splitext(name)  # noqa: PTH122 - names are bytes
    known = ENDS.get(end.decode("ascii", "replace").lower())
    if known is None or (not packing and known[1]):
        return name, ""
    return stem + known[1].encode(), known[0]


def _media(named: str, first: bytes, text_fields: Iterable[str]) -> str:
    if not first:
        return named or "txt"
    certain = next((media for pattern, media in _CERTAIN if pattern.match(first)), "")
    if certain == "zip" and named != "zip" and _NO_ARCHIVE.match(first):
        certain = "unknown"
    if certain:
        return certain
    if named not in _DOUBTED:
        return named
    if _PAGE.match(first):
        return "html"
    found = _json(first, text_fields, named)
    if found and not (named == "json" and found == "jsonl" and b"\n" not in first.strip()):
        return found
    return named or sniff(first)


def sniff(first: bytes) -> str:
    """Return what a file of no known name with these first bytes is: "html", "txt" or "unknown"."""
    if first.startswith(_SIGNATURES):
        return "unknown"
    if _PAGE.match(first):
        return "html"
    if first.startswith(_WIDE):
        return "txt"
    controls = len(first) - len(first.translate(None, _CONTROLS))
    return "unknown" if b"\0" in first or 100 * controls > len(first) else "txt"


def _json(first: bytes, text_fields: Iterable[str], named: str) -> str:
    """Return "jsonl" or "json" if the bytes are that for sure: a first record with a text field.

    What is named as JSON is JSON also where its first record is longer than what is looked at.
    """
    data = first.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if data[:1] not in {b"{", b"["}:
        return ""
    line, ended, rest = data.partition(b"\n")
    following = rest.lstrip(b" \t\r\n")[:1]
    if data[:1] == b"{" and (ended or len(first) < FIRST) and following in {b"", b"{"}:
        return "jsonl" if _is_record(line, text_fields) else ""
    text = data.decode("utf-8", "ignore")
    at = 1 if data[:1] == b"[" else 0
    try:
        value, _ = json.JSONDecoder().raw_decode(text, text.index("{", at) if at else 0)
    except (ValueError, RecursionError):
        cut = re.match(r'\[\s*\{\s*"|\{\s*\n\s*"', text)
        return "json" if cut and named in {"json", "jsonl"} else ""
    return "json" if _has_text(value, text_fields) else ""


def _is_record(line: bytes, text_fields: Iterable[str]) -> bool:
    try:
        return _has_text(json.loads(line), text_fields)
    except (ValueError, RecursionError):
        return False


def _has_text(value: object, text_fields: Iterable[str]) -> bool:
    if not isinstance(value, dict):
        return False
    wanted = {name.casefold() for name in text_fields}
    return any(isinstance(inner, str) and key.casefold() in wanted for key, inner in value.items())
