"""Align two sequences: the one account of what is equal in two texts, and where they differ.

In: two arrays of integers (token hashes or code points).  Out: operations that tile both; what they cover.
Order: a tool below the stages; knows only the model.
Source: anchors are n-grams unique in both sides, as in patience diff; gaps are Levenshtein operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from stages._blocks import equal_blocks, joined, running

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from stages._blocks import Block, Ids
    from stages.model import Paragraph, Scores, Tier, Tokens

_CHANCE: Final = 2  # equal elements at most that stand by chance between two edits of `_EDIT` or more
_EDIT: Final = 4
_ISLAND: Final = 3  # equal elements between two edits of one rewritten stretch


class Op(NamedTuple):
    """One step from `a` to `b`: elements `a0:a1` of `a` stand against `b0:b1` of `b`."""

    kind: str  # "equal", "replace", "delete", "insert"
    a0: int
    a1: int
    b0: int
    b1: int


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One text of a pair, as it is compared."""

    text: str  # the comparison view: L2 without in-file copies and furniture
    paragraphs: tuple[Paragraph, ...]  # spans of `text`
    tokens: Tokens
    shingles: NDArray[np.uint32]  # sorted, unique
    signature: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Compared:
    """What alignment says of a pair, before figures are looked at.

    `ops` go over the tokens of both.  Where paragraphs stand in another order in the two texts, they follow
    one side and jump in the other, and still name every token of both once.
    """

    tier: Tier  # identical, key-equal, near, contained, shared or rejected
    scores: Scores
    ops: tuple[
        Op, ...
    ]  # () where nobody asks: identical and rejected pairs, and those that only share passages
    shares_lead: bool


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of `text`."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def align(a: NDArray[np.integer], b: NDArray[np.integer], *, tidy: bool = True) -> tuple[Op, ...]:
    """Return operations that tile `a` and `b` completely and in order; two edits never meet.

    `align(b, a)` is the mirror of `align(a, b)`.  With `tidy`, equal runs of one or two elements between
    edits of four or more are taken as chance and become part of the edit.  Time is near linear.
    """
    blocks = aligned([(a, b)])[0] if tidy else _blocks(_wide(a), _wide(b))
    return ops_of(blocks, a.size, b.size)


def aligned(pairs: Sequence[tuple[NDArray[np.integer], NDArray[np.integer]]]) -> list[list[Block]]:
    """Return for each pair the equal runs of `align`: start in a, start in b, length."""
    wide = [(_wide(a), _wide(b)) for a, b in pairs]
    found = [_blocks(a, b) for a, b in wide]
    for n in _untidy(found, wide):
        found[n] = _tidied(found[n], *wide[n])
    return found


def _blocks(a: Ids, b: Ids) -> list[Block]:
    """Return the equal blocks; those of b and a are the same."""
    if a.size > b.size or (a.size == b.size and a.tobytes() > b.tobytes()):
        return [(i, j, n) for j, i, n in equal_blocks(b, a)]
    return equal_blocks(a, b)


def ops_of(blocks: Iterable[Block], a_size: int, b_size: int) -> tuple[Op, ...]:
    """Return the operations whose equal runs are `blocks`, which rise in both."""
    return tuple(_ops(blocks, a_size, b_size))


def tidied(ops: Sequence[Op], a: NDArray[np.integer], b: NDArray[np.integer]) -> tuple[Op, ...]:
    """Return what `align` gives with `tidy`, of what it gives without."""
    blocks = [(op.a0, op.b0, op.a1 - op.a0) for op in ops if op.kind == "equal"]
    return ops_of(_tidied(blocks, _wide(a), _wide(b)), a.size, b.size)


def grams(hashes: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """Return one hash for each run of `size` tokens, in order; none where there are fewer."""
    count = max(0, hashes.size - size + 1)
    mixed = np.zeros(count, dtype=np.uint64)
    for k in range(size):
        mixed = (mixed ^ hashes[k : count + k]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(31)
    return mixed


def _wide(values: NDArray[np.integer]) -> Ids:
    return np.ascontiguousarray(values).astype(np.uint64)


def counterparts(ops: Iterable[Op], size: int) -> NDArray[np.int64]:
    """Return for each of the `size` elements of a the equal one of b, or -1."""
    out = np.full(size, -1, dtype=np.int64)
    equal = [(op.a0, op.b0, op.a1 - op.a0) for op in ops if op.kind == "equal"]
    a_at, b_at, sizes = np.array(equal, dtype=np.int64).reshape(-1, 3).T
    before = sizes.cumsum() - sizes
    within = np.arange(int(sizes.sum()))
    out[np.repeat(a_at - before, sizes) + within] = np.repeat(b_at - before, sizes) + within
    return out


def gathered(ops: Sequence[Op], *, residue: int) -> tuple[Op, ...]:
    """Return `ops` with each rewritten stretch as one replacement.

    Where a sentence took the place of another, single words that both happen to have (of, the, 的) split the
    replacement and hide its size.  Edits with at most three equal elements between them are one stretch when they
    hold `residue` changed elements on a side, and more changed than equal ones.
    """
    out: list[Op] = []
    group: list[Op] = []
    for op in ops:
        follows = bool(group) and (op.a0, op.b0) == (group[-1].a1, group[-1].b1)
        if not follows or (op.kind == "equal" and op.a1 - op.a0 > _ISLAND):
            out += _stretch(group, residue)
            group = []
        if op.kind == "equal" and not group:
            out.append(op)
        else:
            group.append(op)
    return tuple(out + _stretch(group, residue))


def _stretch(group: list[Op], residue: int) -> list[Op]:
    tail: list[Op] = []
    while group and group[-1].kind == "equal":
        tail.insert(0, group[-1])
        group = group[:-1]
    equal = sum(o.a1 - o.a0 for o in group if o.kind == "equal")
    changed = (
        max(sum(o.a1 - o.a0 for o in group) - equal, sum(o.b1 - o.b0 for o in group) - equal) if group else 0
    )
    if len(group) < 2 or changed < residue or equal >= changed:
        return group + tail
    return [op_of(group[0].a0, group[-1].a1, group[0].b0, group[-1].b1), *tail]


def mirrored(ops: Iterable[Op]) -> tuple[Op, ...]:
    """Return the operations from `b` to `a`."""
    return tuple(_mirror(op) for op in ops)


def _mirror(op: Op) -> Op:
    kind = {"delete": "insert", "insert": "delete"}.get(op.kind, op.kind)
    return Op(kind, op.b0, op.b1, op.a0, op.a1)


def op_of(a0: int, a1: int, b0: int, b1: int) -> Op:
    """Return the edit between two ranges, of which one at most is empty."""
    kind = "replace" if a1 > a0 and b1 > b0 else "delete" if a1 > a0 else "insert"
    return Op(kind, a0, a1, b0, b1)


def _ops(blocks: Iterable[Block], a_size: int, b_size: int) -> Iterable[Op]:
    i = j = 0
    for a0, b0, n in (*blocks, (a_size, b_size, 0)):
        if a0 > i or b0 > j:
            yield op_of(i, a0, j, b0)
        if n:
            yield Op("equal", a0, a0 + n, b0, b0 + n)
        i, j = a0 + n, b0 + n


def _untidy(found: Sequence[Sequence[Block]], pairs: Sequence[tuple[Ids, Ids]]) -> list[int]:
    """Return which alignments `_tidied` may change: all are looked at in one column, most of them are tidy."""
    rows = [((0, 0, 0), *blocks, (a.size, b.size, 0)) for blocks, (a, b) in zip(found, pairs, strict=True)]
    counts = [len(row) for row in rows]
    number = np.repeat(np.arange(len(rows)), counts)
    a_at, b_at, size = np.array([block for row in rows for block in row], dtype=np.int64).reshape(-1, 3).T
    a_gap, b_gap = np.diff(a_at) - size[:-1], np.diff(b_at) - size[:-1]  # after each block
    here = number[1:] == number[:-1]
    wide = here & (np.maximum(a_gap, b_gap) >= _EDIT)
    chance = wide[1:] & wide[:-1] & (size[1:-1] <= _CHANCE)
    both = (here & (np.minimum(a_gap, b_gap) > 0)).nonzero()[0]  # edits with elements of a and b
    a_all, b_all = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    a_from, b_from = (running(np.array([pair[side].size for pair in pairs]))[number] for side in (0, 1))
    starts_equal = a_all[(a_at + size + a_from)[both]] == b_all[(b_at + size + b_from)[both]]
    ends_equal = a_all[(a_at + a_from)[both + 1] - 1] == b_all[(b_at + b_from)[both + 1] - 1]
    touched = number[both[starts_equal | ends_equal]].tolist() + number[1:-1][chance].tolist()
    return sorted(set(touched))


def _tidied(blocks: list[Block], a: Ids, b: Ids) -> list[Block]:
    """Take out equal runs that stand by chance inside an edit, then give equal ends of the edits back."""
    kept = [(0, 0, 0)]
    for block in (*blocks, (a.size, b.size, 0)):
        while (
            len(kept) > 1
            and kept[-1][2] <= _CHANCE
            and _gap(kept[-2], kept[-1]) >= _EDIT
            and _gap(kept[-1], block) >= _EDIT
        ):
            kept.pop()
        kept.append(block)
    out: list[Block] = []
    for at, block in enumerate(kept[:-1]):
        (a0, b0, n), (a1, b1, _) = block, kept[at + 1]
        tail = head = 0
        least = min(a1 - a0, b1 - b0) - n  # elements that may be equal at an end of the edit
        while tail < least and a[a1 - tail - 1] == b[b1 - tail - 1]:  # belongs to the next block
            tail += 1
        while head < least - tail and a[a0 + n + head] == b[b0 + n + head]:
            head += 1
        kept[at + 1] = (a1 - tail, b1 - tail, kept[at + 1][2] + tail)
        out.append((a0, b0, n + head))
    out.append(kept[-1])
    return joined(out)


def _gap(left: Block, right: Block) -> int:
    return max(right[0] - left[0], right[1] - left[1]) - left[2]
