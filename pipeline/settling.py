"""What a policy makes of what the barrier found: clusters with their kept documents, passages with their homes.

No text is looked at, so the same findings can be settled again under another policy.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.matching import anchored, bounds_of, rank_of, standings_of
from stages.decide import PASSAGES, Standing, order_of
from stages.model import Policy, Tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.matching import CheckedPair, Document, Findings, Sharing
    from pipeline.settings import Settings
    from stages.cluster import Clusters
    from stages.model import Verdict


@dataclass(frozen=True, slots=True)
class Matches:
    """What a policy makes of it."""

    furniture: dict[int, tuple[int, ...]]  # as found
    pairs: tuple[CheckedPair, ...]  # those that are listed
    standings: tuple[Standing, ...]
    clusters: Clusters  # under the run's policy; under `standard` for a policy that removes nothing
    passages: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]  # key, (document, paragraph) in order


def settle(documents: Sequence[Document], findings: Findings, settings: Settings) -> Matches:
    """Return what the policy of the settings makes of what was found; no text is looked at."""
    standings = standings_of(documents, findings.characters)
    annotate = settings.run.policy is Policy.ANNOTATE
    policy = Policy.STANDARD if annotate else settings.run.policy
    bounds = bounds_of(documents, settings)
    clusters = anchored(rank_of(standings), findings.pairs, policy, bounds, settings)
    return Matches(
        furniture=findings.furniture,
        pairs=tuple(pair for pair in findings.pairs if _listed(pair.verdict)),
        standings=standings,
        clusters=replace(clusters, kept_for={}) if annotate else clusters,
        passages=_passages(findings.sharings, settings.decide.passage_least, bounds.fixed),
    )


def _passages(
    sharings: Iterable[Sharing], least: int, fixed: int
) -> tuple[tuple[int, tuple[tuple[int, int], ...]], ...]:
    """Return the paragraphs of so many characters that stand in several documents, by key.

    What archives, the `fixed` first documents, share among themselves alone is not of this run.
    """
    out: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for sharing in sharings:
        if sharing.size >= least:
            out[sharing.key].append((sharing.document, sharing.paragraph))
    return tuple(
        (key, tuple(places))
        for key, places in sorted(out.items())
        if len({n for n, _ in places}) > 1 and max(places)[0] >= fixed
    )


def _listed(verdict: Verdict) -> bool:
    """Say whether a checked pair is kept in the ledger: a rejected one only if it came near."""
    scores = verdict.scores
    return verdict.tier is not Tier.REJECTED or max(scores.a_in_b, scores.b_in_a) >= 0.5


def passage_homes(
    matches: Matches, removed: Iterable[int], policy: Policy
) -> dict[int, list[tuple[int, int, int, int]]]:
    """Return for each document the passages that go: (paragraph, key, home document, home paragraph).

    The home is the first document, in the order of preference, that is kept; of an archived one nothing goes.
    """
    out: defaultdict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    if policy not in PASSAGES:
        return out
    gone = set(removed)
    for key, places in matches.passages:
        alive = [p for p in places if p[0] not in gone]
        if len({number for number, _ in alive}) < 2:
            continue
        home, paragraph = min(alive, key=lambda p: (order_of(matches.standings[p[0]]), p[1]))
        for number, where in alive:
            if number != home and not matches.standings[number].archived:
                out[number].append((where, key, home, paragraph))
    return out
