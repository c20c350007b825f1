"""The columns of the report's tables give back the rows, and its queue is bounded, whole and drawn the same way."""

from __future__ import annotations

import importlib.util
from itertools import accumulate, zip_longest
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.report.columns import Columns, Numbers, minutes
from pipeline.report.gist import WAITING_CAP, Gist, gist_of
from pipeline.report.rows import name_of
from pipeline.waiting import MOST, Queue

_spec = importlib.util.spec_from_file_location("report_run", Path(__file__).with_name("report_run.py"))
report_run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(report_run)
LAW = settings(derandomize=True, deadline=None, max_examples=60)
IDENTS = st.text(st.sampled_from("ad-0文"), max_size=6)


def files(documents):
    """The names of documents, as the script reads them."""
    out, before = [], ""
    for name, place in zip_longest(documents["names"], accumulate(documents["place"]), fillvalue=0):
        before = name or before
        out.append(f"{before} #{place}" if place else before)
    return out


def test_records_of_one_file_name_it_once():
    rows = [
        report_run.document(f"d{n}", "a/news.jsonl", "x") | {"ordinal": n, "member": "m" if n > 2 else None}
        for n in range(5)
    ]
    gist = Gist()
    gist.take(report_run.Tables(documents=rows))
    documents = gist.columns.table({})["documents"]
    assert documents["names"] == ["a/news.jsonl", 0, 0, "a/news.jsonl › m", 0]
    assert files(documents) == [name_of(row) for row in rows]


def test_documents_of_no_folder_stand_under_who_published_them():
    rows = [
        report_run.document(f"d{n}", "news.jsonl", "x") | {"source": source}
        for n, source in enumerate(("", "folder"))
    ]
    for row in rows:
        row["meta"]["source"] = "North Daily"
    gist = Gist()
    gist.take(report_run.Tables(documents=rows))
    documents = gist.columns.table({})["documents"]
    assert [documents["sources"][n] for n in documents["source"]] == ["North Daily", "folder"]


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
    names = files(table["documents"])
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


def fed(pairs, clusters=(), fates=None, settled=frozenset()):
    queue = Queue()
    for cluster in clusters:
        queue.group(cluster, 200)
    assert list(queue.match(pairs, fates or {}, settled)) == list(pairs), "all pairs go on"
    return queue


def alike(one, other, score, tier="near"):
    return report_run.pair(one, other, tier, scores=report_run.scores(identity=score, jaccard=score))


def test_the_queue_is_bounded_and_takes_the_same_pairs_in_any_order():
    fates = {f"g{n}": f"k{n}" for n in range(500)}
    pairs = [alike(f"k{n}", f"g{n}", 0.85 + n / 5_000) for n in range(500)]
    pairs += [alike(f"x{n}", f"y{n}", 0.9, "review") for n in range(200)]
    pairs += [alike(f"v{n}", f"w{n}", n / 100, "variant") for n in range(90)]
    pairs += [alike(f"m{n}-0", f"m{n}-{k}", 0.9 + k / 100) for n in range(50) for k in (1, 2)]
    chains = [
        {
            "kept": f"m{n}-0",
            "chain": True,
            "size": 3 + n % 2,
            "members": [{"id": f"m{n}-{k}"} for k in range(3)],
        }
        for n in range(50)
    ]
    queues = [fed(pairs, chains, fates), fed(pairs[::-1], chains[::-1], fates)]
    for items in (queue.items(WAITING_CAP) for queue in queues):
        why = [item.stratum for item in items]
        assert why.count("waiting") == WAITING_CAP
        assert [why.count(one) for one in ("alike", "cluster", "lot")] == [15, 15, 60]
        lot = {item.ids[1] for item in items if item.stratum == "lot"}
        near = {item.ids[1] for item in items if item.stratum == "borderline"} | lot
        assert {f"g{n}" for n in range(MOST["borderline"])} <= near
        odd = {item.ids for item in items if item.stratum == "cluster"}
        assert odd <= {(f"m{n}-0", f"m{n}-1") for n in range(1, 50, 2)}, "of the largest, the least alike"
        assert {item.ids[1] for item in items if item.stratum == "alike"} == {f"w{n}" for n in range(75, 90)}
        assert len({frozenset(item.ids) for item in items}) == len(items)
    chosen = [{item.ids for item in queue.items() if item.stratum != "waiting"} for queue in queues]
    assert chosen[0] == chosen[1]
    assert sum(item.stratum == "waiting" for item in queues[0].items()) == 200, "all that wait are listed"


def test_what_is_settled_is_looked_at_no_more():
    pairs = [alike("k", "g", 0.9), alike("x", "y", 0.9, "review"), alike("v", "w", 0.9, "variant")]
    settled = frozenset(map(frozenset, (("g", "k"), ("x", "y"))))
    items = fed(pairs, fates={"g": "k"}, settled=settled).items()
    assert [(item.stratum, item.ids) for item in items] == [("alike", ("v", "w"))]


def test_a_removed_document_is_the_second_of_its_pair_whatever_the_order_of_the_ledger():
    _, rows, _ = report_run.make_run()
    found = {item.ids: item.gone for item in gist_of(rows).judged()}
    assert found.items() >= {("d1", "d2"): "d2", ("d3", "d4"): "d4", ("d7", "d8"): "d8"}.items()
    assert all(gone in {None, ids[1]} for ids, gone in found.items())


@LAW
@given(st.lists(IDENTS, unique=True), st.lists(IDENTS))
def test_the_number_of_a_document_is_its_place_and_others_come_behind(idents, asked):
    numbers, known = Numbers(idents), {ident: n for n, ident in enumerate(idents)}
    for ident in (*asked, *idents):
        assert numbers.of(ident) == known.setdefault(ident, len(known))
    assert list(numbers.others) == list(known)[len(idents) :]
