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
    again,
    bands,
    candidates,
    pairs,
    sampled_runs,
)

LAW = settings(derandomize=True, deadline=None, max_examples=60)
DEFAULT = CandidatesSettings()


def undated(count):
    return Days(*(np.full(count, day, dtype=np.int64) for day in UNDATED))


def edges_of(rows, chosen=DEFAULT):
    kinds, bs, keys, documents, figures = (list(c) for c in zip(*rows, strict=True)) if rows else ([],) * 5
    return candidates(
        np.array(kinds, np.int8),
        np.array(bs, np.int16),
        np.array(keys, np.uint64),
        np.array(documents, np.int64),
        np.array(figures, np.uint64),
        undated(len(rows)),
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


@pytest.mark.parametrize("bad", [{"bands": 0}, {"rows": 0}, {"frequent": 1}, {"sample": 0}])
def test_bad_settings_say_what_is_wrong(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        CandidatesSettings(**bad)
