"""The barrier: tasks over columns, between the two passes.

Every class here is a task for an engine: a frozen value that maps one Arrow table to another, with no state but
its settings and the folder of packs.  Rows leave a task in a total order, so that nothing of how they were
spread shows later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from pipeline import codec
from pipeline.packs import Shelf, signed
from pipeline.passes import compare, view
from stages.candidates import BAND, KEY, RUN, Edges, bands, candidates, sampled_runs
from stages.fingerprint import key_hash
from stages.furniture import recurring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.settings import Settings
    from stages.align import Side

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
EDGE_SCHEMA: Final = pa.schema(
    [
        ("head", pa.int64()),
        ("member", pa.int64()),
        ("kind", pa.int8()),
        ("band", pa.int16()),
        ("bucket", pa.int64()),
    ]
)


def partition(keys: NDArray[np.uint64], count: int) -> NDArray[np.int32]:
    """Return our own partition number of each key: the same on every engine."""
    return (((keys * _MIX) >> np.uint64(40)) % np.uint64(count)).astype(np.int32)


def unsigned(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Return a signed column as the unsigned values of the same bits."""
    return np.asarray(column.to_numpy(), dtype=np.int64).view(np.uint64)


@dataclass(frozen=True, slots=True)
class Lines:
    """(document, pack, row, group seed) → one row for each line that may be furniture by recurrence."""

    folder: Path
    partitions: int

    def __call__(self, part: pa.Table) -> pa.Table:
        shelf = Shelf(self.folder)
        groups, documents, numbers, may = [], [], [], []
        for row in part.to_pylist():
            pack = shelf.pack(row["pack"])
            keys = np.frombuffer(pack["line_keys"][row["row"]].as_py(), dtype=np.uint64)
            groups.append(keys ^ np.uint64(row["source"] % (1 << 64)))
            may.append(np.frombuffer(pack["line_may"][row["row"]].as_py(), dtype=np.bool_))
            documents.append(np.full(keys.size, row["document"], dtype=np.int64))
            numbers.append(np.arange(keys.size, dtype=np.int32))
        group = np.concatenate(groups) if groups else np.zeros(0, dtype=np.uint64)
        return pa.table(
            {
                "p": partition(group, self.partitions),
                "group": group.view(np.int64),
                "document": _joined(documents, np.int64),
                "paragraph": _joined(numbers, np.int32),
                "may": _joined(may, np.bool_),
            }
        )


def _joined(arrays: Sequence[NDArray[np.generic]], kind: type[np.generic]) -> NDArray[np.generic]:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=kind)


@dataclass(frozen=True, slots=True)
class Recurring:
    """Lines of one partition → those that are furniture, with their group."""

    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        found = recurring(
            unsigned(part["group"]),
            part["document"].to_numpy(),
            np.asarray(part["may"].to_numpy(zero_copy_only=False), dtype=bool),
            self.settings.furniture,
        )
        return part.filter(pa.array(found)).select(["document", "paragraph", "group"])


@dataclass(frozen=True, slots=True)
class SpreadLines:
    """(document, pack, row, group seed) → the lines whose group recurs, in every document of the source."""

    folder: Path
    groups: tuple[int, ...]  # sorted, signed

    def __call__(self, part: pa.Table) -> pa.Table:
        lines = Lines(self.folder, 1)(part)
        recurs = np.isin(lines["group"].to_numpy(), np.array(self.groups, dtype=np.int64))
        may = np.asarray(lines["may"].to_numpy(zero_copy_only=False), dtype=bool)
        return lines.filter(pa.array(recurs & may)).select(["document", "paragraph"])


@dataclass(frozen=True, slots=True)
class Views:
    """(document, pack, row, furniture) → the sketch of each comparison view."""

    folder: Path
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        shelf = Shelf(self.folder)
        rows = []
        for row in part.to_pylist():
            side = view(shelf.document(row["pack"], row["row"]), row["furniture"], self.settings)
            rows.append(self._row(row["document"], side))
        return pa.Table.from_pylist(rows, schema=VIEW_SCHEMA)

    def _row(self, document: int, side: Side) -> dict[str, object]:
        key = side.tokens
        numbers = np.sort(key.hashes[key.kinds == 2])
        return {
            "document": document,
            "key": signed(key_hash(key)),
            "figures": signed(
                int(np.bitwise_xor.reduce(numbers * _MIX + np.arange(numbers.size, dtype=np.uint64)))
            )
            if numbers.size
            else 0,
            "tokens": len(key),
            "characters": int((key.ends - key.starts).sum()),
            "signature": side.signature.tobytes(),
            "runs": sampled_runs(key.hashes, self.settings.candidates).tobytes(),
        }


VIEW_SCHEMA: Final = pa.schema(
    [
        ("document", pa.int64()),
        ("key", pa.int64()),
        ("figures", pa.int64()),
        ("tokens", pa.int32()),
        ("characters", pa.int64()),
        ("signature", pa.binary()),
        ("runs", pa.large_binary()),
    ]
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Any table → some of its columns."""

    names: tuple[str, ...]

    def __call__(self, part: pa.Table) -> pa.Table:
        return part.select(list(self.names))


@dataclass(frozen=True, slots=True)
class Buckets:
    """Sketches → rows of buckets.  Of documents with one key, only the first goes into bands and runs."""

    first: tuple[int, ...]  # sorted numbers of the documents that are the first with their key
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        document = part["document"].to_numpy()
        figures = part["figures"].to_numpy()
        filled = part["tokens"].to_numpy() > 0
        blocks = [(KEY, 0, unsigned(part["key"])[filled], document[filled], figures[filled])]
        chosen = filled & np.isin(document, np.array(self.first, dtype=np.int64))
        where = np.flatnonzero(chosen)
        if where.size:
            packed = part["signature"].take(pa.array(where)).to_pylist()
            rows = np.frombuffer(b"".join(packed), dtype=np.uint32).reshape(where.size, -1)
            keys = bands(rows, self.settings.candidates)
            blocks += [(BAND, b, keys[:, b], document[where], figures[where]) for b in range(keys.shape[1])]
            for n in where.tolist():
                runs = np.frombuffer(part["runs"][n].as_py(), dtype=np.uint64)
                blocks.append((RUN, 0, runs, np.full(runs.size, document[n]), np.full(runs.size, figures[n])))
        return self._table(blocks)

    def _table(
        self,
        blocks: Sequence[tuple[int, int, NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]],
    ) -> pa.Table:
        sizes = [b[2].size for b in blocks]
        keys = np.concatenate([b[2] for b in blocks])
        kinds = np.repeat(np.array([b[0] for b in blocks], dtype=np.int8), sizes)
        numbers = np.repeat(np.array([b[1] for b in blocks], dtype=np.int16), sizes)
        salted = keys ^ (kinds.astype(np.uint64) * _MIX) ^ (numbers.astype(np.uint64) << np.uint64(32))
        return pa.table(
            {
                "p": partition(salted, self.settings.run.partitions),
                "kind": kinds,
                "band": numbers,
                "key": keys.view(np.int64),
                "document": np.concatenate([b[3] for b in blocks]).astype(np.int64),
                "figures": np.concatenate([b[4] for b in blocks]).astype(np.int64),
            }
        )


@dataclass(frozen=True, slots=True)
class Pairing:
    """Rows of whole buckets → proposed pairs."""

    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        edges = candidates(
            part["kind"].to_numpy(),
            part["band"].to_numpy(),
            unsigned(part["key"]),
            part["document"].to_numpy(),
            unsigned(part["figures"]),
            self.settings.candidates,
        )
        return pa.table(
            [edges.head, edges.member, edges.kind, edges.band, edges.bucket.view(np.int64)],
            schema=EDGE_SCHEMA,
        )


def edges_of(table: pa.Table) -> Edges:
    """Return collected pairs as columns."""
    return Edges(
        table["head"].to_numpy(),
        table["member"].to_numpy(),
        table["kind"].to_numpy(),
        table["band"].to_numpy(),
        unsigned(table["bucket"]),
    )


@dataclass(frozen=True, slots=True)
class Checking:
    """Pairs with the places of both documents → verdicts."""

    folder: Path
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        shelf = Shelf(self.folder)
        sides: dict[tuple[str, int], Side] = {}
        verdicts = []
        for row in part.to_pylist():
            a, b = (self._side(shelf, sides, row, s) for s in ("a", "b"))
            verdicts.append(codec.dump(compare(a, b, self.settings)))
        return part.select(["a", "b"]).append_column("verdict", pa.array(verdicts, pa.large_string()))

    def _side(
        self, shelf: Shelf, sides: dict[tuple[str, int], Side], row: dict[str, object], name: str
    ) -> Side:
        place = (str(row[f"{name}_pack"]), int(str(row[f"{name}_row"])))
        if place not in sides:
            if len(sides) >= 256:  # views kept in memory: a head stands in many pairs
                sides.clear()
            furniture: list[int] = row[f"{name}_furniture"]  # type: ignore[assignment] # a list column
            sides[place] = view(shelf.document(*place), furniture, self.settings)
        return sides[place]


@dataclass(frozen=True, slots=True)
class Passages:
    """(document, pack, row, furniture) → one row for each paragraph long enough to be a shared passage."""

    folder: Path
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        shelf = Shelf(self.folder)
        rows = []
        for row in part.to_pylist():
            document = shelf.document(row["pack"], row["row"])
            gone = set(row["furniture"])
            for number, paragraph in enumerate(document.found.paragraphs):
                size = len(paragraph.span)
                if number in gone or size < self.settings.decide.passage_least or not document.sizes[number]:
                    continue
                rows.append((int(document.keys[number]), row["document"], number, size))
        keys = np.array([r[0] for r in rows], dtype=np.uint64)
        return pa.table(
            {
                "p": partition(keys, self.settings.run.partitions),
                "key": keys.view(np.int64),
                "document": pa.array([r[1] for r in rows], pa.int64()),
                "paragraph": pa.array([r[2] for r in rows], pa.int32()),
                "size": pa.array([r[3] for r in rows], pa.int32()),
            }
        )


@dataclass(frozen=True, slots=True)
class Shared:
    """Paragraphs of one partition → those whose key stands in two documents or more."""

    def __call__(self, part: pa.Table) -> pa.Table:
        part = part.sort_by([("key", "ascending"), ("document", "ascending"), ("paragraph", "ascending")])
        key, document = part["key"].to_numpy(), part["document"].to_numpy()
        if key.size == 0:
            return part.drop_columns(["p"])
        new = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
        sizes = np.diff(np.append(new, key.size))
        several = document[new] != document[new + sizes - 1]
        return part.filter(pa.array(np.repeat(several, sizes))).drop_columns(["p"])
