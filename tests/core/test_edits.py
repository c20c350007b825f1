"""Edits: applying, undoing, composing, and carrying positions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.edits import Positions, apply_edits, compose, undo_edits
from stages.model import Edit

LAW = settings(derandomize=True, deadline=None, max_examples=300)


@st.composite
def edited(draw, text):
    edits, at = [], 0
    while True:
        start = at + draw(st.integers(0, 4))
        if start > len(text) or len(edits) > 6:
            return edits
        old = text[start : start + draw(st.integers(0, 3))]
        new = draw(st.text("xyz", max_size=3))
        if old != new:
            edits.append(Edit(draw(st.sampled_from("AB")), start, old, new))
        at = start + max(1, len(old))


@st.composite
def two_steps(draw):
    text = draw(st.text("abc", max_size=14))
    first = draw(edited(text))
    return text, first, draw(edited(apply_edits(text, first)))


@LAW
@given(two_steps())
def test_undoing_gives_the_text_back(case):
    text, first, _ = case
    assert undo_edits(apply_edits(text, first), first) == text


@LAW
@given(two_steps())
def test_composed_edits_do_both_steps_at_once(case):
    text, first, second = case
    final = apply_edits(apply_edits(text, first), second)
    both = compose(first, second)
    assert apply_edits(text, both) == final
    assert undo_edits(final, both) == text


@LAW
@given(two_steps())
def test_a_position_outside_edits_names_the_same_character(case):
    text, edits, _ = case
    later = apply_edits(text, edits)
    positions = Positions(edits)
    touched = set()
    shift = 0
    for edit in edits:
        touched |= set(range(edit.start + shift, edit.start + shift + len(edit.new)))
        shift += len(edit.new) - len(edit.old)
    for at, char in enumerate(later):
        if at not in touched:
            assert text[positions.earlier(at)] == char
    places = [positions.earlier(at) for at in range(len(later) + 1)]
    assert places == sorted(places)
    assert all(0 <= p <= len(text) for p in places)


def test_an_edit_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        apply_edits("abc", [Edit("A", 1, "x", "")])
    with pytest.raises(ValueError, match="does not fit"):
        undo_edits("abc", [Edit("A", 1, "", "x")])


def test_rules_that_meet_are_named_together():
    assert compose([Edit("A", 0, "a", "b")], [Edit("B", 0, "b", "c")]) == (Edit("A+B", 0, "a", "c"),)
