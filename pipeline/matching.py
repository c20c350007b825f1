"""The barrier, driven: from where the documents lie to what is kept for what.

Only numbers of documents, checked pairs and furniture lines come home; texts stay in the packs.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from pipeline import barrier, codec
from pipeline.columns import chosen, ordered
from pipeline.ledger import Row  # noqa: TC001 - the codec reads the type of a field
from pipeline.memo import PLACE
from stages.candidates import VIA, Days, again, days_of, pairs
from stages.cluster import Bounds, cluster
from stages.decide import Standing, may_remove, order_of
from stages.furniture import recurring
from stages.model import Policy, Tier, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.engines import Engine, Flow
    from pipeline.memo import Memory
    from pipeline.settings import Settings
    from stages.candidates import Edges
    from stages.cluster import Clusters

_ROWS_A_PART: Final = 4096  # documents or pairs in one task
_A_PARTITION: Final = (
    256  # documents; each partition is a file and a task, which cost more than the rows of fewer
)
_ROUNDS: Final = 64  # of checks that clusters ask for; each round checks at least one new pair of a cluster


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archive says of a document that it keeps."""

    row: Row  # for the ledger, see `KEYS["archived"]`
    recurring: tuple[int, ...]  # paragraphs that recurrence found to be furniture there
    gone: tuple[int, ...]  # paragraphs that are not in its clean copy, or not whole
    texts: tuple[int, ...]  # hashes of the texts that it is kept for: its own first


@dataclass(frozen=True, slots=True)
class Document:
    """A document in the barrier; its number is its place in the order of paths."""

    id: str
    label: str
    name: str  # output name of its file, with label folder
    file: int  # index of its file in the plan
    ordinal: int  # record in its file
    pack: str
    row: int
    view_key: int
    source: str
    published: str
    known: int
    damaged: bool
    stored: int  # bytes of its file on disk that are its own
    path: bytes  # sort key
    gone: bool = False  # its input is there no more
    unread: bool = False  # its input is there, and could not be read
    archived: Archived | None = None  # of a document of an archive, which is compared with and never written

    @property
    def member(self) -> bytes:
        """Name of its member in an archive file; empty for a document of a plain file."""
        label_path_member = self.path[:-8].split(b"\0", 2)
        return label_path_member[2].removesuffix(b"\0")


@dataclass(frozen=True, slots=True)
class CheckedPair:
    """A checked pair of document numbers, a < b."""

    a: int
    b: int
    verdict: Verdict
    via: tuple[str, ...]
    bands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sharing:
    """A paragraph whose key stands in several documents."""

    key: int
    document: int
    paragraph: int
    size: int  # characters


@dataclass(frozen=True, slots=True)
class Findings:
    """What the barrier found.  Nothing of it depends on the policy."""

    furniture: dict[int, tuple[int, ...]]  # document → paragraphs that are furniture by recurrence
    characters: tuple[int, ...]  # of each document's comparison view
    pairs: tuple[CheckedPair, ...]  # all that were checked, those that were refused too; sorted
    sharings: tuple[Sharing, ...]  # by key, document, paragraph


def match(
    documents: Sequence[Document], folder: Path, engine: Engine, settings: Settings, memory: Memory
) -> Findings:
    """Run the barrier: furniture by recurrence → candidates → verify → guard → cluster.

    The documents of archives come first.  `memory` has what the run before computed of documents and pairs.
    """
    if not documents:
        return Findings({}, (), (), ())
    partitions = min(settings.run.partitions, 1 + len(documents) // _A_PARTITION)
    settings = replace(settings, run=replace(settings.run, partitions=partitions))
    return _Barrier(documents, folder, engine, settings, bounds_of(documents, settings), memory).run()


@dataclass(frozen=True, slots=True)
class _Barrier:
    documents: Sequence[Document]
    folder: Path
    engine: Engine
    settings: Settings
    bounds: Bounds
    memory: Memory
    checks: list[Flow] = field(default_factory=list)  # that were made, with their verdicts

    def run(self) -> Findings:
        furniture = self._recurrence()
        edges, views = self._proposals(furniture)
        verdicts: dict[tuple[int, int], CheckedPair] = {}
        proposed = pairs(edges, self.settings.candidates)
        ways = {mask: tuple(VIA[k] for k in VIA if mask >> k & 1) for mask in set(proposed.kinds.tolist())}
        via = {
            (a, b): (ways[mask], hit)
            for a, b, mask, hit in zip(
                proposed.a.tolist(), proposed.b.tolist(), proposed.kinds.tolist(), proposed.bands, strict=True
            )
        }
        self._check(via, furniture, verdicts)
        self._check(dict.fromkeys(self._read_before(views), (("archive",), ())), furniture, verdicts)
        days = Days(*np.array(self.bounds.days, dtype=np.int64).T)
        heads, members = again(edges, self._refused(edges, verdicts), days, self.settings.candidates)
        more = zip(heads.tolist(), members.tolist(), strict=True)
        self._check(dict.fromkeys(more, (("again",), ())), furniture, verdicts)
        sizes = views["characters"].to_pylist()
        self._check_clusters(rank_of(standings_of(self.documents, sizes)), furniture, verdicts)
        verdict_parts = (part for flow in self.checks for part in flow.parts())
        self.memory.write("verdicts", (part.select([PLACE, "verdict"]) for part in verdict_parts))
        checked = tuple(pair for _, pair in sorted(verdicts.items()))
        return Findings(furniture, tuple(sizes), checked, self._sharings(furniture))

    def _stands(self, a: int, b: int) -> bool:
        """Whether both documents are of archives: neither can go, so they are not compared."""
        return max(a, b) < self.bounds.fixed

    def _refused(self, edges: Edges, verdicts: Mapping[tuple[int, int], CheckedPair]) -> NDArray[np.bool_]:
        """Return which edges are of pairs of which neither can go for the other; a pair stands in many edges."""
        count = len(self.documents)
        refused = [a * count + b for (a, b), pair in verdicts.items() if not _accepted(pair.verdict)]
        low, high = np.minimum(edges.head, edges.member), np.maximum(edges.head, edges.member)
        found = np.isin(low * count + high, np.array(refused, dtype=np.int64))
        return np.asarray(found | (high < self.bounds.fixed), dtype=np.bool_)

    def _read_before(self, views: pa.Table) -> list[tuple[int, int]]:
        """Return each new document whose text an archive has read, with the document that was kept there."""
        kept: dict[int, int] = {}
        for place in (slice(1), slice(1, None)):  # what is kept as it stands comes before what went for it
            for number, document in enumerate(self.documents[: self.bounds.fixed]):
                for text in document.archived.texts[place] if document.archived else ():
                    kept.setdefault(text, number)
        found = [
            (kept[text], number) for number, text in enumerate(views["text"].to_pylist()) if text in kept
        ]
        return [(a, b) for a, b in found if b >= self.bounds.fixed and self._meet(a, b)]

    def _meet(self, a: int, b: int) -> bool:
        """Whether two documents may lie within the window of days."""
        (a_first, a_last), (b_first, b_last) = self.bounds.days[a], self.bounds.days[b]
        return max(a_first, b_first) - min(a_last, b_last) <= self.settings.candidates.window_days

    def _parts(self, furniture: Mapping[int, Sequence[int]]) -> list[pa.Table]:
        seeds = {source: _source_seed(source) for source in {d.source for d in self.documents}}
        first, last = np.array(self.bounds.days, dtype=np.int64).T
        columns = {
            PLACE: [_place(d, furniture.get(n, ())) for n, d in enumerate(self.documents)],
            "document": np.arange(len(self.documents)),
            "pack": pa.array([d.pack for d in self.documents], pa.string()),
            "row": pa.array([d.row for d in self.documents], pa.int32()),
            "source": pa.array([seeds[d.source] for d in self.documents], pa.int64()),
            "furniture": _lists(furniture.get(n, ()) for n in range(len(self.documents))),
            "first_day": first,
            "last_day": last,
        }
        return _split(pa.table(columns))

    def _recurrence(self) -> dict[int, tuple[int, ...]]:
        """Return furniture by recurrence; one document a distinct view is evidence, so reprints do not recur.

        Documents of which no source is known are no source: what recurs among them proves nothing.  Those of an
        archive are evidence too, and what was furniture there stays it.
        """
        out: defaultdict[int, set[int]] = defaultdict(set)
        for number, document in enumerate(self.documents[: self.bounds.fixed]):
            if document.archived and document.archived.recurring:
                out[number].update(document.archived.recurring)
        known = np.array([d.source != "" for d in self.documents], dtype=bool)
        views = np.array([d.view_key for d in self.documents], dtype=np.int64)
        counts = np.zeros(known.size, dtype=bool)
        counts[np.flatnonzero(known)[np.unique(views[known], return_index=True)[1]]] = True
        every = pa.concat_tables(self._parts({})).append_column("counts", pa.array(counts))
        if not known.any():
            return {n: tuple(sorted(p)) for n, p in sorted(out.items())}
        placing = barrier.Placing(self.folder, self.memory.of("lines"))
        lines = barrier.LinesOf(self.settings.run.partitions)
        several = barrier.Several(self.settings.furniture.min_documents)
        parts = _split(chosen(every, known))
        placed = self.engine.flow(parts).map(placing)
        found = placed.map(lines).exchange().reduce(several).collect()
        self.memory.write("lines", (part.select([PLACE, "lines"]) for part in placed.parts()))
        _, source = np.unique(every["source"].to_numpy(), return_inverse=True)
        evidence = np.bincount(source, weights=counts).astype(np.int64)[source]
        rows = barrier.lines_from(found, evidence)
        goes = recurring(rows, self.settings.furniture)
        for number, paragraph, run in zip(
            *(column[goes.lines].tolist() for column in (rows.document, rows.paragraph, goes.runs)),
            strict=True,
        ):
            out[number].update(range(paragraph, paragraph + run + 1))
        return {n: tuple(sorted(p)) for n, p in sorted(out.items())}

    def _proposals(self, furniture: Mapping[int, Sequence[int]]) -> tuple[Edges, pa.Table]:
        """Return the edges of all buckets, and what is known of each comparison view."""
        views = self.engine.flow(self._parts(furniture)).map(
            barrier.Views(self.folder, self.settings, self.memory.of("views"))
        )
        facts = views.map(barrier.Columns(("document", "key", "characters", "text"))).collect()
        self.memory.write("views", (part.select(barrier.SEEN_SCHEMA.names) for part in views.parts()))
        facts = ordered(facts, "document")
        keys = np.stack([facts["key"].to_numpy(), *np.array(self.bounds.days, dtype=np.int64).T])
        _, first = np.unique(keys, axis=1, return_index=True)
        buckets = barrier.Buckets(tuple(sorted(int(n) for n in first)), self.settings)
        table = views.map(buckets).exchange().reduce(barrier.Pairing(self.settings)).collect()
        return barrier.edges_of(table), facts

    def _check(
        self,
        proposed: Mapping[tuple[int, int], tuple[tuple[str, ...], tuple[int, ...]]],
        furniture: Mapping[int, Sequence[int]],
        verdicts: dict[tuple[int, int], CheckedPair],
    ) -> None:
        """Check pairs on the real text, and add their verdicts; each is checked once, those of archives never."""
        rows = sorted(p for p in proposed if p not in verdicts and not self._stands(*p))
        if not rows:
            return
        places = [[_place(self.documents[n], furniture.get(n, ())) for n in pair] for pair in rows]
        columns: dict[str, object] = {PLACE: ["|".join(pair) for pair in places]}
        for side, numbers in zip(("a", "b"), zip(*rows, strict=True), strict=True):
            columns |= {
                side: pa.array(numbers, pa.int64()),
                f"{side}_pack": pa.array([self.documents[n].pack for n in numbers], pa.string()),
                f"{side}_row": pa.array([self.documents[n].row for n in numbers], pa.int32()),
                f"{side}_furniture": _lists(furniture.get(n, ()) for n in numbers),
            }
        checking = barrier.Checking(self.folder, self.settings, self.memory.of("verdicts"))
        parts = _split(pa.table(columns), rows=256)
        self.checks.append(self.engine.flow(parts).map(checking))
        for table in self.checks[-1].parts():  # read while others are checked
            for a, b, text in zip(*(table[c].to_pylist() for c in ("a", "b", "verdict")), strict=True):
                via, bands = proposed[a, b]
                verdicts[a, b] = CheckedPair(a, b, codec.load(Verdict, text), via, bands)

    def _check_clusters(
        self,
        rank: Sequence[int],
        furniture: Mapping[int, Sequence[int]],
        verdicts: dict[tuple[int, int], CheckedPair],
    ) -> None:
        """Check what anchoring asks for under every policy, so that what is checked depends on none."""
        for _ in range(_ROUNDS):
            answers = [
                anchored(rank, verdicts.values(), policy, self.bounds, self.settings)
                for policy in (Policy.CAUTIOUS, Policy.STANDARD, Policy.TRAINING)
            ]
            missing = {pair for answer in answers for pair in answer.untested}
            if not missing:
                break
            self._check(dict.fromkeys(sorted(missing), (("cluster",), ())), furniture, verdicts)

    def _sharings(self, furniture: Mapping[int, Sequence[int]]) -> tuple[Sharing, ...]:
        """Return the paragraphs that stand in several documents."""
        passages = barrier.Passages(self.folder, self.settings)
        gone = {n: d.archived.gone for n, d in enumerate(self.documents) if d.archived is not None}
        absent = {n: (*furniture.get(n, ()), *gone.get(n, ())) for n in {*furniture, *gone}}
        table = (
            self.engine.flow(self._parts(absent)).map(passages).exchange().reduce(barrier.Shared()).collect()
        )
        keys = barrier.unsigned(table["key"])
        columns = (keys, *(table[name].to_numpy() for name in ("document", "paragraph", "size")))
        order = np.lexsort(columns[::-1])
        return tuple(map(Sharing, *(column[order].tolist() for column in columns)))


def _lists(furniture: Iterable[Sequence[int]]) -> pa.Array:
    return pa.array([list(numbers) for numbers in furniture], pa.list_(pa.int32()))


def _place(document: Document, furniture: Iterable[int]) -> str:
    """Return what all that is compared of a document depends on: where its text is, and its furniture."""
    return f"{document.pack}:{document.row}:{','.join(map(str, furniture))}"


def _split(table: pa.Table, rows: int = _ROWS_A_PART) -> list[pa.Table]:
    return [table.slice(at, rows) for at in range(0, table.num_rows, rows)]


def _source_seed(source: str) -> int:
    digest = hashlib.blake2b(source.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _accepted(verdict: Verdict) -> bool:
    return may_remove(verdict, Policy.TRAINING, removed_is_b=True) or may_remove(
        verdict, Policy.TRAINING, removed_is_b=False
    )


def standings_of(documents: Sequence[Document], characters: Sequence[int]) -> tuple[Standing, ...]:
    """Return what ranks each document; `characters` are those of the comparison views."""
    return tuple(
        Standing(d.damaged, size, d.published or None, d.known, d.path, d.archived is not None)
        for d, size in zip(documents, characters, strict=True)
    )


def rank_of(standings: Sequence[Standing]) -> list[int]:
    """Return the place of each document in the order of preference."""
    rank = [0] * len(standings)
    for place, number in enumerate(sorted(range(len(standings)), key=lambda n: order_of(standings[n]))):
        rank[number] = place
    return rank


def bounds_of(documents: Sequence[Document], settings: Settings) -> Bounds:
    """Return the bounds of documents, those of archives first."""
    return Bounds(
        sum(d.archived is not None for d in documents),
        tuple(days_of(d.published, settings.candidates) for d in documents),
        settings.candidates.window_days,
        tuple(d.damaged for d in documents),
    )


def anchored(
    rank: Sequence[int], pairs: Iterable[CheckedPair], policy: Policy, bounds: Bounds, settings: Settings
) -> Clusters:
    """Return the clusters that a policy makes of checked pairs."""
    return cluster(rank, removable(pairs, policy, bounds.fixed), settings.cluster, bounds)


_GRADE: Final = {tier: n for n, tier in enumerate(Tier, 1)}  # the most alike first


def removable(pairs: Iterable[CheckedPair], policy: Policy, fixed: int) -> dict[tuple[int, int], int]:
    """Return for (kept, removed) how alike they are if it may be, else 0, for every checked pair, both ways."""
    out = {}
    for pair in pairs:
        grade = _GRADE[pair.verdict.tier]
        out[pair.a, pair.b] = grade if may_remove(pair.verdict, policy, removed_is_b=True) else 0
        goes = pair.a >= fixed and may_remove(pair.verdict, policy, removed_is_b=False)
        out[pair.b, pair.a] = grade if goes else 0
    return out
