"""Marks: the figures, dates, weekdays and negations of a text, where they stand, in comparable forms.

In: a text.  Out: marks in order.  Order: under `stages.figures`, which is the door to it.
Source: Chinese numerals after GB/T 15835-2011; the tables of ordinary words are this project's own.
Texts that differ in what is read here are different news, so the tables count when in doubt.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from enum import IntEnum
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from stages._spared import MEASURES, NOT_NEGATION, ORDINARY
from stages._t2s import SIMPLIFIED, TRADITIONAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray


class Sort(IntEnum):
    """What a mark is."""

    NUMBER = 0
    DATE = 1  # a month, a day of the month, a weekday
    NEGATION = 2


class Mark(NamedTuple):
    """A figure or negation where it stands, in code points of the text, and its compared form."""

    start: int
    end: int
    value: str
    sort: Sort


_LOOKALIKES: Final = [
    *range(0xFF01, 0xFF5F),  # full-width forms of ASCII
    *(0x00B2, 0x00B3, 0x00B9, 0x2070, *range(0x2074, 0x207A), *range(0x2080, 0x208A)),  # raised, lowered
    *range(0x2460, 0x2469),  # circled 1 to 9
]
#: Digits of all scripts, mathematical ones too.
_DIGITS: Final = {
    ord(c): str(int(c))
    for c in re.findall(
        r"\d", np.arange(0x80, 0x20000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    )
}
#: One character to one character, so that places stay what they are; traditional text is read as simplified.
_FOLD: Final = (
    {ord(t): s for t, s in zip(TRADITIONAL, SIMPLIFIED, strict=True)}
    | {cp: unicodedata.normalize("NFKC", chr(cp)) for cp in _LOOKALIKES}
    | _DIGITS
    | dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2212, 0xFE63), "-")  # hyphens, figure dash, minus signs
    | {
        0x2013: "-",  # en dash: ranges and scores
        0x066B: ".",  # Arabic marks of decimals and thousands
        0x066C: ",",
        0x2236: ":",  # ratio
        0x2019: "'",  # n't
        0x3000: " ",
        0x00A0: " ",
        0x202F: " ",
    }
)
#: Characters that are a number by themselves: fractions, numbers in circles and brackets, Roman numerals.
_ALONE: Final = "".join(
    c for c in map(chr, range(0x80, 0x3400))
    if unicodedata.category(c) in {"No", "Nl"} and ord(c) not in _FOLD and c != "〇"
)  # fmt: skip
_DIGIT: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    c: i for i, c in enumerate("〇壹贰叁肆伍陆柒捌玖")
}
_PAIR_OF: Final = {"两": 2, "兩": 2}
_UNIT: Final = dict(zip("十百千拾佰仟万亿萬億", (10, 100, 1000) * 2 + (10**4, 10**8) * 2, strict=True))
_UNITS: Final = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen"""
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL: Final = {w: i for i, w in enumerate(_UNITS.split(), start=1)} | {
    w: 10 * i for i, w in enumerate(_TENS.split(), start=2)
}
_BIG: Final = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_LONGEST: Final = 24  # characters of a numeral with units; a longer one states no number
#: "first" and "one" are ordinary words; a change from them to another of the row is seen in the other.
_ORDINALS: Final = "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ORDINAL: Final = {w: i for i, w in enumerate(_ORDINALS.split(), start=2)}
_YEAR: Final = "January February March April May June July August September October November December"
_MONTHS: Final = tuple(_YEAR.split())
_WEEK: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_DAYS: Final = tuple(_WEEK.split())
_DAY_OF: Final = dict(zip("一二三四五六日天", (*_DAYS, "Sunday"), strict=True))

_NEGATION_OF: Final = {"没有": "没", "沒有": "没", "沒": "没", "無": "无", "否認": "否认"} | {
    **dict.fromkeys(("cannot", "n't"), "not"),
    **dict.fromkeys(("deny", "denies", "denied", "denying"), "deny"),
}


def _words(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=lambda w: (-len(w), w)))


_NUMERAL: Final = "〇零一二三四五六七八九十百千万亿两兩萬億"
_HAN: Final = rf"[{_NUMERAL}]++(?:[点點][〇零一二三四五六七八九]++)?+"
_BANK: Final = "[壹贰叁肆伍陆柒捌玖拾佰仟][壹贰叁肆伍陆柒捌玖拾佰仟零万亿萬億]++"
_ARABIC: Final = r"(?:[0-9]{1,3}+(?:,[0-9]{3})++(?![0-9])|[0-9]++)(?:\.[0-9]++)?+"
_TIMES: Final = rf"(?:[百千](?![克米瓦伏卡帕赫分])[万亿萬億]?|[万亿萬億]{{1,3}}+|\s(?:{_words(_BIG)})\b)"
_MONTH: Final = "|".join([*(f"{m}|{m.upper()}|{m[:3]}\\.?" for m in _MONTHS), r"Sept\.?"])
_ENGLISH: Final = rf"(?:{_words(_SMALL)}|{_words(_BIG)})"
#: First letters of the English words that a figure begins with; "ſ" is an "s" to an expression that ignores case.
_INITIALS: Final = "ſ" + "".join(
    sorted({c for w in (*_SMALL, *_BIG, *_ORDINAL, *_MONTHS, *_DAYS) for c in (w[0].lower(), w[0].upper())})
)
_FIRST: Final = "".join(
    sorted({w[0] for w in ORDINARY} | set(_NUMERAL) | set("百第负負星礼禮周週零壹贰叁肆伍陆柒捌玖拾佰仟"))
)
#: What a figure can begin with: no letter inside a word.  To look for it takes a tenth of the time of a figure.
_FIGURE_AT: Final = re.compile(rf"[-0-9{_INITIALS}{_FIRST}{_ALONE}](?<!\w[{_INITIALS}])")
#: What a figure begins with.
_FIGURE, _LETTER, _OTHER = 1, 2, 4
#: How figures are written, each with what it may begin with; tried in this order.
_FORMS: Final = (
    (_OTHER, rf"(?P<skip>千万(?=[不别要记小注])|百分[点點]|(?!十分[钟鐘之])(?:{_words(ORDINARY)}))"),
    (
        _FIGURE,
        r"(?P<iso>(?<![0-9.])[0-9]{4}(?P<iso_sep>[-/.])[0-9]{1,2}(?P=iso_sep)[0-9]{1,2}(?![0-9]))",
    ),
    (
        _LETTER | _OTHER,
        rf"""(?P<weekday>(?:(?<![一二两数几0-9])[周週](?![一二三四五六]+[次个期年])|星期|礼拜|禮拜)[一二三四五六日天]
        |\b(?:{_words(_DAYS)})\b)""",
    ),
    (_LETTER, rf"(?P<en_md>\b(?-i:{_MONTH})\s(?P<en_d>[0-9]{{1,2}})(?:st|nd|rd|th)?\b(?![:.][0-9]))"),
    (
        _FIGURE,
        rf"(?P<en_dm>(?<![0-9.,])(?P<en_d2>[0-9]{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?-i:{_MONTH})(?![a-z]))",
    ),
    (_OTHER, rf"(?P<part>(?P<per>百分之|千分之|万分之)(?P<share>{_ARABIC}|{_HAN}))"),
    (
        _FIGURE | _OTHER,
        r"""(?P<md>(?P<m>(?<![0-9.])[0-9]{1,2}|[一二三四五六七八九十]{1,2})月(?!球|饼|光|薪|票)
        (?:\s?(?P<d>[0-9]{1,2}|[一二三四五六七八九十廿]{1,3})[日号號])?)""",
    ),
    (
        _FIGURE | _OTHER,
        r"(?P<day>(?P<dd>(?<![0-9.])[0-9]{1,2}|[一二三四五六七八九十]{1,3})日(?!元|均|本))",
    ),
    (_FIGURE, r"(?P<clock>(?P<hour>[0-9]{1,2})[点时時](?P<minute>[0-9]{1,2})分)"),
    (
        _FIGURE | _OTHER,
        r"""(?P<chain>(?<![0-9.])[0-9]++(?:\.[0-9]++)?+
        (?:\s?[-:~比]\s?[0-9]++(?:\.[0-9]++)?+)++(?![%0-9])
        |[一二三四五六七八九十]比[一二三四五六七八九十])""",
    ),
    (
        _FIGURE | _OTHER,
        rf"""(?P<sign>零下|负|負|(?<![A-Za-z0-9.%‰])-)?+(?P<nth>第)?+
        (?P<num>{_ARABIC}{_TIMES}?|{_HAN}|{_BANK})
        (?P<after>\s?%|\s?‰|\s?(?:percent|per\scent|pct)\b|个百分点|個百分點|\spercentage\spoints?\b
        |成(?![为立功果员長长本都交熟就分千])[一二三四五六七八九]?|分之(?P<over>{_ARABIC}|{_HAN})|(?:st|nd|rd|th)\b)?+""",
    ),
    (_OTHER, rf"(?P<char>[{_ALONE}])"),
    (_LETTER, rf"(?P<en>\b(?:{_ENGLISH})(?:(?:-|\s(?:and\s)?)(?:{_ENGLISH})){{0,9}}+\b)"),
    (_LETTER, rf"(?P<ord>\b(?:{_words(_ORDINAL)})\b)"),
)


def _form(begins: int) -> re.Pattern[str]:
    """Return an expression of the figures that begin so."""
    return re.compile("|".join(f for may, f in _FORMS if may & begins), re.VERBOSE | re.IGNORECASE)


#: By its first character a figure is one of a few: each that need not be tried is time.
_FIGURES: Final = dict.fromkeys("0123456789", _form(_FIGURE)) | dict.fromkeys(_INITIALS, _form(_LETTER))
_OTHER_FIGURES: Final = _form(_OTHER)
_NEGATION_AT: Final = re.compile(f"[CcDdNnWw没沒否不未无無非{''.join({w[0] for w in NOT_NEGATION})}]")
_NEGATIONS: Final = re.compile(
    rf"""(?P<skip>{_words(NOT_NEGATION)})|没有|沒有|否认|否認|[不没沒未无無非]
    |(?:\b(?:cannot|not|never|without|none|neither|nor|den(?:y|ies|ied|ying)|no(?!\.\s?[0-9]))\b|n't\b)""",
    re.VERBOSE | re.IGNORECASE,
)


_PLACE: Final = itemgetter(0, 1, 3)  # start, end, sort


def marks(text: str) -> tuple[Mark, ...]:
    """Return the figures and negations of `text` in the order of the text."""
    read = folded(text)
    both = [*_figure_marks(read), *_negation_marks(read)]
    return tuple(sorted(both, key=_PLACE))


def folded(text: str) -> str:
    """Return the text that `marks` reads, a character for each: equal ones have equal marks.

    `text.translate(_FOLD)` takes twenty times as long: nearly every Chinese comma is folded.
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return _fold_table().take(points).tobytes().decode("utf-32-le", "surrogatepass")


@functools.cache
def _fold_table() -> NDArray[np.uint32]:
    """Return what each code point is read as."""
    table = np.arange(0x110000, dtype="<u4")
    table[list(_FOLD)] = [ord(folded) for folded in _FOLD.values()]
    return table


def values(found: Iterable[Mark]) -> list[str]:
    """Return the values of the figures among some marks, in their order."""
    return [m.value for m in found if m.sort is not Sort.NEGATION]


def negated(found: Iterable[Mark]) -> int:
    """Return how many of some marks are negations."""
    return sum(m.sort is Sort.NEGATION for m in found)


def _matches(
    first: re.Pattern[str],
    text: str,
    others: re.Pattern[str],
    by_first: Mapping[str, re.Pattern[str]] = MappingProxyType({}),
) -> Iterator[re.Match[str]]:
    """Yield what `finditer` yields; `first` finds what a match begins with, and that tells which expression fits."""
    done = 0
    for place in first.finditer(text):
        at = place.start()
        match = by_first.get(text[at], others).match(text, at) if at >= done else None
        if match is not None:
            done = match.end()
            yield match


def _negation_marks(text: str) -> list[Mark]:
    out: list[Mark] = []
    for match in _matches(_NEGATION_AT, text, _NEGATIONS):
        if match["skip"] is None:
            word = match[0].lower()
            out.append(Mark(match.start(), match.end(), _NEGATION_OF.get(word, word), Sort.NEGATION))
    return out


def _figure_marks(text: str) -> list[Mark]:
    out: list[Mark] = []
    for match in _matches(_FIGURE_AT, text, _OTHER_FIGURES, _FIGURES):
        read = _READERS.get(match.lastgroup or "")
        if read is not None:
            out += read(match)
    return out


def _alone(character: str) -> str:
    """Return the value of a character that is a number by itself: whole, or as a fraction."""
    number = unicodedata.numeric(character)
    if number == int(number):
        return str(int(number))
    return unicodedata.normalize("NFKC", character).replace("\N{FRACTION SLASH}", "/")


def _plain(digits: str) -> str:
    """Take thousands marks and leading zeros off; the decimals stay: they state a precision."""
    whole, point, decimals = digits.replace(",", "").partition(".")
    return (whole.lstrip("0") or "0") + point + decimals


def _scaled(number: str, factor: int) -> str:
    """Multiply a plain decimal by a power of ten, exactly."""
    whole, _, decimals = number.partition(".")
    zeros = len(str(factor)) - 1
    decimals = decimals.rstrip("0") if len(decimals) > zeros else decimals
    moved, rest = decimals[:zeros].ljust(zeros, "0"), decimals[zeros:]
    return _plain(whole + moved + ("." + rest if rest else ""))


def _value(run: str) -> str:
    """Return the comparable form of an Arabic, mixed or Chinese number; as written where it is not exact."""
    if run[0].isdecimal():
        digits = re.match(_ARABIC, run)
        assert digits is not None  # noqa: S101 - the run was matched by the same pattern
        number, tail = _plain(digits[0]), run[digits.end() :].strip().lower()
        if tail in _BIG:
            return _scaled(number, _BIG[tail])
        for unit in tail:
            number = _scaled(number, _UNIT[unit])
        return number
    whole, point, decimals = run.replace("點", "点").partition("点")
    value = _chinese(whole)
    if value is None:
        return run
    return value + ("." + "".join(str(_DIGIT[c]) for c in decimals) if point else "")


def _chinese(run: str) -> str | None:
    """Return the digits of a Chinese numeral, or None where it does not state one number."""
    digits = _DIGIT | _PAIR_OF
    if all(c in digits for c in run):
        return "".join(str(digits[c]) for c in run)
    if len(run) > _LONGEST:
        return None
    total = section = 0
    digit: int | None = None
    last = 0  # the unit before, for 三百五 = 350
    for c in run:
        if c in digits:
            if digit:
                return None  # 三四十: thirty or forty
            digit = digits[c]
            last = last if digit else 0
            continue
        unit = _UNIT[c]
        if unit < 10**4:
            section += unit * (1 if digit is None else digit)
        elif unit == 10**4:
            total += unit * (section + (digit or 0) or 1)
            section = 0
        else:
            total = unit * (total + section + (digit or 0) or 1)
            section = 0
        digit, last = None, unit
    return str(total + section + (digit or 0) * (last // 10 or 1))


def _english(words: str) -> str:
    total = section = 0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in _SMALL:
            section += _SMALL[word]
        elif word == "hundred":
            section = (section or 1) * 100
        elif word in _BIG:
            total += (section or 1) * _BIG[word]
            section = 0
    return str(total + section)


def _read_iso(match: re.Match[str]) -> list[Mark]:
    year, month, day = re.split(r"[-/.]", match["iso"])
    at, end = match.span()
    mid = at + 4
    last = end - len(day)
    return [
        Mark(at, mid, year, Sort.NUMBER),
        Mark(mid + 1, last - 1, f"{_plain(month)}月", Sort.DATE),
        Mark(last, end, f"{_plain(day)}日", Sort.DATE),
    ]


def _read_month_day(match: re.Match[str]) -> list[Mark]:
    out = [Mark(match.start("m"), match.end("m") + 1, f"{_value(match['m'])}月", Sort.DATE)]
    if match["d"] is not None:
        day = _value(match["d"].replace("廿", "二十"))
        out.append(Mark(match.start("d"), match.end(), f"{day}日", Sort.DATE))
    return out


_DAYS_IN: Final = {"en_md": "en_d", "en_dm": "en_d2"}


def _read_english_date(match: re.Match[str]) -> list[Mark]:
    name = re.search(rf"(?:{_MONTH})", match[0])
    day = match[_DAYS_IN[match.lastgroup or ""]]
    assert name is not None  # noqa: S101 - the date was matched by the same names
    month = 1 + next(i for i, m in enumerate(_MONTHS) if m[:3].upper() == name[0][:3].upper())
    return [
        Mark(match.start(), match.end(), f"{month}月", Sort.DATE),
        Mark(match.start(), match.end(), f"{_plain(day)}日", Sort.DATE),
    ]


def _read_number(match: re.Match[str]) -> list[Mark]:
    end = match.end()
    value = _number(*match.group("sign", "nth", "num", "after", "over"), match.string[end : end + 1])
    return [] if value is None else [Mark(match.start(), end, value, Sort.NUMBER)]


@functools.lru_cache(maxsize=1 << 14)  # a text says the same few numbers again and again
def _number(
    sign: str | None, nth: str | None, run: str, after: str | None, over: str | None, following: str
) -> str | None:
    """Return the comparable form of a number that these groups make, or None where it is none."""
    unit = (after or "").strip().lower()
    if not run[0].isdecimal() and not (sign or nth) and not unit and not _states(run, following):
        return None
    value = ("-" if sign else "") + _value(run)
    if over is not None:
        value = f"{_value(over)}/{value}"
    elif unit.startswith("成"):
        value = _tenths(value, unit[1:])
    elif unit.endswith(("分点", "分點", "point", "points")):
        value += "pp"
    elif unit.startswith(("%", "p")):
        value += "%"
    elif unit == "‰":
        value += unit
    return value


def _states(run: str, following: str) -> bool:
    """Tell whether a bare Chinese numeral is a figure."""
    if len(run) == 1 and run in "一百千万亿萬億零〇":
        return following in MEASURES
    return any(c not in "百千万亿萬億" for c in run) or _chinese(run) is not None


def _tenths(value: str, more: str) -> str:
    """三成 is 30 %, 三成五 is 35 %."""
    return _plain(_scaled(value, 10)) + "%" if not more else f"{value}{_DIGIT[more]}%"


_SHARE: Final = {"百分之": "%", "千分之": "‰", "万分之": "‱"}
#: By the group that ends a match; one around others ends after them.
_READERS: Final[dict[str, Callable[[re.Match[str]], list[Mark]]]] = {
    "iso": _read_iso,
    "weekday": lambda m: [Mark(m.start(), m.end(), _DAY_OF.get(m[0][-1], m[0].capitalize()), Sort.DATE)],
    "en_md": _read_english_date,
    "en_dm": _read_english_date,
    "part": lambda m: [Mark(m.start(), m.end(), _value(m["share"]) + _SHARE[m["per"]], Sort.NUMBER)],
    "md": _read_month_day,
    "day": lambda m: [Mark(m.start(), m.end(), f"{_value(m['dd'])}日", Sort.DATE)],
    "clock": lambda m: [Mark(m.start(), m.end(), f"{_plain(m['hour'])}:{_plain(m['minute'])}", Sort.NUMBER)],
    "chain": lambda m: [
        Mark(
            m.start(),
            m.end(),
            ":".join(_value(p) for p in re.split(r"\s?[-:~比]\s?", m["chain"])),
            Sort.NUMBER,
        )
    ],
    "num": _read_number,
    "after": _read_number,  # the last group of a number is its unit
    "char": lambda m: [Mark(m.start(), m.end(), _alone(m[0]), Sort.NUMBER)],
    "en": lambda m: (
        [] if m["en"].lower() == "one" else [Mark(m.start(), m.end(), _english(m["en"]), Sort.NUMBER)]
    ),
    "ord": lambda m: [Mark(m.start(), m.end(), str(_ORDINAL[m["ord"].lower()]), Sort.NUMBER)],
}
