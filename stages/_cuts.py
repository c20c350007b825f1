"""Cuts: which characters go of a passage that repeats another one.

In: the tokens of a document, and which of a passage are equal to the kept one.  Out: spans.  Used by `collapse` alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from stages._copies import paragraph_ranges
from stages._late import late
from stages.model import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stages._copies import Body

_SENTENCE: Final = late("[^。！？!?…]*[。！？!?…]+[”’」』）》)\"']*|[^。！？!?…]+$")


def _units(body: Body, region: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the token ranges that are kept or cut as one: paragraphs, or sentences where a paragraph is most of it."""
    owner = body.of[region[0] : region[1]]
    out: list[tuple[int, int]] = []
    for first, last in paragraph_ranges(owner):
        if 10 * (last - first) <= 3 * owner.size:
            out.append((first, last))
            continue
        starts = body.key.starts[body.at[region[0] + first : region[0] + last]]
        base, end = int(starts[0]), body.paragraphs[int(owner[first])].end
        bounds = [base + m.end() for m in _SENTENCE.finditer(body.text[base:end])]
        inner = sorted({first + int(i) for i in np.searchsorted(starts, bounds)} | {first, last})
        out += [(x, y) for x, y in pairwise(inner) if y > x]
    return out


def matched_units(
    body: Body,
    region: tuple[int, int],
    equal: NDArray[np.bool_],
    own: NDArray[np.bool_],
    identity: float,
) -> list[tuple[int, int]]:
    """Return the units of a region that the kept region holds, with nothing of substance of their own."""
    out = []
    for first, last in _units(body, region):
        weights = body.weight(region[0] + first, region[0] + last)
        share = float(weights[equal[first:last]].sum() / weights.sum())
        needed = identity if last - first > 40 or identity > 0.9 else 0.5  # a short line holds few characters
        if share >= needed and not own[first:last].any():
            out.append((first, last))
    return out


def cuts_of(
    body: Body, kept: tuple[int, int], region: tuple[int, int], units: list[tuple[int, int]]
) -> tuple[Span, ...]:
    """Return the characters to take away for the matched units, whole lines where whole paragraphs go."""
    spans: list[Span] = []
    for first, last in units:
        lo, hi = region[0] + first, region[0] + last
        spans.append(_cut(body, kept, lo, hi))
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    merged = [_with_line_end(body, span) for span in merged]
    if merged and merged[-1].end == len(body.text):
        merged[-1] = Span(_line_start(body, merged[-1].start), len(body.text))
    return tuple(merged)


def _with_line_end(body: Body, span: Span) -> Span:
    """Return a cut of whole paragraphs with the line end and the blank lines that follow it."""
    paragraphs = body.paragraphs
    first, last = (int(n) for n in np.searchsorted(body.starts, (span.start, span.end)))
    whole = (
        first < len(paragraphs)
        and paragraphs[first].start == span.start
        and paragraphs[last - 1].end == span.end
    )
    if not whole:
        return _with_spaces(body.text, span)
    return Span(span.start, paragraphs[last].start if last < len(paragraphs) else len(body.text))


def _with_spaces(text: str, span: Span) -> Span:
    """Return a cut inside a line with the spaces that would be left at the end of the line, or at its start."""
    start, end = span.start, span.end
    stop = text.find("\n", end)
    at_end = not text[end : stop if stop >= 0 else len(text)].strip(" ")
    if at_end:
        while text[end : end + 1] == " ":
            end += 1
        while text[start - 1 : start] == " ":
            start -= 1
    elif start == 0 or text[start - 1] == "\n":
        while text[end : end + 1] == " ":
            end += 1
    return Span(start, end)


def _line_start(body: Body, at: int) -> int:
    """Return `at`, or an earlier place if only blank lines lie between it and the text before."""
    start = at
    while start > 1 and body.text[start - 1] == "\n" and body.text[start - 2] == "\n":
        start -= 1
    return start


def _cut(body: Body, kept: tuple[int, int], lo: int, hi: int) -> Span:
    """Return the characters of tokens lo..hi with the marks and the line end that belong to them."""
    key, at = body.key, body.at
    paragraph = int(body.of[lo])
    whole_start = lo == 0 or int(body.of[lo - 1]) != paragraph
    whole_start = whole_start and _first_token(body, paragraph) == int(at[lo])
    last_paragraph = int(body.of[hi - 1])
    whole_end = int(at[hi - 1]) + 1 == len(key) or body.owner(int(at[hi - 1]) + 1) != last_paragraph
    start = body.paragraphs[paragraph].start if whole_start else _mark_start(body, kept, int(at[lo]))
    if not whole_end:
        return Span(start, _mark_start(body, kept, int(at[hi - 1]) + 1))
    if not whole_start:
        return Span(start, body.paragraphs[last_paragraph].end)
    after = last_paragraph + 1
    end = body.paragraphs[after].start if after < len(body.paragraphs) else len(body.text)
    return Span(start, end)


def _first_token(body: Body, paragraph: int) -> int:
    return int(np.searchsorted(body.key.starts, body.paragraphs[paragraph].start))


def _mark_start(body: Body, kept: tuple[int, int], token: int) -> int:
    """Return where a token that follows another on its line begins, with its opening marks.

    Of the marks between the two, those belong to the later one that also stand before the kept copy, or that
    open a quotation or bracket.
    """
    gap_start, gap_end = int(body.key.ends[token - 1]), int(body.key.starts[token])
    gap = body.text[gap_start:gap_end]
    first = int(body.at[kept[0]])
    line = body.paragraphs[body.owner(first)].start
    before = body.text[line : int(body.key.starts[first])]
    opening = max(
        (
            n
            for n in range(len(gap) + 1)
            if n <= len(before) and gap[len(gap) - n :] == before[len(before) - n :]
        ),
        default=0,
    )
    if opening == 0:
        opening = len(gap) - len(gap.rstrip("“‘「『（《〈【([{«\"'"))
        if gap.rstrip("\"'") != gap and gap.count('"') + gap.count("'") > 1:
            opening = min(opening, 1)
    return gap_end - opening
