"""Tasks of the barrier: the paragraphs that stand in several documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipeline.barrier import partition
from pipeline.columns import chosen, ordered
from pipeline.packs import Shelf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Passages:
    """(document, pack, row, furniture) → one row for each paragraph long enough to be a shared passage."""

    folder: Path
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        shelf = Shelf(self.folder)
        none = (np.zeros(0, dtype=kind) for kind in (np.uint64, np.int64, np.int32, np.int32))
        found: list[tuple[NDArray[Any], ...]] = [tuple(none)]
        document, row = (np.asarray(part[name].to_numpy(), dtype=np.int64) for name in ("document", "row"))
        furniture = part["furniture"].to_pylist()
        for pack, places in _by_value(part["pack"].to_pylist()).items():
            starts, ends, keys, sizes = (
                shelf.joined(pack, row[places], n) for n in ("starts", "ends", "keys", "sizes")
            )
            counts = shelf.sizes(pack, row[places])
            first = np.cumsum(counts) - counts
            lengths = ends - starts
            shown = (lengths >= self.settings.decide.passage_least) & (sizes > 0)
            shown[
                [at + n for at, place in zip(first.tolist(), places, strict=True) for n in furniture[place]]
            ] = False
            numbers = np.arange(starts.size) - np.repeat(first, counts)
            of = np.repeat(document[places], counts)
            found.append((keys[shown], of[shown], numbers[shown].astype(np.int32), lengths[shown]))
        keys, of, numbers, lengths = (np.concatenate(column) for column in zip(*found, strict=True))
        return pa.table(
            {
                "p": partition(keys, self.settings.run.partitions),
                "key": keys.view(np.int64),
                "document": of,
                "paragraph": numbers,
                "size": lengths,
            }
        )


def _by_value(values: Sequence[str]) -> dict[str, list[int]]:
    """Return for each value the places where it stands."""
    found: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        found.setdefault(value, []).append(place)
    return found


@dataclass(frozen=True, slots=True)
class Shared:
    """Paragraphs of one partition → those whose key stands in two documents or more."""

    def __call__(self, part: pa.Table) -> pa.Table:
        part = ordered(part, "key", "document", "paragraph")
        key, document = part["key"].to_numpy(), part["document"].to_numpy()
        if key.size == 0:
            return part.drop_columns(["p"])
        new = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
        sizes = np.diff(np.append(new, key.size))
        several = document[new] != document[new + sizes - 1]
        return chosen(part, np.repeat(several, sizes)).drop_columns(["p"])
