"""The normaliser's own rules: tables of characters, and for each rule what it replaces in one line.

Each rule takes a line and returns edits of it; none reads more than its line.  Used by `normalise` alone.
Sources: UAX #15 (normal forms, stream-safe text), UTS #51 (emoji), GB/T 15834-2011, the WHATWG encoding standard
(A3A0), Unicode's EquivalentUnifiedIdeograph (radicals); what each rule must and must not touch was met in scraped
news of the language named.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from dataclasses import dataclass
from html.entities import html5
from typing import TYPE_CHECKING, Final

from stages._late import late
from stages.model import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HAN: Final = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
KANA: Final = "\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff"
HANGUL: Final = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"

#: Not U+0085, which is the ellipsis of cp1252, nor what else `str.splitlines` splits at.
LINE_ENDS: Final = "\r\x0b\x0c\u2028\u2029"
#: A reference, however often its ampersand was escaped: `&amp;amp;lt;` is one.
_ENTITY: Final = late(
    r"&(?:amp;|AMP;|#38;|#0*38;|#[xX]0*26;)*(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,23});"
)
_CONTROLS: Final = "\x00-\x08\x0e-\x1f\x7f-\x9f\ufff9-\ufffb\u206a-\u206f"
_CONTROL: Final = late(f"[{_CONTROLS}]")
_WORD_BREAKERS: Final = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
_INVISIBLE: Final = "\u2060-\u2064\u00ad\ufeff\u034f\u200b\u180e"
_ZERO_WIDTH: Final = late(
    f"(?=[{_INVISIBLE}])(?:[^\u200b\u180e]|(?<![{_WORD_BREAKERS}])\u200b(?![{_WORD_BREAKERS}])"
    "|(?<![\u1820-\u18aa])\u180e)"  # between a Mongolian letter and its vowel U+180E is spelling
)
_JOINERS: Final = "\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
_JOINER: Final = late(f"[{_JOINERS}]")
#: Scripts in whose spelling joiners have a part: Arabic and its relatives, the Indic ones, Mongolian.
_JOINED_SCRIPTS: Final = late(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1aad\u1b00-\u1bff\u1cd0-\u1cff\ua880-\ua8ff"
    "\ua980-\ua9ff\uaa60-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
_VARIED: Final = late(f"[{HAN}\u1000-\u109f]")  # with FE00 to FE02: names, and dotted Burmese letters
_EMOJI: Final = late("[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]")
_DIRECTIONS: Final = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
_BIDI: Final = late(f"[{_DIRECTIONS}]")
_RIGHT_TO_LEFT: Final = late(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
#: A class without characters beyond the basic plane, which make a search several times slower; it has all marks.
_MAY_BE_MARK: Final = late(
    "[^\x00-\u02ff\u2000-\u20cf\u2100-\u2cee\u3000-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7a3\uff00-\uffff]"
)
#: Marks that stand over and under letters, but have no combining class: they count in a run all the same.
_MORE_MARKS: Final = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff"
)
_RUN: Final = 30  # combining marks in a row that stay (UAX #15, stream-safe text)
_LIGATED: Final = "\ufb00-\ufb06"
_LIGATURE: Final = late(f"[{_LIGATED}]")
_LIGATURES: Final = dict(
    zip(
        "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06",
        ("ff", "fi", "fl", "ffi", "ffl", "st", "st"),
        strict=True,
    )
)
#: Radical → the character it stands for: Unicode's EquivalentUnifiedIdeograph, but for what is no character of the
#: basic plane; of those, what a page shows as a character all the same is mapped to that one.
_RADICALS: Final = dict(
    zip(
        "⺠⻓⻅⻉⻋⻔⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻳⻄⻆⻈⻙⻘⻗⻡⻁⺽⺶⺜⺝⺩⺮⺻⺼⻂⻍⻏⻐⻟"
        "⺁⺂⺃⺄⺅⺆⺈⺉⺊⺋⺌⺍⺎⺏⺐⺒⺓⺔⺖⺗⺘⺙⺛⺞⺡⺢⺣⺤⺥⺦⺧⺨⺫⺬⺭⺯⺰⺱⺲⺳⺴⺹⺺⺾⺿⻀⻃⻌⻎⻑⻒⻖⻠⻱⻲",
        "民长见贝车门页风飞食马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龟西角讠韦青雨首虎臼羊日月王竹聿肉衤辶阝钅飠"
        "厂乛乚乙亻冂刀刂卜㔾小小兀尣尢巳幺彑忄心扌攵旡歺氵氺灬爫爫丬牛犭目示礻糹纟罓罒㓁冗耂肀艹艹艹覀辶辶長镸阝饣龜亀",
        strict=True,
    )
) | {chr(c): unicodedata.normalize("NFKC", chr(c)) for c in (*range(0x2F00, 0x2FD6), 0x2E9F, 0x2EF3)}
_OF_RADICALS: Final = "\u2e80-\u2ef3\u2f00-\u2fd5"
_RADICAL: Final = late(f"[{_OF_RADICALS}]")
_WIDE_SPACE: Final = late("\ue5e5")
_WIDE_LETTERS: Final = "\uff21-\uff3a\uff41-\uff5a"
_WIDE_LETTER: Final = late(f"[{_WIDE_LETTERS}]")
_WIDE_DIGITS: Final = "\uff10-\uff19\uff05"  # and the percent sign
_WIDE_DIGIT: Final = late(f"[{_WIDE_DIGITS}]")
_WIDE_COMMA: Final = late("(?<=[0-9０-９])，(?=[０-９]{3}(?![0-9０-９]))")
_WIDE_POINT: Final = late("(?<=[0-9０-９])．(?=[0-9０-９])")
_WIDE_MARKS: Final = "＋－＝／＆＠＿．"
_WIDE_MARK: Final = late(f"(?<=[A-Za-z0-9])[{_WIDE_MARKS}](?=[A-Za-z0-9])")
_KANA_MARKS: Final = "\uff61-\uff9f"
_HALF_KANA: Final = late(f"[{_KANA_MARKS}]+")
_COMPATIBILITY: Final = "\uf900-\ufaff\U0002f800-\U0002fa1f"
_NARROW: Final = late("[\xa0\u202f](?=[;:!?»%€])|(?<=«)[\xa0\u202f]|(?<=\\d)[\xa0\u202f](?=\\d{3}|€)")
_OTHER_BLANKS: Final = "\t\u00a0\u1680\u2000-\u200a\u205f\u202f"
_BLANKS: Final = "\t\u00a0\u1680\u2000-\u200a\u205f\u3000 "
_OTHER_BLANK: Final = late(f"[{_OTHER_BLANKS}\u3000]")
#: Spaces in a row, one of another kind, one at the end of the line: all but the single ones between words.
_SPACE: Final = late(f"[{_BLANKS}\u202f](?:[{_BLANKS}\u202f]+|(?<! )|\\Z)")
_JOINS_ENDING: Final = late("[\u1820-\u18aa]\u202f")  # Mongolian: U+202F is spelling there
_CJ: Final = late(f"[{HAN}{KANA}]")
_PAIR: Final = late(f"(?<=[{HAN}])[{HAN}]")
_SPLIT_PAIR: Final = late(f" (?=[{HAN}])(?<=[{HAN}] )")  # the space first: it is searched for fast
FEWEST_SPLIT: Final = 3  # in a line that is closed up
_SPLIT_ANY: Final = late(f"(?<=[{HAN}{KANA}]) (?=[{HAN}{KANA}])")
_INDENT: Final = late(f"[{_BLANKS}\u202f]*")


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


@dataclass(frozen=True, slots=True)
class Unstable:
    """Characters that normal form C may change, or move, or compose with what stands before them."""

    pattern: re.Pattern[str]  # any of them
    long_run: re.Pattern[str]  # more of them in a row than there should be; the group is what stays
    composed: re.Pattern[str]  # the smallest pieces that NFC reads by themselves
    composed_japanese: re.Pattern[str]  # the same, without the compatibility ideographs


#: Where characters are that normal form C changes, or that compose with others.
_LOOKED_AT: Final = ((0xA0, 0x3400), (0xA000, 0xAC00), (0xF900, 0x1F000), (0x2F800, 0x2FA20))
_BLOCK: Final = 32  # characters that are asked together; every range above is made of such


def _may_compose(block: str) -> bool:
    """Tell whether a character of the block has a part in normal forms: it comes apart, or its marks have an order."""
    return not unicodedata.is_normalized("NFD", block) or any(map(unicodedata.combining, block))


@functools.cache
def unstable() -> Unstable:
    """Return the patterns of UAX #15's quick check, from the Unicode data of this Python.

    A text in which no character is changed alone, is a combining mark, or is the second of a composition is in NFC.
    """
    blocks = (
        "".join(map(chr, range(at, at + _BLOCK)))
        for low, high in _LOOKED_AT
        for at in range(low, high, _BLOCK)
    )
    chars = "".join(block for block in blocks if _may_compose(block))
    composed = unicodedata.normalize("NFC", "\n".join(chars)).split("\n")  # nothing joins over a line end
    alone = {ord(char) for char, form in zip(chars, composed, strict=True) if char != form}
    marks = {ord(char) for char in chars if unicodedata.combining(char)}
    parts = (made.split() for made in map(unicodedata.decomposition, chars) if made and made[0] != "<")
    marks.update(int(second, 16) for _, *rest in parts for second in rest)
    marks |= {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}  # vowels and finals of Hangul, composed by rule
    follow, singles = _class(marks), _class(alone)
    names = _class(code for code in alone if not re.match(f"[{_COMPATIBILITY}]", chr(code)))
    capped = _class(code for code in marks if unicodedata.category(chr(code)) in {"Mn", "Me", "Mc"})
    return Unstable(
        late(f"[{follow}{singles}]"),
        late(f"([{capped}{_MORE_MARKS}]{{{_RUN}}})[{capped}{_MORE_MARKS}]+"),
        late(f"(?:[{singles}]|[^{follow}]?[{follow}]+)+"),
        late(f"(?:[{names}]|[^{follow}{_COMPATIBILITY}]?[{follow}]+)+"),
    )


def _class(codes: Iterable[int]) -> str:
    """Return code points, none of them of ASCII, as the inside of a character class."""
    out: list[str] = []
    first = last = -2
    for code in (*sorted(codes), 1 << 30):
        if code == last + 1:
            last = code
            continue
        if first >= 0:
            out.append(chr(first) + (f"-{chr(last)}" if last > first else ""))
        first = last = code
    return "".join(out)


def entities(line: str) -> list[Edit]:
    """Undo character references; never make a tag, a line end or a control character out of one."""
    opened = 0

    def plain(match: re.Match[str]) -> str:
        nonlocal opened
        name = f"{match[1]};"
        kept = f"&{name}"
        text = html.unescape(kept) if name[0] == "#" else html5.get(name, kept)
        if not text or any(
            unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c == "\ufffd" for c in text
        ):
            return kept
        if text == "<" and re.match("[A-Za-z/!?]|&", line[match.end() : match.end() + 1]):
            opened += 1
            return kept
        if text == ">" and opened:
            opened -= 1
            return kept
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
        if char <= "\ufe02":
            return char if _VARIED.match(before) else ""
        return char if char >= "\U000e0100" and re.match(f"[{HAN}]", before) else ""

    return list(_replaced("joiners", _JOINER, line, kept))


def bidi(line: str) -> list[Edit]:
    """Drop direction marks in lines without right-to-left letters."""
    return [] if _RIGHT_TO_LEFT.search(line) else list(_replaced("bidi", _BIDI, line, lambda _: ""))


def wide_space(line: str) -> list[Edit]:
    """GBK A3A0, which Python decodes to U+E5E5, is an ideographic space (WHATWG)."""
    return list(_replaced("wide_space", _WIDE_SPACE, line, lambda _: "\u3000"))


def width(line: str) -> list[Edit]:
    """Full-width letters, digits and percent signs to ASCII, half-width kana to full width.

    The marks inside a full-width number, and those between ASCII letters or digits, go along; all others stay.
    """

    def narrow(match: re.Match[str]) -> str:
        return chr(ord(match.group()) - 0xFEE0)

    def whole(match: re.Match[str]) -> str:
        return unicodedata.normalize("NFKC", match.group())

    found: dict[int, Edit] = {}
    for rule, pattern, new in (
        ("width_digits", _WIDE_COMMA, lambda _: ","),
        ("width_digits", _WIDE_POINT, narrow),
        ("width_marks", _WIDE_MARK, narrow),
        ("width_digits", _WIDE_DIGIT, narrow),
        ("width_letters", _WIDE_LETTER, narrow),
        ("width_kana", _HALF_KANA, whole),
    ):
        for edit in _replaced(rule, pattern, line, new):
            found.setdefault(edit.start, edit)
    return [found[start] for start in sorted(found)]


def ligatures(line: str) -> list[Edit]:
    """Open the ligatures of PDF fonts; letters such as ĳ and ǆ stay."""
    return list(_replaced("ligatures", _LIGATURE, line, lambda m: _LIGATURES[m.group()]))


def radicals(line: str) -> list[Edit]:
    """Replace radicals, which PDF extraction gives for the characters they look like."""
    return list(_replaced("radicals", _RADICAL, line, lambda m: _RADICALS.get(m.group(), m.group())))


def combining_cap(line: str) -> list[Edit]:
    """Drop what of a run of combining marks goes past 30 (UAX #15, stream-safe): normal forms are quadratic in it."""
    if not _MAY_BE_MARK.search(line):
        return []
    return list(_replaced("combining_cap", unstable().long_run, line, lambda m: m[1]))


def nfc(line: str, *, japanese: bool) -> list[Edit]:
    """Compose; in Japanese text compatibility ideographs stay, since they are legal spellings of names."""
    if unicodedata.is_normalized("NFC", line):
        return []
    pattern = unstable().composed_japanese if japanese else unstable().composed
    out: list[Edit] = []
    for match in pattern.finditer(line):
        edits = trimmed("nfc", match.group(), unicodedata.normalize("NFC", match.group()))
        out += [Edit("nfc", match.start() + e.start, e.old, e.new) for e in edits]
    return out


def spaces(line: str) -> list[Edit]:
    """One kind of space, one at a time, none at the end; the indent is left to `segment`.

    A single space between Han characters means something (the two halves of a headline) and stays.  French
    no-break spaces before marks stay as U+00A0.
    """
    indent = _INDENT.match(line)
    start = indent.end() if indent else 0
    found = [Edit("space_start", 0, " ", "")] if start == 1 and line[0] == " " else []
    if not may_have_spaces(line):
        return found
    narrow = set() if _CJ.search(line) else {m.start() for m in _NARROW.finditer(line)}
    for match in _SPACE.finditer(line, start):
        old = match.group()
        if _JOINS_ENDING.match(line, match.start() - 1):
            continue
        if match.end() == len(line):
            found.append(Edit("space_end", match.start(), old, ""))
        elif len(old) > 1:
            found.append(Edit("space_run", match.start(), old, " "))
        elif match.start() not in narrow:
            found.append(Edit("space_kind", match.start(), old, " "))
        elif old == "\u202f":
            found.append(Edit("space_nobreak", match.start(), old, "\xa0"))
    return found


def may_have_spaces(line: str) -> bool:
    """Say, faster than a search at each space of Western text, whether a line may have one that `spaces` acts on."""
    return "  " in line or line.endswith(" ") or _OTHER_BLANK.search(line) is not None


def spread(line: str) -> list[Edit]:
    """Close up a line that was spaced out: 60 % of its pairs of Han characters are split."""
    split = len(_SPLIT_PAIR.findall(line)) if " " in line else 0
    if split < FEWEST_SPLIT or 2 * split < 3 * len(_PAIR.findall(line)):
        return []
    return list(_replaced("space_spread", _SPLIT_ANY, line, lambda _: ""))


#: The rules that act on single characters, in their order, and the characters without which none of them acts.
OF_CHARACTERS: Final = (controls, zero_width, joiners, bidi, wide_space, width, ligatures, radicals)
ACTED_ON: Final = late(
    f"[{_CONTROLS}{_INVISIBLE}{_JOINERS}{_DIRECTIONS}{_WIDE_LETTERS}{_WIDE_DIGITS}{_WIDE_MARKS}{_KANA_MARKS}"
    f"{_LIGATED}{_OF_RADICALS}\ue5e5]"
)
#: Characters on which the other rules of single characters act: ftfy, spaces.
OTHERS: Final = late(f"[\x1b\ud800-\udfff{_OTHER_BLANKS}]")
