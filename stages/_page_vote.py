"""Which blocks of a page are its article, as several extractors vote.

In: the blocks of a page in order, and the lines that each extractor answered with.  Out: the blocks that stand.
Order: not a stage; read by `stages.extract`.
Source: weights tried on 324 pages of our own and on 130 saved pages (`tests/quality/text_extract.py`, seeds 1 and 2).
A vote on blocks instead of a choice among whole answers raised the F1 of Chinese pages from .949 to .987 and of English
ones from .970 to .982, since an answer with two paragraphs missing and one with a list of links too many correct each
other.  The text is always the page's own: no extractor's white space, order or spelling gets into it.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from stages._page import Block

_GRAM: Final = 4
_SURE_CHARS: Final = 8  # a block this long that stands anywhere in an answer was taken
_GRAM_CHARS: Final = 30  # a block this long was taken if most of its grams stand in an answer
_GRAM_SHARE: Final = 0.85
_MANY: Final = 3000  # blocks of a page from which on the grams alone decide
_PROSE_CHARS: Final = 40  # a block this long is prose if it is not links
_PROSE_LINKED: Final = 0.3
_LINE_CHARS: Final = 20  # the least length of a block that one vote brings in from among its siblings
_LIST_LINKED: Final = 0.6  # from here on a block is a link
_HEAD_LINKED: Final = 0.9  # a block above a teaser is its headline, and a link
_TEASERS: Final = 3
_INSIDE_LINKED: Final = 0.5  # one vote inside the article is enough for a block that is not
_MOST: Final = (
    2 / 3
)  # of the text with two votes: an answer in one piece with so much of it has found the article
_HEADINGS: Final = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_SLIDE: Final = re.compile(r"(\d{1,3}) ?/ ?(\d{1,3})(?!\d)")  # which picture of how many
_SLIDES: Final = 3
_LEAD_CHARS: Final = 100  # a paragraph above the article, in a home of its own, that leads to it ...
_LEAD_NEAR: Final = 4  # ... at most so many blocks above: a picture, its caption, a date


@dataclass(frozen=True, slots=True)
class Ballot:
    """The blocks that one extractor took: one flag a block."""

    taken: tuple[bool, ...]
    alone: bool  # whether its single vote counts: an extractor that takes comments has none
    whole: bool = False  # whether its answer is one piece of the page


def match(page: Sequence[Block], lines: Sequence[str], *, alone: bool, whole: bool = False) -> Ballot:
    """Return the blocks of the page that the lines of an answer hold.

    A text that stands more often in the page than in the answer is taken where it is next to others that are.
    """
    keys = ["".join(block.text.split()) for block in page]
    answer = ["".join(line.split()) for line in lines]
    there, here = Counter(answer), Counter(keys)
    joined = "".join(answer)
    grams: set[str] = set()
    many = len(page) > _MANY  # a search in the whole answer for each block would then take far too long
    taken = []
    for key, block in zip(keys, page, strict=True):
        held = key in there
        if not held and block.linked < _HEAD_LINKED and len(key) >= _SURE_CHARS:
            held = not many and key in joined
            parts = (key[:_SURE_CHARS], key[len(key) // 2 :][:_SURE_CHARS], key[-_SURE_CHARS:])
            if not held and (many or (len(key) >= _GRAM_CHARS and any(part in joined for part in parts))):
                grams = grams or {joined[i : i + _GRAM] for i in range(len(joined) - _GRAM + 1)}
                own = [key[i : i + _GRAM] for i in range(len(key) - _GRAM + 1)]
                share = _GRAM_SHARE if len(key) >= _GRAM_CHARS else 1.0
                held = sum([gram in grams for gram in own]) >= share * len(own)
        taken.append(held)
    unclear = [i for i, key in enumerate(keys) if taken[i] and here[key] > max(1, there[key])]
    for i in unclear:
        taken[i] = False
    sure = [i for i, yes in enumerate(taken) if yes]
    left = {key: max(1, there[key]) for key in {keys[i] for i in unclear}}
    for i in sorted(unclear, key=lambda i: (_distance(i, sure), i)):
        taken[i] = left[keys[i]] > 0
        left[keys[i]] -= 1
    return Ballot(tuple(taken), alone, whole)


def _distance(at: int, sure: Sequence[int]) -> int:
    right = bisect(sure, at)
    return min((abs(at - sure[i]) for i in (right - 1, right) if 0 <= i < len(sure)), default=at)


def agreement(page: Sequence[Block], one: Sequence[bool], other: Sequence[bool]) -> float:
    """Return the F1, in characters of the page, of two choices of its blocks; 0 where there is none."""
    sizes = [len(block.text) for block in page]
    both = sum(size for size, a, b in zip(sizes, one, other, strict=True) if a and b)
    total = sum(size * (a + b) for size, a, b in zip(sizes, one, other, strict=True))
    return 2 * both / total if total else 0.0


def choose(page: Sequence[Block], ballots: Sequence[Ballot]) -> list[bool]:
    """Return which blocks stand: those that two extractors took, and what belongs between and beside them.

    A lone answer stands as it is.  A list of links outside the article needs every vote.  Inside it, from the first
    to the last prose with two votes, one vote is enough, of a link if it has its home with prose of the article, and a
    caption needs none.  Outside it, a single vote brings in prose and headings that have such a home, and a lead.
    """
    votes = [sum(row) for row in zip(*(ballot.taken for ballot in ballots), strict=True)]
    if len(ballots) < 2:
        return [vote > 0 for vote in votes]
    kept = [vote >= 2 for vote in votes]
    core = [i for i, yes in enumerate(kept) if yes and is_prose(page[i])] or [
        i for i, yes in enumerate(kept) if yes
    ]
    if not core:
        return kept
    homes = {page[i].home for i in core}
    leads = _leads(page, ballots, core[0])
    dropped = _teasers(page) | _beyond(page, ballots, core, homes) | _slides(page, ballots)
    for i, block in enumerate(page):
        inside, near = core[0] <= i <= core[-1], block.home in homes
        line = len(block.text) >= _LINE_CHARS or (not inside and block.tag in _HEADINGS)
        if kept[i]:
            kept[i] = inside or votes[i] == len(ballots) or block.linked <= _LIST_LINKED
        elif block.linked < _PROSE_LINKED and near and line:
            kept[i] = votes[i] > 0 if inside else _alone(i, ballots)
        if not kept[i] and inside:
            text = block.linked < _INSIDE_LINKED
            kept[i] = ((text or near) and _alone(i, ballots)) or (text and block.tag == "figcaption")
        kept[i] = (kept[i] or i in leads) and i not in dropped
    return kept


def _beyond(
    page: Sequence[Block], ballots: Sequence[Ballot], core: Sequence[int], homes: AbstractSet[int]
) -> frozenset[int]:
    """Return the short lines of other homes before and after an answer in one piece that holds most of the core.

    Prose there stands by its votes: on some saved pages it was the article's.
    """
    for ballot in ballots:
        held = [i for i in core if ballot.taken[i]] if ballot.whole else []
        if held and _size(page, held) >= _MOST * _size(page, core):
            outside = (*range(held[0]), *range(held[-1] + 1, len(page)))
            strange = [i for i in outside if page[i].home not in homes and not is_prose(page[i])]
            return frozenset(i for i in strange if not ballot.taken[i])
    return frozenset()


def _slides(page: Sequence[Block], ballots: Sequence[Ballot]) -> frozenset[int]:
    """Return the homes of pictures numbered "1/50" that an answer in one piece leaves out and goes on below.

    They are a gallery set into the article; where the gallery is the article, that answer holds it.
    """
    found: dict[tuple[int, int], dict[int, int]] = {}  # home and how many → which picture → its first block
    for i, block in enumerate(page):
        number = _SLIDE.match(block.text) if block.tag in _HEADINGS else None
        if number and 0 < int(number[1]) <= int(number[2]):
            found.setdefault((block.home, int(number[2])), {}).setdefault(int(number[1]), i)
    out: set[int] = set()
    for (home, _), slides in found.items():
        inside = [i for i in range(min(slides.values()), len(page)) if page[i].home == home]
        for ballot in ballots:
            held = (
                [i for i, yes in enumerate(ballot.taken) if yes and is_prose(page[i])] if ballot.whole else []
            )
            around = held and held[0] < inside[0] and inside[-1] < held[-1]
            if len(slides) >= _SLIDES and around and not any(ballot.taken[i] for i in inside):
                out.update(inside)
    return frozenset(out)


def _leads(page: Sequence[Block], ballots: Sequence[Ballot], first: int) -> frozenset[int]:
    """Return the long paragraphs without links right above the article that an answer in one piece took as its own."""
    near = [
        i
        for i in range(max(0, first - _LEAD_NEAR), first)
        if len(page[i].text) >= _LEAD_CHARS and not page[i].linked
    ]
    return frozenset(i for i in near if any(ballot.whole and ballot.taken[i] for ballot in ballots))


def _size(page: Sequence[Block], chosen: Sequence[int]) -> int:
    return sum(len(page[i].text) for i in chosen)


def _teasers(page: Sequence[Block]) -> frozenset[int]:
    """Return the blocks that begin another story: cut off by an ellipsis, right below a link, at least three a page."""
    found = [
        i + 1
        for i, (above, block) in enumerate(pairwise(page))
        if above.linked > _HEAD_LINKED and block.text.endswith(("…", "...")) and block.linked < _PROSE_LINKED
    ]
    return frozenset(found if len(found) >= _TEASERS else ())


def _alone(at: int, ballots: Sequence[Ballot]) -> bool:
    return any(ballot.taken[at] for ballot in ballots if ballot.alone)


def is_prose(block: Block) -> bool:
    """Return whether a block is long, and not a list of links."""
    return len(block.text) >= _PROSE_CHARS and block.linked < _PROSE_LINKED
