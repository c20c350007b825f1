"""Copies: which parts of one document are copies of one article, and which of them is the most complete.

In: the tokens of a document and the chains of equal runs in them.  Out: token ranges.  Used by `collapse` alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from stages._runs import Chain
from stages.align import grams
from stages.model import Paragraph, Role, Span, Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from stages.model import Repeat

#: What the line of a numbered item begins with.
_ITEM: Final = re.compile(r"[（(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})(?:[、．）)]|\.(?!\d))")
_FUZZ: Final = 4  # tokens by which the ends of a repeat may differ in their distance to a paragraph's end
_GRAM: Final = 4  # tokens; what places a paragraph of a copy in the other one
_WAYS: Final = 3  # ways to divide a text into copies that are tried


@dataclass(frozen=True, slots=True)
class CopyRule:
    """What makes a range a copy; the values are those of the settings."""

    share: float  # of the shorter copy that must repeat
    least: int  # tokens in the shorter copy
    line: int  # tokens in its longest line


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The tokens that take part: `at` are indexes into `key`, `of` the paragraph of each; neither ever falls.

    There is a token for nearly every character, so the columns have four bytes a token.
    """

    text: str
    paragraphs: tuple[Paragraph, ...]
    starts: NDArray[np.int64]  # of paragraphs, in characters
    key: Tokens
    at: NDArray[np.int32]
    of: NDArray[np.int32]
    firsts: NDArray[np.int64]  # the first token of each paragraph, and how many there are, twice
    headings: NDArray[np.int64]  # of the paragraphs before each one
    numbered: NDArray[np.int64]  # the same, of those that begin a numbered item

    def without(self, cuts: Sequence[Span]) -> Body:
        """Return the body less the tokens inside `cuts`, which may overlap."""
        starts = self.key.starts[self.at]
        begun, over = (
            np.searchsorted(np.sort(np.array(edges, dtype=np.int64)), starts, side="right")
            for edges in ([c.start for c in cuts], [c.end for c in cuts])
        )
        keep = begun == over
        of = self.of[keep]
        left = np.bincount(of, minlength=len(self.paragraphs)) > 0
        headings, numbered = (_before(np.diff(marks) * left) for marks in (self.headings, self.numbered))
        firsts = _firsts(of, len(self.paragraphs))
        return replace(self, at=self.at[keep], of=of, firsts=firsts, headings=headings, numbered=numbered)

    def counts(self, first: int, last: int) -> tuple[int, int]:
        """Return how many headings, and how many numbered items, tokens first..last have a part of."""
        if first >= last:
            return 0, 0
        low, high = int(self.of[first]), int(self.of[last - 1]) + 1
        return int(self.headings[high] - self.headings[low]), int(self.numbered[high] - self.numbered[low])

    def paragraph(self, number: int) -> tuple[int, int]:
        """Return the range of the tokens of one paragraph, which may be empty; none is before the first one."""
        return (int(self.firsts[number]), int(self.firsts[number + 1])) if number >= 0 else (0, 0)

    def owner(self, token: int) -> int:
        """Return the paragraph of a token of `key`."""
        return int(np.searchsorted(self.starts, self.key.starts[token], side="right")) - 1

    def weight(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the characters of each token of a range."""
        at = self.at[first:last]
        return self.key.ends[at] - self.key.starts[at]

    def tokens(self, first: int, last: int) -> Tokens:
        at = self.at[first:last]
        key = self.key
        return Tokens(key.hashes[at], key.starts[at], key.ends[at], key.kinds[at])

    def span(self, first: int, last: int) -> Span:
        """The characters from the first to the last token of a range."""
        return Span(int(self.key.starts[self.at[first]]), int(self.key.ends[self.at[last - 1]]))

    def range(self, span: Span) -> tuple[int, int]:
        """Return the tokens from the first to the last that start within a span."""
        first, last = np.searchsorted(self.key.starts[self.at], (span.start, span.end))
        return int(first), int(last)

    def lines(self, first: int, last: int) -> tuple[int, int]:
        head, tail = int(self.of[first]), int(self.of[last - 1])
        return self.paragraphs[head].first_line, self.paragraphs[tail].last_line


def body_of(text: str, paragraphs: tuple[Paragraph, ...], key: Tokens) -> Body:
    """Return the body of a text: its tokens without those of furniture."""
    starts = np.array([p.start for p in paragraphs], dtype=np.int64)
    owner = (np.searchsorted(starts, key.starts, side="right") - 1).astype(np.int32)
    at = np.flatnonzero(taking_part(paragraphs, key)).astype(np.int32)
    headings = _before([p.role is Role.HEADING for p in paragraphs])
    numbered = _before([_ITEM.match(text, p.start) is not None for p in paragraphs])
    of = owner[at]
    return Body(text, paragraphs, starts, key, at, of, _firsts(of, len(paragraphs)), headings, numbered)


def _firsts(of: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return where the tokens of each of `count` paragraphs begin, and of two that would come after them."""
    return np.asarray(of.searchsorted(np.arange(count + 2, dtype=of.dtype)), dtype=np.int64)


def taking_part(paragraphs: Sequence[Paragraph], key: Tokens) -> NDArray[np.bool_]:
    """Return whether each token takes part: those of furniture do not."""
    out = np.ones(len(key), dtype=np.bool_)
    for n, paragraph in enumerate(paragraphs):
        if paragraph.role is Role.FURNITURE:
            ends = [p.start for p in paragraphs[n + 1 : n + 2]]
            first, *last = key.starts.searchsorted([paragraph.start, *ends]).tolist()
            out[first : last[0] if last else None] = False
    return out


def _before(marks: ArrayLike) -> NDArray[np.int64]:
    """Return how many paragraphs before each one are marked."""
    sums: NDArray[np.int64] = np.r_[0, np.cumsum(marks, dtype=np.int64)]
    return sums


def paragraph_ranges(owner: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Return where the tokens of each paragraph stand, of tokens with these paragraphs."""
    edges = [0, *((owner[1:] != owner[:-1]).nonzero()[0] + 1).tolist(), int(owner.size)]
    return list(pairwise(edges)) if owner.size else []


def snapped(chain: Chain, body: Body) -> Chain:
    """Return a chain with its ends at the ends of paragraphs, where both sides are as far from them.

    Words that the text uses often, and edits, hide the first and last tokens of a repeat from its runs.
    """
    a0, a1, b0, b1 = chain.a0, chain.a1, chain.b0, chain.b1
    before_a, before_b = (at - body.paragraph(int(body.of[at]))[0] for at in (a0, b0))
    if abs(before_a - before_b) <= _FUZZ and before_b <= 40:
        a0, b0 = a0 - before_a, b0 - before_b
    (start_a, end_a), (start_b, end_b) = (body.paragraph(int(body.of[at - 1])) for at in (a1, b1))
    inside_a, inside_b = a1 - start_a, b1 - start_b
    after_a, after_b = end_a - a1, end_b - b1
    if inside_a == inside_b < min(10, after_b):  # the first words of what follows are alike, no more
        a1, b1 = a1 - inside_a, b1 - inside_b
    elif abs(after_a - after_b) <= _FUZZ and after_b <= 40:
        a1, b1 = a1 + after_a, b1 + after_b
    return replace(chain, a0=a0, a1=min(a1, b0), b0=b0, b1=b1) if a0 < min(a1, b0) else chain


def copy_regions(found: list[Chain], body: Body, rule: CopyRule) -> list[tuple[int, int]]:
    """Return the token ranges of the copies of one article, in order, or nothing.

    A second range counts as a copy when nearly all of the shorter one repeats, and either the first range
    stands at the start of the text (so the shorter is a cut copy) or both repeat nearly whole.  All copies must
    be of one article, and make up half of the text.
    """
    total = int(body.at.size)
    largest = max(c.matched for c in found)
    majors = [c for c in found if c.matched >= 0.3 * largest]
    while majors:
        points = _merge_points([c.a0 for c in majors] + [c.b0 for c in majors], body)
        regions = list(zip(points, [*points[1:], total], strict=True))
        good = [c for c in majors if _is_copy(c, regions, body, rule)]
        if len(good) == len(majors):
            covered = np.zeros(total, dtype=bool)
            for c in good:
                covered[c.a0 : c.a1] = covered[c.b0 : c.b1] = True
            return regions if _one_article(good, regions) and 2 * int(covered.sum()) >= total else []
        majors = good
    return []


def _region(regions: list[tuple[int, int]], at: int) -> int:
    return max(bisect_right(regions, at + 30, key=itemgetter(0)) - 1, 0)


def _one_article(found: list[Chain], regions: list[tuple[int, int]]) -> bool:
    """Say whether the chains link all regions with each other."""
    parent = list(range(len(regions)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = n = parent[parent[n]]
        return n

    groups = len(regions)
    for chain in found:
        low, high = sorted((root(_region(regions, chain.a0)), root(_region(regions, chain.b0))))
        groups -= low != high
        parent[high] = low
    return groups == 1


def _merge_points(points: list[int], body: Body) -> list[int]:
    """Return the sorted points, of which those that nearly coincide are one: the ends of chains are fuzzy.

    Of such points the first that starts a paragraph stands for all.
    """
    total = int(body.at.size)
    near = min(30, max(2, total // 50))
    owner = body.of
    out: list[int] = []
    for point in sorted(points):
        if not out or point - out[-1] > near:
            out.append(point)
        elif out[-1] and owner[out[-1]] == owner[out[-1] - 1] and owner[point] != owner[point - 1]:
            out[-1] = point
    return out


def _is_copy(chain: Chain, regions: list[tuple[int, int]], body: Body, rule: CopyRule) -> bool:
    first, second = regions[_region(regions, chain.a0)], regions[_region(regions, chain.b0)]
    if first == second or not chain.a1 <= first[1] + 30 or not chain.b1 <= second[1] + 30:
        return False
    size_a, size_b = first[1] - first[0], second[1] - second[0]
    span_a, span_b = chain.a1 - chain.a0, chain.b1 - chain.b0
    share = rule.share
    shorter = span_a if size_a <= size_b else span_b
    if shorter < share * min(size_a, size_b) or min(size_a, size_b) < rule.least:
        return False
    owner = body.of[chain.b0 : chain.b1]
    if int(np.bincount(owner - owner[0]).max()) < rule.line:
        return False
    both = span_a >= share * size_a and span_b >= share * size_b
    return (both or bool(_at_head(np.array([chain.a0]), body)[0])) and not _in_items(chain, body, both=both)


def _in_items(chain: Chain, body: Body, *, both: bool) -> bool:
    """Say whether a repeat stands in two items of a bulletin: it has no head of its own, but one lies between.

    A repeat that begins with the headline of the text is of the whole text.  Where no item has a number, the line
    before the repeat may be the headline of a copy that was given another one.
    """
    numbers = [_ITEM.match(body.text, body.paragraphs[int(body.of[at])].start) for at in (chain.a0, chain.b0)]
    if numbers[0] and numbers[1] and numbers[0].group() != numbers[1].group():
        return True
    own, between = body.counts(chain.b0, chain.b1), body.counts(chain.a1, chain.b0)
    if chain.a0 == 0 and body.counts(chain.b0, chain.b0 + 1)[0]:
        return False
    if between[1] and not own[1]:
        return True
    headed = between[0] and not body.counts(max(chain.a1, chain.b0 - 1), chain.b0)[0]
    return bool(not both and headed and not own[0])


def are_items(
    body: Body, halves: list[tuple[int, int]], removed: tuple[int, int], repeats: Sequence[Repeat]
) -> bool:
    """Say whether two halves are items: a heading or number of the removed one would stay, or lies between."""
    gone = [body.counts(*body.range(cut)) for r in repeats for cut in r.cuts]
    if body.counts(*removed) != (sum(h for h, _ in gone), sum(n for _, n in gone)):
        return True
    firsts = [min(body.range(r.kept), body.range(r.removed)) for r in repeats]
    if not firsts:
        return False
    chain = Chain(min(a for a, _ in firsts), max(a for _, a in firsts), *halves[1], 0)
    return _in_items(chain, body, both=False)


def second_starts(rows: NDArray[np.int64], body: Body, rule: CopyRule) -> list[list[tuple[int, int]]]:
    """Return the likeliest ways to divide the text, at a paragraph, into two copies.

    A second copy starts with the paragraph in which the head of the text stands again, or with the one that is
    as far before it as the repeated words are from the head: an edited headline hides from the runs.
    """
    total = int(body.at.size)
    if not _may_divide(rows, body.firsts, total, rule):
        return []  # as most texts
    votes: defaultdict[int, float] = defaultdict(
        float
    )  # by the length of the runs, and by how near they are to the head
    for i, j, length in rows[_at_head(rows[:, 0], body)].tolist():
        near = int(body.of[j - i])
        for start in {body.paragraph(number)[0] for number in (near, near + 1, int(body.of[j]))}:
            if i + length <= start + _FUZZ and start <= j:
                votes[start] += length / (length + i)
    ways = [[(0, start), (start, total)] for start in sorted(votes, key=lambda s: (-votes[s], s))[:_WAYS]]
    return [way for way in ways if _may_be_copies(way, rows, body, rule)]


def _may_divide(rows: NDArray[np.int64], starts: NDArray[np.int64], total: int, rule: CopyRule) -> bool:
    """Say whether at any of the starts both halves are long enough, and half of the shorter one is in runs.

    It is what `_may_be_copies` asks of one way, without its lines, of all ways at once.
    """
    i, j, length = rows.T
    opened, closed = (np.bincount(at, weights=length, minlength=total) for at in (i, j))
    across = np.append(0, (opened - closed).cumsum())[starts]  # tokens in runs from before it to after it
    shorter = np.minimum(starts, total - starts)
    return bool(((2 * across >= shorter) & (shorter >= rule.least) & (4 * shorter >= total)).any())


def _may_be_copies(
    halves: list[tuple[int, int]], rows: NDArray[np.int64], body: Body, rule: CopyRule
) -> bool:
    """Say whether two halves are long enough, of more than short lines, and half of the shorter one is in runs."""
    start, total = halves[1]
    shorter = min(start, total - start)
    owner = body.of
    across = rows[(rows[:, 0] < start) & (rows[:, 1] >= start)]
    repeated = 2 * int(across[:, 2].sum()) >= shorter
    long = int(np.bincount(owner - owner[0]).max()) >= rule.line
    return repeated and long and shorter >= rule.least and 4 * shorter >= total


def _at_head(places: NDArray[np.int64], body: Body) -> NDArray[np.bool_]:
    head: NDArray[np.bool_] = (body.of[places] <= 2) | (places <= body.at.size // 10)
    return head


def stretches(
    body: Body, kept: tuple[int, int], removed: tuple[int, int], share: float
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the stretches of a copy that keep the order of the kept one, each with its place there.

    A paragraph belongs where most of its runs of `_GRAM` tokens stand first; one that has none follows its neighbour.
    Where the kept copy has less than `share` of these runs, there is nothing to look at.
    """
    hashes = body.key.hashes[body.at]
    runs, where = np.unique(grams(hashes[kept[0] : kept[1]], _GRAM), return_index=True)
    homes = body.of[kept[0] + where]
    out: list[tuple[tuple[int, int], tuple[int, int]]] = []
    before = -2
    known = total = 0
    for number in np.unique(body.of[removed[0] : removed[1]]).tolist():
        first, last = body.paragraph(number)
        mine = np.unique(grams(hashes[first:last], _GRAM))
        at = np.minimum(np.searchsorted(runs, mine), max(0, runs.size - 1))
        hits = homes[at[runs[at] == mine]] if runs.size else homes
        known, total = known + int(hits.size), total + int(mine.size)
        home = int(np.median(hits)) if hits.size else before
        a0, a1 = body.paragraph(home)
        if out and before <= home <= before + 1:
            out[-1] = ((out[-1][0][0], a1), (out[-1][1][0], last))
        elif a0 < a1:
            out.append(((a0, a1), (first, last)))
        before = home
    return out if known >= share * total else []


def interleaved(found: list[Chain], body: Body, rule: CopyRule) -> list[list[tuple[int, int]]]:
    """Return pairs of neighbouring paragraphs (p1 p1 p2 p2 ...) when they make up nearly all of the text."""
    near = [c for c in found if c.b0 - c.a1 <= max(12, (c.b1 - c.b0) // 10)]
    beside: defaultdict[int, list[Chain]] = defaultdict(list)  # paragraph → chains whose repeat touches it
    for c in near:
        for number in range(int(body.of[c.b0]), int(body.of[c.b1 - 1]) + 1):
            beside[number].append(c)
    hashes, owner = body.key.hashes[body.at], body.of
    ranges = paragraph_ranges(owner)
    pairs: list[list[tuple[int, int]]] = []
    r = 0
    while r + 1 < len(ranges):
        (a0, a1), (b0, b1) = ranges[r], ranges[r + 1]
        alike = np.array_equal(hashes[a0:a1], hashes[b0:b1]) or any(
            c.a0 < a1 and a0 < c.a1 and c.b0 < b1 and b0 < c.b1 and 2 * c.matched >= b1 - b0
            for c in beside[int(owner[b0])]
        )
        if alike:
            pairs.append([ranges[r], ranges[r + 1]])
        r += 2 if alike else 1
    repeated = sum(second[1] - second[0] for _, second in pairs)
    whole = len(pairs) > 1 and repeated >= rule.share * (body.at.size - repeated)
    return pairs if whole else []


def most_complete(body: Body, regions: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the region with most text; near-ties go to fewer damaged characters, then to the first."""
    sizes = [int(body.weight(*r).sum()) for r in regions]
    longest = max(sizes)
    ties = [r for r, size in zip(regions, sizes, strict=True) if size >= longest - 12]
    return min(ties, key=lambda r: (_damage(body, r), r))


def _damage(body: Body, region: tuple[int, int]) -> tuple[int, int]:
    """Return lost characters, and paragraphs that end in mid-sentence."""
    span = body.span(*region)
    text = body.text[span.start : span.end]
    owner = np.unique(body.of[region[0] : region[1]])
    ends = [body.text[body.paragraphs[int(n)].end - 1] for n in owner]
    return text.count("\N{REPLACEMENT CHARACTER}"), sum(end.isalnum() or end in "，,、" for end in ends)


def line_counts(body: Body, kept: tuple[int, int], removed: tuple[int, int]) -> tuple[int, int]:
    """Return how many paragraphs of the repeat have the key of one in the kept range, and how many there are."""
    keys = [_paragraph_keys(body, r) for r in (kept, removed)]
    have = set(keys[0])
    return sum(k in have for k in keys[1]), len(keys[1])


def _paragraph_keys(body: Body, region: tuple[int, int]) -> list[bytes]:
    at, owner = body.at[region[0] : region[1]], body.of[region[0] : region[1]]
    hashes = body.key.hashes[at]
    return [hashes[x:y].tobytes() for x, y in paragraph_ranges(owner)]
