"""Runs: where a sequence of tokens repeats itself, as chains of equal runs with gaps.

In: token hashes of one document.  Out: `Chain`s, each "b repeats a".  Used by `collapse` alone.
Paragraph breaks play no part here, so copies whose breaks differ, and copies on one line, are found alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOOK_BACK: Final = 48  # runs looked back at when chaining; more changed nothing on 3 % to 10 % edited copies
_DRIFT_COST: Final = 0.2  # tokens of score per token by which a gap is longer on one side
_AS_GOOD: Final = 0.9  # of the best chain's matched tokens: chains that are as good
_WINDOW: Final = 4096  # chains that are looked at as equally good
_OVERLAP: Final = 0.1  # of a chain that may lie in one chosen before: the fuzz of gapped ends
_GAP_COST: Final = 0.05  # and per token of gap


@dataclass(frozen=True, slots=True)
class Chain:
    """Tokens b0..b1 repeat tokens a0..a1, with `matched` equal tokens in runs; b0 >= a1."""

    a0: int
    a1: int
    b0: int
    b1: int
    matched: int


def chains(rows: NDArray[np.int64], size: int, *, gap: int, least: int) -> list[Chain]:
    """Return chains of at least `least` matched tokens, best first, with no b token in two of them.

    `rows` are the runs among `size` tokens, `gap` the tokens that may lie between two runs of a chain.
    """
    found = [c for c in _chain(rows, gap) if c.matched >= least]
    taken = np.zeros(size, dtype=bool)
    out: list[Chain] = []
    found.sort(key=lambda c: (-c.matched, c.a0, c.b0))
    at = 0
    while at < len(found):
        least_good = _AS_GOOD * found[at].matched
        near = [c for c in found[at : at + _WINDOW] if c.matched >= least_good]
        at += len(near)
        for chain in sorted(near, key=lambda c: (c.a0, c.b0)):  # copies of the first copy are in step
            if taken[chain.b0 : chain.b1].mean() <= _OVERLAP:
                taken[chain.b0 : chain.b1] = True
                out.append(chain)
    return out


def has_run(hashes: NDArray[np.uint64], anchor: int) -> bool:
    """Return whether any token begins a run: in most texts none does, and sorting alone is half of finding them."""
    ordered = np.sort(_grams(hashes, anchor))
    return bool((ordered[1:] == ordered[:-1]).any())


def _grams(hashes: NDArray[np.uint64], anchor: int) -> NDArray[np.uint64]:
    """Return the hash of the `anchor` tokens from each token on; none where two runs have no room."""
    count = hashes.size - anchor + 1
    if count <= anchor:
        return np.zeros(0, dtype=np.uint64)
    grams = np.zeros(count, dtype=np.uint64)
    for k in range(anchor):
        grams = (grams ^ hashes[k : k + count]) * np.uint64(0x9E3779B97F4A7C15)
        grams ^= grams >> np.uint64(29)
    return grams


def runs(hashes: NDArray[np.uint64], anchor: int) -> NDArray[np.int64]:
    """Return rows (i, j, length): tokens i.. equal tokens j.., i < j, as long as it goes and without overlap.

    A run has `anchor` tokens at least.
    """
    grams = _grams(hashes, anchor)
    count = grams.size
    order = np.argsort(grams, kind="stable")
    ordered = grams[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    if same.size == 0:
        return np.zeros((0, 3), dtype=np.int64)
    head = np.maximum.accumulate(np.where(np.r_[True, ordered[1:] != ordered[:-1]], np.arange(count), 0))
    left = np.concatenate([order[same - 1], order[head[same]]])  # the occurrence before, and the first one
    right = np.concatenate([order[same], order[same]])
    links = np.unique(np.stack([right - left, left], axis=1), axis=0)  # sorted by distance, then place
    distance, place = links[:, 0], links[:, 1]
    breaks = np.flatnonzero(np.r_[True, (distance[1:] != distance[:-1]) | (place[1:] != place[:-1] + 1)])
    lengths = np.diff(np.append(breaks, place.size)) + anchor - 1
    starts, distances = place[breaks], distance[breaks]
    pieces = -(-lengths // distances)  # a run longer than its distance is periodic: cut it into periods
    index = np.repeat(np.arange(breaks.size), pieces)
    nth = np.arange(index.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    i = starts[index] + nth * distances[index]
    length = np.minimum(distances[index], lengths[index] - nth * distances[index])
    rows = np.stack([i, i + distances[index], length], axis=1)
    rows = rows[length >= anchor]
    return np.asarray(rows[np.lexsort((rows[:, 0], rows[:, 1]))], dtype=np.int64)


def _chain(found: NDArray[np.int64], gap: int) -> list[Chain]:
    """Link runs that follow each other on both sides; return each best chain once."""
    rows: list[list[int]] = found.tolist()
    score = [float(length) for _, _, length in rows]
    back = [-1] * len(rows)
    first_b = [j for _, j, _ in rows]  # where the chain's b side starts: its a side must end before
    for r, (i, j, length) in enumerate(rows):
        for p in range(r - 1, max(-1, r - 1 - _LOOK_BACK), -1):
            pi, pj, plen = rows[p]
            gap_a, gap_b = i - (pi + plen), j - (pj + plen)
            overlap = max(0, -gap_a, -gap_b)
            if overlap >= min(length, plen) or max(gap_a, gap_b) > gap or i + length > first_b[p]:
                continue
            cost = _DRIFT_COST * abs(gap_a - gap_b) + _GAP_COST * max(gap_a, gap_b, 0) + overlap
            total = score[p] - cost + length
            if score[p] > cost and total > score[r]:
                score[r], back[r], first_b[r] = total, p, first_b[p]
    return _trace(rows, score, back)


def _trace(rows: list[list[int]], score: list[float], back: list[int]) -> list[Chain]:
    """Follow the best chains back; a run belongs to one chain."""
    used = [False] * len(rows)
    out: list[Chain] = []
    for end in sorted(range(len(rows)), key=lambda r: (-score[r], r)):
        if used[end]:
            continue
        members = []
        at = end
        while at >= 0 and not used[at]:
            used[at] = True
            members.append(rows[at])
            at = back[at]
        members = _without_stragglers(_without_stragglers(members)[::-1])
        i0, j0, _ = members[0]
        i1, j1, last = members[-1]
        out.append(Chain(i0, i1 + last, j0, j1 + last, sum(m[2] for m in members)))
    return out


def _without_stragglers(members: list[list[int]]) -> list[list[int]]:
    """Return the runs without those at the start that a gap longer than twice their length sets apart."""
    while len(members) > 1:
        (i, j, length), (next_i, next_j, next_length) = members[0], members[1]
        first = i < next_i
        gap_a = next_i - i - length if first else i - next_i - next_length
        gap_b = next_j - j - length if first else j - next_j - next_length
        if max(gap_a, gap_b) <= 2 * length:
            break
        members = members[1:]
    return members
