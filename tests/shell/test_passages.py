"""Paragraphs that stand in several documents, read from packs in columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import passages as passages_module
from pipeline.packs import Shelf, _column
from pipeline.passages import Passages, Shared
from pipeline.settings import load

BYTES = st.lists(st.lists(st.integers(-3, 3), max_size=4), min_size=1, max_size=9)


@given(BYTES, st.data())
def test_the_values_of_some_rows_are_those_of_each_one_after_another(rows, data):
    column = _column(pa.array([np.array(r, np.int32).tobytes() for r in rows], pa.large_binary()), np.int32)
    places = np.array(data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=12)), dtype=np.int64)
    assert column.joined(places).tolist() == [value for place in places for value in rows[place]]
    assert column.sizes(places).tolist() == [len(rows[place]) for place in places]


PARAGRAPHS = st.lists(
    st.tuples(st.sampled_from([3, 40, 60]), st.integers(0, 5), st.sampled_from([0, 7])), max_size=5
)


@given(
    st.lists(st.tuples(st.sampled_from(["one", "two"]), PARAGRAPHS, st.sets(st.integers(0, 4))), max_size=8),
    st.sampled_from([20, 50]),
)
def test_long_paragraphs_of_a_key_in_two_documents_are_found(documents, least):
    """The oracle goes through documents one by one."""
    settings = load()
    settings = replace(
        settings,
        decide=replace(settings.decide, passage_least=least),
        run=replace(settings.run, partitions=3),
    )
    held: dict[str, list[list[tuple[int, int, int]]]] = {"one": [], "two": []}
    rows = []
    for number, (pack, paragraphs, furniture) in enumerate(documents):
        gone = [n for n in sorted(furniture) if n < len(paragraphs)]
        rows.append((number, pack, len(held[pack]), gone))
        held[pack].append(paragraphs)
    part = pa.table(
        {
            "document": pa.array([row[0] for row in rows], pa.int64()),
            "pack": pa.array([row[1] for row in rows], pa.string()),
            "row": pa.array([row[2] for row in rows], pa.int32()),
            "furniture": pa.array([row[3] for row in rows], pa.list_(pa.int32())),
        }
    )

    def columns(name: str) -> dict[str, pa.Array]:
        texts = held[name]
        starts = [np.cumsum([0, *(size + 1 for size, _, _ in p)])[: len(p)] for p in texts]
        found = {
            "starts": [s.astype(np.int32) for s in starts],
            "ends": [(s + [z for z, _, _ in p]).astype(np.int32) for s, p in zip(starts, texts, strict=True)],
            "keys": [np.array([key for _, key, _ in p], np.uint64) for p in texts],
            "sizes": [np.array([tokens for _, _, tokens in p], np.int32) for p in texts],
        }
        return {
            key: _column(pa.array([one.tobytes() for one in value], pa.large_binary()), value[0].dtype.type)
            for key, value in found.items()
        }

    class Held(Shelf):
        def joined(self, name, rows, column):
            return columns(name)[column].joined(rows)

        def sizes(self, name, rows):
            return columns(name)["starts"].sizes(rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passages_module, "Shelf", Held)
        long = Passages(None, settings)(part)
    shared = Shared()(long).to_pylist()

    expected = [
        (key, number, n, size)
        for (number, _, _, gone), (_, paragraphs, _) in zip(rows, documents, strict=True)
        for n, (size, key, tokens) in enumerate(paragraphs)
        if size >= least and tokens and n not in gone
    ]
    of = Counter(key for key, number in {(key, number) for key, number, _, _ in expected})
    assert [tuple(row.values()) for row in shared] == sorted(row for row in expected if of[row[0]] > 1)
    assert set(long["p"].to_pylist()) <= {0, 1, 2}
