"""zip: each file in it is read as one outside would be, by the list at the end of the archive.

Sizes that the list claims are not believed; members that overlap, as those of a bomb do, refuse the archive.
Names without the mark of UTF-8 are read as UTF-8 if they are that, else as GB 18030, else as code page 437.
"""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pipeline.readers.members import Members, guarded
from pipeline.readers.packing import UnreadableError, whole
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings

_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
_LOCAL: Final = 30  # bytes of a local header without name and extra field
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_FREE: Final = 10 << 20  # bytes that may come out before their ratio counts, as in `packing`
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, OverflowError),
    *(NotImplementedError, RuntimeError, IndexError, struct.error),
)


def read(unit: Unit, stream: Stream, settings: ReadSettings) -> Iterator[Item]:
    """Yield what the members hold, in the order they lie in the archive; offsets are those of the member."""
    if not stream.seekable():
        stream = io.BytesIO(whole(stream, settings.max_member_bytes))
    try:
        archive = zipfile.ZipFile(stream)
        infos = sorted(archive.infolist(), key=lambda i: i.header_offset)
    except _DAMAGE as error:
        raise UnreadableError("archive", "no zip archive, or its list is damaged") from error
    if len(infos) > settings.max_members:
        raise UnreadableError("bomb", f"{len(infos):,} members; the limit is {settings.max_members:,}")
    ends = [i.header_offset + _LOCAL + len(i.orig_filename) + i.compress_size for i in infos]
    if any(end > later.header_offset for end, (_, later) in zip(ends, pairwise(infos), strict=False)):
        raise UnreadableError("bomb", "members of the archive overlap")
    members = Members(unit, settings)
    for info in infos:
        if info.filename.endswith("/"):  # `is_dir` fails for a member without a name
            continue
        member = members.named(_name(info))
        left = members.wanted(member, 0)
        wrong = _wrong(info)
        if left is None and stat.S_ISLNK(info.external_attr >> 16):
            left = members.left(member, 0, "symlink", "a symbolic link in an archive")
        if left is not None:
            yield left
        elif wrong is not None:
            yield members.refused(member, 0, info.compress_size, wrong)
        else:
            yield from members.read(
                member, 0, info.compress_size, _Content(archive, info, settings), again=True
            )


def _name(info: zipfile.ZipInfo) -> bytes:
    """Return a member's name in UTF-8."""
    if info.flag_bits & _UTF8:
        return info.orig_filename.encode("utf-8", "backslashreplace")
    raw = info.orig_filename.encode("cp437", "backslashreplace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
    return info.orig_filename.encode("utf-8", "backslashreplace")


def _wrong(info: zipfile.ZipInfo) -> Rejected | None:
    if info.flag_bits & _ENCRYPTED:
        return Rejected("encrypted", "encrypted, and there is no key")
    if info.compress_type not in _METHODS:
        return Rejected("archive", f"compressed by method {info.compress_type}, which is not read")
    return None


class _Content:
    """Gives the bytes of a member as often as asked; more than the limits allow is a bomb."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, settings: ReadSettings) -> None:
        self._archive = archive
        self._info = info
        self._limit = min(
            settings.max_unpacked_bytes, max(_FREE, settings.max_ratio * max(1, info.compress_size))
        )

    def __call__(self) -> Stream:
        detail = "the member is cut or damaged"
        try:
            file = self._archive.open(self._info)
        except _DAMAGE as error:
            raise UnreadableError("archive", detail) from error
        return guarded(_Bounded(file, self._limit), _DAMAGE, detail)  # type: ignore[arg-type] # it is only read


class _Bounded:
    """A stream that raises where it gives more than a limit."""

    def __init__(self, inner: Stream, limit: int) -> None:
        self._inner = inner
        self._left = limit

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        piece = self._inner.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise UnreadableError("bomb", "the member unpacks to more than the limits allow")
        return piece
