"""Checked pairs, each a few numbers and a compressed line; what the text says of one is read when it is asked for.

What clusters are made by is in the numbers: 18 bytes a pair in the order in which they were checked, 12 more once they
are asked for in the order of documents.
"""

from __future__ import annotations

import functools
from array import array
from bisect import bisect_left
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast, overload

import numpy as np

from pipeline import codec
from pipeline.packed import Packed
from stages.decide import may_remove
from stages.model import Policy, Tier, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TIERS: Final = tuple(Tier)  # the most alike first
_SHIFT: Final = 32  # bits of the number of a document, of a pair that is one number
_LOW: Final = (1 << _SHIFT) - 1
#: Bits of marks: which of two may go under a policy, and whether the pair is listed; above them the tier.
_MAY: Final = {
    (policy, removed_is_b): 1 << n
    for n, (policy, removed_is_b) in enumerate(
        (policy, side)
        for policy in (Policy.CAUTIOUS, Policy.STANDARD, Policy.TRAINING)
        for side in (True, False)
    )
}
_LISTED: Final = 1 << 6
_TIER: Final = 7  # bits below the tier
_NEAR: Final = 0.5  # share of one text that the other has, from which on a rejected pair is listed


@dataclass(frozen=True, slots=True)
class CheckedPair:
    """A checked pair of document numbers, a < b."""

    a: int
    b: int
    verdict: Verdict
    via: tuple[str, ...]
    bands: tuple[int, ...]


def marks_of(verdict: Verdict) -> int:
    """Return what clusters are made by of a verdict, as bits; a rejected pair is listed only if it came near."""
    marks = _TIERS.index(verdict.tier) << _TIER
    for (policy, removed_is_b), bit in _MAY.items():
        marks |= bit * may_remove(verdict, policy, removed_is_b=removed_is_b)
    near = max(verdict.scores.a_in_b, verdict.scores.b_in_a) >= _NEAR
    return marks | _LISTED * (verdict.tier is not Tier.REJECTED or near)


@functools.lru_cache(maxsize=1024)  # pairs are proposed in few ways, most of them in all bands
def _dumped(values: tuple[str, ...] | tuple[int, ...]) -> str:
    return codec.dump(values)


class Pairs(Sequence[CheckedPair]):
    """Checked pairs in the order of their documents, whatever the order they came in."""

    def __init__(self, pairs: Iterable[CheckedPair] = ()) -> None:
        self._lines: Packed[CheckedPair] = Packed(CheckedPair)
        self._keys = array("Q")  # as they came
        self._marks = array("H")
        self._sorted: tuple[array[int], array[int]] | None = None  # keys, and where each came
        for pair in pairs:
            self.hold(pair.a, pair.b, marks_of(pair.verdict), codec.dump(pair))

    def add(
        self, a: int, b: int, marks: int, verdict: str, ways: tuple[Sequence[str], Sequence[int]]
    ) -> None:
        """Add a pair with a verdict that `codec` wrote, and how it was proposed: the ways, the bands."""
        self.hold(a, b, marks, f"[{a},{b},{verdict},{_dumped(tuple(ways[0]))},{_dumped(tuple(ways[1]))}]")

    def hold(self, a: int, b: int, marks: int, line: str) -> None:
        """Add a pair with its marks and the line that `codec` wrote of it."""
        self._keys.append(a << _SHIFT | b)
        self._marks.append(marks)
        self._lines.add(line)
        self._sorted = None

    def _order(self) -> tuple[array[int], array[int]]:
        if self._sorted is None:
            keys = np.array(self._keys, dtype=np.uint64)
            order = np.argsort(keys, kind="stable")
            self._sorted = array("Q", keys[order].tobytes()), array("I", order.astype(np.uint32).tobytes())
        return self._sorted

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, at: int) -> CheckedPair: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[CheckedPair]: ...
    def __getitem__(self, at: int | slice) -> CheckedPair | Sequence[CheckedPair]:
        _, places = self._order()
        if isinstance(at, slice):
            return [self._lines[place] for place in places[at]]
        return self._lines[places[at]]

    def __iter__(self) -> Iterator[CheckedPair]:
        return (self._lines[place] for place in self._order()[1])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # it can be added to

    def marked(self) -> Iterator[tuple[int, int, int, str]]:
        """Yield of all pairs the two documents, the marks, and what `codec` writes of it."""
        for key, place in zip(*self._order(), strict=True):
            yield key >> _SHIFT, key & _LOW, self._marks[place], self._lines.line(place)

    @property
    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The two documents of each pair, and its marks."""
        keys, places = self._order()
        every = np.array(keys, dtype=np.uint64)
        marks = np.array(self._marks, dtype=np.int64)[np.array(places, dtype=np.int64)]
        return (
            (every >> np.uint64(_SHIFT)).astype(np.int64),
            (every & np.uint64(_LOW)).astype(np.int64),
            marks,
        )

    def rows(self) -> Iterator[tuple[int, int, int]]:
        """Yield the two documents of each pair, and its marks."""
        return (
            (key >> _SHIFT, key & _LOW, self._marks[place]) for key, place in zip(*self._order(), strict=True)
        )

    def listed(self) -> Iterator[CheckedPair]:
        """Yield the pairs that the ledger has."""
        return (self._lines[place] for place in self._order()[1] if self._marks[place] & _LISTED)

    def listed_of(self, *tiers: Tier) -> Iterator[tuple[int, int]]:
        """Yield the documents of the pairs of some tiers that the ledger has."""
        wanted = {_TIERS.index(tier) for tier in tiers or Tier}
        return ((a, b) for a, b, marks in self.rows() if marks & _LISTED and marks >> _TIER in wanted)

    def tier(self, one: int, other: int) -> Tier | None:
        """Return what a pair is, in either order; None if it was not checked, or came to nothing."""
        marks = self.marks(min(one, other), max(one, other))
        return _TIERS[marks >> _TIER] if marks is not None and marks & _LISTED else None

    def find(self, one: int, other: int) -> CheckedPair | None:
        """Return the pair of two documents, in either order, or None if it was not checked."""
        place = self._place(min(one, other), max(one, other))
        return None if place is None else self._lines[place]

    def marks(self, a: int, b: int) -> int | None:
        """Return the marks of a pair, or None if it was not checked."""
        place = self._place(a, b)
        return None if place is None else self._marks[place]

    def _place(self, a: int, b: int) -> int | None:
        keys, places = self._order()
        key = a << _SHIFT | b
        at = bisect_left(keys, key)
        return places[at] if at < len(keys) and keys[at] == key else None

    def unknown(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of some pairs were not checked."""
        keys = (a.astype(np.uint64) << np.uint64(_SHIFT)) | b.astype(np.uint64)
        return np.isin(keys, np.array(self._order()[0], dtype=np.uint64), invert=True)

    def documents(self) -> list[int]:
        """Return the documents that stand in a pair."""
        a, b, _ = self.columns
        return cast("list[int]", np.union1d(a, b).tolist())


def accepted(marks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return of which pairs one goes for the other under some policy."""
    either = _MAY[Policy.TRAINING, True] | _MAY[Policy.TRAINING, False]
    return np.asarray((marks & either) != 0, dtype=np.bool_)


class Grades(Mapping[tuple[int, int], int]):
    """For (kept, removed) how alike they are if a policy lets that be, else 0; for every checked pair, both ways.

    None of the first documents, the `fixed` ones, goes.
    """

    def __init__(self, pairs: Pairs, policy: Policy, fixed: int) -> None:
        self._pairs = pairs
        self._fixed = fixed
        self._bits = {side: _MAY.get((policy, side), 0) for side in (True, False)}

    def __getitem__(self, way: tuple[int, int]) -> int:
        kept, removed = way
        marks = self._pairs.marks(min(way), max(way))
        if marks is None or kept == removed:
            raise KeyError(way)
        return self.of(marks, removed, removed_is_b=kept < removed)

    def of(self, marks: int, removed: int, *, removed_is_b: bool) -> int:
        """Return the grade of a pair with these marks."""
        goes = marks & self._bits[removed_is_b] and (removed_is_b or removed >= self._fixed)
        return (marks >> _TIER) + 1 if goes else 0

    def links(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the two documents of each pair of which one may go for the other."""
        a, b, marks = self._pairs.columns
        goes = (marks & self._bits[True] != 0) | ((marks & self._bits[False] != 0) & (a >= self._fixed))
        return a[goes], b[goes]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return (way for way, _ in self.items())

    def __len__(self) -> int:
        return 2 * len(self._pairs)

    def items(self) -> ItemsView[tuple[int, int], int]:
        """Return all of them, without a search for each."""
        return _Graded(self._pairs, self)


class _Graded(ItemsView[tuple[int, int], int]):
    def __init__(self, pairs: Pairs, grades: Grades) -> None:
        super().__init__(grades)
        self._pairs = pairs
        self._grades = grades

    def __iter__(self) -> Iterator[tuple[tuple[int, int], int]]:
        of = self._grades.of
        for a, b, marks in self._pairs.rows():
            yield (a, b), of(marks, b, removed_is_b=True)
            yield (b, a), of(marks, a, removed_is_b=False)
