"""Which tier the text bears out, and the scores it gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.align import Side, mirrored
from stages.fingerprint import FingerprintSettings, sketch, tokens
from stages.model import Paragraph, Role, Span, Tier
from stages.verify import VerifySettings, verify

LAW = settings(derandomize=True, deadline=None, max_examples=60)
SETTINGS = VerifySettings()

TITLE = "老码头改建步行桥"
LEAD = "城南的老码头上周开始改建，工人先拆掉了锈坏的栏杆，再把木板一块块取下来编号存放。"
SECOND = "设计师介绍，新桥会沿用原来的石墩，桥面加宽以后，推婴儿车的家长和骑车的学生可以各走一边。"
THIRD = "附近的渔民担心施工影响泊船，项目部答应在上游另辟临时泊位，并安排专人夜间值守。"
FOURTH = "按照安排，桥头还要种上本地的榕树和芦苇，给过往的水鸟留出歇脚的地方。"
ARTICLE = [TITLE, LEAD, SECOND, THIRD, FOURTH]
SHORT = "这些他们都记在墙上的黑板里。"
OTHER = [
    "山区学校迎来新图书",
    "一批新书昨天送到山里的小学，孩子们排着队把纸箱抬进阅览室，忙到天黑才散。",
    "校长说，旧书架太低，老师们打算趁假期自己动手做一排高的，木料由村里的锯木厂捐出。",
]


def side(lines: list[str], roles: list[Role] | None = None) -> Side:
    paragraphs, at = [], 0
    for number, line in enumerate(lines):
        role = roles[number] if roles else (Role.HEADING if number == 0 else Role.BODY)
        paragraphs.append(Paragraph(at, at + len(line), number + 1, number + 1, role))
        at += len(line) + 1
    text = "\n".join(lines)
    shingles, signature = sketch(text, [Span(0, len(text))], FingerprintSettings())
    return Side(text, tuple(paragraphs), tokens(text), shingles, signature)


PAIRS = {
    "itself": (ARTICLE, ARTICLE, Tier.IDENTICAL, True),
    "other punctuation": (ARTICLE, [line.replace("，", ", ") for line in ARTICLE], Tier.KEY_EQUAL, True),
    "a few characters": (
        ARTICLE,
        [TITLE, LEAD.replace("锈坏", "生锈"), SECOND, THIRD, FOURTH],
        Tier.NEAR,
        True,
    ),
    "other title": (ARTICLE, ["城南要有新桥了", *ARTICLE[1:]], Tier.NEAR, True),
    "a short addition": (ARTICLE, [*ARTICLE, "工程预计明年春天结束。"], Tier.NEAR, True),
    "a truncated copy": (ARTICLE, ARTICLE[:3], Tier.CONTAINED, True),
    "a roundup that holds it": (ARTICLE[:3], [*OTHER, *OTHER[1:], *ARTICLE[:3]], Tier.CONTAINED, False),
    "one paragraph in common": (ARTICLE, [*OTHER, SECOND], Tier.SHARED, False),
    "nothing in common": (ARTICLE, OTHER, Tier.REJECTED, False),
    "paragraphs in another order": (ARTICLE, [TITLE, FOURTH, THIRD, SECOND, LEAD], Tier.NEAR, True),
    "a last sentence cut off": (ARTICLE[:4], [*ARTICLE[:3], THIRD[:15]], Tier.NEAR, True),
    "a sentence left out of each paragraph": (
        [TITLE, *(line + SHORT for line in ARTICLE[1:])],
        ARTICLE,
        Tier.CONTAINED,
        True,
    ),
    "edited, and in another order": (
        ARTICLE,
        [TITLE, FOURTH.replace("芦苇", "菖蒲"), THIRD.replace("担心", "发愁"), SECOND, LEAD],
        Tier.NEAR,
        True,
    ),
    "one paragraph, cut": (["".join(ARTICLE)], ["".join(ARTICLE)[:90]], Tier.CONTAINED, True),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_text_decides_the_tier_and_the_lead_both_ways_round(name):
    a, b, tier, lead = PAIRS[name]
    found = verify(side(a), side(b), SETTINGS)
    assert (found.tier, found.shares_lead) == (tier, lead)
    back = verify(side(b), side(a), SETTINGS)
    assert (back.tier, back.shares_lead) == (tier, lead)
    assert back.ops == mirrored(found.ops)
    assert (back.scores.a_in_b, back.scores.b_in_a) == (found.scores.b_in_a, found.scores.a_in_b)
    assert (back.scores.a_aligned, back.scores.identity) == (found.scores.b_aligned, found.scores.identity)


@pytest.mark.parametrize("name", PAIRS)
def test_every_token_of_both_is_named_once(name):
    a, b = side(PAIRS[name][0]), side(PAIRS[name][1])
    found = verify(a, b, SETTINGS)
    if not found.ops:
        assert found.tier in (Tier.IDENTICAL, Tier.REJECTED, Tier.SHARED)
        return
    assert sorted(i for op in found.ops for i in range(op.a0, op.a1)) == list(range(len(a.tokens)))
    assert sorted(i for op in found.ops for i in range(op.b0, op.b1)) == list(range(len(b.tokens)))
    for op in found.ops:
        if op.kind == "equal":
            assert np.array_equal(a.tokens.hashes[op.a0 : op.a1], b.tokens.hashes[op.b0 : op.b1])


def test_a_pair_below_the_floor_is_rejected_without_alignment():
    found = verify(side(ARTICLE), side(OTHER), SETTINGS)
    assert found.ops == ()
    assert found.scores.identity == found.scores.a_aligned == 0


def test_empty_texts_are_equal_to_each_other_alone():
    assert verify(side([""]), side([""]), SETTINGS).tier is Tier.IDENTICAL
    assert verify(side([""]), side(ARTICLE), SETTINGS).tier is Tier.REJECTED
    assert verify(side(["……"]), side(["！"]), SETTINGS).tier is Tier.REJECTED


@LAW
@given(st.lists(st.tuples(st.integers(0, 150), st.sampled_from("桥水木石路灯")), max_size=30))
def test_scores_are_fractions_of_four_decimals_and_fall_no_tier_with_few_edits(edits):
    text = "".join(ARTICLE)
    changed = list(text)
    for at, new in edits:
        changed[at] = new
    found = verify(side([text]), side(["".join(changed)]), SETTINGS)
    scores = found.scores
    for value in (
        scores.estimate,
        scores.jaccard,
        scores.a_in_b,
        scores.b_in_a,
        scores.identity,
        scores.a_aligned,
    ):
        assert 0 <= value <= 1
        assert value == round(value, 4)
    if len(edits) <= 8:
        assert found.tier in (Tier.IDENTICAL, Tier.NEAR)


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity": 0},
        {"coverage": 1.5},
        {"floor": -1},
        {"reordered": 2},
        {"lead_share": 0},
        {"shared_chars": 0},
    ],
)
def test_settings_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        VerifySettings(**wrong)
