"""How well a clustering agrees with the truth: pair precision, recall, F1 and the adjusted Rand index, with intervals.

Intervals are of 95 %, by drawing whole groups with replacement: copies of one story stand or fall together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

_DRAWS: Final = 1000
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with the ends of its interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Figures of one clustering."""

    precision: Figure
    recall: Figure
    f1: Figure
    ari: Figure


def share(found: Sequence[bool], groups: Sequence[str]) -> Figure:
    """Return the share of what was found, and its interval."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for hit, group in zip(found, groups, strict=True):
        sums[group][0] += hit
        sums[group][1] += 1
    hits, sizes = np.array(list(sums.values()) or [[0, 0]], dtype=float).T
    weights = _weights(len(hits))
    return _figure(hits.sum() / max(sizes.sum(), 1), weights @ hits / np.maximum(weights @ sizes, 1))


def agreement(truth: Sequence[str], said: Sequence[object]) -> Agreement:
    """Return the figures of a clustering of things of which the groups are known; singletons count."""
    if not truth:
        return Agreement(*[Figure(1, 1, 1)] * 4)
    index = {group: n for n, group in enumerate(dict.fromkeys(truth))}
    sizes = np.array([n for _, n in sorted((index[g], n) for g, n in Counter(truth).items())], dtype=float)
    inside, crossing = _same(truth, said, index)
    one = np.ones((1, len(index)))
    measured = _figures(one, sizes, inside, crossing)
    drawn = _figures(_weights(len(index)), sizes, inside, crossing)
    return Agreement(*(_figure(value[0], values) for value, values in zip(measured, drawn, strict=True)))


def _same(
    truth: Sequence[str], said: Sequence[object], index: dict[str, int]
) -> tuple[np.ndarray, list[tuple[int, int, int]]]:
    """Return how many pairs are said to be the same: inside each group, and across each two groups."""
    inside = np.zeros(len(index))
    crossing: Counter[tuple[int, int]] = Counter()
    clusters: dict[object, Counter[int]] = defaultdict(Counter)
    for group, label in zip(truth, said, strict=True):
        clusters[label][index[group]] += 1
    for members in clusters.values():
        ordered = sorted(members.items())
        for at, (g, n) in enumerate(ordered):
            inside[g] += n * (n - 1) / 2
            crossing.update({(g, h): n * m for h, m in ordered[at + 1 :]})
    return inside, [(g, h, n) for (g, h), n in crossing.items()]


def _figures(
    weights: np.ndarray, sizes: np.ndarray, inside: np.ndarray, crossing: Sequence[tuple[int, int, int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return precision, recall, F1 and ARI for each row of weights; a group drawn twice counts as two."""
    both = weights @ inside
    true = weights @ (sizes * (sizes - 1) / 2)
    claimed = both.copy()
    for g, h, n in crossing:
        claimed += weights[:, g] * weights[:, h] * n
    things = weights @ sizes
    chance = true * claimed / np.maximum(things * (things - 1) / 2, 1)
    precision = np.divide(both, claimed, out=np.ones_like(both), where=claimed > 0)
    recall = np.divide(both, true, out=np.ones_like(both), where=true > 0)
    f1 = np.divide(
        2 * precision * recall, precision + recall, out=np.zeros_like(both), where=precision + recall > 0
    )
    most = (true + claimed) / 2 - chance
    ari = np.divide(both - chance, most, out=np.ones_like(both), where=most > 0)
    return precision, recall, f1, ari


def _weights(groups: int) -> np.ndarray:
    """Return how often each group is drawn, for each draw."""
    return (
        np.random.default_rng(_SEED)
        .multinomial(groups, np.full(groups, 1 / groups), size=_DRAWS)
        .astype(float)
    )


def _figure(value: float, drawn: np.ndarray) -> Figure:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Figure(float(value), float(low), float(high))
