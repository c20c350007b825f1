r"""Where lines were hard-wrapped: the blocks of them that were cut at a column.

Knows nothing of edits; `stages.segment` joins what is found here.

Evidence.  A block is a run of lines that never go past a column.  A line is full where what the next one begins
with had no room in it.  In prose that was wrapped full lines end in mid-sentence, punctuation falls anywhere and
not at the ends of lines, and lines that are not full end a paragraph.  Where paragraphs are marked (an indent, a
blank line) nearly every line without a mark after it is full: then the layout itself says that it was wrapped.
Source of the numbers: rewrapped articles and made lists, verse and tables (`tests/quality/text_segment.py`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from stages._lines import CELLS, CHARS, WORDS, Line, Measure, cells, width
from stages._prose import END_MARK, STOP, are_stanzas, is_prose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Limits(Protocol):
    """What of the settings of `stages.segment` is read here."""

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


class Block(NamedTuple):
    """A run of hard-wrapped lines."""

    first: int
    last: int
    weight: int  # how many lines reach the column
    joins: tuple[int, ...]  # lines that go on in the next
    column: int
    measure: Measure
    unknown: bool  # where paragraphs end is not marked
    full: int  # lines that are full
    mid: int  # of those, lines that end in mid-sentence


_TOO_MANY: Final = 60  # lines that may be full, beyond which the quick test says yes
_COLUMNS: Final = 6  # columns tried in a run of lines, the most reached ones
_LIKELY, _SURE = 1, 2  # what the layout tells
_MANY: Final = 8  # full lines that make the layout sure
_STRAYS: Final = (
    0.1  # without marks, of the lines that go on so many may be open and not full; shorter ones are headings
)
_NARROW_WORDS: Final = (
    38  # columns of words narrower than this are verse or subtitles, unless the layout is sure
)
_LITTLE: Final = 1.25  # times the column
_HITS: Final = (
    0.85,
    0.8,
    0.7,
)  # by layout; of full lines of wide characters, so many end at the column or one off it
_MID_UNMARKED: Final = 0.7  # without marks, of the full lines this share must end in mid-sentence
_MARKED: Final = 0.9  # with marks, of the lines that could go on in the next so many are full

_HANGUL: Final = re.compile(r"[\u1100-\u115f\u3131-\u318e\uac00-\ud7a3]")
_RULE: Final = r"([-=*_~#\u00b7\u2014\u2500\uff0a\uff0d\uff1d])(?:\s*\1){2,}\s*$"
#: Scripts without spaces between words that are not wide: where a line may be joined is not known.
#: And rules across the page.
_UNJOINABLE: Final = re.compile(rf"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|{_RULE}")
#: The last characters of lines that may be open-ended: all but sure sentence ends.
_SURE_END: Final = frozenset("。！？!?.…．｡:：;；")
_WORD: Final = re.compile(r"[A-Za-z0-9\u00c0-\u024f.,%'\-]+")
_TABULAR: Final = re.compile(rf"\t| {{3,}}|\|.*\||^{_RULE}")


def may_be_wrapped(text: str, limits: Limits) -> bool:
    """Return False where no block can be in a text: a quick and exact test, for most texts have none.

    The next line of a full one goes no further than the column, so both bound the columns at which a line can be
    full; a block needs one column for `min_full` lines of one stretch, and the share `mid_share` of them open.
    """
    longest = limits.max_cells
    hangul: bool | None = None  # looked for where it matters
    stretch: list[str] = []
    pairs: list[int] = []  # lines of the stretch that may be full
    open_ended = 0
    room = 0  # how long the next line may be at most
    for raw in [*text.split("\n"), " " * (longest + 1)]:
        size = len(raw)
        if size > longest:
            enough = len(pairs) >= limits.min_full and open_ended >= limits.min_full * limits.mid_share
            if enough and _have_a_column(stretch, pairs, limits):
                return True
            stretch, pairs, open_ended, room = [], [], 0, 0
        elif size and not raw.isspace():
            if size <= room and size > room // 2 + 5 and raw.lstrip()[0] >= "\u2e80":
                hangul = _HANGUL.search(text) is not None if hangul is None else hangul
                joins = hangul
            else:
                joins = size <= room
            if joins:
                pairs.append(len(stretch) - 1)
                open_ended += stretch[-1][-1] not in _SURE_END
            stretch.append(raw)
            room = 4 * size + 4
    return False


def _have_a_column(stretch: Sequence[str], pairs: Sequence[int], limits: Limits) -> bool:
    """Return whether there is a column, by one measure, at which enough lines in a row of a stretch may be full."""
    if len(pairs) > _TOO_MANY:
        return True
    need_open = math.ceil(limits.min_full * limits.mid_share)
    opened = {i for i in pairs if stretch[i][-1] not in _SURE_END}
    if not any(_in_common(spans, need_open) for spans in _columns_of(stretch, sorted(opened), limits)):
        return False  # most texts end here
    for spans, measure in zip(_columns_of(stretch, pairs, limits), (CHARS, CELLS, WORDS), strict=True):
        for point in _in_common(spans, limits.min_full):
            here = [i for low, high, i in spans if low <= point <= high]
            while len(here) >= limits.min_full:
                beyond = (
                    n
                    for n in range(here[0], len(stretch))
                    if _reach(stretch[n], measure) > point + measure.high
                )
                end = next(beyond, len(stretch))  # a line that goes past the column ends the run
                run = [i for i in here if i < end]
                if len(run) >= limits.min_full and len(opened.intersection(run)) >= need_open:
                    return True
                here = here[len(run) :]
    return False


def _in_common(spans: Sequence[tuple[int, int, int]], need: int) -> list[int]:
    """Return the points that `need` spans have in common: of all such points the starts of spans, for they suffice."""
    points = {low for low, high, _ in spans if low <= high}
    return [p for p in sorted(points) if sum(low <= p <= high for low, high, _ in spans) >= need]


def _columns_of(
    stretch: Sequence[str], pairs: Sequence[int], limits: Limits
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]], list[tuple[int, int, int]]]:
    """Return by each measure the first and last column at which a line may be full, and the line."""
    by_chars, by_cells, by_words = [], [], []
    for i in pairs:
        a, b = stretch[i], stretch[i + 1]
        chars, wide = (len(a), len(b)), (cells(a), cells(b))
        if max(wide) > limits.max_cells:
            continue
        body = b.lstrip()
        word = _WORD.match(body)
        size = len(word[0]) - 1 if word else 0
        by_chars.append((max(chars) - CHARS.high, chars[0] + max(CHARS.low, size), i))
        by_cells.append((max(wide) - CELLS.high, wide[0] + max(CELLS.low, size), i))
        if _has_spaces(a.lstrip(), wide[0]):
            by_words.append((max(wide), wide[0] + cells(body.split(None, 1)[0]), i))
    return by_chars, by_cells, by_words


def _reach(raw: str, measure: Measure) -> int:
    """Return how far a line goes."""
    return cells(raw) if measure.by_cells else len(raw)


def blocks_of(lines: Sequence[Line], limits: Limits) -> list[Block]:
    """Return the wrapped blocks, from the top; they do not overlap."""
    out: list[Block] = []
    first = 0
    for i in range(len(lines) + 1):
        if i < len(lines) and 0 < lines[i].cells <= limits.max_cells:
            continue
        if i - first > limits.min_full:
            out += _blocks_of_stretch(lines, first, i, limits)
        first = i + 1
    return out


def _blocks_of_stretch(lines: Sequence[Line], first: int, end: int, limits: Limits) -> list[Block]:
    """Return the wrapped blocks of a stretch without lines too wide: of those that overlap, the weightiest."""
    found: list[Block] = []
    for measure in (CHARS, CELLS, WORDS):
        widths = [width(line, measure) for line in lines[first:end]]
        least = limits.min_cells if measure.by_cells else limits.min_cells // 2
        for column in _columns(widths, measure, least, limits.min_full):
            start = 0
            for i in range(len(widths) + 1):
                if i < len(widths) and widths[i] <= column + measure.high:
                    continue
                if i - start > limits.min_full:
                    found += _blocks_of_run(lines, (first + start, first + i), column, measure, limits)
                start = i + 1
    found.sort(key=lambda block: (-block.weight, block.first))
    out: list[Block] = []
    taken = bytearray(end)
    for block in found:
        if taken.find(1, block.first, block.last + 1) < 0:
            taken[block.first : block.last + 1] = b"\1" * (block.last + 1 - block.first)
            out.append(block)
    return sorted(out)


def _blocks_of_run(
    lines: Sequence[Line], span: tuple[int, int], column: int, measure: Measure, limits: Limits
) -> Iterator[Block]:
    """Yield the wrapped block in a run, and the one below its first mark: what stands above may be plain text."""
    block = _block(lines, span, column, measure, limits)
    if block:
        yield block
    begin = next((i for i in range(*span) if lines[i].mark), span[1])
    if begin > span[0] and span[1] - begin > limits.min_full and (block is None or block.first < begin):
        below = _block(lines, (begin, span[1]), column, measure, limits)
        if below:
            yield below


def _columns(widths: Sequence[int], measure: Measure, least: int, min_full: int) -> list[int]:
    """Return the columns that most lines reach, the most reached first."""
    counts = Counter(widths)
    high = 0 if measure.words else measure.high
    reached = {
        column: sum(counts[width] for width in range(column - measure.low, column + high + 1))
        for column in counts
        if column >= least
    }
    out: list[int] = []
    order = reached if measure.words else _at_column(counts, measure)
    near = 1 if measure.words else 2 * measure.low
    for column in sorted(reached, key=lambda c: (-order[c], -reached[c], -c)):
        if len(out) == _COLUMNS:
            break
        if reached[column] >= min_full and all(abs(column - other) > near for other in out):
            out.append(column)
    return out


def _at_column(counts: Counter[int], measure: Measure) -> dict[int, int]:
    """Return how many lines end at a column: by cells one less is the column too, where a wide character had no room."""
    return {column: count + (counts[column - 1] if measure.by_cells else 0) for column, count in counts.items()}


def _block(
    lines: Sequence[Line], span: tuple[int, int], column: int, measure: Measure, limits: Limits
) -> Block | None:
    """Return the wrapped block in a run of lines that do not go past the column, if there is one."""
    run = range(*span)
    if measure.words:
        column = max(lines[i].cells for i in run)
        if column < limits.min_cells:
            return None
    reach = [i for i in run[:-1] if _is_full(lines, i, column, measure)]
    full = [i for i in reach if _may_go_on(lines[i], lines[i + 1])]
    if len(full) < limits.min_full or _is_unspaced(lines[full[0] : full[-1] + 2]) == measure.words:
        return None
    first, last = full[0], full[-1] + 1
    ended = set(full)
    open_ended = [i for i in range(first, last + 1) if not STOP.search(lines[i].body)]
    mid = sum(1 for i in open_ended if i in ended)
    could = sum(1 for i in range(first, last) if not lines[i + 1].mark)
    if mid < limits.mid_share * len(full) or len(full) < limits.full_share * could:
        return None
    share = len(full) / could
    layout = _layout(lines, (first, last), reach, share)
    # Lines that are not full end a paragraph, so they end a sentence; all the more where full lines are few.
    stray = sum(1 for i in open_ended if i not in ended and 2 * width(lines[i], measure) > column)
    strays = stray > (2 if share >= 0.9 else _STRAYS if share >= 0.6 else 0.1) * mid
    few = len(full) <= limits.min_full or mid < _MID_UNMARKED * len(full)
    few = few and not _is_one_paragraph(lines, full, column, measure)
    narrow = column < _NARROW_WORDS and (len(full) < 3 * _MANY or layout != _SURE)
    hits = _hits(lines, full, column, measure)
    if measure.words:
        verse = narrow or are_stanzas(lines, first, last)
    else:
        verse = hits < _HITS[layout] * len(full) or are_stanzas(lines, first, last)
    past = layout != _SURE and _goes_past(lines, span, column, measure)
    if verse or past or (not layout and (strays or few)):
        return None
    if not is_prose(lines, full, words=measure.words, sure=layout == _SURE):
        return None
    # Where the layout marks paragraphs, what looks like a list mark after an open end is part of the sentence.
    broken = [i for i in reach if first - 1 <= i <= last and _goes_on_in_item(lines[i], lines[i + 1])]
    if layout == _SURE:
        broken += _broken_beside(lines, reach, (first, last), column, measure)
    if layout and broken:
        full = sorted({*full, *broken})
    return _with_joins(lines, full, mid, column, measure, layout)


def _layout(lines: Sequence[Line], ends: tuple[int, int], reach: Sequence[int], share: float) -> int:
    """Return what blank lines and indents tell: nothing, that paragraphs are marked, or surely that lines were cut.

    It is sure where many lines go on without a mark, all of them full, and lines before a mark are mostly not.
    """
    marked = [i for i in range(*ends) if lines[i + 1].mark and not lines[i + 1].item]
    if share < _MARKED or not marked:
        return 0
    full = set(reach)
    short = sum(1 for i in marked if i not in full)
    return _SURE if len(reach) >= _MANY and 2 * short >= len(marked) else _LIKELY


def _hits(lines: Sequence[Line], full: Sequence[int], column: int, measure: Measure) -> int:
    """Return how many full lines end as a typesetter ends them: at the column, or one before it, or past it with a
    mark that hangs, or where the word that the next line begins with had no room.
    """
    out = 0
    for i in full:
        room = column - width(lines[i], measure)
        word = _WORD.match(lines[i + 1].body)
        out += room in {0, 1} or (END_MARK.search(lines[i].body) is not None if room < 0 else word is not None and len(word[0]) > room)
    return out


def _is_one_paragraph(lines: Sequence[Line], full: Sequence[int], column: int, measure: Measure) -> bool:
    """Return whether full lines in a row are one paragraph for sure, few as they are.

    It begins with an indent, every line of it ends at the column and in mid-sentence, and the one after ends it.
    """
    first, last = full[0], full[-1] + 1
    whole = last - first == len(full) == sum(1 for i in full if width(lines[i], measure) == column)
    open_ended = not any(STOP.search(lines[i].body) for i in full)
    return lines[first].indent > 0 and whole and open_ended and STOP.search(lines[last].body) is not None


def _goes_past(lines: Sequence[Line], span: tuple[int, int], column: int, measure: Measure) -> bool:
    """Return whether a line beside a run, without a mark between, goes past the column by a little: then it is none."""
    first, end = span
    beside = [lines[first - 1]] if first and not lines[first].mark else []
    beside += [lines[end]] if end < len(lines) and not lines[end].mark else []
    return any(column < width(line, measure) <= _LITTLE * column for line in beside)


def _with_joins(
    lines: Sequence[Line], full: Sequence[int], mid: int, column: int, measure: Measure, layout: int
) -> Block | None:
    """Return the block with the lines to join, if most of what they make ends as a paragraph does."""
    first, last = full[0], full[-1] + 1
    ended = set(full)
    ends = [i for i in range(first, last) if i not in ended]
    marked = sum(1 for i in ends if lines[i + 1].mark)
    unknown = marked < 0.8 * len(ends) or not any(lines[i].mark for i in range(first, last + 1))
    joins = tuple(full)
    if unknown:
        joins = tuple(i for i in full if not STOP.search(lines[i].body) or lines[i + 1].body[0].islower())
    if layout:
        joins = _inside(lines, joins, first, last, column if measure.by_cells else 2 * column)
    starts = set(joins)
    tails = [i + 1 for i in joins if i + 1 not in starts]
    open_tails = sum(1 for i in tails if not STOP.search(lines[i].body))
    if layout != _SURE and open_tails > max((0.6 if layout else 0.4) * len(tails), 0.1 * len(joins)):
        return None
    weight = len(full)
    if measure.words:
        broken = _breaks_words(lines, full, column)
        joins, unknown = () if broken else joins, unknown or broken
    else:
        weight = sum(1 for i in full if column - measure.by_cells <= width(lines[i], measure) <= column)
    return Block(first, last, weight, joins, column, measure, unknown, len(full), mid)


def _inside(
    lines: Sequence[Line], joins: Sequence[int], first: int, last: int, column: int
) -> tuple[int, ...]:
    """Return the joins of a block whose paragraphs are marked, less those at its ends that may be of plain text beside.

    Below another line, without a mark, only the last paragraph before a mark is taken, from an open end on: lines
    above it may be plain.  Above another line, without a mark, an open end may be a headline, unless what follows is
    one: then what comes before it went on.
    """
    begin, end = first, last
    if first and not lines[first].mark:
        known = set(joins)
        mark = next((i for i in range(first, last) if lines[i + 1].mark), last)
        begin = mark
        for i in range(mark - 1, first - 1, -1):
            if i not in known:
                break
            begin = begin if STOP.search(lines[i].body) else i
    if last + 1 < len(lines) and not lines[last + 1].mark and not STOP.search(lines[last].body):
        after = lines[last + 1]
        headline = 0 < after.cells <= column and not STOP.search(after.body)
        end = last if headline and not STOP.search(lines[last - 1].body) else last - 1
    return tuple(i for i in joins if begin <= i < end)


def _may_go_on(a: Line, b: Line) -> bool:
    """Return whether nothing in the layout keeps a paragraph from going on from `a` to `b`."""
    return not b.mark and not _UNJOINABLE.match(b.body) and not _TABULAR.search(a.body)


def _goes_on_in_item(a: Line, b: Line) -> bool:
    """Return whether a line that seems to begin with a list mark is the rest of an open sentence."""
    return b.item and not a.item and not STOP.search(a.body) and not _TABULAR.search(a.body)


def _broken_beside(
    lines: Sequence[Line], reach: Sequence[int], ends: tuple[int, int], column: int, measure: Measure
) -> list[int]:
    """Return the lines beside a block that end at its column and are the first of two between marks, the second of
    which seems to begin with a list mark.
    """
    return [
        i
        for i in reach
        if not ends[0] - 1 <= i <= ends[1]
        and width(lines[i], measure) == column
        and _goes_on_in_item(lines[i], lines[i + 1])
        and (i == 0 or lines[i].mark)
        and (i + 2 == len(lines) or lines[i + 2].mark)
    ]


def _is_full(lines: Sequence[Line], i: int, column: int, measure: Measure) -> bool:
    """Return whether what the next line begins with had no room in line `i`, which goes half the way at least."""
    a, b = lines[i], lines[i + 1].body
    reach = width(a, measure)
    if 2 * reach < column:
        return False
    if measure.words:
        return _has_spaces(a.body, a.cells) and reach + 1 + cells(b.split(None, 1)[0]) > column
    if reach >= column - measure.low:
        return True
    word = _WORD.match(b)
    return word is not None and reach + len(word[0]) > column


def _has_spaces(body: str, reach: int) -> bool:
    """Return whether words in a line are divided by spaces: most of it is not wide, or it has Hangul."""
    return 2 * (reach - len(body)) < len(body) or _HANGUL.search(body) is not None


def _is_unspaced(lines: Sequence[Line]) -> bool:
    """Return whether words are written without spaces between them: Chinese and Japanese."""
    wide = sum(line.cells - line.chars for line in lines)
    if wide <= 0.3 * sum(line.chars for line in lines):
        return False
    return 2 * sum(len(_HANGUL.findall(line.body)) for line in lines) < wide


def _breaks_words(lines: Sequence[Line], full: Sequence[int], column: int) -> bool:
    """Return whether lines of Hangul are all of one width: then words were broken, nobody knows where."""
    near = sum(1 for i in full if lines[i].cells >= column - 1)
    return near > 0.8 * len(full) and any(_HANGUL.search(lines[i].body) for i in full)
