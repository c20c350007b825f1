"""Text of strangers, made fit to be shown: nothing invisible, nothing that turns the line round, nothing endless.

Controls (C0, C1), bidirectional controls, zero-width characters, tags, lone surrogates and noncharacters are shown
as marks such as `U+202E`.  The joiners U+200C and U+200D stay: emoji and several scripts are spelt with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stages._marks import marks

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNSEEN: Final = (
    "\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # C0 and C1; TAB and LF are layout
    "\u00ad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, marks of direction, zero width
    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # separators, bidi controls, joiners, annotations
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # lone surrogates, noncharacters
    "\U000e0000-\U000e007f"  # tags
)
_INERT: Final = re.compile(f"[{_UNSEEN}]")
#: In a short value, spaces that look like others are named too.
_SPACES: Final = re.compile(f"[{_UNSEEN}\t\n\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_NAME_BREAKS: Final = re.compile(r"[\t\n]")
_KANA: Final = re.compile("[\u3041-\u30ff]+")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]+")
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+")
_TRADITIONAL: Final = re.compile("[國們來時後會說對學發經這個為與業東車長門開關電話]+")
_SIMPLIFIED: Final = re.compile("[国们来时后会说对学发经这个为与业东车长门开关电话]+")
_SAMPLE: Final = 2000  # characters that are enough to tell the script


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that is shown in one way."""

    text: str
    kind: str = ""  # "" plain, "only" what the other side lacks, "figure"
    number: bool = False  # `text` is the number of a character that would not be seen


def mark(character: str) -> str:
    """Return the visible name of a character, such as "U+202E"."""
    return f"U+{ord(character):04X}"


def visible(text: object, limit: int = 600) -> str:
    """Return a name, title or message on one line, each character seen; cut after `limit` characters."""
    whole = str(text)
    short = whole if len(whole) <= limit else f"{whole[:limit]}… ({len(whole):,} characters)"
    return _NAME_BREAKS.sub(lambda m: f"⟨{mark(m[0])}⟩", _INERT.sub(lambda m: f"⟨{mark(m[0])}⟩", short))


def spelt(text: str, limit: int = 80) -> str:
    """Return a short value on one line, with the number of each character that is not seen or looks like a space."""
    shown = _SPACES.sub(lambda m: f"⟨{mark(m[0])}⟩", text[:limit])
    return shown + (f"… ({len(text):,} characters)" if len(text) > limit else "")


def numbers(text: str) -> str:
    """Return the characters of a text as numbers, for what looks alike and is not."""
    return " ".join(map(mark, text))


def runs(text: str, kind: str = "", unseen: re.Pattern[str] = _INERT) -> list[Run]:
    """Return `text` as runs of one kind, with the number of each character that would not be seen."""
    out: list[Run] = []
    at = 0
    for found in unseen.finditer(text):
        if found.start() > at:
            out.append(Run(text[at : found.start()], kind))
        out.append(Run(mark(found[0]), kind, number=True))
        at = found.end()
    if at < len(text):
        out.append(Run(text[at:], kind))
    return out


def with_figures(text: str, limit: int = 240) -> list[Run]:
    """Return a differing value as runs, its figures, dates and negations of kind "figure"."""
    short = text if len(text) <= limit else text[:limit] + "…"
    out: list[Run] = []
    at = 0
    for found in marks(short):
        if found.start >= at:
            out += runs(short[at : found.start], "", _SPACES)
            out += runs(short[found.start : found.end], "figure", _SPACES)
            at = found.end
    return out + runs(short[at:], "", _SPACES)


def language(texts: Iterable[str]) -> str:
    """Return the `lang` of a text, so that Han characters get the glyphs of their region; "" where unknown."""
    sample = "".join(text[:_SAMPLE] for text in texts)[: 2 * _SAMPLE]
    han, kana, hangul = (_count(p, sample) for p in (_HAN, _KANA, _HANGUL))
    if kana * 10 > han + kana:
        return "ja"
    if hangul > han:
        return "ko"
    if han * 10 <= len(sample):
        return ""
    traditional, simplified = (_count(p, sample) for p in (_TRADITIONAL, _SIMPLIFIED))
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def _count(characters: re.Pattern[str], sample: str) -> int:
    """Return how many characters are of a set; its pattern finds runs, of which there are fewer."""
    return len("".join(characters.findall(sample)))


def number(value: float | None) -> str:
    """Return a count with thousands marks, a minus sign that is one; a dash for null."""
    return "–" if value is None else f"{value:,}".replace("-", "−")


def counted(count: int, name: str) -> str:
    """Return a count and what is counted: 1 file, 2,000 files."""
    return f"{number(count)} {name}" + "s" * (count != 1)


def share(value: float | None) -> str:
    """Return a score of 0 to 1 with three decimals, rounded away from 1; a dash for null."""
    if value is None:
        return "–"
    shown = f"{value:.3f}"
    return "0.999" if shown == "1.000" and value < 1 else shown


def percent(part: float, whole: float) -> str:
    """Return a share in per cent with one decimal; a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def size(count: int) -> str:
    """Return a number of bytes in the decimal unit that reads best."""
    value, units = float(count), ("bytes", "kB", "MB", "GB", "TB")
    for unit in units[:-1]:
        if value < 1000:
            return f"{count:,} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} {units[-1]}"
