"""Cluster: a document goes only for a kept one that it was checked against."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.cluster import Bounds, ClusterSettings, cluster

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
        assert rank[kept] < rank[removed] or gives_way(answer.kept_for, removable, kept)


def gives_way(kept_for, removable, kept):
    """Whether one that ranks before a kept document went for it, and not the reverse."""
    gone = [document for document, other in kept_for.items() if other == kept]
    return any(not removable[document, kept] for document in gone)


@LAW
@given(PAIRS, st.permutations(range(10)))
def test_what_says_no_more_than_a_kept_document_and_has_nothing_that_went_for_it_goes(pairs, rank):
    answer, removable = settled(rank, both(pairs), lambda a, b: (a * b) % 3 == 0)
    kept = [d for group in answer.members for d in group if d not in answer.kept_for]
    for document in set(kept) - set(answer.kept_for.values()):
        assert not any(removable.get((other, document)) for other in kept if other != document)


@LAW
@given(PAIRS, st.permutations(range(10)))
def test_members_are_the_connected_components(pairs, rank):
    removable = both(pairs)
    graph = nx.Graph([p for p, may in removable.items() if may])
    expected = sorted(sorted(c) for c in nx.connected_components(graph))
    answer = cluster(rank, removable, ClusterSettings())
    assert sorted(sorted(m) for m in answer.members) == expected
    for group in answer.members:
        assert list(group) == sorted(group, key=lambda d: (d in answer.kept_for, rank[d]))


# 0 ranks first by its edits; 1 has a sentence more, so it does not go for 0, though 0 may go for it
MORE = {(0, 1): (False, True), (0, 2): (True, True)}


@pytest.mark.parametrize(
    ("more", "damaged", "kept_for"),
    [
        ({(1, 2): (True, True)}, (), {0: 1, 2: 1}),
        ({(1, 2): (False, True)}, (), {2: 0}),  # 2 may not go for 1, so 0 stays for it
        ({(1, 2): (True, True)}, (False, True, False), {2: 0}),  # 1 lost something that 0 has
        ({(1, 2): (True, True)}, (True, True, True), {0: 1, 2: 1}),
    ],
)
def test_a_kept_document_gives_way_to_one_that_says_all_it_says_and_more(more, damaged, kept_for):
    answer = cluster([0, 1, 2], both(MORE | more), ClusterSettings(), Bounds(damaged=damaged))
    assert answer.kept_for == kept_for
    assert answer.untested == ()


def test_what_gives_way_asks_for_what_went_for_it_first():
    answer = cluster([0, 1, 2], both(MORE), ClusterSettings())
    assert answer.untested == ((1, 2),)
    assert answer.kept_for == {2: 0}
    apart = ((0, 0), (0, 0), (-3, -3))  # days; 1 and 2 never meet
    beyond = cluster([0, 1, 2], both(MORE), ClusterSettings(), Bounds(days=apart, window=2))
    assert beyond.untested == ()


def test_a_chain_removes_only_what_matches_the_kept_one():
    # 0 like 1, 1 like 2, 0 unlike 2: nothing is removed through 1
    removable = both({(0, 1): (True, True), (1, 2): (True, True), (0, 2): (False, False)})
    answer = cluster([0, 1, 2], removable, ClusterSettings())
    assert answer.kept_for == {1: 0}


def test_where_no_more_can_be_checked_an_unchecked_pair_is_refused():
    """1 goes for 0, which 2 was not checked against; 3 goes for 2, though 0 comes first."""
    removable = both({(0, 1): (True, True), (1, 2): (True, True), (2, 3): (True, False)})
    answer = cluster(range(4), removable, ClusterSettings(), Bounds(closed=True))
    assert answer.kept_for == {1: 0, 3: 2}
    assert answer.untested == ()


def test_an_unchecked_pair_is_asked_for_before_anything_goes():
    removable = both({(0, 1): (True, True), (1, 2): (True, True)})
    answer = cluster([0, 1, 2], removable, ClusterSettings())
    assert answer.untested == ((0, 2),)
    assert 2 not in answer.kept_for


@pytest.mark.parametrize("bad", [{"anchors": 0}, {"review_size": 1}])
def test_bad_settings_say_what_is_wrong(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        ClusterSettings(**bad)


@LAW
@given(PAIRS, st.permutations(range(10)), st.integers(0, 10))
def test_what_an_archive_keeps_always_stays(pairs, order, fixed):
    rank = sorted(range(10), key=lambda d: (d >= fixed, order[d]))
    rank = [rank.index(d) for d in range(10)]
    removable = {p: may and p[1] >= fixed for p, may in both(pairs).items() if max(p) >= fixed}
    answer = cluster(rank, removable, ClusterSettings(), Bounds(fixed))
    assert all(removed >= fixed for removed in answer.kept_for)
    assert all(b >= fixed for _, b in answer.untested)


def test_of_several_archived_documents_the_most_alike_is_named():
    removable = {(0, 2): 3, (2, 0): 0, (1, 2): 1, (2, 1): 0}
    assert cluster([0, 1, 2], removable, ClusterSettings(), Bounds(2)).kept_for == {2: 1}


def test_archived_documents_leave_room_for_new_ones_to_be_tried():
    # three archived documents in the cluster, none of them fits; 4 still goes for 3
    removable = both({(0, 3): (False, False), (1, 3): (False, False), (2, 3): (False, False)})
    removable |= both({(0, 4): (False, False), (1, 4): (False, False), (2, 4): (False, False)})
    removable |= both({(3, 4): (True, True)})
    removable |= {(n, 5): 1 for n in (0, 1, 2)} | {(3, 5): 1, (5, 3): 1}
    answer = cluster(range(6), removable, ClusterSettings(anchors=3), Bounds(3))
    assert answer.kept_for == {4: 3, 5: 0}


def test_what_does_not_meet_is_neither_asked_for_nor_takes_an_anchor():
    removable = both({(n, n + 1): (True, True) for n in range(5)})
    days = [(10 * n, 10 * n) for n in range(6)]
    answer = cluster(range(6), removable, ClusterSettings(anchors=1), Bounds(days=days, window=10))
    assert answer.untested == ()
    assert answer.kept_for == {1: 0, 3: 2, 5: 4}
