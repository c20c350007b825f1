"""What the ladder is made of: texts of which it is known what repeats what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Pieces of a file that holds a text twice: the first copy, the second one, and what may stay or go.
FIRST, SECOND, EITHER = "first", "second", "either"


#: What has to come of the texts of a rung.
KINDS = {
    "copies": "one of a group stays",
    "parts": "one of a group stays; a part may stay where it is listed as contained",
    "repeats": "one copy inside each file stays",
    "contained": "all stay, and are listed as contained",
    "distinct": "all stay",
}


@dataclass(frozen=True, slots=True)
class Text:
    """A file of a rung."""

    path: str
    data: bytes
    group: str  # files of one group are the same story: one has to stay, and the most complete
    cls: str  # the class of change that made it
    pieces: tuple[tuple[str, tuple[str, ...]], ...] = ()  # what of the file is which copy, in order
    inside: tuple[str, ...] = ()  # groups that it holds whole and is not: the stories of a roundup


@dataclass(frozen=True, slots=True)
class Rung:
    """One class of change."""

    name: str
    kind: (
        str  # "copies": one of a group stays; "repeats": inside files; "contained"; "distinct": nothing goes
    )
    texts: tuple[Text, ...]
    gate: bool = True  # a probe is measured and has no floor


def as_bytes(lines: Sequence[str]) -> bytes:
    """Return the lines as a file."""
    return ("\n".join(lines) + "\n").encode()


def write(rung: Rung, folder: Path) -> None:
    """Write the files of a rung."""
    for text in rung.texts:
        path = folder / text.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.data)
