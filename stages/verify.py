"""Verify: does the text bear out what a sketch proposed?

In: two comparison views with their tokens, shingles and signatures.  Out: `Compared`.
Order: after `candidates`; before `guard`.
Source: thresholds start from 1,676 aligned pairs of Chinese news and an edit ladder over 400 items.
Containment of .8 had no false positive there; 10 % noise leaves .74 of the shingles, far above the floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from stages._blocks import common_values
from stages._coverage import Covered, covered, covered_each, steps_between
from stages.align import Compared, Op, align, aligned, grams, mirrored, op_of, ops_of
from stages.figures import EDIT_TOKENS, share
from stages.model import Role, Scores, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from stages._blocks import Block
    from stages.align import Side
    from stages.model import Paragraph

VERSION: Final = 3
_OWN_TOKENS: Final = 8  # of one text alone, in one place: a sentence that the other left out, no edit
_GRAM: Final = 4  # tokens; what places a paragraph that stands elsewhere in the other text


@dataclass(frozen=True, slots=True)
class VerifySettings:
    """When two texts are one."""

    identity: float = 0.85  # equal characters within the aligned part
    coverage: float = 0.8  # share of a text's characters inside the aligned part
    floor: float = 0.25  # shingles of the shorter text that the longer must have to be aligned at all
    reordered: float = 0.5  # containment both ways above which paragraphs in another order are tried
    shared_chars: int = 40  # equal characters of an aligned run that make a shared passage
    lead_share: float = 0.1  # of the longer text: where a lead ends, if paragraphs do not say

    def __post_init__(self) -> None:
        for name in ("identity", "coverage", "floor", "reordered", "lead_share"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise ValueError(f"{name} = {value}: must be above 0 and at most 1")
        if self.shared_chars < 1:
            raise ValueError(f"shared_chars = {self.shared_chars}: must be 1 or more")


@dataclass(frozen=True, slots=True)
class _Sets:
    """What the sketches and shingle sets say, before any alignment."""

    estimate: float
    jaccard: float
    a_in_b: float
    b_in_a: float


def verify(a: Side, b: Side, settings: VerifySettings) -> Compared:
    """Return the tier, scores and alignment of a proposed pair."""
    return verify_each([(a, b)], settings)[0]


def verify_each(pairs: Sequence[tuple[Side, Side]], settings: VerifySettings) -> list[Compared]:
    """Return the tier, scores and alignment of each proposed pair; what they cost together is less than one by one."""
    sets = [_sets(a, b) for a, b in pairs]
    out = [_without_alignment(*pair, found, settings) for pair, found in zip(pairs, sets, strict=True)]
    left = [n for n, whole in enumerate(out) if whole is None]
    if left:
        chosen = [(*pairs[n], sets[n]) for n in left]
        for n, compared in zip(left, _aligned(chosen, settings), strict=True):
            out[n] = compared
    return [compared for compared in out if compared is not None]


def _aligned(pairs: Sequence[tuple[Side, Side, _Sets]], settings: VerifySettings) -> Iterator[Compared]:
    """Yield what alignment says of each pair."""
    found = aligned([(a.tokens.hashes, b.tokens.hashes) for a, b, _ in pairs])
    chars = [(_chars(a), _chars(b)) for a, b, _ in pairs]
    steps = steps_between(found, [(len(a.tokens), len(b.tokens)) for a, b, _ in pairs])
    covers = covered_each(steps, chars, edit_tokens=EDIT_TOKENS, own_tokens=_OWN_TOKENS)
    for (a, b, sets), runs, cover, (a_chars, b_chars) in zip(pairs, found, covers, chars, strict=True):
        totals = int(a_chars.sum()), int(b_chars.sum())
        lowest = min(share(cover.a_inside, totals[0]), share(cover.b_inside, totals[1]))
        contained = min(sets.a_in_b, sets.b_in_a)  # more of each than was aligned: some stands elsewhere
        if contained >= settings.reordered and lowest < contained:
            again = _reordered(a, b)
            better = covered(again, a_chars, b_chars, edit_tokens=EDIT_TOKENS, own_tokens=_OWN_TOKENS)
            if better.equal > cover.equal:
                moved = [(o.a0, o.b0, o.a1 - o.a0) for o in again if o.kind == "equal"]
                yield _compared(_Found(a, b, sets, moved, better, totals, again), settings)
                continue
        yield _compared(_Found(a, b, sets, runs, cover, totals), settings)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What is equal in two texts."""

    a: Side
    b: Side
    sets: _Sets
    runs: Sequence[Block]
    cover: Covered
    totals: tuple[int, int]  # characters of the tokens of a and b
    ops: tuple[Op, ...] | None = (
        None  # where paragraphs stand in another order; else they follow from the runs
    )


def _without_alignment(a: Side, b: Side, sets: _Sets, settings: VerifySettings) -> Compared | None:
    """Answer what needs none: equal texts, equal keys, and pairs whose shingles hardly meet."""
    if a.text == b.text:
        return Compared(Tier.IDENTICAL, _scores(sets, Covered(1, 1, 1, 1), 1, 1), (), shares_lead=True)
    size = len(a.tokens)
    if size and np.array_equal(a.tokens.hashes, b.tokens.hashes):
        ops = (Op("equal", 0, size, 0, size),)
        return Compared(Tier.KEY_EQUAL, _scores(sets, Covered(1, 1, 1, 1), 1, 1), ops, shares_lead=True)
    if max(sets.a_in_b, sets.b_in_a) < settings.floor:
        return Compared(Tier.REJECTED, _scores(sets, Covered(0, 0, 0, 0), 1, 1), (), shares_lead=False)
    return None


def _compared(found: _Found, settings: VerifySettings) -> Compared:
    a, b, (a_total, b_total), runs = found.a, found.b, found.totals, found.runs
    scores = _scores(found.sets, found.cover, a_total, b_total)
    shorter = scores.a_aligned if a_total < b_total else scores.b_aligned
    if a_total == b_total:
        shorter = max(scores.a_aligned, scores.b_aligned)
    ops: tuple[Op, ...] = ()
    if scores.identity >= settings.identity and shorter >= settings.coverage:
        both = min(scores.a_aligned, scores.b_aligned) >= settings.coverage
        tier = Tier.NEAR if both else Tier.CONTAINED
        ops = found.ops or ops_of(runs, len(a.tokens), len(b.tokens))
    else:
        tier = Tier.SHARED if found.cover.longest >= settings.shared_chars else Tier.REJECTED
    turned = [(j, i, n) for i, j, n in runs]
    if a_total < b_total:
        lead = _shares_lead(a, b, runs, settings)
    elif a_total > b_total:
        lead = _shares_lead(b, a, turned, settings)
    else:
        lead = _shares_lead(a, b, runs, settings) or _shares_lead(b, a, turned, settings)
    return Compared(tier, scores, ops, lead)


def _chars(side: Side) -> NDArray[np.int64]:
    return side.tokens.ends - side.tokens.starts


def _sets(a: Side, b: Side) -> _Sets:
    common = common_values(a.shingles, b.shingles)
    a_size, b_size = int(a.shingles.size), int(b.shingles.size)
    values = min(a.signature.size, b.signature.size)
    equal = int((a.signature[:values] == b.signature[:values]).sum())
    return _Sets(
        estimate=share(equal, int(values)),
        jaccard=share(common, a_size + b_size - common),
        a_in_b=share(common, a_size),
        b_in_a=share(common, b_size),
    )


def _scores(sets: _Sets, cover: Covered, a_total: int, b_total: int) -> Scores:
    return Scores(
        estimate=sets.estimate,
        jaccard=sets.jaccard,
        a_in_b=sets.a_in_b,
        b_in_a=sets.b_in_a,
        identity=share(cover.equal, max(cover.a_inside, cover.b_inside)),
        a_aligned=share(cover.a_inside, a_total),
        b_aligned=share(cover.b_inside, b_total),
    )


def _content(side: Side) -> list[Paragraph]:
    return [p for p in side.paragraphs if p.role in (Role.BODY, Role.HEADING)]


def _shares_lead(short: Side, long: Side, runs: Sequence[Block], settings: VerifySettings) -> bool:
    """Tell whether the shorter begins where the longer begins: a truncation, not an item of a roundup.

    Its first paragraph stands at the start of the longer text; or, where it has another headline, its first body
    paragraph is the first body paragraph below the longer text's one headline.
    """
    mine, theirs = _content(short), _content(long)
    if not mine or not theirs:
        return False
    start = (
        max(theirs[0].end, int(len(long.text) * settings.lead_share)) if len(theirs) == 1 else theirs[0].end
    )
    if _begins_in(short, mine[0], long, runs, start):
        return True
    retitled = mine[0].role is Role.HEADING and not _begins_in(short, mine[0], long, runs, len(long.text) + 1)
    if not (retitled and len(mine) > 1 and len(theirs) > 1 and theirs[0].role is Role.HEADING):
        most = 2 * len(short.tokens) >= len(long.tokens)  # with no headline, a short text may be any item
        untitled = most and mine[0].role is Role.BODY and theirs[0].role is Role.HEADING and len(theirs) > 1
        return (
            untitled and theirs[1].role is Role.BODY and _begins_in(short, mine[0], long, runs, theirs[1].end)
        )
    return theirs[1].role is Role.BODY and _begins_in(short, mine[1], long, runs, theirs[1].end)


def _begins_in(short: Side, paragraph: Paragraph, long: Side, runs: Sequence[Block], end: int) -> bool:
    """Tell whether half of the paragraph's tokens stand before `end` in the longer text."""
    first = int(short.tokens.starts.searchsorted(paragraph.start))
    last = int(short.tokens.starts.searchsorted(paragraph.end))
    equal = 0
    for at, there, size in runs:
        if at < last and at + size > first:
            low, high = max(at, first), min(at + size, last)
            places = long.tokens.starts[there + low - at : there + high - at]
            equal += int(places.searchsorted(end))
    return 2 * equal >= last - first > 0


def _reordered(a: Side, b: Side) -> tuple[Op, ...]:
    """Align with the paragraphs of one text put in the order of the other; the same pair either way round."""
    if (len(a.text), a.text) > (len(b.text), b.text):
        return mirrored(_reordered(b, a))
    order = _order(a, b)
    if (np.diff(order) == 1).all():
        return align(a.tokens.hashes, b.tokens.hashes)
    return tuple(_put_back(align(a.tokens.hashes, b.tokens.hashes[order]), order))


def _order(a: Side, b: Side) -> NDArray[np.int64]:
    """Return b's token indices, paragraph by paragraph, each where most of it stands in `a`."""
    runs, where = np.unique(grams(a.tokens.hashes, _GRAM), return_index=True)
    borders = np.searchsorted(b.tokens.starts, [p.start for p in b.paragraphs[1:]])
    pieces: list[tuple[int, int, NDArray[np.int64]]] = []
    place = -1
    for number, piece in enumerate(np.split(np.arange(len(b.tokens), dtype=np.int64), borders)):
        mine = grams(b.tokens.hashes[piece], _GRAM)
        at = np.minimum(np.searchsorted(runs, mine), max(0, runs.size - 1))
        hits = np.sort(where[at[runs[at] == mine]]) if runs.size else mine
        place = int(hits[hits.size // 2]) if hits.size else place
        pieces.append((place, number, piece))
    pieces.sort(key=lambda p: p[:2])
    return np.concatenate([p[2] for p in pieces])


def _put_back(ops: Sequence[Op], order: NDArray[np.int64]) -> Iterator[Op]:
    """Name b's tokens where they stand, cutting operations where the order jumps."""
    jumps = np.flatnonzero(np.diff(order) != 1) + 1
    for op in ops:
        inner = jumps[(jumps > op.b0) & (jumps < op.b1)].tolist()
        at = op.a0
        for low, high in zip([op.b0, *inner], [*inner, op.b1], strict=True):
            start = int(order[low]) if low < high else int(order[low - 1]) + 1 if low else 0
            if op.kind == "equal":
                yield Op("equal", at, at + high - low, start, start + high - low)
                at += high - low
            else:
                yield op_of(at, op.a1, start, start + high - low)
                at = op.a1
