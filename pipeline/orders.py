"""From what was found among documents to what pass 2 does with each."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final

from pipeline.matching import archived
from pipeline.report.rows import name_of
from pipeline.rulings import said
from pipeline.settling import passage_homes
from pipeline.writers.orders import Order, Other, Passage
from pipeline.writers.rows import shown_member
from stages.decide import PERSON, why_kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.matching import Document
    from pipeline.pairs import CheckedPair
    from pipeline.settings import Settings
    from pipeline.settling import Matches


class Orders:
    """What pass 2 does with each document; an order is made when it is asked for, and kept as a line of its part."""

    def __init__(self, documents: Sequence[Document], matches: Matches, settings: Settings) -> None:
        self._documents = documents
        self._matches = matches
        self._kept_for = matches.clusters.kept_for
        self._homes = passage_homes(matches, settings.run.policy)
        self._gone = matches.gone
        self._archived = archived(documents)
        self._group = {n: group for group in matches.clusters.members for n in group}

    def __len__(self) -> int:
        return len(self._documents) - self._archived

    def __iter__(self) -> Iterator[Order]:
        """Yield the order of each document that is not an archive's, in order."""
        new = ((n, d) for n, d in enumerate(self._documents) if d.archived is None)
        for (number, document), after in pairwise(chain(new, [(-1, None)])):
            assert document is not None  # noqa: S101 - only the end is
            yield self._order(number, document, last=after[1] is None or after[1].name != document.name)

    def _order(self, number: int, document: Document, *, last: bool) -> Order:
        kept_for = self._kept_for.get(number)
        others: list[int] = [] if kept_for is None else [kept_for]
        passages = []
        for paragraph, key, home, home_paragraph in self._homes.get(number, ()):
            if home not in others:
                others.append(home)
            passages.append(Passage(paragraph, f"{key:016x}", others.index(home), home_paragraph))
        group = self._group.get(number, ())
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
            passages=tuple(passages) if number not in self._gone else (),
            kept_for=None if kept_for is None else 0,
            tier=self._tier(number),
            cluster=cluster_id(self._documents, group) if group else "",
            cluster_size=max(1, len(group)),
            why=self.why(number),
            others=tuple(self.other(n) for n in others),
            ruled=self._matches.ruled(number),
            gone=document.gone,
            unread=document.unread,
        )

    def _tier(self, number: int) -> str:
        """Return what the pair is that a document was removed for, or that a person removed it."""
        if number in self._matches.by_person or self._matches.ruled(number).dropped:
            return PERSON
        kept = self._kept_for.get(number)
        tier = None if kept is None else self._matches.pairs.tier(kept, number)
        return tier.value if tier else ""

    def _pair(self, removed: int) -> CheckedPair | None:
        kept = self._kept_for.get(removed)
        return None if kept is None else self._matches.pairs.find(kept, removed)

    def why(self, number: int) -> str:
        """Return why a document goes, or why it stays of several; of an archived one, that it does."""
        if self._documents[number].archived is not None:
            return _ARCHIVED
        dropped = self._matches.ruled(number).dropped
        if dropped:
            return dropped.why
        pair = self._pair(number)
        if pair is not None:
            event = self._matches.by_person.get(number)
            return f"{said(event)}; {pair.verdict.reason}" if event else pair.verdict.reason
        copies = [n for n in self._group.get(number, ()) if self._kept_for.get(n) == number]
        if not copies:
            return ""
        standings = self._matches.standings
        criterion = why_kept(standings[number], (standings[n] for n in copies))
        return f"Kept of {len(copies) + 1} copies: {criterion}."

    def goes(self, number: int, paragraph: int) -> bool:
        """Say whether a passage goes from a document that is kept."""
        return any(paragraph == gone for gone, *_ in self._homes.get(number, ()))

    def other(self, number: int) -> Other:
        """Return a document as one that others are compared with or copied from."""
        document = self._documents[number]
        passages = tuple((p, f"{key:016x}") for p, key, _, _ in self._homes.get(number, ()))
        return Other(
            id=document.id,
            name=document.name,
            pack=document.pack,
            row=document.row,
            recurring=self._matches.furniture.get(number, ()),
            passages=passages,
            ruled=self._matches.ruled(number),
            archive=document.label if document.archived else "",
            characters=document.archived.row["l3"]["chars"] if document.archived else 0,
            shown=shown_name(document),
        )


_ARCHIVED: Final = "Kept in an archive, which is never changed."


def shown_name(document: Document) -> str:
    """Return how the report names a document."""
    if document.archived is not None:
        return name_of(document.archived.row)
    member = shown_member(document.member)
    return name_of({"path": document.name, "member": member, "ordinal": document.ordinal})


def cluster_id(documents: Sequence[Document], group: Sequence[int]) -> str:
    """Return the id of a cluster: that of its first document in the order of preference."""
    return "c-" + documents[group[0]].id[2:14]
