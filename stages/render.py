"""Render: L2 and cuts → L3, and the recipe that gives every removed piece back.

In: the normalised text and what was decided.  Out: the canonical copy, and operations that rebuild removed
text from a canonical copy.  Order: last.  A recipe copies only code-point-equal text; whatever differs is in it
as text.
Source: standoff spans with recipes keep removal reversible, as attributes in corpus tools do; decoding alone is not.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from stages.align import align, code_points

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stages.model import Span

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """How recipes are written."""

    copy_least: int = 8  # equal characters in a row that are worth a copy operation

    def __post_init__(self) -> None:
        if self.copy_least < 1:
            raise ValueError(f"copy_least = {self.copy_least}: must be 1 or more")


def render(text: str, cuts: Sequence[Span]) -> str:
    """Return `text` without the cuts, which are sorted and do not overlap."""
    out = []
    at = 0
    for cut in cuts:
        out.append(text[at : cut.start])
        at = cut.end
    out.append(text[at:])
    return "".join(out)


def places(cuts: Sequence[Span]) -> Callable[[int], int]:
    """Return what tells where a position of L2 lies in L3; inside a cut, where the cut was."""
    ends = [c.end for c in cuts]
    gone = [0, *accumulate(len(c) for c in cuts)]

    def place(position: int) -> int:
        before = bisect_right(ends, position)
        if before < len(cuts):
            position = min(position, cuts[before].start)
        return position - gone[before]

    return place


def recipe(text: str, source: str, near: Span, settings: RenderSettings) -> tuple[tuple[int, int] | str, ...]:
    """Return operations that rebuild `text` from `source`, looking for it at `near` first."""
    if not text:
        return ()
    if source[near.start : near.end] == text:
        return ((near.start, near.end),)
    found = source.find(text, max(0, near.start - len(text)))
    if found >= 0:
        return ((found, found + len(text)),)
    window = source[near.start : near.end]
    operations: list[tuple[int, int] | str] = []
    for op in align(code_points(window), code_points(text), tidy=False):
        if op.kind == "equal" and op.a1 - op.a0 >= settings.copy_least:
            operations.append((near.start + op.a0, near.start + op.a1))
        elif op.b1 > op.b0:
            piece = text[op.b0 : op.b1]
            if operations and isinstance(operations[-1], str):
                operations[-1] += piece
            else:
                operations.append(piece)
    return tuple(operations)


def rebuild(source: str, operations: Sequence[tuple[int, int] | str]) -> str:
    """Return the text that a recipe describes."""
    return "".join(op if isinstance(op, str) else source[op[0] : op[1]] for op in operations)
