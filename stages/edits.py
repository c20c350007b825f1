"""Apply, undo and compose lists of edits, and carry positions across them.

In: a text and sorted, non-overlapping edits.  Out: the other text, or edits, or positions.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from stages.model import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return the later layer of `text`.

    Raises:
        ValueError: an edit does not stand where it says, or the edits overlap.
    """
    out: list[str] = []
    at = 0
    for edit in edits:
        end = edit.start + len(edit.old)
        if edit.start < at or text[edit.start : end] != edit.old:
            raise ValueError(f"edit {edit.rule!r} at {edit.start} does not fit the text")
        out += text[at : edit.start], edit.new
        at = end
    out.append(text[at:])
    return "".join(out)


def undo_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return the earlier layer, of which `text` is the later one.

    Raises:
        ValueError: an edit does not stand where it says.
    """
    out: list[str] = []
    at = shift = 0  # shift: later position minus earlier position
    for edit in edits:
        here = edit.start + shift
        end = here + len(edit.new)
        if here < at or text[here:end] != edit.new:
            raise ValueError(f"edit {edit.rule!r} at {edit.start} does not fit the text")
        out += text[at:here], edit.old
        at = end
        shift += len(edit.new) - len(edit.old)
    out.append(text[at:])
    return "".join(out)


class Positions:
    """Carries positions of the later layer back to the earlier one."""

    __slots__ = ("_earlier", "_later")

    def __init__(self, edits: Iterable[Edit]) -> None:
        self._later: list[tuple[int, int]] = []  # (start, end) of each edit in the later layer
        self._earlier: list[tuple[int, int]] = []
        shift = 0
        for edit in edits:
            start = edit.start + shift
            self._later.append((start, start + len(edit.new)))
            self._earlier.append((edit.start, edit.start + len(edit.old)))
            shift += len(edit.new) - len(edit.old)

    def earlier(self, position: int, *, end: bool = False) -> int:
        """Return the position in the earlier layer; inside an edit, its start, or its end for `end`."""
        starts = self._later
        i = bisect_right(starts, (position, position if end else 1 << 62)) - 1
        if i < 0:
            return position
        (_, later_end), (early_start, early_end) = starts[i], self._earlier[i]
        if position < later_end or (end and position == starts[i][0] and position != later_end):
            return early_end if end else early_start
        return early_end + position - later_end


def compose(first: Sequence[Edit], second: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return edits that do in one step what `first` and then `second` do.

    Edits that meet become one, with both rule names.
    """
    out: list[Edit] = []
    f = s = 0
    shift = 0  # middle position minus first position, before first[f]
    while f < len(first) or s < len(second):
        group, f, s, shift = _next_group(first, second, (f, s, shift))
        out.append(group)
    return tuple(edit for edit in out if edit.old != edit.new)


def _next_group(
    first: Sequence[Edit], second: Sequence[Edit], at: tuple[int, int, int]
) -> tuple[Edit, int, int, int]:
    """Merge the run of edits, of both lists, that touch each other in the middle layer."""
    f, s, shift = at
    f0, s0 = f, s
    start = min(
        first[f].start + shift if f < len(first) else 1 << 62,
        second[s].start if s < len(second) else 1 << 62,
    )
    end, begin_shift = start, shift
    grew = True
    while grew:
        grew = False
        while f < len(first) and first[f].start + shift <= end and (f == f0 or first[f].start + shift < end):
            end = max(end, first[f].start + shift + len(first[f].new))
            shift += len(first[f].new) - len(first[f].old)
            f += 1
            grew = True
        while s < len(second) and second[s].start <= end and (s == s0 or second[s].start < end):
            end = max(end, second[s].start + len(second[s].old))
            s += 1
            grew = True
    rules = dict.fromkeys(r for e in (*first[f0:f], *second[s0:s]) for r in e.rule.split("+"))
    old_start, old_end = start - begin_shift, end - shift
    middle_edits = [Edit(e.rule, e.start - old_start, e.old, e.new) for e in first[f0:f]]
    middle = _middle(middle_edits, second[s0:s], start, end)
    old = undo_edits(middle, middle_edits)
    assert len(old) == old_end - old_start  # noqa: S101 - tells the reader, and a type checker, what holds
    later = [Edit(e.rule, e.start - start, e.old, e.new) for e in second[s0:s]]
    return Edit("+".join(rules), old_start, old, apply_edits(middle, later)), f, s, shift


def _middle(first: Sequence[Edit], second: Sequence[Edit], start: int, end: int) -> str:
    """Rebuild the middle text of a group from what its edits say of it."""
    chars = [""] * (end - start)
    shift = 0
    for edit in first:
        at = edit.start + shift
        chars[at : at + len(edit.new)] = list(edit.new)
        shift += len(edit.new) - len(edit.old)
    for edit in second:
        at = edit.start - start
        chars[at : at + len(edit.old)] = list(edit.old)
    return "".join(chars)
