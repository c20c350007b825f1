"""What speaks against lines having been cut at a column, where enough of them reach it: verse, captions, chance.

Lines of songs and captions are of nearly one width, so many of them are full by chance.  Evidence of wrapping has
to be positive, and what no typesetter would have done speaks against it: lines that go on and stop before the
column, here or elsewhere in the text, paragraphs that stop in mid-sentence, stanzas.  The surer the layout, the
less of this is asked for.
Source of the numbers: rewrapped articles and made lists, verse and tables (`tests/quality/text_segment.py`).
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from stages._lines import WORD, Line, Measure, width
from stages._prose import STOP, are_stanzas

if TYPE_CHECKING:
    from collections.abc import Sequence


class Limits(Protocol):
    """What of the settings of `stages.segment` is read here and in `stages._wrap`."""

    @property
    def min_full(self) -> int:
        """Full lines a block must have."""

    @property
    def mid_share(self) -> float:
        """Of the full lines, this share must end in mid-sentence."""

    @property
    def full_share(self) -> float:
        """Of the lines that could go on in the next, this share must be full."""

    @property
    def min_cells(self) -> int:
        """Narrower columns are verse, lists or tables."""

    @property
    def max_cells(self) -> int:
        """Wider lines were not wrapped."""


class Found(NamedTuple):
    """Lines that may be a wrapped block."""

    lines: Sequence[Line]  # all of the text
    span: tuple[int, int]  # the run of lines that do not go past the column
    full: list[int]  # of those, lines that are full and may go on in the next
    open_ended: list[int]  # lines from the first full one to the last one's next that end in mid-sentence
    column: int
    measure: Measure
    layout: int  # what blank lines and indents tell
    share: float  # of the lines that could go on in the next, so many are full


LIKELY, SURE = 1, 2  # what the layout tells
MANY: Final = 8  # full lines that make the layout sure
_STRAYS: Final = (
    0.1  # without marks, of the lines that go on so many may be open and not full; shorter ones are headings
)
#: Columns of words no wider are subtitles or verse, unless the layout is sure; the second, in scripts without case.
_NARROW_WORDS: Final = (37, 42)
_LITTLE: Final = 1.25  # times the column
#: By layout; of full lines of wide characters, so many end as a typesetter ends them.  Articles have .91 and more.
_HITS: Final = (0.8, 0.8, 0.7)
_HIT_STANZAS: Final = 0.9  # and so many where paragraphs are all of as many lines, and most end a sentence
_OPEN: Final = 0.75  # for a line that goes on so many may stop before the column in mid-sentence
_BESIDE: Final = (
    2  # lines so open, without a mark between, may stand beside a block: a headline and what is below it
)
_HEADLINE: Final = 1  # and of words in a script without case so many
_MID_UNMARKED: Final = 0.7  # without marks, of the full lines this share must end in mid-sentence


def is_doubtful(found: Found, limits: Limits) -> bool:
    """Return whether anything speaks against the lines having been wrapped."""
    return _may_be_chance(found, limits) or _are_open(found) or _is_verse(found)


def _may_be_chance(found: Found, limits: Limits) -> bool:
    """Return whether the full lines are too few, or end too many sentences, to tell a column by themselves.

    Fewer are enough where more speaks for it: wide characters that all end as a typesetter ends them, words that go
    on in lower case.  Where paragraphs are marked only words without case need some, for they end at no exact column.
    """
    if found.layout == SURE or _is_one_paragraph(found):
        return False
    count, words, some = len(found.full), found.measure.words, 2 * limits.min_full
    exact = _have_case(found) if words else _hits(found) == count
    if found.layout:
        return words and not exact and count < some
    return count < (some if exact else MANY) or _mid(found) < _MID_UNMARKED * count


def _have_case(found: Found) -> bool:
    """Return whether lines that go on tell it by lower case, as no script without case does."""
    return any(found.lines[i + 1].body[0].islower() for i in found.full)


def _is_one_paragraph(found: Found) -> bool:
    """Return whether full lines in a row are one paragraph for sure, few as they are.

    It begins with an indent, every line of it ends at the column and in mid-sentence, and the one after ends it.
    """
    lines, full = found.lines, found.full
    first, last = full[0], full[-1] + 1
    at_column = sum(1 for i in full if width(lines[i], found.measure) == found.column)
    whole = last - first == len(full) == at_column == _mid(found)
    return lines[first].indent > 0 and whole and STOP.search(lines[last].body) is not None


def _mid(found: Found) -> int:
    """Return how many full lines end in mid-sentence."""
    return len(set(found.full).intersection(found.open_ended))


def _are_open(found: Found) -> bool:
    """Return whether lines stop before the column in mid-sentence, where wrapped ones end a paragraph.

    All the more where full lines are few; lines beside the block, or a little past its column, speak against it too.
    """
    mid, full, share = _mid(found), set(found.full), found.share
    stray = sum(1 for i in found.open_ended if i not in full and _is_long(found, i))
    if not found.measure.words and stray > _OPEN * mid:
        return True
    if found.layout == SURE:
        return False
    small = 2 * MANY if not found.layout else MANY if found.measure.words else 0
    elsewhere = _open_elsewhere(found) if len(full) < small else 0
    if _goes_past(found) or max(stray, elsewhere) > len(full):
        return True
    if found.layout:
        return False
    caseless = found.measure.words and not _have_case(found)
    beside = _HEADLINE if caseless else max(_BESIDE, len(full) / 3)
    strays = stray > (2 if share >= 0.9 else _STRAYS if share >= 0.6 else 0.1) * mid
    return strays or _open_beside(found) > beside


def _is_long(found: Found, i: int) -> bool:
    """Return whether a line goes more than half the way to the column."""
    return 2 * width(found.lines[i], found.measure) > found.column


def _goes_past(found: Found) -> bool:
    """Return whether a line beside a run, without a mark between, goes past the column by a little: then it is none."""
    lines, (first, end), column = found.lines, found.span, found.column
    beside = [lines[first - 1]] if first and not lines[first].mark else []
    beside += [lines[end]] if end < len(lines) and not lines[end].mark else []
    return any(column < width(line, found.measure) <= _LITTLE * column for line in beside)


def _open_beside(found: Found) -> int:
    """Return how many lines above and below, up to a mark, stop before the column in mid-sentence: as verse does."""
    lines, (begin, end) = found.lines, found.span
    first, last = found.full[0], found.full[-1] + 1
    above = takewhile(lambda i: not lines[i + 1].mark, range(first - 1, begin - 1, -1))
    below = takewhile(lambda i: not lines[i].mark, range(last + 1, end))
    return sum(1 for i in (*above, *below) if _is_open(found, i))


def _open_elsewhere(found: Found) -> int:
    """Return how many lines outside the block, anywhere in the text, stop before the column in mid-sentence."""
    first, last = found.full[0], found.full[-1] + 1
    others = (i for i, line in enumerate(found.lines) if line.cells and not first <= i <= last)
    return sum(
        1 for i in others if _is_open(found, i) and width(found.lines[i], found.measure) <= found.column
    )


def _is_open(found: Found, i: int) -> bool:
    """Return whether a line goes more than half the way to the column and ends in mid-sentence."""
    return _is_long(found, i) and not STOP.search(found.lines[i].body)


def _is_verse(found: Found) -> bool:
    """Return whether lines do not end as a typesetter ends them, or are stanzas.

    Paragraphs of as many lines each are prose only where the layout is sure, and most of them end a sentence.
    """
    lines, full, layout = found.lines, found.full, found.layout
    first, last = full[0], full[-1] + 1
    if found.measure.words:
        narrow = found.column <= _NARROW_WORDS[0] and (len(full) < 3 * MANY or layout != SURE)
        caseless = found.column <= _NARROW_WORDS[1] and layout != SURE and not _have_case(found)
        return narrow or caseless or are_stanzas(lines, first, last)
    hits = _hits(found)
    if hits < _HITS[layout] * len(full):
        return True
    closed = 2 * (len(found.open_ended) - _mid(found)) <= last - first + 1 - len(full)
    whole = layout == SURE and closed and hits >= _HIT_STANZAS * len(full)
    return not whole and are_stanzas(lines, first, last)


def _hits(found: Found) -> int:
    """Return how many full lines end as a typesetter ends them.

    At the column, or by cells one before it, or past it, where a mark hangs, or before a word that had no room.
    """
    out = 0
    for i in found.full:
        room = found.column - width(found.lines[i], found.measure)
        word = WORD.match(found.lines[i + 1].body)
        out += room <= found.measure.by_cells or (word is not None and len(word[0]) > room)
    return out
