"""HTML from forms: nothing of a value gets past the escaping, whatever the value holds."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.report.markup import Html, escape, fill, joined

TEXTS = st.text(alphabet=st.characters() | st.sampled_from("&<>'\"{}%;#"), max_size=40)


@given(TEXTS)
@example("</script><img src=x onerror='a'>&amp;&lt;{t}{{7*7}}")
def test_an_escaped_text_has_no_mark_of_html_and_reads_back(text):
    shown = escape(text)
    assert set("<>'\"").isdisjoint(shown)
    back = shown
    for character, reference in (
        ('"', "&#34;"),
        ("'", "&#39;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("&", "&amp;"),
    ):
        back = back.replace(reference, character)
    assert back == text


@given(TEXTS, TEXTS)
def test_values_are_escaped_once_and_never_read_as_forms(one, other):
    inner = fill("<b>{a}</b>", a=one)
    assert type(inner) is Html
    assert inner == f"<b>{escape(one)}</b>"
    assert fill('<p title="{t}">{inner}{t}</p>', t=other, inner=inner) == (
        f'<p title="{escape(other)}">{inner}{escape(other)}</p>'
    )
    assert joined([inner, inner]) == inner * 2


def test_what_is_no_text_is_shown_as_text():
    assert fill("{a} {b}", a=1.5, b=None) == "1.5 None"
