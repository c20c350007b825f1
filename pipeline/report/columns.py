"""What the tables of the report hold: a short row for each document, pair, cluster and input, as columns of numbers.

Processes hand over the rows of their documents as packed text, and nothing is read before the page is made; pairs and
clusters are numbers from the start.  So a report of 200,000 clusters takes some ten bytes a row, here and in the file.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from array import array
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pipeline.report.removals import TIERS
from pipeline.report.rows import name_of
from pipeline.report.show import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pipeline.report.rows import Row

DOCUMENTS_CAP: Final = 500_000
PAIRS_CAP: Final = 400_000
CLUSTERS_CAP: Final = 200_000
SKIPPED_CAP: Final = 5_000
REPEATS_CAP: Final = 100_000
TITLES_CAP: Final = 6_000  # documents: of more, titles would be most of the file
_NAME: Final = 400  # characters of a name that are shown
_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d))?")
_AT_ONCE: Final = 4096  # ids that are values at a time
_EPOCH: Final = date(1970, 1, 1).toordinal()
_A_DAY: Final = 24 * 60
_NONE: Final = -1  # no date, no document, no score
_KNOWN: Final = {tier: n for n, tier in enumerate(TIERS)}
_PLACE: Final = ("path", "member", "ordinal")
_FATE: Final = ("status", "tier", "of", "kept_chars", "removed_chars")


@dataclass(slots=True)
class Cards:
    """A short row for each document, with its removed repeats, packed as they come; in the order of the ledger."""

    total: int = 0
    packed: list[list[str]] = field(default_factory=list)  # ids and rows of some documents, a line each

    def take(self, documents: Sequence[Row], repeats: Iterable[Row]) -> None:
        """Add documents, with the repeats removed inside them."""
        inside: dict[str, list[object]] = {}
        for row in repeats:
            lines = (*row["kept"]["lines"], *row["repeat"]["lines"]) if row["kept"]["lines"] else (0, 0, 0, 0)
            size = sum(end - start for start, end in row["cuts"])
            found = [row["class"], *lines, size, int(row["figures_differ"])]
            inside.setdefault(row["doc"], []).append(found)
        cards = [
            [
                *(*(row[key] for key in _PLACE), row["source"] or row["meta"]["source"]),
                *(*(row[key] for key in _FATE), row["meta"]["title"], row["meta"]["published"]),
                *(row["l1"]["sha256"], row["l0"]["sha256"], inside.get(row["id"], [])),
            ]
            for row in documents
        ]
        self.total += len(cards)
        if cards:
            idents = [row["id"] for row in documents]
            self.packed.append([_packed(idents), _packed([json.dumps(card) for card in cards])])

    def add(self, other: Cards) -> None:
        """Add those of the next part."""
        self.total += other.total
        self.packed += other.packed

    def idents(self) -> Iterator[str]:
        """Yield the ids of all documents."""
        for idents, _ in self.packed:
            yield from _lines(idents)

    def cards(self) -> Iterator[Card]:
        """Yield all of them."""
        for idents, rows in self.packed:
            every = json.loads(f"[{','.join(_lines(rows))}]")
            for ident, values in zip(_lines(idents), every, strict=True):
                yield Card(ident, *values)

    def some(self, wanted: Collection[str]) -> Iterator[Card]:
        """Yield those of some documents; no others are read."""
        for idents, rows in self.packed:
            for ident, row in zip(_lines(idents), _lines(rows), strict=True):
                if ident in wanted:
                    yield Card(ident, *json.loads(row))


def _packed(lines: Sequence[str]) -> str:
    """Return lines as `_lines` reads them; seen by nobody else."""
    return base64.b64encode(zlib.compress("\n".join(lines).encode(), 1)).decode()


def _lines(packed: str) -> list[str]:
    return zlib.decompress(base64.b64decode(packed)).decode().split("\n")


@dataclass(frozen=True, slots=True)
class Card:
    """A document in short."""

    id: str
    path: str
    member: str | None
    ordinal: int
    source: str | None  # of a file in no folder, who published it as the text says
    status: str
    tier: str | None
    of: str | None
    kept: int
    removed: int
    title: str | None
    published: str | None
    text: str  # SHA-256 of L1
    bytes: str  # and of L0
    repeats: list[list[Any]]


class Numbers:
    """The row of each document by its id, in columns: some thirty bytes a document."""

    def __init__(self, idents: Iterable[str]) -> None:
        """Number some documents in their order."""
        pieces = [np.zeros(0, dtype="S1")]
        left = map(str.encode, idents)
        while some := list(islice(left, _AT_ONCE)):
            pieces.append(np.array(some))
        every = np.concatenate(pieces)
        self._rows = np.argsort(every).astype(np.int32)
        self._idents = every[self._rows]
        self.others: dict[str, int] = {}  # that are none of them, behind them

    def of(self, ident: str) -> int:
        """Return the row of a document; one that is none of them comes behind all others."""
        key = np.array(ident.encode())
        if key.itemsize <= self._idents.itemsize:
            at = int(self._idents.searchsorted(key))
            if at < self._idents.size and self._idents[at] == key:
                return int(self._rows[at])
        return self.others.setdefault(ident, self._idents.size + len(self.others))


@dataclass(slots=True)
class Columns:
    """What the tables hold."""

    cards: Cards = field(default_factory=Cards)
    rows: Numbers | None = None  # of the documents, once one is asked for
    pairs: array[int] = field(default_factory=lambda: array("i"))  # five a pair
    groups: array[int] = field(default_factory=lambda: array("i"))  # size, whether a chain, members
    pairs_total: int = 0
    clusters_total: int = 0
    skipped: list[tuple[str, str, str]] = field(default_factory=list)
    skipped_total: int = 0

    def number(self, ident: str) -> int:
        """Return the row of a document; one that is not of this run comes behind all others."""
        if self.rows is None:
            self.rows = Numbers(self.cards.idents())
        return self.rows.of(ident)

    def idents(self) -> list[str]:
        """Return the ids of all documents that have a number, in their order."""
        return [*self.cards.idents(), *self.rows.others] if self.rows else []

    def match(self, pair: Row) -> None:
        """Add a pair, behind all documents."""
        self.pairs_total += 1
        if self.pairs_total <= PAIRS_CAP:
            scores = pair["scores"] or {}
            self.pairs.extend((self.number(pair["a"]), self.number(pair["b"]), _KNOWN.get(pair["tier"], 0)))
            self.pairs.extend(_thousandths(scores.get(key)) for key in ("identity", "jaccard"))

    def group(self, cluster: Row) -> None:
        """Add a cluster, behind all documents; the kept document is its first member."""
        self.clusters_total += 1
        if self.clusters_total <= CLUSTERS_CAP:
            ids = [cluster["kept"], *(m["id"] for m in cluster["members"] if m["id"] != cluster["kept"])]
            self.groups.extend((len(ids), int(cluster["chain"]), *map(self.number, ids)))

    def leave(self, row: Row) -> None:
        """Add an input that was not processed."""
        self.skipped_total += 1
        if self.skipped_total <= SKIPPED_CAP:
            self.skipped.append((row["path"], str(row["status"]), str(row["reason"])))

    def table(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Return all columns as JSON values; `names` has those of documents of archives."""
        return {
            "tiers": list(TIERS),
            **self._documents(names),
            "pairs": self._pairs(),
            "clusters": self._clusters(),
            "skipped": {
                "names": [visible(path, _NAME) for path, _, _ in self.skipped],
                "status": [visible(status, 40) for _, status, _ in self.skipped],
                "reason": [visible(reason, 60) for _, _, reason in self.skipped],
                "total": self.skipped_total,
            },
        }

    def _documents(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Return the columns of documents, and of the repeats removed inside them."""
        columns: dict[str, list[Any]] = {
            key: [] for key in ("names", "place", "source", "date", "fate", "of", "chars", "cut")
        }
        titles: list[str] | None = [] if self.cards.total <= TITLES_CAP else None
        sources: dict[str, int] = {}
        repeats: list[list[Any]] = []
        before = ""
        for n, card in enumerate(self.cards.cards()):
            if n < DOCUMENTS_CAP:
                name = visible(name_of({"path": card.path, "member": card.member, "ordinal": 0}), _NAME)
                gone = card.status == "removed"
                values = (
                    name if name != before else 0,  # the file of the document before
                    card.ordinal,
                    sources.setdefault(visible(card.source or "", 120), len(sources)),
                    minutes(card.published),
                    _KNOWN.get(card.tier or "", 0) + 1 if gone else 0,
                    self.number(card.of) if card.of else _NONE,
                    card.kept + card.removed,
                    0 if gone else card.removed,  # of one that went, all
                )
                before = name
                for column, value in zip(columns.values(), values, strict=True):
                    column.append(value)
                if titles is not None:
                    titles.append(visible(card.title or "", 120))
            repeats += [[n, *one] for one in card.repeats]
        others = self.rows.others if self.rows else ()
        columns["names"] += [
            visible(names.get(ident, ident), _NAME) for ident in others if self.cards.total < DOCUMENTS_CAP
        ]
        documents: dict[str, Any] = {
            **columns,
            "sources": list(sources),
            "titles": titles,
            "total": self.cards.total,
        }
        #: How far before: none went for itself, so 0 stands for none.
        documents["of"] = [0 if of == _NONE else n - of for n, of in enumerate(documents["of"])]
        documents["place"] = _steps(documents["place"])  # records of a file follow each other
        return {"documents": documents, "repeats": _turned(repeats[:REPEATS_CAP], len(repeats))}

    def _pairs(self) -> dict[str, Any]:
        a, b, tier, identity, jaccard = (self.pairs[at::5].tolist() for at in range(5))
        apart = [two - one for one, two in zip(a, b, strict=True)]
        return {
            "a": _steps(a),
            "b": apart,
            "tier": tier,
            "identity": identity,
            "jaccard": jaccard,
            "total": self.pairs_total,
        }

    def _clusters(self) -> dict[str, Any]:
        size: list[int] = []
        chain: list[int] = []
        members: list[int] = []
        at = 0
        while at < len(self.groups):
            size.append(self.groups[at])
            chain.append(self.groups[at + 1])
            members += self.groups[at + 2 : at + 2 + size[-1]]
            at += 2 + size[-1]
        return {"size": size, "chain": chain, "members": _steps(members), "total": self.clusters_total}


def _steps(numbers: Sequence[int]) -> list[int]:
    """Return by how much each number is more than the one before: what compresses well where they rise evenly."""
    return [now - before for before, now in zip([0, *numbers], numbers, strict=False)]


def minutes(published: str | None) -> int:
    """Return a date as minutes from 1970, as it is written, whatever its zone; -1 for none or one without a day."""
    found = _DATE.match(published or "")
    if found is None:
        return _NONE
    year, month, day, hour, minute = (int(part or 0) for part in found.groups())
    try:
        return max(_NONE, (date(year, month, day).toordinal() - _EPOCH) * _A_DAY + hour * 60 + minute)
    except ValueError:
        return _NONE


def _thousandths(score: float | None) -> int:
    """Return a score in thousandths, one below 1 never as 1."""
    return _NONE if score is None else min(round(1000 * score), 1000 if score >= 1 else 999)


def _turned(repeats: Sequence[Sequence[Any]], total: int) -> dict[str, Any]:
    """Return rows of repeats as columns."""
    keys = ("doc", "kind", "kept0", "kept1", "from", "to", "size", "figures")
    return {"total": total, **{key: [row[n] for row in repeats] for n, key in enumerate(keys)}}
