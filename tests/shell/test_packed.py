"""Values in little memory are the values that were put in, and pairs of numbers say what their verdicts say."""

from __future__ import annotations

import dataclasses
import random
import tracemalloc
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import packed, sharings
from pipeline.matching import Document
from pipeline.packed import Packed, Paragraphs
from pipeline.pairs import CheckedPair, Grades, Pairs, accepted
from pipeline.sharings import Sharings
from stages.decide import may_remove
from stages.model import Policy, Scores, Tier, Verdict

POLICIES = list(Policy)
VERDICTS = st.builds(
    Verdict,
    st.sampled_from(Tier),
    st.builds(Scores, *[st.sampled_from([0.0, 0.25, 0.5, 1.0])] * 7),
    *[st.booleans()] * 3,
    st.just(()),
    st.text(max_size=3),
)
NUMBERS = st.integers(0, 12)
FOUND = st.dictionaries(
    st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] < pair[1]), VERDICTS, max_size=20
)


def document(number: int) -> Document:
    """Return one of many documents, with an id by chance as a hash is."""
    return Document(
        id="d-" + random.Random(number).randbytes(12).hex(), label="", name=f"2024/{number:06d}.txt", file=number,
        ordinal=0, pack=f"pack-{number // 500:064d}.arrow", row=number % 500,
        view_key=random.Random(-number).getrandbits(63), source="north-daily", published="2024-05-06", known=3,
        damaged=False, stored=1300, path=f"2024/{number:06d}.txt".encode() + bytes(9),
    )  # fmt: skip


@given(st.lists(st.text(), max_size=200), st.data())
def test_what_was_put_in_comes_out_in_any_order(texts, data):
    values = Packed(str, texts)
    assert (list(values), len(values)) == (texts, len(texts))
    for at in data.draw(st.lists(st.integers(0, max(0, len(texts) - 1)), max_size=20)) if texts else ():
        assert values[at] == texts[at]
    here = data.draw(st.slices(len(texts)))
    assert values[here] == texts[here]
    assert list(Packed(str, lines=values.lines())) == texts
    assert values == texts
    assert values != [*texts, ""]


@given(st.lists(st.text()), st.lists(st.text()), st.integers(1, 8), st.data())
def test_values_that_were_appended_are_at_hand_or_read(before, after, most, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packed, "_AT_HAND", most)
        values = Packed(str, before)
        every = list(before)
        for text in after:
            values.append(text)
            every.append(text)
            for at in data.draw(st.lists(st.integers(-len(every), len(every) - 1), max_size=3)):
                assert values[at] == every[at]
            assert len(values._read) <= most
        assert list(values) == every
        assert list(values) == every  # now that all, or the last, are at hand
        for at in (len(every), -len(every) - 1):
            with pytest.raises(IndexError):
                values[at]


def test_documents_are_objects_again():
    documents = [document(n) for n in range(100)]
    documents[7] = dataclasses.replace(documents[7], name="名\ud800\n.txt", path=b"\xff\n\0")
    assert Packed(Document, documents) == documents
    with pytest.raises(IndexError):
        Packed(Document, documents)[100]


@given(st.dictionaries(NUMBERS, st.lists(NUMBERS, max_size=4)))
def test_paragraphs_by_document_are_those_of_a_dictionary(found):
    wanted = {n: tuple(numbers) for n, numbers in sorted(found.items())}
    rows = Paragraphs(wanted.items())
    assert dict(rows) == wanted
    assert [rows.get(n, ()) for n in range(14)] == [wanted.get(n, ()) for n in range(14)]


KEYS = st.sampled_from((0, 1, 2**63, 2**64 - 1))
SHARED = st.lists(st.tuples(KEYS, NUMBERS, st.integers(0, 2), st.integers(59, 62)), unique_by=lambda s: s[:3])


@given(SHARED, st.integers(59, 63), st.integers(0, 6))
def test_passages_are_the_long_paragraphs_of_a_key_in_several_documents_not_all_of_archives(
    rows, least, fixed
):
    rows.sort()
    wanted = []
    for key, of_key in groupby(rows, key=lambda row: row[0]):
        places = [(document, paragraph) for _, document, paragraph, size in of_key if size >= least]
        documents = {document for document, _ in places}
        if len(documents) > 1 and max(documents) >= fixed:
            wanted.append((key, places))
    found = Sharings.of([np.array([column], dtype=np.uint64) for column in row] for row in rows)
    assert list(found.passages(least, fixed)) == wanted
    assert Sharings.load(found.lines()) == found
    assert len(found) == len(rows)


def test_paragraphs_of_more_than_a_line_come_back_in_order(monkeypatch):
    monkeypatch.setattr(sharings, "_A_LINE", 3)
    found = Sharings.of([[np.arange(8)] * 4])
    assert len(list(found.lines())) == 3
    assert Sharings.load(found.lines()) == found
    assert Sharings.load(list(found.lines())[:2]) != found


@given(FOUND, st.sampled_from(POLICIES), st.integers(0, 4), st.randoms())
def test_the_columns_of_pairs_say_what_their_verdicts_say(found, policy, fixed, dice):
    pairs = [CheckedPair(*key, verdict, ("bands",), (key[0],)) for key, verdict in sorted(found.items())]
    columns = Pairs(dice.sample(pairs, len(pairs)))
    assert columns == pairs
    grades = {tier: n for n, tier in enumerate(Tier, 1)}
    may = {}
    for pair in pairs:
        grade = grades[pair.verdict.tier]
        may[pair.a, pair.b] = grade * may_remove(pair.verdict, policy, removed_is_b=True)
        may[pair.b, pair.a] = grade * (
            pair.a >= fixed and may_remove(pair.verdict, policy, removed_is_b=False)
        )
    graded = Grades(columns, policy, fixed)
    assert dict(graded.items()) == may
    assert all(graded[way] == may[way] for way in may)
    assert not any(way in graded for way in ((3, 3), (0, 13)))
    near = [
        p
        for p in pairs
        if p.verdict.tier is not Tier.REJECTED or max(p.verdict.scores.a_in_b, p.verdict.scores.b_in_a) >= 0.5
    ]
    assert list(columns.listed()) == near
    assert list(columns.listed_of()) == [(p.a, p.b) for p in near]
    assert list(columns.listed_of(Tier.REVIEW)) == [(p.a, p.b) for p in near if p.verdict.tier is Tier.REVIEW]
    either = [
        any(may_remove(p.verdict, Policy.TRAINING, removed_is_b=side) for side in (True, False))
        for p in pairs
    ]
    assert accepted(columns.columns[2]).tolist() == either
    assert columns.documents() == sorted({n for p in pairs for n in (p.a, p.b)})


@given(FOUND, st.lists(st.tuples(NUMBERS, NUMBERS), max_size=10))
def test_a_pair_is_found_by_its_documents(found, asked):
    columns = Pairs(CheckedPair(*key, verdict, (), ()) for key, verdict in found.items())
    known = columns.unknown(*np.array(asked, dtype=np.int64).reshape(-1, 2).T).tolist()
    for (one, other), unknown in zip(asked, known, strict=True):
        key = min(one, other), max(one, other)
        pair = columns.find(one, other)
        assert (pair and pair.verdict) == found.get(key)
        assert unknown == ((one, other) not in found)
        listed = set(columns.listed_of())
        assert columns.tier(one, other) == (found[key].tier if key in listed else None)


def held(make) -> int:
    """Return the bytes of what `make` makes."""
    tracemalloc.start()
    value = make()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del value
    return size


def test_a_document_and_a_pair_take_the_bytes_that_the_limits_say():
    """Of `docs/limits.md`; objects took 660 and 2,600."""
    count = 40 * packed._A_BLOCK
    assert held(lambda: Packed(Document, map(document, range(count)))) / count <= 100
    dice = random.Random(5)

    def pairs():
        for n in range(count):
            scores = Scores(*(round(dice.random(), 4) for _ in range(7)))
            yield CheckedPair(
                n, n + 1, Verdict(Tier.NEAR, scores, False, False, True, (), "as they are"), (), ()
            )

    assert held(lambda: Pairs(pairs())) / count <= 200
