"""The embedded engine: this machine's processes, and work files in between.

Each mapped part is written once, as an Arrow file; for an exchange it is sorted by `p` first, and a reduce
takes its rows from all files by memory map.  So memory is bounded by a part and a partition for each process.
With one job, or one part, everything runs in this process and nothing is started, but for what must run apart; nor
where it is said what a start costs, while less than that would be saved.
"""

from __future__ import annotations

import functools
import gc
import itertools
import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from pipeline import fsops
from pipeline.columns import taken, without_pandas
from pipeline.engines import PARTITION, OnDeath, Task
from pipeline.engines.workers import Workers
from pipeline.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_AT_HAND: Final = 1 << 20  # bytes of the parts of a flow that wait in this process


@dataclass(frozen=True, slots=True)
class _Slice:
    """Rows of a work file."""

    path: str
    first: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A part: a table at hand, or rows of work files."""

    table: pa.Table | None
    slices: tuple[_Slice, ...] = ()

    def load(self) -> pa.Table:
        """Return the rows; those of files are mapped, not read."""
        if self.table is not None:
            return self.table
        return pa.concat_tables([_mapped(s.path).slice(s.first, s.rows) for s in self.slices])


@dataclass(frozen=True, slots=True)
class _Step:
    """What is to be done on each part."""

    task: Task | None = None
    on_death: OnDeath | None = None
    apart: bool = False  # never in this process


@dataclass(frozen=True, slots=True)
class _Work:
    """One call of a worker: a part, the task to do on it, the work file for the result."""

    part: _Part
    task: Task | None
    path: str
    sort: bool  # by `p`


@dataclass(frozen=True, slots=True)
class _Written:
    """A work file, and where in it each `p` stands if it is sorted."""

    path: str
    rows: int
    index: tuple[tuple[int, int, int], ...] = ()  # p, first row, rows


class Embedded:
    """Runs flows on this machine.

    `jobs` processes at most, 0 for one for each processor; `spill` is a folder for work files, made when
    it is needed; `advanced` is told how many parts of a step are done, of how many.  `start_cost` are seconds that
    must be saved for other processes to be started: until then this one works alone.
    """

    def __init__(
        self,
        spill: Path,
        jobs: int = 0,
        advanced: Callable[[int, int], None] | None = None,
        start_cost: float = 0,
    ) -> None:
        without_pandas()
        self._spill = spill
        self._jobs = jobs or processors()
        self._advanced = advanced
        self._start_cost = start_cost
        self._workers = Workers(self._jobs)
        self._steps = itertools.count()
        self._made: list[Path] = []

    def flow(self, parts: Iterable[pa.Table]) -> EmbeddedFlow:
        """Return a flow of these parts; those that are more than is held at hand wait in work files."""
        held, size = [], 0
        folder = self._folder()
        for number, table in enumerate(parts):
            size += table.nbytes
            if size <= _AT_HAND:
                held.append(_Part(table))
            else:
                path = str(folder / f"{number}.arrow")
                _write(path, table)
                held.append(_Part(None, (_Slice(path, 0, table.num_rows),)))
        return EmbeddedFlow(self, held)

    def close(self) -> None:
        """Stop all workers and remove the work files."""
        self._workers.close()
        while self._made:
            fsops.remove_tree(self._made.pop())

    def run(self, parts: Sequence[_Part], step: _Step, *, sort: bool) -> list[_Written]:
        """Do one step, and return its work files in the order of the parts."""
        return list(self.stream(parts, step, sort=sort))

    def stream(self, parts: Sequence[_Part], step: _Step, *, sort: bool) -> Iterator[_Written]:
        """Do one step, and yield its work files in the order of the parts, each as soon as it is there."""
        folder = self._folder()
        works = [_Work(part, step.task, str(folder / f"{n}.arrow"), sort) for n, part in enumerate(parts)]
        done = 0
        for written in self._here(works, step):
            done += 1
            self._tell(done, len(works))
            yield written
        if done < len(works):
            yield from self._elsewhere(works, done, step)

    def _folder(self) -> Path:
        """Return a folder for work files, which is made with the first of them."""
        self._made.append(self._spill / f"{os.getpid()}-{next(self._steps)}")
        return self._made[-1]

    def _here(self, works: Sequence[_Work], step: _Step) -> Iterator[_Written]:
        """Do in this process what nobody else is to do: all, or the first parts while others are not worth a start."""
        alone = min(self._jobs, len(works)) <= 1
        begins = self._start_cost > 0 and step.on_death is None and not self._workers.running
        if step.apart or not (alone or begins):
            return
        spent = 0.0
        for done, work in enumerate(works, 1):
            began = time.process_time()
            written = _do(work)
            spent += time.process_time() - began  # the clock would count what others do on a busy machine
            yield written
            saved = spent / done * (len(works) - done) * (1 - 1 / self._jobs)
            if not alone and saved > self._start_cost:
                return

    def _elsewhere(self, works: Sequence[_Work], first: int, step: _Step) -> Iterator[_Written]:
        """Do the parts from the first on in other processes."""
        dead: dict[int, int] = {}
        found: dict[int, _Written] = {}  # that others come before
        order = iter(range(len(works) - first))
        due = next(order)
        for number, written in self._workers.stream(
            _do, works[first:], lambda done: self._tell(first + done, len(works)), dead
        ):
            found[number] = written
            while due in found:
                yield found.pop(due)
                due = next(order, -1)
        if self._jobs == 1:  # what ran apart is not needed again
            self._workers.close()
        for n, code in dead.items():
            work = works[first + n]
            if step.on_death is None:
                raise InternalError(
                    f"{name_of(step.task)}: part {first + n + 1} of {len(works)} killed its process three times"
                )
            found[n] = _do(_Work(work.part, partial(step.on_death, code), work.path, work.sort))
        yield from (found[n] for n in sorted(found))

    def _tell(self, done: int, total: int) -> None:
        if self._advanced is not None:
            self._advanced(done, total)


class EmbeddedFlow:
    """Parts, and a step that waits to be done on them."""

    def __init__(self, engine: Embedded, parts: list[_Part], step: _Step | None = None) -> None:
        self._engine = engine
        self._parts = parts
        self._step = step  # None once it is done

    def map(self, task: Task, on_death: OnDeath | None = None, *, apart: bool = False) -> EmbeddedFlow:
        """Return a flow with `task` done on each part."""
        return EmbeddedFlow(self._engine, self._settled(), _Step(task, on_death, apart))

    def exchange(self) -> Exchanged:
        """Return a flow with one part for each value of `p`; a step that waits is done on the way."""
        return Exchanged(self._engine, self._engine.run(self._parts, self._step or _Step(), sort=True))

    def reduce(self, task: Task, on_death: OnDeath | None = None) -> EmbeddedFlow:
        """Refuse: only what was exchanged has all rows of a `p` together.

        Raises:
            InternalError: always.
        """
        del on_death
        raise InternalError(f"{name_of(task)}: reduce without exchange")

    def collect(self) -> pa.Table:
        """Return all rows in the order of the parts."""
        tables = list(self.parts())
        return pa.concat_tables(tables) if tables else pa.table({})

    def parts(self) -> Iterator[pa.Table]:
        """Yield the parts in order, one at a time; a step that waits goes on while they are looked at."""
        if self._step is None:
            yield from (part.load() for part in self._parts)
            return
        done: list[_Part] = []
        for written in self._engine.stream(self._parts, self._step, sort=False):
            done.append(_Part(None, (_Slice(written.path, 0, written.rows),)))
            yield done[-1].load()
        self._done(done)

    def _settled(self) -> list[_Part]:
        """Do the step that waits, once."""
        if self._step is not None:
            written = self._engine.run(self._parts, self._step, sort=False)
            self._done([_Part(None, (_Slice(w.path, 0, w.rows),)) for w in written])
        return self._parts

    def _done(self, parts: list[_Part]) -> None:
        self._parts = parts
        self._step = None


class Exchanged(EmbeddedFlow):
    """Parts that each have all rows of one `p`, by `p`."""

    def __init__(self, engine: Embedded, written: Sequence[_Written]) -> None:
        slices: dict[int, list[_Slice]] = {}
        for one in written:
            for p, first, rows in one.index:
                slices.setdefault(p, []).append(_Slice(one.path, first, rows))
        parts = [_Part(None, tuple(slices[p])) for p in sorted(slices)]
        if not parts and written:  # no rows: one empty part, which has the columns
            parts = [_Part(None, (_Slice(written[0].path, 0, 0),))]
        super().__init__(engine, parts)

    def reduce(self, task: Task, on_death: OnDeath | None = None) -> EmbeddedFlow:
        """Return a flow with `task` done once for each value of `p`."""
        return EmbeddedFlow(self._engine, self._parts, _Step(task, on_death))


def processors() -> int:
    """Return how many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _do(work: _Work) -> _Written:
    """Do a task on a part, write the result; in a worker process or in this one."""
    prepare()
    table = work.part.load()
    if work.task is not None:
        table = work.task(table)
    index: tuple[tuple[int, int, int], ...] = ()
    if work.sort:
        table, index = by_p(table, work.task)
    _write(work.path, table)
    return _Written(work.path, table.num_rows, index)


def _write(path: str, table: pa.Table) -> None:
    with (
        fsops.scratch(Path(path)) as raw,
        pa.PythonFile(raw, "w") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)


@functools.cache
def prepare() -> None:
    """Have this process do tasks at less cost: no import of pandas, and little for the garbage collector to look at.

    It passes over what is there when work begins, for it went through all modules each time.  What a task makes are
    mostly values without cycles, so it also looks more seldom.
    """
    without_pandas()
    gc.freeze()
    gc.set_threshold(10_000, 20, 10)


def by_p(table: pa.Table, task: Task | None) -> tuple[pa.Table, tuple[tuple[int, int, int], ...]]:
    """Return the rows by `p`, in one piece for each, and where each `p` stands."""
    if PARTITION not in table.column_names or table.schema.field(PARTITION).type != pa.int32():
        raise InternalError(f"{name_of(task)}: no int32 column {PARTITION!r} to exchange by")
    p = table[PARTITION].to_numpy()
    order = np.argsort(p, kind="stable")
    values, first, rows = np.unique(p[order], return_index=True, return_counts=True)
    index = tuple(zip(values.tolist(), first.tolist(), rows.tolist(), strict=True))
    return taken(table, order), index


def _mapped(path: str) -> pa.Table:
    with pa.memory_map(path) as source:
        return pa.ipc.open_file(source).read_all()


def name_of(task: Task | None) -> str:
    """Return what errors call a task."""
    return getattr(task, "__qualname__", type(task).__qualname__)
