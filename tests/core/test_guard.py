"""What may not be removed: changed figures, dates, negations; substance of one side; names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.align import Side
from stages.fingerprint import FingerprintSettings, sketch, tokens
from stages.guard import GuardSettings, guard
from stages.model import Paragraph, Role, Span, Tier, Verdict
from stages.verify import VerifySettings, verify

LAW = settings(derandomize=True, deadline=None, max_examples=80)

TITLE = "湖区渡船恢复通航"
META = "2024-03-05 08:10 来源：湖畔新闻"
LEAD = "湖区的渡船本周三恢复通航，首班船早上六点半离开东岸，载着赶集的村民和两筐活鱼驶向镇上。"
COUNT = "码头管理处统计，全天共有211人乘船，比停航前多出三成，气温只有-2.5℃，甲板上仍然站满了人。"
RULE = "船长提醒，风力超过六级时渡船不会开航，乘客可以在候船室等待，票款当天退还。"
HISTORY = "这条航线开通于二〇〇三年，从前木船摇一趟要花五十分钟，换了机器船以后快了许多。"
END = "管理处打算在夏天添置新的救生衣，并给岸边的石阶装上扶手，方便老人上下。"
BODY = [LEAD, COUNT, RULE, HISTORY, END]
ARTICLE = [TITLE, META, *BODY]
ADDED = "对岸的茶农听说消息后，连夜把新茶装进竹篓准备出售。"


def side(lines: list[str]) -> Side:
    paragraphs, at = [], 0
    for number, line in enumerate(lines):
        role = (
            Role.METADATA if "来源：" in line else Role.BODY if "。" in line or "." in line else Role.HEADING
        )
        paragraphs.append(Paragraph(at, at + len(line), number + 1, number + 1, role))
        at += len(line) + 1
    text = "\n".join(lines)
    shingles, signature = sketch(text, [Span(0, len(text))], FingerprintSettings())
    return Side(text, tuple(paragraphs), tokens(text), shingles, signature)


def judge(a: list[str], b: list[str], rules: GuardSettings | None = None) -> Verdict:
    one, two = side(a), side(b)
    return guard(one, two, verify(one, two, VerifySettings()), rules or GuardSettings())


def swapped(verdict: Verdict) -> Verdict:
    other = {"only_a": "only_b", "only_b": "only_a"}
    return replace(
        verdict,
        only_a=verdict.only_b,
        only_b=verdict.only_a,
        differences=tuple(
            replace(d, a=d.b, b=d.a, a_text=d.b_text, b_text=d.a_text, kind=other.get(d.kind, d.kind))
            for d in verdict.differences
        ),
        scores=replace(
            verdict.scores,
            a_in_b=verdict.scores.b_in_a,
            b_in_a=verdict.scores.a_in_b,
            a_aligned=verdict.scores.b_aligned,
            b_aligned=verdict.scores.a_aligned,
        ),
        reason="",
    )


def changed(old: str, new: str) -> list[str]:
    assert any(old in line for line in ARTICLE)
    return [line.replace(old, new) for line in ARTICLE]


VARIANTS = {
    "a number": ("211人", "221人", "number", "211", "221"),
    "a decimal": ("-2.5℃", "-2.6℃", "number", "-2.5", "-2.6"),
    "a sign": ("-2.5℃", "2.5℃", "number", "-2.5", "2.5"),
    "a share": ("三成", "四成", "number", "三成", "四成"),
    "a Chinese numeral": ("五十分钟", "五十五分钟", "number", "五十", "五十五"),
    "a Chinese year": ("二〇〇三", "二〇〇四", "number", "二〇〇三", "二〇〇四"),
    "a weekday": ("周三", "周四", "date", "周三", "周四"),
    "a negation taken out": ("不会开航", "会开航", "negation", "不", ""),
    "a negation put in": ("可以在候船室", "不可以在候船室", "negation", "", "不"),
    "a number in place of a vague word": ("两筐", "数筐", "number", "两", "数"),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_texts_that_differ_in_a_figure_date_or_negation_are_variants(name):
    old, new, kind, a_text, b_text = VARIANTS[name]
    found = judge(ARTICLE, changed(old, new))
    assert found.tier is Tier.VARIANT
    first = found.differences[0]
    assert first.kind == kind
    assert a_text in first.a_text
    assert b_text in first.b_text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3死5伤", "5死3伤"),
        ("3比2", "2比3"),
        ("5%", "5.5%"),
        ("1月2日", "2月1日"),
        ("百分之五", "百分之六"),
        ("12日", "13日"),
    ],
)
def test_figures_are_seen_whole_though_their_characters_align(old, new):
    lines = [*ARTICLE, "管理处附上的说明写道：" + old + "，其余一切照旧，请大家放心。"]
    assert judge(lines, [line.replace(old, new) for line in lines]).tier is Tier.VARIANT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("三成", "30%"),
        ("二〇〇三年", "2003年"),
        ("211人", "２１１人"),
        ("五十分钟", "50分钟"),
        ("六级", "6级"),
    ],
)
def test_one_figure_written_in_two_ways_is_no_variant(old, new):
    found = judge(ARTICLE, changed(old, new))
    assert found.tier in (Tier.NEAR, Tier.KEY_EQUAL)
    assert (found.only_a, found.only_b) == (False, False)


def test_a_timestamp_line_does_not_guard():
    found = judge(ARTICLE, changed("2024-03-05 08:10", "2024-03-06 17:45"))
    assert (found.tier, found.only_a, found.only_b) == (Tier.NEAR, False, False)


def test_two_metadata_lines_of_different_length_do_not_guard():
    found = judge(
        ARTICLE, changed(META, "来源：清河镇融媒体中心 责任记者王某某 2024年3月6日17时45分发布于北京")
    )
    assert (found.tier, found.only_a, found.only_b) == (Tier.NEAR, False, False)


def test_an_added_sentence_belongs_to_one_side():
    found = judge(ARTICLE, [*ARTICLE, ADDED])
    assert (found.tier, found.only_a, found.only_b) == (Tier.NEAR, False, True)
    assert [(d.kind, d.b_text) for d in found.differences] == [("only_b", ADDED.rstrip("。"))]


def test_a_short_addition_with_a_figure_is_substance():
    found = judge(ARTICLE, changed("甲板上仍然", "甲板上有5名"))
    assert found.tier is Tier.VARIANT
    found = judge(ARTICLE, changed("等待，", "等待，备有茶水，"))
    assert (found.tier, found.only_b) == (Tier.NEAR, False)
    found = judge(ARTICLE, changed("等待，", "等待，有40座，"))
    assert (found.tier, found.only_b) == (Tier.NEAR, True)


HARBOUR = [
    "The ferry over the sound runs again",
    "The ferry over the sound ran again on Wednesday, and the first boat left the eastern pier before dawn with nets and hens.",
    "The keeper of the pier said that more people had come than before the winter, and that the deck was full all day.",
    "The master reminds everybody that no boat leaves in a storm; who waits may sit in the shed and has the fare returned.",
]


@pytest.mark.parametrize(
    ("line", "one", "two"),
    [
        ("The bell rang until noon.", "Nobody sold fish that evening.", Tier.UPDATE),
        ("The bell rang until noon.", None, Tier.NEAR),
        ("La vieja campana sonó tarde.", "Nadie pudo vender pescado tarde.", Tier.UPDATE),
    ],
    ids=["replaced", "added", "replaced but for its end"],
)
def test_a_sentence_of_few_words_is_substance(line, one, two):
    found = judge([*HARBOUR, line], [*HARBOUR, one] if one else HARBOUR)
    assert (found.tier, found.only_a, found.only_b) == (two, True, one is not None)


def test_names_in_a_short_sentence_are_for_a_person_to_look_at():
    names = (("欧阳春水先生", "司马秋山师傅"), ("小满姑娘", "大寒老伯"))
    one, two = ([*ARTICLE, f"{x}撑小船唱{y}。"] for x, y in names)
    assert judge(one, two).tier is Tier.REVIEW


@pytest.mark.parametrize(("words", "own"), [("with the mail", False), ("with all of the mail", True)])
def test_four_words_weigh_as_much_as_eight_characters(words, own):
    longer = [x.replace("before dawn", f"before dawn {words}") for x in HARBOUR]
    assert judge(HARBOUR, longer).only_b is own


def test_words_that_were_replaced_inside_a_sentence_are_an_edit():
    other = [x.replace("more people had come than", "a larger crowd came than") for x in HARBOUR]
    found = judge(HARBOUR, other)
    assert (found.tier, found.only_a, found.only_b) == (Tier.NEAR, False, False)


def test_when_each_has_its_own_sentence_the_pair_is_an_update():
    found = judge(
        [*ARTICLE, ADDED], [TITLE, META, LEAD, "岸边新修的候船室也在同一天启用，里面摆着长木椅。", *BODY[1:]]
    )
    assert (found.tier, found.only_a, found.only_b) == (Tier.UPDATE, True, True)


def test_a_retitled_reprint_is_near():
    found = judge(ARTICLE, ["早班船又开了，村民高兴赶集卖鱼去", *ARTICLE[1:]])
    assert (found.tier, found.only_a, found.only_b) == (Tier.NEAR, False, False)
    assert "title" in {d.kind for d in found.differences}


def test_a_retitled_reprint_with_a_figure_in_one_headline_is_near():
    assert judge(ARTICLE, ["渡船又开了，首日211人抢着乘坐", *ARTICLE[1:]]).tier is Tier.NEAR


def test_headlines_that_differ_in_a_figure_alone_are_guarded():
    lines = ["湖区渡船恢复通航第3天", *ARTICLE[1:]]
    assert judge(lines, [lines[0].replace("3", "4"), *ARTICLE[1:]]).tier is Tier.VARIANT


@pytest.mark.parametrize("word", ["164", "no"])
def test_the_first_lines_of_a_text_that_is_still_wrapped_are_no_headlines(word):
    """No mark ends them, so each is taken for a heading; what they say stands in the body of the other text."""
    title = "Choir pays for silence"
    lines = [
        "The singers of the lower valley have said that they will take back 161 tickets after",
        "a storm put out each lamp in the hall and left them to sing in the dark to rows that",
        "did not dare to clap. Nobody has asked for a refund as yet. It was the best evening",
        "that we ever gave, said the one who keeps the books, and there is no recording of it.",
    ]
    body = " ".join(lines).replace("161", word)
    assert judge([title, body], [title, *lines]).tier is Tier.VARIANT
    assert judge([title, *lines], [title, body]).tier is Tier.VARIANT
    assert judge([title, " ".join(lines)], [title, *lines]).tier is Tier.KEY_EQUAL


def test_a_first_line_that_both_texts_have_is_no_headline_that_one_of_them_has():
    """Beside two headlines stands a line that no mark ends; the headlines differ, and its figures count all the same."""
    line = "三号渡船去年全年共运了161头羊"
    rest = ["下游的老人都说，这船比往年稳当得多，连猫都不再晕了。", *ARTICLE[1:]]
    found = judge(
        ["湖区老船工口中的一冬往事，听来有味，值得一读再读啊诸位乡亲父老们", line, *rest],
        ["早班船又开了，村民高兴赶集卖鱼去", line.replace("161", "164"), *rest],
    )
    assert found.tier is Tier.VARIANT


@pytest.mark.parametrize(
    ("old", "new"),
    [("埃塞俄比亚", "匈牙利"), ("清河镇", "白石镇"), ("王家渡", "李家渡")],
    ids=["country", "town", "repeated"],
)
def test_a_name_as_the_only_difference_is_for_a_person(old, new):
    lines = [f"{old}客人参观湖区", META, f"来自{old}的客人昨天参观了湖区，他们乘渡船到了东岸。", RULE, END]
    found = judge(lines, [line.replace(old, new) for line in lines])
    assert (found.tier, found.differences[0].kind) == (Tier.REVIEW, "name")


def test_a_name_in_words_is_for_a_person():
    lines = [
        "Ferry guests praise the lake",
        "Guests from Ethiopia crossed the lake on the morning ferry and bought fish at the market before noon.",
        "The captain said the wind was kind to them and that the old engine never complained.",
    ]
    assert judge(lines, [line.replace("Ethiopia", "Hungary") for line in lines]).tier is Tier.REVIEW
    assert judge(lines, [line.replace("kind", "good") for line in lines]).tier is Tier.NEAR


def test_up_to_three_different_short_replacements_may_be_names():
    b = [line.replace("村民", "乡亲").replace("扶手", "栏杆") for line in ARTICLE]
    assert judge(ARTICLE, b).tier is Tier.REVIEW


def test_of_three_replacements_two_plain_ones_make_no_names():
    b = [line.replace("村民", "他们的").replace("扶手", "它们") for line in ARTICLE]
    assert judge(ARTICLE, b).tier is Tier.REVIEW  # two may always be names
    assert judge(ARTICLE, [line.replace("石阶", "木桥") for line in b]).tier is Tier.NEAR
    b = [line.replace("村民", "乘客").replace("石阶", "渡船").replace("扶手", "栏杆") for line in ARTICLE]
    assert judge(ARTICLE, b).tier is Tier.NEAR  # passengers and ferry are spoken of elsewhere in both


def test_three_replacements_by_names_stay_names():
    b = [line.replace("村民", "岑望").replace("石阶", "顾北").replace("扶手", "蓝采") for line in ARTICLE]
    assert judge(ARTICLE, b).tier is Tier.REVIEW
    old = "东队的冠军是青螺，亚军是白沙，季军由云岭获得，裁判长是岑望舒，青螺和白沙的选手都说谢谢观众。"
    new = "东队的冠军是白沙，亚军是青螺，季军由柳湾获得，裁判长是岑望舒，青螺和白沙的选手都说谢谢观众。"
    assert judge([*ARTICLE, old], [*ARTICLE, new]).tier is Tier.REVIEW  # who won and who lost


def test_one_character_among_the_edits_is_no_name():
    b = [line.replace("村民", "乡亲").replace("扶手", "扶栏") for line in ARTICLE]
    assert judge(ARTICLE, b).tier is Tier.NEAR


def test_a_sentence_in_the_place_of_another_is_an_update():
    old = "老渡工说，他会在开桥那天最后划一次船，然后把船桨挂到墙上。"
    new = "新桥工说，他要在通桥那晚头一个走过去，随后把灯笼点到天亮。"
    found = judge([*ARTICLE, BODY[0] + old], [*ARTICLE, BODY[0] + new])
    assert (found.tier, found.only_a, found.only_b) == (Tier.UPDATE, True, True)


def test_a_truncated_copy_is_contained_and_shares_the_lead():
    found = judge(ARTICLE[:4], ARTICLE)
    assert (found.tier, found.only_a, found.only_b, found.shares_lead) == (Tier.CONTAINED, False, True, True)


def test_a_roundup_has_the_article_and_more_and_not_its_lead():
    others = [
        "山里的果园今年改种了新品种的梨，嫁接的枝条来自邻县的苗圃。",
        "镇上的裁缝铺搬到了桥头，老主顾们沿着河堤走过去，顺路买些豆腐。",
        "学校操场铺好了草皮，孩子们放学后踢球到天黑，值班老师在旁边看着。",
        "粮站的旧秤修好了，称粮的队伍排到了门外，大家说说笑笑并不着急。",
    ]
    found = judge([TITLE, *BODY[:3]], [*others, TITLE, *BODY[:3], HISTORY])
    assert (found.tier, found.only_a, found.only_b, found.shares_lead) == (Tier.CONTAINED, False, True, False)


BULLETINS = {
    "weather": "市气象台{day}发布预报：今天白天多云，东北风{wind}级，最高气温{top}℃，夜间转阴，最低气温{low}℃，出门请带伞。"
    "湖面有雾，渡船驾驶员要注意瞭望，山路行车应当减速，露天作业的工人请做好防护，值班电话保持畅通。",
    "market": "早市行情：白菜每斤{wind}元，比昨天略涨，鲤鱼每斤{top}元，鸡蛋每斤{low}元，{day}的成交量与上周大致持平。"
    "摊主们说，天气转暖以后青菜上市快，价格还会慢慢回落，住在附近的居民可以放心采购，不必囤积。",
}


@pytest.mark.parametrize("name", BULLETINS)
def test_bulletins_of_one_template_are_variants(name):
    first = BULLETINS[name].format(day="周一", wind="三", top="21", low="9")
    second = BULLETINS[name].format(day="周二", wind="四", top="19.5", low="-1")
    found = judge([first], [second])
    assert found.tier is Tier.VARIANT
    assert {d.kind for d in found.differences} >= {"number", "date"}


def test_equal_keys_differ_in_format_alone():
    found = judge(ARTICLE, [line.replace("，", ", ") for line in ARTICLE])
    assert (found.tier, found.only_a, found.only_b) == (Tier.KEY_EQUAL, False, False)
    assert {d.kind for d in found.differences} == {"format"}


def test_identical_texts_have_no_differences():
    assert judge(ARTICLE, ARTICLE).differences == ()


def test_different_articles_keep_their_substance():
    found = judge(ARTICLE, [ADDED, "书店的老板把门口的长椅漆成了绿色。"])
    assert (found.tier, found.only_a, found.only_b) == (Tier.REJECTED, True, True)


def test_a_sentence_that_moved_is_no_substance():
    found = judge([TITLE, LEAD, COUNT, RULE, HISTORY, END], [TITLE, LEAD, RULE, HISTORY, COUNT, END])
    assert (found.tier, found.only_a, found.only_b) == (Tier.NEAR, False, False)


def test_differences_are_cut_at_the_cap_the_weightiest_first():
    b = [line.replace("211", "212").replace("村民", "乡亲").replace("，", ",") for line in ARTICLE]
    found = judge(ARTICLE, b, GuardSettings(max_differences=2))
    assert [d.kind for d in found.differences] == ["number", "edit"]


def test_the_reason_says_how_much_stands_in_the_other_text():
    found = judge(ARTICLE, [line.replace("村民", "乡亲们").replace("扶手", "扶栏") for line in ARTICLE])
    assert found.reason.endswith("characters of the shorter text differ.")
    assert "% of its" in found.reason


@pytest.mark.parametrize(
    "wrong", [{"residue": 0}, {"title_identity": 2}, {"max_differences": -1}, {"name_tokens": 0}]
)
def test_settings_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        GuardSettings(**wrong)


EDITS = st.lists(
    st.tuples(
        st.integers(0, 220),
        st.integers(0, 12),
        st.sampled_from(["", "不", "3", "七", "船", "周一", "12.5%", "在岸边", ADDED, "没有", "，", "\n"]),
    ),
    max_size=4,
)


def edited(edits) -> list[str]:
    text = "\n".join(ARTICLE)
    for at, cut, new in edits:
        text = text[:at] + new + text[at + cut :]
    return [line for line in text.split("\n") if line]


@LAW
@given(EDITS, EDITS)
def test_a_verdict_is_the_same_whichever_text_comes_first(left, right):
    a, b = edited(left), edited(right)
    there, back = judge(a, b), swapped(judge(b, a))
    assert sorted(there.differences, key=str) == sorted(back.differences, key=str)
    assert replace(there, reason="", differences=()) == replace(back, differences=())


@LAW
@given(EDITS)
def test_differences_stand_where_they_say(edits):
    b = edited(edits)
    for d in judge(ARTICLE, b).differences:
        assert "\n".join(ARTICLE)[d.a.start : d.a.end] == d.a_text
        assert "\n".join(b)[d.b.start : d.b.end] == d.b_text


@LAW
@given(st.integers(0, 9999), st.integers(0, 9999))
def test_any_changed_number_makes_a_variant(first, second):
    found = judge(changed("211人", f"{first}人"), changed("211人", f"{second}人"))
    assert (found.tier is Tier.VARIANT) == (first != second)


def test_a_negation_before_what_the_other_text_adds_is_not_lost():
    """The last words of both are alike, so the negation stands against all that one of them adds."""
    a = [*ARTICLE, "有一位老人站起来说，左边那只石鼓，缺的角不是我磕的。"]
    more = "那年秋天搬走的人家如今还有二十来户，他们隔几年回来看一次水，站在坝上说，那只石鼓的角是面磕的。"
    found = judge(a, [*ARTICLE, "有一位老人站起来说，左边那只石鼓，缺的角是我磕的。", more])
    assert found.only_a
    assert found.only_b


def test_a_figure_before_what_the_other_text_adds_is_not_borne_out_by_a_figure_further_on():
    """The last words of both are alike, so the figure stands against all that one of them adds."""
    a = [*ARTICLE, "照片存在资料室第3号柜第8格。"]
    more = [
        f"{name}的渡船在第{n}号码头靠岸，船票要提前买好。"
        for n, name in enumerate(("南岸", "北岸", "西岸"), 2)
    ]
    b = [*ARTICLE, "照片存在资料室第1号柜第8格。", *more, "钥匙挂在门房第8格。"]
    found = judge(a, b)
    assert found.only_a or found.tier is Tier.VARIANT


@pytest.mark.parametrize(("line", "own"), [("就到这里。", True), ("再见。", False), ("就到这里", False)])
def test_a_short_sentence_that_stands_whole_in_one_text_alone_is_substance(line, own):
    found = judge([*ARTICLE, line], ARTICLE)
    assert found.only_a is own


@pytest.mark.parametrize(
    ("above", "tier"),
    [
        ([], Tier.NEAR),
        (["本周来信三则", "灯市的摊主写信来说，今年的灯比去年早亮了半个钟头。"], Tier.CONTAINED),
    ],
)
def test_an_article_in_the_middle_of_a_text_that_says_a_little_more_is_an_item(above, tier):
    """It is most of the longer text, as an article may be of a roundup; one that goes on after it was updated."""
    below = ["县里的剧团下月到镇上演三天戏，票价和往年一样。"]
    found = judge([*above, *ARTICLE, *below], ARTICLE)
    assert (found.tier, found.only_a, found.only_b) == (tier, True, False)


def test_a_short_sentence_that_stands_where_the_other_text_goes_on_is_substance():
    """A word that both have does not hide it."""
    found = judge(
        [*HARBOUR, "a picture of our harbour."],
        [*HARBOUR, "The ferry of the other shore was late again on Monday, and nobody at the pier knew why."],
    )
    assert found.only_a
    assert found.only_b


def test_a_figure_is_not_borne_out_by_its_words_where_they_stand_for_another_place():
    """Two works report five injured each; the other text has one of them."""
    mine = [
        *ARTICLE,
        "东厂的车间里有5人受伤，救援已经结束。",
        "西厂的车间里有5人受伤，救援还在紧张进行当中，附近道路已经封闭。",
    ]
    theirs = [
        *mine[:-1],
        "西厂的车间里浓烟滚滚火光冲天交通一度中断，救援还在紧张进行当中，附近道路已经封闭。",
    ]
    found = judge(mine, theirs)
    assert found.only_a or found.tier is Tier.VARIANT


@pytest.mark.parametrize(
    "said", ["“厂长已辞职”。", "厂长称“我已辞职”。", "（厂长已辞职）。", "厂长已经辞职了。"]
)
def test_a_short_sentence_counts_however_it_is_closed(said):
    assert judge([*ARTICLE[:-1], ARTICLE[-1] + said], [*ARTICLE, ADDED]).only_a
