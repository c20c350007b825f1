"""Fingerprint: the key's tokens, shingles, and signatures that are datasketch's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.fingerprint import (
    EMPTY,
    FingerprintSettings,
    fingerprint,
    joined,
    key_string,
    minhash,
    owners,
    shingles,
    signatures,
    similarity,
    sketch,
    tokens,
)
from stages.model import Span, Tokens

LAW = settings(derandomize=True, deadline=None, max_examples=100)
DEFAULT = FingerprintSettings()
TEXTS = st.text(
    st.sampled_from("海湾渡轮今日首航，。 \n12,.%-abAB é汉漢０９ﾊﾟ한글ไทย😀\u200b\ufffd"), max_size=80
)

# (text, key, why): each kind was met in news of the language named
KEYS = [
    ("今年，增长5%；同比（上年）提高！", "今年增长5%同比上年提高", "zh: punctuation is no part of the key"),
    ("涨3.5%", "涨3.5%", "zh: a decimal point is"),
    ("涨35%", "涨35%", "zh"),
    ("气温-5℃", "气温-5°c", "zh: so is a sign"),
    ("共１，２３４元", "共1234元", "zh: width and thousands"),
    ("共1,234.50元", "共1234.50元", "zh: thousands go, decimals stay"),
    ("2019—2020年", "2019-2020年", "zh: dashes in a range"),
    ("比例1∶20", "比例1:20", "zh: the ratio sign"),
    ("臺灣颱風", "台湾台风", "zh-TW: traditional to simplified"),
    (
        "乾隆皇帝吃乾麵，扭轉乾坤",
        "乾隆皇帝吃干面扭转乾坤",
        "zh-TW: a character with two simplified forms goes by phrase",
    ),
    ("乾县的干部", "乾县的干部", "zh: so does the simplified spelling of such a phrase"),
    (
        "瞭解計畫的答覆，瞭望塔覆蓋",
        "了解计划的答复瞭望塔覆盖",
        "zh-TW: in the one word it changes, in the other not",
    ),
    ("慰藉與藉口，狼藉", "慰藉与借口狼藉", "zh-TW: a phrase that keeps it is longer or comes first"),
    ("沈默的瀋陽人姓沈", "沉默的沈阳人姓沈", "zh-TW"),
    ("徵求魏徵的意見，宮商角徵羽", "征求魏徵的意见宫商角徵羽", "zh-TW: the note and the name"),
    ("著名著作，穿著", "著名著作穿著", "zh-TW: as OpenCC has it"),
    ("计画をたてる\n計畫", "计画をたてる计划", "ja beside zh: only the line with kana is left alone"),
    ("打坏了门，于是换了", "打坏了门于是换了", "zh: simplified text stays"),
    ("1,234,567 1,23 12,3456", "1234567 1 23 12 3456", "a comma groups three digits and no other number"),
    ("3~5～8 10:30 1/2 a/b", "3~5~8 10:30 1/2 a b", "joiners between digits only"),
    ("5‰ +3% -3% —3 C-3", "5‰ +3% -3% -3 c 3", "per mille and signs"),
    ("国際鉄道の発展", "国際鉄道の発展", "ja: lines with kana are left alone"),
    ("COVID-19 and U.S.-China", "covid 19 and u s china", "en: a hyphen after a letter is no sign"),
    ("10² km", "10^2 km", "en: a power is not 102"),
    ("Straße", "strasse", "de: case folding"),
    ("İSTANBUL", "istanbul", "tr: no dot above is left"),
    ("한국 정부는", "한국정부는", "ko: spacing varies between outlets"),
    ("2020 年 12 月 SAP 中国", "2020年12月sap中国", "zh: spaces next to Han go"),
    ("中国\ufffd人民\u200b", "中国人民", "zh: lost and invisible characters are ignored"),
    ("", "", "nothing"),
    ("……——", "", "only marks"),
]


@pytest.mark.parametrize(("text", "key", "why"), KEYS)
def test_the_key_is(text, key, why):
    assert key_string(text) == key, why


def test_a_token_is_a_character_or_a_word_with_its_place():
    key = tokens("渡轮 ferry 2.5米。")
    assert [(int(s), int(e), int(k)) for s, e, k in zip(key.starts, key.ends, key.kinds, strict=True)] == [
        (0, 1, 0),
        (1, 2, 0),
        (3, 8, 1),
        (9, 12, 2),
        (12, 13, 0),
    ]


@LAW
@given(TEXTS)
def test_tokens_are_in_order_inside_the_text_and_do_not_overlap(text):
    key = tokens(text)
    assert (key.starts < key.ends).all()
    assert (key.ends[:-1] <= key.starts[1:]).all()
    assert not len(key) or int(key.ends[-1]) <= len(text)


@LAW
@given(TEXTS, TEXTS)
def test_equal_keys_are_equal_hashes_and_the_other_way_round(a, b):
    assert (key_string(a) == key_string(b)) == (tokens(a).hashes.tolist() == tokens(b).hashes.tolist())


@LAW
@given(st.lists(TEXTS, max_size=6), st.sampled_from([1, 2, 3, 5]), st.sampled_from([8, 128]))
def test_signatures_are_datasketch_bit_for_bit(lines, shingle, permutations):
    chosen = FingerprintSettings(shingle=shingle, permutations=permutations, seed=7)
    lines = [line.replace("\n", " ") for line in lines]
    text = "\n".join(lines)
    spans, at = [], 0
    for line in lines:
        spans.append(Span(at, at + len(line)))
        at += len(line) + 1
    rows = fingerprint(text, spans, chosen)
    key = tokens(text)
    hashes, owner = shingles(key, owners(key, spans), chosen)
    for n in range(len(lines)):
        assert rows[n].tolist() == minhash(hashes[owner == n], chosen).hashvalues.tolist()


def test_a_signature_of_nothing_is_datasketchs_empty_one():
    assert fingerprint("。。", [Span(0, 2)], DEFAULT).tolist() == [[int(EMPTY)] * 128]
    assert minhash(np.zeros(0, dtype=np.uint32), DEFAULT).hashvalues.tolist() == [int(EMPTY)] * 128
    assert signatures(np.zeros(0, np.uint32), np.zeros(0, np.int64), 2, DEFAULT).shape == (2, 128)


@LAW
@given(TEXTS, TEXTS)
def test_similarity_is_what_sets_say(a, b):
    sketches = [sketch(t, [Span(0, len(t))], DEFAULT) for t in (a, b)]
    sets = [set(s[0].tolist()) for s in sketches]
    found = similarity(*sketches)
    union = sets[0] | sets[1]
    assert found.jaccard == (round(len(sets[0] & sets[1]) / len(union), 4) if union else 1.0)
    assert found.a_in_b == (round(len(sets[0] & sets[1]) / len(sets[0]), 4) if sets[0] else 1.0)
    assert 0 <= found.estimate <= 1


def test_shingles_never_cross_an_owner():
    text = "海湾渡轮首航\n今日开通"
    spans = [Span(0, 6), Span(7, 11)]
    key = tokens(text)
    hashes, owner = shingles(key, owners(key, spans), DEFAULT)
    assert owner.tolist() == [0, 0, 0, 0, 1, 1]
    alone = tokens("今日开通")
    again, _ = shingles(alone, owners(alone, [Span(0, 4)]), DEFAULT)
    assert hashes[owner == 1].tolist() == again.tolist()


@pytest.mark.parametrize("bad", [{"shingle": 0}, {"permutations": 0}, {"seed": -1}])
def test_bad_settings_say_what_is_wrong(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        FingerprintSettings(**bad)


@LAW
@given(st.lists(TEXTS, max_size=6))
def test_the_tokens_of_joined_texts_are_those_of_each(texts):
    text, begins = joined(texts)
    key = tokens(text)
    found = [
        (hashed, start, end, kind)
        for hashed, start, end, kind in zip(*(column.tolist() for column in columns(key)), strict=True)
    ]
    alone = [
        (hashed, start + at, end + at, kind)
        for one, at in zip(map(tokens, texts), begins.tolist(), strict=True)
        for hashed, start, end, kind in zip(*(column.tolist() for column in columns(one)), strict=True)
    ]
    assert found == alone


def columns(key):
    return key.hashes, key.starts, key.ends, key.kinds


@LAW
@given(TEXTS, st.lists(st.integers(0, 80), max_size=8))
def test_an_owner_is_the_span_that_holds_the_token(text, edges):
    edges = sorted(edges)
    spans = [Span(*pair) for pair in zip(edges[::2], edges[1::2], strict=False)]
    key = tokens(text)
    holding = [
        next((n for n, span in enumerate(spans) if span.start <= start and end <= span.end), -1)
        for start, end in zip(key.starts.tolist(), key.ends.tolist(), strict=True)
    ]
    assert owners(key, spans).tolist() == holding


@LAW
@given(TEXTS, st.lists(st.integers(-1, 2), max_size=4), st.integers(1, 5))
def test_shingles_are_runs_of_one_owner_in_order(text, pattern, shingle):
    key = tokens(text)
    owner = np.sort(np.resize(np.array(pattern or [-1]), len(key)))
    chosen = FingerprintSettings(shingle=shingle)
    found, whose = shingles(key, owner, chosen)
    slow = []
    for one in sorted(set(owner.tolist()) - {-1}):
        hashes = key.hashes[owner == one]
        for at in range(max(1, hashes.size - shingle + 1)):
            run = Tokens(hashes[at : at + shingle], *[np.zeros(min(shingle, hashes.size), np.int64)] * 3)
            slow += [(*shingles(run, np.zeros(len(run), np.int64), chosen)[0].tolist(), one)]
    assert list(zip(found.tolist(), whose.tolist(), strict=True)) == slow
