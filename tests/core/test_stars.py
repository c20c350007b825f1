"""Stars: linked documents come to be linked with the smallest of their component, in few rounds."""

from __future__ import annotations

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages._stars import large_star, small_star

LAW = settings(derandomize=True, deadline=None, max_examples=300)
LINKS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda p: p[0] != p[1]), max_size=40
)


def columns(links):
    return np.array(links, dtype=np.int64).reshape(-1, 2).T


def rounds(links):
    """Return the stars of some links, and in how many rounds they came."""
    a, b = columns(links)
    for number in range(1, 100):
        large = large_star(np.concatenate([a, b]), np.concatenate([b, a]))
        small = small_star(np.maximum(large.node, large.other), np.minimum(large.node, large.other))
        a, b = small.node, small.other
        if not (large.new.any() or small.new.any()):
            return dict(zip(a.tolist(), b.tolist(), strict=True)), number
    raise AssertionError("no end")


def smallest(links):
    """Return for each document but the smallest of its component that one."""
    found = nx.connected_components(nx.Graph(links))
    return {node: min(group) for group in found for node in group if node != min(group)}


@LAW
@given(LINKS)
def test_stars_are_the_components(links):
    assert rounds(links)[0] == smallest(links)


@LAW
@given(LINKS)
def test_neither_step_joins_or_parts_a_component_and_each_link_comes_once(links):
    a, b = columns(links)
    for found in (
        large_star(np.concatenate([a, b]), np.concatenate([b, a])),
        small_star(np.maximum(a, b), np.minimum(a, b)),
    ):
        told = list(zip(found.node.tolist(), found.other.tolist(), strict=True))
        assert len(set(told)) == len(told)
        assert smallest(told) == smallest(links)


@pytest.mark.parametrize("size", [10, 1_000, 20_000])
def test_a_chain_takes_few_rounds(size):
    order = np.random.default_rng(size).permutation(size).tolist()
    for chain in (range(size), order):
        found, number = rounds(list(pairwise(chain)))
        assert found == dict.fromkeys(range(1, size), 0)
        assert number <= 2 + math.log2(size)
