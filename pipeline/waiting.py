"""What a person should look at in an output: pairs that wait, and others that show whether the rules are right.

The last part is drawn by a hash of the seed and the two ids: the same output and seed give the same pairs to anyone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.decisions import Holding, Pair, Seen, Verdict, hint_of, pair_key
from stages import guard, verify
from stages.model import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.ledger import Row, Rows

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
MOST: Final = 40  # pairs of a stratum, but all that wait
_LARGE: Final = 50  # members of a cluster
_ASIDE: Final = frozenset(
    {Verdict.SAME, Verdict.DIFFERENT, Verdict.KEEP_BOTH}
)  # after which a pair waits no more
_OPEN: Final = frozenset({"orphaned", "conflicting"})  # fates by which it still does


@dataclass(frozen=True, slots=True)
class Item:
    """A pair to be looked at."""

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


def queue(rows: Rows, seed: int = 0) -> list[Item]:
    """Return the pairs that a person should look at, each once."""
    known = {row["id"]: row for row in (*rows.archived, *rows.documents)}
    settled = _settled(rows, known)
    found: dict[frozenset[str], Item] = {}
    for stratum, pair in _chosen(rows, known, seed):
        ids = frozenset((pair["a"], pair["b"]))
        if ids in settled or ids in found:
            continue
        a, b = known[pair["a"]], known[pair["b"]]
        told = tuple(f"{d['kind']}: {d['a_text']} | {d['b_text']}" for d in pair["differences"])
        scores = pair["scores"]
        found[ids] = Item(stratum, pair["tier"], scores["jaccard"], scores["identity"], told, a, b)
    return list(found.values())


def _settled(rows: Rows, known: dict[str, Row]) -> set[frozenset[str]]:
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


def _chosen(rows: Rows, known: dict[str, Row], seed: int) -> Iterator[tuple[str, Row]]:
    """Yield pairs with their stratum, in the order of the strata."""

    def went(pair: Row) -> bool:
        a, b = known[pair["a"]], known[pair["b"]]
        return bool(a["id"] == b.get("of") or b["id"] == a.get("of"))

    def drawn(pair: Row) -> str:
        text = f"{seed}\0{pair['a']}\0{pair['b']}"
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    gone = [pair for pair in rows.pairs if went(pair)]
    measured = [p for p in gone if p["tier"] in {Tier.NEAR, Tier.CONTAINED}]
    alike = [p for p in rows.pairs if p["tier"] in {Tier.VARIANT, Tier.UPDATE}]
    yield from (("waiting", p) for p in rows.pairs if p["tier"] == Tier.REVIEW)
    yield from (("borderline", p) for p in sorted(measured, key=lambda p: p["scores"]["identity"])[:MOST])
    yield from (("alike", p) for p in sorted(alike, key=lambda p: -p["scores"]["jaccard"])[:MOST])
    yield from (("cluster", p) for p in _odd(rows))
    yield from (("lot", p) for p in sorted(gone, key=drawn)[:MOST])


def _odd(rows: Rows) -> list[Row]:
    """Return of each cluster that is large or a chain the least alike pair with the kept document; largest first."""
    odd = [row for row in rows.clusters if row["chain"] or row["size"] > _LARGE]
    odd = sorted(odd, key=lambda row: -row["size"])[:MOST]
    heads = {row["kept"]: {member["id"] for member in row["members"]} for row in odd}
    least: dict[str, Row] = {}
    for pair in rows.pairs:
        for head, other in ((pair["a"], pair["b"]), (pair["b"], pair["a"])):
            if other in heads.get(head, ()):
                least[head] = min(least.get(head, pair), pair, key=lambda p: p["scores"]["jaccard"])
    return [least[head] for head in heads if head in least]
