"""Coverage: how much of two texts an alignment holds together.

In: alignments, and the characters of each token.  Out: `Covered`.  Order: under `figures` and `verify`.
Many alignments are looked at in one column: what one costs is mostly calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from stages._blocks import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stages._blocks import Block
    from stages.align import Op

_CORE: Final = 4  # tokens; shorter equal runs occur by chance in unrelated Chinese text


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of two texts an alignment holds together, in characters."""

    equal: int
    a_inside: int  # characters of a inside the aligned part, edits included
    b_inside: int
    longest: int  # equal characters of the longest aligned run


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The operations of several alignments, one after another, in columns."""

    pair: NDArray[np.int64]  # number of the alignment
    edges: NDArray[np.int64]  # a0, a1, b0, b1 of each
    equal: NDArray[np.bool_]

    @property
    def sizes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Elements of a and of b."""
        return self.edges[1] - self.edges[0], self.edges[3] - self.edges[2]


def steps_of(alignments: Sequence[Sequence[Op]]) -> Steps:
    """Return operations in columns."""
    every = [op for ops in alignments for op in ops]
    return Steps(
        pair=np.repeat(np.arange(len(alignments)), [len(ops) for ops in alignments]),
        edges=np.array([op[1:] for op in every], dtype=np.int64).reshape(-1, 4).T,
        equal=np.array([op.kind == "equal" for op in every], dtype=np.bool_),
    )


def steps_between(alignments: Sequence[Sequence[Block]], sizes: Sequence[tuple[int, int]]) -> Steps:
    """Return the operations whose equal runs are given: each, and what stands before it or at the end."""
    rows = [(*blocks, (*size, 0)) for blocks, size in zip(alignments, sizes, strict=True)]
    pair = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    a_at, b_at, size = np.array([block for row in rows for block in row], dtype=np.int64).reshape(-1, 3).T
    first = np.ones(pair.size, dtype=np.bool_)
    first[1:] = pair[1:] != pair[:-1]
    a_after, b_after = a_at + size, b_at + size
    a_before, b_before = (np.where(first, 0, np.roll(after, 1)) for after in (a_after, b_after))
    edges = np.empty((4, 2 * pair.size), dtype=np.int64)
    edges[:, ::2] = a_before, a_at, b_before, b_at
    edges[:, 1::2] = a_at, a_after, b_at, b_after
    there = (edges[1] > edges[0]) | (edges[3] > edges[2])
    equal = np.zeros(there.size, dtype=np.bool_)
    equal[1::2] = True
    return Steps(np.repeat(pair, 2)[there], edges[:, there], equal[there])


def covered(
    ops: Sequence[Op],
    a_chars: NDArray[np.int64],
    b_chars: NDArray[np.int64],
    *,
    edit_tokens: int,
    own_tokens: int | None = None,
) -> Covered:
    """Return what `ops` hold together, see `covered_each`."""
    chars = [(a_chars, b_chars)]
    return covered_each(steps_of([ops]), chars, edit_tokens=edit_tokens, own_tokens=own_tokens)[0]


def covered_each(
    steps: Steps,
    chars: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    *,
    edit_tokens: int,
    own_tokens: int | None = None,
) -> list[Covered]:
    """Return what each alignment holds together; `chars` are, for each, the characters of each token of a and of b.

    An aligned part is a chain of equal runs of four tokens or more; what stands between two of them belongs
    to it when it is at most `edit_tokens` long and holds no more edits than the runs beside it have tokens.
    With `own_tokens`, that many which one text alone has in one place are no edit of what both share: a sentence
    was left out, or put in, and counts for neither.
    """
    pair, (a_size, b_size), count = steps.pair, steps.sizes, len(chars)
    changed = np.where(steps.equal, 0, np.maximum(a_size, b_size))
    edits = _by(pair, changed, count)
    least = np.where(edits < _CORE, 1, _CORE)  # in texts of a few words a short run is no chance
    cores = (steps.equal & (a_size >= least[pair])).nonzero()[0]
    if not cores.size:
        return [Covered(0, 0, 0, 0)] * count
    before, at_end = _joins(steps, cores, changed, count, edit_tokens)
    gap = np.minimum(cores.searchsorted(np.arange(pair.size)), cores.size - 1)
    ahead = (cores[gap] >= np.arange(pair.size)) & (pair[cores[gap]] == pair)  # a core is, or follows
    inside = np.where(ahead, before[gap], at_end[pair])
    inside[cores] = True
    if own_tokens is not None:
        inside &= (np.minimum(a_size, b_size) > 0) | (np.maximum(a_size, b_size) < own_tokens)
    a_here, b_here = (_characters(steps, chars, side) * inside for side in (0, 1))
    both = np.minimum(a_here, b_here) * steps.equal
    first = np.diff(pair[cores], prepend=-1) > 0  # of a pair: its part begins where the pair does
    starts = np.where(first, pair.searchsorted(pair[cores]), cores)[first | ~before]
    parts = np.add.reduceat(both, starts)
    longest = np.zeros(count, dtype=np.int64)
    np.maximum.at(longest, pair[starts], parts)
    columns = (_by(pair, both, count), _by(pair, a_here, count), _by(pair, b_here, count), longest)
    return [Covered(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _joins(
    steps: Steps, cores: NDArray[np.int64], changed: NDArray[np.int64], count: int, edit_tokens: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return whether what stands before each core, and at the end of each pair, belongs to the part beside it.

    At either end of a text that must be one replacement: what one text alone has there was cut off the other, or added.
    """
    of, size = steps.pair[cores], steps.sizes[0][cores]
    first = np.ones(cores.size, dtype=np.bool_)
    first[1:] = of[1:] != of[:-1]
    last = np.roll(first, -1)
    previous = np.roll(cores, 1)
    starts = np.where(first, steps.pair.searchsorted(of), previous + 1)
    beside = np.where(first, 0, np.roll(size, 1)) + size
    ends = steps.pair.searchsorted(of[last], side="right")
    begin, after = np.append(starts, cores[last] + 1), np.append(cores, ends)
    a_here, b_here, edits = (total[after] - total[begin] for total in map(running, (*steps.sizes, changed)))
    joins = (np.maximum(a_here, b_here) <= edit_tokens) & (edits <= np.append(beside, size[last]))
    at_an_end = np.append(first, np.ones(ends.size, dtype=np.bool_))
    joins &= ~at_an_end | ((after - begin == 1) & (np.minimum(a_here, b_here) > 0))
    at_end = np.zeros(count, dtype=np.bool_)
    at_end[of[last]] = joins[cores.size :]
    return joins[: cores.size], at_end


def _by(pair: NDArray[np.int64], values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the sum of the values of each pair."""
    return np.bincount(pair, weights=values, minlength=count).astype(np.int64)


def _characters(
    steps: Steps, chars: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]], side: int
) -> NDArray[np.int64]:
    """Return the characters of one side of each operation."""
    columns = [both[side] for both in chars]
    total = running(np.concatenate(columns))
    offset = running(np.array([column.size for column in columns]))[steps.pair]
    start, end = steps.edges[2 * side : 2 * side + 2] + offset
    return np.asarray(total[end] - total[start], dtype=np.int64)
