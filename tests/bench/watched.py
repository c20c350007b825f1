"""Runs a command under a limit of memory, and looks at its processes while they work; Linux."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOOK_EVERY = 0.2  # seconds between two looks


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    wall: float  # seconds
    processor: float  # seconds, of it and all that came from it

    def __str__(self) -> str:
        return f"exit {self.code}, {self.wall:.0f} s, {self.processor:.0f} s of processor"


def processes(pid: int) -> Iterator[int]:
    """Yield a process and all that come from it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue  # it has just ended
        for child in children:
            yield from processes(int(child))


def memory_of(pid: int) -> dict[str, int]:
    """Return what the system says of the memory of a process, in kB by name; nothing of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    words = (line.split() for line in lines if line.startswith("Vm"))
    return {name.rstrip(":"): int(size) for name, size, _ in words}


def watched(words: list[str], path: str, limit_mb: int | None, look: Callable[[int], None]) -> Ended:
    """Run Python with some words, each process with so much address space; `look` is called with its number."""

    def limit() -> None:
        if limit_mb is not None:
            resource.setrlimit(resource.RLIMIT_AS, (limit_mb << 20, limit_mb << 20))

    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": path},
        preexec_fn=limit,  # noqa: PLW1509 - no other thread runs yet
    )
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_EVERY):
            look(process.pid)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    over.set()
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ended(code, time.monotonic() - began, spent)
