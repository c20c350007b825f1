r"""Where lines were hard-wrapped: the blocks of them that were cut at a column.

Knows nothing of edits; `stages.segment` joins what is found here.

Evidence.  A block is a run of lines that never go past a column.  A line is full where what the next one begins
with had no room in it.  In prose that was wrapped full lines end in mid-sentence, punctuation falls anywhere and
not at the ends of lines, and lines that are not full end a paragraph.  Where paragraphs are marked (an indent, a
blank line) nearly every line without a mark after it is full: then the layout itself says that it was wrapped.
Source of the numbers: rewrapped articles and made lists, verse and tables (`tests/quality/text_segment.py`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from stages._late import late
from stages._lines import CELLS, CHARS, WORD, WORDS, Line, Measure, cells, width
from stages._prose import STOP, following, have_refrain, is_prose
from stages._wrap_doubt import LIKELY, MANY, SURE, Found, Limits, is_doubtful

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    layout: int  # what blank lines and indents tell


_COLUMNS: Final = 6  # columns tried in a run of lines, the most reached ones
_MARKS: Final = 3  # of fewer the layout is not sure
_MARKED: Final = 0.9  # with marks, of the lines that could go on in the next so many are full

HANGUL: Final = late(r"[\u1100-\u115f\u3131-\u318e\uac00-\ud7a3]")
_RULE: Final = r"([-=*_~#\u00b7\u2014\u2500\uff0a\uff0d\uff1d])(?:\s*\1){2,}\s*$"
#: Scripts without spaces between words that are not wide: where a line may be joined is not known.
#: And rules across the page.
_UNJOINABLE: Final = late(rf"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|{_RULE}")
_HANGS: Final = late(r"[，。、；：！？,.;:!?…\"'”’)）」』》】\]]\s*$")
_TABULAR: Final = late(rf"\t| {{3,}}|\|.*\||^{_RULE}")


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
    after = following(lines) if out else {}
    return [block for block in out if block.layout == SURE or not have_refrain(lines, block.joins, after)]


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
                    block = _block_of_run(lines, (first + start, first + i), column, measure, limits)
                    found += [block] if block else []
                start = i + 1
    found.sort(key=lambda block: (-block.weight, block.first))
    out: list[Block] = []
    taken = bytearray(end)
    for block in found:
        if taken.find(1, block.first, block.last + 1) < 0:
            taken[block.first : block.last + 1] = b"\1" * (block.last + 1 - block.first)
            out.append(block)
    return sorted(out)


def _block_of_run(
    lines: Sequence[Line], span: tuple[int, int], column: int, measure: Measure, limits: Limits
) -> Block | None:
    """Return the wrapped block in a run of lines: the part below the first mark, where only that has marks that tell.

    What stands above, without a mark before it, is plain text then.
    """
    block = _block(lines, span, column, measure, limits)
    if block is None or block.layout or not block.first or lines[block.first].mark:
        return block
    begin = next((i for i in range(block.first, block.last) if lines[i].mark), block.last)
    below = _block(lines, (begin, span[1]), column, measure, limits)
    return below if below and below.layout else block


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
    """Return how many lines end at a column: by cells one less is it too, where a wide character had no room."""
    return {
        column: count + (counts[column - 1] if measure.by_cells else 0) for column, count in counts.items()
    }


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
    layout = _layout(lines, full, reach, share)
    found = Found(lines, span, full, open_ended, column, measure, layout, share)
    if is_doubtful(found, limits) or not is_prose(lines, full, words=measure.words, sure=layout == SURE):
        return None
    if layout:
        full = _with_broken(lines, reach, full, column, measure, layout)
    return _with_joins(lines, full, mid, column, measure, layout)


def _with_broken(
    lines: Sequence[Line], reach: Sequence[int], full: list[int], column: int, measure: Measure, layout: int
) -> list[int]:
    """Return the full lines with those whose next one only seems to begin with a list mark, after an open end.

    Beside the block, where the layout is sure, only those that end at its column and have marks about the two lines.
    """
    first, last = full[0], full[-1] + 1
    broken = [i for i in reach if _goes_on_in_item(lines[i], lines[i + 1])]
    inside = [i for i in broken if first - 1 <= i <= last]
    at = {column, column - measure.by_cells}
    beside = [
        i
        for i in broken
        if layout == SURE
        and width(lines[i], measure) in at
        and (i == 0 or lines[i].mark)
        and (i + 2 == len(lines) or lines[i + 2].mark)
    ]
    return sorted({*full, *inside, *beside})


def _layout(lines: Sequence[Line], full: Sequence[int], reach: Sequence[int], share: float) -> int:
    """Return what blank lines and indents tell: nothing, that paragraphs are marked, or surely that lines were cut.

    It is sure where many lines go on without a mark, all of them full, and lines before a mark are mostly not; but
    not where paragraphs, few or of few lines, stop in mid-sentence, as verse does: of fewer where none is as long.
    """
    first, last = full[0], full[-1] + 1
    marked = [i for i in range(first, last) if lines[i + 1].mark and not lines[i + 1].item]
    if share < _MARKED or not marked:
        return 0
    ended, reached = set(full), set(reach)
    long = sum(1 for i in marked if i in reached)
    if 2 * long > len(marked):
        return 0 if len(full) < MANY else LIKELY
    if len(full) < MANY or len(marked) < _MARKS:
        return LIKELY
    tails = [i for i in marked if i - 1 in ended]
    open_tails = sum(1 for i in tails if not STOP.search(lines[i].body))
    most = 3 * len(tails) if 4 * long > len(marked) else 1.5 * len(tails)
    alike = len(tails) < _MARKS or len(full) < most
    return LIKELY if alike and 2 * open_tails >= len(tails) > 0 else SURE


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
    if layout != SURE and open_tails > max((0.6 if layout else 0.4) * len(tails), 0.1 * len(joins)):
        return None
    weight = len(full)
    if measure.words:
        broken = _breaks_words(lines, full, column)
        joins, unknown = () if broken else joins, unknown or broken
    else:
        weight = sum(1 for i in full if column - measure.by_cells <= width(lines[i], measure) <= column)
    return Block(first, last, weight, joins, column, measure, unknown, len(full), mid, layout)


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


def _is_full(lines: Sequence[Line], i: int, column: int, measure: Measure) -> bool:
    """Return whether what the next line begins with had no room in line `i`, which goes half the way at least.

    Past the column only a mark hangs.
    """
    a, b = lines[i], lines[i + 1].body
    reach = width(a, measure)
    if 2 * reach < column:
        return False
    if measure.words:
        return has_spaces(a.body, a.cells) and reach + 1 + cells(b.split(None, 1)[0]) > column
    if reach >= column - measure.low:
        return reach <= column or _HANGS.search(a.body) is not None
    word = WORD.match(b)
    return word is not None and reach + len(word[0]) > column


def has_spaces(body: str, reach: int) -> bool:
    """Return whether words in a line are divided by spaces: most of it is not wide, or it has Hangul."""
    return 2 * (reach - len(body)) < len(body) or HANGUL.search(body) is not None


def _is_unspaced(lines: Sequence[Line]) -> bool:
    """Return whether words are written without spaces between them: Chinese and Japanese."""
    wide = sum(line.cells - line.chars for line in lines)
    if wide <= 0.3 * sum(line.chars for line in lines):
        return False
    return 2 * sum(len(HANGUL.findall(line.body)) for line in lines) < wide


def _breaks_words(lines: Sequence[Line], full: Sequence[int], column: int) -> bool:
    """Return whether lines of Hangul are all of one width: then words were broken, nobody knows where."""
    near = sum(1 for i in full if lines[i].cells >= column - 1)
    return near > 0.8 * len(full) and any(HANGUL.search(lines[i].body) for i in full)
