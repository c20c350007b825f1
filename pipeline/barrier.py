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
from pipeline.budget import characters
from pipeline.columns import chosen, taken, truths
from pipeline.ledger import sha256
from pipeline.memo import PLACE, Memo
from pipeline.packs import Shelf, signed
from pipeline.pairs import marks_of
from pipeline.views import compare, sketches, views
from stages import decide
from stages._recurrence import HARD, MAY, Lines, places, several
from stages.candidates import BAND, KEY, RUN, Days, Edges, bands, candidates
from stages.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.packs import Sheet
    from pipeline.settings import Settings
    from stages.align import Side

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_AT_ONCE: Final = (
    64  # pairs whose views are in memory together; a head stands in many pairs, one after another
)
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


LINE_SCHEMA: Final = pa.schema(
    [
        ("p", pa.int32()),
        ("group", pa.int64()),
        ("document", pa.int64()),
        ("paragraph", pa.int32()),
        ("marks", pa.uint16()),
        ("before", pa.int32()),
        ("after", pa.int32()),
        ("ended", pa.bool_()),
        ("run", pa.int32()),
        ("follows", pa.int32()),
        ("beyond", pa.int32()),
        ("head", pa.int32()),
        ("counts", pa.bool_()),
    ]
)


#: A line of a document that is text or may be furniture, wherever the document is from.
_LINE: Final = np.dtype(
    [
        ("key", np.uint64),
        ("paragraph", np.int32),
        ("marks", np.uint16),
        ("before", np.int32),
        ("after", np.int32),
        ("ended", np.bool_),
        ("run", np.int32),
        ("follows", np.int32),
        ("beyond", np.int32),
        ("head", np.int32),
    ]
)


@dataclass(frozen=True, slots=True)
class Placing:
    """(place, pack, row) and more → the same, and the lines of each document as `_LINE`."""

    folder: Path
    memo: Path | None

    def __call__(self, part: pa.Table) -> pa.Table:
        lines = Memo(self.memo).through(part, self._computed)
        return part.append_column("lines", lines["lines"])

    def _computed(self, part: pa.Table) -> pa.Table:
        shelf = Shelf(self.folder)
        places_of = zip(part["pack"].to_pylist(), part["row"].to_pylist(), strict=True)
        lines = [self._of(shelf, pack, row) for pack, row in places_of]
        return pa.table({PLACE: part[PLACE], "lines": pa.array(lines, pa.large_binary())})

    def _of(self, shelf: Shelf, pack: str, row: int) -> bytes:
        keys, marks = (shelf.column(pack, row, name) for name in ("line_keys", "line_marks"))
        place = places(marks)
        lines = np.empty(keys.size, dtype=_LINE)
        lines["key"], lines["marks"] = keys, marks
        lines["paragraph"] = np.arange(keys.size)
        lines["head"] = place.head
        for name in ("before", "after", "ended", "run", "follows", "beyond"):
            lines[name] = getattr(place, name)
        kept: bytes = lines[(marks & (MAY | HARD)) != 0].tobytes()
        return kept


@dataclass(frozen=True, slots=True)
class LinesOf:
    """(document, lines, group seed, counts) → one row for each line."""

    partitions: int

    def __call__(self, part: pa.Table) -> pa.Table:
        held = part["lines"].to_pylist()
        sizes = np.array([len(lines) for lines in held], dtype=np.int64) // _LINE.itemsize
        lines = np.frombuffer(b"".join(held), dtype=_LINE)
        source = np.asarray(part["source"].to_numpy(), dtype=np.int64).view(np.uint64)
        keys: NDArray[np.uint64] = np.ascontiguousarray(lines["key"])
        group = keys ^ np.repeat(source, sizes)
        columns = {
            "p": partition(group, self.partitions),
            "group": group.view(np.int64),
            "document": np.repeat(part["document"].to_numpy(), sizes),
            "counts": np.repeat(truths(part["counts"]), sizes),
        }
        columns |= {name: np.ascontiguousarray(lines[name]) for name in _LINE.names or () if name != "key"}
        return pa.table(columns, schema=LINE_SCHEMA)


@dataclass(frozen=True, slots=True)
class Several:
    """Lines of one partition → those that stand in several documents of their source."""

    least: int  # documents

    def __call__(self, part: pa.Table) -> pa.Table:
        short = (part["marks"].to_numpy() & (MAY | HARD)) == MAY
        before, after = part["before"].to_numpy(), part["after"].to_numpy()
        where = np.where((before == 0) & (after > 0), 1, np.where((after == 0) & (before > 0), 2, 0)) * short
        found = several(
            unsigned(part["group"]), part["document"].to_numpy(), truths(part["counts"]), where, self.least
        )
        return chosen(part, found).drop_columns(["p"])


def lines_from(table: pa.Table, documents: NDArray[np.int64]) -> Lines:
    """Return collected lines as columns; `documents` are, for each document, those of its source."""
    plain = (
        "document",
        "paragraph",
        "marks",
        "before",
        "after",
        "run",
        "follows",
        "beyond",
        "head",
    )
    return Lines(
        group=unsigned(table["group"]),
        **{name: table[name].to_numpy() for name in plain},
        ended=truths(table["ended"]),
        counts=truths(table["counts"]),
        documents=documents[table["document"].to_numpy()],
    )


@dataclass(frozen=True, slots=True)
class Views:
    """(place, document, pack, row, furniture, days) → the sketch of each comparison view."""

    folder: Path
    settings: Settings
    memo: Path | None

    def __call__(self, part: pa.Table) -> pa.Table:
        seen = Memo(self.memo).through(part, self._computed)
        known = {name: part[name] for name in ("document", "first_day", "last_day")}
        return pa.table({**known, **{name: seen[name] for name in seen.column_names}}, schema=VIEW_SCHEMA)

    def _computed(self, part: pa.Table) -> pa.Table:
        shelf = Shelf(self.folder)
        texts: list[int] = []

        def sheets() -> Iterator[tuple[Sheet, Sequence[int]]]:
            for pack, row, furniture in zip(
                *(part[name].to_pylist() for name in ("pack", "row", "furniture")), strict=True
            ):
                sheet = shelf.sheet(pack, row)
                texts.append(text_hash(sha256(sheet.text)))
                yield sheet, furniture

        found = list(sketches(sheets(), self.settings))
        columns = {
            PLACE: part[PLACE],
            "text": pa.array(texts, pa.int64()),
            "key": np.array([one.key for one in found], dtype=np.uint64).view(np.int64),
            "figures": np.array([one.figures for one in found], dtype=np.uint64).view(np.int64),
            "tokens": [one.tokens for one in found],
            "characters": [one.characters for one in found],
            "signature": [one.signature.tobytes() for one in found],
            "runs": [one.runs.tobytes() for one in found],
        }
        return pa.table(columns, schema=SEEN_SCHEMA)


def text_hash(digest: str) -> int:
    """Return the SHA-256 of a text, in hex, as a column has it."""
    return signed(int(digest[:16], 16))


#: What is known of a view wherever it stands: what is remembered.
SEEN_SCHEMA: Final = pa.schema(
    [
        (PLACE, pa.string()),
        ("text", pa.int64()),  # hash of L2
        ("key", pa.int64()),
        ("figures", pa.int64()),
        ("tokens", pa.int32()),
        ("characters", pa.int64()),
        ("signature", pa.binary()),
        ("runs", pa.large_binary()),
    ]
)
VIEW_SCHEMA: Final = pa.schema(
    [*((name, pa.int64()) for name in ("document", "first_day", "last_day")), *SEEN_SCHEMA]
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Any table → some of its columns."""

    names: tuple[str, ...]

    def __call__(self, part: pa.Table) -> pa.Table:
        return part.select(list(self.names))


@dataclass(frozen=True, slots=True)
class Buckets:
    """Sketches → rows of buckets.  Of documents with one key and date, only the first goes into bands and runs."""

    first: bytes  # a bit for each document
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        document = part["document"].to_numpy()
        filled = np.flatnonzero(part["tokens"].to_numpy() > 0)
        # Equal texts are one, though recurrence may find furniture in one source only, and so give them two keys.
        blocks = [(KEY, n, unsigned(part[name])[filled], filled) for n, name in enumerate(("key", "text"))]
        bits = np.frombuffer(self.first, dtype=np.uint8)
        where = filled[(bits[document[filled] >> 3] >> (7 - (document[filled] & 7)) & 1).astype(bool)]
        if where.size:
            packed = taken(part.select(["signature"]), where)["signature"].to_pylist()
            rows = np.frombuffer(b"".join(packed), dtype=np.uint32).reshape(where.size, -1)
            keys = bands(rows, self.settings.candidates)
            blocks += [(BAND, b, keys[:, b], where) for b in range(keys.shape[1])]
            held = taken(part.select(["runs"]), where)["runs"].to_pylist()
            runs = np.frombuffer(b"".join(held), dtype=np.uint64)
            blocks.append((RUN, 0, runs, np.repeat(where, [len(one) // runs.itemsize for one in held])))
        return self._table(part, blocks)

    def _table(
        self,
        part: pa.Table,
        blocks: Sequence[tuple[int, int, NDArray[np.uint64], NDArray[np.int64]]],
    ) -> pa.Table:
        """Return the rows of blocks: kind, band, keys, and the rows of `part` that they are of."""
        sizes = [b[2].size for b in blocks]
        keys = np.concatenate([b[2] for b in blocks])
        kinds = np.repeat(np.array([b[0] for b in blocks], dtype=np.int8), sizes)
        numbers = np.repeat(np.array([b[1] for b in blocks], dtype=np.int16), sizes)
        salted = keys ^ (kinds.astype(np.uint64) * _MIX) ^ (numbers.astype(np.uint64) << np.uint64(32))
        rows = np.concatenate([b[3] for b in blocks]).astype(np.int64)
        return pa.table(
            {
                "p": partition(salted, self.settings.run.partitions),
                "kind": kinds,
                "band": numbers,
                "key": keys.view(np.int64),
                **{name: part[name].to_numpy()[rows] for name in _OF_DOCUMENT},
            }
        )


#: Columns of a document that its rows of buckets have too.
_OF_DOCUMENT: Final = ("document", "figures", "first_day", "last_day")


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
            Days(part["first_day"].to_numpy(), part["last_day"].to_numpy()),
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


#: What is known of a pair wherever its documents stand, and the version of `decide` by which it was marked.
CHECKED: Final = (PLACE, "verdict", "marks", "rule")


def _marked(found: pa.Table, verdicts: Sequence[Verdict] = ()) -> pa.Table:
    """Return verdicts with what clusters are made by; `verdicts` are the same, if they are at hand."""
    every = verdicts or [codec.load(Verdict, text) for text in found["verdict"].to_pylist()]
    marks = pa.array([marks_of(verdict) for verdict in every], pa.uint16())
    rules = pa.array(np.full(found.num_rows, decide.VERSION, dtype=np.int32))
    return found.append_column("marks", marks).append_column("rule", rules)


@dataclass(frozen=True, slots=True)
class Checking:
    """Pairs with the places of both documents → verdicts, and the marks of each."""

    folder: Path
    settings: Settings
    memo: Path | None

    def __call__(self, part: pa.Table) -> pa.Table:
        found = Memo(self.memo).through(part, self._computed)
        if (found["rule"].to_numpy() != decide.VERSION).any():  # remembered by a release that took otherwise
            found = _marked(found.select([PLACE, "verdict"]))
        columns = {name: part[name] for name in ("a", "b", PLACE)}
        return pa.table(columns | {name: found[name] for name in CHECKED if name != PLACE})

    def _computed(self, part: pa.Table) -> pa.Table:
        shelf = Shelf(self.folder)
        sides: dict[int, tuple[str, Side]] = {}
        verdicts: list[Verdict] = []
        for at, end in self._batches(part["size"].to_pylist()):
            rows = part.slice(at, end - at)
            sides = self._sides(shelf, rows, sides)
            pairs = []
            for first, second in zip(rows["a"].to_pylist(), rows["b"].to_pylist(), strict=True):
                (a_text, a), (b_text, b) = sides[first], sides[second]
                pairs.append((a, a if a_text == b_text else b))
            verdicts += compare(pairs, self.settings)
        texts = pa.array([codec.dump(verdict) for verdict in verdicts], pa.large_string())
        return _marked(pa.table({PLACE: part[PLACE], "verdict": texts}), verdicts)

    def _batches(self, sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield where pairs that are looked at together begin and end: at least one, not too much text."""
        most = characters(self.settings.run)
        start = held = 0
        for at, size in enumerate(sizes):
            if at > start and (at - start == _AT_ONCE or held + size > most):
                yield start, at
                start, held = at, 0
            held += size
        if sizes:
            yield start, len(sizes)

    def _sides(
        self, shelf: Shelf, rows: pa.Table, known: dict[int, tuple[str, Side]]
    ) -> dict[int, tuple[str, Side]]:
        """Return for each document of some pairs its whole text, and what of it is compared."""
        where: dict[int, tuple[str, int, list[int]]] = {}
        for side in ("a", "b"):
            columns = (rows[f"{side}{name}"].to_pylist() for name in ("", "_pack", "_row", "_furniture"))
            where |= {number: (pack, row, gone) for number, pack, row, gone in zip(*columns, strict=True)}
        new = {number: place for number, place in where.items() if number not in known}
        sheets = [shelf.sheet(pack, row) for pack, row, _ in new.values()]
        seen = views(zip(sheets, (gone for _, _, gone in new.values()), strict=True), self.settings)
        made = {n: (sheet.text, side) for n, sheet, side in zip(new, sheets, seen, strict=True)}
        return {number: made.get(number) or known[number] for number in where}
