"""Pass 2, driven: pieces in order → the output tree, aside; then the ledger of pairs, data, report, manifest."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import codec
from pipeline.balance import balance_of, counts_of, sources_of
from pipeline.errors import InternalError
from pipeline.fsops import Directory, scratch
from pipeline.ledger import Output, Rows, row_line
from pipeline.orders import cluster_id
from pipeline.output import DATA, Writing
from pipeline.packs import Shelf
from pipeline.readers import CLEAN_SUFFIXES
from pipeline.report.page import report_page
from pipeline.report.tables import csv_tables
from pipeline.writers.rows import difference_of, scores_of
from stages.model import FLAGS, Policy, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.engines import Engine
    from pipeline.facts import Facts
    from pipeline.matching import Document
    from pipeline.settings import Settings
    from pipeline.settling import Matches
    from pipeline.workspace import Workspace
    from pipeline.writers.orders import Order

_ENDS: Final = frozenset(
    {"", *CLEAN_SUFFIXES.values()}
)  # what a clean copy's name may have behind its file's
_ORDERS_A_PART: Final = 512
_ROWS_A_GROUP: Final = 1024  # of a Parquet file
_REVIEWED: Final = frozenset({Tier.REVIEW})
_ACCEPTED: Final = frozenset({Tier.IDENTICAL, Tier.KEY_EQUAL, Tier.NEAR, Tier.CONTAINED})
LEDGER: Final = (
    "documents",
    "spans",
    "repairs",
    "edits",
    "repeats",
    "furniture",
    "pairs",
    "clusters",
    "passages",
    "archived",
    "skipped",
)


def assemble(  # noqa: PLR0913 - the run's parts, each used here once
    facts: Facts,
    matches: Matches,
    orders: Mapping[int, Order],
    workspace: Workspace,
    cache: Path,
    engine: Engine,
    settings: Settings,
    terms: Mapping[str, Any],
) -> tuple[Rows, dict[str, Any], int]:
    """Write the whole new tree aside.  Returns its ledger rows, run.json and the items for review."""
    store = Directory(workspace.next_tree)
    shelf, documents = Shelf(cache), facts.documents
    every = [codec.dump(order) for order in orders.values()]
    parts = [
        pa.table({"order": pa.array(every[at : at + _ORDERS_A_PART], pa.large_string())})
        for at in range(0, len(every), _ORDERS_A_PART)
    ]
    flow = engine.flow(parts).map(Writing(cache, settings))
    data = _Data(store, workspace)
    ledger: dict[str, list[bytes]] = {name: [] for name in LEDGER}
    try:
        _put_pieces(store, (piece for part in flow.parts() for piece in _pieces(part)), ledger, data)
    except BaseException:
        data.abandon()
        raise
    data.close()
    ledger["skipped"] = [row_line(r) for r in facts.skipped]
    ledger["pairs"] = [row_line(r) for r in pair_rows(documents, matches)]
    ledger["clusters"] = [row_line(r) for r in cluster_rows(documents, matches, orders)]
    passages = passage_rows(documents, matches, orders, shelf)
    ledger["passages"] = [row_line(r) for r in passages]
    ledger["archived"] = [row_line(r) for r in archived_rows(documents, matches, passages)]
    for name in LEDGER:
        store.put(f"ledger/{name}.jsonl", b"".join(ledger[name]))
    rows = Rows(
        **{name: [json.loads(line) for line in b"".join(ledger[name]).splitlines()] for name in LEDGER}
    )
    review = sum(r["tier"] == Tier.REVIEW for r in rows.pairs)
    counts = counts_of(rows, facts.inputs, review)
    run_json = {
        "tool": "clean-corpus",
        "version": terms["versions"]["clean-corpus"],
        "policy": settings.run.policy.value,
        **terms,
        "inputs": list(facts.inputs.labels),
        "counts": counts,
        "balance": balance_of(counts),
        "sources": sources_of(rows),
        "warnings": warnings_of(rows, settings),
    }
    if any(run_json["balance"].values()):
        raise InternalError(f"the balance does not hold: {run_json['balance']}; nothing was published")
    store.put("run.json", json.dumps(run_json, ensure_ascii=False, indent=1).encode() + b"\n")
    _report(store, workspace, run_json, rows)
    store.put("manifest-sha256.txt", store.manifest())
    return rows, run_json, review


def _pieces(part: pa.Table) -> Iterator[tuple[str, bytes]]:
    for batch in part.to_batches(max_chunksize=256):
        yield from zip(batch["name"].to_pylist(), batch["data"].to_pylist(), strict=True)


def _put_pieces(
    store: Directory, pieces: Iterator[tuple[str, bytes]], ledger: dict[str, list[bytes]], data: _Data
) -> None:
    """Put every file once; the pieces of the files of one input come before those of the next."""
    blobs: set[str] = set()
    open_files: dict[str, list[bytes]] = {}
    current = ""
    for name, content in pieces:
        if name.startswith("ledger/blobs/"):
            if name not in blobs:
                store.put(name, content)
            blobs.add(name)
        elif name.startswith("ledger/"):
            ledger[name[len("ledger/") : -len(".jsonl")]].append(content)
        elif name == "data/":
            data.add(json.loads(content))
        else:
            if name.startswith("notes/") and name != current:
                _flush(store, open_files, keep=name)
                current = name
            open_files.setdefault(name, []).append(content)
    _flush(store, open_files, keep="")


def _flush(store: Directory, open_files: dict[str, list[bytes]], *, keep: str) -> None:
    """Put the files of the inputs that are complete: all but those of the note `keep`."""
    stem = keep[len("notes/") : -len(".note.md")] if keep else None
    for name in list(open_files):
        if stem is None or (name != keep and name not in {f"clean/{stem}{end}" for end in _ENDS}):
            store.put(name, b"".join(open_files.pop(name)))


class _Data:
    """Writes data/canonical.parquet and data/all.parquet in row groups as the rows come."""

    def __init__(self, store: Directory, workspace: Workspace) -> None:
        self._store = store
        self._open = ExitStack()
        self._paths = {name: workspace.spill / f"{name}.parquet" for name in ("canonical", "all")}
        files = {name: self._open.enter_context(scratch(path)) for name, path in self._paths.items()}
        self._writers = {n: pq.ParquetWriter(f, DATA, compression="zstd") for n, f in files.items()}
        self._rows: dict[str, list[dict[str, Any]]] = {name: [] for name in self._paths}

    def add(self, row: dict[str, Any]) -> None:
        """Add one document."""
        for name in ("canonical", "all") if row["status"] == "kept" else ("all",):
            self._rows[name].append(row)
            if len(self._rows[name]) >= _ROWS_A_GROUP:
                self._write(name)

    def _write(self, name: str) -> None:
        self._writers[name].write_table(pa.Table.from_pylist(self._rows[name], schema=DATA))
        self._rows[name] = []

    def abandon(self) -> None:
        """Close what is open, whatever state it is in."""
        for writer in self._writers.values():
            with suppress(OSError, ValueError):
                writer.close()
        with suppress(OSError):
            self._open.close()

    def close(self) -> None:
        """Finish both files and put them into the tree."""
        for name in self._paths:
            if self._rows[name]:
                self._write(name)
            self._writers[name].close()
        self._open.close()
        for name, path in self._paths.items():
            self._store.put(f"data/{name}.parquet", _blocks(path))


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file in blocks."""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def pair_rows(documents: Sequence[Document], matches: Matches) -> list[dict[str, Any]]:
    """Return the checked pairs."""
    out = []
    for pair in matches.pairs:
        verdict = pair.verdict
        out.append(
            {
                "a": documents[pair.a].id,
                "b": documents[pair.b].id,
                "tier": verdict.tier.value,
                "accepted": verdict.tier in _ACCEPTED,
                "via": list(pair.via),
                "bands": list(pair.bands),
                "scores": scores_of(verdict.scores),
                "only_a": verdict.only_a,
                "only_b": verdict.only_b,
                "shares_lead": verdict.shares_lead,
                "differences": [difference_of(d) for d in verdict.differences],
                "why": verdict.reason,
            }
        )
    return out


_ARCHIVED: Final = "Kept in an archive, which is never changed."


def archived_rows(
    documents: Sequence[Document], matches: Matches, passages: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the documents of archives that the other tables name."""
    named = {number for pair in matches.pairs for number in (pair.a, pair.b)}
    named |= {number for group in matches.clusters.members for number in group}
    shared = {place["doc"] for row in passages for place in row["places"]}
    return [
        d.archived.row
        for n, d in enumerate(documents)
        if d.archived is not None and (n in named or d.id in shared)
    ]


def cluster_rows(
    documents: Sequence[Document], matches: Matches, orders: Mapping[int, Order]
) -> list[dict[str, Any]]:
    """Return the clusters; a member that is kept beside the first is part of a chain."""
    kept_for = matches.clusters.kept_for
    tiers = {(p.a, p.b): p.verdict for p in matches.pairs}
    out = []
    for group in matches.clusters.members:
        first = group[0]
        members = []
        for number in group:
            anchor = kept_for.get(number, first)
            verdict = tiers.get((min(anchor, number), max(anchor, number)))
            document = documents[number]
            members.append(
                {
                    "id": document.id,
                    "path": document.name,
                    "archive": document.label if document.archived else None,
                    "tier": verdict.tier.value if verdict else None,
                    "removed": number in kept_for,
                    "direct": verdict is not None or number == first,
                    "why": orders[number].why if number in orders else _ARCHIVED,
                }
            )
        kept = [n for n in group if n not in kept_for and (n == first or n in orders)]
        out.append(
            {
                "id": cluster_id(documents, group),
                "kept": documents[first].id,
                "why_kept": orders[first].why if first in orders else _ARCHIVED,
                "size": len(group),
                "chain": len(kept) > 1 and bool(kept_for),
                "members": members,
            }
        )
    return out


def passage_rows(
    documents: Sequence[Document], matches: Matches, orders: Mapping[int, Order], shelf: Shelf
) -> list[dict[str, Any]]:
    """Return the passages that stand in several documents which are kept."""
    out = []
    gone = matches.clusters.kept_for
    for key, places in matches.passages:
        alive = [p for p in places if p[0] not in gone]
        if len({n for n, _ in alive}) < 2:
            continue
        number, paragraph = alive[0]
        document = shelf.document(documents[number].pack, documents[number].row)
        text = document.text[
            document.found.paragraphs[paragraph].start : document.found.paragraphs[paragraph].end
        ]
        rows = []
        for n, where in alive:
            found = shelf.document(documents[n].pack, documents[n].row).found.paragraphs[where]
            removed = n in orders and any(p.paragraph == where for p in orders[n].passages)
            rows.append(
                {
                    "doc": documents[n].id,
                    "start": found.start,
                    "end": found.end,
                    "lines": [found.first_line, found.last_line] if n in orders else [0, 0],
                    "removed": removed,
                }
            )
        home = next((r["doc"] for r in rows if not r["removed"]), rows[0]["doc"])
        out.append(
            {"key": f"{key:016x}", "chars": len(text), "text": text[:200], "home": home, "places": rows}
        )
    return out


def warnings_of(rows: Rows, settings: Settings) -> list[str]:
    """Return what a person should look at first."""
    flags = Counter(flag for d in rows.documents for flag in d["flags"])
    out = [f"{d['path']}: {w}" for d in rows.documents for w in d["warnings"]]
    out += [f"{_documents(count)} flagged {flag}: {FLAGS[flag]}" for flag, count in sorted(flags.items())]
    large = [c for c in rows.clusters if c["size"] > settings.cluster.review_size]
    out += [f"cluster {c['id']} has {c['size']} members" for c in large]
    chains = sum(c["chain"] for c in rows.clusters)
    if chains:
        out.append(f"{chains} clusters hold members that match only through others: all of those were kept")
    if settings.run.policy is Policy.ANNOTATE:
        out.append("policy annotate: nothing was removed")
    return out


def _documents(count: int) -> str:
    return "1 document is" if count == 1 else f"{count:,} documents are"


def _report(store: Directory, workspace: Workspace, run_json: Mapping[str, Any], rows: Rows) -> None:
    output = Output.of(workspace.next_tree, run_json, rows)
    store.put("report/index.html", report_page(run_json, rows, output.text))
    for name, content in csv_tables(run_json, rows).items():
        store.put(f"report/{name}", content)
