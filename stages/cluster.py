"""Cluster: checked pairs → which document is kept for which, anchored.

In: a total order of the documents and, for each checked pair, whether one may be removed for the other.
Out: for each document the kept one it is removed for, or none; and the pairs that still need a check.
Order: after `guard`.  A document is removed only if it was checked against the kept one directly: chains
(A like B, B like C, A unlike C) never remove.  Documents of an archive always stay.
Source: connected components over unchecked candidates have taken a source from 859,092 documents to 2.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

VERSION: Final = 2
_BLOCKS: Final = 64  # of days; a document that may be of more is looked at for every other


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """How far one cluster is searched."""

    anchors: int = 16  # kept documents that a member is checked against, at most, the first in order
    review_size: int = 200  # a cluster with more members is listed for review

    def __post_init__(self) -> None:
        if self.anchors < 1:
            raise ValueError(f"anchors = {self.anchors}: must be 1 or more")
        if self.review_size < 2:
            raise ValueError(f"review_size = {self.review_size}: must be 2 or more")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What keeps documents from going for each other, whatever their texts."""

    fixed: int = 0  # the first documents, those of archives: they rank first and always stay
    days: tuple[tuple[int, int], ...] = ()  # the first and the last day that each document may be of
    window: int = 0  # days; only documents that may lie within it of each other are matched; 0: all are
    damaged: tuple[bool, ...] = ()  # none goes for one of these that it ranks before
    closed: bool = False  # a pair that was not checked is one that is refused: no more can be


@dataclass(frozen=True, slots=True)
class Clusters:
    """`kept_for`: removed document → the kept one; `members`: for each cluster its documents, the kept ones first.

    `untested` are pairs of a cluster that have to be checked before the answer is final.
    """

    kept_for: dict[int, int]
    members: tuple[tuple[int, ...], ...]
    untested: tuple[tuple[int, int], ...]


def cluster(
    rank: Sequence[int],
    removable: Mapping[tuple[int, int], int],
    settings: ClusterSettings,
    bounds: Bounds = Bounds(),  # a value that never changes
    groups: Iterable[Sequence[int]] | None = None,
) -> Clusters:
    """Anchor every cluster.

    `rank[d]` is the place of document d in the order of preference, 0 first.  `removable[k, m]` says whether m
    may be removed for k: 0 if not, else the less the more they are alike; a pair that is in it in either direction
    has been checked.  `groups` are the documents that are linked by a pair of which one may be removed for the other,
    where they are known; else they are found here.
    """
    fixed = bounds.fixed
    work = _Anchoring(
        removable,
        settings,
        bounds,
        _most_alike(rank, removable, fixed),
        _fuller(rank, removable, bounds),
    )
    members = []
    for group in _components(removable) if groups is None else groups:
        ordered = sorted(group, key=lambda d: rank[d])
        work.anchor(ordered)
        members.append(tuple(sorted(ordered, key=work.kept_for.__contains__)))
    return Clusters(work.kept_for, tuple(sorted(members)), tuple(sorted(work.untested)))


def _most_alike(rank: Sequence[int], removable: Mapping[tuple[int, int], int], fixed: int) -> dict[int, int]:
    """Return for each document that may go for archived ones the one of these that is most like it."""
    found: dict[int, tuple[int, int, int]] = {}
    for (kept, document), grade in removable.items():
        if grade and kept < fixed <= document:
            this = (grade, rank[kept], kept)
            found[document] = min(this, found.get(document, this))
    return {document: kept for document, (_, _, kept) in found.items()}


def _fuller(
    rank: Sequence[int], removable: Mapping[tuple[int, int], int], bounds: Bounds
) -> dict[int, list[int]]:
    """Return for each document those that rank after it, and for which it may go, in order."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for (kept, document), grade in removable.items():
        later = grade and min(kept, document) >= bounds.fixed and rank[document] < rank[kept]
        if later and (not bounds.damaged or bounds.damaged[document] >= bounds.damaged[kept]):
            found[document].append(kept)
    return {document: sorted(others, key=lambda d: rank[d]) for document, others in found.items()}


@dataclass(frozen=True, slots=True)
class _Anchoring:
    removable: Mapping[tuple[int, int], int]
    settings: ClusterSettings
    bounds: Bounds
    archived: Mapping[int, int]  # document → the one of an archive that it is removed for
    fuller: Mapping[int, Sequence[int]]  # document → later ones that it may be removed for
    kept_for: dict[int, int] = field(default_factory=dict)
    untested: set[tuple[int, int]] = field(default_factory=set)

    def anchor(self, ordered: Sequence[int]) -> None:
        """Find for each document of a cluster, in order of preference, the kept one it is removed for."""
        archived, kept = (_Kept(self.bounds) for _ in range(2))
        asked = len(self.untested)
        for document in ordered:
            if document < self.bounds.fixed:
                archived.add(document)
                continue
            known = self.archived.get(document)
            found = [known] if known is not None else self._found(document, archived, kept)
            if not found:
                kept.add(document)
            elif self.removable.get((found[0], document)):
                self.kept_for[document] = found[0]
            else:
                self._ask(found[0], document)
        if len(self.untested) == asked:
            self._give_way(ordered)

    def _give_way(self, ordered: Sequence[int]) -> None:
        """Let a kept document go for a later one that says all that it says, if all that went for it may go there too.

        A longer text is first in order, but edits make texts longer too: a shorter one may have a sentence more.
        """
        members: defaultdict[int, list[int]] = defaultdict(list)
        for document in ordered:
            if document in self.kept_for:
                members[self.kept_for[document]].append(document)
        for head in reversed(ordered):
            others = () if head in self.kept_for else self.fuller.get(head, ())
            other = next((d for d in others if d not in self.kept_for and self._take(d, members[head])), None)
            if other is not None:
                members[other] += [head, *members.pop(head)]
                self.kept_for.update(dict.fromkeys(members[other], other))

    def _take(self, kept: int, members: Iterable[int]) -> bool:
        """Whether all the members may go for a kept document; what is not known is to be checked."""
        grades = [(member, self._grade(kept, member)) for member in members]
        unknown = [member for member, grade in grades if grade is None]
        if any(grade == 0 for _, grade in grades) or not all(self._meet(kept, member) for member in unknown):
            return False
        for member in unknown:
            self._ask(kept, member)
        return not unknown

    def _grade(self, kept: int, document: int) -> int | None:
        """Return how alike two documents are, 0 where none may go for the other, None where that is to be found."""
        return self.removable.get((kept, document), 0 if self.bounds.closed else None)

    def _ask(self, a: int, b: int) -> None:
        self.untested.add((min(a, b), max(a, b)))

    def _meet(self, a: int, b: int) -> bool:
        """Whether two documents may lie within the window of each other."""
        if not self.bounds.window:
            return True
        (a_first, a_last), (b_first, b_last) = self.bounds.days[a], self.bounds.days[b]
        return max(a_first, b_first) - min(a_last, b_last) <= self.bounds.window

    def _found(self, document: int, *sides: _Kept) -> list[int]:
        """Return the first kept document that this one may be removed for, or that is to be checked first."""
        for side in sides:
            for anchor in islice(side.near(document), self.settings.anchors):
                known = self._grade(anchor, document)
                if known is None or known:
                    return [anchor]
        return []


class _Kept:
    """Kept documents in the order in which they were added, found by their days."""

    def __init__(self, bounds: Bounds) -> None:
        self._days = bounds.days if bounds.window else ()
        self._window = bounds.window
        self._all: list[int] = []
        self._long: list[int] = []  # places in `_all` of documents that may be of many days
        self._by_block: defaultdict[int, list[int]] = defaultdict(list)  # of as many days as a window reaches

    def add(self, document: int) -> None:
        """Add a document."""
        place = len(self._all)
        self._all.append(document)
        if self._days:
            blocks = self._blocks(*self._days[document])
            for block in blocks or ():
                self._by_block[block].append(place)
            if blocks is None:
                self._long.append(place)

    def near(self, document: int) -> Iterator[int]:
        """Yield the documents within the window of this one, in order."""
        if not self._days:
            yield from self._all
            return
        first, last = self._days[document]
        blocks = self._blocks(first - self._window, last + self._window)
        places: Iterable[int] = range(len(self._all))
        if blocks is not None:
            places = sorted({*self._long, *(p for block in blocks for p in self._by_block.get(block, ()))})
        for kept in (self._all[place] for place in places):
            begin, end = self._days[kept]
            if max(begin, first) - min(end, last) <= self._window:
                yield kept

    def _blocks(self, first: int, last: int) -> range | None:
        """Return the blocks of some days; None for more than are worth a list."""
        size = self._window + 1
        blocks = range(first // size, last // size + 1)
        return blocks if len(blocks) <= _BLOCKS else None


def _components(removable: Mapping[tuple[int, int], int]) -> list[list[int]]:
    """Return the groups of documents linked by a pair of which one may be removed for the other."""
    neighbours: defaultdict[int, set[int]] = defaultdict(set)
    for (kept, removed), may in removable.items():
        if may and kept != removed:
            neighbours[kept].add(removed)
            neighbours[removed].add(kept)
    seen: set[int] = set()
    out = []
    for start in sorted(neighbours):
        if start in seen:
            continue
        seen.add(start)
        group, todo = [], [start]
        while todo:
            document = todo.pop()
            group.append(document)
            fresh = sorted(neighbours[document] - seen)
            seen.update(fresh)
            todo += fresh
        out.append(group)
    return out
