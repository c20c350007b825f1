"""What a report shows of a ledger: a bounded number of rows of each sort, and how many there are in all.

The gists of the parts of a ledger, added in their order, are that of the whole: processes take them of the documents
that they write, and no process holds all rows.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from pipeline.report.columns import Cards, Columns
from pipeline.report.rows import lines_text, name_of, named
from pipeline.waiting import Queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.report.rows import Row, Rows
    from pipeline.waiting import Chosen

DETAILS: Final = 400  # removals of each sort
#: What stands in the page as plain HTML; its tables have all rows, see `columns`.
DOCUMENTS_CAP: Final = 100
CLUSTERS_CAP: Final = 50
PAIRS_CAP: Final = 20  # of a tier, and of repeats that stayed
NEAR_MISSES_CAP: Final = 50
PASSAGES_CAP: Final = 60
SKIPPED_CAP: Final = 150
EXAMPLES_CAP: Final = 4  # of one normalisation rule
MEMBERS_CAP: Final = 40  # of a cluster or a passage
LONGEST: Final = 3  # repeats that the summary names
LARGE: Final = 200  # members of a cluster, where no settings say so
WAITING_CAP: Final = 80  # pairs that wait for a person; `review` lists all

#: Tiers of pairs that are kept whatever became of the two documents.
_KEPT: Final = frozenset({"variant", "update", "review"})


@dataclass(slots=True)
class Picked:
    """The first rows of a sort, at most so many, and how many there are."""

    most: int
    total: int = 0
    rows: list[Row] = field(default_factory=list)

    def take(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        for row in rows:
            self.total += 1
            if len(self.rows) < self.most:
                self.rows.append(row)

    def add(self, other: Picked) -> None:
        """Add those of the next part."""
        self.total += other.total
        self.rows += other.rows[: self.most - len(self.rows)]


@dataclass(slots=True)
class Changes:
    """What one rule of normalisation did."""

    documents: int = 0
    net: int = 0  # characters that came in addition
    examples: dict[tuple[str, str], str] = field(default_factory=dict)  # old and new → where

    def show(self, old: str, new: str, where: str) -> None:
        """Add an example, if there are not enough."""
        if len(self.examples) < EXAMPLES_CAP:
            self.examples.setdefault((old, new), where)


#: Whether it was kept, rule, how it was found, text.
Line: TypeAlias = tuple[bool, str, str, str]


@dataclass(slots=True)
class Gist:
    """The rows that a report shows, and the names of the documents that they name."""

    documents: Picked = field(default_factory=lambda: Picked(DOCUMENTS_CAP))
    removed: Picked = field(default_factory=lambda: Picked(DETAILS))  # documents
    repeats: Picked = field(default_factory=lambda: Picked(DETAILS))  # removed, with `length` of the document
    recurring: Picked = field(default_factory=lambda: Picked(PAIRS_CAP))  # repeats that stayed
    clusters: Picked = field(default_factory=lambda: Picked(CLUSTERS_CAP))
    passages: Picked = field(default_factory=lambda: Picked(PASSAGES_CAP))
    skipped: Picked = field(default_factory=lambda: Picked(SKIPPED_CAP))
    near_misses: Picked = field(default_factory=lambda: Picked(NEAR_MISSES_CAP))  # the most alike
    kept: dict[str, Picked] = field(default_factory=dict)  # tier → pairs not removed for one another
    matched: dict[frozenset[str], Row] = field(default_factory=dict)  # pairs of `removed`
    why_kept: dict[str, Row] = field(default_factory=dict)  # clusters of `removed`, by id
    longest: list[Row] = field(default_factory=list)  # of the removed repeats
    changes: dict[str, Changes] = field(default_factory=dict)  # by rule
    furniture: dict[Line, tuple[int, str]] = field(default_factory=dict)  # → how often, and where first
    warnings: list[str] = field(default_factory=list)  # all of them
    left: Counter[str] = field(default_factory=Counter)  # inputs that were not processed, by status
    names: dict[str, str] = field(default_factory=dict)
    archived: dict[str, Row] = field(default_factory=dict)  # documents of archives that the tables name
    columns: Columns = field(default_factory=Columns)
    queue: Queue = field(default_factory=Queue)

    def take(self, rows: Rows) -> None:
        """Add the documents of a part, with all that the ledger holds of them alone."""
        documents = {row["id"]: row for row in rows.documents}
        names = {key: name_of(row) for key, row in documents.items()}
        self.documents.take(rows.documents)
        self.warnings += [f"{row['path']}: {text}" for row in rows.documents for text in row["warnings"]]
        self.removed.take(row for row in rows.documents if row["status"] == "removed")
        removed = [
            {**row, "length": documents[row["doc"]]["l2"]["chars"]} for row in rows.repeats if row["removed"]
        ]
        self.repeats.take(removed)
        self.columns.cards.take(rows.documents, removed)
        self.recurring.take(row for row in rows.repeats if not row["removed"])
        self._lengthen(removed)
        self._take_edits(rows.edits, names)
        for row in rows.furniture:
            line = (not row["removed"], row["rule"] or "", row["via"] or "", row["text"])
            self._furniture(line, 1, f"{names.get(row['doc'], '')}, {lines_text(row['lines'])}")

    def _take_edits(self, rows: Iterable[Row], names: Mapping[str, str]) -> None:
        seen = set()
        for row in rows:
            changes = self.changes.setdefault(row["rule"], Changes())
            changes.documents += (row["rule"], row["doc"]) not in seen
            seen.add((row["rule"], row["doc"]))
            changes.net += (len(row["new"]) - len(row["old"])) * len(row["starts"])
            where = (names.get(row["doc"], ""), lines_text([row["line"]]))
            changes.show(row["old"], row["new"], ", ".join(filter(None, where)))

    def _lengthen(self, repeats: Iterable[Row]) -> None:
        self.longest = sorted([*self.longest, *repeats], key=_length)[:LONGEST]

    def _furniture(self, line: Line, count: int, where: str) -> None:
        before, first = self.furniture.get(line, (0, where))
        self.furniture[line] = before + count, first

    def add(self, other: Gist) -> None:
        """Add the documents of the next part."""
        for name in _SORTS:
            getattr(self, name).add(getattr(other, name))
        self._lengthen(other.longest)
        self.columns.cards.add(other.columns.cards)
        self.warnings += other.warnings
        for rule, theirs in other.changes.items():
            changes = self.changes.setdefault(rule, Changes())
            changes.documents += theirs.documents
            changes.net += theirs.net
            for (old, new), where in theirs.examples.items():
                changes.show(old, new, where)
        for line, (count, where) in other.furniture.items():
            self._furniture(line, count, where)

    def match(
        self,
        pairs: Iterable[Row],
        fates: Mapping[str, str],
        settled: frozenset[frozenset[str]] = frozenset(),
    ) -> None:
        """Add the pairs, behind the clusters.

        `fates` says of removed documents what they went for, `settled` which pairs nobody has to judge any more.
        """
        wanted = {frozenset((row["of"], row["id"])) for row in self.removed.rows}
        misses: list[Row] = []
        for pair in self.queue.match(pairs, fates, settled):
            a, b, tier = pair["a"], pair["b"], pair["tier"]
            self.columns.match(pair)
            if frozenset((a, b)) in wanted:
                self.matched[frozenset((a, b))] = pair
            if tier == "rejected":
                self.near_misses.total += 1
                misses.append(pair)
            if len(misses) >= 2 * NEAR_MISSES_CAP:
                misses = sorted(misses, key=_alike)[:NEAR_MISSES_CAP]
            if fates.get(a) == b or fates.get(b) == a:
                continue
            if tier in _KEPT or (a not in fates and b not in fates):
                self.kept.setdefault(tier, Picked(PAIRS_CAP)).take([pair])
        self.near_misses.rows = sorted(misses, key=_alike)[:NEAR_MISSES_CAP]

    def group(self, clusters: Iterable[Row], large: int) -> None:
        """Add the clusters, behind all documents; one with more than `large` members is for a person to look at."""
        wanted = {row["cluster"] for row in self.removed.rows}
        for cluster in clusters:
            self.clusters.take([cluster])
            self.columns.group(cluster)
            self.queue.group(cluster, large)
            if cluster["id"] in wanted:
                self.why_kept[cluster["id"]] = cluster

    def leave(self, skipped: Iterable[Row]) -> None:
        """Add the inputs that were not processed."""
        for row in skipped:
            self.skipped.take([row])
            self.columns.leave(row)
            self.left[str(row["status"])] += 1

    def judged(self) -> list[Chosen]:
        """Return the pairs that a person should look at, those that wait first."""
        return self.queue.items(WAITING_CAP)

    def wanted(self) -> set[str]:
        """Return the documents that the rows name."""
        pairs = [pair for one in (self.near_misses, *self.kept.values()) for pair in one.rows]
        places = [place for row in self.passages.rows for place in row["places"][:MEMBERS_CAP]]
        repeats = (*self.repeats.rows, *self.recurring.rows, *self.longest)
        ids = {row["of"] for row in (*self.documents.rows, *self.removed.rows)} - {None}
        ids |= {row["id"] for row in self.removed.rows} | {row["doc"] for row in (*repeats, *places)}
        ids |= {row["home"] for row in self.passages.rows} | {row["kept"] for row in self.clusters.rows}
        ids |= {one for item in self.judged() for one in item.ids}
        return ids | {pair[side] for pair in pairs for side in ("a", "b")}

    def dump(self) -> bytes:
        """Return what was taken of documents, for another process."""
        changes = [
            (rule, c.documents, c.net, [(*edit, where) for edit, where in c.examples.items()])
            for rule, c in self.changes.items()
        ]
        furniture = [(*line, *found) for line, found in self.furniture.items()]
        picked = [(one.total, one.rows) for one in (getattr(self, name) for name in _SORTS)]
        cards = [self.columns.cards.total, self.columns.cards.packed]
        return json.dumps([picked, self.longest, self.warnings, changes, furniture, cards]).encode()

    @classmethod
    def load(cls, data: bytes) -> Gist:
        """Return the gist that `dump` wrote."""
        picked, longest, warnings, changes, furniture, cards = json.loads(data)
        self = cls(longest=longest, warnings=warnings, columns=Columns(Cards(*cards)))
        for name, (total, rows) in zip(_SORTS, picked, strict=True):
            setattr(self, name, Picked(len(rows), total, rows))
        for rule, documents, net, examples in changes:
            shown = {(old, new): where for old, new, where in examples}
            self.changes[rule] = Changes(documents, net, shown)
        self.furniture = {tuple(line): (count, where) for *line, count, where in furniture}
        return self


_SORTS: Final = ("documents", "removed", "repeats", "recurring")


def gist_of(rows: Rows) -> Gist:
    """Return the gist of a whole ledger."""
    known = named(rows)
    out = Gist()
    out.take(rows)
    fates = {row["id"]: row["of"] for row in rows.documents if row["status"] == "removed"}
    out.group(rows.clusters, LARGE)
    out.match(rows.pairs, fates)
    out.passages.take(rows.passages)
    out.leave(rows.skipped)
    out.names = {key: name_of(known[key]) for key in out.wanted() if key in known}
    out.archived = {row["id"]: row for row in rows.archived}
    return out


def _length(repeat: Row) -> tuple[int, str, int]:
    return repeat["repeat"]["start"] - repeat["repeat"]["end"], repeat["doc"], repeat["n"]


def _alike(pair: Row) -> tuple[float, str, str]:
    return -((pair["scores"] or {}).get("jaccard") or 0.0), pair["a"], pair["b"]
