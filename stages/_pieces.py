"""Where a text may hold one of many pieces: by columns, for all its characters at once.

In: a text.  Out: places, among them each at which a piece begins; the few others cost a second look.
Order: not a stage; `stages._known` finds with it the lines that an expression could fit.
Source: a table for each number of characters that a piece begins with, and a bit of it for each beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

_DEPTH: Final = 3  # characters of a piece that are looked at
_BLOCK: Final = 1 << 15  # characters of a text that are looked at together
_SLOTS: Final = 1 << 16  # of a table: it stays in the cache
#: Odd, by the golden ratio: beginnings spread over the slots.
_SPREAD: Final = np.array(40503, dtype=np.uint16)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The class of each character, 0 for those in no piece, and which beginnings there are."""

    classes: NDArray[np.uint16]
    known: tuple[NDArray[np.bool_], ...]  # by number of characters, less one


def pieces_of(pieces: Collection[str], same: Mapping[int, int]) -> Pieces:
    """Return the table of some pieces in small letters; `same` are characters taken for others."""
    alphabet = {char: number for number, char in enumerate(sorted(set().union(*pieces)), 1)}
    classes = np.zeros(max(*same, *map(ord, alphabet)) + 2, dtype=np.uint16)  # the last for all beyond
    for char, number in alphabet.items():
        classes[[ord(form) for form in (char, char.upper()) if len(form) == 1]] = number
    for code, other in same.items():
        classes[code] = alphabet.get(chr(other).lower(), 0)
    known = tuple(np.zeros(_SLOTS, dtype=np.bool_) for _ in range(_DEPTH))
    for piece in pieces:
        begin = piece[:_DEPTH]
        known[len(begin) - 1][_slots(np.array([[alphabet[char]] for char in begin], dtype=np.uint16))] = True
    return Pieces(classes, known)


def _slots(columns: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return the slots of the characters whose classes stand one below another."""
    out: NDArray[np.uint16] = columns[0]
    for column in columns[1:]:
        out = out * _SPREAD + column
    return out


def places(text: str, table: Pieces) -> list[int]:
    """Return, sorted, where a piece may begin in a text of any case."""
    out: list[int] = []
    for start in range(0, len(text), _BLOCK):
        block = text[start : start + _BLOCK + _DEPTH - 1] + "\0" * (_DEPTH - 1)
        points = np.frombuffer(block.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        slots = classes = table.classes.take(points, mode="clip")
        held = table.known[0].take(slots)
        for depth in range(1, _DEPTH):
            slots = slots[:-1] * _SPREAD + classes[depth:]
            held = held[:-1] | table.known[depth].take(slots)
        out += (held[:_BLOCK].nonzero()[0] + start).tolist()
    return out
