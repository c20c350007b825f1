"""Which lines of a text a rule of the normaliser could change: a filter over columns, never a second way.

In: a text; its lines are those that LF ends.  Out: the lines to visit, and which kinds of characters the text holds.
Used by `normalise` alone: a line that is not named here is one that no rule changes, which tests prove against the
rules themselves; a line that is named may well stay as it is.

Each character has a set of kinds, looked up for the whole text at once.  Most rules act on characters that clean
text does not hold; the rest need two or three neighbours, or the shares of some kinds in a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from stages import _rules
from stages._mojibake import FEWEST, HIGH, LOSSY, TELLING, TOLD, WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.int64]

# Kinds of characters.  The first of a pair has an even bit, the second the odd bit above it: one shift finds all pairs.
_LEAD: Final = 1 << 0  # as UTF-8 read with a single-byte codec begins a character …
_FOLLOW: Final = 1 << 1  # … and goes on
_MAC_LEAD: Final = (
    1 << 2
)  # the same of Mac Roman, in which dashes and quotation marks of clean text are leads
_MAC_FOLLOW: Final = 1 << 3
_ALONE: Final = 1 << 4  # one such character is enough, whatever comes after it
_ANY: Final = 1 << 5
_BEFORE_WIDE: Final = 1 << 6  # whatever stands before U+3000, unless that is an indent
_WIDE_SPACE: Final = 1 << 7
_AMPERSAND: Final = 1 << 8  # before what the name or number of a character begins with
_NAME: Final = 1 << 9
_HALF_MARK: Final = 1 << 10  # a mark that restoring punctuation could act on, whatever comes after it
_ANY_AFTER: Final = 1 << 11
_PAIRS: Final = _LEAD | _MAC_LEAD | _ALONE | _BEFORE_WIDE | _AMPERSAND
_BLANK: Final = 1 << 12  # a space or a line end: a space beside one is one too many
_HAN: Final = 1 << 13  # a space between two may be
KANA: Final = 1 << 16
REPLACEMENT: Final = 1 << 17
PRIVATE: Final = 1 << 18
FULL_MARK: Final = 1 << 19
LOST: Final = 1 << 20  # a character of mojibake that cannot be undone
LINE_END: Final = 1 << 21  # other than LF
_HIGH_OR_WIDE: Final = 1 << 22  # of a kind whose share in the line matters

_BLOCK: Final = 1 << 15  # characters looked at together, in whole lines: their columns stay in the cache
#: Numbers as arrays of one, which NumPy takes in half the time: what a text costs is mostly the calls.
_NOUGHT: Final = np.array(0, dtype=np.int32)
_ONE: Final = np.array(1, dtype=np.intp)
_BLANKS, _HANS = (np.array(kind, dtype=np.uint32) for kind in (_BLANK, _HAN))
_NOWHERE: Final = np.zeros(0, dtype=np.intp)
_TOP: Final = 0x110000
_LF: Final = 0x0A
_PRIVATE_PLANE, _LAST_PRIVATE, _UNUSED_PLANE = 0xF0000, 0x10FFFE, 0x40000
_MORE_HAN, _LAST_HAN = 0x20000, 0x323B0
_LONG: Final = (1 << 20) - 1  # characters; a longer line is looked at, since its counts do not fit
#: Places of the counts of a line in one number: high characters, wide ones, frequent ones among these.
_HIGH_AT, _WIDE_AT, _TELLING_AT = 0, 20, 40
#: Where the rules' characters are: two planes, compatibility ideographs, selectors; the other Han are all alike.
_LOOKED_AT: Final = ((0, 0x20000), (0x2F800, 0x2FA20), (0xE0000, 0xE0200))


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Which class each code point is of, and for each class its kinds and what it adds to the counts of its line.

    Classes, since a table of bytes stays in the nearest cache where one of numbers does not.
    """

    classes: NDArray[np.uint8]  # by code point
    kinds: NDArray[np.uint32]  # by class
    counts: NDArray[np.int64]  # by class: high, wide and frequent characters, in one number
    balance: NDArray[np.int64]  # by class: in each half, what is added where a line is as it should be
    space: NDArray[
        np.uint8
    ]  # the class of a space, and that of LF, as arrays of one: of each no other character is
    line_end: NDArray[np.uint8]

    def of(self, text: str) -> NDArray[np.uint8]:
        """Return the classes of the characters of a text."""
        return self.classes.take(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.int32))


@dataclass(frozen=True, slots=True)
class Screened:
    """What a look at a text gives; lines as start and end in code points, in order."""

    lines: tuple[tuple[int, int], ...]  # in which a rule for single lines could act
    odd: tuple[tuple[int, int], ...]  # that may be double-byte mojibake
    seen: int  # kinds of characters that the text holds
    kana: int  # characters of kana


def screen(text: str, table: Kinds, *, marks: bool = False) -> Screened:
    """Return the lines in which a rule could act, that for `marks` among them; `table` is of `kinds_table`."""
    return screen_all([text], table, marks=marks)[0]


def screen_all(texts: Sequence[str], table: Kinds, *, marks: bool = False) -> list[Screened]:
    """Return what `screen` gives for each text; a line may be named here that it does not name."""
    pairs = _PAIRS | (_HALF_MARK if marks else 0)
    out = [_Looked() for _ in texts]
    for block in _blocks(texts):
        _look(texts, block, table, pairs, out)
    return [Screened(tuple(one.lines), tuple(one.odd), one.seen, one.kana) for one in out]


@dataclass(slots=True)
class _Looked:
    """What was seen of a text so far."""

    lines: list[tuple[int, int]] = field(default_factory=list)
    odd: list[tuple[int, int]] = field(default_factory=list)
    seen: int = 0
    kana: int = 0


class _Piece(NamedTuple):
    """Whole lines of a text that are looked at together; the last line end may be left out."""

    number: int  # of the text
    start: int
    end: int


def _blocks(texts: Sequence[str]) -> Iterator[list[_Piece]]:
    """Yield pieces of texts that are looked at together: their columns stay in the cache."""
    block: list[_Piece] = []
    size = 0
    for number, text in enumerate(texts):
        start = 0
        while start < len(text):
            end = text.find("\n", start + _BLOCK) + 1 or len(text)
            block.append(_Piece(number, start, end))
            size += end - start
            start = end
            if size >= _BLOCK:
                yield block
                block, size = [], 0
    if block:
        yield block


def _look(
    texts: Sequence[str], block: Sequence[_Piece], table: Kinds, pairs: int, out: Sequence[_Looked]
) -> None:
    """Look at a block, and tell of what is seen there to what was seen of each text."""
    joined = "\n".join(texts[p.number][p.start : p.end] for p in block)
    classes = table.of(f"\n{joined}\n")
    index = classes.astype(np.intp)
    kinds = table.kinds.take(index)
    held = int(np.bitwise_or.reduce(kinds))
    # Each line here begins with the line end before it, each piece too; the one after the block begins none.
    heads = (classes == table.line_end).nonzero()[0]
    begins = np.array([0, *accumulate(p.end - p.start + 1 for p in block[:-1])])
    spaces = _spaces(heads, classes == table.space, kinds)
    _tell(
        block, begins, heads, _lines_of(heads, *spaces, _places(kinds, held, pairs)), [o.lines for o in out]
    )
    if held & _HIGH_OR_WIDE:
        _tell(block, begins, heads, _odd(heads, index, kinds, held, table), [o.odd for o in out])
    for piece, seen in zip(block, np.bitwise_or.reduceat(kinds, begins).tolist(), strict=True):
        out[piece.number].seen |= seen
    if held & KANA:
        kana = np.add.reduceat(kinds & KANA, begins, dtype=np.int64) // KANA
        for piece, count in zip(block, kana.tolist(), strict=True):
            out[piece.number].kana += count


def _tell(
    block: Sequence[_Piece],
    begins: NDArray[np.intp],
    heads: NDArray[np.intp],
    numbers: Sequence[int],
    out: Sequence[list[tuple[int, int]]],
) -> None:
    """Add the lines of a block with these numbers, by their start and end in their text, to those of each text."""
    last = len(heads) - 1
    for n in numbers:
        if n < last:
            head, end = heads[n : n + 2].tolist()
            at = int(begins.searchsorted(head, side="right")) - 1
            piece = block[at]
            before = piece.start - int(begins[at])
            out[piece.number].append((head + before, end - 1 + before))


def _spaces(
    heads: NDArray[np.intp], is_space: NDArray[np.bool_], kinds: NDArray[np.uint32]
) -> Iterator[NDArray[np.intp]]:
    """Yield where a space stands beside a space or a line end, and where, if not rare in its line, between Han."""
    spaces = is_space.nonzero()[0]
    before, after = kinds[spaces - _ONE], kinds[spaces + _ONE]
    yield spaces[((before | after) & _BLANKS).nonzero()[0]]
    between = spaces[(before & after & _HANS).nonzero()[0]]
    if between.size >= _rules.FEWEST_SPLIT:
        lines = heads.searchsorted(between)
        beyond = _rules.FEWEST_SPLIT - 1
        yield between[beyond:][lines[beyond:] == lines[:-beyond]]


def _lines_of(heads: NDArray[np.intp], *places: NDArray[np.intp]) -> Sequence[int]:
    """Return the numbers of the lines that have one of the places, each once and in order."""
    found = [(heads.searchsorted(some, side="right") - 1).tolist() for some in places if some.size]
    return sorted(set().union(*found)) if found else ()


def _odd(
    heads: NDArray[np.intp], index: NDArray[np.intp], kinds: NDArray[np.uint32], held: int, table: Kinds
) -> Sequence[int]:
    """Return the numbers of the lines that `_mojibake` may look at, by the counts it goes by."""
    balance = np.add.reduceat(table.balance.take(index), heads).view(np.int32)
    below = (balance < _NOUGHT).nonzero()[0]
    long = len(index) > _LONG
    if not (below.size or held & PRIVATE or long):
        return ()  # as most texts
    odd = {*(below >> 1).tolist(), *_lines_of(heads, (kinds & PRIVATE).nonzero()[0])}
    counts = np.add.reduceat(table.counts.take(index), heads)
    high, wide = (counts >> _HIGH_AT) & _LONG, (counts >> _WIDE_AT) & _LONG
    odd.intersection_update(((high >= FEWEST) | (wide >= FEWEST)).nonzero()[0].tolist())
    if long:
        odd.update((np.diff(heads) > _LONG).nonzero()[0].tolist())
    return sorted(odd)


def seen(text: str, table: Kinds) -> int:
    """Return the kinds of characters that a text holds."""
    return int(np.bitwise_or.reduce(table.kinds.take(table.of(text)))) if text else 0


def _places(kinds: NDArray[np.uint32], held: int, wanted: int) -> NDArray[np.intp]:
    """Return where a character, with those beside it, makes its line one to visit."""
    able = held & (held >> 1) & wanted  # pairs of which the text holds both
    if not able:
        return _NOWHERE
    firsts = (kinds[:-1] & able).astype(np.bool_).nonzero()[0]
    pairs = kinds.take(firsts) & (kinds.take(firsts + 1) >> 1) & able
    places: NDArray[np.intp] = firsts[pairs != 0]
    return places


def kinds_table(readings: Mapping[str, tuple[str, str]]) -> Kinds:
    """Return the kinds of every code point, read off the patterns of the rules.

    `readings` says of each single-byte codec how it shows the bytes that begin, and continue, a character of UTF-8.
    """
    table = np.full(_TOP, _ANY | _ANY_AFTER | _BEFORE_WIDE, dtype=np.uint32)

    def add(kind: int, chars: str) -> None:
        table[[ord(char) for char in chars]] |= kind

    def add_all(kind: int, members: str) -> None:
        table[_members(members)] |= kind

    for pattern in (_rules.ACTED_ON, _rules.OTHERS, _rules.unstable().pattern):
        table[_of_class(pattern)] |= _ALONE
    for codec, (lead, follow) in readings.items():
        mac = codec == "macroman"
        add(_MAC_LEAD if mac else _LEAD, lead)
        add(_MAC_FOLLOW if mac else _FOLLOW, follow)
    add(_BLANK, " \n")
    add(_AMPERSAND, "&")
    add_all(_NAME, "#A-Za-z")
    add(_WIDE_SPACE, "\u3000")
    table[[_LF, 0x3000]] ^= _BEFORE_WIDE
    add_all(_HAN, _rules.HAN)
    add_all(KANA, _rules.KANA)
    add(_HALF_MARK, ",;:!?().")
    add(FULL_MARK, "，；：？！（）")
    add(REPLACEMENT, "\ufffd")
    add(LINE_END, _rules.LINE_ENDS)
    add(LOST, re.sub("[|\ufffd]", "", LOSSY.pattern))
    table[0xE000:0xF900] |= PRIVATE
    table[_PRIVATE_PLANE:_LAST_PRIVATE] |= PRIVATE
    table[_MORE_HAN:_LAST_HAN] |= _HAN
    return _classed(table, _counts(*map(_of_class, (HIGH, WIDE, TELLING))))


def _of_class(pattern: re.Pattern[str]) -> Column:
    """Return the code points of a pattern that is one character class."""
    return _members(pattern.pattern[1:-1])


def _members(inside: str) -> Column:
    """Return the code points of the inside of a character class, written without escapes."""
    ranges = re.findall("(.)-(.)|(.)", inside, re.DOTALL)
    return np.concatenate([np.arange(ord(a or one), ord(b or one) + 1) for a, b, one in ranges])


def _counts(high: Column, wide: Column, telling: Column) -> Column:
    """Return what each code point adds to the counts of its line."""
    out = np.zeros(_TOP, dtype=np.int64)
    for chars, at in ((high, _HIGH_AT), (wide, _WIDE_AT), (telling, _TELLING_AT)):
        out[chars] += 1 << at
    return out


def _classed(kinds: NDArray[np.uint32], counts: Column) -> Kinds:
    """Return the table by classes: code points that are alike in everything are of one class."""
    others = (_MORE_HAN, _PRIVATE_PLANE, _UNUSED_PLANE)
    known = np.concatenate([*(np.arange(low, high) for low, high in _LOOKED_AT), others])
    kinds[known[counts[known] > 0]] |= _HIGH_OR_WIDE
    bits = ((counts[known] >> at) & 1 for at in (_HIGH_AT, _WIDE_AT, _TELLING_AT))
    alike = kinds[known] + sum(bit << (32 + n) for n, bit in enumerate(bits))
    distinct, where, inverse = np.unique(alike, return_index=True, return_inverse=True)
    assert len(distinct) <= 256  # noqa: S101 - a class is a byte
    classes = np.full(_TOP, inverse[-1], dtype=np.uint8)
    classes[_PRIVATE_PLANE:_LAST_PRIVATE] = inverse[-2]
    classes[_MORE_HAN:_LAST_HAN] = inverse[-3]
    classes[known] = inverse
    first = known[where]
    space, line_end = (np.array(classes[code]) for code in (0x20, _LF))
    return Kinds(classes, kinds[first], counts[first], _balance(counts[first]), space, line_end)


def _balance(counts: Column) -> Column:
    """Return what each class adds to two sums, of which one is below 0 where `_mojibake` looks at a line.

    A sum is half of a number; a lower one below 0 takes 1 from the upper one, but then the line is odd anyway.
    """
    high, wide, telling = ((counts >> at) & 1 for at in (_HIGH_AT, _WIDE_AT, _TELLING_AT))
    out: Column = (TOLD * telling - wide) + ((3 * wide - high) << 32)
    return out
