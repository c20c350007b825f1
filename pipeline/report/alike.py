"""Documents that are alike: the clusters around a kept copy, and what was kept although alike, with why.

Each list shows at most so many rows and says how many there are; the ledger and the tables have them all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.report.lists import MEMBERS_CAP, Listed
from pipeline.report.removals import DIFFERENCES_CAP, Difference, differences, oriented
from pipeline.report.rows import by_id, name_of, named, repeat_text
from pipeline.report.show import language, number, share, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.report.rows import Row, Rows

CLUSTERS_CAP: Final = 500
PAIRS_CAP: Final = 300
NEAR_MISSES_CAP: Final = 50

#: Pairs that were kept, in the order in which they are listed, with what it means.
_KEPT_TIERS: Final = {
    "variant": "Figures, dates or negation differ: different news, both kept.",
    "update": "The text to be removed has substance of its own: both kept.",
    "review": "A short name is the only difference: a person should judge.",
    "contained": "One lies in the other, but is no truncation of it: both kept under this policy.",
    "shared": "Passages in common, different articles: both kept.",
    "near": "Alike, and kept under this policy or by decision.",
    "key-equal": "Equal but for format, and kept under this policy or by decision.",
    "identical": "Equal, and kept under this policy or by decision.",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A document of a cluster."""

    name: str
    tier: str
    state: str  # "kept", "removed", "kept, listed"
    direct: bool
    why: str
    anchor: str  # of its comparison, or ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Documents around the one that was kept."""

    anchor: str
    kept: str
    why_kept: str
    size: str
    removed: int
    chain: bool
    members: tuple[Member, ...]
    more: int


@dataclass(frozen=True, slots=True)
class KeptPair:
    """Two documents that are alike and were both kept."""

    tier: str
    a: str
    b: str
    a_lang: str
    b_lang: str
    why: str
    alike: str  # the exact Jaccard similarity
    differences: tuple[Difference, ...]
    more_differences: int


@dataclass(frozen=True, slots=True)
class KeptTier:
    """The kept pairs of one tier."""

    tier: str
    says: str
    pairs: Listed[KeptPair]


@dataclass(frozen=True, slots=True)
class Recurring:
    """A passage that recurs in its document, and stayed."""

    name: str
    kind: str
    where: str
    why: str
    figures_differ: bool


def clusters(rows: Rows, anchors: Mapping[str, str]) -> Listed[Cluster]:
    """Return the clusters; `anchors` leads from a removed document to its comparison."""
    documents = named(rows)
    shown = []
    for i, row in enumerate(rows.clusters[:CLUSTERS_CAP]):
        kept = documents.get(row["kept"])
        others = [m for m in row["members"] if m["id"] != row["kept"]]
        members = tuple(
            Member(
                visible(m["path"] if m["archive"] is None else f"{m['path']} (archive {m['archive']})"),
                visible(m["tier"] or "", 40),
                "removed" if m["removed"] else "kept",
                m["direct"],
                visible(m["why"] or ""),
                anchors.get(m["id"], ""),
            )
            for m in others[:MEMBERS_CAP]
        )
        shown.append(
            Cluster(
                f"cluster-{i + 1}",
                visible(name_of(kept) if kept is not None else row["kept"]),
                visible(row["why_kept"] or ""),
                number(row["size"]),
                sum(m["removed"] for m in others),
                row["chain"],
                members,
                len(others) - len(members),
            )
        )
    return Listed(tuple(shown), len(rows.clusters))


def kept_pairs(rows: Rows) -> tuple[KeptTier, ...]:
    """Return, by tier, the pairs that were not removed for one another."""
    documents = named(rows)
    by_tier: dict[str, list[Row]] = defaultdict(list)
    for pair in rows.pairs:
        a, b = documents.get(pair["a"]), documents.get(pair["b"])
        if a is None or b is None or a["of"] == pair["b"] or b["of"] == pair["a"]:
            continue
        if pair["tier"] in {"variant", "update", "review"} or (a["status"] == b["status"] == "kept"):
            by_tier[pair["tier"]].append(pair)
    out = []
    for tier, says in _KEPT_TIERS.items():
        found = by_tier[tier]
        if found:
            pairs = tuple(_kept_pair(pair, documents) for pair in found[:PAIRS_CAP])
            out.append(KeptTier(tier, says, Listed(pairs, len(found))))
    return tuple(out)


def near_misses(rows: Rows) -> Listed[KeptPair]:
    """Return the proposals that the text did not bear out, the most alike first."""
    documents = named(rows)
    found = [p for p in rows.pairs if p["tier"] == "rejected" and p["a"] in documents and p["b"] in documents]
    found.sort(key=lambda p: (-((p["scores"] or {}).get("jaccard") or 0.0), p["a"], p["b"]))
    return Listed(tuple(_kept_pair(p, documents) for p in found[:NEAR_MISSES_CAP]), len(found))


def _kept_pair(pair: Row, documents: Mapping[str, Row]) -> KeptPair:
    scores, _ = oriented(pair, pair["a"])
    shown = differences(pair["differences"])
    rows = pair["differences"]
    return KeptPair(
        visible(pair["tier"], 40),
        visible(name_of(documents[pair["a"]])),
        visible(name_of(documents[pair["b"]])),
        language([d["a_text"] for d in rows]),
        language([d["b_text"] for d in rows]),
        visible(pair["why"] or ""),
        share(scores["jaccard"]),
        shown[:DIFFERENCES_CAP],
        max(0, len(shown) - DIFFERENCES_CAP),
    )


def recurring(rows: Rows) -> Listed[Recurring]:
    """Return the repeats that stayed."""
    documents = by_id(rows.documents)
    found = [row for row in rows.repeats if not row["removed"]]
    shown = tuple(
        Recurring(
            visible(name_of(documents[row["doc"]])),
            visible(row["class"], 40),
            repeat_text(row["repeat"]["lines"], row["kept"]["lines"]),
            visible(row["why"] or ""),
            row["figures_differ"],
        )
        for row in found[:PAIRS_CAP]
    )
    return Listed(shown, len(found))
