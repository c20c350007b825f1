"""Proves a removal by brute force: none of the tool's own code takes part.

Every line that went is held against every line of the text that is kept for it: a line with the same characters, or
the one with the most runs of three characters in common, and then the edit distance of the two, counted cell by
cell.  Figures and negations of such a line must be the same ones, in the same order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from corpus import SPARED as GUARDED  # the characters of figures, dates and negation

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAR: Final = 0.15  # of a line's characters, by which an edited copy of it may differ
_FEW: Final = 4  # characters by which a short line may
_TOKEN: Final = re.compile(r"\d+|[\u4e00-\u9fff]")
_GUARDED: Final = re.compile(r"\d+|[" + "".join(sorted(GUARDED)) + "]")
_SHINGLE: Final = 3  # tokens, the tool's default


def refuted(gone: Sequence[str], kept: Sequence[str]) -> str:
    """Return why the lines that went do not all stand in the kept ones, in order; empty where they do."""
    places = {line: at for at, line in reversed(list(enumerate(kept)))}
    runs = [_runs(line) for line in kept]
    after = -1
    for line in gone:
        at = places.get(line)
        if at is None:
            mine = _runs(line)
            at = max(range(len(kept)), key=lambda n: _jaccard(mine, runs[n]))
            if distance(line, kept[at]) > max(_FEW, _FAR * len(line)):
                return f"no kept line holds {line!r}"
            if _GUARDED.findall(line) != _GUARDED.findall(kept[at]):
                return f"figures or negations of {line!r} are not those of {kept[at]!r}"
        if at <= after:
            return f"{line!r} stands in another order"
        after = at
    return ""


def distance(a: str, b: str) -> int:
    """Return how many characters must be put in, taken out or replaced to make `b` of `a`."""
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, two in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != two))
    return row[-1]


def alike(a: Sequence[str], b: Sequence[str]) -> tuple[float, float, float]:
    """Return the exact Jaccard similarity of two texts and how much of each is in the other, to four places, rounded down."""
    one, two = _shingles(a), _shingles(b)
    common = len(one & two)
    return tuple(common * 10_000 // n / 10_000 for n in (len(one | two), len(one), len(two)))  # type: ignore[return-value]


def _shingles(lines: Sequence[str]) -> set[tuple[str, ...]]:
    out: set[tuple[str, ...]] = set()
    for line in lines:
        tokens = _TOKEN.findall(line)
        out.update(tuple(tokens[n : n + _SHINGLE]) for n in range(max(1, len(tokens) - _SHINGLE + 1)))
    return out


def _runs(line: str) -> set[str]:
    return {line[n : n + 3] for n in range(max(1, len(line) - 2))}


def _jaccard(a: set[str], b: set[str]) -> float:
    common = len(a & b)
    return common / (len(a) + len(b) - common)
