"""The folding of characters for the key: tables over all code points.

A character folds to NFKC, case-folded, simplified form.  `classes` says what a folded character is to the key.
Source: UAX #15 (NFKC), UAX #44 (general categories), `stages._t2s` (traditional to simplified).
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from stages._t2s import SIMPLIFIED, TRADITIONAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

DROP: Final = 0  # spaces, punctuation: ends a token
CHARACTER: Final = 1  # a token of its own
WORD: Final = 2  # letters and marks of scripts that write words
DIGIT: Final = 3
JOINER: Final = 4  # . : / ~ between digits
HYPHEN: Final = 5  # between digits, or a sign before one
PERCENT: Final = 6  # after a digit
PREFIX: Final = 7  # + & @ # ^ before a letter or digit
COMMA: Final = 8  # dropped, unless it groups thousands: then ignored
IGNORE: Final = 9  # as if it were not there: joiners, selectors, U+FFFD, private use

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
    ",": COMMA,
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


@dataclass(frozen=True, slots=True, eq=False)
class FoldTable:
    """For each code point: how many folded characters, where they stand in `pool`; `plain` is without t2s."""

    length: NDArray[np.uint8]
    offset: NDArray[np.int64]
    pool: NDArray[np.uint32]
    simple: NDArray[np.uint32]  # the first folded character, simplified
    plain: NDArray[np.uint32]  # the same without traditional to simplified, for text with kana
    classes: NDArray[np.uint8]  # of a folded character


def _fold_char(char: str) -> str:
    if char in _SPELLED:
        return _SPELLED[char]
    folded = unicodedata.normalize("NFKC", char).casefold()
    return "".join(_SPELLED.get(c, c) if c != char else c for c in unicodedata.normalize("NFKC", folded))


def _class_of(char: str) -> int:
    if char in _JOINERS:
        return _JOINERS[char]
    category = unicodedata.category(char)
    if category == "Nd":
        return DIGIT
    if category[0] in "LN" or category in {"Mn", "Mc", "So"}:
        return WORD
    return WORD if category == "Sc" else DROP


@functools.cache
def fold_table() -> FoldTable:
    """Return the table; made once a process (about 0.2 s), and constant."""
    plain = np.arange(_SIZE, dtype=np.uint32)
    length = np.ones(_SIZE, dtype=np.uint8)
    classes = np.zeros(_SIZE, dtype=np.uint8)
    expansions: dict[int, str] = {}
    for code in (*range(0xD800), *range(0xE000, 0x1F000 + 0x1000), *range(0x2F800, 0x2FA20)):
        char = chr(code)
        folded = char if 0x4E00 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3 else _fold_char(char)
        if len(folded) > 1:
            expansions[code] = folded
        if folded != char:
            plain[code] = ord(folded[0]) if folded else 0x20
        classes[code] = _class_of(char)
    for ranges, value in ((_CHARACTER_RANGES, CHARACTER), (_IGNORED, IGNORE)):
        for low, high in ranges:
            view = classes[low : high + 1]
            view[view != DIGIT] = value
    simple = plain.copy()
    simple[[ord(c) for c in TRADITIONAL]] = [ord(c) for c in SIMPLIFIED]
    offset = np.zeros(_SIZE, dtype=np.int64)
    pool = np.zeros(sum(map(len, expansions.values())), dtype=np.uint32)
    at = 0
    for code, folded in expansions.items():
        length[code], offset[code] = len(folded), at
        pool[at : at + len(folded)] = [ord(c) for c in folded]
        at += len(folded)
    return FoldTable(length, offset, pool, simple, plain, classes)
