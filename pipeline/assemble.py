"""Pass 2, driven: documents in order → the output tree, aside; then what they share, run.json, report, manifest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from pipeline import codec
from pipeline.balance import balance_of, counts_of, named, sources_of
from pipeline.budget import characters
from pipeline.columns import chosen
from pipeline.errors import InternalError
from pipeline.fates import decision_rows
from pipeline.matched import archived_rows, cluster_rows, pair_rows, passage_rows
from pipeline.memo import PLACE
from pipeline.orders import Orders, shown_name
from pipeline.output import AGAIN, MADE, Writing
from pipeline.packs import Shelf
from pipeline.report.page import report_page
from pipeline.showing import shown
from pipeline.tombstones import FORGOTTEN, rows_of
from pipeline.tree import Tree
from pipeline.waiting import RULE
from stages.model import FLAGS, Policy, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.balance import Tally
    from pipeline.engines import Engine
    from pipeline.facts import Facts
    from pipeline.memo import Memory
    from pipeline.report.gist import Gist
    from pipeline.settings import Settings
    from pipeline.settling import Matches
    from pipeline.workspace import Workspace
    from pipeline.writers.orders import Order

_ORDERS_A_PART: Final = 512


def assemble(  # noqa: PLR0913 - the run's parts, each used here once
    facts: Facts,
    matches: Matches,
    workspace: Workspace,
    cache: Path,
    engine: Engine,
    settings: Settings,
    terms: Mapping[str, Any],
    memory: Memory,
) -> tuple[Gist, dict[str, Any]]:
    """Write the whole new tree aside.  Returns what there is to show of its ledger, and run.json."""
    orders = Orders(facts.documents, matches, settings)
    tree = Tree(workspace, settings.run.layout)
    try:
        writing = Writing(cache, workspace.next_tree, workspace.out, settings, memory.of("pieces"))
        sizes = facts.findings.characters
        flow = engine.flow(_parts(orders, sizes, characters(settings.run))).map(writing)
        again = []
        for part in flow.parts():
            tree.add(part)
            again += [np.frombuffer(rows, dtype=np.int64) for rows in _named(part, AGAIN)]
        made = (pa.ipc.open_stream(rows).read_all() for part in flow.parts() for rows in _named(part, MADE))
        memory.write("pieces", made, again)
        warnings = _shared(tree, facts, matches, orders, Shelf(cache), settings)
        tree.close()
    except BaseException:
        tree.abandon()
        raise
    gist, store = tree.gist, tree.store
    settled = _settled(matches)
    waiting = sum(pair not in settled for pair in matches.pairs.listed_of(Tier.REVIEW))
    counts = counts_of(tree.tally, facts.inputs, waiting)
    run_json = {
        "tool": "clean-corpus",
        "version": terms["versions"]["clean-corpus"],
        "policy": settings.run.policy.value,
        **terms,
        "decisions": matches.rulings.digest,
        "inputs": list(facts.inputs.labels),
        "counts": counts,
        "balance": balance_of(counts),
        "sources": sources_of(tree.tally),
        "warnings": warnings,
    }
    if any(run_json["balance"].values()):
        raise InternalError(f"the balance does not hold: {run_json['balance']}; nothing was published")
    store.put("run.json", json.dumps(run_json, ensure_ascii=False, indent=1).encode() + b"\n")
    others = {d.id: orders.other(n) for n, d in enumerate(facts.documents) if d.id in gist.names}
    page = report_page(
        run_json, gist, lambda cases: shown(cases, others, cache, engine, settings, memory), rule=RULE
    )
    store.put("report/index.html", page)
    store.put("manifest-sha256.txt", store.manifest())
    return gist, run_json


def _named(part: pa.Table, name: str) -> list[bytes]:
    """Return the pieces of a part that have a name."""
    found: list[bytes] = chosen(part, [one == name for one in part["name"].to_pylist()])["data"].to_pylist()
    return found


def _parts(orders: Orders, sizes: Sequence[int], most: int) -> Iterator[pa.Table]:
    """Yield the orders in parts, each with what it is found by, and what of it is known without reading it."""
    for part in _together(orders, sizes, most):
        lines = [codec.dump(order) for _, order in part]
        keys = [hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest() for line in lines]
        yield pa.table(
            {
                "number": [number for number, _ in part],
                PLACE: keys,
                "order": pa.array(lines, pa.large_string()),
                "name": [order.name for _, order in part],
                "ordinal": [order.ordinal for _, order in part],
                "last": [order.last for _, order in part],
                "archived": [
                    order.kept_for is not None and bool(order.others[0].archive) for _, order in part
                ],
            }
        )


def _together(orders: Orders, sizes: Sequence[int], most: int) -> Iterator[list[tuple[int, Order]]]:
    """Yield orders with their numbers, as many as are written together: at least one, of at most so many characters."""
    part: list[tuple[int, Order]] = []
    held = 0
    new = len(sizes) - len(orders)  # the documents of archives come first
    for number, order in enumerate(orders):
        size = sizes[new + number]
        if part and (len(part) == _ORDERS_A_PART or held + size > most):
            yield part
            part, held = [], 0
        part.append((number, order))
        held += size
    if part:
        yield part


def _shared(
    tree: Tree, facts: Facts, matches: Matches, orders: Orders, shelf: Shelf, settings: Settings
) -> list[str]:
    """Add what is of no single document, and the names of documents that are shown; return the warnings."""
    documents, gist = facts.documents, tree.gist
    gist.leave(tree.through("skipped", facts.skipped))
    fates = {documents[gone].id: documents[kept].id for gone, kept in matches.clusters.kept_for.items()}
    first = {documents[group[0]].id: shown_name(documents[group[0]]) for group in matches.clusters.members}
    large, chains = [], 0
    for row in tree.through("clusters", cluster_rows(documents, matches, orders), first):
        gist.group([row], settings.cluster.review_size)
        chains += row["chain"]
        if row["size"] > settings.cluster.review_size:
            large.append(f"cluster {row['id']} has {row['size']} members")
    settled = frozenset(frozenset((documents[a].id, documents[b].id)) for a, b in _settled(matches))
    gist.match(tree.through("pairs", pair_rows(documents, matches)), fates, settled)
    shared: set[str] = set()
    for row in tree.through("passages", passage_rows(documents, matches, orders, shelf)):
        gist.passages.take([row])
        shared.update(place["doc"] for place in row["places"])
    unsettled: Counter[str] = Counter()
    for row in tree.through("decisions", decision_rows(documents, facts.findings.pairs, matches)):
        unsettled[row["fate"]] += 1
        shared.update(row["documents"])
    for row in tree.through("archived", archived_rows(documents, matches, shared)):
        gist.archived[row["id"]] = row
    for _ in tree.through("forgotten", rows_of(facts.forgotten)):
        pass
    wanted = gist.wanted() | gist.archived.keys()
    gist.names = {d.id: shown_name(d) for d in documents if d.id in wanted}
    again = [f"{_decisions(unsettled[fate])} {fate}: {_AGAIN[fate]}" for fate in _AGAIN if unsettled[fate]]
    erased = sum(row["reason"] == FORGOTTEN for row in facts.skipped)
    if erased:
        again.append(f"{_documents(erased)} still in an input and left out, as erased before")
    return [*gist.warnings, *again, *_warnings(tree.tally, large, chains, settings.run.policy)]


def _settled(matches: Matches) -> frozenset[tuple[int, int]]:
    """Return the pairs that somebody has decided of, or accepted as they are."""
    return matches.rulings.judged | matches.rulings.accepted


def _warnings(tally: Tally, large: list[str], chains: int, policy: Policy) -> list[str]:
    """Return what a person should look at first, of all documents together."""
    flagged = named(tally, "flags").items()
    out = [f"{_documents(count)} flagged {flag}: {FLAGS[flag]}" for flag, count in flagged]
    out += large
    if chains:
        hold = "1 cluster holds" if chains == 1 else f"{chains:,} clusters hold"
        out.append(f"{hold} members that match only through others: all of those were kept")
    if policy is Policy.ANNOTATE:
        out.append("policy annotate: nothing was removed")
    return out


#: Fates of decisions of which a person should know, and what each means.
_AGAIN: Final = {
    "conflicting": "nothing was removed for them",
    "stale": "what they were decided by has changed",
    "orphaned": "what they are about is not there",
}


def _decisions(count: int) -> str:
    return "1 decision is" if count == 1 else f"{count:,} decisions are"


def _documents(count: int) -> str:
    return "1 document is" if count == 1 else f"{count:,} documents are"
