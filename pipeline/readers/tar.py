"""tar: each regular file in it is read as one outside would be; the archive is a stream, read once.

Links, devices and FIFOs are listed and not followed, names may be anything, sparse files are refused.
"""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, Final

from pipeline.readers.members import Members, guarded
from pipeline.readers.packing import BLOCK, UnreadableError
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.readers import Item, Unit
    from pipeline.readers.packing import Stream
    from pipeline.reading import ReadSettings

#: Type of a member that is neither file nor folder → reason of `found.SKIPPED`, and what it is.
_SPECIAL: Final = {
    tarfile.SYMTYPE: ("symlink", "a symbolic link in an archive"),
    tarfile.LNKTYPE: ("symlink", "a hard link in an archive"),
    tarfile.CHRTYPE: ("special", "a character device"),
    tarfile.BLKTYPE: ("special", "a block device"),
    tarfile.FIFOTYPE: ("special", "a FIFO"),
}
#: What damaged headers make `tarfile` raise.
_DAMAGE: Final = (tarfile.TarError, OSError, ValueError, OverflowError, EOFError, IndexError, TypeError)
#: Members that are headers of the next one; `tarfile` reads them into memory as large as they say they are.
_HEADERS: Final = frozenset({*tarfile.GNU_TYPES, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE})
_HEADER: Final = 1 << 20  # bytes; a path has 4,096 at most


class _Strict(tarfile.TarInfo):
    """A header that is damaged ends the reading; `tarfile` takes it for the end of the archive, and says nothing."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Strict:
        """Return the header that is in a block."""
        try:
            info = super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined] # not in the stubs
            raise
        except tarfile.EmptyHeaderError as error:  # type: ignore[attr-defined] # not in the stubs
            raise UnreadableError("archive", "the archive ends without its mark: it may be cut") from error
        except tarfile.HeaderError as error:
            raise UnreadableError("archive", "the archive is cut or damaged from here on") from error
        if info.size < 0 or (info.type in _HEADERS - {tarfile.GNUTYPE_SPARSE} and info.size > _HEADER):
            raise UnreadableError("archive", f"a header that says it has {info.size:,} bytes")
        return info


def read(unit: Unit, stream: Stream, settings: ReadSettings) -> Iterator[Item]:
    """Yield what the members hold, in the order of the archive; offsets are those of the archive, unpacked."""
    members = Members(unit, settings)
    archive = _opened(stream)
    while (info := _next(archive)) is not None:
        archive.members = []  # type: ignore[attr-defined] # or it keeps them all
        if info.isdir():
            continue
        member = members.named(info.name.encode("utf-8", "surrogateescape"))
        at = info.offset_data
        why = _SPECIAL.get(info.type)
        left = members.left(member, at, *why) if why else members.wanted(member, at)
        if left is not None:
            yield left
        elif info.sparse is not None or not info.isreg():
            detail = "a sparse file" if info.sparse is not None else f"a member of type {info.type!r}"
            yield members.refused(member, at, info.size, Rejected("archive", detail))
        else:
            yield from members.read(member, at, info.size, _Content(archive, info), again=False)
    _ended(archive)


def _opened(stream: Stream) -> tarfile.TarFile:
    try:
        return tarfile.TarFile.open(  # type: ignore[call-overload,no-any-return] # of `stream` it only reads
            fileobj=stream, mode="r|", encoding="utf-8", errors="surrogateescape", tarinfo=_Strict
        )
    except _DAMAGE as error:
        raise UnreadableError("archive", "no tar archive, or its start is damaged") from error


def _next(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    try:
        return archive.next()
    except _DAMAGE as error:
        raise UnreadableError("archive", "the archive is cut or damaged from here on") from error


def _ended(archive: tarfile.TarFile) -> None:
    """Refuse what follows the end of an archive; zeros may."""
    while more := archive.fileobj.read(BLOCK):
        if more.strip(b"\0"):
            raise UnreadableError("archive", "something follows the end of the archive")


class _Content:
    """Gives the bytes of a member, once."""

    def __init__(self, archive: tarfile.TarFile, info: tarfile.TarInfo) -> None:
        self._archive = archive
        self._info = info

    def __call__(self) -> Stream:
        file = self._archive.extractfile(self._info)
        assert file is not None  # noqa: S101 - it is a regular file
        return guarded(file, _DAMAGE, "the archive is cut inside this member")
