"""Compression around a file or a member: gz, bz2, xz, zst, unpacked as a stream within limits.

Nothing is unpacked that was not asked for, and no size that the data itself claims is believed.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import zlib
from typing import TYPE_CHECKING, Final, Protocol

import pyarrow as pa

from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.reading import ReadSettings

BLOCK: Final = 1 << 16  # bytes read at a time
_FREE: Final = 10 << 20  # bytes that may come out before their ratio counts; small files pack well
_XZ_MEMORY: Final = 256 << 20  # bytes; xz -9 needs 65 MiB to unpack

#: How compressed data begins: RFC 1952, the bzip2 and xz formats, RFC 8878 with its skippable frames.
_MAGIC: Final = (
    ("gz", re.compile(rb"\x1f\x8b\x08")),
    ("bz2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")),
    ("xz", re.compile(rb"\xfd7zXZ\0")),
    ("zst", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")),
)
#: Name's end, in lower case → packing, and what the name ends in once it is taken off.
ENDS: Final[dict[str, tuple[str, str]]] = {
    ".gz": ("gz", ""),
    ".bz2": ("bz2", ""),
    ".xz": ("xz", ""),
    ".zst": ("zst", ""),
    ".zstd": ("zst", ""),
    ".tgz": ("gz", ".tar"),
    ".tbz": ("bz2", ".tar"),
    ".tbz2": ("bz2", ".tar"),
    ".txz": ("xz", ".tar"),
    ".tzst": ("zst", ".tar"),
}


class UnreadableError(Exception):
    """What is read cannot be read on; caught by `pipeline.readers.read`, which makes a value of it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.rejected = Rejected(reason, detail)


def packing_of(first: bytes) -> str:
    """Return how data with these first bytes is compressed, or ""."""
    return next((name for name, magic in _MAGIC if magic.match(first)), "")


class Stream(Protocol):
    """What a reader needs of a file or of what is unpacked; that it can be rewound is sure of files only."""

    def read(self, size: int = ..., /) -> bytes:
        """Return up to `size` bytes, or all."""
        ...

    def readline(self, size: int = ..., /) -> bytes:
        """Return a line with its end, or `size` bytes of it."""
        ...

    def seek(self, offset: int, whence: int = ..., /) -> int:
        """Go to a place."""
        ...

    def seekable(self) -> bool:
        """Return whether `seek` works."""
        ...


class _Decoder(Protocol):
    """One member, stream or frame of compressed data."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib's decoder of one gzip member, which keeps what it did not take as those of bz2 and lzma do."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)  # 15 bits of window, and gzip's header and checksum
        self._left = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inner.decompress(self._left + data, max_length)
        self._left = self._inner.unconsumed_tail
        return out


_DECODERS: Final[dict[str, Callable[[], _Decoder]]] = {
    "gz": _Gzip,
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
}


def unpacked(packed: Stream, packing: str, settings: ReadSettings) -> io.BufferedReader:
    """Return the unpacked data as a stream; reading it raises `UnreadableError` for a bomb, a cut, damage."""
    return io.BufferedReader(_Unpacked(packed, packing, settings), BLOCK)


def check(stream: Stream, size: int | None = None) -> int:
    """Read a stream to its end; return its bytes, at most `size` of them if one is given.

    Raises:
        UnreadableError: it is damaged.
    """
    total = 0
    while (size is None or total <= size) and (piece := stream.read(BLOCK)):
        total += len(piece)
    return total


def whole(stream: Stream, limit: int) -> bytes:
    """Return all that a stream holds.

    Raises:
        UnreadableError: it is more than `limit` bytes, or damaged.
    """
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(min(1 << 20, limit + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise UnreadableError(
                "too_large", f"more than {limit:,} bytes; what is read whole may have no more"
            )
    return b"".join(pieces)


class _Unpacked(io.RawIOBase):
    """Compressed data, unpacked; members, streams and frames behind one another are one."""

    def __init__(self, packed: Stream, packing: str, settings: ReadSettings) -> None:
        self._packed = _Counted(packed)
        self._packing = packing
        self._limit = settings.max_unpacked_bytes
        self._ratio = settings.max_ratio
        self._size = 0
        self._done = False
        self._feed = b""
        self._decoder: _Decoder | None = None
        self._zstd: pa.CompressedInputStream | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        """Fill `buffer` as far as there is data; return how far."""
        filled = 0
        try:
            while filled < len(buffer) and not self._done:
                piece = self._zst(len(buffer)) if self._packing == "zst" else self._next(len(buffer) - filled)
                buffer[filled : filled + len(piece)] = piece
                filled += len(piece)
                if self._packing == "zst":
                    break
        except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError) as error:
            raise UnreadableError("damaged", f"{self._packing}: {_short(error)}") from error
        self._size += filled
        self._bounded()
        return filled

    def _bounded(self) -> None:
        if self._size > self._limit:
            raise UnreadableError("bomb", f"it unpacks to more than {self._limit:,} bytes")
        if self._size > _FREE and self._size > self._ratio * self._packed.size:
            detail = (
                f"{self._size:,} bytes came out of {self._packed.size:,}; the limit is {self._ratio} to 1"
            )
            raise UnreadableError("bomb", detail)

    def _zst(self, size: int) -> bytes:
        if self._zstd is None:
            self._zstd = pa.CompressedInputStream(pa.PythonFile(self._packed, mode="r"), "zstd")
        piece: bytes = self._zstd.read(size)
        self._done = not piece
        return piece

    def _next(self, size: int) -> bytes:
        """Return up to `size` bytes of what comes next; none where a member or all of it ends."""
        if self._decoder is None and not self._begin():
            return b""
        assert self._decoder is not None  # noqa: S101 - `_begin` has made it
        piece = self._decoder.decompress(self._feed, size)
        self._feed = b""
        if self._decoder.eof:
            self._feed, self._decoder = self._decoder.unused_data, None
        elif not piece:
            self._feed = self._packed.read(BLOCK)
            if not self._feed:
                raise _OursError("the data is cut")
        return piece

    def _begin(self) -> bool:
        """Begin the next member, if one follows; zeros may stand behind the last."""
        first = self._packed.size == 0
        while len(self._feed) < 16 and (more := self._packed.read(BLOCK)):
            self._feed += more
        if not first and not self._feed.strip(b"\0"):
            while more := self._packed.read(BLOCK):
                if more.strip(b"\0"):
                    raise _OursError("something follows the compressed data")
            self._done = True
            return False
        if packing_of(self._feed) != self._packing:
            raise _OursError(
                "not what it was taken for" if first else "something follows the compressed data"
            )
        self._decoder = _DECODERS[self._packing]()
        return True


class _Counted(io.RawIOBase):
    """A stream that counts what was read of it."""

    def __init__(self, inner: Stream) -> None:
        self._inner = inner
        self.size = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return what the stream gives."""
        piece = self._inner.read(size)
        self.size += len(piece)
        return piece


def _short(error: Exception) -> str:
    """Return what is wrong in our own words: those of the libraries change with their versions."""
    if isinstance(error, _OursError):
        return str(error)
    return "the data is cut" if "Truncated" in str(error) else "the data is damaged"


class _OursError(ValueError):
    """What is wrong, in our words."""
