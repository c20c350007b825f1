"""Shards: many small files of an output in one zip archive, and where each of them lies.

    OUT/packed/clean-FIRST.zip notes-… blobs-…    files of the tree, as they are, under their names in the other layout
    OUT/ledger/packed.jsonl                       a row for each: its name, its shard, where its bytes begin, how many

Anything opens a zip archive, and unpacked where they lie they give the tree of the other layout.  Nothing is
compressed, so whoever knows the row can take the bytes of one file out of a shard, also by a range of an object.
A shard has files that follow each other in the order of documents.  Where one begins is told by the name and size of
its first file alone, and it is named by that: what is added or changed somewhere leaves all other shards as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import sys
import zipfile
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from pipeline.errors import DamageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX: Final = "ledger/packed.jsonl"
BLOBS: Final = "ledger/blobs/"
_COPIES, _NOTES = "clean/", "notes/"
#: A file that has more bytes stays by itself.
LARGEST: Final = 1 << 20
#: How many files, or how many bytes, a shard has on the average, if the others count for nothing.
_USUAL_FILES, _USUAL_BYTES = 1 << 10, 16 << 20
#: How many it has at most.
_MOST_FILES, _MOST_BYTES = 4 << 10, 64 << 20

_SHARD: Final = re.compile(r"packed/(?:clean|notes|blobs)-[0-9a-f]{16}\.zip")
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_VERSION: Final = 20  # of the format: what every reader knows
_UNIX: Final = 3 << 8  # who made it: so that the mode below is read
_MODE: Final = 0o100644 << 16
_UTF8: Final = 1 << 11  # flag: the name is UTF-8
_DAY: Final = 1 << 5 | 1  # 1 January 1980, the first that the format has


class Place(NamedTuple):
    """Where the bytes of a file lie."""

    shard: str
    offset: int
    size: int


class Pieces(Protocol):
    """What takes the pieces of files, as `pipeline.store.Directory` does."""

    def add(self, name: str, data: bytes) -> None:
        """Take the next piece of a file."""
        ...

    def finish(self, name: str) -> None:
        """Close a file."""
        ...


class Files:
    """The files of an output by their names, alone or in shards; of notes, which are for people, shards are not known.

    Where they lie is read when it is asked for.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._places: dict[str, Place] | None = None
        self._wrong: DamageError | None = None

    def places(self) -> dict[str, Place]:
        """Return where each file lies that is in a shard, but for notes; nothing where the output has no shards.

        Raises:
            DamageError: the index is not what was written.
        """
        if self._wrong is not None:
            raise self._wrong
        if self._places is None:
            try:
                self._places = dict(_rows(self._out / INDEX, but=(_NOTES,)))
            except DamageError as error:
                self._wrong = error
                raise
        return self._places

    def file_of(self, name: str) -> str:
        """Return the name of the file of the tree that holds a file: its shard, or itself.

        Raises:
            DamageError: the index is not what was written.
        """
        place = self.places().get(name)
        return name if place is None else place.shard

    def read(self, name: str) -> bytes:
        """Return what a file holds, whose name leads nowhere else.

        Raises:
            DamageError: it is not there, or cannot be read, or the index is not what was written.
        """
        place = self.places().get(name) if name.startswith((_COPIES, BLOBS)) else None
        at = name if place is None else place.shard
        try:
            if place is None:
                return (self._out / name).read_bytes()
            with (self._out / at).open("rb") as shard:
                shard.seek(place.offset)
                data = shard.read(place.size)
        except FileNotFoundError:
            raise DamageError(f"{safe(at)}: missing") from None
        except OSError as error:
            raise DamageError(f"{safe(at)}: cannot be read ({error.strerror})") from error
        if len(data) != place.size:
            raise DamageError(f"{at}: ends before {safe(name)} does")
        return data


def _rows(path: Path, but: tuple[str, ...]) -> Iterator[tuple[str, Place]]:
    """Yield the rows of an index, but those of some folders, which are not parsed; none where there is no such file."""
    number = 0
    other = tuple(f'{{"name":"{folder}'.encode() for folder in but)
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):  # noqa: B007 - for the message
                if line.startswith(other):
                    continue
                row = json.loads(line)
                yield _place(row["name"], row["shard"], row["offset"], row["bytes"])
    except FileNotFoundError:
        return
    except OSError as error:
        raise DamageError(f"{INDEX}: cannot be read ({error.strerror})") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise DamageError(f"{INDEX}: line {number}: not what was written ({safe(str(error))})") from error


def _place(name: str, shard: str, offset: int, size: int) -> tuple[str, Place]:
    kinds = [type(value) for value in (name, shard, offset, size)]
    if kinds != [str, str, int, int] or not _SHARD.fullmatch(shard):
        raise TypeError("no row of an index")
    if not (0 <= offset < 2 * _MOST_BYTES and 0 <= size <= LARGEST):
        raise ValueError("no place in a shard")
    return name, Place(sys.intern(shard), offset, size)


def names_in(out: Path, folder: str) -> Iterator[str]:
    """Yield the names of files of one of the folders as the shards themselves have them, as far as they can be read."""
    for path in sorted((out / "packed").glob(f"{folder}-*.zip")):
        with (
            suppress(OSError, zipfile.BadZipFile, ValueError, NotImplementedError),
            zipfile.ZipFile(path) as shard,
        ):
            yield from shard.namelist()


def blobs_of(out: Path) -> set[str]:
    """Return the names of the stored bytes of an output: their hashes.

    Raises:
        DamageError: the index is not what was written.
    """
    packed = {name.removeprefix(BLOBS) for name, _ in _rows(out / INDEX, but=(_COPIES, _NOTES))}
    return {*packed, *(path.name for path in (out / BLOBS).glob("*"))}


class _Shard:
    """A shard that is being written, and the directory that will stand at its end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.files = self.size = 0
        self._directory: list[bytes] = []

    def entry(self, name: str, data: bytes) -> tuple[bytes, int]:
        """Return what is to be written for a file, and where in the shard its bytes begin."""
        path = name.encode()
        told = (_UTF8, 0, 0, _DAY, zlib.crc32(data), len(data), len(data), len(path), 0)
        head = _LOCAL.pack(b"PK\3\4", _VERSION, *told) + path
        made = (b"PK\1\2", _VERSION | _UNIX, _VERSION)
        self._directory.append(_CENTRAL.pack(*made, *told, 0, 0, 0, _MODE, self.size) + path)
        begins = self.size + len(head)
        self.files += 1
        self.size = begins + len(data)
        return head + data, begins

    def end(self) -> bytes:
        """Return what stands behind the files."""
        directory = b"".join(self._directory)
        counts = (self.files, self.files, len(directory), self.size)
        return directory + _END.pack(b"PK\5\6", 0, 0, *counts, 0)


class Sharding:
    """Puts files into shards as they are finished, in the order in which their first pieces came.

    What is in a shard does not depend on how files come in pieces, nor where the parts of a run end.
    """

    def __init__(self, store: Pieces) -> None:
        self._store = store
        self._held: dict[str, bytearray] = {}  # files that pieces are still added to
        self._alone: set[str] = set()  # of these, what is too large for a shard
        self._blobs: set[str] = set()  # several documents may have the same
        self._open: dict[str, _Shard] = {}  # by folder
        store.add(INDEX, b"")

    @property
    def unfinished(self) -> list[str]:
        """The names of the files that pieces are added to."""
        return list(self._held)

    def add(self, name: str, data: bytes) -> None:
        """Take the next piece of a file that `finish` will close; stored bytes come in one piece, and count once."""
        if name.startswith(BLOBS):
            if name in self._blobs:
                return
            self._blobs.add(name)
        held = self._held.setdefault(name, bytearray())
        held += data
        if name in self._alone or len(held) > LARGEST:
            self._alone.add(name)
            self._store.add(name, bytes(held))
            held.clear()

    def finish(self, name: str) -> None:
        """Put a file where it belongs."""
        data = bytes(self._held.pop(name))
        if name in self._alone:
            self._alone.remove(name)
            self._store.finish(name)
            return
        folder = "blobs" if name.startswith(BLOBS) else name.partition("/")[0]
        shard = self._open.get(folder)
        if shard is not None and (_begins(name, len(data)) or _full(shard, len(data))):
            self._end(folder)
            shard = None
        if shard is None:
            shard = self._open[folder] = _Shard(f"packed/{folder}-{_digest(name)[:16]}.zip")
        entry, offset = shard.entry(name, data)
        self._store.add(shard.name, entry)
        row = {"name": name, "shard": shard.name, "offset": offset, "bytes": len(data)}
        self._store.add(INDEX, json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    def _end(self, folder: str) -> None:
        shard = self._open.pop(folder)
        self._store.add(shard.name, shard.end())
        self._store.finish(shard.name)

    def close(self) -> None:
        """Finish all files, and all shards."""
        for name in self.unfinished:
            self.finish(name)
        for folder in list(self._open):
            self._end(folder)


def _full(shard: _Shard, size: int) -> bool:
    return shard.files >= _MOST_FILES or shard.size + size > _MOST_BYTES


def _begins(name: str, size: int) -> bool:
    """Whether a shard begins with a file, wherever it stands: more likely the larger it is."""
    chance = int(_digest(name)[16:32], 16)
    return chance * _USUAL_FILES * _USUAL_BYTES < (_USUAL_BYTES + size * _USUAL_FILES) << 64


def _digest(name: str) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()
