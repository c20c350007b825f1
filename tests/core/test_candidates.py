"""Candidates: bands are datasketch's, buckets give star edges, templates do not hide true copies."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.candidates import (
    BAND,
    KEY,
    RUN,
    UNDATED,
    CandidatesSettings,
    Days,
    Edges,
    again,
    bands,
    candidates,
    days_of,
    openings,
    pairs,
    sampled_runs,
    sampled_runs_each,
)
from stages.cluster import Bounds, ClusterSettings, cluster
from stages.fingerprint import tokens
from stages.model import Role

LAW = settings(derandomize=True, deadline=None, max_examples=60)
DEFAULT = CandidatesSettings()


def undated(count):
    return dated([None] * count)


def dated(days):
    table = np.array([UNDATED if d is None else d for d in days], dtype=np.int64).reshape(-1, 2)
    return Days(table[:, 0], table[:, 1])


def meet(a, b, window):
    """Whether two stretches of days lie within a window; None is any day."""
    return a is None or b is None or max(a[0], b[0]) - min(a[1], b[1]) <= window


def edges_of(rows, chosen=DEFAULT, days=None):
    kinds, bs, keys, documents, figures = (list(c) for c in zip(*rows, strict=True)) if rows else ([],) * 5
    return candidates(
        np.array(kinds, np.int8),
        np.array(bs, np.int16),
        np.array(keys, np.uint64),
        np.array(documents, np.int64),
        np.array(figures, np.uint64),
        undated(len(rows)) if days is None else dated([days[row[3]] for row in rows]),
        chosen,
    )


@LAW
@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=25), min_size=2, max_size=12))
def test_bands_collide_exactly_where_datasketch_lsh_finds_a_pair(sets):
    chosen = CandidatesSettings(bands=16, rows=4)
    sketches = []
    for values in sets:
        sketch = MinHash(num_perm=64, seed=1, scheme="affine32", hashfunc=lambda v: v)
        sketch.update_batch(values)
        sketches.append(sketch)
    lsh = MinHashLSH(num_perm=64, params=(16, 4))
    for n, sketch in enumerate(sketches):
        lsh.insert(n, sketch)
    expected = {tuple(sorted((n, m))) for n, s in enumerate(sketches) for m in lsh.query(s) if n != m}
    keys = bands(np.array([s.hashvalues for s in sketches], dtype=np.uint32), chosen)
    found = {(a, b) for a in range(len(sets)) for b in range(a + 1, len(sets)) if (keys[a] == keys[b]).any()}
    assert found == expected


def test_a_bucket_gives_star_edges_not_all_pairs():
    edges = edges_of([(KEY, 0, 5, d, 0) for d in range(1000)])
    assert edges.head.size == 999
    assert set(edges.head.tolist()) == {0}


ROWS = st.lists(
    st.tuples(
        st.sampled_from([KEY, BAND, RUN]),
        st.integers(0, 2),
        st.integers(0, 4),
        st.integers(0, 9),
        st.integers(0, 2),
    ),
    max_size=60,
)


@LAW
@given(ROWS, st.randoms(use_true_random=False))
def test_edges_do_not_depend_on_the_order_of_rows(rows, random):
    first = edges_of(rows)
    random.shuffle(rows)
    second = edges_of(rows)
    for name in ("head", "member", "kind", "band", "bucket"):
        assert getattr(first, name).tolist() == getattr(second, name).tolist()


@LAW
@given(ROWS)
def test_every_bucket_is_connected_and_joins_only_its_own(rows):
    edges = edges_of(rows)
    buckets = {}
    for kind, band, key, document, _ in rows:
        buckets.setdefault((kind, band, key), set()).add(document)
    parent = {}

    def find(x):
        while parent.setdefault(x, x) != x:
            x = parent[x]
        return x

    for h, m, k, b in zip(
        edges.head.tolist(), edges.member.tolist(), edges.kind.tolist(), edges.band.tolist(), strict=True
    ):
        assert h != m
        assert any(h in s and m in s for (kind, band, _), s in buckets.items() if (kind, band) == (k, b))
        parent[find((k, b, h))] = find((k, b, m))
    for (kind, band, _), members in buckets.items():
        assert len({find((kind, band, d)) for d in members}) == 1


def test_templates_do_not_hide_true_copies():
    # 60 bulletins, three outlets each, all in one bucket: every outlet's copy meets its own bulletin
    rows = [(BAND, 0, 9, d, d % 60 + 1) for d in range(180)]
    edges = edges_of(rows)
    found = set(zip(edges.head.tolist(), edges.member.tolist(), strict=True))
    for bulletin in range(60):
        assert {(bulletin, bulletin + 60), (bulletin, bulletin + 120)} <= found


def test_a_run_that_stands_everywhere_proposes_nothing():
    chosen = CandidatesSettings(frequent=10)
    assert edges_of([(RUN, 0, 5, d, 0) for d in range(11)], chosen).head.size == 0
    assert edges_of([(RUN, 0, 5, d, 0) for d in range(10)], chosen).head.size > 0


def test_a_pair_that_only_runs_propose_shares_two_of_them():
    one = pairs(edges_of([(RUN, 0, 5, 1, 0), (RUN, 0, 5, 2, 0)]), DEFAULT)
    two = pairs(edges_of([(RUN, 0, k, d, 0) for k in (5, 6) for d in (1, 2)]), DEFAULT)
    assert one.a.size == 0
    assert (two.a.tolist(), two.b.tolist()) == ([1], [2])


def test_what_a_head_refused_is_tried_among_itself():
    edges = edges_of([(BAND, 0, 9, d, d) for d in (1, 2, 3)])
    refused = (edges.head == 1) & np.isin(edges.member, [2, 3])
    heads, members = again(edges, refused, undated(4), DEFAULT)
    assert list(zip(heads.tolist(), members.tolist(), strict=True)) == [(2, 3)]


@LAW
@given(st.lists(st.integers(0, 2**63), min_size=0, max_size=60), st.integers(0, 30), st.integers(0, 30))
def test_the_choice_of_a_run_depends_on_the_run_alone(hashes, before, after):
    chosen = CandidatesSettings(run=4, sample=2)
    middle = np.array(hashes, dtype=np.uint64)
    around = np.concatenate([np.arange(before, dtype=np.uint64), middle, np.arange(after, dtype=np.uint64)])
    assert set(sampled_runs(middle, chosen).tolist()) <= set(sampled_runs(around, chosen).tolist())


@pytest.mark.parametrize(
    "bad", [{"bands": 0}, {"rows": 0}, {"frequent": 1}, {"sample": 0}, {"window_days": -1}]
)
def test_bad_settings_say_what_is_wrong(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        CandidatesSettings(**bad)


#: Days of ten documents, close enough to meet and far enough to miss: a day, some days, or none.
DAYS = st.lists(
    st.one_of(
        st.none(),
        st.integers(1, 40).map(lambda d: (d, d)),
        st.tuples(st.integers(1, 40), st.integers(0, 15)).map(lambda p: (p[0], p[0] + p[1])),
    ),
    min_size=10,
    max_size=10,
)
WINDOWS = st.integers(1, 12)


def components(edges):
    """Return for each bucket the sets of documents that its edges connect."""
    found = {}
    for h, m, k, b, bucket in zip(
        *(getattr(edges, n).tolist() for n in ("head", "member", "kind", "band", "bucket")), strict=True
    ):
        groups = found.setdefault((k, b, bucket), [])
        joined = [g for g in groups if h in g or m in g]
        found[k, b, bucket] = [g for g in groups if g not in joined] + [{h, m}.union(*joined)]
    return found


@settings(LAW, max_examples=400)
@given(ROWS, DAYS, WINDOWS)
def test_a_window_links_whatever_meets_over_documents_that_meet(rows, days, window):
    chosen = CandidatesSettings(window_days=window)
    edges = edges_of(rows, chosen, days)
    for h, m in zip(edges.head.tolist(), edges.member.tolist(), strict=True):
        assert meet(days[h], days[m], window)
    buckets = {}
    for kind, band, key, document, _ in rows:
        buckets.setdefault((kind, band, key), set()).add(document)
    found = components(edges)
    for (kind, band, key), members in buckets.items():
        groups = found.get((kind, band, key ^ (band * 0x9E3779B97F4A7C15 % (1 << 64))), [])
        for a in members:
            for b in members:
                if a != b and meet(days[a], days[b], window):
                    assert any({a, b} <= g for g in groups)  # not over another bucket


@LAW
@given(DAYS, WINDOWS)
def test_the_second_try_links_whatever_meets(days, window):
    chosen = CandidatesSettings(window_days=window)
    count = len(days)
    same = np.zeros(count, dtype=np.int64)
    edges = Edges(same, np.arange(count), same.astype(np.int8), same.astype(np.int16), same.astype(np.uint64))
    a, b = again(edges, np.ones(count, dtype=bool), dated(days), chosen)
    assert (a < b).all()
    found = components(Edges(a, b, a * 0, a * 0, a * 0)).get((0, 0, 0), [])
    for x in range(count):
        for y in range(x):
            if meet(days[x], days[y], window):
                assert any({x, y} <= g for g in found)
    assert all(meet(days[x], days[y], window) for x, y in zip(a.tolist(), b.tolist(), strict=True))


@LAW
@given(DAYS, WINDOWS, st.permutations(range(10)))
def test_within_a_window_as_much_is_removed_as_if_each_were_compared_with_each(days, window, rank):
    """All ten are copies of one text; what is proposed leads to the same answer as all pairs do."""
    chosen = CandidatesSettings(window_days=window)

    def meets(a, b):
        return meet(days[a], days[b], window)

    near = Bounds(days=tuple(UNDATED if d is None else d for d in days), window=window)
    every = {(a, b): True for a in range(10) for b in range(10) if a != b and meets(a, b)}
    expected = cluster(rank, every, ClusterSettings(), near).kept_for
    found = pairs(edges_of([(BAND, 0, 9, d, d % 3) for d in range(10)], chosen, days), chosen)
    known = dict.fromkeys(zip(found.a.tolist(), found.b.tolist(), strict=True), True)
    for _ in range(100):
        both = known | {(b, a): True for a, b in known}
        answer = cluster(rank, both, ClusterSettings(), near)
        if not answer.untested:
            break
        assert all(meets(a, b) for a, b in answer.untested)
        known |= dict.fromkeys(answer.untested, True)
    assert answer.kept_for == expected


def test_windows_cost_no_more_than_a_few_edges_a_document():
    days = [(d, d) for d in range(1, 3001)]
    edges = edges_of([(BAND, 0, 9, d, d % 7) for d in range(3000)], CandidatesSettings(window_days=5), days)
    assert edges.head.size <= 2 * 3000


def test_a_lead_is_found_by_where_it_begins():
    lead = "湖区的渡船本周三恢复通航，首班船早上六点半离开东岸。"
    rest = "码头管理处统计，全天共有二百多人乘船，甲板上仍然站满了人。"
    chosen = CandidatesSettings(sample=1 << 30)  # nothing but what begins a text
    found = []
    for headline, body in (("渡船恢复通航", [lead, rest]), ("通航了", [lead])):
        lines = [headline, "来源：湖畔新闻", *body]
        text = "\n".join(lines)
        starts = [sum(len(x) + 1 for x in lines[:n]) for n in range(len(lines))]
        roles = [Role.HEADING, Role.METADATA, *[Role.BODY] * len(body)]
        key = tokens(text)
        firsts = key.starts.searchsorted([starts[n] for n in openings(roles)])
        found.append(sampled_runs(key.hashes, chosen, firsts))
        assert found[-1].size <= 6
    assert np.intersect1d(*found).size == 3


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2021-02-03", 0),
        ("2021-02-03T10:20:00+08:00", 0),
        ("2021-02", 27),
        ("2020", 365),
        ("2021-02-30", None),
        ("20210203", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_as_long_as_it_is_unsure(text, length):
    found = days_of(text, CandidatesSettings(window_days=1))
    assert found == UNDATED if length is None else found[1] - found[0] == length
    assert days_of(text, CandidatesSettings()) == UNDATED


def test_neighbouring_dates_are_neighbouring_days():
    chosen = CandidatesSettings(window_days=1)
    texts = ("0000-01-01", "1999-12-31", "2000-01-01", "2000-02-29", "2000-03-01", "9999-12-31")
    days = [days_of(text, chosen)[0] for text in texts]
    assert days[0] == 1
    assert [days[2] - days[1], days[4] - days[3]] == [1, 1]
    assert days[-1] < UNDATED[1]


def slow_runs(hashes, chosen, firsts):
    """Return what `sampled_runs` is to return, a run at a time."""
    found = set()
    for at in range(hashes.size - chosen.run + 1):
        mixed = 0
        for value in hashes[at : at + chosen.run].tolist():
            mixed = ((mixed ^ value) * 0x9E3779B97F4A7C15) % (1 << 64)
            mixed ^= mixed >> 29
        if mixed % chosen.sample == 0 or at in {first + n for first in firsts for n in (0, 4, 8)}:
            found.add(mixed)
    return sorted(found)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 40), max_size=2)),
        min_size=1,
    ),
    st.integers(1, 8),
)
def test_runs_of_many_documents_in_one_column_are_those_of_each(documents, run):
    chosen = CandidatesSettings(run=run, sample=3)
    texts = [np.array(values, dtype=np.uint64) << np.uint64(40) for values, _ in documents]
    firsts = [sorted({min(at, len(values)) for at in found}) for values, found in documents]
    edges = np.cumsum([0, *(text.size for text in texts)])
    openings_of = [
        np.array(found, dtype=np.int64) + at for found, at in zip(firsts, edges[:-1].tolist(), strict=True)
    ]
    each = sampled_runs_each(np.concatenate(texts), edges, openings_of, chosen)
    expected = [slow_runs(text, chosen, found) for text, found in zip(texts, firsts, strict=True)]
    assert [runs.tolist() for runs in each] == expected
    assert [sampled_runs(t, chosen, f).tolist() for t, f in zip(texts, firsts, strict=True)] == expected
