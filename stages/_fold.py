"""The folding of characters for the key: tables over all code points.

A character folds to NFKC, case-folded, simplified form; its class says what the folded character is to the key.
Source: UAX #15 (NFKC), UAX #44 (general categories), `stages._t2s` (traditional to simplified),
`stages._t2s_phrases` (where that goes by phrase).
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from stages._t2s import SIMPLIFIED, TRADITIONAL
from stages._t2s_phrases import FOLDED, PHRASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DROP: Final = 0  # spaces, punctuation: ends a token
CHARACTER: Final = 1  # a token of its own
DIGIT: Final = 2
JOINER: Final = 3  # . : / ~ between digits
HYPHEN: Final = 4  # between digits, or a sign before one
PERCENT: Final = 5  # after a digit
PREFIX: Final = 6  # + & @ # ^ before a letter or digit
IGNORE: Final = 7  # as if it were not there: joiners, selectors, U+FFFD, private use
WORD: Final = 8  # letters and marks of scripts that write words; the highest, so that they show in a maximum
ASCII_WORD: Final = 9  # those of ASCII, after which a hyphen is no sign
COMMA: Final = 10  # of the key as little as `DROP`, unless it groups thousands

#: How `FoldTable.info` is packed: the folded character in 21 bits, flags, its class in the last byte, flags.
CHARACTER_MASK: Final = (1 << 21) - 1
MANY: Final = 1 << 21  # folds to several characters
KANA: Final = 1 << 22
HAN: Final = 1 << 23  # simplification changes it
CLASS_BITS: Final = 24
CLASS_MASK: Final = 15
PHRASE: Final = 1 << 28  # in some phrases it folds otherwise
IGNORED: Final = 1 << 29  # class `IGNORE`
MARK: Final = 1 << 30  # a joining mark or a comma: its neighbours settle what it is; no higher flag
_KANA: Final = ((0x3041, 0x3096), (0x30A1, 0x30FA), (0xFF66, 0xFF9D))

#: Scripts whose characters are tokens: no spaces between words, or spacing that varies between outlets.
_CHARACTER_RANGES: Final = (
    (0x3005, 0x3007),  # ideographic iteration mark, closing mark, zero
    (0x3041, 0x309F),  # Hiragana
    (0x30A1, 0x30FA),  # Katakana
    (0x30FC, 0x30FF),
    (0x31F0, 0x31FF),
    (0x1100, 0x11FF),  # Hangul
    (0x3131, 0x318E),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FB),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
    (0x0E00, 0x0E7F),  # Thai
    (0x0E80, 0x0EFF),  # Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x0F00, 0x0FFF),  # Tibetan
)
#: The same as the inside of a regular expression's character class.
CHARACTER_CLASS: Final = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in _CHARACTER_RANGES)
_IGNORED: Final = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x0307, 0x0307),  # what is left of a folded capital I with dot
    (0x0591, 0x05C7),  # Hebrew points
    (0x0640, 0x0640),  # tatweel
    (0x064B, 0x065F),  # Arabic marks
    (0x0670, 0x0670),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0xE000, 0xF8FF),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFFD, 0xFFFD),
    (0xE0000, 0x10FFFF),
)
_JOINERS: Final = {
    ".": JOINER,
    ":": JOINER,
    "/": JOINER,
    "~": JOINER,
    "-": HYPHEN,
    "%": PERCENT,
    "\N{PER MILLE SIGN}": PERCENT,
    "+": PREFIX,
    "&": PREFIX,
    "@": PREFIX,
    "#": PREFIX,
    "^": PREFIX,
}
_SPELLED: Final = {  # folded before NFKC
    "\N{RATIO}": ":",
    "\N{WAVE DASH}": "~",
    "\N{FRACTION SLASH}": "/",
    **{chr(c): "-" for c in (*range(0x2010, 0x2016), 0x2212, 0x2E3A, 0x2E3B, 0xFE58, 0xFF0D)},
    **{c: "^" + unicodedata.normalize("NFKC", c) for c in "²³¹⁰⁴⁵⁶⁷⁸⁹"},
}
_SIZE: Final = 0x110000
_FOLDING: Final = 0x40000  # what folds to something else, and what that is, lies below
_BLOCK: Final = 256  # characters that are asked together whether one of them folds
#: Where characters fold to others, or are of a class that is not that of their block.
_LOOKED_AT: Final = (
    (0, 0x3400),
    (0x4DC0, 0x4E00),
    (0xA000, 0xAC00),
    (0xF900, 0x20000),
    (0x2F800, 0x2FA20),
)


@dataclass(frozen=True, slots=True, eq=False)
class FoldTable:
    """What each code point is to the key; `length`, `offset` and `pool` are of those that fold to several."""

    info: NDArray[
        np.uint32
    ]  # packed, little-endian: the first folded character, simplified, with its class and flags
    plain: NDArray[np.uint32]  # the same without traditional to simplified, for lines with kana
    folded: NDArray[np.uint32]  # packed: the character itself, taken as folded, with its class
    length: NDArray[np.uint8]  # folded characters
    offset: NDArray[np.int32]  # in `pool`
    pool: NDArray[np.uint32]


def _folded(chars: str) -> Iterator[tuple[str, str]]:
    """Yield each character that folds to something else, and what that is."""
    alone = "".join(block for block in _blocks(chars) if _may_fold(block)).replace("\n", "")
    lines = unicodedata.normalize("NFKC", "\n".join(alone)).casefold()  # nothing joins over a line end
    changed = [pair for pair in zip(alone, lines.split("\n"), strict=True) if pair[0] != pair[1]]
    lines = unicodedata.normalize("NFKC", "\n".join(line for _, line in changed))
    for (char, _), line in zip(changed, lines.split("\n"), strict=True):
        spelled = not _SPELLED.keys().isdisjoint(line)
        yield char, "".join(_SPELLED.get(c, c) if c != char else c for c in line) if spelled else line
    yield from _SPELLED.items()


def _blocks(chars: str) -> Iterator[str]:
    return (chars[at : at + _BLOCK] for at in range(0, len(chars), _BLOCK))


def _may_fold(block: str) -> bool:
    """Tell whether a character of the block may fold: of a text that NFKC leaves as it is, no character does alone."""
    return not unicodedata.is_normalized("NFKC", block) or block.casefold() != block


def _classes_of(chars: str) -> list[int]:
    """Return what each character is to the key, but for those of whole blocks and the joining marks."""
    if chars.isalpha():
        return [WORD] * len(chars)
    categories = [*map(unicodedata.category, chars)]
    names = set(categories)
    words = {name for name in names if name[0] in "LN"} | {"Mn", "Mc", "Sc", "So"}
    of = dict.fromkeys(names, DROP) | dict.fromkeys(words, WORD) | {"Nd": DIGIT}
    return [*map(of.__getitem__, categories)]


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4")


@functools.cache
def fold_table() -> FoldTable:
    """Return the table; made once a process (about 0.05 s), and constant."""
    plain = np.arange(_FOLDING, dtype=np.uint32)
    length = np.ones(_SIZE, dtype=np.uint8)
    classes = np.zeros(_SIZE, dtype=np.uint8)
    expansions: dict[int, str] = {}
    looked_at = np.concatenate([np.arange(low, high, dtype="<u4") for low, high in _LOOKED_AT])
    chars = looked_at.tobytes().decode("utf-32-le")
    classes[looked_at] = [*chain.from_iterable(map(_classes_of, _blocks(chars)))]
    classes[[ord(char) for char in _JOINERS]] = [*_JOINERS.values()]
    for char, folded in _folded(chars):
        if len(folded) > 1:
            expansions[ord(char)] = folded
        plain[ord(char)] = ord(folded[0]) if folded else 0x20
    for ranges, value in ((_CHARACTER_RANGES, CHARACTER), (_IGNORED, IGNORE)):
        for low, high in ranges:
            view = classes[low : high + 1]
            view[view != DIGIT] = value
    classes[:0x80][classes[:0x80] == WORD] = ASCII_WORD
    classes[ord(",")] = COMMA
    simple = _simplified()[plain]
    packed = _bits_of_classes()[classes]
    packed |= np.arange(_SIZE, dtype="<u4")
    flags = np.zeros(_FOLDING, dtype="<u4")
    flags[simple != plain] |= HAN
    flags[[ord(c) for c in _phrase_characters()]] |= PHRASE
    for low, high in _KANA:
        flags[low : high + 1] |= KANA
    offset = np.zeros(_SIZE, dtype=np.int32)
    many, sizes = list(expansions), [len(several) for several in expansions.values()]
    length[many] = sizes
    offset[many] = np.cumsum(sizes) - sizes
    pool = packed[_points("".join(expansions.values()))]
    flags[many] |= MANY
    info, unsimplified = packed.copy(), packed.copy()
    info[:_FOLDING] = packed[simple] | flags
    unsimplified[:_FOLDING] = packed[plain] | flags
    return FoldTable(info, unsimplified, packed, length, offset, pool)


def _bits_of_classes() -> NDArray[np.uint32]:
    """Return for each class what stands above the character: the class itself in the last byte, flags."""
    bits: NDArray[np.uint32] = np.arange(CLASS_MASK + 1, dtype=np.uint32) << np.uint32(CLASS_BITS)
    bits[IGNORE] |= IGNORED
    bits[[*range(JOINER, PREFIX + 1), COMMA]] |= MARK
    return bits


def _simplified() -> NDArray[np.uint32]:
    """Return the simplified form of each code point up to those that fold."""
    out = np.arange(_FOLDING, dtype=np.uint32)
    out[[ord(c) for c in TRADITIONAL]] = [ord(c) for c in SIMPLIFIED]
    return out


@functools.cache
def phrases() -> dict[str, str]:
    """Return the phrases that fold otherwise than character by character, and what they fold to."""
    return dict(zip(PHRASES.split(), FOLDED.split(), strict=True))


LONGEST_PHRASE: Final = max(map(len, PHRASES.split()))


def _phrase_characters() -> set[str]:
    """Return the characters that fold otherwise in some phrase."""
    single = dict(zip(TRADITIONAL, SIMPLIFIED, strict=True))
    pairs = ((a, b) for phrase, folded in phrases().items() for a, b in zip(phrase, folded, strict=True))
    return {a for a, b in pairs if single.get(a, a) != b}


@functools.cache
def phrase_pairs() -> NDArray[np.uint64]:
    """Return the neighbours inside phrases of which one folds otherwise, as sorted numbers: first, second."""
    odd = _phrase_characters()
    pairs = {(a, b) for phrase in phrases() for a, b in pairwise(phrase) if a in odd or b in odd}
    return np.array(sorted((ord(a) << 32) | ord(b) for a, b in pairs), dtype=np.uint64)


@functools.cache
def settling() -> NDArray[np.uint8]:
    """Return what a mark becomes, by its class and those of what stands before and after it, four bits each.

    A comma between digits is one still: the three digits after it settle it.
    """
    out = np.zeros((16, 16, 16), dtype=np.uint8)
    out[JOINER, DIGIT, DIGIT] = JOINER
    out[HYPHEN, :, DIGIT] = HYPHEN  # in a number, or a sign
    out[HYPHEN, ASCII_WORD, DIGIT] = DROP
    out[PERCENT, DIGIT] = PERCENT
    out[PREFIX, :, [CHARACTER, DIGIT, WORD, ASCII_WORD]] = PREFIX
    out[COMMA, DIGIT, DIGIT] = COMMA
    return out.reshape(-1)
