"""What became of each decision in a run: the rows of ledger/decisions.jsonl.

applied      what it says is so in this output
stale        so, but what it was decided by is another now: to be looked at again
orphaned     what it is about is not there
conflicting  somebody says otherwise: what it keeps stays, what it removes stays too
unused       it does nothing here
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from pipeline.decisions import Paragraph, Run, Verdict, as_row, from_row, holdings
from pipeline.ledger import fitting, read_rows
from pipeline.waiting import RULE
from stages.model import Tier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pipeline.decisions import Event
    from pipeline.ledger import Row
    from pipeline.matching import Document
    from pipeline.pairs import Pairs
    from pipeline.rulings import Meant
    from pipeline.settling import Matches

FATES: Final = ("applied", "stale", "orphaned", "conflicting", "unused")
TOLD: Final = frozenset({"fate", "reason", "documents"})  # what a run adds to a decision
_MOVED: Final = 0.05  # of a score since a person saw it: to be looked at again


def decision_rows(documents: Sequence[Document], pairs: Pairs, matches: Matches) -> Iterator[Row]:
    """Yield each decision with its fate and the reason; `pairs` are all that were checked."""
    telling = _Telling(documents, pairs, matches)
    for meant in matches.rulings.meant:
        fate, _, reason = (meant.bars or telling.fate(meant)).partition(": ")
        row = {**as_row(meant.event), "fate": fate, "reason": reason}
        yield {**row, "documents": [documents[n].id for n in telling.about(meant)]}


def decided_of(out: Path) -> tuple[Event, ...]:
    """Return the decisions that an output was made with.

    Raises:
        DamageError: its ledger is not what was written.
    """
    rows = read_rows(out, ["decisions"]).decisions
    with fitting("ledger/decisions.jsonl"):
        return tuple(from_row({key: row[key] for key in row if key not in TOLD}) for row in rows)


class _Telling:
    """Tells what became of decisions that could act."""

    def __init__(self, documents: Sequence[Document], pairs: Pairs, matches: Matches) -> None:
        self._documents = documents
        self._pairs = pairs
        self._matches = matches
        self._lines = Counter(  # decision → lines that are furniture by it, of documents that may lose them
            ruling.event
            for n, ruled in matches.rulings.ruled.items()
            if n not in matches.gone and not ruled.whole and not ruled.dropped
            for ruling in ruled.furniture
            if ruling.paragraph not in ruled.spared
        )

    def about(self, meant: Meant) -> list[int]:
        """Return the documents that a decision is about."""
        single = isinstance(meant.event.subject, Paragraph)
        return sorted({n for place in meant.places for n in (place[:1] if single else place)})

    def fate(self, meant: Meant) -> str:
        """Return fate and reason."""
        tellers: dict[Verdict, Callable[[Meant], str]] = {
            Verdict.SAME: self._same,
            Verdict.REMOVE: self._removed,
            Verdict.FURNITURE: self._furniture,
            Verdict.ACCEPT_BASELINE: self._baseline,
            Verdict.DROP: self._removed,
        }
        tell = tellers.get(meant.event.verdict)
        apart = meant.event.verdict in {Verdict.DIFFERENT, Verdict.KEEP_BOTH}
        says = tell(meant) if tell else f"applied: {'they are not joined' if apart else 'it stays'}"
        doubts = [*meant.doubts, *self._moved(meant)]
        if not says.startswith("applied") or not doubts:
            return says
        return f"stale: {'; '.join(doubts)}"

    def _same(self, meant: Meant) -> str:
        heads = self._matches.clusters.kept_for
        for a, b in meant.places:
            if heads.get(a, a) == heads.get(b, b):
                gone = [self._documents[n].name for n in (a, b) if n in heads]
                return f"applied: {' and '.join(gone)} went for {self._documents[heads.get(a, a)].name}"
        found = (self._pairs.find(*place) for place in meant.places)
        tiers = {pair.verdict.tier for pair in found if pair is not None}
        if not tiers:
            return "unused: the two were not compared here, and nothing goes without a check"
        if tiers == {Tier.REJECTED}:
            return "unused: their texts are too different, and nothing goes for a text that is not alike"
        return "unused: neither went for the other: other decisions keep them, or another copy comes first"

    def _removed(self, meant: Meant) -> str:
        if meant.event.verdict is Verdict.REMOVE and meant.places[0][0] in self._matches.gone:
            return "unused: the whole document went"
        return "applied: it went"

    def _furniture(self, meant: Meant) -> str:
        count = self._lines[meant.event.id]
        if count:
            return f"applied: {count} lines of its source"
        return "unused: other decisions name or keep these lines, or their documents went"

    def _baseline(self, meant: Meant) -> str:
        wanted = set(meant.event.subject.pairs) if isinstance(meant.event.subject, Run) else set()
        found = sum(key in wanted for key in self._matches.rulings.accepting.values())
        return f"applied: {found} pairs" if found or not wanted else "orphaned: none of its pairs is here"

    def _moved(self, meant: Meant) -> Iterator[str]:
        """Yield what was seen of a pair when a person decided, and is not so any more."""
        seen = meant.event.seen
        pair = self._pairs.find(*meant.places[0]) if len(holdings(meant.event)) == 2 else None
        if seen is None or pair is None:
            return
        score, tier = pair.verdict.scores.jaccard, pair.verdict.tier.value
        if seen.score is not None and abs(score - seen.score) > _MOVED:
            yield f"the score was {seen.score}, it is {score}"
        if seen.what != tier:
            yield f"the pair was {seen.what}, it is {tier}"
        if seen.rule != RULE:
            yield f"the rules were {seen.rule}, they are {RULE}"
