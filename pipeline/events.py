"""What happens during a run, as values, and those who tell a person of it.

Names inside an event's text have passed `pipeline.errors.safe`.
"""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins."""

    text: str  # one line: what is read, where the output goes


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step of the run begins."""

    name: str
    total: int | None = None  # parts of work; None where nobody knows


@dataclass(frozen=True, slots=True)
class StepAdvanced:
    """Parts of the step are done."""

    name: str
    done: int  # of `total`, not since the last time


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step is done."""

    name: str
    note: str = ""  # what came of it, e.g. "412 documents"


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should know of; the run goes on."""

    text: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run is over."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The command is over: the last event, whatever happened."""

    exit: int  # code
    text: str = ""  # of an error, what is wrong


Event: TypeAlias = RunStarted | StepStarted | StepAdvanced | StepEnded | Warned | RunEnded | Ended

#: Event → how a line of JSON calls it.
NAMES: Final[dict[type[Event], str]] = {
    RunStarted: "run_started",
    StepStarted: "step_started",
    StepAdvanced: "step_advanced",
    StepEnded: "step_ended",
    Warned: "warned",
    RunEnded: "run_ended",
    Ended: "ended",
}


class Printer(Protocol):
    """Tells of events."""

    def show(self, event: Event) -> None:
        """Tell of one event; takes a moment at most."""
        ...

    def close(self) -> None:
        """Leave the terminal in order; safe to call twice."""
        ...


class Silent:
    """Tells nothing."""

    def show(self, event: Event) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Lines:
    """Writes each event as one line of JSON in ASCII, for programs: nothing of a name can end a line or steer."""

    def __init__(self, stream: IO[str], folder: str = "") -> None:
        self._stream = stream
        self._of = {"folder": folder} if folder else {}  # of a batch
        self._begun = time.monotonic()

    def show(self, event: Event) -> None:
        """Write a line."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        values = asdict(event)
        if isinstance(event, StepStarted):
            self._begun = time.monotonic()
        elif isinstance(event, StepEnded):
            values["seconds"] = round(time.monotonic() - self._begun, 3)
        line = json.dumps({"at": now, "event": NAMES[type(event)], **self._of, **values})
        with suppress(OSError, ValueError):  # a run goes on if nobody can read what it says
            self._stream.write(f"{line}\n")
            self._stream.flush()

    def close(self) -> None:
        """Do nothing: no line is left open."""


class Plain:
    """Writes few plain lines, for logs and dumb terminals: one a step, and one each half minute."""

    _EVERY: Final = 30.0  # seconds

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._total: int | None = None
        self._told = 0.0

    def show(self, event: Event) -> None:
        """Write a line, or none."""
        match event:
            case RunStarted(text) | RunEnded(text):
                self._line(text)
            case Warned(text):
                self._line(f"warning: {text}")
            case StepStarted(_, total):
                self._total, self._told = total, time.monotonic()
            case StepAdvanced(name, done):
                if time.monotonic() - self._told >= self._EVERY:
                    self._told = time.monotonic()
                    self._line(_progress(name, done, self._total))
            case StepEnded(name, note):
                self._line(f"{name}: {note or 'done'}")
            case Ended():  # who ends the command says it
                return

    def close(self) -> None:
        """Do nothing: no line is left open."""

    def _line(self, text: str) -> None:
        with suppress(OSError, ValueError):  # a run goes on if nobody can read what it says
            print(text, file=self._stream, flush=True)


class Progress:
    """Redraws one line of a terminal; what is worth keeping stays above it."""

    _EVERY: Final = 0.1  # seconds between two drawings

    def __init__(self, stream: IO[str], *, colour: bool = True) -> None:
        self._stream = stream
        self._colour = colour
        self._total: int | None = None
        self._drawn_at = 0.0
        self._drawn = False

    def show(self, event: Event) -> None:
        """Draw the line anew, or write a line above it."""
        match event:
            case RunStarted(text) | RunEnded(text):
                self._keep(text)
            case Warned(text):
                self._keep(f"{self._paint('33', 'warning:')} {text}")
            case StepStarted(name, total):
                self._total = total
                self._draw(_progress(name, 0, total))
            case StepAdvanced(name, done):
                if time.monotonic() - self._drawn_at >= self._EVERY:
                    self._draw(_progress(name, done, self._total))
            case StepEnded(name, note):
                self._keep(f"{self._paint('1', name + ':')} {note or 'done'}")
            case Ended():  # who ends the command says it
                return

    def close(self) -> None:
        """Clear the line."""
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False

    def _draw(self, text: str) -> None:
        room = shutil.get_terminal_size().columns - 1  # a full line would wrap, and stay
        self._write(f"\r\x1b[K{text[: max(room, 1)]}")
        self._drawn, self._drawn_at = True, time.monotonic()

    def _keep(self, text: str) -> None:
        self.close()
        self._write(f"{text}\n")

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


def printer(
    stream: IO[str] | None, environ: Mapping[str, str], *, quiet: bool = False, lines: bool = False
) -> Printer:
    """Return who tells of events on `stream`: in `lines` of JSON; a redrawn line only on a terminal that can."""
    if stream is not None and lines:
        return Lines(stream)
    if quiet or stream is None:
        return Silent()
    if not stream.isatty() or environ.get("TERM", "dumb") == "dumb" or environ.get("CI"):
        return Plain(stream)
    return Progress(stream, colour=not environ.get("NO_COLOR"))


def _progress(name: str, done: int, total: int | None) -> str:
    if total is None:
        return f"{name}: {done:,}"
    return f"{name}: {done:,} of {total:,} ({100 * done // max(total, 1)} %)"
