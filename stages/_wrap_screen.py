"""A quick and exact test for whether a text may have wrapped lines at all: most have none, and the search is dear.

Knows how `stages._wrap` measures whether a line is full, and bounds the columns at which one can be.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from stages._lines import CELLS, CHARS, WORD, WORDS, Measure, cells
from stages._wrap import HANGUL, has_spaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stages._wrap_doubt import Limits

_TOO_MANY: Final = 60  # lines that may be full, beyond which the quick test says yes
#: The last characters of lines that may be open-ended: all but sure sentence ends.
_SURE_END: Final = frozenset("。！？!?.…．｡:：;；")


def may_be_wrapped(text: str, limits: Limits) -> bool:
    """Return False where no block can be in a text: a quick and exact test, for most texts have none.

    The next line of a full one goes no further than the column, so both bound the columns at which a line can be
    full; a block needs one column for `min_full` lines of one stretch, and the share `mid_share` of them open.
    """
    longest = limits.max_cells
    lines = [raw for raw in text.split("\n") if raw and (len(raw) > longest or not raw.isspace())]
    cuts = [i for i, raw in enumerate(lines) if len(raw) > longest]
    need_open = limits.min_full * limits.mid_share
    for before, end in pairwise([-1, *cuts, len(lines)]):
        if end - before - 1 > limits.min_full:
            stretch = lines[before + 1 : end]
            opened = [raw for raw in stretch[:-1] if raw[-1] not in _SURE_END]  # most texts end here
            if len(opened) >= need_open:
                pairs = _may_be_full(stretch, text)
                enough = len(pairs) >= limits.min_full and _open_ended(stretch, pairs) >= need_open
                if enough and _have_a_column(stretch, pairs, limits):
                    return True
    return False


def _open_ended(stretch: Sequence[str], numbers: Sequence[int]) -> int:
    """Return how many of the lines end in what is no sure end of a sentence."""
    return sum(stretch[i][-1] not in _SURE_END for i in numbers)


def _may_be_full(stretch: Sequence[str], text: str) -> list[int]:
    """Return the lines of a stretch of `text` that may be full: the next one has room at the column."""
    hangul: bool | None = None  # looked for where it matters
    pairs: list[int] = []
    for i, (raw, after) in enumerate(pairwise(stretch)):
        room, size = 4 * len(raw) + 4, len(after)
        if size > room:
            continue
        if size > room // 2 + 5 and after.lstrip()[0] >= "\u2e80":
            hangul = HANGUL.search(text) is not None if hangul is None else hangul
            if not hangul:
                continue
        pairs.append(i)
    return pairs


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
        word = WORD.match(body)
        size = len(word[0]) - 1 if word else 0
        by_chars.append((max(chars) - CHARS.high, chars[0] + max(CHARS.low, size), i))
        by_cells.append((max(wide) - CELLS.high, wide[0] + max(CELLS.low, size), i))
        if has_spaces(a.lstrip(), wide[0]):
            by_words.append((max(wide), wide[0] + cells(body.split(None, 1)[0]), i))
    return by_chars, by_cells, by_words


def _reach(raw: str, measure: Measure) -> int:
    """Return how far a line goes."""
    return cells(raw) if measure.by_cells else len(raw)
