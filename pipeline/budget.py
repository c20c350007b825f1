"""How the memory that a run may take is shared out: how many processes, and how much text a task has in hand.

What a run holds of each document and pair grows with its input and is told in docs/limits.md; the rest is what each
process takes by itself, and what its task works on.  Nothing here changes a byte of an output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.engines.embedded import processors

if TYPE_CHECKING:
    from pipeline.settings import RunSettings

#: Bytes, as measured: of the first process, with the report that it writes; of each other one.
FIRST: Final = 200 << 20
OTHER: Final = 160 << 20
#: Bytes of a character of the texts that a task compares or writes.
A_CHARACTER: Final = 64
#: Bytes of a document in an exchange, while a task looks for pairs among those of its partition.
A_DOCUMENT: Final = 12_000
#: Bytes of a link of two documents while clusters are put together in the first process; most where each has two alone.
A_LINK: Final = 320
_ALL: Final = 3 << 30  # of all processes, where nothing is set
_LEAST: Final = 8 << 20  # in hand of a task
_WORTH: Final = 64 << 20  # in hand, for a process to be worth what it takes by itself


def memory(run: RunSettings) -> int:
    """Return the bytes that all processes together are to keep to: what is set, or enough for all that are to work."""
    return run.memory or max(_ALL, FIRST + (run.jobs or processors()) * (OTHER + _WORTH))


def processes(run: RunSettings) -> int:
    """Return how many processes work at a time; one is the first itself."""
    return max(1, min(run.jobs or processors(), (memory(run) - FIRST) // (OTHER + _WORTH)))


def in_hand(run: RunSettings) -> int:
    """Return the bytes that one task may take for what it works on."""
    jobs = processes(run)
    return max(_LEAST, (memory(run) - FIRST) // jobs - OTHER * (jobs > 1))


def characters(run: RunSettings) -> int:
    """Return how many characters of texts a task may compare or write together."""
    return in_hand(run) // A_CHARACTER


def partitions(run: RunSettings, documents: int, least: int) -> int:
    """Return the parts of an exchange: as many as are set, fewer of few documents, `least` each, more of many."""
    return max(min(run.partitions, 1 + documents // least), documents * A_DOCUMENT // in_hand(run))


def links_at_once(run: RunSettings) -> int:
    """Return of how many links the first process may put clusters together; more take rounds of exchanges."""
    return memory(run) // A_LINK
