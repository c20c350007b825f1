"""Collapse: repeats inside one document → what stands twice, what to cut, what differs.

In: L2, its paragraphs and key tokens.  Out: `Repeat`s.  Order: after `furniture` and `fingerprint`; before
any comparison with other documents, because an article that stands twice in its file has a Jaccard similarity
of .988 with its single copy (measured), and whoever keeps the longer one keeps the doubled one.

Repeats are proposed by runs of equal tokens (`stages._runs`), in which paragraph breaks play no part, and
decided by alignment.  Classes: a *copy* is a whole article again; a *block* a run of paragraphs; a *paragraph*
one long one; *recurring* is everything that may be meant: refrains, labels, a passage in two items of a
bulletin.  Source: in 3,114 real Chinese files 7 of 10 repeated blocks stood in different items and were meant;
in single articles repeated runs were mostly faults.
"""

from __future__ import annotations

import functools
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from stages._copies import (
    Body,
    CopyRule,
    are_items,
    body_of,
    copy_regions,
    interleaved,
    line_counts,
    most_complete,
    second_starts,
    snapped,
    stretches,
    taking_part,
)
from stages._cuts import cuts_of, matched_units
from stages._passage import Passage, passage, weighed
from stages._runs import Chain, chains, runs, runs_all
from stages.align import Op, align, gathered, tidied
from stages.figures import (
    PassageDifference,
    figures,
    no_difference,
    passage_difference,
    same_text,
)
from stages.model import JoinedTokens, Paragraph, Repeat, RepeatClass, Role, Scores, Span, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

VERSION: Final = 4
_DRIFT: Final = 3  # tokens by which a stretch of many edits may be longer on one side
_DENSE: Final = 3  # of its tokens one in so many is equal
#: MinHash estimate, exact Jaccard similarity, containment both ways of two lists of spans.
_Similarity: TypeAlias = "Callable[[tuple[Span, ...], tuple[Span, ...]], tuple[float, float, float, float]]"


@dataclass(frozen=True, slots=True)
class CollapseSettings:
    """When a repeat inside a document counts, and as what."""

    anchor: int = 6  # tokens in an equal run that proposes a repeat
    gap: int = 300  # tokens that may lie between two runs of one repeat
    copy_share: float = 0.9  # of the shorter copy must repeat for a whole copy
    copy_least: int = 40  # tokens in the shorter copy, at least
    identity: float = 0.85  # equal characters in a whole second copy, or in a paragraph of it
    paragraph_identity: float = 0.7  # in one paragraph of a copy that has `identity` as a whole
    block_identity: float = 0.95  # the same for blocks and paragraphs that are not whole copies
    block_least: int = 80  # characters in a block of two paragraphs or more
    paragraph_least: int = 60  # characters in a single repeated paragraph
    verse_line: int = 20  # tokens; where every repeated line is shorter, it is a refrain or a list
    residue: int = 8  # tokens that only the repeat has, a word counting two: substance, so it stays
    max_differences: int = 40  # listed for one repeat
    max_recurring: int = 50  # passages that are listed and kept in one document; a table has thousands
    rounds: int = 3  # until nothing more repeats; cleaning a clean text then changes nothing

    def __post_init__(self) -> None:
        shares = {"copy_share", "identity", "paragraph_identity", "block_identity"}
        for name in sorted(shares):
            if not 0.5 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be from 0.5 to 1")
        for name in self.__dataclass_fields__:
            if name not in shares and getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be 1 or more")


def collapse(
    text: str,
    paragraphs: tuple[Paragraph, ...],
    key: Tokens,
    settings: CollapseSettings,
    *,
    similarity: _Similarity,
) -> tuple[Repeat, ...]:
    """Return the repeats inside `text`, in order of place.

    `similarity` gives (estimate, exact Jaccard, containment both ways) for two lists of spans.
    """
    rows = runs(key.hashes[taking_part(paragraphs, key)], settings.anchor)
    return _collapsed(text, paragraphs, key, rows, settings, similarity)


def _collapsed(
    text: str,
    paragraphs: tuple[Paragraph, ...],
    key: Tokens,
    rows: NDArray[np.int64],
    settings: CollapseSettings,
    similarity: _Similarity,
) -> tuple[Repeat, ...]:
    """Return the repeats of a text of which the runs are known."""
    size = int(taking_part(paragraphs, key).sum())
    out: list[Repeat] = []
    body = None
    for left in reversed(range(settings.rounds)):
        linked = _linked(rows, size, settings)
        if not linked:
            break  # as in most texts
        body = body or body_of(text, paragraphs, key)
        found = _Finder(body, settings, similarity, _sides(body)).repeats(rows, linked)
        new = [r for r in found if r.cls is not RepeatClass.RECURRING]
        listed = {(r.removed, r.kept) for r in out}
        out += [r for r in found if (r.removed, r.kept) not in listed]
        if not (new and left):
            break
        body = body.without([cut for r in new for cut in r.cuts])
        rows, size = runs(body.key.hashes[body.at], settings.anchor), int(body.at.size)
    out = _not_cut_away(out)
    return tuple(sorted(out, key=lambda r: (r.removed.start, r.removed.end, r.kept.start)))


def _linked(rows: NDArray[np.int64], size: int, settings: CollapseSettings) -> list[Chain]:
    """Return the chains of runs among `size` tokens that may be repeats; no chain has more tokens than its runs."""
    least = 2 * settings.anchor
    if int(rows[:, 2].sum()) < least:
        return []
    found = chains(rows, size, gap=settings.gap, least=least)
    return [c for c in found if 2 * c.matched >= c.b1 - c.b0]


def collapse_all(
    texts: Sequence[str],
    paragraphs: Sequence[tuple[Paragraph, ...]],
    keys: JoinedTokens,
    settings: CollapseSettings,
    *,
    similarity: Callable[[str], _Similarity],
) -> list[tuple[Repeat, ...]]:
    """Return for each text what `collapse` gives; all of them are looked through for runs at once.

    `similarity` gives for a text what `collapse` takes.
    """
    known = [keys.of(number) for number in range(len(texts))]
    parts = [
        key.hashes[taking_part(of, key)] if any(p.role is Role.FURNITURE for p in of) else key.hashes
        for of, key in zip(paragraphs, known, strict=True)
    ]
    out: list[tuple[Repeat, ...]] = [()] * len(texts)
    for n, rows in enumerate(runs_all(parts, settings.anchor)):
        if len(rows):
            of = (texts[n], paragraphs[n], known[n], rows)
            out[n] = _collapsed(*of, settings, similarity(texts[n]))
    return out


def _sides(body: Body) -> Callable[[tuple[int, int]], Passage]:
    """Return what makes a side of a difference of a range: one kept passage is compared with all its copies."""
    return functools.lru_cache(maxsize=8)(lambda kept: passage(body.text, body.tokens(*kept)))


def _not_cut_away(repeats: Sequence[Repeat]) -> list[Repeat]:
    """Return the repeats without those that are only listed, and lie within what another one cuts."""
    cuts = sorted(c for r in repeats for c in r.cuts)
    reach = [0, *accumulate((c.end for c in cuts), max)]  # the furthest end of the cuts up to each
    return [
        r
        for r in repeats
        if r.cuts or reach[bisect_right(cuts, r.removed.start, key=lambda c: c.start)] < r.removed.end
    ]


@dataclass(frozen=True, slots=True)
class _Finder:
    """One round over one body."""

    body: Body
    settings: CollapseSettings
    similarity: _Similarity
    side: Callable[[tuple[int, int]], Passage]

    def repeats(self, rows: NDArray[np.int64], linked: Sequence[Chain]) -> list[Repeat]:
        """Return what this round finds, of the runs and of the chains of them."""
        body, settings = self.body, self.settings
        found = [snapped(c, body) for c in linked]
        rule = CopyRule(settings.copy_share, settings.copy_least, settings.verse_line)
        regions = copy_regions(found, body, rule)
        copies = self._copies(regions) if regions else []
        if len(regions) < 3 and not (copies and regions[0][0] == 0 and _goes_whole(copies[0])):
            copies = max(copies, self._second_copy(rows, rule), key=_cut_characters)
        if copies:
            return copies
        pairs = interleaved(found, body, rule)
        if pairs:
            return [r for pair in pairs for r in self._copies(pair)]
        out: list[Repeat] = []
        listed = 0
        for chain in sorted(found, key=lambda c: c.b0):
            repeat = self._passage(chain, listed < settings.max_recurring)
            if repeat is not None:
                out.append(repeat)
                listed += repeat.cls is RepeatClass.RECURRING
        return out

    def _copies(self, regions: list[tuple[int, int]]) -> list[Repeat]:
        """Keep the most complete region whole; cut what the others repeat of it."""
        kept = most_complete(self.body, regions)
        identity = self.settings.identity
        found = [self._repeat(RepeatClass.COPY, kept, r, identity) for r in regions if r != kept]
        return [r for r in found if r.cuts]

    def _second_copy(self, rows: NDArray[np.int64], rule: CopyRule) -> list[Repeat]:
        """Return what a second half of the text repeats of the first one, edited, abridged or in another order.

        Here the runs only say where it starts; that nearly all of the shorter half repeats is for the alignment
        to say.  Figures that differ then speak for two items of one form.
        """
        best: list[Repeat] = []
        for halves in second_starts(rows, self.body, rule):
            kept = most_complete(self.body, halves)
            removed = halves[1] if kept == halves[0] else halves[0]
            whole = self._repeat(RepeatClass.COPY, kept, removed, self.settings.identity)
            new = [whole] if self._is_copy(whole) else self._shuffled(kept, removed)
            if not are_items(self.body, halves, removed, new):
                best = max(best, new, key=_cut_characters)
        return best

    def _is_copy(self, repeat: Repeat) -> bool:
        scores, settings = repeat.scores, self.settings
        same = scores.identity >= settings.identity and scores.b_aligned >= settings.copy_share
        return same and bool(repeat.cuts) and not repeat.figures_differ

    def _shuffled(self, kept: tuple[int, int], removed: tuple[int, int]) -> list[Repeat]:
        """Return the stretches of a copy whose paragraphs stand in another order, if they are nearly all of it."""
        least, share = self.settings.block_identity, self.settings.copy_share
        places = stretches(self.body, kept, removed, share)
        found = [self._repeat(RepeatClass.COPY, a, b, least) for a, b in places]
        found = [r for r in found if r.cuts and r.scores.identity >= least and not r.figures_differ]
        whole = _cut_characters(found) >= share * len(self.body.span(*removed))
        return found if whole else []

    def _difference(self, kept: tuple[int, int], b: Tokens, raw: tuple[Op, ...]) -> PassageDifference:
        """Return how a passage differs from the kept one, whose alignment is known."""
        text, a, settings = self.body.text, self.body.tokens(*kept), self.settings
        if same_text(text, a, text, b):
            return no_difference(len(a))
        return passage_difference(
            self.side(kept),
            passage(text, b),
            tidied(raw, a.hashes, b.hashes),
            residue=settings.residue,
            max_differences=settings.max_differences,
        )

    def _repeat(
        self, cls: RepeatClass, kept: tuple[int, int], removed: tuple[int, int], identity: float
    ) -> Repeat:
        """Align two regions and describe what the second repeats of the first."""
        body, settings = self.body, self.settings
        a, b = body.tokens(*kept), body.tokens(*removed)
        raw = align(a.hashes, b.hashes, tidy=False)
        ops = gathered(raw, residue=settings.residue)
        equal, own = _masks(raw, ops, len(b), settings.residue)
        diff = self._difference(kept, b, raw)
        said = weighed(b)
        told = diff.figures_differ
        for first, last in diff.only_b:  # a figure alone is told, not kept
            keeps = int(said[first:last].sum()) >= settings.residue
            own[first:last] |= keeps
            told |= not keeps and bool(figures(body.text[int(b.starts[first]) : int(b.ends[last - 1])]))
        weights, a_weights = b.ends - b.starts, a.ends - a.starts
        inside = int(weights[~own].sum())
        same = float(weights[equal].sum() / inside) if inside else 0.0
        if cls is RepeatClass.COPY and same >= identity:
            identity = settings.paragraph_identity
        units = matched_units(body, removed, equal, own, identity)
        cuts = cuts_of(body, kept, removed, units)
        own_a = sum(
            int(a_weights[o.a0 : o.a1].sum())
            for o in ops
            if o.a1 - o.a0 >= settings.residue and o.kind != "equal"
        )
        aligned = (1 - own_a / max(1, int(a_weights.sum())), inside / max(1, int(weights.sum())))
        lines_equal, lines_total = line_counts(body, kept, removed)
        same_ops = [o for o in ops if o.kind == "equal"] or list(ops)
        kept = (kept[0] + same_ops[0].a0, kept[0] + same_ops[-1].a1)  # without what only it has at its ends
        removed = (removed[0] + same_ops[0].b0, removed[0] + same_ops[-1].b1)
        kept_lines, removed_lines = body.lines(*kept), body.lines(*removed)
        estimate, jaccard, a_in_b, b_in_a = self.similarity((body.span(*kept),), (body.span(*removed),))
        return Repeat(
            cls=cls,
            kept=body.span(*kept),
            removed=body.span(*removed),
            kept_lines=kept_lines,
            removed_lines=removed_lines,
            lines_equal=lines_equal,
            lines_total=lines_total,
            cuts=cuts,
            scores=Scores(estimate, jaccard, a_in_b, b_in_a, *(round(x, 4) for x in (same, *aligned))),
            differences=diff.differences,
            figures_differ=told,
            reason=f"{_again(removed_lines, kept_lines)} ({lines_equal} of {lines_total} lines equal)",
        )

    def _passage(self, chain: Chain, may_list: bool) -> Repeat | None:  # noqa: FBT001 - private, one use
        """Describe a repeat that is not a whole copy: block, paragraph or recurring; None if it is not listed."""
        body, settings = self.body, self.settings
        removed = _whole_paragraphs(body, chain.b0, chain.b1)
        if removed is None:
            return None
        owner = body.of[removed[0] : removed[1]]
        sizes = [len(body.paragraphs[int(n)].span) for n in np.unique(owner)]
        longest = int(np.bincount(owner - owner[0]).max())
        items = any(body.counts(chain.a1, removed[0]))
        least = settings.block_least if len(sizes) > 1 else settings.paragraph_least
        meant = items or longest < settings.verse_line or sum(sizes) < least
        if meant and (not may_list or sum(sizes) < settings.verse_line):
            return None
        repeat = self._repeat(RepeatClass.BLOCK, (chain.a0, chain.a1), removed, settings.block_identity)
        complete = sum(len(c) for c in repeat.cuts) >= sum(sizes)
        if meant or repeat.figures_differ or not complete:
            return replace(repeat, cls=RepeatClass.RECURRING, cuts=()) if may_list else None
        return repeat if len(sizes) > 1 else replace(repeat, cls=RepeatClass.PARAGRAPH)


def _goes_whole(repeat: Repeat) -> bool:
    return len(repeat.cuts) == 1 and repeat.scores.b_aligned >= 1


def _cut_characters(repeats: Sequence[Repeat]) -> int:
    return sum(len(c) for r in repeats for c in r.cuts)


def _again(removed: tuple[int, int], kept: tuple[int, int]) -> str:
    verb = "repeats" if removed[0] == removed[1] else "repeat"
    return f"{_lines(removed)} {verb} {_lines(kept)}"


def _lines(lines: tuple[int, int]) -> str:
    return f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}\N{EN DASH}{lines[1]}"


def _masks(
    raw: Sequence[Op], ops: Sequence[Op], size: int, residue: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say of each token of the repeat whether it is equal, and whether it is substance that only the repeat has.

    A stretch of many edits is about as long on both sides and keeps tokens in between: it is no substance.
    """
    equal, own = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    for op in raw:
        equal[op.b0 : op.b1] = op.kind == "equal"
    for op in ops:
        length = op.b1 - op.b0
        if op.kind == "equal" or length < residue:
            continue
        alike = abs(op.a1 - op.a0 - length) <= _DRIFT and _DENSE * int(equal[op.b0 : op.b1].sum()) >= length
        if not alike:
            equal[op.b0 : op.b1] = False
            own[op.b0 : op.b1] = True
    return equal, own


def _whole_paragraphs(body: Body, first: int, last: int) -> tuple[int, int] | None:
    """Return the token range of the paragraphs that lie (but for a twentieth) within first..last."""
    number = int(body.of[first])
    if body.of[last - 1] == number:  # as most words that a text says twice
        start, end = body.paragraph(number)
        return (start, end) if 20 * (last - first) >= 19 * (end - start) else None
    numbers, counts = np.unique(body.of[first:last], return_counts=True)
    sizes = np.searchsorted(body.of, numbers + 1) - np.searchsorted(body.of, numbers)
    inside = numbers[20 * counts >= 19 * sizes]
    if not inside.size:
        return None
    return body.paragraph(int(inside[0]))[0], body.paragraph(int(inside[-1]))[1]
