"""Values of work files come back as they were; what is not of their shape is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pytest

from pipeline import codec


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    start: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class Outer:
    text: str
    raw: bytes
    none: str | None
    inner: Inner | None
    pair: tuple[int, Colour]
    plain: tuple[float, ...]
    many: tuple[Inner, ...]


VALUE = Outer(
    "字\n", b"\x00\xff", None, Inner(1, Colour.RED), (2, Colour.RED), (0.1, 1e300), (Inner(3, Colour.RED),)
)


def test_a_value_comes_back():
    text = codec.dump(VALUE)
    assert text == '["字\\n","00ff",null,[1,"red"],[2,"red"],[0.1,1e+300],[[3,"red"]]]'
    assert codec.load(Outer, text) == VALUE
    assert isinstance(codec.load(Outer, text).pair[1], Colour)
    assert codec.dump("a\udcff", ascii_only=True) == '"a\\udcff"'


@pytest.mark.parametrize("text", ["", "[1]", '[1,"red",2]', '[1,"blue"]'])
def test_another_shape_is_refused(text):
    with pytest.raises(ValueError):
        codec.load(Inner, text)


def test_what_has_no_form_is_refused():
    with pytest.raises(TypeError, match="set: has no form"):
        codec.dump({1})
