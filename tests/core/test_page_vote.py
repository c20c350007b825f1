"""Which blocks of a page stand, as extractors vote; and what is the same on every made page: nothing is lost unseen."""

import importlib.util
import random
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from stages import _page
from stages._page import Block
from stages._page_vote import Ballot, agreement, choose, match
from stages.extract import ExtractSettings, extract
from stages.model import Extracted

PROSE = "桥面在清晨六点放行，第一个走过去的是卖豆腐的老人，他说这座桥等了四十年，今天终于可以空着手走到对岸去看看。"


def block(text=PROSE, linked=0.0, tag="p", home=1):
    return Block(text, linked, tag, home)


def votes(*rows, alone=(True, True, False)):
    """One string a voter, one character a block."""
    return [Ballot(tuple(c == "1" for c in row), one) for row, one in zip(rows, alone, strict=False)]


def kept(page, *rows):
    return "".join("01"[yes] for yes in choose(page, votes(*rows)))


P, LINK, LINK_BESIDE, HEADING, SHORT, CAPTION, FAR = (
    block(),
    block("频道新闻列表", linked=1.0, tag="li", home=2),
    block("原文见此处", linked=1.0),
    block("注释", tag="h2"),
    block("小标题一行"),
    block("图为新桥", tag="figcaption", home=9),
    block(home=7),
)

CASES = [
    ("two of three stand, one does not", [FAR, P, FAR], ("110", "010", "000"), "010"),
    ("a lone answer stands as it is", [P, LINK, P], ("110",), "110"),
    ("links outside the article need every vote", [LINK, P], ("11", "11", "01"), "01"),
    ("and stand with every vote", [LINK, P], ("11", "11", "11"), "11"),
    ("inside it two are enough", [P, LINK, P], ("111", "111", "101"), "111"),
    ("one vote brings in what is inside", [P, SHORT, P], ("111", "101", "101"), "111"),
    ("but no link from elsewhere", [P, LINK, P], ("111", "101", "101"), "101"),
    ("nor one that jusText alone took", [P, LINK_BESIDE, P], ("101", "101", "111"), "101"),
    ("one vote brings in a link among the prose", [P, LINK_BESIDE, P], ("111", "101", "101"), "111"),
    ("and a heading after the end, from the same home", [P, HEADING], ("11", "10", "10"), "11"),
    ("but no other short line", [P, SHORT], ("11", "10", "10"), "10"),
    ("jusText alone does not, from elsewhere", [P, FAR, P], ("101", "101", "111"), "101"),
    ("but does among siblings", [P, P, P], ("101", "101", "111"), "111"),
    ("a caption inside needs no vote", [P, CAPTION, P], ("101", "101", "101"), "111"),
    ("and outside it does", [CAPTION, P], ("01", "01", "01"), "01"),
    ("prose after the end, from the same home, needs one", [P, P], ("11", "10", "10"), "11"),
    ("from another home, two", [P, FAR], ("11", "10", "10"), "10"),
    ("nothing is nothing", [FAR, P], ("00", "00", "00"), "00"),
    ("no vote in common keeps nothing", [FAR, P], ("10", "01", "00"), "00"),
]


@pytest.mark.parametrize(("page", "rows", "stands"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_block_stands_by_its_votes_and_its_place(page, rows, stands):
    assert kept(page, *rows) == stands


FOOTER = block("关于我们的网站", home=8)
BEYOND = [
    ("short lines beyond an answer in one piece do not stand", [P, P, FOOTER], ("111", "110", "111"), "110"),
    ("nor above it", [FOOTER, P, P], ("111", "011", "111"), "011"),
    ("prose there does", [P, P, P, FAR], ("1111", "1110", "1111"), "1111"),
    ("what it took itself does", [P, P, FOOTER], ("110", "111", "111"), "111"),
    ("lines of the article's own home do", [P, P, SHORT], ("111", "110", "111"), "111"),
    ("lines between do", [P, FOOTER, P], ("111", "101", "111"), "111"),
    (
        "an answer with little of the text bounds nothing",
        [P, P, FAR, FOOTER],
        ("1111", "1000", "1111"),
        "1111",
    ),
]


@pytest.mark.parametrize(("page", "rows", "stands"), [c[1:] for c in BEYOND], ids=[c[0] for c in BEYOND])
def test_an_answer_in_one_piece_that_holds_most_of_the_text_bounds_it(page, rows, stands):
    first, piece, third = votes(*rows)
    assert "".join("01"[yes] for yes in choose(page, [first, replace(piece, whole=True), third])) == stands


INSET = [
    block(text, tag=tag, home=6) for n in (1, 2, 3) for tag, text in (("h2", f"{n}/3 灯塔换灯"), ("p", PROSE))
]
GALLERIES = [
    ("a gallery inside goes", [P, *INSET, P], "10000001", "10000001"),
    ("one that the answer in one piece holds stays", [P, *INSET, P], "11111111", "11111111"),
    ("so does one of which it holds a part", [P, *INSET, P], "10010001", "11111111"),
    ("and one below the article", [P, P, *INSET], "11000000", "11111111"),
    ("two numbers are no gallery", [P, *INSET[:4], P], "100001", "111111"),
    (
        "nor are dates at the head of headlines",
        [P, *(replace(b, text="9/11 families speak") if b.tag == "h2" else b for b in INSET), P],
        "10000001",
        "11111111",
    ),
    ("nor are numbers in the text", [P, *(replace(b, tag="p") for b in INSET), P], "10000001", "11111111"),
]


@pytest.mark.parametrize(
    ("page", "piece", "stands"), [c[1:] for c in GALLERIES], ids=[c[0] for c in GALLERIES]
)
def test_numbered_pictures_of_another_story_set_into_an_article_do_not_stand(page, piece, stands):
    every, one = votes("1" * len(page), piece)
    assert "".join("01"[yes] for yes in choose(page, [every, replace(one, whole=True), every])) == stands


LEAD = block("导语：" + 2 * PROSE, home=5)
LEADS = [
    ("a lead of its own home stands", [LEAD, CAPTION, P, P], "1011", "1011"),
    ("not with another's vote", [LEAD, CAPTION, P, P], "0011", "0011"),
    ("not where it has a link", [replace(LEAD, linked=0.1), CAPTION, P, P], "1011", "0011"),
    ("not a short one", [FAR, CAPTION, P, P], "1011", "0011"),
    ("not far above", [LEAD, *4 * [CAPTION], P, P], "1000011", "0000011"),
    ("not below the article", [P, P, LEAD], "111", "110"),
]


@pytest.mark.parametrize(("page", "piece", "stands"), [c[1:] for c in LEADS], ids=[c[0] for c in LEADS])
def test_a_long_paragraph_right_above_the_article_needs_the_vote_of_an_answer_in_one_piece(
    page, piece, stands
):
    one = votes(piece)[0]
    other = votes("".join("01"[b.home == 1] for b in page))[0]
    assert "".join("01"[yes] for yes in choose(page, [other, replace(one, whole=True), other])) == stands


def test_beginnings_of_other_stories_under_their_links_do_not_stand():
    teasers = [
        one for i in range(3) for one in (LINK, block(f"第{i}篇报道的开头一句话写到这里就断了…", home=7))
    ]
    assert kept([P, *teasers], "1010101", "1010101", "1010101") == "1000000"
    assert kept([P, *teasers[:4]], "10101", "10101", "10101") == "10101"


def test_a_text_that_stands_twice_is_taken_where_the_answer_is():
    head = "云港新桥今日正式通车啦"
    page = [block(head, linked=1.0), block("导航" * 20), block(head), P]
    assert match(page, [head, PROSE], alone=True).taken == (False, False, True, True)
    assert match(page, [head, PROSE, head], alone=True).taken == (True, False, True, True)


def test_an_answer_that_joins_splits_or_edits_lines_is_still_matched():
    first, second = PROSE, PROSE[::-1]
    page = [
        block(first),
        block(second),
        block("别的内容完全不同的一段文字，谁也没有取走它，因为它是页脚的说明文字。" * 2),
    ]
    for answer in (
        [first + second],
        [first[:20], first[20:], second],
        [first.replace("豆腐", "豆花"), second],
    ):
        assert match(page, answer, alone=True).taken == (True, True, False)


def test_matching_a_page_of_very_many_blocks_takes_no_longer_than_it_is_long():
    draw = random.Random(1)
    texts = ["".join(chr(draw.randrange(0x4E00, 0x5A00)) for _ in range(40)) for _ in range(20_000)]
    page = [block(text) for text in texts]
    begin = time.process_time()
    assert match(page, texts[::2], alone=True).taken == tuple(i % 2 == 0 for i in range(20_000))
    edited = [text[:20] + "x" + text[21:] for text in texts]
    assert all(match(page, edited, alone=True).taken)
    assert time.process_time() - begin < 8


def test_agreement_is_symmetric_and_one_for_the_same_choice():
    page = [P, LINK, FAR]
    assert agreement(page, [True, False, True], [True, False, True]) == 1.0
    assert agreement(page, [True, False, False], [False, True, True]) == 0.0
    assert agreement(page, [True, True, False], [True, False, False]) == agreement(
        page, [True, False, False], [True, True, False]
    )
    assert agreement(page, [False] * 3, [False] * 3) == 0.0


def test_blocks_know_their_links_and_their_home():
    found = _page.blocks(
        _page.parse(
            "<div><p>甲<a href=x>乙丙</a></p><p>丁</p></div><ul><li><a href=y>戊</a></li><li>己</li></ul>"
        )
    )
    assert [(b.text, round(b.linked, 2), b.tag) for b in found] == [
        ("甲乙丙", 0.67, "p"), ("丁", 0.0, "p"), ("戊", 1.0, "li"), ("己", 0.0, "li"),
    ]  # fmt: skip
    assert found[0].home == found[1].home != found[2].home == found[3].home


# ---- laws over the pages that quality is measured on; another seed than any other use of them


def made(seed):
    folder = Path(__file__).resolve().parents[1] / "quality"
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("page_sites", folder / "page_sites.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules["page_sites"] = module
        spec.loader.exec_module(module)
        return list(module.make(seed))
    finally:
        sys.path.remove(str(folder))


PAGES = made(77)


@pytest.mark.parametrize("gold", PAGES[::3], ids=lambda g: f"{g.template}-{g.lang}")
def test_a_paragraph_is_in_the_text_or_counted_as_left_aside(gold):
    found = extract(gold.html, ExtractSettings())
    assert isinstance(found, Extracted)
    dense = "".join(found.text.split())
    gone = [text for text in gold.body if "".join(text.split()) not in dense]
    assert sum(map(len, gone)) <= found.unextracted_chars
    assert len(gone) <= len(gold.body) / 4
    if gold.template.startswith("deep"):
        assert not gone


@pytest.mark.parametrize("gold", PAGES[::9], ids=lambda g: f"{g.template}-{g.lang}")
def test_the_text_is_that_of_the_page(gold):
    found = extract(gold.html, ExtractSettings())
    if found.extractor.startswith(("script", "json-ld", "js_content")):
        return
    there = set(_page.lines(_page.parse(gold.html)))
    assert set(found.text.split("\n")) <= there
    assert found.visible_chars - found.unextracted_chars == sum(map(len, found.text.split("\n")))
