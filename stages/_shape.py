"""The lines of a text as furniture sees them: how wide each is, how many sentences, where words of a site may be.

In: texts.  Out: their lines that are not blank.  Used by `stages.furniture` alone.
Source: what is wide is told by `stages._known`; the lines of many texts are looked through at once, by columns.
"""

from __future__ import annotations

import functools
import re
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from stages._known import WIDE, WIDE_CHAR, cued

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WORD: Final = re.compile(r"\w+(?:['’\-]\w+)*")
#: A sentence end: a wide mark, or a narrow one before a space, a quotation mark or the end.
_SENTENCE_END: Final = re.compile(r"[。！？｡]|[.!?…]+(?=[\s\"'”’)）」』]|$)")
_MAY_END: Final = re.compile(r"[。！？｡.!?…]")
_SPACE: Final = (
    " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028"
    "\u2029\u202f\u205f\u3000"
)
#: What may stand after the last mark of a line: white space, closing quotation marks and brackets.
_CLOSING: Final = _SPACE + "\"'”’)）」』》】"
_BETWEEN: Final = _SPACE + "|｜/·•"


_ONE: Final = np.array(1, dtype=np.uint8)
#: What a line holds, one bit each: a line without is not searched for what needs it.
DIGIT: Final = 2  # of ASCII
COLON: Final = 4
PAPER: Final = 8  # before the name of a paper
MARK: Final = 16  # no menu has it, nor what stands around one
RARE: Final = 32  # may be a digit of another script
BETWEEN: Final = 64  # white space, or a mark between the words of a menu
#: Of a line that nobody looked at.
UNKNOWN: Final = COLON | PAPER | RARE | BETWEEN
_WIDE: Final = 1
_MARKS: Final = "，。、；！？,;!?"
#: Ranges without wide characters and digits, but for those of ASCII.
_PLAIN: Final = ((0x00, 0x65F), (0x2010, 0x2027), (0x3000, 0x303F), (0xFF01, 0xFF0F), (0xFF1A, 0xFF20))


class Line(NamedTuple):
    """A line that is not blank, without the white space around it."""

    text: str
    wide: int  # wide characters
    cues: Sequence[int]  # where words of a site may begin: what `stages._known.cued` says
    held: int = UNKNOWN


def lines_all(texts: Sequence[str]) -> list[tuple[Line, ...]]:
    """Return the lines of each text that are not blank."""
    of_text = [[line for raw in text.split("\n") if (line := raw.strip())] for text in texts]
    every = list(chain.from_iterable(of_text))
    cues = cued(every)
    columns = zip(every, *_counted(every), strict=True)
    lines = [Line(line, wide, cues.get(n, ()), held) for n, (line, wide, held) in enumerate(columns)]
    ends = list(accumulate(map(len, of_text), initial=0))
    return [tuple(lines[first:last]) for first, last in pairwise(ends)]


def _counted(lines: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return how many wide characters each line has, and what it holds."""
    if not lines:
        return [], []
    points = np.frombuffer("\n".join(lines).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    begins = np.array([0, *accumulate(len(line) + 1 for line in lines[:-1])], dtype=np.intp)
    kinds = _table().take(points, mode="clip")
    wide: list[int] = np.add.reduceat(kinds & _ONE, begins, dtype=np.int32).tolist()
    held: list[int] = np.bitwise_or.reduceat(kinds, begins).tolist()
    return wide, held


@functools.cache
def _table() -> NDArray[np.uint8]:
    """Return what each code point is; the last stands for all beyond."""
    table = np.full(max(last for _, last in WIDE) + 2, RARE, dtype=np.uint8)
    for ranges, value in ((_PLAIN, 0), (WIDE, _WIDE)):
        for first, last in ranges:
            table[first : last + 1] = value
    signs = (("0123456789", DIGIT), (":：", COLON), ("《", PAPER), (_MARKS, MARK), (_BETWEEN, BETWEEN))
    for characters, value in signs:
        table[[ord(character) for character in characters]] = value
    return table


def last_mark(line: str) -> str:
    """Return the last character of a line but for what closes it; "" if it has no other."""
    return line.rstrip(_CLOSING)[-1:]


def fits(line: Line, most: int) -> bool:
    """Return whether a line is of so many characters at most; a narrow one is half of one."""
    return line.wide <= 2 * most - len(line.text)


def of_one_sentence(line: str) -> bool:
    """Return whether the line has fewer than two sentences of five wide characters or four words, its rest included."""
    if not _MAY_END.search(line, 0, len(line) - 1):
        return True
    pieces = (piece for piece in _SENTENCE_END.split(line) if len(piece) > 4)
    return sum(len(WIDE_CHAR.findall(p)) >= 5 or sum(1 for _ in WORD.finditer(p)) >= 4 for p in pieces) < 2


def is_short(line: Line, most: int) -> bool:
    """Return whether a line is of so many characters at most, and of one sentence."""
    return fits(line, most) and of_one_sentence(line.text)
