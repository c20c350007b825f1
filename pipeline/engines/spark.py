"""The Spark engine: the three verbs on PySpark 4.1 or later.

A part travels as Arrow bytes in rows (n, block, data, error): Spark moves them, and never looks inside.  Each part is
a partition of its own.  An exchange sends rows to the partition that we computed (`repartitionById`), one for each
value of `p`.  What a step gave stays on the disks of the workers; what is lost with a worker is computed again, and
gives the same bytes.  The folders that tasks name must be there for every worker, under the same path.
"""

from __future__ import annotations

import functools
import itertools
import math
import pickle
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from pipeline.engines.embedded import by_p, name_of, prepare
from pipeline.engines.workers import Workers, failure
from pipeline.errors import InternalError, ResumeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pipeline.engines import OnDeath, Task
    from pipeline.engines.session import Frame, Session

#: n: number of a part, or value of `p`; null in a row that only says which columns there are.
_COLUMNS: Final = "n int, block int, data binary, error binary"
_SCHEMA: Final = pa.schema(
    [("n", pa.int32()), ("block", pa.int32()), ("data", pa.binary()), ("error", pa.binary())]
)
_BLOCK: Final = 32 << 20  # bytes of a table in one row; Spark holds a row in one array of at most 2 GiB


class Spark:
    """Runs flows on a Spark session.

    `versions` returns all that can change a byte; every process that works is asked for it.
    """

    def __init__(
        self,
        session: Session,
        versions: Callable[[], Mapping[str, str]],
        advanced: Callable[[int, int], None] | None = None,
    ) -> None:
        self._session = session
        self._advanced = advanced
        self._handshake = Handshake(versions, dict(versions()))

    def flow(self, parts: Iterable[pa.Table]) -> SparkFlow:
        """Return a flow of these parts."""
        parts = list(parts)
        numbers = range(len(parts))
        rows = itertools.chain.from_iterable(_rows(n, part) for n, part in enumerate(parts))
        return SparkFlow(self, self._frame(rows, numbers) if parts else None, numbers)

    def close(self) -> None:
        """Let go of the session, and with it of what steps gave."""
        self._session.stop()

    def done(self, step: Step, frame: Frame, numbers: Sequence[int]) -> Frame:
        """Do a step on all parts, and return what it gave, kept on the disks of the workers.

        Raises:
            BaseException: what a task raised, of the first part in order.
        """
        apart = step.apart or step.on_death is not None
        sent = replace(step, on_death=None, apart=apart)  # what is done of a death is done in this process
        found = _kept(frame.mapInArrow(_InWorker(sent, self._handshake), _COLUMNS))
        failed = found.where("error is not null").select("n", "error").collect()
        wrong = {row["n"]: pickle.loads(row["error"])[1] for row in failed}  # noqa: S301 - from our own processes
        for n in sorted(wrong):
            if not isinstance(wrong[n], _DiedError):
                raise wrong[n]
            if step.on_death is None:
                raise InternalError(
                    f"{name_of(step.task)}: part {n + 1} of {len(numbers)} killed its process three times"
                )
        if wrong:
            found = self._buried(step.on_death, frame, found, numbers, wrong)
        if self._advanced is not None:
            self._advanced(len(numbers), len(numbers))
        return found

    def _buried(
        self,
        on_death: OnDeath | None,
        frame: Frame,
        found: Frame,
        numbers: Sequence[int],
        dead: Mapping[int, _DiedError],
    ) -> Frame:
        """Return what a step gave, with what `on_death` makes, in this process, of the parts that killed theirs."""
        rows: list[pa.RecordBatch] = []
        for n in sorted(dead):
            part = _table(frame.where(frame["n"] == n).collect())
            if on_death is not None:
                rows += _rows(n, on_death(dead[n].code, part))
        made = self._session.createDataFrame(pa.Table.from_batches(rows, schema=_SCHEMA), schema=_COLUMNS)
        return _kept(placed(found.where("error is null").union(made), numbers))

    def _frame(self, rows: Iterable[pa.RecordBatch], numbers: Sequence[int]) -> Frame:
        table = pa.Table.from_batches(list(rows), schema=_SCHEMA)
        return placed(self._session.createDataFrame(table, schema=_COLUMNS), numbers)


class SparkFlow:
    """Parts as rows of a frame, a partition each in the order of `numbers`, and the step that waits to be done."""

    def __init__(
        self,
        engine: Spark,
        frame: Frame | None,  # none without parts
        numbers: Sequence[int],
        step: Step | None = None,
        *,
        exchanged: bool = False,
    ) -> None:
        self._engine = engine
        self._frame = frame
        self._numbers = numbers
        self._step = step
        self._exchanged = exchanged

    def map(self, task: Task, on_death: OnDeath | None = None, *, apart: bool = False) -> SparkFlow:
        """Return a flow with `task` done on each part."""
        return SparkFlow(self._engine, self._settled(), self._numbers, Step(task, on_death, apart))

    def exchange(self) -> SparkFlow:
        """Return a flow with one part for each value of `p`; a step that waits is done on the way."""
        step = self._step
        if step is None or step.on_death is not None:  # what is done of a death is done before
            self._settled()
            step = Step()
        if self._frame is None:
            return SparkFlow(self._engine, None, (), exchanged=True)
        rows = self._engine.done(replace(step, sort=True), self._frame, self._numbers)
        there = rows.where("n is not null")
        values = _values(there)
        if not values:  # no rows: one empty part, which has the columns
            return SparkFlow(self._engine, rows.limit(1).coalesce(1), (0,), exchanged=True)
        return SparkFlow(self._engine, placed(there, values), values, exchanged=True)

    def reduce(self, task: Task, on_death: OnDeath | None = None) -> SparkFlow:
        """Return a flow with `task` done once for each value of `p`.

        Raises:
            InternalError: the flow was not exchanged.
        """
        if not self._exchanged:
            raise InternalError(f"{name_of(task)}: reduce without exchange")
        return SparkFlow(self._engine, self._frame, self._numbers, Step(task, on_death))

    def collect(self) -> pa.Table:
        """Return all rows in the order of the parts."""
        tables = list(self.parts())
        return pa.concat_tables(tables) if tables else pa.table({})

    def parts(self) -> Iterator[pa.Table]:
        """Yield the parts in order, one at a time."""
        frame = self._settled()
        if frame is not None:
            rows = frame.toLocalIterator(prefetchPartitions=True)
            for _, part in itertools.groupby(rows, key=lambda row: row["n"]):
                yield _table(part)

    def _settled(self) -> Frame | None:
        """Do the step that waits, once."""
        if self._step is not None and self._frame is not None:
            self._frame = self._engine.done(self._step, self._frame, self._numbers)
        self._step = None
        return self._frame


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done on each part."""

    task: Task | None = None
    on_death: OnDeath | None = None
    apart: bool = False  # in a process of its own
    sort: bool = False  # by `p`, each value of it rows of its own


@dataclass(frozen=True, slots=True)
class Handshake:
    """What every process must agree on."""

    versions: Callable[[], Mapping[str, str]]
    wanted: Mapping[str, str]

    def check(self) -> None:
        """Check that this process has what the first one has.

        Raises:
            ResumeError: it has other versions, and would write other text.
        """
        found = self.versions()
        wrong = sorted(n for n in {*found, *self.wanted} if found.get(n) != self.wanted.get(n))
        if wrong:
            told = ", ".join(f"{n} {found.get(n, 'none')}, not {self.wanted.get(n, 'none')}" for n in wrong)
            raise ResumeError(f"a worker has other versions: {told}; give all workers the same environment")


class _DiedError(Exception):
    """A task killed its process."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class _InWorker:
    """Rows of one part → rows of what a step gives of it; an error is a row too."""

    step: Step
    handshake: Handshake

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        prepare()
        _forget_archives()
        rows = [row for batch in batches for row in batch.to_pylist()]
        if rows:
            yield from self._answer(rows)

    def _answer(self, rows: list[dict[str, Any]]) -> list[pa.RecordBatch]:
        n = rows[0]["n"]
        try:
            self.handshake.check()
            table = self._done(_table(rows))
            if not self.step.sort:
                return list(_rows(n, table))
            table, index = by_p(table, self.step.task)
            pieces = [(p, table.slice(first, count)) for p, first, count in index]
            return [row for p, piece in [(None, table.slice(0, 0)), *pieces] for row in _rows(p, piece)]
        except Exception as error:  # noqa: BLE001 - the edge of a process: any error becomes an answer
            return [pa.RecordBatch.from_pylist([{"n": n, "error": failure(error)}], schema=_SCHEMA)]

    def _done(self, table: pa.Table) -> pa.Table:
        if self.step.task is None:
            return table
        if not self.step.apart:
            return self.step.task(table)
        dead: dict[int, int] = {}
        calls = [(self.step.task, table)]
        for _, done in _apart().stream(_called, calls, _ignored, dead):
            return done
        raise _DiedError(dead[0])


def _forget_archives() -> None:
    """Have Python forget which modules lie in archives: Spark brings one, and asks for it anew before each task.

    It is read once for each package that was imported from it, a tenth to a fifth of a second a task.
    """
    for path in [path for path in sys.path_importer_cache if ".zip" in path]:
        del sys.path_importer_cache[path]


@functools.cache
def _apart() -> Workers:
    """Return a process for tasks that may end theirs; it ends with this one."""
    return Workers(1)


def _called(call: tuple[Task, pa.Table]) -> pa.Table:
    prepare()
    task, table = call
    return task(table)


def _ignored(done: int) -> None:
    del done


def _kept(frame: Frame) -> Frame:
    """Return a frame that stays on the disks of the workers once it was looked at, until the session ends."""
    from pyspark import StorageLevel

    return frame.persist(StorageLevel.DISK_ONLY)


def _values(frame: Frame) -> list[int]:
    """Return the numbers that stand in a frame, sorted; `distinct` would be 200 more tasks."""
    from pyspark.sql import functions

    found = frame.agg(functions.collect_set("n").alias("n")).collect()
    return sorted(found[0]["n"])


def placed(frame: Frame, numbers: Sequence[int]) -> Frame:
    """Return a frame with one partition for each part, in the order of their numbers."""
    from pyspark.sql import functions

    if len(numbers) == 1:
        return frame.coalesce(1)
    place = frame["n"]
    if numbers != range(len(numbers)):
        known = functions.array(*map(functions.lit, numbers))
        place = (functions.array_position(known, place) - 1).cast("int")
    return frame.repartitionById(len(numbers), place)


def _rows(n: int | None, table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a part; a part without rows is one, which has its columns."""
    blocks = max(1, math.ceil(table.nbytes / _BLOCK))
    size = max(1, math.ceil(table.num_rows / blocks))
    for block, at in enumerate(range(0, max(1, table.num_rows), size)):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.slice(at, size))
        row = {"n": n, "block": block, "data": sink.getvalue().to_pybytes()}
        yield pa.RecordBatch.from_pylist([row], schema=_SCHEMA)


def _table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return the part that some rows are of."""
    blocks = sorted(rows, key=lambda row: row["block"])
    return pa.concat_tables([pa.ipc.open_stream(bytes(row["data"])).read_all() for row in blocks])
