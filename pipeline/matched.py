"""The rows of the ledger that several documents share: pairs, clusters, passages, documents of archives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.matching import archived
from pipeline.orders import cluster_id
from pipeline.writers.rows import difference_of, scores_of
from stages.model import Tier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pipeline.ledger import Row
    from pipeline.matching import Document
    from pipeline.orders import Orders
    from pipeline.packs import Shelf
    from pipeline.settling import Matches

_ACCEPTED: Final = frozenset({Tier.IDENTICAL, Tier.KEY_EQUAL, Tier.NEAR, Tier.CONTAINED})


def pair_rows(documents: Sequence[Document], matches: Matches) -> Iterator[Row]:
    """Yield the checked pairs."""
    for pair in matches.pairs.listed():
        verdict = pair.verdict
        yield {
            "a": documents[pair.a].id,
            "b": documents[pair.b].id,
            "tier": verdict.tier.value,
            "accepted": verdict.tier in _ACCEPTED,
            "via": list(pair.via),
            "bands": list(pair.bands),
            "scores": scores_of(verdict.scores),
            "only_a": verdict.only_a,
            "only_b": verdict.only_b,
            "shares_lead": verdict.shares_lead,
            "differences": [difference_of(d) for d in verdict.differences],
            "why": verdict.reason,
        }


def cluster_rows(documents: Sequence[Document], matches: Matches, orders: Orders) -> Iterator[Row]:
    """Yield the clusters; a member that is kept beside the first is part of a chain."""
    kept_for = matches.clusters.kept_for
    for group in matches.clusters.members:
        first = group[0]
        members = []
        for number in group:
            anchor = kept_for.get(number, first)
            tier = matches.pairs.tier(anchor, number)
            document = documents[number]
            members.append(
                {
                    "id": document.id,
                    "path": document.name,
                    "archive": document.label if document.archived else None,
                    "tier": tier.value if tier else None,
                    "removed": number in kept_for,
                    "direct": tier is not None or number == first,
                    "why": orders.why(number),
                }
            )
        kept = [n for n in group if n not in kept_for and (n == first or documents[n].archived is None)]
        yield {
            "id": cluster_id(documents, group),
            "kept": documents[first].id,
            "why_kept": orders.why(first),
            "size": len(group),
            "chain": len(kept) > 1 and bool(kept_for),
            "members": members,
        }


def passage_rows(
    documents: Sequence[Document], matches: Matches, orders: Orders, shelf: Shelf
) -> Iterator[Row]:
    """Yield the passages that stand in several documents which are kept."""
    gone = matches.gone
    for key, places in matches.passages:
        alive = [p for p in places if p[0] not in gone]
        if len({n for n, _ in alive}) < 2:
            continue
        rows: list[Row] = []
        text = ""  # of the first
        for n, where in alive:
            document = documents[n]
            found = shelf.paragraph(document.pack, document.row, where)
            if not rows:
                text = shelf.text(document.pack, document.row)[found.start : found.end]
            rows.append(
                {
                    "doc": document.id,
                    "start": found.start,
                    "end": found.end,
                    "lines": [0, 0] if document.archived else [found.first_line, found.last_line],
                    "removed": orders.goes(n, where),
                }
            )
        home = next((r["doc"] for r in rows if not r["removed"]), rows[0]["doc"])
        yield {"key": f"{key:016x}", "chars": len(text), "text": text[:200], "home": home, "places": rows}


def archived_rows(documents: Sequence[Document], matches: Matches, shared: Collection[str]) -> Iterator[Row]:
    """Yield the documents of archives that the other tables name; `shared` are those of passages and decisions."""
    archives = documents[: archived(documents)]
    named = {number for pair in matches.pairs.listed_of() for number in pair} if archives else set()
    named |= {number for group in matches.clusters.members for number in group}
    for n, document in enumerate(archives):
        if document.archived is not None and (n in named or document.id in shared):
            yield document.archived.row
