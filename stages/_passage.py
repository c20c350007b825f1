"""Passages: one side of an aligned difference, with what is read of it.

In: a text and tokens of it.  Out: the marks among them, their weight and their sentences.  Order: under `figures`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from stages._blocks import running
from stages._marks import Mark, marks
from stages.align import grams
from stages.model import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stages.model import Tokens

CONTEXT: Final = 16  # characters around a passage, tokens around a difference, that may complete a figure
WORD: Final = 2  # tokens that a word of a script with letters counts for, where substance is weighed
_SENTENCE_END: Final = re.compile(r"[。！？!?…\n]+|\.(?=[\s\"'”’)]|$)")
_MOVED: Final = 5  # tokens; a passage all of whose 5-grams stand in the other text adds nothing


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """One side of a difference: its tokens, and the marks among those that are guarded."""

    text: str
    tokens: Tokens
    marks: tuple[Mark, ...]  # of guarded tokens
    marked: NDArray[np.bool_]  # per token: part of a mark
    guard_sum: NDArray[np.int64]  # guarded tokens before each
    weights: NDArray[np.int64]  # per token: what it counts for as substance, 0 where it is not guarded
    weight_sum: NDArray[np.int64]  # what the tokens before each count for
    sentence: NDArray[np.int64]  # per token: the number of its sentence, from 0
    mark_starts: Sequence[int]
    mark_ends: Sequence[int]  # the furthest end so far
    grams: NDArray[np.uint64]  # hashes of all runs of `_MOVED` tokens, sorted

    def guards(self, start: int, end: int) -> int:
        """Return how many of the tokens are guarded."""
        return int(self.guard_sum[end] - self.guard_sum[start])

    def weight(self, start: int, end: int) -> int:
        """Return what the tokens count for as substance."""
        return int(self.weight_sum[end] - self.weight_sum[start])

    def span(self, start: int, end: int) -> Span:
        """Return the place of the tokens in the text; an empty range stands before its first token."""
        if start == end:
            at = self.place(start)
            return Span(at, at)
        return Span(int(self.tokens.starts[start]), int(self.tokens.ends[end - 1]))

    def place(self, token: int) -> int:
        """Return where a token starts, or where the last one ends."""
        if token < len(self.tokens):
            return int(self.tokens.starts[token])
        return int(self.tokens.ends[-1]) if len(self.tokens) else 0

    def within(self, start: int, end: int) -> Sequence[Mark]:
        """Return the marks among the tokens, in order."""
        if start == end or not self.marks:
            return ()
        begin = int(self.tokens.starts[start])
        first = bisect_right(self.mark_ends, begin)
        last = bisect_left(self.mark_starts, int(self.tokens.ends[end - 1]))
        return [m for m in self.marks[first:last] if m.end > begin] if first < last else ()

    def holds(self, other: Passage, start: int, end: int) -> bool:
        """Tell whether tokens of another passage stand here too: moved, or said twice."""
        here = grams(other.tokens.hashes[start:end], _MOVED)
        if not here.size or not self.grams.size:
            return False
        at = np.minimum(self.grams.searchsorted(here), self.grams.size - 1)
        return bool((self.grams[at] == here).all())


def passage(text: str, tokens: Tokens, guarded: NDArray[np.bool_] | None = None) -> Passage:
    """Return the side that `tokens` make of `text`; without `guarded`, all of it is."""
    size = len(tokens)
    guard = np.ones(size, dtype=bool) if guarded is None else guarded
    guard_sum = running(guard.astype(np.int64))
    marked = np.zeros(size + 1, dtype=np.int64)
    kept: tuple[Mark, ...] = ()
    if guard_sum[-1]:
        begin = max(0, int(tokens.starts[0]) - CONTEXT)
        found = marks(text[begin : int(tokens.ends[-1]) + CONTEXT])
        if begin:
            found = tuple(Mark(m.start + begin, m.end + begin, m.value, m.sort) for m in found)
        first = tokens.ends.searchsorted(np.array([m.start for m in found], dtype=np.int64), side="right")
        last = tokens.starts.searchsorted(np.array([m.end for m in found], dtype=np.int64))
        there = (first < last) & (guard_sum[last] > guard_sum[first])
        kept = tuple(found[n] for n in there.nonzero()[0].tolist())
        marked += np.bincount(first[there], minlength=size + 1) - np.bincount(last[there], minlength=size + 1)
    weights = weighed(tokens) * guard
    return Passage(
        text=text,
        tokens=tokens,
        marks=kept,
        marked=marked[:size].cumsum() > 0,
        guard_sum=guard_sum,
        weights=weights,
        weight_sum=running(weights),
        sentence=_sentences(text, tokens),
        mark_starts=[m.start for m in kept],
        mark_ends=list(accumulate((m.end for m in kept), max)),
        grams=np.sort(grams(tokens.hashes, _MOVED)),
    )


def weighed(tokens: Tokens) -> NDArray[np.int64]:
    """Return what each token counts for as substance: as much is said in four words as in eight Han characters."""
    return np.where(tokens.kinds == 1, WORD, 1)


def _sentences(text: str, tokens: Tokens) -> NDArray[np.int64]:
    """Return for each token the number of its sentence, from 0; a line end is an end too."""
    if not len(tokens):
        return np.zeros(0, dtype=np.int64)
    ends = [m.start() for m in _SENTENCE_END.finditer(text, int(tokens.starts[0]), int(tokens.ends[-1]))]
    number = np.array(ends, dtype=np.int64).searchsorted(tokens.starts)
    out = np.zeros(number.size, dtype=np.int64)
    np.cumsum(number[1:] != number[:-1], out=out[1:])
    return out
