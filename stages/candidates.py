"""Candidates: columns of sketches → pairs of documents that are worth a check.

In: one row a document (key hash, signature, sampled runs of tokens, hash of its figures).  Out: pairs, with
what proposed them.  Order: after `fingerprint`, on comparison views; before `verify`.  A candidate decides
nothing.

Three sources: equal keys; bands of the MinHash signature (any change in a band hides a pair from that band, so
there are many short ones); and sampled runs of tokens, for texts of unequal length.  A bucket of k documents
gives k − 1 edges to its head, never k² pairs.  Inside a bucket, documents with equal figures are linked first,
then the heads of those groups: so templates that differ in figures do not hide their own true copies.
Source: 32 bands of 4 keep recall ≥ .97 through 10 % character noise in Chinese (measured on 400 items).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION: Final = 1
KEY, BAND, RUN = 0, 1, 2  # what proposed a pair
VIA: Final = {KEY: "key", BAND: "bands", RUN: "runs"}
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class CandidatesSettings:
    """How pairs are proposed."""

    bands: int = 32  # groups of signature values, each hashed to one bucket
    rows: int = 4  # signature values in a band; bands × rows is at most the permutations
    run: int = 8  # tokens in a sampled run
    sample: int = 16  # one run in so many is looked at; the choice depends on the run alone
    common: int = 2  # sampled runs that two documents must share
    frequent: int = 64  # a run that stands in more documents than this proposes nothing

    def __post_init__(self) -> None:
        for name in ("bands", "rows", "run", "sample", "common"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be 1 or more")
        if self.frequent < 2:
            raise ValueError(f"frequent = {self.frequent}: must be 2 or more")


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Proposed pairs in columns: `head` < `member` document numbers, and the bucket that proposed them."""

    head: NDArray[np.int64]
    member: NDArray[np.int64]
    kind: NDArray[np.int8]
    band: NDArray[np.int16]
    bucket: NDArray[np.uint64]


def bands(signatures: NDArray[np.uint32], settings: CandidatesSettings) -> NDArray[np.uint64]:
    """Return one bucket key for each row and band: shape (documents, bands)."""
    count, rows = settings.bands, settings.rows
    used = signatures[:, : count * rows].reshape(signatures.shape[0], count, rows)
    keys = np.zeros(used.shape[:2], dtype=np.uint64)
    for k in range(rows):
        keys = (keys ^ used[:, :, k].astype(np.uint64)) * _MIX
        keys ^= keys >> np.uint64(31)
    return keys


def sampled_runs(hashes: NDArray[np.uint64], settings: CandidatesSettings) -> NDArray[np.uint64]:
    """Return the sorted distinct hashes of the sampled runs of tokens of one document."""
    count = hashes.size - settings.run + 1
    if count < 1:
        return np.zeros(0, dtype=np.uint64)
    mixed = np.zeros(count, dtype=np.uint64)
    for k in range(settings.run):
        mixed = (mixed ^ hashes[k : k + count]) * _MIX
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed[mixed % np.uint64(settings.sample) == 0])


def candidates(
    kinds: NDArray[np.int8],
    bands_of: NDArray[np.int16],
    keys: NDArray[np.uint64],
    documents: NDArray[np.int64],
    figures: NDArray[np.uint64],
    settings: CandidatesSettings,
) -> Edges:
    """Return the edges of all buckets in one exchange partition; rows may come in any order."""
    order = np.lexsort((documents, figures, keys, bands_of, kinds))
    kinds, bands_of, keys = kinds[order], bands_of[order], keys[order]
    documents, figures = documents[order], figures[order]
    new = np.r_[True, (keys[1:] != keys[:-1]) | (bands_of[1:] != bands_of[:-1]) | (kinds[1:] != kinds[:-1])]
    size = np.diff(np.append(np.flatnonzero(new), new.size))
    sizes = np.repeat(size, size)
    wanted = (sizes > 1) & ~((kinds == RUN) & (sizes > settings.frequent))
    group = np.r_[True, new[1:] | (figures[1:] != figures[:-1])]
    index = np.arange(keys.size)
    bucket_head = np.maximum.accumulate(np.where(new, index, 0))
    group_head = np.maximum.accumulate(np.where(group, index, 0))
    previous_group = np.where(group & ~new, group_head[np.maximum(index - 1, 0)], bucket_head)
    head = np.where(group, bucket_head, group_head)
    pairs = [(head, wanted & (head != index)), (previous_group, wanted & group & ~new)]
    before = np.maximum(index - 1, 0)
    pairs.append((before, wanted & (kinds == RUN) & ~new))
    left = np.concatenate([documents[h[m]] for h, m in pairs])
    right = np.concatenate([documents[m] for _, m in pairs])
    kind = np.concatenate([kinds[m] for _, m in pairs])
    band = np.concatenate([bands_of[m] for _, m in pairs])
    bucket = np.concatenate([(keys ^ (bands_of.astype(np.uint64) * _MIX))[m] for _, m in pairs])
    apart = left != right
    low, high = np.minimum(left, right)[apart], np.maximum(left, right)[apart]
    return _distinct(Edges(low, high, kind[apart], band[apart], bucket[apart]))


def _distinct(edges: Edges) -> Edges:
    """Return the edges sorted, each once for a bucket."""
    order = np.lexsort((edges.bucket, edges.band, edges.kind, edges.member, edges.head))
    if order.size == 0:
        return edges
    head, member, kind = edges.head[order], edges.member[order], edges.kind[order]
    band, bucket = edges.band[order], edges.bucket[order]
    changed = np.ones(order.size, dtype=bool)
    changed[1:] = (head[1:] != head[:-1]) | (member[1:] != member[:-1]) | (kind[1:] != kind[:-1])
    changed[1:] |= (band[1:] != band[:-1]) | (bucket[1:] != bucket[:-1])
    return Edges(head[changed], member[changed], kind[changed], band[changed], bucket[changed])


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs to check, sorted: `a` < `b`, a bit mask of the kinds that proposed each, and its bands."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    kinds: NDArray[np.int64]
    bands: tuple[tuple[int, ...], ...]


def pairs(edges: Edges, settings: CandidatesSettings) -> Pairs:
    """Return the distinct pairs of all partitions; a pair that only runs propose must share enough of them."""
    order = np.lexsort((edges.band, edges.kind, edges.member, edges.head))
    a, b, kind, band = edges.head[order], edges.member[order], edges.kind[order], edges.band[order]
    if a.size == 0:
        return Pairs(a, b, np.zeros(0, dtype=np.int64), ())
    starts = np.flatnonzero(np.r_[True, (a[1:] != a[:-1]) | (b[1:] != b[:-1])])
    masks = np.bitwise_or.reduceat(np.left_shift(1, kind.astype(np.int64)), starts)
    runs = np.add.reduceat((kind == RUN).astype(np.int64), starts)
    good = (masks != 1 << RUN) | (runs >= settings.common)
    ends = np.append(starts[1:], a.size)
    hit = tuple(
        tuple(dict.fromkeys(band[s:e][kind[s:e] == BAND].tolist()))
        for s, e in zip(starts[good].tolist(), ends[good].tolist(), strict=True)
    )
    return Pairs(a[starts[good]], b[starts[good]], masks[good], hit)


def again(edges: Edges, refused: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs among the documents that their bucket's head refused: each with the first of them.

    `refused` has one value for each edge.  Otherwise one odd head would hide the true pairs of its bucket.
    """
    bucket, member = edges.bucket[refused], edges.member[refused]
    order = np.lexsort((member, bucket))
    bucket, member = bucket[order], member[order]
    if member.size == 0:
        return member, member
    new = np.r_[True, bucket[1:] != bucket[:-1]]
    head = member[np.maximum.accumulate(np.where(new, np.arange(member.size), 0))]
    other = head != member
    rows = np.unique(np.stack([head[other], member[other]], axis=1), axis=0)
    return rows[:, 0], rows[:, 1]
