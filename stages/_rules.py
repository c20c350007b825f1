"""The normaliser's own rules: tables of characters, and for each rule what it replaces in one line.

Each rule takes a line and returns edits of it; none reads more than its line.  Used by `normalise` alone.
Sources: UAX #15 (normal forms, stream-safe text), UTS #51 (emoji), GB/T 15834-2011, the WHATWG encoding standard
(A3A0), Unicode's EquivalentUnifiedIdeograph (radicals); what each rule must and must not touch was met in scraped
news of the language named.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from stages.model import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HAN: Final = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
KANA: Final = "\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff"
_CLOSING: Final = "，。、；：？！）》】」』〉〕”’"
_OPENING: Final = "（《【「『〈〔“‘"

_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,23});")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x9f\ufff9-\ufffb\u206a-\u206f]")
_WORD_BREAKERS: Final = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
_ZERO_WIDTH: Final = re.compile(
    f"[\u2060-\u2064\u00ad\ufeff\u180e\u034f]|(?<![{_WORD_BREAKERS}])\u200b|\u200b(?![{_WORD_BREAKERS}])"
)
_JOINER: Final = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINED_SCRIPTS: Final = re.compile("[\u0600-\u06ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff]")
_EMOJI: Final = re.compile("[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]")
_BIDI: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_COMBINING: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
)
_COMBINING_RUN: Final = re.compile(f"(?<=[{_COMBINING}]{{30}})[{_COMBINING}]+")
_LIGATURE: Final = re.compile("[\ufb00-\ufb06]")
_LIGATURES: Final = dict(
    zip(
        "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06",
        ("ff", "fi", "fl", "ffi", "ffl", "st", "st"),
        strict=True,
    )
)
_RADICALS: Final = dict(
    zip(
        "⺠⻓⻅⻉⻋⻔⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻳⻄⻆⻈⻙⻘⻗⻡⻁⺽⺶⺜⺝⺩⺮⺻⺼⻂⻍⻏⻐⻟",
        "民长见贝车门页风飞食马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龟西角讠韦青雨首虎臼羊日月王竹聿肉衤辶阝钅飠",
        strict=True,
    )
) | {chr(c): unicodedata.normalize("NFKC", chr(c)) for c in (*range(0x2F00, 0x2FD6), 0x2E9F, 0x2EF3)}
_RADICAL: Final = re.compile("[\u2e80-\u2ef3\u2f00-\u2fd5]")
_WIDE_ASCII: Final = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff05]")
_WIDE_COMMA: Final = re.compile("(?<=[0-9０-９])，(?=[０-９]{3}(?![0-9０-９]))")
_WIDE_POINT: Final = re.compile("(?<=[0-9０-９])．(?=[0-9０-９])")
_WIDE_MARK: Final = re.compile("(?<=[A-Za-z0-9])[＋－＝／＆＠＿．](?=[A-Za-z0-9])")
_HALF_KANA: Final = re.compile("[\uff61-\uff9f]+")
_COMPATIBILITY: Final = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")
_NARROW: Final = re.compile("[\xa0\u202f](?=[;:!?»%€])|(?<=«)[\xa0\u202f]|(?<=\\d)[\xa0\u202f](?=\\d{3}|€)")
_SPACE: Final = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000 ]+")
_CJ: Final = re.compile(f"[{HAN}{KANA}]")
_CJ_SPACE: Final = re.compile(
    f" (?=[{_CLOSING}])|(?<=[{_CLOSING}{_OPENING}]) (?=[{HAN}{KANA}{_OPENING}{_CLOSING}])"
)
_PAIR: Final = re.compile(f"(?<=[{HAN}])[{HAN}]")
_SPLIT_PAIR: Final = re.compile(f"(?<=[{HAN}]) (?=[{HAN}])")
_SPLIT_ANY: Final = re.compile(f"(?<=[{HAN}{KANA}]) (?=[{HAN}{KANA}])")
_INDENT: Final = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000 ]*")


def _replaced(
    rule: str, pattern: re.Pattern[str], line: str, new: Callable[[re.Match[str]], str]
) -> Iterator[Edit]:
    for match in pattern.finditer(line):
        text = new(match)
        if text != match.group():
            yield Edit(rule, match.start(), match.group(), text)


def trimmed(rule: str, old: str, new: str) -> list[Edit]:
    """Return one edit for a line that a rule changed as a whole, without the ends that are equal."""
    if old == new:
        return []
    start = 0
    limit = min(len(old), len(new))
    while start < limit and old[start] == new[start]:
        start += 1
    end = 0
    while end < limit - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return [Edit(rule, start, old[start : len(old) - end], new[start : len(new) - end])]


def entities(line: str) -> list[Edit]:
    """Undo character references; never make a tag, a line end or a control character out of one."""
    opened = 0

    def plain(match: re.Match[str]) -> str:
        nonlocal opened
        text = html.unescape(match.group())
        if text == match.group() or any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in text):
            return match.group()
        if text == "<" and re.match("[A-Za-z/!?]|&", line[match.end() : match.end() + 1]):
            opened += 1
            return match.group()
        if text == ">" and opened:
            opened -= 1
            return match.group()
        return text

    return list(_replaced("entities", _ENTITY, line, plain)) if "&" in line else []


def controls(line: str) -> list[Edit]:
    """Drop control characters."""
    return list(_replaced("control", _CONTROL, line, lambda _: ""))


def zero_width(line: str) -> list[Edit]:
    """Drop invisible characters, but not the word breaks of Thai, Lao, Khmer, Burmese and Tibetan."""
    return list(_replaced("zero_width", _ZERO_WIDTH, line, lambda _: ""))


def joiners(line: str) -> list[Edit]:
    """Drop joiners and variation selectors that join or vary nothing."""

    def kept(match: re.Match[str]) -> str:
        char = match.group()
        before, after = line[match.start() - 1 : match.start()], line[match.end() : match.end() + 1]
        if char in "\u200c\u200d":
            emoji = char == "\u200d" and (_EMOJI.match(before) or before == "\ufe0f") and _EMOJI.match(after)
            return char if _JOINED_SCRIPTS.match(before) or emoji else ""
        if char in "\ufe0e\ufe0f":
            keycap = before in "0123456789#*" and before != "" and after == "\u20e3"
            return char if keycap or _EMOJI.match(before) else ""
        return char if char >= "\U000e0100" and re.match(f"[{HAN}]", before) else ""

    return list(_replaced("joiners", _JOINER, line, kept))


def bidi(line: str) -> list[Edit]:
    """Drop direction marks in lines without right-to-left letters."""
    return [] if _RIGHT_TO_LEFT.search(line) else list(_replaced("bidi", _BIDI, line, lambda _: ""))


def wide_space(line: str) -> list[Edit]:
    """GBK A3A0, which Python decodes to U+E5E5, is an ideographic space (WHATWG)."""
    return [Edit("wide_space", n, c, "\u3000") for n, c in enumerate(line) if c == "\ue5e5"]


def width(line: str) -> list[Edit]:
    """Full-width letters, digits and percent signs to ASCII, half-width kana to full width; marks stay."""
    found = {e.start: e for e in _replaced("width", _WIDE_COMMA, line, lambda _: ",")}
    found |= {e.start: e for e in _replaced("width", _WIDE_POINT, line, lambda _: ".")}
    found |= {
        e.start: e for e in _replaced("width", _WIDE_MARK, line, lambda m: chr(ord(m.group()) - 0xFEE0))
    }
    found |= {
        e.start: e for e in _replaced("width", _WIDE_ASCII, line, lambda m: chr(ord(m.group()) - 0xFEE0))
    }
    kana = _replaced("width", _HALF_KANA, line, lambda m: unicodedata.normalize("NFKC", m.group()))
    found |= {e.start: e for e in kana}
    return [found[start] for start in sorted(found)]


def ligatures(line: str) -> list[Edit]:
    """Open the ligatures of PDF fonts; letters such as ĳ and ǆ stay."""
    return list(_replaced("ligatures", _LIGATURE, line, lambda m: _LIGATURES[m.group()]))


def radicals(line: str) -> list[Edit]:
    """Replace radicals, which PDF extraction gives for the characters they look like."""
    return list(_replaced("radicals", _RADICAL, line, lambda m: _RADICALS.get(m.group(), m.group())))


def combining_cap(line: str) -> list[Edit]:
    """Drop what of a run of combining marks goes past 30 (UAX #15, stream-safe): normal forms are quadratic in it."""
    return list(_replaced("combining_cap", _COMBINING_RUN, line, lambda _: ""))


def nfc(line: str, *, japanese: bool) -> list[Edit]:
    """Compose; in Japanese text compatibility ideographs stay, since they are legal spellings of names."""
    if unicodedata.is_normalized("NFC", line):
        return []
    if japanese:
        new = _COMPATIBILITY.sub(lambda m: unicodedata.normalize("NFC", m.group()), line)
    else:
        new = unicodedata.normalize("NFC", line)
    return trimmed("nfc", line, new)


def spaces(line: str) -> list[Edit]:
    """One kind of space, one at a time, none at the end; the indent is left to `segment`.

    A single space between Han characters means something (the two halves of a headline) and stays, unless most
    pairs of the line are split.  French no-break spaces before marks stay as U+00A0.
    """
    indent = _INDENT.match(line)
    start = indent.end() if indent else 0
    chinese = _CJ.search(line) is not None
    narrow = set() if chinese else {m.start() for m in _NARROW.finditer(line)}
    found: list[Edit] = []
    for match in _SPACE.finditer(line, start):
        if match.end() == len(line):
            found.append(Edit("spaces", match.start(), match.group(), ""))
            continue
        new = "\xa0" if match.start() in narrow and len(match.group()) == 1 else " "
        if match.group() != new:
            found.append(Edit("spaces", match.start(), match.group(), new))
    if start == 1 and line[0] == " ":
        found.insert(0, Edit("spaces", 0, " ", ""))
    return found


def chinese_spaces(line: str) -> list[Edit]:
    """No space before a closing mark or after an opening one, and none in a line that was spaced out."""
    if " " not in line or not _CJ.search(line):
        return []
    split, whole = len(_SPLIT_PAIR.findall(line)), len(_PAIR.findall(line))
    gone = {m.start() for m in _CJ_SPACE.finditer(line)}
    if split >= 3 and 2 * split >= 3 * whole:
        gone |= {m.start() for m in _SPLIT_ANY.finditer(line)}
    return [Edit("spaces", at, " ", "") for at in sorted(gone)]
