"""The HTTP response inside a WARC record: status, headers, and the body without its transfer and content codings."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.readers.packing import UnreadableError, unpacked, whole

if TYPE_CHECKING:
    from pipeline.reading import ReadSettings

_STATUS: Final = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})\b")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([^\s"';,]{1,40})""", re.IGNORECASE)
_RATIO_FREE: Final = 10 << 20  # bytes, as in `packing`


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it came."""

    status: int
    headers: dict[str, str]  # names in lower case; of several of one name, the last
    body: bytes  # with its codings

    @property
    def type(self) -> str:
        """The media type, in lower case, without parameters."""
        return media_type(self.headers.get("content-type", ""))


def media_type(value: str) -> str:
    """Return the media type of a Content-Type header."""
    return value.partition(";")[0].strip().lower()


def charset_of(value: str) -> str:
    """Return the charset that a Content-Type header names, or ""."""
    found = _CHARSET.search(value)
    return found[1] if found else ""


def headers_of(block: bytes) -> dict[str, str]:
    """Return the headers of lines `name: value`, names in lower case; a line that begins with a blank goes on."""
    out: dict[str, str] = {}
    last = ""
    for line in block.decode("utf-8", "replace").splitlines():
        if line[:1] in {" ", "\t"} and last:
            out[last] += f" {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        if colon:
            last = name.strip().lower()
            out[last] = value.strip()
    return out


def response(block: bytes) -> Response | None:
    """Return the response that a record holds, or None if it holds none."""
    found = _STATUS.match(block)
    if found is None:
        return None
    end = re.search(rb"\r?\n\r?\n", block)
    head, body = (block, b"") if end is None else (block[: end.start()], block[end.end() :])
    return Response(int(found[1]), headers_of(head.partition(b"\n")[2]), body)


def body_of(found: Response, settings: ReadSettings) -> bytes:
    """Return the body without its codings.

    Some crawlers take the codings off and leave their headers: what is not coded is taken as it stands.

    Raises:
        UnreadableError: a coding is unknown, or the body is cut, damaged or a bomb.
    """
    body = found.body
    if "chunked" in found.headers.get("transfer-encoding", "").lower() and _CHUNK.match(body):
        body = _joined(body)
    codings = [c.strip().lower() for c in found.headers.get("content-encoding", "").split(",")]
    for coding in reversed([c for c in codings if c not in {"", "identity", "none"}]):
        if coding in {"gzip", "x-gzip"}:
            body = _gunzipped(body, settings) if body.startswith(b"\x1f\x8b") else body
        elif coding == "deflate":
            body = _inflated(body, settings)
        elif coding == "br":
            raise UnreadableError("http", "content-encoding br: there is no decoder for it here")
        elif coding not in {"utf-8", "utf8"}:  # servers that mean a charset
            raise UnreadableError("http", f"content-encoding {coding[:40]}: unknown")
    return body


def _joined(body: bytes) -> bytes:
    """Return the body of its chunks."""
    out: list[bytes] = []
    at = 0
    while found := _CHUNK.match(body, at):
        size = int(found[1], 16)
        if size == 0:
            return b"".join(out)
        piece = body[found.end() : found.end() + size]
        if len(piece) < size:
            break
        out.append(piece)
        at = found.end() + size
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    raise UnreadableError("http", f"its chunks are cut or wrong at byte {at:,} of the body")


def _gunzipped(body: bytes, settings: ReadSettings) -> bytes:
    try:
        return whole(unpacked(io.BytesIO(body), "gz", settings), settings.max_member_bytes)
    except UnreadableError as error:
        reason = "http" if error.rejected.reason == "damaged" else error.rejected.reason
        raise UnreadableError(reason, f"content-encoding gzip: {error.rejected.detail}") from error


def _inflated(body: bytes, settings: ReadSettings) -> bytes:
    """Return the body of a zlib stream, or, as some servers send it, of a bare deflate stream."""
    limit = min(settings.max_member_bytes, max(_RATIO_FREE, settings.max_ratio * len(body)))
    for window in (15, -15):
        decoder = zlib.decompressobj(window)
        try:
            out = decoder.decompress(body, limit + 1)
        except zlib.error:
            continue
        if len(out) > limit:
            raise UnreadableError("bomb", f"content-encoding deflate: more than {limit:,} bytes")
        if decoder.eof:
            return out
    raise UnreadableError("http", "content-encoding deflate: cut or damaged")
