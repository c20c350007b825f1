"""An expression that waits is the same as one that does not."""

from __future__ import annotations

import re

import pytest

from stages._late import late

_FORM = r"(\d+)(?:-(\w))?"


def test_it_is_compiled_when_it_is_first_asked_and_once(monkeypatch):
    compiled = []
    compile_ = re.compile
    monkeypatch.setattr(re, "compile", lambda *given: compiled.append(given) or compile_(*given))
    waits = late(_FORM, re.ASCII)
    assert (waits.pattern, compiled) == (_FORM, [])
    assert [waits.findall("1-a 2"), waits.findall("3")] == [[("1", "a"), ("2", "")], [("3", "")]]
    assert waits.sub("x", "1-a 2") == "x x"
    assert compiled == [(_FORM, re.ASCII)]


@pytest.mark.parametrize("ask", ["search", "match", "fullmatch", "finditer", "findall", "split"])
def test_it_answers_as_the_expression(ask):
    waits, plain = late(_FORM), re.compile(_FORM)
    for text in ("12-b", "x 12", "", "1 2-c"):
        answers = [getattr(one, ask)(text) for one in (waits, plain)]
        if ask == "finditer":
            answers = [list(found) for found in answers]
        assert repr(answers[0]) == repr(answers[1])


def test_what_a_pattern_does_not_have_it_has_not():
    with pytest.raises(AttributeError, match="nothing"):
        late("a").nothing  # noqa: B018
