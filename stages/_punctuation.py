"""Half-width marks in Chinese text back to full width: what NFKC, run by somebody, took away.

In: a line.  Out: an edit for each mark.  Used by `normalise` alone, and only where it is asked for: of marks that were
half-width in the printed page, the rules change most too, so whether to restore is a question of house style.

Source: GB/T 15834-2011, 5.1 gives these marks a full width in Chinese text.  A line is worked on if it has Han and
no Hangul, which is written with half-width marks; addresses of the web and of mail stay as they are.  A full stop
is never made 。, a percent sign and straight quotation marks stay: which they were is guesswork.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

from stages._rules import HAN, HANGUL, KANA
from stages.model import Edit

_FULL: Final = {",": "，", ";": "；", ":": "：", "!": "！", "?": "？", "(": "（", ")": "）"}
_HAS_MARK: Final = re.compile(r"[,;:!?()]|\.{3}")
_HAN: Final = re.compile(f"[{HAN}]")
_HANGUL: Final = re.compile(f"[{HANGUL}]")
_INSIDE: Final = re.compile(f"[{HAN}{KANA}]")
_ADDRESS: Final = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]{1,15}://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"
    r"|[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
)
_DOTS: Final = re.compile(f"(?<=[{HAN}{KANA}])(?:\\.{{6}}|\\.{{3}})(?!\\.)")
#: What a Chinese clause ends with, and what it begins with.
_BEFORE: Final = re.compile(f"[{HAN}{KANA}”’）》〉】」』〕%％℃]")
_AFTER: Final = re.compile(f"[{HAN}{KANA}“‘（《〈【「『〔]")
_AFTER_PAIR: Final = re.compile(f"[{HAN}{KANA}”’）》〉】」』〕“‘（《〈【「『〔，。；：、！？,;:]")


def restore(line: str) -> list[Edit]:
    """Return the marks of a line that belong to Chinese text, made full-width; a space after one goes with it."""
    if not _HAS_MARK.search(line) or not _HAN.search(line) or _HANGUL.search(line):
        return []
    chars = list(line)  # as it becomes, mark by mark: each is judged beside those before it
    for match in _ADDRESS.finditer(line):
        chars[match.start() : match.end()] = "\0" * len(match.group())
    found = {
        m.start(): Edit("restore_punct", m.start(), m.group(), "……") for m in _DOTS.finditer("".join(chars))
    }
    _pairs(chars)
    _marks(chars)
    for at, char in enumerate(chars):
        old = line[at]
        if char in {"\0", old} or old not in _FULL:
            continue
        spaced = old not in "()" and line[at + 1 : at + 2] == " " and at + 2 < len(line)
        found[at] = Edit("restore_punct", at, f"{old} " if spaced else old, char)
    return [found[at] for at in sorted(found)]


def _marks(chars: list[str]) -> None:
    """Make full-width, in place, what stands beside Chinese text; never between two digits (1,234; 3:00; 3:2)."""
    for at, char in enumerate(chars):
        if char in ",;:":
            if (
                chars[at - 1 : at]
                and chars[at - 1].isdigit()
                and chars[at + 1 : at + 2]
                and chars[at + 1].isdigit()
            ):
                continue
            after = _near(chars, at, 1)  # at the end of a line the mark ends a clause that has Han in it
            if _BEFORE.match(_near(chars, at, -1)) or not after or _AFTER.match(after):
                chars[at] = _FULL[char]
        elif char in "!?":
            before = _near(chars, at, -1)
            if _BEFORE.match(before) or before in {"！", "？"}:
                chars[at] = _FULL[char]


def _near(chars: list[str], at: int, step: int) -> str:
    """Return the nearest character that is no space, before or after a place; "" at the end of the line."""
    at += step
    while 0 <= at < len(chars) and chars[at] == " ":
        at += step
    return chars[at] if 0 <= at < len(chars) else ""


def _pairs(chars: list[str]) -> None:
    """Make full-width, in place, pairs that hold Han, or stand between Chinese text; inner ones first."""
    opened: list[int] = []
    han = [0, *accumulate(bool(_INSIDE.match(char)) for char in chars)] if "(" in chars else []
    for at, char in enumerate(chars):
        if char in "(（":
            opened.append(at)
        elif char in ")）" and opened:
            start = opened.pop()
            half = (chars[start], char) == ("(", ")")
            if half and (han[at] > han[start] or _between_chinese(chars, start, at)):
                chars[start], chars[at] = "（", "）"


def _between_chinese(chars: list[str], start: int, end: int) -> bool:
    after = _near(chars, end, 1)
    return bool(_BEFORE.match(_near(chars, start, -1))) and (not after or bool(_AFTER_PAIR.match(after)))
