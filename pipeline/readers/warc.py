"""WARC: one document a page or text among the records of a crawl; record by record.

Pages and plain texts of `response` records with a status of 2xx, and of `resource` and `conversion` records, are
documents; all other records are counted and listed by kind.  A record whose length does not fit is refused, and
reading goes on at the next line `WARC/1.x` that follows a blank line.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.readers import Record, Refused
from pipeline.readers.http import body_of, charset_of, headers_of, media_type, response
from pipeline.readers.packing import BLOCK, UnreadableError
from stages.model import Metadata, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings

_VERSION: Final = re.compile(rb"WARC/[01]\.\d+\r?\n")
_HEAD: Final = 1 << 16  # bytes of a record's headers; crawlers write about one kB
_PAGES: Final = {"text/html": "html", "application/xhtml+xml": "html", "text/plain": "txt"}
_LISTED: Final = 12  # kinds of other records that are named
_DIGEST: Final = re.compile(r"(sha-?1|sha-?256|md5):([A-Za-z0-9+/=]+)", re.IGNORECASE)
TEXT: Final = "text"  # name of the field that holds the text of a clean copy


@dataclass(frozen=True, slots=True)
class _Raw:
    """A record of the file."""

    offset: int  # bytes, of its first line
    length: int  # bytes, with its headers
    headers: dict[str, str]
    block: bytes


def read(unit: Unit, stream: Stream, settings: ReadSettings) -> Iterator[Item]:
    """Yield pages and texts, what cannot be read, and at last how many records are neither."""
    others: Counter[str] = Counter()
    size = ordinal = at = 0
    for raw in _records(stream, settings):
        at = raw.offset + raw.length
        if isinstance(raw, Refused):
            item: Item | str = Refused(ordinal, raw.offset, raw.length, raw.rejected)
        else:
            try:
                item = _item(raw, ordinal, unit, settings)
            except UnreadableError as error:
                item = Refused(ordinal, raw.offset, raw.length, error.rejected)
        if isinstance(item, str):
            others[item] += 1
            size += raw.length
            continue
        yield item
        ordinal += 1
    if others:
        listed = ", ".join(f"{kind} {count:,}" for kind, count in sorted(others.items())[:_LISTED])
        more = f", and {len(others) - _LISTED:,} more kinds" if len(others) > _LISTED else ""
        detail = f"{sum(others.values()):,} records: {listed}{more}"
        yield Refused(ordinal, at, size, Rejected("no_page", detail), skipped=True)


def _records(stream: Stream, settings: ReadSettings) -> Iterator[_Raw | Refused]:
    """Yield the records of a file; a run of bytes that is none, as one refusal."""
    at = lost = 0  # bytes read, and those since the last record
    line = stream.readline(_HEAD)
    blank = True  # stands before the line: after a fault, only then a record begins there
    while line:
        if blank and _VERSION.fullmatch(line):
            if lost:
                yield _lost(at - lost, lost, "no record: bytes outside of any")
                lost = 0
            found, size, line, blank = _record(stream, at, line, settings)
            yield found
        else:
            size = len(line)
            blank = not line.strip(b"\r\n")
            lost += 0 if blank and not lost else size
            line = stream.readline(_HEAD)
        at += size
    if lost:
        yield _lost(at - lost, lost, "no record: bytes outside of any")


def _lost(offset: int, length: int, detail: str) -> Refused:
    return Refused(0, offset, length, Rejected("warc", f"at byte {offset:,}: {detail}"))


def _record(
    stream: Stream, at: int, first: bytes, settings: ReadSettings
) -> tuple[_Raw | Refused, int, bytes, bool]:
    """Read the record that begins with `first`.

    Returns it, its bytes, the line that follows it, and whether that is where the next one is to begin.
    """
    head = [first]
    size = len(first)
    while (line := stream.readline(_HEAD)).strip(b"\r\n"):
        head.append(line)
        size += len(line)
        if size > _HEAD:
            detail = f"headers of more than {_HEAD:,} bytes"
            return _lost(at, size, detail), size, stream.readline(_HEAD), False
    size += len(line)
    headers = headers_of(b"".join(head[1:]))
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 16):
        return _lost(at, size, "no length"), size, stream.readline(_HEAD), False
    block = stream.read(min(int(length), settings.max_member_bytes))
    taken = len(block)
    while taken < int(length) and (more := stream.read(min(BLOCK, int(length) - taken))):
        taken += len(more)
    size += taken
    if taken < int(length):
        return _lost(at, size, f"cut: {taken:,} of {int(length):,} bytes"), size, b"", False
    following = stream.readline(_HEAD)
    if following.strip(b"\r\n"):
        detail = "its length is wrong: no blank line follows"
        return _lost(at, size, detail), size, following, False
    size += len(following)
    line = stream.readline(_HEAD)
    while line and not line.strip(b"\r\n"):
        size += len(line)
        line = stream.readline(_HEAD)
    return _whole(_Raw(at, size, headers, block), taken, settings), size, line, True


def _whole(raw: _Raw, length: int, settings: ReadSettings) -> _Raw | Refused:
    """Return a record, or why it is refused: it is too large to be held, or does not fit its digest."""
    if len(raw.block) < length:
        detail = f"a record of {length:,} bytes; the limit is {settings.max_member_bytes:,}"
        return Refused(0, raw.offset, raw.length, Rejected("too_large", f"at byte {raw.offset:,}: {detail}"))
    wrong = _digest(raw.headers.get("warc-block-digest", ""), raw.block)
    return _lost(raw.offset, raw.length, wrong) if wrong else raw


def _digest(said: str, block: bytes) -> str:
    """Return what is wrong if the block does not fit the digest that is given for it."""
    found = _DIGEST.fullmatch(said.strip())
    if found is None:
        return ""
    digest = hashlib.new(found[1].lower().replace("-", ""), block, usedforsecurity=False)
    written = found[2].rstrip("=").lower()
    ways = (digest.hexdigest(), base64.b32encode(digest.digest()).decode().rstrip("=").lower())
    return "" if written in ways or len(written) not in map(len, ways) else "it does not fit its digest"


def _item(raw: _Raw, ordinal: int, unit: Unit, settings: ReadSettings) -> Item | str:
    """Return the document of a record, or the kind of a record that has none."""
    headers = raw.headers
    kind = headers.get("warc-type", "").lower()
    if kind not in {"response", "resource", "conversion"}:
        return kind[:40] or "no type"
    said, body = headers.get("content-type", ""), raw.block
    if kind == "response":
        found = response(raw.block)
        if found is None:
            return "response, not of HTTP"
        if found.status // 100 != 2:
            return f"status {found.status}"
        said = found.headers.get("content-type", "")
    media = _PAGES.get(media_type(said))
    if media is None:
        return media_type(said)[:40] or "no media type"
    if kind == "response" and found is not None:
        body = body_of(found, settings)
    url = headers.get("warc-target-uri", "").strip("<>")
    fields = {"id": headers.get("warc-record-id", "").strip("<>"), "url": url, TEXT: None}
    fields["crawled"] = headers.get("warc-date", "")
    given = {name: value for name in ("url", "id") if (value := fields[name])}
    return Record(
        ordinal=ordinal,
        offset=raw.offset,
        length=len(body),
        payload=body,
        media=media,
        given=Metadata(**given, rules=tuple((name, "warc") for name in given)),
        fields=json.dumps(fields, ensure_ascii=False, separators=(",", ":")),
        text_field=TEXT,
        charset=charset_of(said),
        why=unit.why,
        suffix=unit.suffix,
    )
