"""From decisions of people to what they come to in a run: which documents may go, must stay, or are never joined.

Facts do not depend on it.  Of a contradiction only what keeps text has its way, and everything is told: see `fates`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Final

from pipeline.decisions import CLAIMS, Paragraph, Run, Verdict, digest_of, holdings, pair_key
from pipeline.subjects import NO_KEY, Finder
from stages.decide import FURNITURE, Ruled, Ruling, may_remove
from stages.model import Policy, Tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pipeline.decisions import Event
    from pipeline.engines import Engine
    from pipeline.matching import Document, Findings
    from pipeline.pairs import CheckedPair
    from pipeline.settings import Settings

#: Verdicts by which something goes.
_GOES: Final = frozenset(v for v, claims in CLAIMS.items() if any(not stays for _, stays in claims))
#: Pairs of documents, or documents, that one decision may mean; beyond it only equal texts are many.
_MANY: Final = 10_000
_NAMED: Final = 3  # decisions that one is told to contradict


@dataclass(frozen=True, slots=True)
class Meant:
    """A decision, and what it is about in this run."""

    event: Event
    places: tuple[tuple[int, ...], ...] = ()  # a pair, a document, or a document and its paragraph
    doubts: tuple[str, ...] = ()  # why a person should look again
    bars: str = ""  # why it cannot act: the fate with its reason, as "orphaned: …"

    @property
    def acts(self) -> bool:
        """Whether what it removes may go."""
        return not self.bars

    @property
    def holds(self) -> bool:
        """Whether what it keeps stays: even if somebody else says that it should go."""
        return not self.bars or self.bars.startswith("conflicting")


@dataclass(frozen=True, slots=True)
class Rulings:
    """What the decisions of a run come to; documents and pairs by number, a pair's first number the smaller."""

    meant: tuple[Meant, ...] = ()  # every decision, in order
    digest: str = ""
    apart: frozenset[tuple[int, int]] = frozenset()  # never joined, by no third document either
    same: Mapping[tuple[int, int], Event] = field(default_factory=dict)  # one may go for the other
    chosen: frozenset[int] = frozenset()  # first among their copies
    pinned: frozenset[int] = frozenset()  # never removed
    ruled: Mapping[int, Ruled] = field(default_factory=dict)
    judged: frozenset[tuple[int, int]] = frozenset()  # pairs that somebody has decided of
    accepting: Mapping[tuple[int, int], str] = field(
        default_factory=dict
    )  # pair that is accepted as it is → its key

    @property
    def accepted(self) -> frozenset[tuple[int, int]]:
        """Pairs that somebody accepts as they are."""
        return frozenset(self.accepting)

    @property
    def dropped(self) -> frozenset[int]:
        """Documents that go by themselves."""
        return frozenset(n for n, ruled in self.ruled.items() if ruled.dropped)

    @property
    def altered(self) -> frozenset[int]:
        """Documents of which a person removes a paragraph: what stays of one is no copy of another."""
        return frozenset(n for n, ruled in self.ruled.items() if ruled.removed)


NONE: Final = Rulings()


def rule(
    events: Sequence[Event],
    documents: Sequence[Document],
    findings: Findings,
    folder: Path,
    engine: Engine,
    settings: Settings,
) -> Rulings:
    """Return what the decisions come to among these documents; none of them was undone."""
    if not events:
        return NONE
    work = _Work(documents, findings, settings, Finder(events, documents, folder, engine))
    meant = _conflicts(work.barred([work.find(event) for event in events]), findings.pairs)
    return work.rulings(meant, digest_of(events))


@dataclass(frozen=True, slots=True)
class _Work:
    documents: Sequence[Document]
    findings: Findings
    settings: Settings
    finder: Finder

    def find(self, event: Event) -> Meant:
        """Return what a decision is about."""
        if isinstance(event.subject, Run):
            return Meant(event)
        sides, doubts = [], []
        for one in holdings(event):
            found, doubt = self.finder.documents(one)
            if not found:
                return Meant(event, bars=f"orphaned: no document holds what {one.path} held")
            sides.append(found)
            doubts.append(doubt)
        if math.prod(map(len, sides)) > _MANY:
            return Meant(event, bars="orphaned: too many documents hold these texts to say which are meant")
        if len(sides) == 2:
            pairs = sorted({(min(p), max(p)) for p in product(*sides) if p[0] != p[1]})
            bars = "" if pairs else "orphaned: the two are one document now"
            return Meant(event, tuple(pairs), tuple(filter(None, doubts)), bars)
        if event.verdict in _GOES:  # an archive is never changed: where others hold the text, they are meant
            sides[0] = [n for n in sides[0] if self.documents[n].archived is None] or sides[0]
        places: list[tuple[int, ...]] = [(n,) for n in sides[0]]
        if isinstance(event.subject, Paragraph):
            rows = [(n, *self.finder.paragraph(n, event.subject)) for n in sides[0]]
            places = [(n, p) for n, p, _ in rows if p is not None]
            doubts += [doubt for *_, doubt in rows]
            if not places:
                return Meant(event, bars="orphaned: the paragraph is not in its document any more")
        return Meant(event, tuple(places), tuple(dict.fromkeys(filter(None, doubts))))

    def barred(self, meant: Iterable[Meant]) -> list[Meant]:
        """Return decisions, those barred that cannot act."""
        every = list(meant)
        newer = {m.event.supersedes: m.event.id for m in every if m.event.supersedes}
        out = []
        for m in every:
            if m.event.id in newer:
                out.append(replace(m, bars=f"unused: {newer[m.event.id]} takes its place"))
            else:
                out.append(m if m.bars else replace(m, bars=self._bar(m)))
        return _singled(out)

    def _bar(self, meant: Meant) -> str:
        """Return why a decision that found what it is about cannot act, or nothing."""
        event, policy = meant.event, self.settings.run.policy
        goes = event.verdict in _GOES
        if event.verdict is Verdict.UNSURE:
            return "unused: it asks for nothing"
        if goes and policy is Policy.ANNOTATE:
            return "unused: the policy annotate removes nothing"
        if event.verdict is Verdict.FURNITURE and policy not in FURNITURE:
            return f"unused: the policy {policy} removes no furniture"
        if goes and len(holdings(event)) == 1 and self.documents[meant.places[0][0]].archived is not None:
            return "unused: an archive is never changed"
        return ""

    def rulings(self, meant: Sequence[Meant], digest: str) -> Rulings:
        """Return what decisions come to."""
        checked = {(a, b) for a, b, _ in self.findings.pairs.rows()}
        apart = _places(meant, *_APART, kept=True)
        return Rulings(
            meant=tuple(meant),
            digest=digest,
            apart=frozenset((a, b) for a, b in apart),
            same={(a, b): e for (a, b), e in _places(meant, Verdict.SAME).items() if (a, b) in checked},
            chosen=frozenset(n for n, *_ in _places(meant, Verdict.CANONICAL, kept=True)),
            pinned=frozenset(n for n, *_ in _places(meant, *_PINNED, kept=True)),
            ruled=_ruled(meant, self._furniture(meant)),
            judged=frozenset(checked.intersection(_places(meant, *_APART, Verdict.SAME))),
            accepting=self._accepted(meant),
        )

    def _furniture(self, meant: Iterable[Meant]) -> list[tuple[int, Ruling]]:
        """Return the lines that people call furniture, in all documents of the source of the one they saw.

        A line without letters has no key, and a document without a source no others: there it is that line alone.
        """
        found: list[tuple[int, Ruling]] = []
        wanted: defaultdict[str, dict[int, Ruling]] = defaultdict(dict)
        for m in meant:
            if m.event.verdict is Verdict.FURNITURE and m.acts and isinstance(m.event.subject, Paragraph):
                number, paragraph = m.places[0]
                key = self.finder.key(number, paragraph)
                source = self.documents[number].source
                ruling = Ruling(paragraph, m.event.id, said(m.event))
                if source and key != NO_KEY:
                    wanted[source].setdefault(key, ruling)
                else:
                    found.append((number, ruling))
        for number, paragraph, key in self.finder.lines(wanted):
            ruling = wanted[self.documents[number].source][key]
            found.append((number, replace(ruling, paragraph=paragraph)))
        return found

    def _accepted(self, meant: Iterable[Meant]) -> dict[tuple[int, int], str]:
        """Return the pairs that were accepted as they are, of those that wait for a person, with their keys."""
        runs = [m.event.subject for m in meant if m.acts and isinstance(m.event.subject, Run)]
        keys = {key for run in runs for key in run.pairs}
        waiting = list(self.findings.pairs.listed_of(Tier.REVIEW)) if keys else []
        text = self.finder.text_of
        found = {(a, b): pair_key(text(a), text(b)) for a, b in waiting}
        return {pair: key for pair, key in found.items() if key in keys}


def _singled(meant: Sequence[Meant]) -> list[Meant]:
    """Return decisions, those that remove one of several equal texts about one: one that others remove, if they do."""
    alone = [m.event.verdict in _GOES and len(holdings(m.event)) == 1 and not m.bars for m in meant]
    taken = {m.places[0] for m, goes in zip(meant, alone, strict=True) if goes and len(m.places) == 1}
    out = []
    for m, goes in zip(meant, alone, strict=True):
        if goes and len(m.places) > 1:
            place = next((p for p in m.places if p in taken), m.places[-1])
            taken.add(place)
            doubts = (*m.doubts, "several documents hold this text, and none has its name: one was taken")
            out.append(replace(m, places=(place,), doubts=doubts))
        else:
            out.append(m)
    return out


_APART: Final = (Verdict.DIFFERENT, Verdict.KEEP_BOTH)
_PINNED: Final = (Verdict.CANONICAL, Verdict.KEEP, Verdict.PROTECT)


def said(event: Event) -> str:
    """Return a decision in a line for people."""
    why = f": {event.why}" if event.why else ""
    return f"a person's decision: {event.verdict}, says {event.by} ({event.id}){why}"


def _places(meant: Iterable[Meant], *verdicts: Verdict, kept: bool = False) -> dict[tuple[int, ...], Event]:
    """Return what decisions that act are about; with `kept`, also those that only keep what they keep."""
    found: dict[tuple[int, ...], Event] = {}
    for m in meant:
        if m.event.verdict in verdicts and (m.holds if kept else m.acts):
            for place in m.places:
                found.setdefault(place, m.event)
    return found


def _ruled(meant: Sequence[Meant], furniture: Iterable[tuple[int, Ruling]]) -> dict[int, Ruled]:
    """Return what was decided of single documents."""
    out: defaultdict[int, Ruled] = defaultdict(Ruled)
    for (number, *_), event in _places(meant, Verdict.DROP).items():
        out[number] = replace(out[number], dropped=Ruling(0, event.id, said(event)))
    for number, *_ in _places(meant, Verdict.PROTECT, kept=True):
        out[number] = replace(out[number], whole=True)
    for number, *rest in _places(meant, Verdict.KEEP, kept=True):
        out[number] = replace(out[number], spared=(*out[number].spared, *rest))
    for (number, paragraph), event in _places(meant, Verdict.REMOVE).items():
        ruling = Ruling(paragraph, event.id, said(event))
        out[number] = replace(out[number], removed=(*out[number].removed, ruling))
    for number, ruling in furniture:
        out[number] = replace(out[number], furniture=(*out[number].furniture, ruling))
    return dict(out)


def _conflicts(meant: Sequence[Meant], pairs: Iterable[CheckedPair]) -> list[Meant]:
    """Return decisions, those barred that contradict each other."""
    claims: defaultdict[tuple[str, tuple[int, ...]], dict[int, bool]] = defaultdict(dict)
    for n, m in enumerate(meant):
        for what, stays in () if m.bars else CLAIMS[m.event.verdict]:
            for place in m.places:
                where = place[:1] if what in {"document", "whole"} else place
                if what != "paragraph" or len(place) == 2:
                    claims[what, where][n] = stays
    against: defaultdict[int, set[int]] = defaultdict(set)
    more: defaultdict[int, int] = defaultdict(int)  # beyond those that are named
    for said_of in claims.values():
        sides = {stays: [n for n, other in said_of.items() if other is stays] for stays in (False, True)}
        for n, stays in said_of.items():
            others = sides[not stays]
            against[n].update(others[:_NAMED])
            more[n] = max(more[n], len(others) - _NAMED)
    chosen = {place[0]: n for n, m in enumerate(meant) for place in _places([m], Verdict.CANONICAL)}
    for pair in pairs:  # of copies, two cannot both be the one to keep
        if pair.a in chosen and pair.b in chosen and accepted(pair):
            against[chosen[pair.a]].add(chosen[pair.b])
            against[chosen[pair.b]].add(chosen[pair.a])
    return [
        replace(m, bars=_contradicted(sorted(meant[o].event.id for o in against[n]), more[n]))
        if against[n]
        else m
        for n, m in enumerate(meant)
    ]


def _contradicted(by: Sequence[str], more: int) -> str:
    """Return the fate of a decision that others contradict: some by name, and how many more there are."""
    more += len(by[_NAMED:])
    rest = f" and {more:,} more" if more > 0 else ""
    return f"conflicting: {', '.join(by[:_NAMED])}{rest} says otherwise; nothing goes for it"


def accepted(pair: CheckedPair) -> bool:
    """Whether one of a pair goes for the other under some policy."""
    sides = (True, False)
    return any(may_remove(pair.verdict, Policy.TRAINING, removed_is_b=side) for side in sides)


def over(
    removable: Mapping[tuple[int, int], int], pairs: Iterable[CheckedPair], rulings: Rulings, fixed: int
) -> dict[tuple[int, int], int]:
    """Return for (kept, removed) how alike they are if that is to be, else 0, as people have decided.

    One of which a paragraph is removed goes for no other, and no other for it: else the paragraph went from all copies.
    Two that are never to be joined go for no third document both: where one is more alike to it, that one may; else
    neither, for nobody knows which.
    """
    out = dict(removable.items())
    for pair in pairs:
        if (pair.a, pair.b) in rulings.same and pair.verdict.tier is not Tier.REJECTED:
            out.update(_joined(pair, fixed))
    alone = rulings.dropped | rulings.altered
    stays = rulings.pinned | alone
    for kept, gone in out:
        if gone in stays or kept in alone:
            out[kept, gone] = 0
    heads: defaultdict[int, set[int]] = defaultdict(set)
    for (kept, gone), grade in out.items():
        if grade:
            heads[gone].add(kept)
    for a, b in sorted(rulings.apart):
        out[a, b] = out[b, a] = 0
        for head in sorted(heads[a] & heads[b]):
            one, two = out[head, a], out[head, b]
            if one and two:
                out[head, a], out[head, b] = one * (one < two), two * (two < one)
    return out


def _joined(pair: CheckedPair, fixed: int) -> dict[tuple[int, int], int]:
    """Return which of two that a person calls the same may go; not one that alone has something of its own."""
    verdict = pair.verdict
    sides = (pair.a, pair.b, verdict.only_b, verdict.only_a), (pair.b, pair.a, verdict.only_a, verdict.only_b)
    return {(kept, gone): 1 for kept, gone, has, other in sides if gone >= fixed and (other or not has)}
