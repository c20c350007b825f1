"""Segment: lines that were wrapped are joined, nothing else is, and what came out stays as it is."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _lines, _wrap, _wrap_screen
from stages.edits import apply_edits, undo_edits
from stages.model import WRAP_MODES
from stages.segment import _FORMS, SegmentSettings, _as_before, _planned, _settled, segment

S = SegmentSettings()
LAW = settings(derandomize=True, deadline=None, max_examples=150)

HEADING = "旧粮站改成了露天影院"
ARTICLE = [
    HEADING,
    "八月的最后一个星期六，柳溪镇停用多年的粮站第一次坐满了人。晒谷场上摆着四百把竹椅，墙上挂起一块白布，风一吹，画面里的海也跟着起伏。",
    "粮站建于1963年，有六座圆仓和一座磅房。2009年停用以后，院子里长满了狗尾草，只有看门的老人每天傍晚来敲一次钟。",
    "“拆掉它要花二十万元，留下它只要一块白布。”镇文化站的负责人在会上算了一笔账，会议只开了十五分钟，没有人反对。",
    "放映机是从邻县一家倒闭的电影院里买来的，花了3600元。放映员今年七十四岁，年轻时挑着机器走遍了附近的三十一个村子，闭着眼睛也能把片子接上。",
    "影院不卖票，观众带一把自家的椅子，或者带一样吃的，就算付过了钱。第一夜收到的东西摆满了两张长桌，其中有九个西瓜和一锅还冒着热气的玉米。",
    "放映结束的时候已经过了十一点，没有人急着走。孩子们在圆仓之间捉迷藏，老人们说起自己在这里交过的公粮。",
]
REPORT = [
    "The harbour town of Lowmere has decided to keep its last swing bridge, after an engineer showed that the machine which was to replace it would need more people to look after it, not fewer.",
    "For eighty years the bridge has been opened by two keepers who walk in a circle, pushing a bar, while the traffic waits on either side and, on market days, buys plums from a cart that has learned to be there.",
    "The council had set aside a large sum for motors and a cabin with windows. A report that nobody had asked for arrived in March; it was four pages long and ended with a drawing of a cup of tea.",
    "Both keepers have agreed to stay until their successors have been found and have walked the circle once in each season, which the older of the two described as the only examination that matters.",
]
#: One paragraph or item a line, never wrapped.  Name: text.
UNWRAPPED = {
    "paragraphs": "\n".join(ARTICLE),
    "paragraphs in English": "\n".join(REPORT),
    "paragraphs of one length that end in a full stop": "\n".join(
        ["今天的渡船比昨天早到了整整十分钟，码头上还没有什么人。"] * 4
    ),
    "headlines of one length": "旧粮站里新开的影院坐满了人\n石桥镇的渡口迎来第一班电船\n山里的小学等来了一架旧钢琴\n老茶馆的说书人收下三名徒弟\n水库边的鸟岛今年多了两百只",
    "headlines in English": "Bridge keepers win a second summer of work\nPlum cart returns to the market square\nEngineer explains a drawing of a cup of tea\nCouncil counts the cost of doing nothing\nHarbour lamps to be lit by hand until May",
    "a numbered list": "\n".join(
        f"{n}. 请各位读者在领取借阅证之前先到一楼大厅登记姓名和住址" for n in range(1, 9)
    ),
    "a list with bullets": "\n".join(f"• {line}" for line in textwrap.wrap(" ".join(REPORT), 60)),
    "a table": "\n".join(
        f"2023-0{n}-1{n} | 柳溪站 | 水位 1{n}.2 米 | 流量 {n}34 立方米" for n in range(1, 9)
    ),
    "a table without rules": "\n".join(
        f"2023-0{n}-1{n} 柳溪站 水位1{n}.2米 流量{n}34立方米 含沙量0.{n}" for n in range(1, 9)
    ),
    "verse": "the tide came in and asked the stone\nwhat it had done all day alone\nthe stone said nothing, being stone\nand so the tide went out alone\n",
    "verse of near one length": "桥下的水还记得去年的灯，它不肯\n说出那盏灯是谁点的，只在夜里绕着\n石墩走。守桥的人听见了，也不问\n他把竹椅搬到岸边，等潮水退到第三级\n台阶上。风从对岸来，带着麦子和\n炊烟的味道，带着一个孩子丢下的笛声\n那笛声短，像一句没有说完的话\n又像一只白鹭，落在谁家的屋顶上",
    "verse with capitals": "The keeper walks his circle slow\nAnd pushes where the iron goes\nThe water waits for him below\nAnd what it thinks of nobody knows\nThe plums are ripe, the cart is late\nAnd someone whistles at the gate",
    "questions and answers": "\n".join(
        ["问：您在这里守了多少年的桥？", "答：从我二十岁那年算起，到今年秋天正好是四十一年。"] * 4
    ),
    "two long lines and a short one": f"{ARTICLE[1]}\n{HEADING}\n{ARTICLE[2]}",
}


def wrapped(paragraph: str, columns: int, indent: str = "") -> str:
    """Wrap as typesetters do: closing marks hang past the column by up to two."""
    rest, out = indent + paragraph, []
    while rest:
        end = columns
        while end < len(rest) and end < columns + 2 and rest[end] in "，。、；：！？”’）》":
            end += 1
        out.append(rest[:end])
        rest = rest[end:]
    return "\n".join(out)


def lines(result):
    return result.text.removesuffix("\n").split("\n")


def laws(text, **options):
    result = segment(text, S, **options)
    assert undo_edits(result.text, result.edits) == text
    assert apply_edits(text, result.edits) == result.text
    assert segment(result.text, S, **options).text == result.text
    assert list(result.flags) == sorted(result.flags)
    assert result.text == "" or (result.text.endswith("\n") and not result.text.endswith("\n\n"))
    return result


@pytest.mark.parametrize("name", UNWRAPPED)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_lines_that_were_never_wrapped_are_never_joined(name, between):
    text = UNWRAPPED[name].removesuffix("\n")
    result = laws(text.replace("\n", between))
    assert [line for line in lines(result) if line] == text.split("\n")
    assert result.flags == ()


def test_an_article_with_one_paragraph_a_line_gets_its_last_line_end_and_nothing_else():
    text = "\n".join(ARTICLE * 5)
    result = laws(text)
    assert result.text == text + "\n"
    assert [edit.rule for edit in result.edits] == ["final_newline"]
    assert segment(result.text, S).edits == ()


@pytest.mark.parametrize("columns", [20, 30, 38])
@pytest.mark.parametrize("layout", ["indent", "blank"])
def test_wrapped_paragraphs_that_are_marked_come_back_whole(columns, layout):
    indent, between = ("\u3000\u3000", "\n") if layout == "indent" else ("", "\n\n")
    result = laws(between.join(wrapped(p, columns, indent) for p in ARTICLE))
    assert lines(result) == ARTICLE
    assert result.flags == ("wrapped",)


def test_a_number_or_name_broken_at_the_column_comes_back_without_a_space():
    story = "今年汛期，柳溪站一共记录了12345次水位，最高的一次达到678.90米，仪器是Lowmere公司在2019年造的，每次读数要用43210毫秒。"
    for columns in range(13, 31):
        text = "\n".join(wrapped(p, columns, "\u3000\u3000") for p in [*ARTICLE, story, *ARTICLE])
        assert lines(laws(text)) == [*ARTICLE, story, *ARTICLE]


@pytest.mark.parametrize("columns", [50, 60, 72])
@pytest.mark.parametrize("layout", ["indent", "blank"])
def test_wrapped_english_comes_back_with_single_spaces(columns, layout):
    indent, between = ("    ", "\n") if layout == "indent" else ("", "\n\n")
    result = laws(between.join(textwrap.fill(p, columns, initial_indent=indent) for p in REPORT))
    assert lines(result) == REPORT
    assert result.flags == ("wrapped",)


@pytest.mark.parametrize("columns", [20, 30, 38])
def test_without_marks_only_lines_in_mid_sentence_are_joined_and_the_doubt_is_flagged(columns):
    text = "\n".join(wrapped(p, columns) for p in ARTICLE)
    result = laws(text)
    assert "".join(lines(result)) == "".join(ARTICLE)
    assert len(ARTICLE) <= len(lines(result)) < len(text.split("\n"))
    assert result.flags == ("wrap_unknown", "wrapped")


@pytest.mark.parametrize("columns", [20, 30, 38])
@pytest.mark.parametrize("between", ["\n", "\n\n", "\n\n\u3000\n"])
@pytest.mark.parametrize("wrapped_first", [False, True])
def test_the_wrap_mode_is_found_for_each_block(columns, between, wrapped_first):
    halves = ["\n".join(ARTICLE), "\n".join(wrapped(p, columns, "\u3000\u3000") for p in ARTICLE)]
    result = laws(between.join(reversed(halves) if wrapped_first else halves))
    assert lines(result) == ARTICLE * 2


@pytest.mark.parametrize("between", ["", "\n", "----------------\n", "以下为报纸版\n", "\n【报纸版】\n\n"])
@pytest.mark.parametrize("columns", [20, 30])
@pytest.mark.parametrize("wrapped_first", [False, True])
def test_a_plain_and_a_wrapped_copy_with_blank_lines_both_come_out_whole(between, columns, wrapped_first):
    article = [*ARTICLE, "本文由柳溪日报石小桥采写，照片由林晚舟在粮站屋顶拍摄"]
    halves = ["\n".join(article), "\n\n".join(wrapped(p, columns) for p in article)]
    result = laws(f"\n{between}".join(reversed(halves) if wrapped_first else halves))
    middle = [between.strip()] if between.strip() else []
    assert [line for line in lines(result) if line] == [*article, *middle, *article]


@pytest.mark.parametrize("between", ["\n", "----------------\n", "The print edition\n", "\n* * *\n\n"])
@pytest.mark.parametrize("columns", [60, 72])
@pytest.mark.parametrize("layout", ["indent", "blank"])
@pytest.mark.parametrize("wrapped_first", [False, True])
def test_a_plain_and_a_wrapped_copy_in_english_both_come_out_whole(between, columns, layout, wrapped_first):
    report = ["Last swing bridge of Lowmere to stay", *REPORT, f"{REPORT[1]} {REPORT[2]}"]
    indent, gap = ("    ", "\n") if layout == "indent" else ("", "\n\n")
    halves = [
        "\n".join(report),
        gap.join(textwrap.fill(p, columns, initial_indent=indent) for p in report),
    ]
    result = laws(f"\n{between}".join(reversed(halves) if wrapped_first else halves))
    middle = [between.strip()] if between.strip() else []
    assert [line for line in lines(result) if line] == [*report, *middle, *report]


def test_two_blocks_may_have_two_columns():
    text = "\n".join(
        wrapped(p, n, "\u3000\u3000") for n in (38, 20) for p in [*ARTICLE, REPORT[0] + REPORT[1]][:-1]
    )
    plain = "".join(REPORT)
    result = laws(text.replace("\u3000\u3000" + HEADING, plain + "\n\u3000\u3000" + HEADING))
    assert lines(result) == [plain, *ARTICLE, plain, *ARTICLE]


@pytest.mark.parametrize(
    ("a", "b", "joined"),
    [
        ("every line of which had been very care-", "fully drawn by", "carefully drawn by"),
        ("the keepers of the bridge, Mary Lowe-", "Hart and her", "Lowe-Hart and her"),
        ("which had been working from about 1931-", "1938 without a", "1931-1938 without a"),
        ("that the motors, which were to be pre-", "and post-war, had", "pre- and post-war"),
        ("of the second kind, which the younger\u2014", "never the older", "younger\u2014never the older"),
    ],
)
def test_a_hyphen_at_a_line_end_goes_only_where_it_broke_a_word(a, b, joined):
    rest = textwrap.wrap(
        f"{b} colour left in it and none of the words that stood below it. Nobody has missed them, for the tin box "
        "was never opened by anyone who could have read what was written on its lid.",
        41,
    )
    text = "\n".join(
        ["There is a drawing in a tin box by the", "door, and what is to be seen there was,", a, *rest]
    )
    assert joined in laws(text).text


def test_a_word_that_has_its_hyphen_elsewhere_keeps_it():
    text = (
        "A well-known drawing was shown in the hall.\n\nIt was made by the oldest of all our well-\nknown keepers and their "
        "friends, who had\nleft it in the tin box beside the door, as\nthey often did before the annual meeting of\n"
        "the harbour, to which nobody had ever been\nasked who could not hold a lantern still\nfor as long as it takes to draw one."
    )
    assert "our well-known keepers" in laws(text).text


@pytest.mark.parametrize(
    ("text", "expected", "rules"),
    [
        ("", "", []),
        ("\n\n \u3000\n", "", ["final_newline"]),
        ("一行", "一行\n", ["final_newline"]),
        ("一行\n", "一行\n", []),
        ("一行\n\n\n", "一行\n", ["final_newline"]),
        ("\n\n一行\n", "一行\n", ["blank_lines"]),
        ("第一段。\n\n\n\u3000\n第二段。", "第一段。\n第二段。\n", ["blank_lines", "final_newline"]),
        ("\u3000\u3000第一段。\n  第二段。\n", "第一段。\n第二段。\n", ["indent", "indent"]),
        ("第一段。\n\n\u3000\u3000第二段。\n", "第一段。\n第二段。\n", ["blank_lines", "indent"]),
    ],
)
def test_blank_lines_indents_and_the_last_line_end_are_settled_by_named_rules(text, expected, rules):
    result = laws(text)
    assert (result.text, [edit.rule for edit in result.edits]) == (expected, rules)


def test_a_line_with_a_list_mark_begins_a_paragraph_in_a_wrapped_block():
    body = "\n".join(wrapped(p, 30, "\u3000\u3000") for p in ARTICLE)
    item = "1. 请在进场之前把自带的椅子按照号码放到晒谷场的东侧一边去吧"
    result = laws(f"{body}\n{item}\n2. 散场以后请把椅子带走。")
    assert lines(result)[-2:] == [item, "2. 散场以后请把椅子带走。"]


def test_blank_lines_stay_where_without_them_lines_would_look_wrapped():
    rows = textwrap.wrap(" ".join(REPORT), 60)
    result = laws("\n\n\n".join(rows))
    assert lines(result) == "\n\n".join(rows).split("\n")
    assert "wrapped" not in result.flags


def test_indents_stay_where_without_them_lines_would_look_wrapped():
    rows = ["\u3000\u3000" + row for row in wrapped("".join(ARTICLE), 30).split("\n")]
    result = laws("\n".join(rows))
    assert lines(result) == rows
    assert "wrapped" not in result.flags


def test_markdown_keeps_all_but_its_last_line_ends():
    text = (
        "\n\n# Bridge\n\n"
        + "\n".join(textwrap.wrap(REPORT[0], 40))
        + "\n\n\n- one\n  - two\n\n    code  \n\n\n"
    )
    result = laws(text, markdown=True)
    assert result.text == text[:-2]
    assert [edit.rule for edit in result.edits] == ["final_newline"]
    assert laws(" \n\n", markdown=True).text == ""


@pytest.mark.parametrize(
    "wrong",
    [{"min_full": 1}, {"mid_share": 0.0}, {"full_share": 1.5}, {"min_cells": 3}, {"max_cells": 20}],
)
def test_settings_out_of_range_are_refused_with_the_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SegmentSettings(**wrong)


# --- laws over texts of any layout

CJK = "".join(ARTICLE[1:])
LATIN = " ".join(REPORT)
SEPARATORS = st.sampled_from(["\n", "\n", "\n", "\n", "\n\n", "\n\n\n", "\n \n"])
INDENTS = st.sampled_from(["", "", "", "", "\u3000\u3000", "  ", " ", "\t", "- ", "1. "])


@st.composite
def layouts(draw):
    """Lines cut from prose at widths near a few columns, with any indents and blank lines."""
    out = [draw(st.sampled_from(["", "", "\n", "\n\n"]))]
    for _ in range(draw(st.integers(0, 4))):
        source = draw(st.sampled_from([CJK, CJK, LATIN, CJK + LATIN, "字" * 400, "a" * 900]))
        column = draw(st.sampled_from([8, 12, 13, 20, 38, 60, 66, 130, 300]))
        plain = draw(st.booleans())  # no indents, no blanks: the block most likely to be joined
        at = 0
        for _ in range(draw(st.integers(1, 9))):
            width = max(1, column + draw(st.sampled_from([0, 0, 0, 0, -1, -2, 1, 2, -9])))
            indent = "" if plain else draw(INDENTS)
            out += indent, source[at : at + width].strip() or "x", "\n" if plain else draw(SEPARATORS)
            at = (at + width) % len(source)
    return "".join(out).rstrip("\n") + draw(st.sampled_from(["", "\n", "\n\n"]))


@LAW
@given(layouts())
def test_what_came_out_stays_as_it_is_and_the_edits_lead_back(text):
    result = laws(text)
    squeezed = "".join(result.text.split()).replace("-", "")
    assert squeezed == "".join(text.split()).replace("-", ""), "only white space and hyphens move"


@LAW
@given(st.text(st.sampled_from("字，。aA1-“ \u3000\n\n\n"), max_size=200))
def test_no_text_breaks_the_laws(text):
    laws(text)


@LAW
@given(layouts())
def test_markdown_is_never_joined(text):
    result = laws(text, markdown=True)
    assert result.text.rstrip() == text.rstrip()


@LAW
@given(
    st.lists(st.sampled_from([*ARTICLE, *REPORT]), min_size=1, max_size=30), st.sampled_from(["\n", "\n\n"])
)
def test_whole_paragraphs_in_any_order_are_never_joined(paragraphs, between):
    result = laws(between.join(paragraphs))
    assert [line for line in lines(result) if line] == paragraphs


@LAW
@given(layouts())
def test_the_quick_test_says_no_only_where_the_search_finds_nothing(text):
    found = _wrap.blocks_of(_lines.lines_of(text, S.max_cells), S)
    assert not found or _wrap_screen.may_be_wrapped(text, S)


@LAW
@given(
    st.one_of(layouts(), st.text(st.sampled_from("字，。aA1- \u3000\n\n\n"), max_size=300)),
    st.integers(0, 200),
)
def test_a_second_look_is_left_out_only_where_it_would_change_nothing(text, spaces):
    text = text.replace("\n\n", f"\n{' ' * spaces}\n", 1)
    plan = _planned(text, S, _FORMS[0])
    assert not _as_before(plan, S) or _settled(plan.text, S, 0)


@LAW
@given(layouts())
def test_every_line_that_is_not_blank_is_in_one_block(text):
    result = segment(text, S)
    there = [n for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    blocks = [range(b.first_line, b.last_line + 1) for b in result.blocks]
    assert [sum(n in block for block in blocks) for n in there] == [1] * len(there)
    assert all(b.mode in WRAP_MODES for b in result.blocks)
    assert sum(b.joined for b in result.blocks) == sum(e.rule == "unwrap" for e in result.edits)


@pytest.mark.parametrize(
    ("text", "modes"),
    [
        ("\n".join(ARTICLE), ["plain"]),
        ("\n\n".join(ARTICLE), ["blank-lines"]),
        ("\n".join("\u3000\u3000" + p for p in ARTICLE), ["indented"]),
        ("\n".join(wrapped(p, 30, "\u3000\u3000") for p in ARTICLE), ["indented", "wrapped-indented"]),
        ("\n\n".join(wrapped(p, 30) for p in ARTICLE), ["plain", "wrapped-blank-lines"]),
        (
            "\n".join([*ARTICLE, *(wrapped(p, 30, "\u3000\u3000") for p in ARTICLE)]),
            ["plain", "wrapped-indented"],
        ),
    ],
)
def test_what_was_decided_of_each_block_is_told(text, modes):
    result = laws(text)
    assert [b.mode for b in result.blocks] == modes
    block = result.blocks[-1]
    if block.mode.startswith("wrapped"):
        assert (block.column, block.measure) == (30, "characters")
        assert block.mid <= block.full
        assert block.joined == 9


def test_a_list_mark_in_mid_sentence_is_no_list_where_paragraphs_are_marked():
    story = ARTICLE[4].replace("今年七十四岁", "(74)今年七十四岁")
    for columns in range(18, 34):
        text = "\n".join(wrapped(p, columns, "\u3000\u3000") for p in [*ARTICLE, story, *ARTICLE])
        assert lines(laws(text)) == [*ARTICLE, story, *ARTICLE]


@pytest.mark.parametrize("separator", ["\n", "\n\n"])
def test_addresses_and_emoji_lists_of_one_width_are_not_joined(separator):
    addresses = [
        f"{name}：柳溪镇石桥路{n}7号 电话 0411-8{n}3{n}5{n}"
        for n, name in enumerate(["旧粮站", "老茶馆", "鸟岛桥", "水塔边", "夜市口"], 1)
    ]
    prizes = [f"📌{letter}.........{n} boxes. 💌" for n, letter in enumerate("ABCDEF", 1)]
    for rows in (addresses, prizes):
        assert [line for line in lines(laws(separator.join(rows))) if line] == rows


def test_stanzas_of_as_many_lines_are_not_prose():
    verse = [
        "the keeper of the northern light, who never",
        "once was late, has put a lantern in the",
        "window, and another at the gate; the tide",
        "that comes for both of them is willing to",
        "wait, and no one in the harbour town, which",
        "is not small, has asked what it will take",
    ]
    stanzas = ["\n".join([*verse[n:], *verse[:n]][:4]) for n in range(6)]
    text = "\n\n".join(stanzas)
    assert [line for line in lines(laws(text)) if line] == [line for line in text.split("\n") if line]


@pytest.mark.parametrize(
    ("count", "repeats", "joins"), [(2, 0, 6), (2, 1, 0), (4, 1, 12), (4, 2, 12)], ids=str
)
def test_lines_that_stand_elsewhere_and_go_on_otherwise_are_a_refrain_unless_layout_is_sure(
    count, repeats, joins
):
    paragraphs = [textwrap.wrap(paragraph, 60) for paragraph in REPORT[:count]]
    alone = [paragraph[n] for n, paragraph in enumerate(paragraphs[:repeats])]
    text = "\n\n".join(["\n".join(paragraph) for paragraph in paragraphs] + alone)
    assert sum(edit.rule == "unwrap" for edit in laws(text).edits) == joins


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize(("beside", "joins"), [(0, 10), (3, 10), (4, 0)])
def test_open_lines_that_stop_before_the_column_beside_a_block_are_verse(beside, joins, above):
    block = textwrap.wrap(" ".join(REPORT[:3]), 60)
    verse = [
        "the lantern stood beside the river, and",
        "who walked the bridge was never seen",
        "the market closed, a whistle in the rain",
        "and every window kept the silver tide",
    ][:beside]
    text = "\n".join([*verse, *block] if above else [*block, *verse])
    assert sum(edit.rule == "unwrap" for edit in laws(text).edits) == joins


#: Lines of near one width that nobody wrapped, of words of ours without sense.  Name: text.
SUNG = {
    "lines with steps": (
        "Hafen an nie hell Pfiff Pflaume, unter Glocke an Kreis\n"
        "\u3000\u3000Hafen der Flut langsam zwischen an Pfiff in Pfiff\n"
        "still Donner Stein in Wärter hell Hafen Brücke hohl\n"
        "\n"
        "\u3000\u3000Glocke Glocke Winter hell, Flut Leiter Hafen Brücke,\n"
        "Glocke ein Hafen Glocke unter unter Fluss Glocke\n"
        "\u3000\u3000Pfiff Fluss still still, Laterne still Kreis eng Donner\n"
        "Leiter zwischen Brücke ein der nie langsam Garten der\n"
        "\u3000\u3000still unter Wärter in nie langsam und Donner Stein still\n"
        "\n"
        "Laterne Donner und mit und nie Laterne Pfiff Markt zwischen\n"
        "\u3000\u3000still Brücke Flut. Markt Fenster Wärter Flut hell Leiter.\n"
        "hell Markt, an Pflaume hell Kreis Brücke an Fluss in hell\n"
        "\n"
        "\u3000\u3000Brücke Kreis langsam Garten und hell hohl Flut an eng,\n"
        "Donner still Glocke Leiter hell Winter Markt ein ein\n"
        "\u3000\u3000der und hell hohl unter Garten Fenster Wärter zwischen\n"
        "mit Pflaume, hohl langsam Pfiff Garten Markt zwischen.\n"
        "\u3000\u3000Brücke Fenster Pfiff mit Glocke zwischen Fluss hohl,"
    ),
    "couplets": (
        "路是山归渡街是旧林短的竹浪苔，船河孤的田木野在春老梦竹门新\n"
        "灯了晚星门叶渡林春风山短白旧，秋归梦雨炊红灯河竹门月钟风归\n"
        "白的老星木门木门秋叶旧鹭浪在，新梦秋风笛晚旧晚麦的旧梦灯月。\n"
        "船门野，梦是灯是水人是风麦青，白在野孤竹归的烟街红堤梦红是\n"
        "归在孤青笛秋堤麦钟新春渡长在，麦田石秋和了人炊鹭木笛春笛麦，\n"
        "的红桥街在雨月路晚木车风秋雨，木春木山船人街月是春星桥长长，\n"
        "\n"
        "灯星，雨堤秋街门红梦新石晚木，苔堤老在田林灯人钟月渡梦桥叶;\n"
        "船笛春风老野车渡田钟短河田浪，风老苔木春河竹短青春青梦归钟;"
    ),
    "sentences, every other one indented": (
        "창문 밀물 아침 기적 은빛 종 사다리 길을, 시장은 지키는 은빛 아침 창문.\n"
        "    아래 창문 결코 자두 종이 다리를 항구, 강가에서 종 과수원 겨울 항구 사다리 자두.\n"
        "자두 강가에서 종이 등불 은빛 사다리 길을 결코 사다리, 종 종이 과수원.\n"
        "    길을 기적 과수원 등불 시장은 시장은 운하 기적 밀물, 아래 아래 운하 시장은 기적 기적\n"
        "자두 아침 다리를 기적 소리가 창문 결코 아침 은빛 등불 종이, 운하 은빛 강가에서.\n"
        "    강가에서 정원에 천천히. 운하 다리를 정원에 아래 천천히 사람이 소리가 은빛 길을\n"
        "소리가 돌과 밀물 사람이 다리를, 과수원 다리를 등불 운하 지키는 소리가."
    ),
    "verses divided by strokes": (
        "등불 겨울 다리를, 소리가\u3000과수원 천천히 사다리.\n"
        "사다리 길을 소리가 결코\u3000천천히 사람이 기적 아침\n"
        "항구 항구 사람이 자두\u3000지키는 겨울 항구 시장은\n"
        "지키는 천천히 아래 창문\u3000사다리 사다리 종 자두\n"
        "\n"
        "창문 과수원, 기적 과수원\u3000기적 사람이 종이 종이\n"
        "지키는 사람이 기적\u3000천천히 아침 종이 과수원 종\n"
        "강가에서 아래 결코\u3000지키는 창문 시장은 운하.\n"
        "결코 소리가 시장은 돌과\u3000아래 강가에서 지키는 천천히"
    ),
    "points, each with its name": (
        "río: callado mañana huerto marea río papel río según;\n"
        "camino: ciruela invierno bajo marea marea piedra, río,\n"
        "trueno: hueco trueno, motor motor trueno puerto un papel,\n"
        "entre con: despacio círculo mercado hueco, puente claro\n"
        "angosto: ciruela motor marea camino de linterna, silbato\n"
        "entre: escalera mercado papel, callado jardín motor;\n"
        "trueno el: hueco camino piedra marea marea trueno. escalera"
    ),
}


@pytest.mark.parametrize("name", SUNG)
def test_lines_of_near_one_width_are_not_wrapped_for_that(name):
    text = SUNG[name]
    assert laws(text).text.split() == text.split()
    assert not any(edit.rule == "unwrap" for edit in laws(text).edits)


def test_values_divided_by_commas_are_not_joined():
    rows = [f'{n},{name},"{said}",{n}.{n}05' for n, (name, said) in enumerate(
        [("silver hollow", "orchard thunder quiet"), ("plum road", "circle a circle, of"),
         ("bridge window", "the market. river slow"), ("market", "road a, quiet market place"),
         ("bridge road a", "lantern canal plum"), ("the between", "orchard of, tide paper"),
         ("winter", "window the, plum whistle"), ("winter under", "a garden window. and")] * 3
    )]  # fmt: skip
    assert lines(laws("\n".join(rows))) == rows


def test_references_that_end_in_a_page_are_not_joined():
    rows = [
        f"{a}, {b}. {title}. 20{n}1, p. 24{n}"
        for n, (a, b, title) in enumerate(
            [
                ("林晚舟", "周青苔", "水塔上的钟声和渡口的四十一年记"),
                ("石小桥", "林晚舟", "一座粮站怎样变成了露天的影院"),
                ("周青苔", "田一禾", "邮局门前那盏灯的来历和去向考"),
                ("田一禾", "石小桥", "渡船与竹椅：柳溪镇夏夜的声音"),
                ("竹小满", "周青苔", "说书人和他收下的三名徒弟小传"),
            ]
        )
    ]
    assert lines(laws("\n".join(rows))) == rows


def test_a_rule_is_never_joined():
    text = "\n".join(wrapped(p, 30) + "\n" + "—" * 30 for p in ARTICLE)
    assert lines(laws(text)).count("—" * 30) == len(ARTICLE)


def test_a_headline_broken_before_what_looks_like_a_list_mark_is_one_line():
    story = ["柳溪镇旧粮站改成的露天影院开张（二）", *ARTICLE[1:]]
    text = "\n".join(wrapped(p, 17, "\u3000\u3000") for p in story)
    assert "开张\n（二）" in text
    assert lines(laws(text)) == story


@pytest.mark.parametrize("size", [16, 17, 18, 19, 20, 22, 23, 24, 26, 29])
def test_two_short_paragraphs_with_indents_are_joined_though_marks_stand_below_each_other(size):
    """Of lines with many marks most have one near some place by chance; that makes them no verse."""
    paragraphs = [
        "今早，渡口管理站开了例会，总结上半年的航次，安排汛期里的值守。站长说，各班组要勤看水位，守住每一道缆绳，把该修的船都修好。",
        "会上还说，去年两岸乡亲一同出力，新码头按期完工，候船的棚子添了长凳，给往后的通航打下了底子，也让送菜的小船有了地方靠岸。",
    ]
    indented = ["　　" + text for text in paragraphs]
    lines = [text[at : at + size] for text in indented for at in range(0, len(text), size)]
    assert segment("\n".join(lines), S).text.replace("　　", "").split("\n")[:2] == paragraphs


def test_couplets_with_a_pause_at_one_place_stay():
    lines = [
        "渡口的灯，照着晚归的船",
        "桥上的人，数着水里的星",
        "山那边的雨，还没有落完",
        "风里的钟，敲过了第三更",
        "屋檐的燕，记得旧时的路",
        "井边的桶，盛着半个月亮",
    ]
    assert segment("\n".join(lines), S).text.split("\n")[:6] == lines
