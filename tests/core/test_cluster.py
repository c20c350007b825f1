"""Cluster: a document goes only for a kept one that it was checked against."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.cluster import ClusterSettings, cluster

LAW = settings(derandomize=True, deadline=None, max_examples=200)
PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda p: p[0] < p[1]),
    st.tuples(st.booleans(), st.booleans()),
    max_size=25,
)


def both(pairs):
    out = {}
    for (a, b), (b_goes, a_goes) in pairs.items():
        out[a, b], out[b, a] = b_goes, a_goes
    return out


def settled(rank, removable, truth):
    """Answer what is asked for, until nothing is."""
    removable = dict(removable)
    for _ in range(100):
        answer = cluster(rank, removable, ClusterSettings())
        if not answer.untested:
            return answer, removable
        for a, b in answer.untested:
            assert a < b
            removable[a, b], removable[b, a] = truth(a, b), truth(b, a)
    raise AssertionError("asks for ever")


@LAW
@given(PAIRS, st.permutations(range(10)))
def test_every_removal_was_checked_against_a_kept_document(pairs, rank):
    answer, removable = settled(rank, both(pairs), lambda a, b: (a * b) % 3 == 0)
    for removed, kept in answer.kept_for.items():
        assert removed != kept
        assert kept not in answer.kept_for
        assert removable[kept, removed]
        assert rank[kept] < rank[removed]


@LAW
@given(PAIRS, st.permutations(range(10)))
def test_members_are_the_connected_components(pairs, rank):
    removable = both(pairs)
    graph = nx.Graph([p for p, may in removable.items() if may])
    expected = sorted(sorted(c) for c in nx.connected_components(graph))
    answer = cluster(rank, removable, ClusterSettings())
    assert sorted(sorted(m) for m in answer.members) == expected
    for group in answer.members:
        assert [rank[d] for d in group] == sorted(rank[d] for d in group)


def test_a_chain_removes_only_what_matches_the_kept_one():
    # 0 like 1, 1 like 2, 0 unlike 2: nothing is removed through 1
    removable = both({(0, 1): (True, True), (1, 2): (True, True), (0, 2): (False, False)})
    answer = cluster([0, 1, 2], removable, ClusterSettings())
    assert answer.kept_for == {1: 0}


def test_an_unchecked_pair_is_asked_for_before_anything_goes():
    removable = both({(0, 1): (True, True), (1, 2): (True, True)})
    answer = cluster([0, 1, 2], removable, ClusterSettings())
    assert answer.untested == ((0, 2),)
    assert 2 not in answer.kept_for


@pytest.mark.parametrize("bad", [{"anchors": 0}, {"review_size": 1}])
def test_bad_settings_say_what_is_wrong(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        ClusterSettings(**bad)
