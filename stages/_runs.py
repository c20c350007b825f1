"""Runs: where a sequence of tokens repeats itself, as chains of equal runs with gaps.

In: token hashes of one document.  Out: `Chain`s, each "b repeats a".  Used by `collapse` alone.
Paragraph breaks play no part here, so copies whose breaks differ, and copies on one line, are found alike.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_LOOK_BACK: Final = 48  # runs looked back at when chaining; more changed nothing on 3 % to 10 % edited copies
_DRIFT_COST: Final = 0.2  # tokens of score per token by which a gap is longer on one side
_AS_GOOD: Final = 0.9  # of the best chain's matched tokens: chains that are as good
_WINDOW: Final = 4096  # chains that are looked at as equally good
_OVERLAP: Final = 0.1  # of a chain that may lie in one chosen before: the fuzz of gapped ends
_GAP_COST: Final = 0.05  # and per token of gap
_PLACE_BITS: Final = 32  # of a link, for its place; the others are for the distance
_PLACE: Final = (1 << _PLACE_BITS) - 1
_FIRST_BITS: Final = 16  # of the hash of a gram: few others begin as one that stands twice
_BEYOND_FIRST: Final = np.uint64(64 - _FIRST_BITS)
_ROWS: Final = 1024  # runs that are held against those before them at once


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
    found = _chain(rows, gap, least)
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
    return runs_all([hashes], anchor)[0]


def runs_all(texts: Sequence[NDArray[np.uint64]], anchor: int) -> list[NDArray[np.int64]]:
    """Return what `runs` gives for each text; all of them are looked through at once."""
    sizes = np.array([hashes.size for hashes in texts], dtype=np.int64)
    begins = (sizes + 1).cumsum() - sizes - 1  # with one place between two texts, so no run goes over
    rows = _rows(_links(*_repeated(texts, sizes, anchor)), anchor)
    edges = [*rows[:, 1].searchsorted(begins).tolist(), len(rows)]
    where = zip(begins.tolist(), pairwise(edges), strict=True)
    return [rows[first:last] - (at, at, 0) for at, (first, last) in where]


def _rows(links: NDArray[np.int64], anchor: int) -> NDArray[np.int64]:
    """Return the rows that links make, sorted by the second place, then the first."""
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


def _repeated(
    texts: Sequence[NDArray[np.uint64]], sizes: NDArray[np.int64], anchor: int
) -> tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.uint32]]:
    """Return where n-grams begin that stand twice in their text, these n-grams, and the number of the text of each.

    The last bits of the hash of a gram give way to the number of its text, so one sort does for all; it takes a
    fourth of the time of one that also gives the places, of which there are few.
    """
    of = np.repeat(np.arange(sizes.size, dtype=np.uint32), sizes)
    grams = _grams(np.concatenate([*texts, np.zeros(0, dtype=np.uint64)]), anchor)
    inside = of[: grams.size] == of[of.size - grams.size :]  # over the end of a text there is none
    tagged = grams & ~np.uint64((1 << sizes.size.bit_length()) - 1)
    tagged |= of[: grams.size]
    ordered = tagged[inside]
    ordered.sort()
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    del ordered
    first_bits = np.zeros(1 << _FIRST_BITS, dtype=np.bool_)
    first_bits[twice >> _BEYOND_FIRST] = True
    at = (first_bits.take((tagged >> _BEYOND_FIRST).view(np.int64)) & inside).nonzero()[0]
    found = tagged[at]
    del tagged, inside
    if twice.size:
        at = at[twice.take(twice.searchsorted(found), mode="clip") == found]
    return (at + of[at]).astype(np.int32), grams[at], of[at]


def _links(places: NDArray[np.int32], grams: NDArray[np.uint64], of: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the pairs of equal n-grams of one text, sorted by distance, then place, each as one number of the two.

    A gram is linked with its occurrence before, and with its first one.  Memory is what bounds the length of a file,
    so nothing stays longer than it is needed, and places take four bytes.
    """
    order, fresh = _in_order(places, grams, of)
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


def _in_order(
    places: NDArray[np.int32], grams: NDArray[np.uint64], of: NDArray[np.uint32]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the places of the n-grams, equal ones of a text side by side, in order; and which are the first."""
    order = np.argsort(grams, kind="stable")
    grams, of = grams[order], of[order]
    fresh = np.ones(order.size, dtype=np.bool_)
    np.not_equal(grams[1:], grams[:-1], out=fresh[1:])
    fresh[1:] |= of[1:] != of[:-1]
    return places[order], fresh


def _pack(left: NDArray[np.int32], right: NDArray[np.int32], out: NDArray[np.int64]) -> None:
    """Put the distance and the place of each link into one number."""
    np.subtract(right, left, out=out)
    out <<= _PLACE_BITS
    out |= left


def _chain(found: NDArray[np.int64], gap: int, least: int) -> list[Chain]:
    """Link runs that follow each other on both sides; return each best chain of `least` tokens or more once."""
    lengths = found[:, 2].tolist()
    score = [float(length) for length in lengths]
    back = [-1] * len(score)
    first_b = found[:, 1].tolist()  # where the chain's b side starts: its a side must end before
    ends = (found[:, 0] + found[:, 2]).tolist()
    for r, p, cost in _followed(found, gap):
        total = score[p] - cost + lengths[r]
        if total > score[r] and score[p] > cost and ends[r] <= first_b[p]:
            score[r], back[r], first_b[r] = total, p, first_b[p]
    return _trace(found.tolist(), score, back, least)


def _followed(found: NDArray[np.int64], gap: int) -> Iterator[tuple[int, int, float]]:
    """Yield for each run, in order, those that it may follow, the last one first, and what the gap between them costs.

    A chain is worth no more than all runs up to its end, and its a side ends before the last of its b side begins:
    what fails by that alone is left out here.
    """
    i, j, length = np.ascontiguousarray(found.T)
    ends, b_ends, worth = i + length, j + length, length.cumsum()
    for at in range(0, len(found), _ROWS):
        r, p = _earlier(at, min(at + _ROWS, len(found)))
        apart = (ends[r] <= j[p]).nonzero()[0]
        r, p = r[apart], p[apart]
        gap_a, gap_b = i[r] - ends[p], j[r] - b_ends[p]
        larger = np.maximum(gap_a, gap_b)
        overlap = np.maximum(-np.minimum(gap_a, gap_b), 0)
        cost = _DRIFT_COST * np.abs(gap_a - gap_b) + _GAP_COST * np.maximum(larger, 0) + overlap
        may = (larger <= gap) & (overlap < np.minimum(length[r], length[p])) & (cost <= worth[p])
        yield from zip(r[may].tolist(), p[may].tolist(), cost[may].tolist(), strict=True)


@functools.lru_cache(maxsize=32)  # most texts have a few runs
def _earlier(first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return two columns: each of some rows with each that is looked back at from it, the last one first."""
    numbers = np.arange(first, last)
    sizes = np.minimum(numbers, _LOOK_BACK)
    r = np.repeat(numbers, sizes)
    return r, r - 1 - (np.arange(r.size) - np.repeat(sizes.cumsum() - sizes, sizes))


def _trace(rows: list[list[int]], score: list[float], back: list[int], least: int) -> list[Chain]:
    """Follow the best chains of `least` tokens or more back; a run belongs to one chain."""
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
        if sum(m[2] for m in members) < least:
            continue
        members = _without_stragglers(_without_stragglers(members)[::-1])
        matched = sum(m[2] for m in members)
        if matched < least:
            continue
        i0, j0, _ = members[0]
        i1, j1, last = members[-1]
        out.append(Chain(i0, i1 + last, j0, j1 + last, matched))
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
