"""The barrier, driven: from where the documents lie to what is kept for what.

Only numbers of documents, checked pairs and furniture lines come home, and stay there in columns or compressed; texts
stay in the packs.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise, repeat, takewhile
from typing import TYPE_CHECKING, Final, TypeAlias, overload

import numpy as np
import pyarrow as pa

from pipeline import barrier, passages
from pipeline.budget import partitions
from pipeline.columns import chosen, ordered
from pipeline.components import groups
from pipeline.ledger import Row  # noqa: TC001 - the codec reads the type of a field
from pipeline.memo import PLACE
from pipeline.packed import Paragraphs
from pipeline.pairs import Grades, Pairs, accepted
from pipeline.sharings import Sharings
from stages.candidates import VIA, Days, again, days_of, pairs
from stages.cluster import Bounds, cluster
from stages.decide import Standing, order_of
from stages.furniture import recurring
from stages.model import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.engines import Engine, Flow
    from pipeline.memo import Memory
    from pipeline.settings import Settings
    from stages.candidates import Edges
    from stages.cluster import Clusters

    #: Two columns of numbers of documents, a < b.
    _Numbers: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
    #: How a pair was proposed, and by which bands.
    _Way: TypeAlias = tuple[tuple[str, ...], tuple[int, ...]]

_ROWS_A_PART: Final = 4096  # documents in one task
_PAIRS_A_PART: Final = 256
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
class Findings:
    """What the barrier found.  Nothing of it depends on the policy."""

    furniture: Paragraphs = field(default_factory=Paragraphs)  # that are furniture by recurrence
    characters: Sequence[int] = ()  # of each document's comparison view
    pairs: Pairs = field(default_factory=Pairs)  # all that were checked, those that were refused too
    sharings: Sharings = field(default_factory=Sharings.of)


def match(
    documents: Sequence[Document], folder: Path, engine: Engine, settings: Settings, memory: Memory
) -> Findings:
    """Run the barrier: furniture by recurrence → candidates → verify → guard → cluster.

    The documents of archives come first.  `memory` has what the run before computed of documents and pairs.
    """
    if not documents:
        return Findings()
    parts = partitions(settings.run, len(documents), _A_PARTITION)
    settings = replace(settings, run=replace(settings.run, partitions=parts))
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
    sizes: array[int] = field(default_factory=lambda: array("q"))  # characters of each view

    def run(self) -> Findings:
        furniture = self._recurrence()
        edges, views = self._proposals(furniture)
        checked = Pairs()
        self._propose(edges, furniture, checked)
        self._check(self._read_before(views), "archive", furniture, checked)
        days = Days(*np.array(self.bounds.days, dtype=np.int64).T)
        more = again(edges, self._refused(edges, checked), days, self.settings.candidates)
        self._check(more, "again", furniture, checked)
        self._check_clusters(Standings(self.documents, self.sizes), furniture, checked)
        verdict_parts = (part for flow in self.checks for part in flow.parts())
        self.memory.write("verdicts", (part.select(list(barrier.CHECKED)) for part in verdict_parts))
        return Findings(furniture, self.sizes, checked, self._sharings(furniture))

    def _propose(self, edges: Edges, furniture: Paragraphs, checked: Pairs) -> None:
        """Check the pairs that buckets propose."""
        proposed = pairs(edges, self.settings.candidates)
        ways = {mask: tuple(VIA[k] for k in VIA if mask >> k & 1) for mask in set(proposed.kinds.tolist())}
        told = [(ways[mask], hit) for mask, hit in zip(proposed.kinds.tolist(), proposed.bands, strict=True)]
        self._check((proposed.a, proposed.b), told, furniture, checked)

    def _refused(self, edges: Edges, checked: Pairs) -> NDArray[np.bool_]:
        """Return which edges are of pairs of which neither can go for the other; a pair stands in many edges."""
        count = len(self.documents)
        a, b, marks = checked.columns
        low, high = np.minimum(edges.head, edges.member), np.maximum(edges.head, edges.member)
        found = np.isin(low * count + high, (a * count + b)[~accepted(marks)])
        return np.asarray(found | (high < self.bounds.fixed), dtype=np.bool_)

    def _read_before(self, views: pa.Table) -> _Numbers:
        """Return each new document whose text an archive has read, with the document that was kept there."""
        kept: dict[int, int] = {}
        archives = self.documents[: self.bounds.fixed]
        for place in (slice(1), slice(1, None)):  # what is kept as it stands comes before what went for it
            for number, document in enumerate(archives):
                for text in document.archived.texts[place] if document.archived else ():
                    kept.setdefault(text, number)
        texts = views["text"].to_pylist() if kept else ()
        found = [(kept[text], number) for number, text in enumerate(texts) if text in kept]
        rows = [(a, b) for a, b in found if b >= self.bounds.fixed and self._meet(a, b)]
        a, b = np.array(rows, dtype=np.int64).reshape(-1, 2).T
        return a, b

    def _meet(self, a: int, b: int) -> bool:
        """Whether two documents may lie within the window of days."""
        (a_first, a_last), (b_first, b_last) = self.bounds.days[a], self.bounds.days[b]
        return max(a_first, b_first) - min(a_last, b_last) <= self.settings.candidates.window_days

    def _parts(self, furniture: Mapping[int, Sequence[int]]) -> Iterator[pa.Table]:
        """Yield the documents, some at a time."""
        seeds: dict[str, int] = {}
        rows = enumerate(self.documents)
        while part := list(islice(rows, _ROWS_A_PART)):
            seeds |= {source: _source_seed(source) for source in {d.source for _, d in part} - seeds.keys()}
            first, last = np.array([self.bounds.days[n] for n, _ in part], dtype=np.int64).T
            columns = {
                PLACE: [_place(d, furniture.get(n, ())) for n, d in part],
                "document": np.array([n for n, _ in part], dtype=np.int64),
                "pack": pa.array([d.pack for _, d in part], pa.string()),
                "row": pa.array([d.row for _, d in part], pa.int32()),
                "source": pa.array([seeds[d.source] for _, d in part], pa.int64()),
                "furniture": _lists(furniture.get(n, ()) for n, _ in part),
                "first_day": first,
                "last_day": last,
            }
            yield pa.table(columns)

    def _recurrence(self) -> Paragraphs:
        """Return furniture by recurrence; one document a distinct view is evidence, so reprints do not recur.

        Documents of which no source is known are no source: what recurs among them proves nothing.  Those of an
        archive are evidence too, and what was furniture there stays it.
        """
        seen = [
            (n, paragraph)
            for n, document in enumerate(self.documents[: self.bounds.fixed])
            for paragraph in (document.archived.recurring if document.archived else ())
        ]
        found = np.array(seen, dtype=np.int64).reshape(-1, 2)
        told = ((_source_seed(d.source), d.view_key) for d in self.documents)
        sources, views = np.fromiter(told, dtype=np.dtype((np.int64, 2)), count=len(self.documents)).T
        known = sources != 0
        if known.any():
            counts = np.zeros(known.size, dtype=bool)
            counts[np.flatnonzero(known)[np.unique(views[known], return_index=True)[1]]] = True
            found = np.concatenate([found, self._lines(sources, known, counts)])
        return _by_document(found)

    def _lines(
        self, sources: NDArray[np.int64], known: NDArray[np.bool_], counts: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return document and paragraph of each line that recurs in its source; some documents `counts` as evidence."""
        placing = barrier.Placing(self.folder, self.memory.of("lines"))
        lines = barrier.LinesOf(self.settings.run.partitions)
        several = barrier.Several(self.settings.furniture.min_documents)
        placed = self.engine.flow(self._known(known, counts)).map(placing)
        table = placed.map(lines).exchange().reduce(several).collect()
        self.memory.write("lines", (part.select([PLACE, "lines"]) for part in placed.parts()))
        _, source = np.unique(sources, return_inverse=True)
        evidence = np.bincount(source, weights=counts).astype(np.int64)[source]
        rows = barrier.lines_from(table, evidence)
        goes = recurring(rows, self.settings.furniture)
        sizes = goes.runs[goes.lines].astype(np.int64) + 1  # with the lines that follow
        after = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        document, paragraph = (np.repeat(c[goes.lines], sizes) for c in (rows.document, rows.paragraph))
        return np.stack([document, paragraph + after], axis=1).astype(np.int64)

    def _known(self, known: NDArray[np.bool_], counts: NDArray[np.bool_]) -> Iterator[pa.Table]:
        """Yield the documents of known sources, with whether each counts."""
        at = 0
        for part in self._parts({}):
            here = slice(at, at + part.num_rows)
            at += part.num_rows
            yield chosen(part.append_column("counts", pa.array(counts[here])), known[here])

    def _proposals(self, furniture: Mapping[int, Sequence[int]]) -> tuple[Edges, pa.Table]:
        """Return the edges of all buckets, and what is known of each comparison view."""
        views = self.engine.flow(self._parts(furniture)).map(
            barrier.Views(self.folder, self.settings, self.memory.of("views"))
        )
        facts = views.map(barrier.Columns(("document", "key", "characters", "text"))).collect()
        self.memory.write("views", (part.select(barrier.SEEN_SCHEMA.names) for part in views.parts()))
        facts = ordered(facts, "document")
        self.sizes.frombytes(facts["characters"].to_numpy().astype(np.int64).tobytes())
        keys = np.stack([facts["key"].to_numpy(), *np.array(self.bounds.days, dtype=np.int64).T])
        first = np.zeros(len(self.documents), dtype=bool)
        first[np.unique(keys, axis=1, return_index=True)[1]] = True
        buckets = barrier.Buckets(np.packbits(first).tobytes(), self.settings)
        table = views.map(buckets).exchange().reduce(barrier.Pairing(self.settings)).collect()
        return barrier.edges_of(table), facts

    def _check(
        self,
        proposed: _Numbers,
        ways: Sequence[_Way] | str,
        furniture: Mapping[int, Sequence[int]],
        checked: Pairs,
    ) -> bool:
        """Check pairs on the real text, each once; return whether there are any that were not checked before.

        Those of archives never are: neither of two can go.  With each pair come the ways in which it was proposed.
        """
        a, b = proposed
        rows = np.flatnonzero(checked.unknown(a, b) & (b >= self.bounds.fixed))
        rows = rows[np.lexsort((b[rows], a[rows]))]
        if not rows.size:
            return False
        checking = barrier.Checking(self.folder, self.settings, self.memory.of("verdicts"))
        parts = self._pair_parts(a[rows], b[rows], furniture)
        self.checks.append(self.engine.flow(parts).map(checking))
        told = repeat(((ways,), ())) if isinstance(ways, str) else (ways[n] for n in rows.tolist())
        for table in self.checks[-1].parts():  # read while others are checked
            columns = (table[c].to_pylist() for c in ("a", "b", "marks", "verdict"))
            for (one, other, marks, verdict), way in zip(zip(*columns, strict=True), told, strict=False):
                checked.add(one, other, marks, verdict, way)
        return True

    def _pair_parts(
        self, a: NDArray[np.int64], b: NDArray[np.int64], furniture: Mapping[int, Sequence[int]]
    ) -> Iterator[pa.Table]:
        """Yield pairs with the places of both documents, some at a time."""
        for at in range(0, a.size, _PAIRS_A_PART):
            here = slice(at, at + _PAIRS_A_PART)
            sides = {"a": a[here].tolist(), "b": b[here].tolist()}
            known = {n: self.documents[n] for n in {*sides["a"], *sides["b"]}}
            places = {n: _place(document, furniture.get(n, ())) for n, document in known.items()}
            columns: dict[str, object] = {
                PLACE: [f"{places[one]}|{places[two]}" for one, two in zip(*sides.values(), strict=True)]
            }
            both = zip(*sides.values(), strict=True)
            columns["size"] = pa.array([self.sizes[one] + self.sizes[two] for one, two in both], pa.int64())
            for side, numbers in sides.items():
                columns |= {
                    side: pa.array(numbers, pa.int64()),
                    f"{side}_pack": pa.array([known[n].pack for n in numbers], pa.string()),
                    f"{side}_row": pa.array([known[n].row for n in numbers], pa.int32()),
                    f"{side}_furniture": _lists(furniture.get(n, ()) for n in numbers),
                }
            yield pa.table(columns)

    def _check_clusters(
        self, standings: Standings, furniture: Mapping[int, Sequence[int]], checked: Pairs
    ) -> None:
        """Check what anchoring asks for under every policy, so that what is checked depends on none."""
        rank = rank_of(standings, checked.documents())
        for _ in range(_ROUNDS):
            missing: set[tuple[int, int]] = set()
            for policy in (Policy.CAUTIOUS, Policy.STANDARD, Policy.TRAINING):
                missing.update(
                    anchored(self.engine, rank, checked, policy, self.bounds, self.settings).untested
                )
            a, b = np.array(sorted(missing), dtype=np.int64).reshape(-1, 2).T
            if not self._check((a, b), "cluster", furniture, checked):
                break

    def _sharings(self, furniture: Mapping[int, Sequence[int]]) -> Sharings:
        """Return the paragraphs that stand in several documents."""
        long = passages.Passages(self.folder, self.settings)
        gone = {n: d.archived.gone for n, d in enumerate(self.documents[: self.bounds.fixed]) if d.archived}
        absent = (
            {n: (*furniture.get(n, ()), *gone.get(n, ())) for n in {*furniture, *gone}} if gone else furniture
        )
        table = self.engine.flow(self._parts(absent)).map(long).exchange().reduce(passages.Shared()).collect()
        keys = barrier.unsigned(table["key"])
        columns = (keys, *(table[name].to_numpy() for name in ("document", "paragraph", "size")))
        order = np.lexsort(columns[::-1])
        return Sharings.of([[column[order] for column in columns]])


def _lists(furniture: Iterable[Sequence[int]]) -> pa.Array:
    return pa.array([list(numbers) for numbers in furniture], pa.list_(pa.int32()))


def _place(document: Document, furniture: Iterable[int]) -> str:
    """Return what all that is compared of a document depends on: where its text is, and its furniture."""
    return f"{document.pack}:{document.row}:{','.join(map(str, furniture))}"


def _by_document(found: NDArray[np.int64]) -> Paragraphs:
    """Return rows of document and paragraph by document, each paragraph once, in order."""
    rows = np.unique(found, axis=0)
    documents, starts = np.unique(rows[:, 0], return_index=True)
    edges = pairwise([*starts.tolist(), len(rows)])
    columns = zip(documents.tolist(), edges, strict=True)
    return Paragraphs((document, rows[start:end, 1].tolist()) for document, (start, end) in columns)


def _source_seed(source: str) -> int:
    """Return what stands for a source in columns; 0 for none."""
    digest = hashlib.blake2b(source.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True) if source else 0


class Standings(Sequence[Standing]):
    """What ranks each document, made when it is asked for; `characters` are those of the comparison views."""

    def __init__(
        self, documents: Sequence[Document], characters: Sequence[int], chosen: frozenset[int] = frozenset()
    ) -> None:
        """Rank documents, those that a person has `chosen` first among their copies."""
        self._documents = documents
        self._characters = characters
        self._chosen = chosen

    @overload
    def __getitem__(self, at: int) -> Standing: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Standing]: ...
    def __getitem__(self, at: int | slice) -> Standing | Sequence[Standing]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        d = self._documents[at]
        published, archived = d.published or None, d.archived is not None
        size, by_person = self._characters[at], at in self._chosen
        return Standing(d.damaged, size, published, d.known, d.path, archived, by_person)

    def __len__(self) -> int:
        return len(self._documents)


def archived(documents: Iterable[Document]) -> int:
    """Return how many documents are of archives: they come first."""
    return sum(1 for _ in takewhile(lambda document: document.archived is not None, documents))


def rank_of(standings: Sequence[Standing], numbers: Iterable[int]) -> Sequence[int]:
    """Return the place of each of some documents in the order of preference; 0 for the others."""
    rank = array("q", bytes(8 * len(standings)))
    for place, number in enumerate(sorted(numbers, key=lambda n: order_of(standings[n]))):
        rank[number] = place
    return rank


def bounds_of(documents: Sequence[Document], settings: Settings) -> Bounds:
    """Return the bounds of documents, those of archives first."""
    known: dict[str, tuple[int, int]] = {}  # most documents share their day with others
    days, damaged = [], []
    for d in documents:
        if d.published not in known:
            known[d.published] = days_of(d.published, settings.candidates)
        days.append(known[d.published])
        damaged.append(d.damaged)
    return Bounds(archived(documents), tuple(days), settings.candidates.window_days, tuple(damaged))


def anchored(
    engine: Engine,
    rank: Sequence[int],
    checked: Pairs,
    policy: Policy,
    bounds: Bounds,
    settings: Settings,
) -> Clusters:
    """Return the clusters that a policy makes of checked pairs."""
    grades = Grades(checked, policy, bounds.fixed)
    return cluster(rank, grades, settings.cluster, bounds, groups(engine, grades, settings.run))
