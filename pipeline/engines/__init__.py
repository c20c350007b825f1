"""Engines: how tasks are spread over processes and machines.

The seam has three verbs, and all that is clever stays outside: a task is a picklable pure function from
Arrow table to Arrow table, a partition number is ours, and a reduce may get its rows in any order.  So the
result is the same on every engine, with any number of workers, and a task may run twice.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: A module-level function, or a frozen dataclass with `__call__`.
Task: TypeAlias = Callable[[pa.Table], pa.Table]

#: What takes the place of a task on a part that keeps ending its process: of how that ended, an exit code
#: or a negative signal, and the part.
OnDeath: TypeAlias = Callable[[int, pa.Table], pa.Table]

PARTITION: Final = "p"  # the int32 column that `exchange` regroups by
#: How a process ends whose timer ran out: what it did would take as long again, so it is not tried again.
OUT_OF_TIME: Final = frozenset({-signal.SIGPROF, -signal.SIGALRM})


class Flow(Protocol):
    """Parts of a table on their way.  A step runs when its result is asked for, and once."""

    def map(self, task: Task, on_death: OnDeath | None = None, *, apart: bool = False) -> Flow:
        """Return a flow with `task` done on each part.

        `on_death` is done in this process on a part that keeps killing the process that works on it.  A task that is
        to be done `apart` may hang or die: it is never done in this process.
        """
        ...

    def exchange(self) -> Flow:
        """Return a flow with one part for each value of column `p`, ready for `reduce`."""
        ...

    def reduce(self, task: Task, on_death: OnDeath | None = None) -> Flow:
        """Return a flow with `task` done once for each value of `p`, on all its rows, in any order.

        Where there is no row at all, it is done once on the empty table: its answer has the right columns.
        """
        ...

    def collect(self) -> pa.Table:
        """Return all rows in the order of the parts; of a flow without parts, a table without columns.

        Raises:
            InternalError: a part keeps killing its process, and the step has no `on_death`.
        """
        ...

    def parts(self) -> Iterator[pa.Table]:
        """Yield the parts in order, as `collect` would join them, one at a time."""
        ...


class Engine(Protocol):
    """Runs flows."""

    def flow(self, parts: Iterable[pa.Table]) -> Flow:
        """Return a flow of these parts."""
        ...

    def close(self) -> None:
        """Stop all workers and remove work files; safe to call twice."""
        ...
