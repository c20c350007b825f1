"""Laws of the aligned difference, and the table of shapes it must see."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from stages import _blocks as module
from stages._coverage import covered
from stages.align import Op, align, code_points, mirrored

LAW = settings(derandomize=True, deadline=None, max_examples=150)
SHORT = st.lists(st.integers(0, 6), max_size=40)


def ids(values) -> np.ndarray:
    return np.array(list(values), dtype=np.uint64)


def check_tiling(a, b, ops) -> None:
    i = j = 0
    before = "equal"
    for op in ops:
        assert (op.a0, op.b0) == (i, j)
        assert op.a1 >= i
        assert op.b1 >= j
        if op.kind == "equal":
            assert op.a1 - op.a0 == op.b1 - op.b0 > 0
            assert (a[op.a0 : op.a1] == b[op.b0 : op.b1]).all()
        else:
            assert before == "equal" or i == 0
            assert (
                op.kind
                == {(True, True): "replace", (True, False): "delete", (False, True): "insert"}[
                    op.a1 > op.a0, op.b1 > op.b0
                ]
            )
        before = op.kind
        i, j = op.a1, op.b1
    assert (i, j) == (len(a), len(b))


def equal_count(ops) -> int:
    return sum(op.a1 - op.a0 for op in ops if op.kind == "equal")


@LAW
@given(SHORT, SHORT, st.booleans())
def test_operations_tile_both_sequences_and_equal_ones_are_equal(a, b, tidy):
    check_tiling(ids(a), ids(b), align(ids(a), ids(b), tidy=tidy))


@LAW
@given(SHORT, SHORT)
def test_the_mirror_of_an_alignment_is_the_alignment_of_the_mirror(a, b):
    assert align(ids(b), ids(a)) == mirrored(align(ids(a), ids(b)))


@LAW
@given(SHORT)
def test_a_sequence_against_itself_is_one_equal_run(a):
    expected = (Op("equal", 0, len(a), 0, len(a)),) if a else ()
    assert align(ids(a), ids(a)) == expected


@LAW
@given(
    st.lists(st.integers(0, 40), min_size=10, max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 40))),
)
def test_an_edited_copy_keeps_nine_tenths_of_the_longest_common_subsequence(a, edits):
    b = list(a)
    for at, value in edits[: len(a) // 8]:
        b[at % len(b)] = value
    assert equal_count(align(ids(a), ids(b), tidy=False)) >= 0.9 * LCSseq.similarity(a, b)


@LAW
@given(SHORT, SHORT)
def test_unrelated_sequences_keep_half_of_the_longest_common_subsequence(a, b):
    """Levenshtein prefers replacements, so the bound for noise is lower."""
    assert equal_count(align(ids(a), ids(b), tidy=False)) >= 0.5 * LCSseq.similarity(a, b) - 1


@LAW
@given(
    st.lists(st.integers(0, 300), max_size=300),
    st.integers(0, 300),
    st.lists(st.integers(0, 300), max_size=40),
)
def test_anchors_alone_keep_every_law(a, at, inserted):
    b = [*a[:at], *inserted, *a[at + 3 :]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CAP", 16)
        ops = align(ids(a), ids(b))
        assert align(ids(b), ids(a)) == mirrored(ops)
    check_tiling(ids(a), ids(b), ops)


def long_pairs():
    random = np.random.default_rng(7)
    size = 100_000
    a = random.zipf(1.3, size).astype(np.uint64) % 3000
    noisy = a.copy()
    hit = random.random(size) < 0.05
    noisy[hit] = random.integers(0, 3000, int(hit.sum()))
    yield "similar", a, noisy, 0.9
    yield "unrelated", a, random.zipf(1.3, size).astype(np.uint64) % 3000, 0
    yield "nothing shared", random.integers(0, 1 << 40, size), random.integers(1 << 40, 1 << 41, size), 0
    yield "one value", np.zeros(size, np.uint64), np.r_[np.zeros(size // 2), 5, np.zeros(size // 3)], 0.8
    yield "two values", random.integers(0, 2, size), random.integers(0, 2, size), 0
    yield "periods", np.tile(np.arange(50), 2000), np.tile(np.arange(50)[::-1], 2000), 0
    yield "halves swapped", a, np.r_[a[size // 2 :], a[: size // 2]], 0.49


@pytest.mark.parametrize(
    ("name", "a", "b", "least"), list(long_pairs()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_long_sequences_are_aligned_in_near_linear_time(name, a, b, least):
    start = time.process_time()
    ops = align(a, b)
    assert time.process_time() - start < 3  # about 0.2 s where this was written
    check_tiling(a, b, ops)
    assert equal_count(ops) >= least * min(len(a), len(b))


def test_a_chance_character_between_two_rewritten_clauses_is_no_equal_run():
    a, b = (
        code_points("开头相同。甲乙丙丁的戊己庚辛。结尾相同"),
        code_points("开头相同。子丑寅卯的辰巳午未。结尾相同"),
    )
    assert [op.kind for op in align(a, b)] == ["equal", "replace", "equal"]
    assert [op.kind for op in align(a, b, tidy=False)] == ["equal", "replace", "equal", "replace", "equal"]


def test_an_inserted_sentence_is_one_insertion():
    base = "河水昨夜退到警戒线以下。学校今天恢复上课。"
    a, b = code_points(base), code_points(base[:12] + "公路仍有两处积水。" + base[12:])
    assert [op.kind for op in align(a, b)] == ["equal", "insert", "equal"]


def test_code_points_keep_what_utf_8_cannot_say():
    assert code_points("a\N{CJK UNIFIED IDEOGRAPH-20000}\ud800").tolist() == [0x61, 0x20000, 0xD800]


def ones(n: int) -> np.ndarray:
    return np.ones(n, dtype=np.int64)


def test_what_one_text_alone_has_in_one_place_may_be_left_out():
    ops = (Op("equal", 0, 20, 0, 20), Op("insert", 20, 20, 20, 30), Op("equal", 20, 40, 30, 50))
    counted = covered(ops, ones(80), ones(80), edit_tokens=24)
    assert (counted.equal, counted.a_inside, counted.b_inside) == (40, 40, 50)
    assert covered(ops, ones(80), ones(80), edit_tokens=24, own_tokens=11) == counted
    left_out = covered(ops, ones(80), ones(80), edit_tokens=24, own_tokens=10)
    assert (left_out.equal, left_out.a_inside, left_out.b_inside) == (40, 40, 40)


@pytest.mark.parametrize(
    ("ops", "expected"),
    [
        ((), (0, 0, 0, 0)),
        ((Op("equal", 0, 9, 0, 9),), (9, 9, 9, 9)),
        (
            (Op("equal", 0, 9, 0, 9), Op("replace", 9, 12, 9, 10), Op("equal", 12, 20, 10, 18)),
            (17, 20, 18, 17),
        ),
        ((Op("equal", 0, 9, 0, 9), Op("insert", 9, 9, 9, 60), Op("equal", 9, 20, 60, 71)), (20, 20, 20, 11)),
        (
            (Op("replace", 0, 30, 0, 30), Op("equal", 30, 32, 30, 32), Op("replace", 32, 60, 32, 60)),
            (0, 0, 0, 0),
        ),
    ],
    ids=["nothing", "one run", "a short edit inside", "a long gap outside", "chance"],
)
def test_the_aligned_part_holds_short_edits_and_leaves_gaps_out(ops, expected):
    found = covered(ops, ones(80), ones(80), edit_tokens=24)
    assert (found.equal, found.a_inside, found.b_inside, found.longest) == expected
