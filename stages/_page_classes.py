"""Which paragraphs of a page jusText takes for its text, once their neighbours are looked at.

In: for each paragraph what jusText says of it alone, whether it stands in a heading, and its length.  Out: its class.
Order: not a stage; read by `stages.extract`.
Source: `justext.core.revise_paragraph_classification` of jusText 3.0.2, which looks for the neighbours of each short
paragraph anew, in a time that grows with the square of the page.  A property test holds this to the same answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

_SURE: Final = frozenset({"good", "bad"})
_LONG: Final = frozenset({"good", "bad", "neargood"})
_BELOW_CHARS: Final = 200  # of paragraphs between a heading and its text, as jusText has it


def revised(classes: Sequence[str], headings: Sequence[bool], sizes: Sequence[int]) -> list[str]:
    """Return "good" for each paragraph that is text, and "bad" for others.

    A short one is what stands around it: text between text, and beside what is nearly text; one that is nearly text is
    none between what is not; a heading above text is text.
    """
    out = _shorts(classes)
    before, after = "bad", _above(out[::-1], _SURE)[::-1]
    for i, of in enumerate(out):
        if of == "neargood":
            out[i] = "bad" if before == after[i] == "bad" else "good"
        before = out[i]
    for i, of in enumerate(classes):
        if headings[i] and of != "bad" and out[i] == "bad" and _leads(i, out, sizes):
            out[i] = "good"
    return out


def _shorts(classes: Sequence[str]) -> list[str]:
    """Return the classes with those of short paragraphs settled by the nearest that are not short."""
    back = classes[::-1]
    before, after = _above(classes, _SURE), _above(back, _SURE)[::-1]
    next_before, next_after = _above(classes, _LONG), _above(back, _LONG)[::-1]
    out = list(classes)
    for i, of in enumerate(classes):
        if of == "short":
            beside = (before[i] == "bad" and next_before[i] == "neargood") or (
                after[i] == "bad" and next_after[i] == "neargood"
            )
            out[i] = before[i] if before[i] == after[i] else "good" if beside else "bad"
    return out


def _above(classes: Sequence[str], kinds: AbstractSet[str]) -> list[str]:
    """Return for each paragraph the class of the nearest one before it that is of these kinds; "bad" where none is."""
    out, last = [], "bad"
    for of in classes:
        out.append(last)
        last = of if of in kinds else last
    return out


def _leads(at: int, classes: Sequence[str], sizes: Sequence[int]) -> bool:
    """Return whether text follows a heading closely."""
    distance = 0
    for i in range(at + 1, len(classes)):
        if distance > _BELOW_CHARS:
            return False
        if classes[i] == "good":
            return True
        distance += sizes[i]
    return False
