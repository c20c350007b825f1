"""Runs: where a sequence of tokens repeats itself, as chains of equal runs with gaps.

In: token hashes of one document.  Out: `Chain`s, each "b repeats a".  Used by `collapse` alone.
Paragraph breaks play no part here, so copies whose breaks differ, and copies on one line, are found alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LOOK_BACK: Final = 48  # runs looked back at when chaining; more changed nothing on 3 % to 10 % edited copies
_DRIFT_COST: Final = 0.2  # tokens of score per token by which a gap is longer on one side
_AS_GOOD: Final = 0.9  # of the best chain's matched tokens: chains that are as good
_WINDOW: Final = 4096  # chains that are looked at as equally good
_OVERLAP: Final = 0.1  # of a chain that may lie in one chosen before: the fuzz of gapped ends
_GAP_COST: Final = 0.05  # and per token of gap
_PLACE_BITS: Final = 32  # of a link, for its place; the others are for the distance
_PLACE: Final = (1 << _PLACE_BITS) - 1


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


def with_run(texts: Sequence[NDArray[np.uint64]], anchor: int) -> list[int]:
    """Return, sorted, the numbers of the texts that may have a run, those that do among them: `has_run` for many.

    The last bits of the hash of a gram give way to the number of its text, so one sort does for all.
    """
    sizes = np.array([hashes.size for hashes in texts], dtype=np.int64)
    of = np.repeat(np.arange(sizes.size, dtype=np.uint64), sizes)
    grams = _grams(np.concatenate(texts) if texts else of, anchor)
    number = np.uint64((1 << sizes.size.bit_length()) - 1)
    inside = of[: grams.size] == of[of.size - grams.size :]  # over the end of a text there is none
    grams &= ~number  # in place: a text may be long
    grams |= of[: grams.size]
    ordered = grams[inside]
    ordered.sort()
    twice = ordered[1:][ordered[1:] == ordered[:-1]] & number
    return sorted(set(twice.tolist()))


def _grams(hashes: NDArray[np.uint64], anchor: int) -> NDArray[np.uint64]:
    """Return the hash of the `anchor` tokens from each token on; none where two runs have no room."""
    count = hashes.size - anchor + 1
    if count <= anchor:
        return np.zeros(0, dtype=np.uint64)
    grams = np.zeros(count, dtype=np.uint64)
    for k in range(anchor):
        grams ^= hashes[k : k + count]
        grams *= np.uint64(0x9E3779B97F4A7C15)
        grams ^= grams >> np.uint64(29)
    return grams


def runs(hashes: NDArray[np.uint64], anchor: int) -> NDArray[np.int64]:
    """Return rows (i, j, length): tokens i.. equal tokens j.., i < j, as long as it goes and without overlap.

    A run has `anchor` tokens at least.
    """
    if hashes.size < 2 * anchor:
        return np.zeros((0, 3), dtype=np.int64)
    links = _links(hashes, anchor)
    if not links.size:
        return np.zeros((0, 3), dtype=np.int64)
    breaks = np.flatnonzero(
        np.r_[True, np.diff(links) != 1]
    )  # a run is links of one distance, place by place
    distance, place = links[breaks] >> _PLACE_BITS, links[breaks] & _PLACE
    lengths = np.diff(np.append(breaks, links.size)) + anchor - 1
    pieces = -(-lengths // distance)  # a run longer than its distance is periodic: cut it into periods
    index = np.repeat(np.arange(breaks.size), pieces)
    nth = np.arange(index.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    i = place[index] + nth * distance[index]
    length = np.minimum(distance[index], lengths[index] - nth * distance[index])
    rows = np.stack([i, i + distance[index], length], axis=1)
    rows = rows[length >= anchor]
    return np.asarray(rows[np.lexsort((rows[:, 0], rows[:, 1]))], dtype=np.int64)


def _links(hashes: NDArray[np.uint64], anchor: int) -> NDArray[np.int64]:
    """Return the pairs of equal n-grams, sorted by distance, then place, each as one number of the two.

    A gram is linked with its occurrence before, and with its first one.  Memory is what bounds the length of a file,
    so nothing stays longer than it is needed, and places take four bytes.
    """
    order, fresh = _in_order(hashes, anchor)
    repeated = ~fresh
    right, before = order[repeated], order[:-1][repeated[1:]]
    group = np.cumsum(fresh, dtype=np.int32)[repeated] - 1
    first = order[fresh][group]
    del order, fresh, repeated, group
    far = first != before
    links = np.empty(right.size + int(np.count_nonzero(far)), dtype=np.int64)
    _pack(before, right, links[: right.size])
    _pack(first[far], right[far], links[right.size :])
    links.sort()
    return links


def _in_order(hashes: NDArray[np.uint64], anchor: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the places of the n-grams, equal ones side by side, in order; and which are the first of theirs."""
    grams = _grams(hashes, anchor)
    order = np.argsort(grams, kind="stable")
    grams = grams[order]
    return order.astype(np.int32), np.r_[True, grams[1:] != grams[:-1]]


def _pack(left: NDArray[np.int32], right: NDArray[np.int32], out: NDArray[np.int64]) -> None:
    """Put the distance and the place of each link into one number."""
    np.subtract(right, left, out=out)
    out <<= _PLACE_BITS
    out |= left


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
