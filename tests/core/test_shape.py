"""The lines that furniture sees: counted for many texts at once, as each would be alone."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _bylines, _shape, furniture
from stages._bylines import label_of
from stages._known import AROUND, WIDE_CHAR, cued
from stages._shape import (
    BETWEEN,
    COLON,
    DIGIT,
    MARK,
    PAPER,
    RARE,
    UNKNOWN,
    Line,
    fits,
    lines_all,
    of_one_sentence,
)
from stages.furniture import FurnitureSettings

LAW = settings(derandomize=True, deadline=None, max_examples=300)
TEXTS = st.lists(
    st.one_of(
        st.text(st.sampled_from("字あ한a1 。,\n\u3000\ud800\U00020000\U000323b0\U0010ffff"), max_size=40),
        st.sampled_from(("责任编辑：船夫\n正文。", "Read more\nLeer más", "")),
    ),
    max_size=5,
)
#: Of which lines are made that labels, datelines, menus and words of sites could stand in.
PIECES = (
    "本文首发于《江声报》",
    "《江声报》",
    "来源：渡口社",
    "记者 江舟",
    "新华社渡口3月5日电",
    "(AP) ",
    "首页 | 要闻 | 体育",
    "Home | News | Sport",
    "责任编辑：船夫",
    "Read more",
    "渡轮今日首航，乘客三百人。",
    "The ferry sailed. ",
    "船期",
    "2026年3月5日",
    "３月",
    "३",
    "[1]: https://example.org",
    "：",
    "。",
    " ",
    "- ",
    "#",
)


@LAW
@given(TEXTS)
def test_each_line_that_is_not_blank_is_there_with_its_wide_characters_and_words_of_sites(texts):
    for text, lines in zip(texts, lines_all(texts), strict=True):
        plain = [line.strip() for line in text.split("\n") if line.strip()]
        cues = cued(plain)
        assert lines == tuple(
            Line(line, len(WIDE_CHAR.findall(line)), cues.get(n, ()), found.held)
            for n, (line, found) in enumerate(zip(plain, lines, strict=True))
        )


@LAW
@given(st.text(st.sampled_from("字é3३３,。：:《／|·- \U0001d7d8"), max_size=12))
def test_what_is_searched_for_shows_in_what_a_line_holds(text):
    for line in lines_all([text])[0]:
        assert bool(line.held & DIGIT) == (not set("0123456789").isdisjoint(line.text))
        assert bool(line.held & (DIGIT | RARE)) or not furniture._FIGURE.search(line.text)
        assert bool(line.held & COLON) == (not set(":：").isdisjoint(line.text))
        assert bool(line.held & PAPER) == ("《" in line.text)
        assert line.held & BETWEEN or not furniture._MENU.fullmatch(line.text.strip(AROUND))
        assert not line.held & (DIGIT | MARK) or not furniture._MENU.fullmatch(line.text.strip(AROUND))


def test_every_digit_is_one_or_rare():
    others = [n for n in range(0x80, sys.maxunicode + 1) if chr(n).isdecimal()]
    assert (_shape._table().take(others, mode="clip") == RARE).all()


def test_white_space_is_what_an_expression_takes_for_it():
    assert set(_shape._SPACE) == set(re.findall(r"\s", "".join(map(chr, range(sys.maxunicode + 1)))))


@LAW
@given(
    st.lists(
        st.sampled_from((*PIECES, "文", "记者", "丨", "／", "by Ann Lee", "江舟", "강 기자")), max_size=5
    )
)
def test_a_label_has_what_none_is_without(pieces):
    for core in ("".join(pieces), "".join(pieces).strip(AROUND)):
        assert label_of(core) == _bylines._label(core)


def test_no_mark_is_of_a_menu_nor_around_one():
    assert not any(
        mark in AROUND or furniture._MENU.fullmatch(f"字{mark}字{mark}字") for mark in _shape._MARKS
    )


@LAW
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), max_size=6))
def test_a_line_is_judged_alike_whether_it_was_looked_at_or_not(lines):
    texts, none = ["\n".join(lines)], FurnitureSettings()
    looked = [tuple(line._replace(held=UNKNOWN) for line in of) for of in lines_all(texts)]
    told = furniture.furniture_all(texts, none, page=[False], markdown=[False])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(furniture, "lines_all", lambda _: looked)
        slow = furniture.furniture_all(texts, none, page=[False], markdown=[False])
    assert [(one.roles, one.metadata) for one in told] == [(one.roles, one.metadata) for one in slow]
    fast_keys, slow_keys = (furniture.line_keys_all(some, none, absent=[()])[0] for some in (told, slow))
    assert fast_keys.marks.tolist() == slow_keys.marks.tolist()


@LAW
@given(st.text(st.sampled_from("字a "), max_size=30), st.integers(1, 12))
def test_a_line_fits_by_its_wide_characters_and_twice_as_many_narrow_ones(text, most):
    wide = len(WIDE_CHAR.findall(text))
    assert fits(Line(text, wide, ()), most) == (wide + len(text) <= 2 * most)


@LAW
@given(
    st.lists(
        st.sampled_from(("渡轮今日首航", "three men came back", "Mr", "3", "。", ". ", ".", "!", "”", "…"))
    )
)
def test_sentences_are_counted_only_where_a_mark_stands_between(pieces):
    line = "".join(pieces)
    parts = [part for part in _shape._SENTENCE_END.split(line) if len(part) > 4]
    long = [p for p in parts if len(WIDE_CHAR.findall(p)) >= 5 or len(_shape.WORD.findall(p)) >= 4]
    assert of_one_sentence(line) == (len(long) < 2)
