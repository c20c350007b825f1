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

_DEPTH: Final = 4  # characters of a piece that are looked at
_BLOCK: Final = 1 << 15  # characters of a text that are looked at together
#: Bits of a place in a table: it stays small, and of two hundred other texts one looks like one of a thousand pieces.
_SLOTS: Final = 18
#: Odd, by the golden ratio: beginnings spread over the numbers, of which the highest bits are the place.
_SPREAD: Final = np.array(0x9E3779B1, dtype=np.uint32)
_REST: Final = np.array(32 - _SLOTS, dtype=np.uint32)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The class of each character, 0 for those in no piece, and which beginnings there are."""

    classes: NDArray[np.uint16]  # by code point
    begins: NDArray[np.bool_]  # by class: a piece begins with such a character
    known: tuple[NDArray[np.bool_], ...]  # by number of characters, less one


def pieces_of(pieces: Collection[str], same: Mapping[int, int]) -> Pieces:
    """Return the table of some pieces in small letters; `same` are characters taken for others."""
    alphabet = {char: number for number, char in enumerate(sorted(set().union(*pieces)), 1)}
    classes = np.zeros(max(*same, *map(ord, alphabet)) + 2, dtype=np.uint16)  # the last for all beyond
    for char, number in alphabet.items():
        classes[[ord(form) for form in (char, char.upper()) if len(form) == 1]] = number
    for code, other in same.items():
        classes[code] = alphabet.get(chr(other).lower(), 0)
    begins = np.zeros(len(alphabet) + 1, dtype=np.bool_)
    begins[[alphabet[piece[0]] for piece in pieces]] = True
    known = tuple(np.zeros(1 << _SLOTS, dtype=np.bool_) for _ in range(_DEPTH))
    for piece in pieces:
        number = 0
        for char in piece[:_DEPTH]:
            number = (number + alphabet[char]) * int(_SPREAD) % (1 << 32)
        known[min(len(piece), _DEPTH) - 1][number >> int(_REST)] = True
    return Pieces(classes, begins, known)


def places(text: str, table: Pieces) -> list[int]:
    """Return, sorted, where a piece may begin in a text of any case."""
    out: list[int] = []
    for start in range(0, len(text), _BLOCK):
        block = text[start : start + _BLOCK + _DEPTH - 1] + "\0" * (_DEPTH - 1)
        points = np.frombuffer(block.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        classes = table.classes.take(points, mode="clip")
        at = table.begins.take(classes[:_BLOCK]).nonzero()[0]
        number = np.zeros(at.size, dtype=np.uint32)
        held = np.zeros(at.size, dtype=np.bool_)
        for depth, known in enumerate(table.known):
            number = (number + classes.take(at + depth)) * _SPREAD
            held |= known.take(number >> _REST)
        out += (at[held] + start).tolist()
    return out
