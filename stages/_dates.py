"""Dates as people write them, read without guessing.

In: one line of text, or the value of a machine-readable field.
Out: ISO 8601, as precise as the text is; a date without a year, or one that does not exist, is None.
Order: not a stage; `stages.extract` and `stages.furniture` read dates with it.
Source: forms seen on news pages in Chinese, Japanese and Korean; for 50 other languages CLDR (`_months`).  Where the
order of day and month is open (05/02/2021), or a calendar is another (农历, 正月), nothing is read; 15/02/2021 has one
reading only.  No year is ever taken from elsewhere: 2月5日 stays unread.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from stages._late import late
from stages._months import MONTHS

_DIGITS: Final = {"〇": 0, "零": 0, "○": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7}
_DIGITS.update({"八": 8, "九": 9, "元": 1})
#: The digit zero of the scripts whose digits are read, full-width ones among them.
_ZEROS: Final = (0xFF10, 0x0660, 0x06F0, 0x0966, 0x09E6, 0x0BE6, 0x0E50)
#: Digits, full-width colon, hyphen, dot and stroke, wide or fixed spaces to ASCII; one for one, so positions hold.
_NARROW: Final = (
    {zero + i: 0x30 + i for zero in _ZEROS for i in range(10)}
    | {0xFF1A: 0x3A, 0xFF0D: 0x2D, 0xFF0E: 0x2E, 0xFF0F: 0x2F}
    | dict.fromkeys((0x3000, 0x00A0, 0x2009, 0x202F), 0x20)
)
#: The year before the first year of an era, and its last year.
_ERAS: Final = {
    "民國": (1911, 999),
    "民国": (1911, 999),
    "令和": (2018, 99),
    "平成": (1988, 31),
    "昭和": (1925, 64),
    "大正": (1911, 15),
    "明治": (1867, 45),
}
_HAN: Final = "[〇零○一二三四五六七八九十元]"
_HAN_YEAR: Final = "[〇零○一二三四五六七八九十百元]"
#: Another calendar before a date: its months are not ours.
_OTHER_CALENDAR: Final = late(r"(?:农历|農曆|农曆|阴历|陰曆|旧历|舊曆|旧暦|음력)\s?$")
_WEEKDAY: Final = (
    r"(?:\s?[（(]?(?:星期|周|週|礼拜)?[一二三四五六日天月火水木金土월화수목금토일](?:曜日?|요일)?[）)]?"
    r"(?=[\s\d上下午前後凌早清中傍晚오]))?"
)
#: A time right after a date: 08:30, T08:30:00+08:00, 8时30分, 下午3:05; at 10.30 is not read (a dot is no colon).
_TIME: Final = late(
    rf"(?:\.|\s[гр]\.)?{_WEEKDAY}"
    r"(?:[T\s,，]{1,3}(?:(?:at|um|à|a las|às|alle|om|o|в|kl\.)\s)?|(?=[\d上下午前後凌早清中傍晚오]))"
    r"(?P<half>凌晨|早上|清晨|上午|中午|下午|傍晚|晚上|午前|午後|오전|오후)?\s?"
    r"(?P<h>\d{1,2})(?:\s?[:：]\s?|\s?[时時点點시h]\s?)(?P<m>\d{2})(?!\d)"
    r"(?:(?:[:：]|[分분]\s?)(?P<s>\d{2})(?!\d)(?:\.\d{1,9})?)?"
    r"(?P<after>\s?[ap]\.?m\b)?"
    r"(?P<zone>Z\b|\s(?:GMT|UTC)\b(?![+-])|\s?[+-]\d\d:?\d\d(?!\d)|[+-]\d\d(?![\d:]))?",
    re.IGNORECASE | re.ASCII,
)
#: The hours that a half of the day may name, first and last, and what is added; 晚上12点 and 上午12点 are open.
_MORNING, _AFTERNOON = ((0, 11, 0), (12, 12, -12)), ((12, 12, 0), (1, 11, 12), (13, 23, 0))
_HALVES: Final[dict[str, tuple[tuple[int, int, int], ...]]] = {
    "凌晨": ((0, 6, 0), (12, 12, -12)),
    "早上": ((4, 11, 0),),
    "清晨": ((3, 9, 0),),
    "上午": ((0, 11, 0),),
    "中午": ((11, 12, 0), (1, 2, 12)),
    "下午": ((1, 11, 12), (12, 19, 0)),
    "傍晚": ((4, 8, 12), (16, 20, 0)),
    "晚上": ((5, 11, 12), (17, 23, 0)),
    "午前": _MORNING,
    "오전": _MORNING,
    "a": _MORNING,
    "午後": _AFTERNOON,
    "오후": _AFTERNOON,
    "p": _AFTERNOON,
    "": ((0, 23, 0),),
}
#: What a line must hold for any form to fit; digits of any script.
_HINT: Final = late(r"\d{4}|[年년]")
_WORD: Final = r"(?P<m>[^\W\d_][^\s\d,.،/:()\-]{1,23})"
_DAY: Final = r"(?<![0-9.,:/\-])(?P<d>[0-9]{1,2})"
_YEAR: Final = r"(?P<y>[0-9]{4})(?![0-9]|[-/.][0-9])"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        (
            rf"(?<![0-9〇零○一二三四五六七八九十])(?P<y>[0-9]{{4}}|{_HAN}{{4}})\s?[年년]\s?"
            rf"(?P<m>[0-9]{{1,2}}|{_HAN}{{1,2}})\s?[月월](?:\s?(?P<d>[0-9]{{1,2}}|{_HAN}{{1,3}})\s?[日号號일])?"
        ),
        (
            rf"(?P<era>{'|'.join(_ERAS)})\s?(?P<y>[0-9]{{1,3}}|{_HAN_YEAR}{{1,6}})\s?年\s?"
            rf"(?P<m>[0-9]{{1,2}}|{_HAN}{{1,2}})\s?月(?:\s?(?P<d>[0-9]{{1,2}}|{_HAN}{{1,3}})\s?[日号號])?"
        ),
        r"(?<![0-9.])(?P<y>[0-9]{4})(?P<sep>[-/.])\s?(?P<m>[0-9]{1,2})(?P=sep)\s?(?P<d>[0-9]{1,2})(?![0-9]|[-/.][0-9])",
        r"(?<![0-9.])(?P<d>[0-9]{1,2})\.\s?(?P<m>[0-9]{1,2})\.\s?(?P<y>[0-9]{4})(?![0-9]|\.[0-9])",
        rf"(?<![0-9./-])(?P<one>[0-9]{{1,2}})(?P<sep>[-/])(?P<two>[0-9]{{1,2}})(?P=sep){_YEAR}",
        rf"{_DAY}(?:st|nd|rd|th|er|º|ª|\.|-)?\s?(?:de\s|of\s|d['’])?{_WORD}\.?[,،]?\s?(?:del?\s|of\s|ค\.ศ\.\s|พ\.ศ\.\s)?{_YEAR}",
        rf"(?<![^\W_]){_WORD}\.?\s(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?[,،]?\s{_YEAR}",
        rf"(?<![0-9.])(?P<y>[0-9]{{4}})(?:\.|\sm\.|\(e\)ko)?\s{_WORD}\.?\s(?P<d>[0-9]{{1,2}})(?![0-9:])",
        rf"(?<![0-9.])(?P<y>[0-9]{{4}})(?:\.\sgada|\sж\.)?\s(?P<d>[0-9]{{1,2}})\.?\s{_WORD}(?![^\W_])",
        rf"{_DAY}\stháng\s(?P<m>[0-9]{{1,2}})(?:,|\snăm)\s{_YEAR}",
    )
)
_COMPACT: Final = late(r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:T?\d{4,6}Z?)?", re.ASCII)
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_THAI: Final = late("[\u0e01-\u0e2e]")


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date with its year, and where it stands in the line (code points, half-open)."""

    start: int
    end: int
    iso: str


def find_dates(line: str) -> tuple[FoundDate, ...]:
    """Return every date of the line that names its year and exists, in the order of the line."""
    if not _HINT.search(line):
        return ()
    narrow = line.translate(_NARROW)
    found: list[FoundDate] = []
    for form in _FORMS:
        for match in form.finditer(narrow):
            day = _date(match)
            if day is not None and not _OTHER_CALENDAR.search(narrow[: match.start()][-6:]):
                end, time = _time(narrow, match.end()) if len(day) == len("0000-00-00") else (match.end(), "")
                found.append(FoundDate(match.start(), end, day + time))
    found.sort(key=lambda one: (one.start, -one.end, one.iso))
    kept: list[FoundDate] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


def first_date(line: str) -> str | None:
    """Return the first date of the line in ISO 8601, or None."""
    found = find_dates(line)
    return found[0].iso if found else None


def machine_date(value: str) -> str | None:
    """Return the date of a machine-readable field in ISO 8601, or None; 20210205 is read here only."""
    value = value.strip()[:100]
    compact = _COMPACT.fullmatch(value)
    if compact is not None:
        return _date(compact)
    return first_date(value)


def _date(match: re.Match[str]) -> str | None:
    """Return the ISO date of a match, if there is such a day."""
    groups = match.groupdict()
    if groups.get("one"):
        groups |= _ordered(int(groups["one"]), int(groups["two"]))
    year, month = _number(groups["y"]), _month(groups["m"] or "")
    if year is None or month is None:
        return None
    if groups.get("era"):
        before, last = _ERAS[groups["era"]]
        year = year + before if 1 <= year <= last else 0
    elif _THAI.match(groups["m"]) and 2343 <= year <= 2742:
        year -= 543  # years of the Buddha
    if not (1800 <= year <= 2199 and 1 <= month <= 12):
        return None
    if groups["d"] is None:
        return f"{year:04}-{month:02}"
    day = _number(groups["d"])
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day is None or not 1 <= day <= _LENGTHS[month - 1] + leap:
        return None
    return f"{year:04}-{month:02}-{day:02}"


def _ordered(one: int, two: int) -> dict[str, str]:
    """Return day and month of 15/02 or 02/15; none where either may be the month, unless they are the same."""
    if one > 12 or one == two:
        return {"d": str(one), "m": str(two)}
    return {"d": str(two), "m": str(one)} if two > 12 else {"d": "0", "m": ""}


def _month(text: str) -> int | None:
    """Return the month of a number or a name, or None."""
    name = unicodedata.normalize("NFC", text).casefold().replace("\u0307", "").rstrip("'’׳॰")
    bare = name.removeprefix("ב").removesuffix("ren")  # "in", before a Hebrew name; "of", after a Basque one
    return MONTHS.get(name) or MONTHS.get(bare) or _number(text)


def _time(line: str, at: int) -> tuple[int, str]:
    """Return where the time after a date ends, and the time in ISO 8601 with its T, or ""."""
    match = _TIME.match(line, at)
    if match is None:
        return at, ""
    hour, minute, second = int(match["h"]), int(match["m"]), match["s"]
    half = match["half"] or (match["after"] or "").strip().lower()[:1]
    added = next((plus for first, last, plus in _HALVES[half] if first <= hour <= last), None)
    if added is None or minute > 59 or int(second or 0) > 59:
        return at, ""
    zone = (match["zone"] or "").strip().upper().replace("GMT", "Z").replace("UTC", "Z")
    if len(zone) == len("+0000"):
        zone = f"{zone[:3]}:{zone[3:]}"
    zone += ":00" if len(zone) == len("+00") else ""
    return match.end(), f"T{hour + added:02}:{minute:02}{':' + second if second else ''}{zone}"


def _number(text: str) -> int | None:
    """Return the value of ASCII digits, of a Han numeral below 200, or of Han digits set side by side."""
    if text.isascii():
        return int(text) if text.isdecimal() else None
    hundred, mark, rest = text.rpartition("百")
    if mark and hundred in {"", "一"}:
        below = _number(rest.removeprefix("零").removeprefix("〇")) if rest else 0
        return None if below is None or below > 99 else 100 + below
    tens, ten, units = text.partition("十")
    if any(c not in _DIGITS for c in tens + units):
        return None
    if not ten:
        return int("".join(str(_DIGITS[c]) for c in text))
    if len(tens) > 1 or len(units) > 1:
        return None
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[units] if units else 0)
