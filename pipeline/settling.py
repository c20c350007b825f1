"""What a policy makes of what the barrier found: clusters with their kept documents, passages with their homes.

No text is looked at, so the same findings can be settled again under another policy.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline import rulings as people
from pipeline.components import groups
from pipeline.matching import Standings, bounds_of, rank_of
from pipeline.pairs import Grades, Pairs
from stages.cluster import cluster
from stages.decide import PASSAGES, UNRULED, Ruled, Standing, order_of
from stages.model import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.decisions import Event
    from pipeline.engines import Engine
    from pipeline.matching import Document, Findings
    from pipeline.rulings import Rulings
    from pipeline.settings import Settings
    from pipeline.sharings import Sharings
    from stages.cluster import Clusters


@dataclass(frozen=True, slots=True)
class Passages:
    """The paragraphs of so many characters that stand in several documents; those are put together when asked for."""

    sharings: Sharings
    least: int
    fixed: int  # the first documents, those of archives; what they share among themselves alone is not of this run

    def __iter__(self) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Yield each key, with the documents and paragraphs in order."""
        return self.sharings.passages(self.least, self.fixed)


@dataclass(frozen=True, slots=True)
class Matches:
    """What a policy makes of it."""

    furniture: Mapping[int, tuple[int, ...]]  # as found
    pairs: Pairs  # as found; only some of them are listed
    standings: Sequence[Standing]
    clusters: Clusters  # under the run's policy; under `standard` for a policy that removes nothing
    passages: Passages
    rulings: Rulings = people.NONE  # of people
    by_person: Mapping[int, Event] = field(
        default_factory=dict
    )  # removed for another because a person said so

    @property
    def gone(self) -> frozenset[int]:
        """The documents that are removed."""
        return frozenset(self.clusters.kept_for) | self.rulings.dropped

    def ruled(self, number: int) -> Ruled:
        """Return what people decided of a document."""
        return self.rulings.ruled.get(number, UNRULED)


def settle(
    documents: Sequence[Document],
    findings: Findings,
    settings: Settings,
    engine: Engine,
    rulings: Rulings = people.NONE,
) -> Matches:
    """Return what the policy of the settings, and people, make of what was found; no text is looked at."""
    standings = Standings(documents, findings.characters, rulings.chosen)
    annotate = settings.run.policy is Policy.ANNOTATE
    policy = Policy.STANDARD if annotate else settings.run.policy
    bounds = bounds_of(documents, settings)
    may = Grades(findings.pairs, policy, bounds.fixed)
    rank = rank_of(standings, findings.pairs.documents())
    by_person: dict[int, Event] = {}
    if rulings.meant:
        told = people.over(may, findings.pairs, rulings, bounds.fixed)
        clusters = cluster(rank, told, settings.cluster, replace(bounds, closed=True))
        clusters = replace(clusters, members=_parted(clusters, rulings.apart))
        new = [(gone, kept) for gone, kept in clusters.kept_for.items() if not may[kept, gone]]
        by_person = {gone: rulings.same[min(gone, kept), max(gone, kept)] for gone, kept in new}
    else:
        clusters = cluster(rank, may, settings.cluster, bounds, groups(engine, may, settings.run))
    return Matches(
        furniture=findings.furniture,
        pairs=findings.pairs,
        standings=standings,
        clusters=replace(clusters, kept_for={}) if annotate else clusters,
        passages=Passages(findings.sharings, settings.decide.passage_least, bounds.fixed),
        rulings=rulings,
        by_person=by_person,
    )


def _parted(clusters: Clusters, apart: frozenset[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Return the clusters; one with two that are never to be joined comes apart into its kept documents with theirs."""
    where = {n: place for place, group in enumerate(clusters.members) for n in group}
    divided = {where[a] for a, b in apart if a in where and where[a] == where.get(b)}
    out = []
    for place, group in enumerate(clusters.members):
        if place not in divided:
            out.append(group)
            continue
        stars: dict[int, list[int]] = {}
        for n in group:  # the kept ones come first
            stars.setdefault(clusters.kept_for.get(n, n), []).append(n)
        out += [tuple(star) for star in stars.values() if len(star) > 1]
    return tuple(sorted(out))


def passage_homes(matches: Matches, policy: Policy) -> dict[int, list[tuple[int, int, int, int]]]:
    """Return for each document the passages that go: (paragraph, key, home document, home paragraph).

    The home is the first document, in the order of preference, that is kept, and of which people do not remove the
    passage; of an archived one nothing goes, nor what people keep.
    """
    out: defaultdict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    if policy not in PASSAGES:
        return out
    gone = matches.gone
    cut = {
        (n, r.paragraph)
        for n, ruled in matches.rulings.ruled.items()
        for r in (*ruled.removed, *ruled.furniture)
    }
    for key, places in matches.passages:
        alive = [p for p in places if p[0] not in gone and p not in cut]
        if len({number for number, _ in alive}) < 2:
            continue
        home, paragraph = min(alive, key=lambda p: (order_of(matches.standings[p[0]]), p[1]))
        for number, where in alive:
            ruled = matches.ruled(number)
            stays = matches.standings[number].archived or ruled.whole or where in ruled.spared
            if number != home and not stays:
                out[number].append((where, key, home, paragraph))
    return out
