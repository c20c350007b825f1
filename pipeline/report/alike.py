"""Documents that are alike: the clusters around a kept copy, and what was kept although alike, with why.

Each list shows at most so many rows and says how many there are; the ledger and the tables have them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.report.gist import MEMBERS_CAP
from pipeline.report.lists import Listed
from pipeline.report.removals import DIFFERENCES_CAP, Difference, differences, oriented
from pipeline.report.rows import repeat_text
from pipeline.report.show import language, number, share, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.report.gist import Gist, Picked
    from pipeline.report.rows import Row

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


def clusters(gist: Gist, anchors: Mapping[str, str]) -> Listed[Cluster]:
    """Return the clusters; `anchors` leads from a removed document to its comparison."""
    shown = []
    for i, row in enumerate(gist.clusters.rows):
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
                visible(gist.names.get(row["kept"], row["kept"])),
                visible(row["why_kept"] or ""),
                number(row["size"]),
                sum(m["removed"] for m in others),
                row["chain"],
                members,
                len(others) - len(members),
            )
        )
    return Listed(tuple(shown), gist.clusters.total)


def kept_pairs(gist: Gist) -> tuple[KeptTier, ...]:
    """Return, by tier, the pairs that were not removed for one another."""
    return tuple(
        KeptTier(tier, says, _listed(gist.kept[tier], gist.names))
        for tier, says in _KEPT_TIERS.items()
        if tier in gist.kept
    )


def near_misses(gist: Gist) -> Listed[KeptPair]:
    """Return the proposals that the text did not bear out, the most alike first."""
    return _listed(gist.near_misses, gist.names)


def _listed(pairs: Picked, names: Mapping[str, str]) -> Listed[KeptPair]:
    return Listed(tuple(_kept_pair(pair, names) for pair in pairs.rows), pairs.total)


def _kept_pair(pair: Row, names: Mapping[str, str]) -> KeptPair:
    scores, _ = oriented(pair, pair["a"])
    shown = differences(pair["differences"])
    rows = pair["differences"]
    return KeptPair(
        visible(pair["tier"], 40),
        visible(names.get(pair["a"], pair["a"])),
        visible(names.get(pair["b"], pair["b"])),
        language([d["a_text"] for d in rows]),
        language([d["b_text"] for d in rows]),
        visible(pair["why"] or ""),
        share(scores["jaccard"]),
        shown[:DIFFERENCES_CAP],
        max(0, len(shown) - DIFFERENCES_CAP),
    )


def recurring(gist: Gist) -> Listed[Recurring]:
    """Return the repeats that stayed."""
    shown = tuple(
        Recurring(
            visible(gist.names[row["doc"]]),
            visible(row["class"], 40),
            repeat_text(row["repeat"]["lines"], row["kept"]["lines"]),
            visible(row["why"] or ""),
            row["figures_differ"],
        )
        for row in gist.recurring.rows
    )
    return Listed(shown, gist.recurring.total)
