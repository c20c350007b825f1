"""Which engine a command runs on; nothing of it shows in what is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pipeline.engines.embedded import Embedded
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pipeline.engines import Engine

ENGINES: Final = ("embedded", "spark")
#: Seconds of processor time that other processes must save for a run to start them: each imports for about as long.
START_COST: Final = 1.0


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and where it is."""

    name: str = "embedded"
    master: str | None = None  # address of a Spark master; None is that of `spark-submit`, or this machine
    conf: Mapping[str, str] = field(default_factory=dict)  # of Spark

    def __post_init__(self) -> None:
        if self.name not in ENGINES:
            raise ValueError(f"engine = {self.name!r}: must be one of {', '.join(ENGINES)}")

    def opened(self, spill: Path, jobs: int, versions: Callable[[], Mapping[str, str]]) -> Engine:
        """Return the engine, ready; `spill` is a folder for its work files.

        Raises:
            UsageError: it cannot be had.
        """
        if self.name == "embedded":
            return Embedded(spill, jobs, start_cost=START_COST)
        from pipeline.engines.session import session
        from pipeline.engines.spark import Spark

        return Spark(session(self.master, self.conf, spill), versions)


EMBEDDED: Final = Choice()


def chosen(name: str, master: str | None, conf: Sequence[str]) -> Choice:
    """Return the choice that the options of a command make.

    Raises:
        UsageError: they do not fit together, or `conf` has no KEY=VALUE.
    """
    if name != "spark" and (master or conf):
        raise UsageError("--master and --conf are for --engine spark")
    pairs: dict[str, str] = {}
    for text in conf:
        key, mark, value = text.partition("=")
        if not key or not mark:
            raise UsageError(f"--conf {text}: must be KEY=VALUE")
        pairs[key] = value
    return Choice(name, master, pairs)
