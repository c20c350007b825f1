"""Documents that hang or kill the process that reads them: which one it was, and what each may take.

A worker writes down what it works on before it begins, where that outlives it, and has the system end it once the
processor time of a document is used up.  Whoever started it reads what stands there; the next try passes over it.
"""

from __future__ import annotations

import logging
import multiprocessing
import resource
import signal
import struct
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import IO, TYPE_CHECKING, Final

from pipeline import fsops
from pipeline.engines import OUT_OF_TIME
from pipeline.errors import InternalError
from pipeline.readers import Refused, read, rest
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from pipeline.readers import Item, Unit
    from pipeline.readers.opening import UnitFile
    from pipeline.reading import ReadSettings

_BOUNDED: Final = frozenset(
    {"txt", "md", "jsonl", "json", "csv", "unknown"}
)  # what our own readers read, unpacked
_MARK: Final = struct.Struct("<qqq")  # unit, ordinal, what was done
_PATIENCE: Final = (
    20  # times its processor time a document may take by the clock, on a busy machine or a slow disk
)
_MIB: Final = 1 << 20
_MANY: Final = 20  # of a unit's documents: one that kills more processes is refused as a whole


def risky(units: Iterable[Unit]) -> bool:
    """Return whether a unit is read by code that a hostile file may hang or crash: of others, in C."""
    return any(unit.media not in _BOUNDED or unit.packing for unit in units)


def hush() -> None:
    """Let no library write what it has to say of a document to standard error, as Python does where nobody listens.

    An extractor that fails on a page has no vote on it, and that is all.  Who has set logging up hears it still.
    """
    log = logging.getLogger("readability")  # the other extractors do so themselves
    if not log.handlers:
        log.addHandler(logging.NullHandler())


class Doing(IntEnum):
    """What a process does with the document of its mark."""

    READING = 0  # its reader looks for it
    PREPARING = 1
    BATCH = 2  # it is the first of several that are prepared together


@dataclass(frozen=True, slots=True)
class Fate:
    """A document that ended its process, and what is said of it."""

    unit: int  # index in the plan
    ordinal: int
    reading: bool  # it ended while its reader looked for it, so nothing behind it can be read either
    rejected: Rejected


class Watch:
    """What a process works on.  Limits and marks are of worker processes: this one must not end."""

    def __init__(self, mark: IO[bytes], settings: ReadSettings) -> None:
        self._mark = mark
        self._settings = settings
        # a worker is a daemon; the process of a run is not, also where a batch started it
        self._worker = multiprocessing.current_process().daemon

    def note(self, unit: int, ordinal: int, doing: Doing) -> None:
        """Note what is worked on from here."""
        if self._worker:
            self._mark.seek(0)
            self._mark.write(_MARK.pack(unit, ordinal, doing))

    @contextmanager
    def over(self, size: int) -> Iterator[None]:
        """End this process if the block, which works on a document of `size` bytes, takes too long."""
        if not self._worker:
            yield
            return
        seconds = self._settings.max_seconds * (1 + size / _MIB)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE * seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Give the block no more memory than the settings say, where the system knows such a limit."""
        limit = self._settings.max_memory_bytes
        if not self._worker or not limit:
            yield
            return
        before, most = resource.getrlimit(resource.RLIMIT_DATA)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
        try:
            yield
        finally:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_DATA, (before, most))

    def items(
        self, number: int, unit: Unit, data: bytes | UnitFile, fates: dict[int, Fate]
    ) -> Iterator[Item]:
        """Yield the items of unit `number`; from where reading it ended a process, one refusal of all that is left."""
        items = read(unit, data, self._settings)
        ordinal, at = 0, unit.start
        while True:
            fate = fates.get(ordinal)
            if fate is not None and fate.reading:
                yield Refused(ordinal, at, rest(unit, at), fate.rejected)
                return
            self.note(number, ordinal, Doing.READING)
            with self.over(unit.end - unit.start):
                item = _next(items, ordinal, at, rest(unit, at))
            if item is None:
                return
            yield item
            ordinal, at = item.ordinal + 1, item.offset + item.length


def _next(items: Iterator[Item], ordinal: int, at: int, left: int) -> Item | None:
    """Return the next item; a refusal of what is left where its reader fails in a way that nobody foresaw."""
    try:
        return next(items, None)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of a reader
        return Refused(ordinal, at, left, failure(error))


def failure(error: Exception) -> Rejected:
    """Return what an error that nobody foresaw says of a document."""
    if isinstance(error, MemoryError):
        return Rejected("memory", "it took more than there is, or than read.max_memory_bytes allows")
    return Rejected("failed", f"{type(error).__name__}: {error}")


@contextmanager
def watching(folder: Path, first: int, settings: ReadSettings) -> Iterator[Watch]:
    """Watch over the part that begins with unit `first`: its mark stands in `folder` while the block runs."""
    hush()
    path = folder / str(first)
    with fsops.scratch(path) as mark:
        watch = Watch(mark, settings)
        with watch.bounded():
            yield watch
    fsops.remove_file(path)


class Deaths:
    """The parts that ended their processes: done in their place, it finds the document that did it."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._folder = folder
        self._schema = schema
        self._fates: dict[tuple[int, int, bool], Fate] = {}
        self._alone: set[int] = set()
        self.again: list[pa.Table] = []  # parts to do with the fates that are known by now

    @property
    def fates(self) -> tuple[Fate, ...]:
        """Every document that ended a process, in order."""
        return tuple(self._fates[key] for key in sorted(self._fates))

    @property
    def alone(self) -> frozenset[int]:
        """The first units of the parts of which a batch ended the process."""
        return frozenset(self._alone)

    def __call__(self, code: int, part: pa.Table) -> pa.Table:
        """Take note that the process of a part ended with `code`; of its documents nothing is known yet.

        Raises:
            InternalError: it worked on no document, or on one that had been passed over.
        """
        first = part["index"][0].as_py()
        unit, ordinal, doing = self._mark(first)
        if doing == Doing.BATCH and first not in self._alone:
            self._alone.add(first)
            self.again.append(part)
            return self._schema.empty_table()
        if doing == Doing.BATCH:
            unit = -1
        reading = doing == Doing.READING
        if Counter(key[0] for key in self._fates)[unit] >= _MANY:
            ordinal, reading = 0, True
        key = (unit, ordinal, reading)
        if unit < 0 or key in self._fates:
            raise InternalError(f"pass 1 keeps killing its process ({_ended(code)}), whatever it reads")
        self._fates[key] = Fate(*key, _rejected(code))
        self.again.append(part)
        return self._schema.empty_table()

    def _mark(self, first: int) -> tuple[int, int, int]:
        path = self._folder / str(first)
        data = path.read_bytes() if path.is_file() else b""
        return _MARK.unpack(data) if len(data) == _MARK.size else (-1, 0, 0)


def _rejected(code: int) -> Rejected:
    if code in OUT_OF_TIME:
        return Rejected("timeout", "it took more processor time than read.max_seconds allows")
    return Rejected("worker_died", f"the process that read it died three times, at last of {_ended(code)}")


def _ended(code: int) -> str:
    """Return how a process ended."""
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
