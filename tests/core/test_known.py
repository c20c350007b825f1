"""Which table knows a line, and which words are a site's: the look for pieces never hides what an expression finds."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _known, _patterns
from stages._known import AROUND, WIDE_CHAR, cued, has_cue, listed, rule_of
from stages._patterns import needed
from stages._pieces import pieces_of, places

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import rewrite_needed

LAW = settings(max_examples=400, deadline=None)
NONE = frozenset()
PIECES = sorted({p for row in (*needed.WIDE, *needed.NARROW) for p in row.split(needed.BETWEEN)})
WORDS = sorted(
    {w for w in re.split(r"[^\w\s]+", "|".join(f for _, f in (*_patterns.WIDE, *_patterns.NARROW))) if w}
)
CUES = sorted(rewrite_needed.openings(_patterns.CUES)) + re.split(r"[^\w\s@.]+", _patterns.CUES)
PARTS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(CUES),
    st.sampled_from([p.strip(needed.BEGIN + needed.END) for p in PIECES]),
    st.text("：:|/ 。,，>»()（）©1234 aeiIİıſK\u212a訂閱責編關注", max_size=3),
    st.text(max_size=3),
)
LINES = st.lists(PARTS, max_size=6).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda between: between.join(parts).strip())
)


def compiled(rows):
    return [(rule, re.compile(form, re.IGNORECASE)) for rule, form in rows]


WIDE, CHINESE, NARROW = (compiled(t) for t in (_patterns.WIDE, _patterns.CHINESE, _patterns.NARROW))
ALL_CUES, WEAK = (re.compile(form, re.IGNORECASE) for form in (_patterns.CUES, _patterns.WEAK))


def first(core, table):
    return next((rule for rule, form in table if form.fullmatch(core)), "")


def known_by_all(core):
    """The same, each expression tried."""
    if not WIDE_CHAR.search(core):
        return first(core, NARROW)
    return first(core, WIDE) or first(core.translate(_patterns.SIMPLE), CHINESE)


def cue_by_all(line, sentence):
    """The same, the expression searched for everywhere."""
    found = ALL_CUES.finditer(line.translate(_patterns.SIMPLE))
    return any(not (sentence and WEAK.fullmatch(cue.group())) for cue in found)


@LAW
@given(LINES, st.booleans())
def test_what_a_line_holds_hides_no_rule_and_no_cue(line, sentence):
    core = line.strip(AROUND)
    at = listed([line]).get(0, ())
    assert _known._known(core, NONE, at) == known_by_all(core)
    assert _known._known(core + line[-1:], NONE, at) == known_by_all(core + line[-1:])
    cue = cue_by_all(line, sentence)
    assert has_cue(line, sentence=sentence) == cue
    both = cued(["", line, line])
    assert has_cue(line, sentence=sentence, at=both.get(2, ())) == cue
    assert both.get(1) == both.get(2)


@LAW
@given(st.lists(LINES.filter(bool), min_size=1, max_size=5))
def test_lines_looked_at_together_are_known_as_each_alone(lines):
    may = listed(lines)
    for n, line in enumerate(lines):
        assert rule_of(line, NONE, may.get(n, ())) == rule_of(line, NONE)


@pytest.mark.parametrize("upper", [False, True])
def test_words_of_the_tables_are_found_in_any_case(upper):
    for word in WORDS:
        line = word.upper() if upper else word
        at = listed([line]).get(0, ())
        assert _known._known(line.strip(AROUND), NONE, at) == known_by_all(line.strip(AROUND)), line


def test_characters_that_case_makes_alike_fold_to_one():
    letters = sorted({c for piece in (*PIECES, *CUES) for c in piece.lower() if c.lower() != c.upper()})
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    for letter in letters:
        alike = "".join(re.findall(letter, everything, re.IGNORECASE))
        assert set(alike.translate(_known._FOLD).lower()) == set(letter.translate(_known._FOLD).lower()), (
            letter
        )


def test_the_pieces_are_those_of_the_expressions():
    assert rewrite_needed.TARGET.read_text("utf-8") == rewrite_needed.module()


@LAW
@given(
    st.lists(st.text("abcXYZ訂订", min_size=1, max_size=5), min_size=1),
    st.text("abcxyzXYZ訂订 \n", max_size=60),
)
def test_every_piece_is_found_where_it_begins(pieces, text):
    small = [p.translate(_patterns.SIMPLE).lower() for p in pieces]
    folded = text.translate(_patterns.SIMPLE).lower()
    begin = {at for p in small for at in range(len(folded)) if folded.startswith(p, at)}
    found = places(text, pieces_of(small, _patterns.SIMPLE))
    assert begin <= set(found)
    assert found == sorted(set(found))


def test_pieces_are_found_across_blocks():
    table = pieces_of(["abcd"], {0x10FFFF: 0x20})
    text = "x" * 32766 + "abcd" + "x" * 40000 + "abcd"
    assert set(places(text, table)) >= {32766, 72770}
