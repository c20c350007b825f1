"""A run in each step of which somebody dies, once: this is its first process.

    python -c "import deaths; deaths.main()" VICTIM TASK,TASK,... MARKS run IN -o OUT --engine spark ...

VICTIM is the `python` that works on a part, the `executor` that it works for, the `node` that has this, with all that
was finished there, or the `driver`, this process.  Each TASK strikes when it is first done, in the midst of its step, and
is marked: a file of its name in the folder MARKS, which has a byte for each part that was begun, and the number of parts
in its name.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import assemble, budget, components, intake, matching
from pipeline.cli import main as command
from pipeline.engines.embedded import name_of
from pipeline.engines.spark import Spark

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from pipeline.engines import Task
    from pipeline.engines.session import Frame
    from pipeline.engines.spark import Step
    from pipeline.readers import Unit

#: Victim → what the command lines say of the processes that are killed: of a worker and those that began it.
SAYS = {
    "python": ("pyspark.daemon",),
    "executor": ("CoarseGrainedExecutorBackend",),
    "node": ("deploy.worker.Worker", "CoarseGrainedExecutorBackend"),
}
#: So that a small corpus has several parts, and several nodes a share of each step.
PARTS = {
    (matching, "_ROWS_A_PART"): 80,
    (matching, "_PAIRS_A_PART"): 30,
    (matching, "_A_PARTITION"): 80,
    (assemble, "_ORDERS_A_PART"): 80,
    (components, "_A_PARTITION"): 20,
    (components, "_LINKS_A_PART"): 20,
}
#: So that a small corpus has more links than the first process is to put together, where that is what dies.
ROUNDS = (budget, "A_LINK", 1 << 40)
_PARTS_OF = intake.parts_of


def above(pid: int) -> dict[int, str]:
    """Return a process and those that began it, the nearest first, with their command lines."""
    found: dict[int, str] = {}
    while pid > 1:
        try:
            said = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
        except OSError:
            break
        found[pid] = said
        pid = int(after.split()[1])
    return found


@dataclass(frozen=True)
class Striking:
    """A task that kills, the first time that it is done."""

    task: Task | None
    victim: str
    driver: int
    mark: str

    def __call__(self, part: pa.Table) -> pa.Table:
        mark = Path(self.mark)
        try:
            mark.touch(exist_ok=False)
            first = True
        except FileExistsError:
            first = False
        with mark.open("ab") as begun:
            begun.write(b".")
        if first:
            self.strike()
        return part if self.task is None else self.task(part)

    def strike(self) -> None:
        """Kill the victim; what it is not the end of goes on, as it would."""
        if self.victim == "driver":
            os.kill(self.driver, signal.SIGKILL)
            return
        lines = above(os.getpid())
        for wanted in SAYS[self.victim]:
            os.kill(next(pid for pid, said in lines.items() if wanted in said), signal.SIGKILL)


def _divided(units: Sequence[Unit], limit: int) -> list[pa.Table]:
    """Return the units that are to be read in more tables than a small corpus gives."""
    return _PARTS_OF(units, limit >> 5)


def main() -> None:
    """Run the command, with somebody killed in each step."""
    victim, tasks, marks, *arguments = sys.argv[1:]
    for (module, name), value in PARTS.items():
        setattr(module, name, value)
    intake.parts_of = _divided
    done = Spark.done
    due = set(tasks.split(","))
    if "Star" in due:
        setattr(*ROUNDS)

    def struck(self: Spark, step: Step, frame: Frame, numbers: range) -> Frame:
        name = "Exchange" if step.task is None else name_of(step.task)
        if name in due:
            due.remove(name)
            mark = os.path.join(marks, f"{name}-{len(numbers)}")
            step = replace(step, task=Striking(step.task, victim, os.getpid(), mark))
        return done(self, step, frame, numbers)

    Spark.done = struck
    sys.exit(command(arguments))
