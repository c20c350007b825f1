"""Two texts side by side: paragraph against paragraph, equal ones folded, differences marked inside changed ones.

Differences are found character by character where words are not spaced (Chinese, Japanese, Thai), and word by word
or number by number elsewhere: a struck-out half of a word, or of a figure, is hard to read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.report.show import Run, runs
from stages.align import Op, align

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

SIDE_CAP: Final = 6_000  # characters of one side that are shown
PARAGRAPH_CAP: Final = 1_500  # paragraphs of one side that are shown
_LINKED: Final = 0.3  # share of the shorter paragraph that must be equal for two to stand in one row
_TOKEN: Final = re.compile(
    r"\d+(?:[.,:]\d+)*"  # a number is one token: figures are never cut
    r"|[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f]+(?:['\u2019][A-Za-z]+)?"
    r"|.",
    re.DOTALL,
)


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


def _block(kept: Sequence[Paragraph], removed: Sequence[Paragraph]) -> list[AlignedRow]:
    """Put changed paragraphs into rows: those that share enough text stand together."""
    rows: list[AlignedRow] = []
    at_kept = at_removed = 0
    for a0, a1, b0, b1 in (*_groups(kept, removed), (len(kept), len(kept), len(removed), len(removed))):
        rows += [AlignedRow("kept", kept=_cell([p], runs(p.text, "only"))) for p in kept[at_kept:a0]]
        rows += [
            AlignedRow("removed", removed=_cell([p], runs(p.text, "only"))) for p in removed[at_removed:b0]
        ]
        if a1 > a0:
            rows.append(_changed(kept[a0:a1], removed[b0:b1]))
        at_kept, at_removed = a1, b1
    return rows


def _groups(kept: Sequence[Paragraph], removed: Sequence[Paragraph]) -> list[tuple[int, int, int, int]]:
    """Return the ranges of paragraphs that share text, in order; breaks may differ on the two sides."""
    a, b = [_TOKEN.findall(p.text) for p in kept], [_TOKEN.findall(p.text) for p in removed]
    shared: dict[tuple[int, int], int] = {}
    a_place = [(i, len(t) * (not t.isspace())) for i, tokens in enumerate(a) for t in tokens]
    b_place = [i for i, tokens in enumerate(b) for _ in tokens]
    for op in _token_ops([t for tokens in a for t in tokens], [t for tokens in b for t in tokens]):
        if op.kind == "equal":
            for (i, weight), j in zip(a_place[op.a0 : op.a1], b_place[op.b0 : op.b1], strict=True):
                shared[i, j] = shared.get((i, j), 0) + weight
    out: list[tuple[int, int, int, int]] = []
    for (i, j), weight in sorted(shared.items()):
        if weight < max(2, _LINKED * min(len(kept[i].text), len(removed[j].text))):
            continue
        if out and (i < out[-1][1] or j < out[-1][3]):
            a0, a1, b0, b1 = out.pop()
            out.append((a0, max(a1, i + 1), b0, max(b1, j + 1)))
        else:
            out.append((i, i + 1, j, j + 1))
    return out


def _changed(kept: Sequence[Paragraph], removed: Sequence[Paragraph]) -> AlignedRow:
    a, b = (_TOKEN.findall("\n".join(p.text for p in side)) for side in (kept, removed))
    left: list[Run] = []
    right: list[Run] = []
    for op, differs in _judged(_token_ops(a, b), a):
        kind, end = ("only", "↵\n") if differs else ("", "\n")  # a line end that differs is seen
        left += runs("".join(a[op.a0 : op.a1]).replace("\n", end), kind)
        right += runs("".join(b[op.b0 : op.b1]).replace("\n", end), kind)
    return AlignedRow("changed", kept=_cell(kept, left), removed=_cell(removed, right))


def _judged(ops: Sequence[Op], a: Sequence[str]) -> list[tuple[Op, bool]]:
    """Return each operation with whether it is shown as different: a space between two edits is part of them."""
    out = [(op, op.kind != "equal") for op in ops]
    for i in range(1, len(out) - 1):
        op = out[i][0]
        if op.kind == "equal" and not "".join(a[op.a0 : op.a1]).strip():
            out[i] = (op, True)
    return out


def _token_ops(a: Sequence[str], b: Sequence[str]) -> tuple[Op, ...]:
    """Align two lists of tokens: a single character by its code point, a longer token by a number above those."""
    longer = {t: 0x110000 + i for i, t in enumerate(dict.fromkeys(t for t in (*a, *b) if len(t) > 1))}
    first, second = (
        np.array([ord(t) if len(t) == 1 else longer[t] for t in side], dtype=np.uint64) for side in (a, b)
    )
    return align(first, second, tidy=True)


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
