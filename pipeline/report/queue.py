"""What a person should look at: pairs that wait, the least alike of those that went, large clusters, chains, and a lot.

The lot is drawn by a hash of the two ids, so the same run draws the same pairs, whoever runs it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.report.rows import Row

WAITING_CAP: Final = 80
BORDERLINE_CAP: Final = 40
ODD_CAP: Final = 20
LOT_CAP: Final = 60  # of which the precision of removals is told: at 60 of 60 right, 94 to 100 %
_KEY: Final = itemgetter(0)
_BY_SCORE: Final = frozenset({"near", "contained"})  # tiers that a threshold decides


@dataclass(frozen=True, slots=True)
class Item:
    """A pair of documents to be judged."""

    why: str  # one of `pipeline.waiting.STRATA`
    a: str  # the kept one, or the first
    b: str  # the removed one, or the second
    removed: bool  # b went for a
    pair: Row | None


#: What decides the order, and the item.
Ranked: TypeAlias = tuple[tuple[float | str, str, str], Item]


@dataclass(slots=True)
class Queue:
    """The pairs that are shown to a person, bounded."""

    waiting: list[Item] = field(default_factory=list)
    borderline: list[Ranked] = field(default_factory=list)
    odd: list[Item] = field(default_factory=list)
    lot: list[Ranked] = field(default_factory=list)

    def match(self, pair: Row, fates: Mapping[str, str]) -> None:
        """Look at a pair; `fates` says of removed documents what they went for."""
        a, b, tier = pair["a"], pair["b"], pair["tier"]
        if tier == "review" and len(self.waiting) < WAITING_CAP:
            self.waiting.append(Item("waiting", a, b, removed=False, pair=pair))
        gone = b if fates.get(b) == a else a if fates.get(a) == b else None
        if gone is None:
            return
        kept = a if gone == b else b
        if tier in _BY_SCORE:
            score = (pair["scores"] or {}).get("identity") or 0.0
            near = Item("borderline", kept, gone, removed=True, pair=pair)
            self.borderline.append(((score, kept, gone), near))
            self.borderline = _least(self.borderline, BORDERLINE_CAP)
        drawn = hashlib.blake2b(f"{kept}\0{gone}".encode(), digest_size=8).hexdigest()
        self.lot.append(((drawn, kept, gone), Item("lot", kept, gone, removed=True, pair=pair)))
        self.lot = _least(self.lot, LOT_CAP)

    def group(self, cluster: Row, large: int, fates: Mapping[str, str]) -> None:
        """Look at a cluster: one that is a chain, or has more than `large` members; the last that went for its head."""
        if (cluster["chain"] or cluster["size"] > large) and len(self.odd) < ODD_CAP:
            head = cluster["kept"]
            others = [m["id"] for m in cluster["members"] if m["id"] != head]
            last = next((m for m in reversed(others) if fates.get(m) == head), others[-1])
            self.odd.append(Item("cluster", head, last, removed=fates.get(last) == head, pair=None))

    def items(self) -> list[Item]:
        """Return all, each pair once; what waits comes first, the lot last."""
        near = [item for _, item in sorted(self.borderline, key=_KEY)[:BORDERLINE_CAP]]
        lot = [item for _, item in sorted(self.lot, key=_KEY)[:LOT_CAP]]
        drawn = {frozenset((item.a, item.b)) for item in lot}  # the lot stays whole: a precision hangs on it
        found: dict[frozenset[str], Item] = {}
        for item in (*self.waiting, *near, *self.odd):
            if frozenset((item.a, item.b)) not in drawn:
                found.setdefault(frozenset((item.a, item.b)), item)
        return [*found.values(), *lot]


def _least(rows: list[Ranked], most: int) -> list[Ranked]:
    """Return the least rows, once there are twice as many as wanted."""
    return rows if len(rows) < 2 * most else sorted(rows, key=_KEY)[:most]
