"""Comparisons of the report: tokens in columns are those that an expression finds one by one."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.compare import _LONG, Paragraph, _changed, _judged, _shared, _tokens
from pipeline.report.show import runs
from stages.align import align

PLAIN = re.compile(f"{_LONG.pattern}|.", re.DOTALL)
WORDS = st.sampled_from(
    ["1", "12.5", "3,400", "ab", "don't", "x", " ", "\u3000", "，", "的", "本", "\u200b", "é", "\ud800"]
)
LINES = st.lists(WORDS, min_size=1, max_size=12).map("".join)
SIDES = st.lists(LINES, min_size=1, max_size=4).map(lambda lines: [Paragraph(line) for line in lines])


def plain_ops(a, b):
    numbers = {token: n for n, token in enumerate(dict.fromkeys(t for t in (*a, *b) if len(t) > 1), 0x110000)}
    return align(*(_numbered(side, numbers) for side in (a, b)), tidy=True)


def _numbered(side, numbers):
    return np.array([numbers[t] if len(t) > 1 else ord(t) for t in side], dtype=np.uint64)


@given(SIDES, SIDES)
def test_what_paragraphs_share_is_what_is_counted_token_by_token(kept, removed):
    known = {}
    found = [
        (i, j, weight) for i, j, weight in _shared(_tokens(kept, known), _tokens(removed, known)) if weight
    ]
    a, b = ([PLAIN.findall(one.text) for one in side] for side in (kept, removed))
    a_of = [(i, len(t) * (not t.isspace())) for i, tokens in enumerate(a) for t in tokens]
    b_of = [j for j, tokens in enumerate(b) for _ in tokens]
    counted = {}
    for op in plain_ops([t for line in a for t in line], [t for line in b for t in line]):
        if op.kind == "equal":
            for (i, weight), j in zip(a_of[op.a0 : op.a1], b_of[op.b0 : op.b1], strict=True):
                counted[i, j] = counted.get((i, j), 0) + weight
    assert found == [(i, j, weight) for (i, j), weight in sorted(counted.items()) if weight]


@given(SIDES, SIDES, st.data())
def test_a_range_of_paragraphs_is_marked_as_if_it_stood_alone(kept, removed, data):
    known = {}
    ranges = []
    for side in (kept, removed):
        first = data.draw(st.integers(0, len(side) - 1))
        ranges.append((first, data.draw(st.integers(first + 1, len(side)))))
    texts = [
        "\n".join(p.text for p in side[a:b]) for side, (a, b) in zip((kept, removed), ranges, strict=True)
    ]
    sides = [_tokens(side, known).lines(a, b) for side, (a, b) in zip((kept, removed), ranges, strict=True)]
    own = {}
    alone = [_tokens([Paragraph(line) for line in text.split("\n")], own) for text in texts]
    assert _changed(*sides) == _changed(*alone)
    a, b = (PLAIN.findall(text) for text in texts)
    left = []
    for op, differs in _judged(plain_ops(a, b), alone[0]):
        text = "".join(a[op.a0 : op.a1])
        left += runs(text.replace("\n", "↵\n" if differs else "\n"), "only" if differs else "")
    assert left == _changed(*sides)[0]
