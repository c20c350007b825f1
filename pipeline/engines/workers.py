"""Worker processes that may die: each has a pipe of its own, so a death costs one call, and we know which.

`concurrent.futures` would call the whole pool broken, and not say which call killed it.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import traceback
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pipeline.engines import OUT_OF_TIME
from pipeline.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

A = TypeVar("A")
B = TypeVar("B")
START: Final = "spawn"  # no locks or threads of ours are copied
_TRIES: Final = 3  # of a call: among others, then twice alone in a fresh process


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, and the number of the call it works on."""

    process: SpawnProcess
    pipe: Connection
    call: int = -1

    def stop(self) -> int:
        """End the process now; return how it ended, an exit code or a negative signal."""
        self.pipe.close()
        self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        return code


@dataclass(slots=True)
class _Round(Generic[A, B]):
    """The state of one `Workers.stream`."""

    calls: Sequence[A]
    queue: deque[int]
    results: deque[tuple[int, B]] = field(default_factory=deque)  # that nobody has looked at
    deaths: dict[int, int] = field(default_factory=dict)  # call → how often it killed its process
    suspects: deque[int] = field(default_factory=deque)  # calls to try again, alone
    failed: dict[int, BaseException] = field(default_factory=dict)
    dead: dict[int, int] = field(default_factory=dict)  # calls given up → how their last process ended
    done: int = 0

    def next_call(self, busy: int) -> int | None:
        """Return a call to begin, or None; after a failure none, a suspect only when nothing else runs."""
        if self.failed:
            return None
        if self.queue:
            return self.queue.popleft()
        return self.suspects.popleft() if self.suspects and not busy else None

    def died(self, call: int, code: int) -> None:
        """Count a death: the call is tried again, alone, or given up."""
        self.deaths[call] = self.deaths.get(call, 0) + 1
        if self.deaths[call] < _TRIES and code not in OUT_OF_TIME:
            self.suspects.append(call)
        else:
            self.dead[call] = code


class Workers:
    """At most `count` processes, started when there is work for them and kept for the next.

    With `parents`, they may start workers of their own.
    """

    def __init__(self, count: int, *, parents: bool = False) -> None:
        self._count = count
        self._parents = parents
        self._context = multiprocessing.get_context(START)
        self._workers: list[_Worker] = []

    @property
    def running(self) -> bool:
        """Whether there is a process."""
        return bool(self._workers)

    def stream(
        self,
        function: Callable[[A], B],
        calls: Sequence[A],
        advanced: Callable[[int], None],
        dead: dict[int, int],
    ) -> Iterator[tuple[int, B]]:
        """Yield number and result of each call as it is done; the others go on while a result is looked at.

        At the end, `dead` has the numbers of the calls that keep killing their process, sorted, and how that ended.
        Where calls fail, the error of the first in order is raised, at any number of workers.  `advanced` is told how
        many calls are done.

        Raises:
            BaseException: what a call raised.
        """
        state: _Round[A, B] = _Round(calls, deque(range(len(calls))))
        try:
            self._begin(function, state)
            while busy := [w for w in self._workers if w.call >= 0]:
                ready = wait([w.pipe for w in busy])
                for worker in busy:
                    if worker.pipe in ready:
                        self._end(worker, state)
                        advanced(state.done)
                self._begin(function, state)
                while state.results:
                    yield state.results.popleft()
        except BaseException:
            self.close()  # also on an interrupt: nothing goes on behind the caller's back
            raise
        if state.failed:
            raise state.failed[min(state.failed)]
        dead |= sorted(state.dead.items())

    def close(self) -> None:
        """Stop all processes; the next `stream` starts new ones."""
        while self._workers:
            self._workers.pop().stop()

    def _begin(self, function: Callable[[A], B], state: _Round[A, B]) -> None:
        """Give calls to idle workers, and start more where there is work for them."""
        while True:
            busy = sum(w.call >= 0 for w in self._workers)
            call = state.next_call(busy) if busy < self._count else None
            if call is None:
                return
            if call in state.deaths:  # a fresh process, so that what went before is no excuse
                self.close()
            worker = next((w for w in self._workers if w.call < 0), None) or self._start()
            worker.call = call
            try:
                worker.pipe.send_bytes(pickle.dumps((function, state.calls[call]), protocol=5))
            except OSError:  # it died while it waited
                self._lost(worker, state)

    def _end(self, worker: _Worker, state: _Round[A, B]) -> None:
        """Take a worker's answer, or its death."""
        try:
            fine, value = pickle.loads(worker.pipe.recv_bytes())  # noqa: S301 - from our own process
        except (EOFError, OSError):
            self._lost(worker, state)
            return
        if fine:
            state.results.append((worker.call, value))
            state.done += 1
        else:
            state.failed[worker.call] = value
        worker.call = -1

    def _lost(self, worker: _Worker, state: _Round[A, B]) -> None:
        self._workers.remove(worker)
        state.died(worker.call, worker.stop())

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), daemon=not self._parents)
        process.start()
        theirs.close()  # so that the pipe ends when the process does
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker


def _serve(pipe: Connection) -> None:
    """Answer calls until the other end is gone.  The process edge: any error becomes an answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent decides
    for number in (signal.SIGPROF, signal.SIGALRM):  # of timers: they end it wherever it is, in C code too
        signal.signal(number, signal.SIG_DFL)
    while True:
        try:
            call = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            function, argument = pickle.loads(call)  # noqa: S301 - from our own process
            answer = pickle.dumps((True, function(argument)), protocol=5)
        except Exception as error:  # noqa: BLE001 - see above
            answer = failure(error)
        try:
            pipe.send_bytes(answer)
        except OSError:  # nobody waits for it
            return


def failure(error: Exception) -> bytes:
    """Return an error as an answer; one that cannot be sent becomes one of ours."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        answer = pickle.dumps((False, error), protocol=5)
        pickle.loads(answer)  # noqa: S301 - our own bytes; some errors can be written and not read
    except Exception:  # noqa: BLE001 - any of what a foreign error's methods raise
        answer = pickle.dumps((False, InternalError(f"{type(error).__name__}: {error}")), protocol=5)
    return answer
