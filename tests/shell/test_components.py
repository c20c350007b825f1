"""Components by rounds: the same clusters as in one process, over any parts and partitions."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import budget, components
from pipeline.engines.embedded import Embedded
from pipeline.settings import load

LAW = settings(derandomize=True, deadline=None, max_examples=60)
LINKS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).filter(lambda p: p[0] < p[1]), max_size=80)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = Embedded(tmp_path_factory.mktemp("components"), 1)
    yield made
    made.close()


@LAW
@given(LINKS, st.integers(1, 5), st.integers(1, 90))
def test_components_by_rounds_are_those_of_union_find(engine, links, partitions, a_part):
    a, b = np.array(links, dtype=np.int64).reshape(-1, 2).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(components, "_LINKS_A_PART", a_part)
        found = list(components.components(engine, (a, b), partitions))
    assert found == sorted(map(sorted, nx.connected_components(nx.Graph(links))))


class Grades:
    def __init__(self, count):
        self.count = count

    def links(self):
        return np.arange(self.count), np.arange(self.count) + 1


def test_rounds_are_for_more_links_than_the_memory_of_a_run_is_for(engine, monkeypatch):
    run = load(None, {"run.memory": 1 << 28, "run.partitions": 2}).run
    assert budget.links_at_once(run) * budget.A_LINK <= 1 << 28
    monkeypatch.setattr(budget, "A_LINK", 1 << 20)
    most = budget.links_at_once(run)
    assert components.groups(engine, Grades(most), run) is None
    assert next(components.groups(engine, Grades(most + 1), run)) == list(range(most + 2))
