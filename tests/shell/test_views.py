"""Views: what of a document is compared does not depend on what is compared beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import views as module
from pipeline.packs import ROLES, Sheet, sheet_of
from pipeline.passes import prepare
from pipeline.readers import Record
from pipeline.settings import load
from pipeline.views import compare, sketches, views
from stages.candidates import openings, sampled_runs
from stages.fingerprint import key_hash, minhash, owners, shingles, tokens
from stages.guard import guard
from stages.model import Metadata, Role
from stages.verify import verify

LAW = settings(derandomize=True, deadline=None, max_examples=30)
SETTINGS = load(None, {})
LINES = st.lists(
    st.text(st.sampled_from("海湾渡轮今日首航，。 12,.%-abAB漢のﾊﾟ한"), min_size=1, max_size=20), max_size=8
)


@st.composite
def sheets(draw):
    lines = [line for line in draw(LINES) if line.strip()]
    text = "\n".join(lines)
    ends = np.cumsum([len(line) + 1 for line in lines], dtype=np.int32) - 1
    roles = draw(st.lists(st.integers(0, 3), min_size=len(lines), max_size=len(lines)))
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4, unique=True)))
    sheet = Sheet(
        text=text,
        starts=(ends - [len(line) for line in lines]).astype(np.int32),
        ends=ends,
        roles=np.array(roles, dtype=np.uint8),
        cuts=np.array(edges[: len(edges) // 2 * 2], dtype=np.int32).reshape(-1, 2),
        keys=np.zeros(len(lines), dtype=np.uint64),
        sizes=np.zeros(len(lines), dtype=np.int32),
    )
    return sheet, [n for n in range(len(lines)) if draw(st.booleans())]


def told(side):
    key = side.tokens
    columns = (key.hashes, key.starts, key.ends, key.kinds, side.shingles, side.signature)
    return side.text, side.paragraphs, *(column.tolist() for column in columns)


@LAW
@given(st.lists(sheets(), max_size=5), st.sampled_from([1, 40, 1 << 15]))
def test_a_view_is_the_same_whatever_stands_beside_it(some, together):
    alone = [told(side) for one in some for side in views([one], SETTINGS)]
    before, module.BATCH = module.BATCH, together
    try:
        assert [told(side) for side in views(some, SETTINGS)] == alone
    finally:
        module.BATCH = before


def sketched(side):
    """What a sketch is to say of a view, from its tokens and paragraphs."""
    key = side.tokens
    numbers = sorted(key.hashes[key.kinds == 2].tolist())
    figures = 0
    for place, number in enumerate(numbers):
        figures ^= (number * 0x9E3779B97F4A7C15 + place) % (1 << 64)
    chosen = openings([p.role for p in side.paragraphs])
    firsts = key.starts.searchsorted([side.paragraphs[n].start for n in chosen]).tolist()
    runs = sampled_runs(key.hashes, SETTINGS.candidates, firsts)
    characters = int((key.ends - key.starts).sum())
    return key_hash(key), figures, len(key), characters, side.signature.tolist(), runs.tolist()


@LAW
@given(st.lists(sheets(), max_size=5), st.sampled_from([1, 40, 1 << 15]))
def test_a_sketch_says_of_a_view_what_its_tokens_say_whatever_stands_beside_it(some, together):
    expected = [sketched(side) for side in views(some, SETTINGS)]
    before, module.BATCH = module.BATCH, together
    try:
        found = [
            (s.key, s.figures, s.tokens, s.characters, s.signature.tolist(), s.runs.tolist())
            for s in sketches(some, SETTINGS)
        ]
    finally:
        module.BATCH = before
    assert found == expected


@LAW
@given(st.lists(st.tuples(sheets(), sheets()), max_size=4))
def test_a_pair_is_judged_alike_whatever_is_compared_beside_it(some):
    pairs = [tuple(views(pair, SETTINGS)) for pair in some]
    alone = [guard(a, b, verify(a, b, SETTINGS.verify), SETTINGS.guard) for a, b in pairs]
    assert list(compare(pairs, SETTINGS)) == alone


@LAW
@given(sheets())
def test_a_view_is_sketched_as_datasketch_does(one):
    (side,) = views([one], SETTINGS)
    key = tokens(side.text)
    hashes, _ = shingles(key, owners(key, [p.span for p in side.paragraphs]), SETTINGS.fingerprint)
    assert key.hashes.tolist() == side.tokens.hashes.tolist()
    assert side.shingles.tolist() == sorted(set(hashes.tolist()))
    assert side.signature.tolist() == minhash(hashes, SETTINGS.fingerprint).hashvalues.tolist()


@LAW
@given(st.lists(sheets(), min_size=1, max_size=3), st.sampled_from([1, 1 << 15]))
def test_of_what_comes_again_the_view_is_made_once_and_sketched_once(some, together):
    made = []
    joined = module._joined

    def counted(shown, settings):
        made.extend((one.text, *map(tuple, (one.starts, one.ends, one.roles))) for one in shown)
        return joined(shown, settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_joined", counted)
        patch.setattr(module, "BATCH", together)
        for make in (sketches, views):
            made.clear()
            twice = list(make([*some, *some], SETTINGS))
            assert all(a is b for a, b in zip(twice[: len(some)], twice[len(some) :], strict=True))
            assert len(made) == len(set(made))


def test_furniture_and_repeats_are_not_compared():
    lines = ["海湾渡轮今日首航", "第一班船载客八百人。", "分享到微博", "第一班船载客八百人。", "返回首页"]
    ends = np.cumsum([len(line) + 1 for line in lines], dtype=np.int32) - 1
    starts = (ends - [len(line) for line in lines]).astype(np.int32)
    roles = np.array([ROLES.index(r) for r in (Role.HEADING, *[Role.BODY] * 3, Role.FURNITURE)], np.uint8)
    empty = np.zeros(len(lines), dtype=np.uint64)
    repeat = np.array([[starts[3], ends[3] + 1]], dtype=np.int32)
    sheet = Sheet("\n".join(lines), starts, ends, roles, repeat, empty, empty.astype(np.int32))
    (side,) = views([(sheet, [2])], SETTINGS)
    assert side.text.split() == lines[:2]
    assert [(side.text[p.start : p.end], p.role) for p in side.paragraphs] == [
        (lines[0], Role.HEADING),
        (lines[1], Role.BODY),
    ]


def test_a_sheet_says_what_the_facts_of_its_document_do():
    record = Record(
        0, 0, 0, "海湾渡轮今日首航\n\n第一班船载客八百人，沿途停靠四个码头。", "txt", Metadata(), "", ""
    )
    document = prepare(record, SETTINGS)
    sheet, paragraphs = sheet_of(document), document.found.paragraphs
    told = zip(sheet.starts.tolist(), sheet.ends.tolist(), sheet.roles.tolist(), strict=True)
    assert [(p.start, p.end, p.role) for p in paragraphs] == [(s, e, ROLES[r]) for s, e, r in told]
    assert sheet.text == document.text
