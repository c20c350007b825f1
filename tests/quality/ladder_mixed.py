"""The corpus of everything, clustered by us and by the peers: one table of figures, one of classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ladder import UNCOUNTED
from ladder_figures import Agreement, agreement
from ladder_negatives import NOTICES

if TYPE_CHECKING:
    from ladder_rungs import Rung
    from peers import Peer

OURS: Final = "clean-corpus"


@dataclass(frozen=True, slots=True)
class System:
    """A clustering of the mixed corpus, ours or a peer's."""

    name: str
    setting: str
    counted: Agreement  # of all classes but `UNCOUNTED`
    everything: Agreement
    articles: Agreement  # counted, without bulletins and notices, which differ in figures or names only
    found: dict[str, float]  # class of copies: share that stands in one cluster with its story
    wrong: dict[str, int]  # class: texts that stand in one cluster with another story


def system(name: str, setting: str, rung: Rung, labels: Sequence[object]) -> System:
    """Return the figures of a clustering."""
    groups = [t.group for t in rung.texts]
    counted = [n for n, t in enumerate(rung.texts) if t.cls not in UNCOUNTED]
    article = [n for n in counted if rung.texts[n].cls not in NOTICES]
    stories: dict[str, object] = {}
    clusters: dict[object, set[str]] = defaultdict(set)
    hits: dict[str, list[bool]] = defaultdict(list)
    for text, label in zip(rung.texts, labels, strict=True):
        clusters[label].add(text.group)
        if text.group in stories:
            hits[text.cls].append(stories[text.group] == label)
        stories.setdefault(text.group, label)
    wrong: dict[str, int] = defaultdict(int)
    for text, label in zip(rung.texts, labels, strict=True):
        wrong[text.cls] += len(clusters[label]) > 1
    return System(
        name=name,
        setting=setting,
        counted=agreement([groups[n] for n in counted], [labels[n] for n in counted]),
        everything=agreement(groups, labels),
        articles=agreement([groups[n] for n in article], [labels[n] for n in article]),
        found={cls: sum(x) / len(x) for cls, x in sorted(hits.items())},
        wrong=dict(wrong),
    )


def systems(rung: Rung, ours: Sequence[object], peers: Sequence[Peer]) -> list[System]:
    """Return ours, and each peer at its defaults, at its best for everything, and at its best for articles alone."""
    rows = [system(OURS, "standard policy", rung, ours)]
    for name in dict.fromkeys(p.name for p in peers):
        own = [(p, system(f"{name} {p.version}", p.setting, rung, p.labels)) for p in peers if p.name == name]
        chosen = [s for p, s in own if p.default]
        chosen.append(max((s for _, s in own), key=lambda s: s.counted.ari.value))
        chosen.append(max((s for _, s in own), key=lambda s: s.articles.ari.value))
        rows += {s.setting: s for s in chosen}.values()
    return rows


def ahead(rows: Sequence[System]) -> float | None:
    """Return by how much our ARI is above that of the best peer; None where no peer ran."""
    theirs = [s.counted.ari.value for s in rows if s.name != OURS]
    return rows[0].counted.ari.value - max(theirs) if theirs else None


FIGURES: Final = (
    "system",
    "setting",
    "pair precision",
    "recall",
    "F1",
    "ARI",
    "ARI with the uncounted",
    "ARI of the articles alone",
    "texts joined to another story",
)


def figures(rows: Sequence[System]) -> list[list[str]]:
    """Return the table of figures."""
    return [
        [
            s.name,
            s.setting,
            *(str(x) for x in (s.counted.precision, s.counted.recall, s.counted.f1, s.counted.ari)),
            f"{s.everything.ari.value:.3f}",
            f"{s.articles.ari.value:.3f}",
            str(sum(s.wrong.values())),
        ]
        for s in rows
    ]


def classes(rung: Rung, rows: Sequence[System]) -> tuple[list[str], list[list[str]]]:
    """Return the table of classes for us and each peer's best: share found, and texts joined to another story."""
    best = {s.name: s for s in sorted(rows, key=lambda s: s.counted.ari.value)}
    shown = [best[name] for name in dict.fromkeys(s.name for s in rows)]
    number: dict[str, int] = defaultdict(int)
    for text in rung.texts:
        number[text.cls] += 1
    body = [
        [cls, str(n), *(_cell(s.found.get(cls), s.wrong.get(cls, 0)) for s in shown)]
        for cls, n in number.items()
    ]
    return ["class", "texts", *(s.name for s in shown)], body


def _cell(found: float | None, wrong: int) -> str:
    parts = [f"{found:.2f}"] if found is not None else []
    return ", ".join([*parts, *([f"{wrong} wrong"] if wrong or found is None else [])])
