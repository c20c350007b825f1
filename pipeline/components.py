"""Connected components by rounds of exchanges, for more links than the first process is to hold as sets.

A round is large-star, then small-star (`stages._stars`); the last is the one in which neither makes a new link.  Each
document is then linked with the smallest of its component, and only that comes home: two numbers a document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from pipeline.barrier import partition
from pipeline.budget import links_at_once, partitions
from pipeline.columns import truths
from stages._stars import large_star, small_star

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from pipeline.engines import Engine, Flow
    from pipeline.pairs import Grades
    from pipeline.settings import RunSettings

_LINKS_A_PART: Final = 1 << 17
_A_PARTITION: Final = 1 << 12  # links; fewer are not worth a task


@dataclass(frozen=True, slots=True)
class Ends:
    """Links → the same, with the partition of the node that they are sent to: the larger, or `both`."""

    partitions: int
    both: bool  # and none is new: a round begins

    def __call__(self, part: pa.Table) -> pa.Table:
        a, b = part["node"].to_numpy(), part["other"].to_numpy()
        node, other = np.maximum(a, b), np.minimum(a, b)
        new = truths(part["new"])
        if self.both:
            node, other = np.concatenate([node, other]), np.concatenate([other, node])
            new = np.zeros(node.size, dtype=np.bool_)
        p = partition(node.view(np.uint64), self.partitions)
        return pa.table({"p": p, "node": node, "other": other, "new": new})


@dataclass(frozen=True, slots=True)
class Star:
    """Nodes of one partition, each with all that it is linked with → links; where there was a new one, all are."""

    large: bool

    def __call__(self, part: pa.Table) -> pa.Table:
        links = (large_star if self.large else small_star)(part["node"].to_numpy(), part["other"].to_numpy())
        new = links.new | truths(part["new"]).any()
        return pa.table({"node": links.node, "other": links.other, "new": new})


def news(part: pa.Table) -> pa.Table:
    """Return whether a link of a part is new."""
    return pa.table({"new": [bool(truths(part["new"]).any())]})


def stars(engine: Engine, links: Iterable[pa.Table], count: int) -> Flow:
    """Return for each document that is linked, but the smallest of its component, a link with that one."""
    found, new = engine.flow(links), True
    while new:
        for both in (True, False):
            found = found.map(Ends(count, both)).exchange().reduce(Star(large=both))
        new = bool(truths(found.map(news).collect()["new"]).any())
    return found


def components(
    engine: Engine, links: tuple[NDArray[np.int64], NDArray[np.int64]], count: int
) -> Iterator[list[int]]:
    """Yield the documents of each component of some links, in order; nodes are exchanged in `count` partitions."""
    a, b = links
    if not a.size:
        return
    parts = (slice(at, at + _LINKS_A_PART) for at in range(0, a.size, _LINKS_A_PART))
    tables = (
        pa.table({"node": a[part], "other": b[part], "new": np.ones(a[part].size, dtype=np.bool_)})
        for part in parts
    )
    ends = [(t["node"].to_numpy(), t["other"].to_numpy()) for t in stars(engine, tables, count).parts()]
    node, least = (np.concatenate(column) for column in zip(*ends, strict=True))
    heads = np.unique(least)
    node, least = np.concatenate([heads, node]), np.concatenate([heads, least])
    order = np.lexsort((node, least))
    for group in np.split(node[order], np.flatnonzero(np.diff(least[order])) + 1):
        yield group.tolist()


def groups(engine: Engine, grades: Grades, run: RunSettings) -> Iterator[list[int]] | None:
    """Return the clusters' documents by rounds, or None where they are few enough to be found in this process."""
    a, b = grades.links()
    if a.size <= links_at_once(run):
        return None
    return components(engine, (a, b), partitions(run, a.size, _A_PARTITION))
