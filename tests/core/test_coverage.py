"""Coverage: the laws of what alignments hold together; many in one column say what each says alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages._coverage import Covered, covered, covered_each, steps_between, steps_of
from stages.align import _blocks, _tidied, align, aligned, op_of, ops_of

CORE = 4
#: A few values, so that runs of all lengths and edits of all kinds come about.
TEXT = st.lists(st.integers(0, 5), max_size=60).map(lambda values: np.array(values, dtype=np.uint64))


def slow_covered(ops, a_chars, b_chars, edit_tokens, own_tokens):
    """Say the same, an operation at a time."""

    def size(op):
        return op.a1 - op.a0, op.b1 - op.b0

    def joins(between, support):
        sides = [sum(size(op)[n] for op in between) for n in (0, 1)]
        edits = sum(max(size(op)) for op in between if op.kind != "equal")
        return max(sides) <= edit_tokens and edits <= support

    def changes(end):
        return not end or (len(end) == 1 and min(size(end[0])) > 0)

    least = 1 if sum(max(size(op)) for op in ops if op.kind != "equal") < CORE else CORE
    cores = [n for n, op in enumerate(ops) if op.kind == "equal" and size(op)[0] >= least]
    parts, before = [], -1
    for core in cores:
        between = ops[before + 1 : core]
        support = size(ops[core])[0] + (size(ops[before])[0] if before >= 0 else 0)
        joined = joins(between, support) and (before >= 0 or changes(between))
        if before < 0 or not joined:
            parts.append([])
        parts[-1] += [*(between if joined else ()), ops[core]]
        before = core
    end = ops[before + 1 :]
    if before >= 0 and len(end) == 1 and changes(end) and joins(end, size(ops[before])[0]):
        parts[-1] += end
    equal = a_inside = b_inside = longest = 0
    for part in parts:
        run = 0
        for op in part:
            if own_tokens is not None and not min(size(op)) and max(size(op)) >= own_tokens:
                continue
            a_here, b_here = int(a_chars[op.a0 : op.a1].sum()), int(b_chars[op.b0 : op.b1].sum())
            a_inside, b_inside = a_inside + a_here, b_inside + b_here
            run += min(a_here, b_here) if op.kind == "equal" else 0
        equal, longest = equal + run, max(longest, run)
    return Covered(equal, a_inside, b_inside, longest)


def chars(values, seed):
    return np.random.default_rng(seed).integers(1, 9, values.size)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5),
    st.integers(1, 12),
    st.none() | st.integers(1, 12),
)
def test_many_alignments_in_one_column_say_what_each_says_an_operation_at_a_time(
    pairs, edit_tokens, own_tokens
):
    ops = [align(a, b) for a, b in pairs]
    sizes = [(chars(a, 1), chars(b, 2)) for a, b in pairs]
    expected = [slow_covered(o, *of, edit_tokens, own_tokens) for o, of in zip(ops, sizes, strict=True)]
    limits = {"edit_tokens": edit_tokens, "own_tokens": own_tokens}
    assert covered_each(steps_of(ops), sizes, **limits) == expected
    runs = aligned(pairs)
    steps = steps_between(runs, [(a.size, b.size) for a, b in pairs])
    assert covered_each(steps, sizes, **limits) == expected
    assert [covered(o, *of, **limits) for o, of in zip(ops, sizes, strict=True)] == expected


EDITS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=9)


@settings(max_examples=200, deadline=None)
@given(st.lists(EDITS, min_size=1, max_size=3), st.randoms())
def test_operations_that_jump_in_one_text_are_covered_too(texts, dice):
    alignments, sizes = [], []
    for edits in texts:
        ops, a_at, b_at = [], 0, 0
        for a_size, b_size in edits:
            if a_size or b_size:
                ops.append(op_of(a_at, a_at + a_size, b_at, b_at + b_size))
            run = dice.randint(1, 9)
            a_at, b_at = a_at + a_size + run, b_at + b_size + run
            ops.append(op_of(a_at - run, a_at, b_at - run, b_at)._replace(kind="equal"))
        dice.shuffle(ops)
        alignments.append(ops)
        sizes.append((np.full(a_at, 2), np.full(b_at, 3)))
    expected = [slow_covered(o, *of, 6, 8) for o, of in zip(alignments, sizes, strict=True)]
    assert covered_each(steps_of(alignments), sizes, edit_tokens=6, own_tokens=8) == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_only_what_is_tidy_already_is_left_as_it_is(pairs):
    expected = [_tidied(_blocks(a, b), a, b) for a, b in pairs]
    assert aligned(pairs) == expected
    assert [ops_of(runs, a.size, b.size) for runs, (a, b) in zip(expected, pairs, strict=True)] == [
        align(a, b) for a, b in pairs
    ]


@pytest.mark.parametrize("texts", [((), ()), ((1, 2), ()), ((), (1,))])
def test_nothing_is_held_together_by_nothing(texts):
    a, b = (np.array(text, dtype=np.uint64) for text in texts)
    assert covered(align(a, b), chars(a, 1), chars(b, 2), edit_tokens=24) == Covered(0, 0, 0, 0)
