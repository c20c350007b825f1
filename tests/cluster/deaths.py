"""A run in each step of which somebody dies, once: this is its first process.

    python -c "import deaths; deaths.main()" VICTIM TASK,TASK,... FOLDER run IN -o OUT --engine spark ...

VICTIM is the `python` that works on a part, the `executor` that it works for, the `node` that has this, or the
`driver`, this process.  Each TASK strikes once: when it is first done, or, where what was finished goes with the victim,
when it is first done for one that has finished another part of it.  Of three parts two nodes have one each, and the third
is the second of one of them: so whatever is done where, each step of three parts or more has its death, and loses
finished work by it.

The file `LOG` in FOLDER has a line for each part that was begun, finished or struck, see `Event`.
"""

from __future__ import annotations

import hashlib
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
#: Victims with whom finished work goes.
LOSES = ("executor", "node")
LOG = "events"
#: So that a small corpus has several parts, and several nodes a share of each step.
PARTS = {
    (matching, "_ROWS_A_PART"): 60,
    (matching, "_PAIRS_A_PART"): 30,
    (matching, "_A_PARTITION"): 60,
    (assemble, "_ORDERS_A_PART"): 60,
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
class Event:
    """What happened: a part of a task was `begun`, `finished` or `struck` for an executor, by its process number."""

    what: str
    task: str
    part: str  # digest of its rows, in whatever order they came
    node: int

    def __str__(self) -> str:
        return f"{self.what} {self.task} {self.part} {self.node}"


def events(folder: Path) -> list[Event]:
    """Return what happened, in its order."""
    lines = (folder / LOG).read_text().splitlines() if (folder / LOG).exists() else ()
    return [Event(what, task, part, int(node)) for what, task, part, node in map(str.split, lines)]


@dataclass(frozen=True)
class Striking:
    """A task that kills once, if there is a victim, and keeps the log."""

    task: Task | None
    name: str
    victim: str
    driver: int
    folder: str

    def __call__(self, part: pa.Table) -> pa.Table:
        rows = "\n".join(sorted(map(repr, part.to_pylist())))
        lines = above(os.getpid())
        node = next(pid for pid, said in lines.items() if SAYS["executor"][0] in said)
        event = Event("begun", self.name, hashlib.sha256(rows.encode()).hexdigest()[:16], node)
        self.tell(event)
        if self.due(node):
            self.tell(replace(event, what="struck"))
            self.strike(lines)
        done = part if self.task is None else self.task(part)
        self.tell(replace(event, what="finished"))
        return done

    def tell(self, event: Event) -> None:
        """Add a line to the log, in one write: several processes do."""
        with Path(self.folder, LOG).open("ab", buffering=0) as log:
            log.write(f"{event}\n".encode())

    def due(self, node: int) -> bool:
        """Whether it is for this call to kill; only once is."""
        if not self.victim:
            return False
        if self.victim in LOSES and not any(
            (event.what, event.task, event.node) == ("finished", self.name, node)
            for event in events(Path(self.folder))
        ):
            return False
        try:
            Path(self.folder, f"{self.name}.struck").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def strike(self, lines: dict[int, str]) -> None:
        """Kill the victim; what it is not the end of goes on, as it would."""
        if self.victim == "driver":
            os.kill(self.driver, signal.SIGKILL)
            return
        for wanted in SAYS[self.victim]:
            os.kill(next(pid for pid, said in lines.items() if wanted in said), signal.SIGKILL)


def _divided(units: Sequence[Unit], limit: int) -> list[pa.Table]:
    """Return the units that are to be read in more tables than a small corpus gives."""
    return _PARTS_OF(units, limit >> 5)


def main() -> None:
    """Run the command, with somebody killed in each step."""
    victim, tasks, folder, *arguments = sys.argv[1:]
    for (module, name), value in PARTS.items():
        setattr(module, name, value)
    intake.parts_of = _divided
    done = Spark.done
    due = set(tasks.split(","))
    if "Star" in due:
        setattr(*ROUNDS)

    def struck(self: Spark, step: Step, frame: Frame, numbers: range) -> Frame:
        name = "Exchange" if step.task is None else name_of(step.task)
        whom = victim if name in due else ""
        return done(
            self, replace(step, task=Striking(step.task, name, whom, os.getpid(), folder)), frame, numbers
        )

    Spark.done = struck
    sys.exit(command(arguments))
