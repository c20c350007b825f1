r"""The lines of a text as wrapping sees them: how far they go, by characters or cells, and what marks a paragraph.

In: a text.  Out: its lines that are not blank.  Used by `stages._wrap` and `stages.segment`.
Source: cells are those of UAX #11, wide and full-width characters counting two.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from stages._late import late


class Line(NamedTuple):
    """A line that is not blank."""

    start: int  # of the body, in the text
    body: str  # without the indent
    indent: int  # characters
    blank: bool  # a blank line stands before it
    mark: bool  # it begins a paragraph: blank line, indent or list mark
    item: bool  # it has a list mark, and no other
    chars: int  # with the indent
    cells: int  # with the indent; 0: longer than a wrapped line can be
    number: int  # of the line in the text, from 1


class Measure(NamedTuple):
    """A way to measure lines against a column."""

    name: str
    by_cells: bool
    words: bool  # lines break between words
    low: int  # a full line may fall short of the column by this
    high: int  # and go past it by this: closing marks hang


CHARS: Final = Measure("characters", by_cells=False, words=False, low=2, high=2)
CELLS: Final = Measure("cells", by_cells=True, words=False, low=3, high=4)
WORDS: Final = Measure("words", by_cells=True, words=True, low=8, high=4)

_WIDE: Final = late(
    r"[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
    r"\U00020000-\U0003fffd]+"
)
#: What no typesetter breaks among wide characters: a number or a word of Latin letters.
WORD: Final = late(r"[A-Za-z0-9\u00c0-\u024f.,%'\-]+")
_LIST_MARK: Final = late(
    r"[-*+•·–—]\s|[●○■□◆◇▲△▼►▶※★☆→✓|#>]|[\u2600-\u27bf\U0001f300-\U0001faff]|\(?\d{1,3}[.)、．](?!\d)|[一二三四五六七八九十]{1,3}、"
    r"|[（(][一二三四五六七八九十\d]{1,3}[)）]|[\u2460-\u2473]"
)


def lines_of(text: str, longest: int) -> list[Line]:
    """Return the lines that are not blank; those of more than `longest` characters are not measured."""
    out: list[Line] = []
    at = 0
    blank = False
    for number, raw in enumerate(text.split("\n"), 1):
        body = raw.lstrip()
        if body:
            chars = len(raw)
            indent = chars - len(body)
            deep = indent > 1 or (indent == 1 and raw[0] != " ")
            blank = blank and bool(out)
            hard = blank or deep
            item = not hard and _LIST_MARK.match(body) is not None
            width = 0 if chars > longest else cells(raw)
            out.append(Line(at + indent, body, indent, blank, hard or item, item, chars, width, number))
            blank = False
        else:
            blank = True
        at += len(raw) + 1
    return out


def cells(text: str) -> int:
    """Return the width in cells, wide characters counting two."""
    return len(text) if text.isascii() else 2 * len(text) - len(_WIDE.sub("", text))


def width(line: Line, measure: Measure) -> int:
    """Return how far the line goes, in characters or cells."""
    return line.cells if measure.by_cells else line.chars
