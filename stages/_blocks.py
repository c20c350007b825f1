"""Blocks: the parts of two sequences that are equal, in order.

In: two arrays of hashes or code points.  Out: blocks, each (start in a, start in b, length).  Order: under `align`.
Source: anchors are n-grams unique in both sides, as in patience diff; gaps are Levenshtein operations.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from rapidfuzz.distance import Levenshtein

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Ids = NDArray[np.uint64]
    _Letters = NDArray[np.uint32]
    Block = tuple[int, int, int]  # start in a, start in b, length

_Hash = TypeVar("_Hash", np.uint32, np.uint64)

#: Largest product of lengths that rapidfuzz takes: about 5 ms and a few MB (measured, two cores).
CAP: Final = 1 << 24
#: Lengths of the n-grams that anchor a gap above the cap; True pairs the k-th occurrences with each other.
LADDER: Final = ((8, False), (8, False), (5, False), (3, False), (8, True), (3, True))
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_LETTERS: Final = (
    0x10FFFF - 0x800 - 4
)  # code points that are no surrogates, less those kept for values of one side
_ONLY_A, _ONLY_B = 0x10FFFE, 0x10FFFF


def equal_blocks(a: Ids, b: Ids) -> list[Block]:
    """Return the equal blocks; what is equal at both ends need not be looked at any further."""
    head = common_start(a, b)
    tail = common_end(a[head:], b[head:])
    a_end, b_end = a.size - tail, b.size - tail
    inner: list[Block] = []
    if head < min(a_end, b_end):
        found = _Aligner(a[head:a_end], b[head:b_end]).blocks()
        inner = [(head + a0, head + b0, n) for a0, b0, n in found]
    return joined([(0, 0, head), *inner, (a_end, b_end, tail)])


def distinct(values: NDArray[_Hash]) -> NDArray[_Hash]:
    """Return the distinct values, sorted; of some thousands, `np.unique` takes ten times as long."""
    found = np.sort(values)
    new = np.ones(found.size, dtype=np.bool_)
    np.not_equal(found[1:], found[:-1], out=new[1:])
    return found[new]


def running(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum of the values before each, and of all of them."""
    out = np.zeros(values.size + 1, dtype=np.int64)
    values.cumsum(out=out[1:])
    return out


def common_values(a: NDArray[_Hash], b: NDArray[_Hash]) -> int:
    """Return how many values two columns of distinct ones have in common."""
    both = np.sort(np.concatenate((a, b)))
    return int(np.count_nonzero(both[1:] == both[:-1]))


def joined(blocks: Iterable[Block]) -> list[Block]:
    """Merge blocks that continue each other, and drop empty ones."""
    out: list[Block] = []
    for a0, b0, n in blocks:
        if not n:
            continue
        if out and out[-1][0] + out[-1][2] == a0 and out[-1][1] + out[-1][2] == b0:
            out[-1] = (out[-1][0], out[-1][1], out[-1][2] + n)
        else:
            out.append((a0, b0, n))
    return out


def common_start(a: NDArray[Any], b: NDArray[Any]) -> int:
    n = min(a.size, b.size)
    if not n or a[0] != b[0]:
        return 0
    differ = a[:n] != b[:n]
    at = int(np.argmax(differ))
    return at if differ[at] else n


def common_end(a: NDArray[Any], b: NDArray[Any]) -> int:
    return common_start(a[::-1], b[::-1])


class _Aligner:
    """Finds the equal blocks of two arrays; keeps them as letters, also in strings for rapidfuzz.

    What stands in one of them alone is one letter of its own.  Neither array is empty.
    """

    __slots__ = ("_a", "_a_text", "_b", "_b_text")

    def __init__(self, a: Ids, b: Ids) -> None:
        values = distinct(b)
        a_at, b_at = np.minimum(values.searchsorted(a), values.size - 1), values.searchsorted(b)
        known = values.take(a_at) == a
        shared = np.zeros(values.size, dtype=np.bool_)
        shared[a_at[known]] = True
        letters = np.cumsum(shared)
        shared &= letters <= _LETTERS  # past that, values stay unmatched in gaps
        letters += np.where(letters >= 0xD800, 0x800, 0)
        letters[~shared] = _ONLY_B
        self._a = np.where(known & shared.take(a_at), letters.take(a_at), _ONLY_A).astype("<u4")
        self._b = letters.take(b_at).astype("<u4")
        self._a_text, self._b_text = (x.tobytes().decode("utf-32-le") for x in (self._a, self._b))

    def blocks(self) -> list[Block]:
        """Return the equal blocks (start in a, start in b, length), in order."""
        found: list[Block] = []
        todo = [(0, self._a.size, 0, self._b.size, 0)]
        while todo:
            a0, a1, b0, b1, level = todo.pop()
            head = common_start(self._a[a0:a1], self._b[b0:b1])
            found.append((a0, b0, head))
            a0, b0 = a0 + head, b0 + head
            tail = common_end(self._a[a0:a1], self._b[b0:b1])
            a1, b1 = a1 - tail, b1 - tail
            found.append((a1, b1, tail))
            if a0 == a1 or b0 == b1:
                continue
            if (a1 - a0) * (b1 - b0) <= CAP:
                found += self._small(a0, a1, b0, b1)
            elif level < len(LADDER):
                anchors = _anchors(self._a[a0:a1], self._b[b0:b1], *LADDER[level])
                i, j = a0, b0
                for a_at, b_at, n in (*anchors, (a1 - a0, b1 - b0, 0)):
                    found.append((a0 + a_at, b0 + b_at, n))
                    todo.append((i, a0 + a_at, j, b0 + b_at, level + 1))
                    i, j = a0 + a_at + n, b0 + b_at + n
        return joined(sorted(found))

    def _small(self, a0: int, a1: int, b0: int, b1: int) -> list[Block]:
        edits = Levenshtein.editops(self._a_text[a0:a1], self._b_text[b0:b1])
        return [(a0 + m.a, b0 + m.b, m.size) for m in edits.as_matching_blocks()]


def _anchors(a: _Letters, b: _Letters, n: int, ranked: bool) -> list[Block]:  # noqa: FBT001 - a row of `LADDER`
    """Return equal blocks, rising in both, from n-grams that stand once in each (or k-th with k-th)."""
    if min(a.size, b.size) < n:
        return []
    (a_grams, a_at), (b_grams, b_at) = _unique_grams(a, n, ranked), _unique_grams(b, n, ranked)
    _, a_in, b_in = np.intersect1d(a_grams, b_grams, assume_unique=True, return_indices=True)
    a_at, b_at = a_at[a_in], b_at[b_in]
    same = np.ones(a_at.size, dtype=bool)
    for k in range(n):
        same &= a[a_at + k] == b[b_at + k]
    order = np.argsort(a_at[same], kind="stable")
    a_at, b_at = a_at[same][order], b_at[same][order]
    chain = _rising(b_at.tolist())
    out: list[Block] = []
    i = j = 0
    for x, y in zip(a_at[chain].tolist(), b_at[chain].tolist(), strict=True):
        cut = max(0, i - x, j - y)
        if cut < n:
            out.append((x + cut, y + cut, n - cut))
            i, j = x + n, y + n
    return joined(out)


def _unique_grams(values: _Letters, n: int, ranked: bool) -> tuple[Ids, NDArray[np.int64]]:  # noqa: FBT001 - same
    """Return the n-grams (as hashes) that stand once, and where; `ranked` tells occurrences apart."""
    grams = np.zeros(values.size - n + 1, dtype=np.uint64)
    for k in range(n):
        grams = (grams + values[k : values.size - n + 1 + k] + np.uint64(1)) * _MULTIPLIER
        grams ^= grams >> np.uint64(29)
    if ranked:
        order = np.argsort(grams, kind="stable")
        run = grams[order]
        new = np.r_[True, run[1:] != run[:-1]]
        first = np.maximum.accumulate(np.where(new, np.arange(run.size), 0))
        grams[order] += (np.arange(run.size) - first).astype(np.uint64) * _MULTIPLIER
    found, at, count = np.unique(grams, return_index=True, return_counts=True)
    return found[count == 1], at[count == 1]


def _rising(values: list[int]) -> list[int]:
    """Return the indices of a longest strictly rising chain of `values`."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        at = bisect_left(tails, value)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(value)
            ends.append(index)
        else:
            tails[at], ends[at] = value, index
    chain = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(index)
        index = before[index]
    return chain[::-1]
