"""Align two sequences: the one account of what is equal in two texts, and where they differ.

In: two arrays of integers (token hashes or code points).  Out: operations that tile both; what they cover.
Order: a tool below the stages; knows only the model.
Source: anchors are n-grams unique in both sides, as in patience diff; gaps are Levenshtein operations.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from rapidfuzz.distance import Levenshtein

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from stages.model import Paragraph, Scores, Tier, Tokens

    _Ids = NDArray[np.uint64]
    _Block = tuple[int, int, int]  # start in a, start in b, length

#: Largest product of lengths that rapidfuzz takes: about 5 ms and a few MB (measured, two cores).
CAP: Final = 1 << 24
#: Lengths of the n-grams that anchor a gap above the cap; True pairs the k-th occurrences with each other.
LADDER: Final = ((8, False), (8, False), (5, False), (3, False), (8, True), (3, True))
_CORE: Final = 4  # tokens; shorter equal runs occur by chance in unrelated Chinese text
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_LETTERS: Final = (
    0x10FFFF - 0x800 - 4
)  # code points that are no surrogates, less those kept for values of one side
_ONLY_A, _ONLY_B = 0x10FFFE, 0x10FFFF

_ISLAND: Final = 3  # equal elements between two edits of one rewritten stretch


@dataclass(frozen=True, slots=True)
class Op:
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
    if (first.size, first.tobytes()) > (second.size, second.tobytes()):
        return tuple(_mirror(op) for op in align(second, first, tidy=tidy))
    if np.array_equal(first, second):
        return (Op("equal", 0, first.size, 0, second.size),) if first.size else ()
    blocks = _Aligner(first, second).blocks()
    if tidy:
        blocks = _tidied(blocks, first, second)
    return tuple(_ops(blocks, first.size, second.size))


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
    longer = max(sum(op.a1 - op.a0 for op in between), sum(op.b1 - op.b0 for op in between))
    edits = sum(max(op.a1 - op.a0, op.b1 - op.b0) for op in between if op.kind != "equal")
    return longer <= edit_tokens and edits <= support


def _running(values: NDArray[np.int64]) -> list[int]:
    total = [0, *np.cumsum(values, dtype=np.int64).tolist()]
    return [int(v) for v in total]


def _wide(values: NDArray[np.integer]) -> _Ids:
    return np.ascontiguousarray(values).astype(np.uint64)


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


def _ops(blocks: Iterable[_Block], a_size: int, b_size: int) -> Iterable[Op]:
    i = j = 0
    for a0, b0, n in (*blocks, (a_size, b_size, 0)):
        if a0 > i or b0 > j:
            yield op_of(i, a0, j, b0)
        if n:
            yield Op("equal", a0, a0 + n, b0, b0 + n)
        i, j = a0 + n, b0 + n


def _tidied(blocks: list[_Block], a: _Ids, b: _Ids) -> list[_Block]:
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
    out: list[_Block] = []
    for at, block in enumerate(kept[:-1]):
        (a0, b0, n), (a1, b1, _) = block, kept[at + 1]
        tail = _common_end(a[a0 + n : a1], b[b0 + n : b1])  # belongs to the next block
        head = _common_start(a[a0 + n : a1 - tail], b[b0 + n : b1 - tail])
        kept[at + 1] = (a1 - tail, b1 - tail, kept[at + 1][2] + tail)
        out.append((a0, b0, n + head))
    out.append(kept[-1])
    return _joined(out)


def _gap(left: _Block, right: _Block) -> int:
    return max(right[0] - left[0], right[1] - left[1]) - left[2]


def _joined(blocks: Iterable[_Block]) -> list[_Block]:
    """Merge blocks that continue each other, and drop empty ones."""
    out: list[_Block] = []
    for a0, b0, n in blocks:
        if not n:
            continue
        if out and out[-1][0] + out[-1][2] == a0 and out[-1][1] + out[-1][2] == b0:
            out[-1] = (out[-1][0], out[-1][1], out[-1][2] + n)
        else:
            out.append((a0, b0, n))
    return out


def _common_start(a: _Ids, b: _Ids) -> int:
    n = min(a.size, b.size)
    if not n or a[0] != b[0]:
        return 0
    differ = a[:n] != b[:n]
    at = int(np.argmax(differ))
    return at if differ[at] else n


def _common_end(a: _Ids, b: _Ids) -> int:
    return _common_start(a[::-1], b[::-1])


class _Aligner:
    """Finds the equal blocks of two arrays; keeps them as small ids and as strings for rapidfuzz."""

    __slots__ = ("_a", "_a_text", "_b", "_b_text")

    def __init__(self, a: _Ids, b: _Ids) -> None:
        values, ids = np.unique(np.concatenate([a, b]), return_inverse=True)
        self._a = ids[: a.size].astype(np.uint64)
        self._b = ids[a.size :].astype(np.uint64)
        shared = np.zeros(values.size, dtype=bool)
        shared[np.intersect1d(self._a, self._b).astype(np.int64)] = True
        letters = np.cumsum(shared)
        letters = np.where(
            shared & (letters <= _LETTERS), letters, 0
        )  # past that, values stay unmatched in gaps
        letters += np.where(letters >= 0xD800, 0x800, 0)
        self._a_text = _as_text(letters[ids[: a.size]], _ONLY_A)
        self._b_text = _as_text(letters[ids[a.size :]], _ONLY_B)

    def blocks(self) -> list[_Block]:
        """Return the equal blocks (start in a, start in b, length), in order."""
        found: list[_Block] = []
        todo = [(0, self._a.size, 0, self._b.size, 0)]
        while todo:
            a0, a1, b0, b1, level = todo.pop()
            head = _common_start(self._a[a0:a1], self._b[b0:b1])
            found.append((a0, b0, head))
            a0, b0 = a0 + head, b0 + head
            tail = _common_end(self._a[a0:a1], self._b[b0:b1])
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
        return _joined(sorted(found))

    def _small(self, a0: int, a1: int, b0: int, b1: int) -> list[_Block]:
        edits = Levenshtein.editops(self._a_text[a0:a1], self._b_text[b0:b1])
        return [(a0 + m.a, b0 + m.b, m.size) for m in edits.as_matching_blocks()]


def _anchors(a: _Ids, b: _Ids, n: int, ranked: bool) -> list[_Block]:  # noqa: FBT001 - a row of `LADDER`
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
    out: list[_Block] = []
    i = j = 0
    for x, y in zip(a_at[chain].tolist(), b_at[chain].tolist(), strict=True):
        cut = max(0, i - x, j - y)
        if cut < n:
            out.append((x + cut, y + cut, n - cut))
            i, j = x + n, y + n
    return _joined(out)


def _unique_grams(values: _Ids, n: int, ranked: bool) -> tuple[_Ids, NDArray[np.int64]]:  # noqa: FBT001 - same
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


def _as_text(letters: NDArray[np.int64], only: int) -> str:
    points = np.where(letters == 0, only, letters).astype("<u4")
    return points.tobytes().decode("utf-32-le")
