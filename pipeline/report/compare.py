"""Two texts side by side: paragraph against paragraph, equal ones folded, differences marked inside changed ones.

Differences are found character by character where words are not spaced (Chinese, Japanese, Thai), and word by word
or number by number elsewhere: a struck-out half of a word, or of a figure, is hard to read.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.report.show import Run, runs
from stages.align import Op, align, code_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

SIDE_CAP: Final = 6_000  # characters of one side that are shown
PARAGRAPH_CAP: Final = 1_500  # paragraphs of one side that are shown
_LINKED: Final = 0.3  # share of the shorter paragraph that must be equal for two to stand in one row
#: Tokens that may be longer than a character; every other character is one.
_LONG: Final = re.compile(
    r"\d+(?:[.,:]\d+)*"  # a number is one token: figures are never cut
    r"|[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f]+(?:['\u2019][A-Za-z]+)?"
)
_BEYOND: Final = 0x110000  # numbers of longer tokens, above those of characters
_LINE_END: Final = ord("\n")
_LAST_SPACE: Final = 0x3000


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line that is not blank."""

    text: str
    line: int | None = None  # its number as people count, from 1; None where unknown


@dataclass(frozen=True, slots=True)
class Cell:
    """One side of a row."""

    runs: tuple[Run, ...]
    line: str = ""  # "12" or "12–14"


@dataclass(frozen=True, slots=True)
class AlignedRow:
    """Paragraphs that answer each other; a row of equal paragraphs holds them in `equal`, once."""

    kind: str  # "equal", "changed", "kept" (only there), "removed" (only there)
    kept: Cell | None = None
    removed: Cell | None = None
    equal: tuple[tuple[Cell, Cell], ...] = ()  # the ones that are shown, kept side and removed side
    count: int = 0  # of equal paragraphs
    characters: int = 0  # of equal paragraphs
    hidden: int = 0  # equal paragraphs that are not shown


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts in rows, and how much of each was left out."""

    rows: tuple[AlignedRow, ...]
    kept_left_out: int  # characters that differ and are not shown
    removed_left_out: int
    equal_left_out: int

    @property
    def same(self) -> bool:
        """Tell whether the two texts are equal, character by character."""
        return all(row.kind == "equal" for row in self.rows)


@dataclass(slots=True)
class _Room:
    """What may still be shown of one side."""

    characters: int
    paragraphs: int
    left_out: int = field(default=0)

    def take(self, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
        """Return the paragraphs that fit, the last one cut where it must be."""
        out = []
        for one in paragraphs:
            room = self.characters if self.paragraphs > 0 else 0
            part = one.text[:room]
            self.left_out += len(one.text) - len(part)
            self.characters -= len(part)
            self.paragraphs -= 1
            if part:
                out.append(replace(one, text=part))
        return out

    def fits(self, one: Paragraph) -> bool:
        """Take a whole paragraph, or nothing."""
        if self.paragraphs <= 0 or len(one.text) > self.characters:
            return False
        self.characters -= len(one.text)
        self.paragraphs -= 1
        return True


def paragraphs(text: str, first_line: int | None = None) -> list[Paragraph]:
    """Return the lines of `text` that are not blank.

    `first_line` is the number of the first line, None where lines cannot be numbered.
    """
    return [
        Paragraph(line, None if first_line is None else first_line + i)
        for i, line in enumerate(text.split("\n"))
        if line.strip()
    ]


def compare(kept: Sequence[Paragraph], removed: Sequence[Paragraph], cap: int = SIDE_CAP) -> Comparison:
    """Return the two texts in aligned rows, at most `cap` characters of each side; differences come first."""
    left, right = _Room(cap, PARAGRAPH_CAP), _Room(cap, PARAGRAPH_CAP)
    names = {text: i for i, text in enumerate(dict.fromkeys(p.text for p in (*kept, *removed)))}
    blocks: list[AlignedRow | Op] = []
    for op in align(_ids(kept, names), _ids(removed, names), tidy=False):
        if op.kind == "equal":
            blocks.append(op)
        else:
            blocks += _block(left.take(kept[op.a0 : op.a1]), right.take(removed[op.b0 : op.b1]))
    rows: list[AlignedRow] = []
    equal_left_out = 0
    for block in blocks:
        if isinstance(block, AlignedRow):
            rows.append(block)
            continue
        fold = list(zip(kept[block.a0 : block.a1], removed[block.b0 : block.b1], strict=True))
        shown = list(takewhile(lambda pair: left.fits(pair[0]) and right.fits(pair[1]), fold))
        equal_left_out += sum(len(a.text) for a, _ in fold) - sum(len(a.text) for a, _ in shown)
        rows.append(_fold(fold, shown))
    return Comparison(tuple(rows), left.left_out, right.left_out, equal_left_out)


def _ids(side: Sequence[Paragraph], names: dict[str, int]) -> NDArray[np.uint64]:
    return np.array([names[p.text] for p in side], dtype=np.uint64)


def _fold(
    fold: Sequence[tuple[Paragraph, Paragraph]], shown: Sequence[tuple[Paragraph, Paragraph]]
) -> AlignedRow:
    return AlignedRow(
        "equal",
        kept=Cell((), _lines([a for a, _ in fold])),
        removed=Cell((), _lines([b for _, b in fold])),
        equal=tuple((_cell([a], runs(a.text)), _cell([b], ())) for a, b in shown),
        count=len(fold),
        characters=sum(len(a.text) for a, _ in fold),
        hidden=len(fold) - len(shown),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Tokens:
    """Paragraphs as tokens, one number each: a character's code point, or one above those for a longer token."""

    text: str  # the paragraphs, a line each
    numbers: NDArray[np.uint64]
    starts: NDArray[np.int64]  # in `text`, and its end

    def said(self, first: int, last: int) -> str:
        """Return the text of a range of tokens."""
        return self.text[self.starts[first] : self.starts[last]]

    def lines(self, first: int, last: int) -> _Tokens:
        """Return a range of the paragraphs."""
        ends = [-1, *np.flatnonzero(self.numbers == _LINE_END).tolist(), self.numbers.size]
        low, high = ends[first] + 1, ends[last]
        return _Tokens(self.text, self.numbers[low:high], self.starts[low : high + 1])


def _tokens(side: Sequence[Paragraph], known: dict[str, int]) -> _Tokens:
    """Return paragraphs as tokens; `known` has the numbers of the longer ones, and gets those of new ones."""
    text = "\n".join(one.text for one in side)
    numbers = code_points(text).astype(np.uint64)
    begins = np.ones(numbers.size + 1, dtype=np.bool_)
    for found in _LONG.finditer(text):
        start, end = found.span()
        if end - start > 1:
            numbers[start] = known.setdefault(found[0], _BEYOND + len(known))
            begins[start + 1 : end] = False
    return _Tokens(text, numbers[begins[:-1]], np.flatnonzero(begins))


def _block(kept: Sequence[Paragraph], removed: Sequence[Paragraph]) -> list[AlignedRow]:
    """Put changed paragraphs into rows: those that share enough text stand together."""
    rows: list[AlignedRow] = []
    at_kept = at_removed = 0
    known: dict[str, int] = {}
    left, right = _tokens(kept, known), _tokens(removed, known)
    groups = _groups(kept, removed, left, right) if kept and removed else []
    for a0, a1, b0, b1 in (*groups, (len(kept), len(kept), len(removed), len(removed))):
        rows += [AlignedRow("kept", kept=_cell([p], runs(p.text, "only"))) for p in kept[at_kept:a0]]
        rows += [
            AlignedRow("removed", removed=_cell([p], runs(p.text, "only"))) for p in removed[at_removed:b0]
        ]
        if a1 > a0:
            cells = _changed(left.lines(a0, a1), right.lines(b0, b1))
            rows.append(AlignedRow("changed", _cell(kept[a0:a1], cells[0]), _cell(removed[b0:b1], cells[1])))
        at_kept, at_removed = a1, b1
    return rows


def _groups(
    kept: Sequence[Paragraph], removed: Sequence[Paragraph], left: _Tokens, right: _Tokens
) -> list[tuple[int, int, int, int]]:
    """Return the ranges of paragraphs that share text, in order; breaks may differ on the two sides."""
    out: list[tuple[int, int, int, int]] = []
    for i, j, weight in _shared(left, right):
        if weight < max(2, _LINKED * min(len(kept[i].text), len(removed[j].text))):
            continue
        if out and (i < out[-1][1] or j < out[-1][3]):
            a0, a1, b0, b1 = out.pop()
            out.append((a0, max(a1, i + 1), b0, max(b1, j + 1)))
        else:
            out.append((i, i + 1, j, j + 1))
    return out


def _shared(left: _Tokens, right: _Tokens) -> Iterable[tuple[int, int, int]]:
    """Yield the pairs of paragraphs that have equal tokens, in order, and the characters of these without spaces."""
    (a, a_line, a_size), (b, b_line, _) = _by_line(left), _by_line(right)
    equal = [op for op in align(a, b, tidy=True) if op.kind == "equal"]
    if not equal:
        return
    i = np.concatenate([a_line[op.a0 : op.a1] for op in equal])
    j = np.concatenate([b_line[op.b0 : op.b1] for op in equal])
    sizes = np.concatenate([a_size[op.a0 : op.a1] for op in equal])
    first = np.flatnonzero(np.r_[True, (np.diff(i) != 0) | (np.diff(j) != 0)])  # both rise
    weights = np.add.reduceat(sizes, first)
    yield from zip(i[first].tolist(), j[first].tolist(), weights.tolist(), strict=True)


def _by_line(side: _Tokens) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Return tokens but for line ends, the paragraph of each by number, and its characters; a space has none."""
    ends = side.numbers == _LINE_END
    inside = ~ends
    sizes = np.diff(side.starts)
    sizes[_spaces().take(np.minimum(side.numbers, _LAST_SPACE + 1).astype(np.intp))] = 0
    return side.numbers[inside], np.cumsum(ends)[inside], sizes[inside]


@functools.cache
def _spaces() -> NDArray[np.bool_]:
    """Return for each character whether it is a space; the last one stands for all above."""
    return np.array([chr(code).isspace() for code in range(_LAST_SPACE + 2)])


def _changed(a: _Tokens, b: _Tokens) -> tuple[list[Run], list[Run]]:
    """Return the runs of two texts, what differs marked."""
    left: list[Run] = []
    right: list[Run] = []
    for op, differs in _judged(align(*_renumbered(a.numbers, b.numbers), tidy=True), a):
        kind, end = ("only", "↵\n") if differs else ("", "\n")  # a line end that differs is seen
        left += runs(a.said(op.a0, op.a1).replace("\n", end), kind)
        right += runs(b.said(op.b0, op.b1).replace("\n", end), kind)
    return left, right


def _judged(ops: Sequence[Op], a: _Tokens) -> list[tuple[Op, bool]]:
    """Return each operation with whether it is shown as different: a space between two edits is part of them."""
    out = [(op, op.kind != "equal") for op in ops]
    for i in range(1, len(out) - 1):
        op = out[i][0]
        if op.kind == "equal" and not a.said(op.a0, op.a1).strip():
            out[i] = (op, True)
    return out


def _renumbered(
    a: NDArray[np.uint64], b: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the tokens with longer ones numbered as they come in these two texts, whatever stands around them."""
    both = np.concatenate([a, b])
    longer = both >= _BEYOND
    if longer.any():
        values = both[longer].tolist()
        numbers = {value: _BEYOND + n for n, value in enumerate(dict.fromkeys(values))}
        both[longer] = [numbers[value] for value in values]
    return both[: a.size], both[a.size :]


def _cell(side: Sequence[Paragraph], content: Iterable[Run]) -> Cell:
    return Cell(_joined(content), _lines(side))


def _joined(content: Iterable[Run]) -> tuple[Run, ...]:
    """Merge neighbours that are shown alike; numbers of characters stay single."""
    out: list[Run] = []
    for one in content:
        if out and out[-1].kind == one.kind and not (out[-1].number or one.number):
            out[-1] = Run(out[-1].text + one.text, one.kind)
        else:
            out.append(one)
    return tuple(out)


def _lines(side: Sequence[Paragraph]) -> str:
    numbers = [p.line for p in side if p.line is not None]
    if not numbers:
        return ""
    ordered = all(a <= b for a, b in pairwise(numbers))
    first, last = (numbers[0], numbers[-1]) if ordered else (min(numbers), max(numbers))
    return str(first) if first == last else f"{first}–{last}"
