"""The columns of the report's tables give back the rows, and its queue is bounded, whole and drawn the same way."""

from __future__ import annotations

import importlib.util
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.report.columns import Columns, minutes
from pipeline.report.gist import Gist, gist_of
from pipeline.report.queue import BORDERLINE_CAP, LOT_CAP, ODD_CAP, WAITING_CAP, Queue

_spec = importlib.util.spec_from_file_location("report_run", Path(__file__).with_name("report_run.py"))
report_run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(report_run)
LAW = settings(derandomize=True, deadline=None, max_examples=60)


@LAW
@given(st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=5), st.data())
def test_columns_give_back_documents_pairs_and_clusters_however_they_were_divided(shape, data):
    documents, clusters, pairs = [], [], []
    for n, group in enumerate(shape):
        first = f"d{n}"
        documents.append(report_run.document(first, f"a/{n}.txt", "x"))
        gone = []
        for k, kind in enumerate(group):
            tier = ("near", "identical", "contained", "person")[kind]
            row = report_run.document(
                f"{first}-{k}", f"b/{n}-{k}.txt", "y", status="removed", tier=tier, of=first
            )
            gone.append(row)
            pairs.append(report_run.pair(first, row["id"], tier))
        documents += gone
        if gone:
            members = [{"id": d["id"], "removed": True} for d in gone]
            clusters.append({"kept": first, "chain": bool(n % 2), "size": 1 + len(gone), "members": members})
    order = data.draw(st.permutations(documents))
    edges = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=3)))
    whole = Gist()
    for low, high in zip([0, *edges], [*edges, len(order)], strict=True):
        part = Gist()
        part.take(report_run.Tables(documents=order[low:high]))
        whole.add(Gist.load(part.dump()))
    for pair in pairs:
        whole.columns.match(pair)
    for cluster in clusters:
        whole.columns.group(cluster)
    table = whole.columns.table({})
    names = table["documents"]["names"]
    assert names == [row["path"] for row in order]
    of = {n: n - step for n, step in enumerate(table["documents"]["of"]) if step}
    paths = {row["id"]: row["path"] for row in order}
    assert {names[n]: names[at] for n, at in of.items()} == {
        row["path"]: paths[row["of"]] for row in order if row["of"]
    }
    found = table["pairs"]
    a = list(accumulate(found["a"]))
    b = [one + apart for one, apart in zip(a, found["b"], strict=True)]
    assert [(names[i], names[j]) for i, j in zip(a, b, strict=True)] == [
        (paths[pair["a"]], paths[pair["b"]]) for pair in pairs
    ]
    members = [names[n] for n in accumulate(table["clusters"]["members"])]
    assert members == [paths[i] for c in clusters for i in (c["kept"], *(m["id"] for m in c["members"]))]
    assert table["clusters"]["size"] == [cluster["size"] for cluster in clusters]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1970-01-02", 1440),
        ("1970-01-01T01:05:00+08:00", 65),
        ("2024-02-30", -1),
        ("2024-02", -1),
        ("", -1),
        (None, -1),
        ("0001-01-01", -1),
    ],
)
def test_a_date_is_minutes_as_it_is_written(written, expected):
    assert minutes(written) == expected


def test_a_score_below_one_is_never_shown_as_one():
    columns = Columns()
    columns.match(report_run.pair("a", "b", "near", scores=report_run.scores(identity=0.99999, jaccard=1.0)))
    assert columns.table({})["pairs"] | {"a": [], "b": []} == {
        "a": [], "b": [], "tier": [2], "identity": [999], "jaccard": [1000], "total": 1,
    }  # fmt: skip


def test_the_queue_is_bounded_and_takes_the_least_alike_and_the_same_lot_in_any_order():
    fates = {f"g{n}": f"k{n}" for n in range(500)}
    pairs = [
        report_run.pair(f"k{n}", f"g{n}", "near", scores=report_run.scores(identity=0.85 + n / 5_000))
        for n in range(500)
    ]
    pairs += [report_run.pair(f"x{n}", f"y{n}", "review") for n in range(200)]
    queues = []
    for rows in (pairs, pairs[::-1]):
        queue = Queue()
        for pair in rows:
            queue.match(pair, fates)
        for n in range(50):
            members = [{"id": f"m{n}-{k}", "removed": k == 1} for k in range(3)]
            queue.group({"kept": f"m{n}-0", "chain": True, "size": 3, "members": members}, 200, fates)
        queues.append(queue.items())
    kinds = [[item.why for item in items] for items in queues]
    for items, why in zip(queues, kinds, strict=True):
        assert why.count("waiting") == WAITING_CAP
        assert why.count("cluster") == ODD_CAP
        assert why.count("lot") == LOT_CAP
        lot = {item.b for item in items if item.why == "lot"}
        near = {item.b for item in items if item.why == "borderline"} | lot
        assert {f"g{n}" for n in range(BORDERLINE_CAP)} <= near
        assert len({frozenset((item.a, item.b)) for item in items}) == len(items)
    lots = [{(i.a, i.b) for i in items if i.why == "lot"} for items in queues]
    assert lots[0] == lots[1]


def test_of_a_chain_the_member_is_shown_that_went_for_its_head():
    fates = {"near": "head", "far": "middle"}
    members = [{"id": one, "removed": one in fates} for one in ("head", "middle", "near", "far")]
    chain = {"kept": "head", "chain": True, "size": 4, "members": members}
    for known, expected in ((fates, ("near", True)), ({"far": "middle"}, ("far", False))):
        queue = Queue()
        queue.group(chain, 200, known)
        assert [(item.b, item.removed) for item in queue.items()] == [expected]


def test_a_removed_document_is_the_second_of_its_pair_whatever_the_order_of_the_ledger():
    _, rows, _ = report_run.make_run()
    found = {(item.a, item.b): item.removed for item in gist_of(rows).queue.items()}
    assert found == {("d1", "d2"): True, ("d3", "d4"): True, ("d7", "d8"): True}
