"""What a person should look at: pairs that wait, and others that show whether the rules are right.

One queue for the report, the terminal, the server and the workbook.  It is fed with clusters, then pairs, and holds few
of them; the last part is drawn by a hash of the seed and the two ids, so that anyone draws the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pipeline.decisions import Holding, Pair, Seen, Verdict, hint_of, pair_key
from stages import guard, verify
from stages.model import Tier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.ledger import Rows

#: A parsed row of the ledger.
Row: TypeAlias = Mapping[str, Any]

#: What checked a pair, as a decision remembers it.
RULE: Final = f"verify {verify.VERSION}, guard {guard.VERSION}"
#: Why a pair is looked at, in the order of a queue.
STRATA: Final = {
    "waiting": "waits for a person",
    "borderline": "went, and is the least alike",
    "alike": "stayed as a variant or an update, and is much alike",
    "cluster": "of a large cluster or a chain",
    "lot": "went, and was drawn by lot",
}
#: The most pairs of a stratum.  All that wait are listed; of the lot the precision of removals is told: at 60 of 60
#: right, 94 to 100 %.
MOST: Final = {"borderline": 30, "alike": 15, "cluster": 15, "lot": 60}
_ASIDE: Final = frozenset(
    {Verdict.SAME, Verdict.DIFFERENT, Verdict.KEEP_BOTH}
)  # after which a pair waits no more
_OPEN: Final = frozenset({"orphaned", "conflicting"})  # fates by which it still does
_MEASURED: Final = frozenset({Tier.NEAR, Tier.CONTAINED})  # tiers that a threshold decides
_DIFFER: Final = frozenset({Tier.VARIANT, Tier.UPDATE})
_RANK: Final = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pair to be looked at, as the ledger has it."""

    stratum: str
    pair: Row
    gone: str | None  # the one of the two that went for the other

    @property
    def ids(self) -> tuple[str, str]:
        """The kept one, or the first; then the removed one, or the second."""
        a, b = self.pair["a"], self.pair["b"]
        return (b, a) if self.gone == a else (a, b)


#: What decides the order of a stratum, and the pair.
Ranked: TypeAlias = tuple[tuple[float | str, str, str], Chosen]


@dataclass(slots=True)
class Queue:
    """Chooses pairs as they come; those that are settled, it does not look at."""

    seed: int = 0
    waiting: list[Chosen] = field(default_factory=list)
    ranked: dict[str, list[Ranked]] = field(default_factory=dict)  # by stratum
    odd: list[tuple[int, str, frozenset[str]]] = field(default_factory=list)  # large clusters and chains
    least: dict[str, Chosen] = field(default_factory=dict)  # of a document that was kept in one of these

    def group(self, cluster: Row, large: int) -> None:
        """Look at a cluster, before the pairs: one that is a chain, or has more than `large` members."""
        if cluster["chain"] or cluster["size"] > large:
            members = frozenset(member["id"] for member in cluster["members"])
            self.odd.append((-cluster["size"], cluster["kept"], members))
            self.odd = sorted(self.odd, key=itemgetter(0, 1))[: MOST["cluster"]]

    def match(
        self, pairs: Iterable[Row], fates: Mapping[str, str], settled: frozenset[frozenset[str]]
    ) -> Iterable[Row]:
        """Yield pairs after a look at each; `fates` says of removed documents what they went for."""
        heads = {head: members for _, head, members in self.odd}
        for pair in pairs:
            a, b = pair["a"], pair["b"]
            if not settled or frozenset((a, b)) not in settled:
                gone = b if fates.get(b) == a else a if fates.get(a) == b else None
                self._weigh(pair, gone)
                for head, other in ((a, b), (b, a)) if heads else ():
                    if other in heads.get(head, ()):
                        self._of_cluster(head, Chosen("cluster", pair, gone))
            yield pair

    def _weigh(self, pair: Row, gone: str | None) -> None:
        """Put a pair into each stratum that it may belong to."""
        tier = pair["tier"]
        if tier == Tier.REVIEW:
            self.waiting.append(Chosen("waiting", pair, gone))
        if tier in _DIFFER and gone is None:
            self._rank("alike", -_score(pair, "jaccard"), pair, None)
        if gone is not None:
            if tier in _MEASURED:
                self._rank("borderline", _score(pair, "identity"), pair, gone)
            drawn = f"{self.seed}\0{pair['a']}\0{pair['b']}".encode()
            self._rank("lot", hashlib.blake2b(drawn, digest_size=8).hexdigest(), pair, gone)

    def _rank(self, stratum: str, rank: float | str, pair: Row, gone: str | None) -> None:
        """Add a pair to a stratum, and drop the last ones once there are twice as many as wanted."""
        rows = self.ranked.setdefault(stratum, [])
        rows.append(((rank, pair["a"], pair["b"]), Chosen(stratum, pair, gone)))
        if len(rows) >= 2 * MOST[stratum]:
            rows.sort(key=_RANK)
            del rows[MOST[stratum] :]

    def _of_cluster(self, head: str, one: Chosen) -> None:
        before = self.least.get(head)
        if before is None or _score(one.pair, "jaccard") < _score(before.pair, "jaccard"):
            self.least[head] = one

    def items(self, waiting: int | None = None) -> list[Chosen]:
        """Return all, each pair once: at most so many of those that wait, and of the lot every one."""
        best = {
            name: [one for _, one in sorted(rows, key=_RANK)[: MOST[name]]]
            for name, rows in self.ranked.items()
        }
        lot = best.get("lot", [])
        odd = (self.least[head] for _, head, _ in self.odd if head in self.least)
        before = (*self.waiting[:waiting], *best.get("borderline", ()), *best.get("alike", ()), *odd)
        drawn = {frozenset(one.ids) for one in lot}
        found: dict[frozenset[str], Chosen] = {}
        for one in before:
            if frozenset(one.ids) not in drawn:
                found.setdefault(frozenset(one.ids), one)
        return [*found.values(), *lot]


@dataclass(frozen=True, slots=True)
class Item:
    """A pair to be looked at, with the rows of both documents."""

    stratum: str
    tier: str
    score: float
    identity: float
    differences: tuple[str, ...]
    a: Row
    b: Row

    @property
    def subject(self) -> Pair:
        """The two, as a decision names them."""
        return Pair(holding(self.a), holding(self.b))

    @property
    def seen(self) -> Seen:
        """What a decision remembers of the pair."""
        return Seen(self.tier, self.score, RULE)


def holding(row: Row) -> Holding:
    """Return a document's row, of this output or of an archive, as decisions name it."""
    hint = hint_of(row["path"], row["ordinal"])
    if "l1" in row:
        return Holding(f"sha256:{row['l1']['sha256']}", f"sha256:{row['l0']['sha256']}", hint)
    return Holding(f"sha256:{row['l3']['sha256']}", "", hint)


def queue(rows: Rows, large: int, seed: int = 0) -> list[Item]:
    """Return the pairs that a person should look at, each once; a cluster of more than `large` members is large."""
    known = {row["id"]: row for row in (*rows.archived, *rows.documents)}
    fates = {row["id"]: row["of"] for row in rows.documents if row["status"] == "removed"}
    found = Queue(seed)
    for cluster in rows.clusters:
        found.group(cluster, large)
    for _ in found.match(rows.pairs, fates, frozenset(_settled(rows, known))):
        pass
    return [_item(one, known) for one in found.items()]


def _item(one: Chosen, known: Mapping[str, Row]) -> Item:
    pair, scores = one.pair, one.pair["scores"]
    told = tuple(f"{d['kind']}: {d['a_text']} | {d['b_text']}" for d in pair["differences"])
    a, b = known[pair["a"]], known[pair["b"]]
    return Item(one.stratum, pair["tier"], scores["jaccard"], scores["identity"], told, a, b)


def _settled(rows: Rows, known: Mapping[str, Row]) -> set[frozenset[str]]:
    """Return the pairs that somebody has decided of, or accepted as they are."""
    older = {row["supersedes"] for row in rows.decisions}
    stand = [row for row in rows.decisions if row["fate"] not in _OPEN and row["id"] not in older]
    told = {frozenset(row["documents"]) for row in stand if row["verdict"] in _ASIDE}
    accepted = {
        key for row in stand if row["verdict"] == Verdict.ACCEPT_BASELINE for key in row["subject"]["pairs"]
    }
    texts = {doc: holding(row).text for doc, row in known.items()} if accepted else {}
    waiting = (p for p in rows.pairs if accepted and p["tier"] == Tier.REVIEW)
    return told | {
        frozenset((p["a"], p["b"])) for p in waiting if pair_key(texts[p["a"]], texts[p["b"]]) in accepted
    }


def _score(pair: Row, key: str) -> float:
    return (pair["scores"] or {}).get(key) or 0.0
