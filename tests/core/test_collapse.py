"""Collapse: what stands twice goes, what may be meant stays, and nothing unique is cut."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.collapse import CollapseSettings, collapse
from stages.fingerprint import FingerprintSettings, key_string, similarity, sketch, tokens
from stages.model import Paragraph, RepeatClass, Role, Span
from stages.render import render

LAW = settings(derandomize=True, deadline=None, max_examples=60)
HAN = "山水风云花木石桥路灯船港村镇街巷河湖海岛春夏秋冬晨昏日月星雨雪霜人家门窗书报纸笔墨声色光影早晚行走来去看听说读写问答想念知晓建修开关收放种养买卖送取"
WORDS = [
    "river",
    "harbour",
    "morning",
    "council",
    "bridge",
    "market",
    "window",
    "paper",
    "teacher",
    "garden",
    "winter",
    "station",
    "music",
    "village",
    "ladder",
]


def sentence(dice, length):
    return "".join(dice.choice(HAN) for _ in range(length)) + "。"


def chinese(seed, paragraphs=10):
    dice = random.Random(seed)
    return [
        "".join(sentence(dice, dice.randint(18, 40)) for _ in range(dice.randint(2, 4)))
        for _ in range(paragraphs)
    ]


def english(seed, paragraphs=8):
    dice = random.Random(seed)
    return [
        " ".join(dice.choice(WORDS) + str(dice.randint(2, 999)) for _ in range(40)) + "."
        for _ in range(paragraphs)
    ]


def found(lines):
    text = "".join(line + "\n" for line in lines)
    paragraphs, at = [], 0
    for number, line in enumerate(lines, 1):
        if line.strip():
            role = Role.HEADING if len(line) < 30 and line[-1] not in "。.：:" else Role.BODY
            paragraphs.append(Paragraph(at, at + len(line), number, number, role))
        at += len(line) + 1

    def alike(a, b):
        both = [
            sketch(
                text,
                [p.span for p in paragraphs if any(s.start <= p.start < s.end for s in spans)],
                FingerprintSettings(),
            )
            for spans in (a, b)
        ]
        s = similarity(*both)
        return s.estimate, s.jaccard, s.a_in_b, s.b_in_a

    repeats = collapse(text, tuple(paragraphs), tokens(text), CollapseSettings(), similarity=alike)
    cuts = sorted(c for r in repeats for c in r.cuts)
    return repeats, render(text, cuts).split("\n")[:-1], text


@pytest.mark.parametrize("article", [chinese(1), english(1)], ids=["chinese", "english"])
@pytest.mark.parametrize("copies", [2, 3, 5])
def test_whole_copies_leave_one(article, copies):
    repeats, kept, _ = found(article * copies)
    assert kept == article
    assert [r.cls for r in repeats] == [RepeatClass.COPY] * (copies - 1)
    n = len(article)
    assert [(r.kept_lines, r.removed_lines) for r in repeats] == [
        ((1, n), (k * n + 1, k * n + n)) for k in range(1, copies)
    ]
    assert all(r.lines_equal == r.lines_total == n for r in repeats)
    assert all(r.scores.estimate == r.scores.jaccard == 1.0 for r in repeats)


def test_the_most_complete_copy_stays_whole():
    article = chinese(2)
    assert found(article[:6] + article)[1] == article
    assert found(article + article[:6])[1] == article
    assert found(article + article[2:])[1] == article


def test_a_paragraph_that_only_the_other_copy_has_stays():
    article, extra = chinese(3), chinese(4, 1)
    kept = found([*article, *article[:4], *extra, *article[4:8]])[1]
    assert kept == [*article, *extra]


def test_a_sentence_that_only_the_other_copy_has_keeps_its_paragraph():
    article, extra = chinese(5), sentence(random.Random(9), 24)
    other = [*article[:3], article[3] + extra, *article[4:]]
    kept = found([*article, *other[:-1]])[1]
    assert extra in "".join(kept)


@pytest.mark.parametrize("alone", ["Nobody sold fish that evening.", "The bell rang until noon."])
def test_a_short_sentence_that_only_the_other_copy_has_stays(alone):
    article = english(20, 4)
    other = [*article[:-1], f"{article[-1]} {alone}"]
    assert alone in "\n".join(found([*article, *other])[1])
    middle = [*article[:1], f"{alone} {article[1]}", *article[2:]]
    assert alone in "\n".join(found([*article, *middle])[1])


def test_figures_that_differ_between_copies_are_said():
    article = chinese(6)
    article[2] = "渡口今年运送旅客三千二百一十五人次，比去年多出四成。" + article[2]
    other = [line.replace("三千二百一十五", "三千九百一十五") for line in article]
    (repeat,) = found(article + other)[0]
    assert repeat.cls is RepeatClass.COPY
    assert repeat.figures_differ
    assert any("2" in d.a_text or "二" in d.a_text for d in repeat.differences)


def test_a_copy_in_another_order_goes_stretch_by_stretch():
    article = chinese(20)
    other = [*article[:2], *article[6:], *article[2:4], *reversed(article[4:6])]
    repeats, kept, _ = found(article + other)
    assert kept == article
    assert {r.cls for r in repeats} == {RepeatClass.COPY}
    assert (3, 4) in {r.kept_lines for r in repeats}


def test_what_a_copy_in_another_order_has_alone_stays():
    article, extra = chinese(21), chinese(22, 1)
    kept = found([*article, *article[:2], *article[7:], *extra, *article[2:7]])[1]
    assert sorted(kept) == sorted([*article, *extra])  # the second one is the more complete


def test_an_abridged_copy_goes_and_the_whole_one_stays():
    article = chinese(23)
    short = [article[0], *(line[: line.index("。") + 1] for line in article[1:])]
    repeats, kept, _ = found(article + short)
    assert kept == article
    assert [r.cls for r in repeats] == [RepeatClass.COPY]


def test_an_edited_headline_goes_with_its_copy():
    article = ["渡口改点以后的第一天", *chinese(24, 3)]
    kept = found([*article, "渡口换点以后是第一日", *article[1:]])[1]
    assert kept == article


def test_another_headline_stays():
    article = ["渡口改点以后的第一天", *chinese(25, 3)]
    kept = found([*article, "一名船工与他的老怀表", *article[1:]])[1]
    assert sorted(kept) == sorted([*article, "一名船工与他的老怀表"])


def test_a_block_sent_twice_goes_and_its_class_is_block():
    article = chinese(7, 14)
    repeats, kept, _ = found([*article[:6], *article[3:6], *article[6:]])
    assert kept == article
    assert [r.cls for r in repeats] == [RepeatClass.BLOCK]


def test_one_long_paragraph_sent_twice_is_class_paragraph():
    article = chinese(8, 12)
    long = max(article[:7], key=len)
    repeats, kept, _ = found([*article[:7], long, *article[7:]])
    assert kept == article
    assert [r.cls for r in repeats] == [RepeatClass.PARAGRAPH]


def test_the_same_passage_in_two_items_of_a_bulletin_stays():
    a, b, shared = chinese(9, 4), chinese(10, 4), chinese(11, 2)
    lines = ["码头晨会今日举行", *a, *shared, "商会茶会今晚举行", *b, *shared]
    repeats, kept, _ = found(lines)
    assert kept == lines
    assert {r.cls for r in repeats} == {RepeatClass.RECURRING}


@pytest.mark.parametrize(
    ("first", "second"),
    [("一、码头晨会今日举行", "二、商会茶会今晚举行"), ("码头晨会今日举行", "商会茶会今晚举行")],
    ids=["numbered", "not numbered"],
)
def test_a_list_near_the_start_that_closes_another_item_is_no_cut_copy(first, second):
    (present,), (body,) = chinese(16, 1), chinese(17, 1)
    lines = [first, "当天的雾很大", present, second, body, present]
    repeats, kept, _ = found(lines)
    assert kept == lines
    assert {r.cls for r in repeats} == {RepeatClass.RECURRING}


def test_a_list_that_is_all_of_two_numbered_items_stays():
    present = chinese(18, 3)
    lines = ["一、码头晨会", *present, "二、商会茶会", *present]
    assert found(lines)[1] == lines


def test_a_cut_copy_under_the_headline_goes_though_the_text_has_numbered_parts():
    lead, *parts = chinese(19, 4)
    article = [
        "码头晨会今日举行",
        lead,
        *(x for n, p in zip("一二三", parts, strict=True) for x in (f"{n}、潮水", p)),
    ]
    assert found([*article, *article[:2]])[1] == article


def test_a_refrain_stays():
    dice = random.Random(12)
    refrain = [sentence(dice, 9) for _ in range(4)]
    verses = [[sentence(dice, 9) for _ in range(4)] for _ in range(4)]
    lines = [line for verse in verses for line in (*verse, *refrain)]
    repeats, kept, _ = found(lines)
    assert kept == lines
    assert all(not r.cuts for r in repeats)


def test_labels_and_short_lines_stay():
    dice = random.Random(13)
    lines = [
        line for n in range(12) for line in ("记者：", sentence(dice, 20 + n), "答：", sentence(dice, 60))
    ]
    assert found(lines)[1] == lines


def test_paragraphs_that_differ_in_figures_are_no_repeat():
    lines = chinese(14, 3)
    for points in ("三", "五", "七"):
        lines.append(
            f"本轮主队在第{points}节以大比分领先并一直保持到终场，观众席上响起长时间的掌声，教练在场边与每一名队员击掌庆祝，随后接受了本地电台的采访。"
        )
    assert found(lines)[1] == lines


def test_furniture_between_copies_is_not_compared():
    article = chinese(15)
    text = "".join(line + "\n" for line in [*article, "分享到", *article])
    paragraphs, at = [], 0
    for number, line in enumerate(text.split("\n")[:-1], 1):
        role = Role.FURNITURE if line == "分享到" else Role.BODY
        paragraphs.append(Paragraph(at, at + len(line), number, number, role))
        at += len(line) + 1
    repeats = collapse(
        text,
        tuple(paragraphs),
        tokens(text),
        CollapseSettings(),
        similarity=lambda _a, _b: (1.0, 1.0, 1.0, 1.0),
    )
    assert [r.cls for r in repeats] == [RepeatClass.COPY]
    assert repeats[0].kept_lines == (1, len(article))


@LAW
@given(st.integers(0, 10**6), st.data())
def test_what_is_cut_is_also_kept(seed, data):
    """Any shuffle of copies, parts and other text: each cut key run stands in what is kept."""
    article, other = chinese(seed, 6), chinese(seed + 1, 3)
    pieces = data.draw(
        st.lists(st.sampled_from([(0, 6), (0, 3), (3, 6), (1, 4), (-1, 0), (-2, 0)]), min_size=1, max_size=5)
    )
    lines = []
    for first, last in pieces:
        lines += article[first:last] if first >= 0 else [other[first]]
    repeats, kept, text = found(lines)
    whole = key_string("".join(kept))
    for repeat in repeats:
        for cut in repeat.cuts:
            for line in text[cut.start : cut.end].split("\n"):
                assert key_string(line) in whole
    assert found(kept)[1] == kept


@LAW
@given(st.lists(st.text(st.sampled_from("山水。 \nab1"), max_size=30), max_size=12))
def test_any_text_gives_cuts_inside_it_and_a_second_round_finds_nothing(lines):
    lines = [line.replace("\n", " ").strip() for line in lines if line.strip()]
    repeats, kept, text = found(lines)
    for repeat in repeats:
        assert all(0 <= c.start < c.end <= len(text) for c in repeat.cuts)
        assert repeat.cls is not RepeatClass.RECURRING or not repeat.cuts
    assert found(kept)[1] == kept


def test_a_span_of_the_kept_text_is_named_for_every_repeat():
    article = chinese(16)
    for repeat in found(article * 2)[0]:
        assert isinstance(repeat.kept, Span)
        assert repeat.kept.end <= repeat.removed.start


@pytest.mark.parametrize("bad", [{"copy_share": 0.2}, {"anchor": 0}, {"identity": 1.2}, {"rounds": 0}])
def test_bad_settings_say_what_is_wrong(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        CollapseSettings(**bad)


def test_a_figure_that_only_the_cut_copy_has_is_told():
    """Fewer tokens than `residue` are an edit, so the copy goes; the year in it must not go unsaid."""
    article = chinese(23, 8)
    long = max(range(8), key=lambda n: len(article[n]))
    middle = len(article[long]) // 2
    edited = article[long][:middle] + "早在2019年" + article[long][middle:]
    copy = [*article[:long], edited, *article[long + 1 :]]
    repeats, kept, _ = found([*article, *copy])
    assert kept == article
    assert [r.figures_differ for r in repeats] == [True]
    repeats, kept, _ = found([*copy, *article])
    assert kept == copy
    assert [r.figures_differ for r in repeats] == [False]  # what stays has it
