"""Whether lines that may have been cut at a column read as prose: not as verse, a list, a table or addresses.

Source of the numbers: rewrapped articles, and made lists, verse and tables (`tests/quality/text_segment.py`).
"""

from __future__ import annotations

import itertools
from collections import Counter
from math import comb
from typing import TYPE_CHECKING, Final, Protocol

from stages._late import late

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Text(Protocol):
    """What of a line is read here."""

    @property
    def body(self) -> str:
        """The line without its indent."""

    @property
    def mark(self) -> bool:
        """Whether it begins a paragraph."""


_CLOSERS: Final = r"\s\"'”’»)）」』》】\]"
#: The end of a sentence, at the end of a line.
STOP: Final = late(rf"[。！？!?.…．｡:：;；][{_CLOSERS}]*$")
_INNER_MARK: Final = late(r"[，。、；：！？](?=.)|(?<=[\u2e80-\uffdc])[,;:!?](?=.)|[,.;:!?…][\"'”’»)]*\s")
_INNER_STOP: Final = late(r"[。！？；]|[.;!?…][\"'”’»)]*(?:\s|$)")
_TIGHT: Final = late(r"(?<!\d),(?=\S)|,(?=[^\s\d\"'”’»)\[])")
_END_MARK: Final = late(rf"[，。、；：！？,.;:!?…][{_CLOSERS}]*$")
#: The end of a sentence, and the letter after it.
_NEXT: Final = late(rf"[.!?…][{_CLOSERS}]*\s[{_CLOSERS}¡¿«„“‘(\[]*([^\W\d_])")
#: What stands before what somebody says, or what a line is of.
_LABEL: Final = late(r"\S+(?: \S+)?[:：](?!\S*//)")
#: Of so many lines or more, this share has a mark at one place, as chance would have it in this share of texts at most.
_VERSES, _CAESURA, _CHANCE = 4, 0.8, 0.05
_DIGIT: Final = late(r"\d")
_FEW: Final = 4  # continuations of a line that are remembered
_NEAR: Final = 40  # lines about a block in which stanzas are looked for
_STANZAS, _CLOSED = (
    3,
    8,
)  # so many paragraphs of as many lines are stanzas or addresses; and if all end a sentence


def is_prose(lines: Sequence[Text], full: Sequence[int], *, words: bool, sure: bool) -> bool:
    """Return whether full lines read as prose: not as a list, a table or verse."""
    starts = [lines[i + 1].body[:4] for i in full]
    alike = max(Counter(_DIGIT.sub("0", start) for start in starts).values())
    bodies = [lines[i].body for i in full]
    inner = sum(len(_INNER_MARK.findall(body)) for body in bodies)
    ends = sum(1 for body in bodies if _END_MARK.search(body))
    stops = sum(len(_INNER_STOP.findall(line.body)) for line in lines[full[0] : full[-1] + 2])
    often = ends > max(2 if sure or words else 1, (0.6 if sure else 0.3) * (inner + ends))
    if (
        alike > max(4 if sure else 2, 0.25 * len(full))
        or inner < (0.2 if words or sure else 0.4) * len(full)
        or often
    ):
        return False
    if _have_caesura(bodies) or 2 * sum(1 for body in bodies if _LABEL.match(body)) > len(full):
        return False
    if words and _go_on_lower(lines[full[0] : full[-1] + 2]):
        return False
    tight = sum(len(_TIGHT.findall(body)) for body in bodies) if words else 0
    numbers = max(sum(start[0].isdigit() for start in starts), sum(body[-1].isdigit() for body in bodies))
    if numbers > max(2, 0.5 * len(full)) or 2 * tight > inner:  # a list, or values divided by commas
        return False
    if sure or stops < 0.1 * len(full) or not words:
        return sure or stops >= 0.1 * len(full)
    cased = [start[0].islower() for start in starts if start[0].islower() or start[0].isupper()]
    return sum(cased) >= 0.4 * len(cased)


def _have_caesura(bodies: Sequence[str]) -> bool:
    """Return whether a mark stands at one place of most lines, give or take a character: in prose it falls anywhere.

    So it must be more than chance: of lines with many marks, few have one near any place.
    Or a stroke with spaces about it, as it divides verses, at any place.
    """
    if 2 * sum(1 for body in bodies if " / " in body) > len(bodies):
        return True
    near = [
        {mark.start() + by for mark in _INNER_MARK.finditer(body) for by in (-1, 0, 1)} for body in bodies
    ]
    lines = len(bodies)
    most = max(Counter(place for places in near for place in places).values(), default=0)
    if lines < _VERSES or most < _CAESURA * lines:
        return False
    size = sum(map(len, bodies))
    share = min(sum(map(len, near)) / size, 1.0)
    chance = sum(comb(lines, n) * share**n * (1 - share) ** (lines - n) for n in range(most, lines + 1))
    return chance * size / lines <= _CHANCE  # it may be any of so many places


def _go_on_lower(lines: Sequence[Text]) -> bool:
    """Return whether what follows the end of a sentence is mostly in lower case; of prose, only after abbreviations."""
    starts = _NEXT.findall("\n".join(line.body for line in lines))
    lower = [start.islower() for start in starts if start.islower() or start.isupper()]
    return 2 * lower.count(True) > len(lower)


def following(lines: Sequence[Text]) -> dict[str, list[str]]:
    """Return for each line the first few different ones that come after it, LF for the end of the text."""
    out: dict[str, list[str]] = {}
    bodies = [line.body for line in lines]
    for body, after in itertools.zip_longest(bodies, bodies[1:], fillvalue="\n"):
        found = out.setdefault(body, [])
        if len(found) < _FEW and after not in found:
            found.append(after)
    return out


def have_refrain(lines: Sequence[Text], joins: Sequence[int], after: Mapping[str, Sequence[str]]) -> bool:
    """Return whether more than one in ten lines to join stand elsewhere too and go on otherwise: they are whole.

    A paragraph that stands twice may end where the other goes on: one of the next lines begins with the other.
    """
    whole = 0
    for i in joins:
        here = lines[i + 1].body
        whole += not all(one.startswith(here) or here.startswith(one) for one in after[lines[i].body])
    return 10 * whole > len(joins)


def are_stanzas(lines: Sequence[Text], first: int, last: int) -> bool:
    """Return whether what stands between the marks, in and about a block, is all of as many lines: prose is not.

    Single lines, as of an indented refrain, may stand between where the others have three or more.  Fewer are
    enough where the last lines are open, as those of paragraphs are not.
    """
    begin, end = max(0, first - _NEAR), min(len(lines), last + 1 + _NEAR)
    marks = [i for i in range(begin, end) if lines[i].mark or i == 0]
    sizes = Counter(b - a for a, b in itertools.pairwise(marks))
    single = sizes.pop(1, 0) - (marks[1:2] == [1])  # less a title
    if len(sizes) != 1:
        return False
    ((size, count),) = sizes.items()
    open_ended = sum(1 for i in marks[1:] if not STOP.search(lines[i - 1].body))
    enough = _STANZAS if 4 * open_ended >= len(marks) else _CLOSED
    return count >= enough and (not single or size > 2)
