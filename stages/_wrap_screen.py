"""A quick and exact test for whether a text may have wrapped lines at all: most have none, and the search is dear.

Knows how `stages._wrap` measures whether a line is full, and bounds the columns at which one can be.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from stages._lines import CELLS, CHARS, WORDS, Measure, cells
from stages._wrap import HANGUL, WORD, has_spaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stages._wrap import Limits

_TOO_MANY: Final = 60  # lines that may be full, beyond which the quick test says yes
#: The last characters of lines that may be open-ended: all but sure sentence ends.
_SURE_END: Final = frozenset("。！？!?.…．｡:：;；")


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
                hangul = HANGUL.search(text) is not None if hangul is None else hangul
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
