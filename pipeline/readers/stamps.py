"""The stamp of a file, by which it is told that nothing has changed it, and the units that it had under it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypeAlias

from pipeline.readers import Unit

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from pipeline.remote import Entry

_SECOND: Final = 10**9  # ns
_SETTLED: Final = 10 * _SECOND  # file systems keep times in steps, and clocks of two machines differ
_SETTLED_AFAR: Final = 900 * _SECOND  # no store serves a clock that is further off

#: A unit of an earlier run: stamp, name, media, start, end, packing, why, suffix, key and hash.
Before: TypeAlias = tuple[str, str, str, int, int, str, str, str, str, str]


def stamp_of(known: os.stat_result) -> str:
    """Return what is another as soon as a file is changed, whatever its times are set to; nothing if it just was.

    A time of whole seconds is none of the system's: it is of a file system that keeps no ctime, or an image made with
    times of choice.
    """
    if known.st_ctime_ns > time.time_ns() - _SETTLED or known.st_ctime_ns % _SECOND == 0:
        return ""
    return f"{known.st_dev} {known.st_ino} {known.st_size} {known.st_mtime_ns} {known.st_ctime_ns}"


def stamp_of_object(entry: Entry) -> str:
    """Return what is another as soon as an object is replaced; nothing where the store does not tell, or it just was.

    A store that nobody else's clock goes into has a time for each object, in seconds: a later object has a later one.
    """
    if entry.changed is None or entry.changed > time.time_ns() - _SETTLED_AFAR:
        return ""
    return f"object {entry.size} {entry.changed}"


def again(label: str, path: bytes, name: str, absolute: str, units: Sequence[Before]) -> Iterator[Unit]:
    """Yield the units of a file as they were; under another name some settings may hold for it that did not."""
    for stamp, before, media, start, end, packing, why, suffix, key, sha256 in units:
        known = (key, sha256) if name == before else None
        kind = (packing, why, suffix)
        yield Unit(
            label, path, name, absolute, media, start, end, units[-1][4], "", "", *kind, None, stamp, known
        )
