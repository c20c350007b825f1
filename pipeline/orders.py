"""From what was found among documents to what pass 2 does with each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.settling import passage_homes
from pipeline.writers.orders import Order, Other, Passage
from stages.decide import why_kept
from stages.model import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.matching import CheckedPair, Document
    from pipeline.settings import Settings
    from pipeline.settling import Matches


def orders_of(documents: Sequence[Document], matches: Matches, settings: Settings) -> dict[int, Order]:
    """Return for the number of each document that is not an archive's its order, in order."""
    return _Orders(documents, matches, settings).all()


class _Orders:
    def __init__(self, documents: Sequence[Document], matches: Matches, settings: Settings) -> None:
        self._documents = documents
        self._matches = matches
        self._kept_for = matches.clusters.kept_for
        self._pairs = {(p.a, p.b): p for p in matches.pairs}
        self._homes = passage_homes(matches, self._kept_for, settings.run.policy)
        self._group = {n: group for group in matches.clusters.members for n in group}
        self._annotate = settings.run.policy is Policy.ANNOTATE

    def all(self) -> dict[int, Order]:
        """Return the orders."""
        new = {n: d for n, d in enumerate(self._documents) if d.archived is None}
        last_of = {d.file: n for n, d in new.items()}
        return {n: self._order(n, last_of[d.file] == n) for n, d in new.items()}

    def _order(self, number: int, last: bool) -> Order:  # noqa: FBT001 - private, one use
        document = self._documents[number]
        kept_for = self._kept_for.get(number)
        others: list[int] = [] if kept_for is None else [kept_for]
        passages = []
        for paragraph, key, home, home_paragraph in self._homes.get(number, ()):
            if home not in others:
                others.append(home)
            passages.append(Passage(paragraph, f"{key:016x}", others.index(home), home_paragraph))
        group = self._group.get(number, ())
        pair = self._pair(kept_for, number)
        return Order(
            id=document.id,
            label=document.label,
            name=document.name,
            ordinal=document.ordinal,
            last=last,
            pack=document.pack,
            row=document.row,
            source=document.source,
            recurring=self._matches.furniture.get(number, ()),
            passages=tuple(passages) if kept_for is None else (),
            kept_for=None if kept_for is None else 0,
            tier=pair.verdict.tier.value if pair else "",
            cluster=cluster_id(self._documents, group) if group else "",
            cluster_size=max(1, len(group)),
            why=self._why(number, group, pair),
            others=tuple(self._other(n) for n in others),
        )

    def _pair(self, kept: int | None, removed: int) -> CheckedPair | None:
        return None if kept is None else self._pairs[min(kept, removed), max(kept, removed)]

    def _why(self, number: int, group: Sequence[int], pair: CheckedPair | None) -> str:
        if pair is not None:
            return pair.verdict.reason
        copies = [n for n in group if self._kept_for.get(n) == number]
        if not copies:
            return ""
        standings = self._matches.standings
        criterion = why_kept(standings[number], (standings[n] for n in copies))
        return f"Kept of {len(copies) + 1} copies: {criterion}."

    def _other(self, number: int) -> Other:
        document = self._documents[number]
        passages = tuple((p, f"{key:016x}") for p, key, _, _ in self._homes.get(number, ()))
        return Other(
            id=document.id,
            name=document.name,
            pack=document.pack,
            row=document.row,
            recurring=self._matches.furniture.get(number, ()),
            passages=passages,
            archive=document.label if document.archived else "",
            characters=document.archived.row["l3"]["chars"] if document.archived else 0,
        )


def cluster_id(documents: Sequence[Document], group: Sequence[int]) -> str:
    """Return the id of a cluster: that of its first document in the order of preference."""
    return "c-" + documents[group[0]].id[2:14]
