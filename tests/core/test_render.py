"""Render: cuts go, recipes give them back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.model import Span
from stages.render import RenderSettings, places, rebuild, recipe, render

LAW = settings(derandomize=True, deadline=None, max_examples=200)
TEXT = st.text(st.sampled_from("海湾渡轮首航，。\nab12\U00020000"), max_size=60)


@st.composite
def text_and_cuts(draw):
    text = draw(TEXT)
    marks = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    cuts = [Span(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False) if a < b]
    kept = [c for n, c in enumerate(cuts) if n == 0 or cuts[n - 1].end <= c.start]
    return text, kept


@LAW
@given(text_and_cuts())
def test_every_character_is_kept_or_cut_and_nothing_else(case):
    text, cuts = case
    kept = render(text, cuts)
    assert len(kept) + sum(len(c) for c in cuts) == len(text)
    rebuilt, at = [], 0
    for cut in cuts:
        here = places(cuts)(cut.start)
        rebuilt += [kept[at:here], text[cut.start : cut.end]]
        at = here
    assert "".join([*rebuilt, kept[at:]]) == text


@LAW
@given(text_and_cuts())
def test_a_place_is_where_the_same_character_stands(case):
    text, cuts = case
    kept = render(text, cuts)
    for position, char in enumerate(text):
        if not any(c.start <= position < c.end for c in cuts):
            assert kept[places(cuts)(position)] == char


@LAW
@given(TEXT, TEXT, st.integers(0, 60), st.integers(0, 60), st.integers(1, 12))
def test_a_recipe_gives_the_text_back(text, source, a, b, least):
    near = Span(min(a, b, len(source)), min(max(a, b), len(source)))
    operations = recipe(text, source, near, RenderSettings(copy_least=least))
    assert rebuild(source, operations) == text
    for op in operations:
        if not isinstance(op, str):
            assert source[op[0] : op[1]] in text


def test_equal_text_is_a_pointer():
    assert recipe("渡轮", "海湾渡轮首航", Span(2, 4), RenderSettings()) == ((2, 4),)
    assert recipe("渡轮", "海湾渡轮首航", Span(0, 1), RenderSettings()) == ((2, 4),)


def test_what_differs_is_in_the_recipe_as_text():
    source = "海湾渡轮今日上午首航共载客三百余人"
    text = "海湾渡轮今日上午首航共载客五百余人"
    operations = recipe(text, source, Span(0, len(source)), RenderSettings(copy_least=4))
    assert operations == ((0, 13), "五百余人")


def test_bad_settings_say_what_is_wrong():
    with pytest.raises(ValueError, match="copy_least"):
        RenderSettings(copy_least=0)
