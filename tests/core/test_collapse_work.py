"""Collapse in the long run: what is done for a line that repeats another is counted, and the memory for a token."""

from __future__ import annotations

import random
import tracemalloc
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _blocks, collapse
from stages._copies import CopyRule, _may_be_copies, _may_divide, body_of, second_starts
from stages._runs import _DRIFT_COST, _GAP_COST, _LOOK_BACK, _chain, _trace, runs, runs_all
from stages.align import align, tidied
from stages.fingerprint import FingerprintSettings, signatures, similarity, sketch, tokens
from stages.model import Paragraph, Role, Span

LAW = settings(derandomize=True, deadline=None, max_examples=150)
LETTERS = [chr(c) for c in range(0x4E00, 0x4E00 + 3000)]
FINGERPRINT = FingerprintSettings()
BYTES = 60  # for a token of which every run repeats; there were 240


def variants(count: int) -> list[str]:
    """Return one line in which a word of three characters differs each time."""
    dice = random.Random(5)
    line = "".join(dice.choices(LETTERS, k=80))
    return [
        line[:40] + "".join(random.Random(n).choices(LETTERS, k=3)) + line[43:] + "。" for n in range(count)
    ]


def _sketched(passage: str):
    return sketch(passage, [Span(0, len(passage))], FINGERPRINT)


def repeats_of(lines: list[str]):
    text = "".join(line + "\n" for line in lines)
    at, paragraphs = 0, []
    for number, line in enumerate(lines, 1):
        paragraphs.append(Paragraph(at, at + len(line), number, number, Role.BODY, ""))
        at += len(line) + 1

    def alike(a, b):
        one, two = (_sketched(text[s[0].start : s[0].end]) for s in (a, b))
        found = similarity(one, two)
        return found.estimate, found.jaccard, found.a_in_b, found.b_in_a

    key = tokens(text)
    return collapse.collapse(text, tuple(paragraphs), key, collapse.CollapseSettings(), similarity=alike)


@pytest.mark.parametrize("count", [12, 48])
def test_each_line_that_differs_in_a_word_is_aligned_once_and_only_where_it_differs(count, monkeypatch):
    sides, compared = [], []
    read, look = collapse.passage, _blocks._Aligner.__init__

    def passage(text, key):
        sides.append(len(key))
        return read(text, key)

    def looked_at(self, a, b):
        compared.append(a.size + b.size)
        look(self, a, b)

    monkeypatch.setattr(collapse, "passage", passage)
    monkeypatch.setattr(_blocks._Aligner, "__init__", looked_at)
    found = repeats_of(variants(count))
    assert len(found) == count - 1
    assert len(compared) == count - 1
    assert max(compared) <= 2 * 3
    assert len(sides) == count  # the kept line once, and each of the others
    assert max(sides) == 80


@pytest.mark.parametrize("periods", [2, 50, 2000])
def test_a_token_that_repeats_takes_few_bytes(periods):
    dice = np.random.default_rng(3)
    hashes = np.tile(dice.integers(0, 1 << 63, 200_000 // periods, dtype=np.uint64), periods)
    tracemalloc.start()
    try:
        runs(hashes, 6)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= BYTES * hashes.size


def slow_runs(values: list[int], anchor: int) -> list[tuple[int, int, int]]:
    """Return what `runs` is to return: grams linked with the one before and the first one, as far as it goes."""
    places: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    linked: defaultdict[int, set[int]] = defaultdict(set)  # distance → places of the left side
    for at in range(len(values) - anchor + 1):
        seen = places[tuple(values[at : at + anchor])]
        for left in {*seen[:1], *seen[-1:]}:
            linked[at - left].add(left)
        seen.append(at)
    rows = []
    for distance, lefts in linked.items():
        for start in sorted(lefts):
            if start - 1 in lefts:
                continue
            end = start
            while end in lefts:
                end += 1
            length = end - start + anchor - 1
            for at in range(0, length, distance):  # cut into periods
                piece = min(distance, length - at)
                rows.append((start + at, start + at + distance, piece))
    return sorted((r for r in rows if r[2] >= anchor), key=lambda r: (r[1], r[0]))


@LAW
@given(st.lists(st.integers(0, 3), max_size=60), st.integers(1, 3), st.integers(1, 6))
def test_runs_are_what_a_slow_search_finds(values, times, anchor):
    values = values * times
    if len(values) - anchor + 1 <= anchor:
        return
    hashes = np.array(values, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert [tuple(r) for r in runs(hashes, anchor).tolist()] == slow_runs(values, anchor)


@LAW
@given(st.lists(st.integers(0, 6), max_size=40), st.lists(st.integers(0, 6), max_size=40))
def test_an_alignment_may_be_tidied_afterwards(a, b):
    one, two = (np.array(x, dtype=np.uint64) for x in (a, b))
    assert tidied(align(one, two, tidy=False), one, two) == align(one, two)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 3000])
def test_the_signature_of_one_text_is_that_of_many(size):
    text = "".join(random.Random(size).choices(LETTERS, k=size + 2 if size else 0))
    hashes, row = sketch(text, [Span(0, len(text))], FINGERPRINT)
    assert (hashes.size > 0) == (size > 0)
    assert np.array_equal(row, signatures(hashes, np.zeros(hashes.size, dtype=np.int64), 1, FINGERPRINT)[0])


@LAW
@given(st.lists(st.lists(st.integers(1, 3), max_size=24), max_size=6), st.integers(1, 4))
def test_texts_are_looked_through_for_runs_together_and_none_reaches_into_another(texts, anchor):
    columns = [np.array(text, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) for text in texts]
    expected = [slow_runs(text, anchor) if len(text) >= 2 * anchor else [] for text in texts]
    assert [[tuple(r) for r in rows.tolist()] for rows in runs_all(columns, anchor)] == expected


def slow_chains(rows: list[list[int]], gap: int, least: int = 0):
    """Return what `_chain` is to return: each run held against each before it, one after another."""
    score = [float(length) for _, _, length in rows]
    back = [-1] * len(rows)
    first_b = [j for _, j, _ in rows]
    for r, (i, j, length) in enumerate(rows):
        for p in range(r - 1, max(-1, r - 1 - _LOOK_BACK), -1):
            pi, pj, plen = rows[p]
            gap_a, gap_b = i - (pi + plen), j - (pj + plen)
            overlap = max(0, -gap_a, -gap_b)
            if overlap >= min(length, plen) or max(gap_a, gap_b) > gap or i + length > first_b[p]:
                continue
            cost = _DRIFT_COST * abs(gap_a - gap_b) + _GAP_COST * max(gap_a, gap_b, 0) + overlap
            total = score[p] - cost + length
            if score[p] > cost and total > score[r]:
                score[r], back[r], first_b[r] = total, p, first_b[p]
    return _trace(rows, score, back, least)


@settings(LAW, max_examples=400)
@given(
    st.lists(st.lists(st.integers(0, 40), min_size=6, max_size=14), min_size=1, max_size=6),
    st.lists(st.integers(0, 5), min_size=2, max_size=24),
    st.sampled_from([5, 40, 300]),
)
def test_runs_are_linked_as_one_held_against_each_before_it(pieces, order, gap):
    values = [value for at in order for value in pieces[at % len(pieces)]]
    rows = runs(np.array(values, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15), 3)
    whole = slow_chains(rows.tolist(), gap)
    assert _chain(rows, gap, 0) == whole
    assert _chain(rows, gap, 9) == [chain for chain in whole if chain.matched >= 9]


def test_many_runs_are_linked_as_few_are(monkeypatch):
    dice = random.Random(11)
    pieces = [[dice.randrange(1 << 60) for _ in range(dice.randint(4, 9))] for _ in range(12)]
    values = [value for _ in range(120) for value in dice.choice(pieces)]
    rows = runs(np.array(values, dtype=np.uint64), 3)
    assert len(rows) > 4 * _LOOK_BACK
    monkeypatch.setattr("stages._runs._ROWS", 50)
    assert _chain(rows, 300, 0) == slow_chains(rows.tolist(), 300)


@settings(LAW, max_examples=300)
@given(
    st.lists(st.sampled_from("甲乙丙丁"), min_size=2, max_size=14),
    st.integers(0, 1 << 16),
    st.integers(1, 60),
    st.integers(1, 9),
)
def test_no_text_is_passed_over_that_could_be_divided_into_two_copies(order, seed, least, line):
    dice = random.Random(seed)
    lines = {name: "".join(dice.choices(LETTERS, k=dice.randint(2, 30))) for name in "甲乙丙丁"}
    text = "\n".join(lines[name] for name in order)
    paragraphs, at = [], 0
    for number, part in enumerate(text.split("\n"), 1):
        paragraphs.append(Paragraph(at, at + len(part), number, number, Role.BODY, ""))
        at += len(part) + 1
    body = body_of(text, tuple(paragraphs), tokens(text))
    rows = runs(body.key.hashes, 6)
    rule, total = CopyRule(0.9, least, line), int(body.at.size)
    starts = [start for start in body.firsts.tolist() if 0 < start < total]
    found = [s for s in starts if _may_be_copies([(0, s), (s, total)], rows, body, rule)]
    may = _may_divide(rows, body.firsts, total, rule)
    assert may or not found
    assert found or not may or line > 1  # then only the lines of these ways were too short
    assert may or not second_starts(rows, body, rule)
