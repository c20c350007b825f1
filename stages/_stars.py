"""Links of documents → stars: each document linked with the smallest of its component, by two steps done in turn.

In: columns of links, the nodes of a partition each with all that it is linked with.  Out: links, each once, and which
of them are new.  Where neither step makes a new one, all are stars.
Source: large-star and small-star of Kiveris, Lattanzi, Mirrokni, Rastogi, Vassilvitskii, "Connected Components in
MapReduce and Beyond" (SoCC 2014): no document needs the links of another, and some log² n rounds are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Links in columns: a node, what it is linked with, and whether that is new."""

    node: NDArray[np.int64]
    other: NDArray[np.int64]
    new: NDArray[np.bool_]


def large_star(node: NDArray[np.int64], other: NDArray[np.int64]) -> Links:
    """Link what is larger than a node with the smallest of node and neighbours; links come in both directions."""
    node, other, least = _with_least(node, other)
    least = np.minimum(least, node)
    larger = other > node
    return _distinct(Links(other[larger], least[larger], (least != node)[larger]))


def small_star(node: NDArray[np.int64], other: NDArray[np.int64]) -> Links:
    """Link a node and its neighbours with the smallest of these; each link comes from its larger end."""
    node, other, least = _with_least(node, other)
    rest = other != least
    links = (np.concatenate([node[~rest], other[rest]]), np.concatenate([least[~rest], least[rest]]))
    return _distinct(Links(*links, np.arange(node.size) >= np.count_nonzero(~rest)))


def _with_least(
    node: NDArray[np.int64], other: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the links by node, and for each the smallest that its node is linked with."""
    order = np.lexsort((other, node))
    node, other = node[order], other[order]
    starts = np.flatnonzero(np.diff(node, prepend=-1))  # numbers of documents are 0 or more
    return node, other, np.repeat(other[starts], np.diff(starts, append=node.size))


def _distinct(links: Links) -> Links:
    """Return each link once, by node; it is new if it is so anywhere."""
    order = np.lexsort((~links.new, links.other, links.node))
    node, other, new = links.node[order], links.other[order], links.new[order]
    first = (np.diff(node, prepend=-1) != 0) | (np.diff(other, prepend=-1) != 0)
    return Links(node[first], other[first], new[first])
