import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import errors
from pipeline.errors import EXIT_CODES, CleanCorpusError, safe

KINDS = CleanCorpusError.__subclasses__()


def test_every_exit_code_is_documented_and_no_two_errors_share_one():
    codes = [kind.exit_code for kind in KINDS]
    assert sorted(codes) == [2, 4, 5, 6, 7, 8]
    assert set(codes) < set(EXIT_CODES)
    assert list(EXIT_CODES) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 129, 130, 143]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_crosses_a_process_border_whole(kind):
    back = pickle.loads(pickle.dumps(kind("what: where")))
    assert (type(back), str(back)) == (kind, "what: where")


def test_the_tree_in_the_docstring_names_every_error():
    for kind in KINDS:
        assert f"{kind.__name__}" in errors.__doc__
        assert str(kind.exit_code) in errors.__doc__


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("新闻 2024.txt", "新闻 2024.txt"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\nb\tc", "a\\x0ab\\x09c"),
        ("\x9b31m", "\\x9b31m"),  # C1: CSI in one character
        ("txt.\N{RIGHT-TO-LEFT OVERRIDE}fdp", "txt.\\u202efdp"),
        ("a\N{ZERO WIDTH SPACE}b\N{LINE SEPARATOR}", "a\\u200bb\\u2028"),
        ("\N{TAG LATIN SMALL LETTER A}", "\\U000e0061"),
        (b"caf\xe9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_steers_or_hides_is_shown(given_, wanted):
    assert safe(given_) == wanted


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.one_of(st.binary(), st.text(st.characters(codec=None))))
def test_safe_text_is_one_line_that_any_terminal_can_be_given(text):
    shown = safe(text)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert not any(
        c < " " or "\x7f" <= c <= "\x9f" or "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069"
        for c in shown
    )
    assert safe(shown) == shown
