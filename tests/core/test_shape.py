"""The lines that furniture sees: counted for many texts at once, as each would be alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _shape
from stages._known import WIDE_CHAR, cued
from stages._shape import Line, fits, lines_all, of_one_sentence

LAW = settings(derandomize=True, deadline=None, max_examples=300)
TEXTS = st.lists(
    st.one_of(
        st.text(st.sampled_from("字あ한a1 。,\n\u3000\ud800\U00020000\U000323b0\U0010ffff"), max_size=40),
        st.sampled_from(("责任编辑：船夫\n正文。", "Read more\nLeer más", "")),
    ),
    max_size=5,
)


@LAW
@given(TEXTS)
def test_each_line_that_is_not_blank_is_there_with_its_wide_characters_and_words_of_sites(texts):
    for text, lines in zip(texts, lines_all(texts), strict=True):
        plain = [line.strip() for line in text.split("\n") if line.strip()]
        cues = cued(plain)
        assert lines == tuple(
            Line(line, len(WIDE_CHAR.findall(line)), cues.get(n, ())) for n, line in enumerate(plain)
        )


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
