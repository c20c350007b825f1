"""Align two sequences: the one account of what is equal in two texts, and where they differ.

In: two arrays of integers (token hashes or code points).  Out: operations that tile both; what they cover.
Order: a tool below the stages; knows only the model.
Source: anchors are n-grams unique in both sides, as in patience diff; gaps are Levenshtein operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from stages._blocks import equal_blocks, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from stages._blocks import Block, Ids
    from stages.model import Paragraph, Scores, Tier, Tokens

_CORE: Final = 4  # tokens; shorter equal runs occur by chance in unrelated Chinese text
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
    ops: tuple[Op, ...]  # () where nothing was aligned: identical and rejected pairs
    shares_lead: bool


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of two texts an alignment holds together, in characters."""

    equal: int
    a_inside: int  # characters of a inside the aligned part, edits included
    b_inside: int
    longest: int  # equal characters of the longest aligned run


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of `text`."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def align(a: NDArray[np.integer], b: NDArray[np.integer], *, tidy: bool = True) -> tuple[Op, ...]:
    """Return operations that tile `a` and `b` completely and in order; two edits never meet.

    `align(b, a)` is the mirror of `align(a, b)`.  With `tidy`, equal runs of one or two elements between
    edits of four or more are taken as chance and become part of the edit.  Time is near linear.
    """
    first, second = _wide(a), _wide(b)
    turned = first.size > second.size or (first.size == second.size and first.tobytes() > second.tobytes())
    if turned:
        first, second = second, first
    blocks = equal_blocks(first, second)
    if tidy:
        blocks = _tidied(blocks, first, second)
    if turned:
        blocks = [(j, i, n) for i, j, n in blocks]
    return tuple(_ops(blocks, *((second.size, first.size) if turned else (first.size, second.size))))


def tidied(ops: Sequence[Op], a: NDArray[np.integer], b: NDArray[np.integer]) -> tuple[Op, ...]:
    """Return what `align` gives with `tidy`, of what it gives without."""
    blocks = [(op.a0, op.b0, op.a1 - op.a0) for op in ops if op.kind == "equal"]
    return tuple(_ops(_tidied(blocks, _wide(a), _wide(b)), a.size, b.size))


def grams(hashes: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """Return one hash for each run of `size` tokens, in order; none where there are fewer."""
    count = max(0, hashes.size - size + 1)
    mixed = np.zeros(count, dtype=np.uint64)
    for k in range(size):
        mixed = (mixed ^ hashes[k : count + k]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(31)
    return mixed


def covered(
    ops: Sequence[Op],
    a_chars: NDArray[np.int64],
    b_chars: NDArray[np.int64],
    *,
    edit_tokens: int,
    own_tokens: int | None = None,
) -> Covered:
    """Return what `ops` hold together; `a_chars` and `b_chars` are the characters of each token.

    An aligned part is a chain of equal runs of four tokens or more; what stands between two of them belongs
    to it when it is at most `edit_tokens` long and holds no more edits than the runs beside it have tokens.
    With `own_tokens`, that many which one text alone has in one place are no edit of what both share: a sentence
    was left out, or put in, and counts for neither.
    """
    a_sum, b_sum = _running(a_chars), _running(b_chars)
    done = Covered(0, 0, 0, 0)
    part: list[Op] = []
    for op in (*_parts(ops, edit_tokens), None):
        if op is not None:
            if not _own(op, own_tokens):
                part.append(op)
        elif part:
            done = _with_part(done, part, a_sum, b_sum)
            part = []
    return done


def _own(op: Op, own_tokens: int | None) -> bool:
    """Say whether one text alone has so much in this place."""
    sizes = op.a1 - op.a0, op.b1 - op.b0
    return own_tokens is not None and not min(sizes) and max(sizes) >= own_tokens


def _with_part(done: Covered, part: list[Op], a_sum: list[int], b_sum: list[int]) -> Covered:
    equal = 0
    a_inside = b_inside = 0
    for op in part:
        a_here, b_here = a_sum[op.a1] - a_sum[op.a0], b_sum[op.b1] - b_sum[op.b0]
        a_inside += a_here
        b_inside += b_here
        equal += min(a_here, b_here) if op.kind == "equal" else 0
    return Covered(
        done.equal + equal, done.a_inside + a_inside, done.b_inside + b_inside, max(done.longest, equal)
    )


def _parts(ops: Sequence[Op], edit_tokens: int) -> Iterable[Op | None]:
    """Yield the operations inside aligned parts; None ends a part."""
    last = len(ops) - 1
    edits = sum(max(op.a1 - op.a0, op.b1 - op.b0) for op in ops if op.kind != "equal")
    least = 1 if edits < _CORE else _CORE  # in texts of a few words a short run is no chance
    cores = [i for i, op in enumerate(ops) if op.kind == "equal" and op.a1 - op.a0 >= least]
    before = -1
    for core in cores:
        between = ops[before + 1 : core]
        left = ops[before].a1 - ops[before].a0 if before >= 0 else 0
        support = left + ops[core].a1 - ops[core].a0
        if _joins(between, support, edit_tokens) and (before >= 0 or _changes(between)):
            yield from between
        elif before >= 0:
            yield None
        yield ops[core]
        before = core
    if (
        before >= 0
        and before == last - 1
        and _changes(ops[last:])
        and _joins(ops[last:], ops[before].a1 - ops[before].a0, edit_tokens)
    ):
        yield ops[last]
    yield None


def _changes(end: Sequence[Op]) -> bool:
    """Say whether what stands beyond the first or last equal run is an edit of it: nothing, or one replacement.

    What one text alone has at an end was cut off the other, or added; neither is part of what they share.
    """
    return not end or (len(end) == 1 and end[0].a0 < end[0].a1 and end[0].b0 < end[0].b1)


def _joins(between: Sequence[Op], support: int, edit_tokens: int) -> bool:
    a_size = b_size = edits = 0
    for op in between:
        a_here, b_here = op.a1 - op.a0, op.b1 - op.b0
        a_size += a_here
        b_size += b_here
        edits += 0 if op.kind == "equal" else max(a_here, b_here)
    return max(a_size, b_size) <= edit_tokens and edits <= support


def _running(values: NDArray[np.int64]) -> list[int]:
    total: list[int] = np.cumsum(values, dtype=np.int64).tolist()
    return [0, *total]


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


def _tidied(blocks: list[Block], a: Ids, b: Ids) -> list[Block]:
    """Take out equal runs that stand by chance inside an edit, then give equal ends of the edits back."""
    kept = [(0, 0, 0)]
    for block in (*blocks, (a.size, b.size, 0)):
        while (
            len(kept) > 1
            and kept[-1][2] <= 2
            and _gap(kept[-2], kept[-1]) >= 4
            and _gap(kept[-1], block) >= 4
        ):
            kept.pop()
        kept.append(block)
    out: list[Block] = []
    a_list, b_list = a.tolist(), b.tolist()
    for at, block in enumerate(kept[:-1]):
        (a0, b0, n), (a1, b1, _) = block, kept[at + 1]
        tail = head = 0
        least = min(a1 - a0, b1 - b0) - n  # elements that may be equal at an end of the edit
        while tail < least and a_list[a1 - tail - 1] == b_list[b1 - tail - 1]:  # belongs to the next block
            tail += 1
        while head < least - tail and a_list[a0 + n + head] == b_list[b0 + n + head]:
            head += 1
        kept[at + 1] = (a1 - tail, b1 - tail, kept[at + 1][2] + tail)
        out.append((a0, b0, n + head))
    out.append(kept[-1])
    return joined(out)


def _gap(left: Block, right: Block) -> int:
    return max(right[0] - left[0], right[1] - left[1]) - left[2]
