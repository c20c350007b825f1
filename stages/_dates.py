"""Dates as people write them, read without guessing.

In: one line of text, or the value of a machine-readable field.
Out: ISO 8601, as precise as the text is; a date without a year, or one that does not exist, is None.
Order: not a stage; `stages.extract` and `stages.furniture` read dates with it.
Source: forms seen on news pages in Chinese, Japanese, Korean, English, German, French and Spanish.  A form
whose order of day and month is open (05/02/2021) is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = {"〇": 0, "零": 0, "○": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7}
_DIGITS.update({"八": 8, "九": 9, "元": 1, "正": 1})
#: Full-width digits, colon, hyphen, dot and wide or fixed spaces to ASCII; one for one, so positions hold.
_NARROW: Final = (
    {0xFF10 + i: 0x30 + i for i in range(10)}
    | {0xFF1A: 0x3A, 0xFF0D: 0x2D, 0xFF0E: 0x2E}
    | dict.fromkeys((0x3000, 0x00A0, 0x2009, 0x202F), 0x20)
)
#: The year before the first year of an era.
_ERAS: Final = {
    "民國": 1911,
    "民国": 1911,
    "令和": 2018,
    "平成": 1988,
    "昭和": 1925,
    "大正": 1911,
    "明治": 1867,
}
#: Month names and abbreviations; the first three letters would clash between languages, so all are listed.
_MONTH_NAMES: Final = (
    "january jan januar januari janvier enero jänner",
    "february feb februar février febrero",
    "march mar märz mars marzo",
    "april apr avril abril",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet julio",
    "august aug août agosto",
    "september sep sept septembre septiembre setiembre",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre diciembre",
)
_MONTHS: Final = {name: i for i, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_MONTH: Final = "|".join(sorted(_MONTHS, key=lambda name: (-len(name), name)))
_HAN: Final = "[〇零○一二三四五六七八九十元正]"
_YEAR_END, _MONTH_END, _DAY_END = "[年년]", "[月월]", "[日号號일]"
#: A time right after a date: 08:30, T08:30:00+08:00, 8时30分, 下午3:05, at 10.30 is not read (a dot is
#: no colon).
_TIME: Final = re.compile(
    r"(?:[T\s,，]{1,3}(?:(?:at|um|à|a las)\s)?|(?=[\d上下午오]))"
    r"(?P<half>上午|下午|午前|午後|오전|오후)?\s?"
    r"(?P<h>\d{1,2})(?:\s?[:：]\s?|\s?[时時点點시h]\s?)(?P<m>\d{2})(?!\d)(?:[:：](?P<s>\d{2})(?!\d)(?:\.\d{1,9})?)?"
    r"(?P<after>\s?[ap]\.?m\b)?(?P<zone>Z\b|\s?[+-]\d\d:?\d\d(?!\d))?",
    re.IGNORECASE | re.ASCII,
)
_AFTERNOON: Final = frozenset({"下午", "午後", "오후"})
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        (
            rf"(?<!\d)(?P<y>\d{{4}}|{_HAN}{{4}})\s?{_YEAR_END}\s?"
            rf"(?P<m>\d{{1,2}}|{_HAN}{{1,2}})\s?{_MONTH_END}(?:\s?(?P<d>\d{{1,2}}|{_HAN}{{1,3}})\s?{_DAY_END})?"
        ),
        (
            rf"(?P<era>{'|'.join(_ERAS)})\s?(?P<y>\d{{1,3}}|{_HAN}{{1,4}})\s?年\s?"
            rf"(?P<m>\d{{1,2}}|{_HAN}{{1,2}})\s?月(?:\s?(?P<d>\d{{1,2}}|{_HAN}{{1,3}})\s?[日号號])?"
        ),
        r"(?<![\d.])(?P<y>\d{4})(?P<sep>[-/.])\s?(?P<m>\d{1,2})(?P=sep)\s?(?P<d>\d{1,2})(?!\d|[-/.]\d)",
        r"(?<![\d.])(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})(?!\d|\.\d)",
        (
            rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s(?:de\s|of\s)?(?P<m>{_MONTH})\b\.?,?\s?(?:del?\s)?"
            r"(?P<y>\d{4})(?!\d)"
        ),
        rf"\b(?P<m>{_MONTH})\b\.?\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y>\d{{4}})(?!\d)",
    )
)
_COMPACT: Final = re.compile(r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:\d{4,6})?")
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date with its year, and where it stands in the line (code points, half-open)."""

    start: int
    end: int
    iso: str


def find_dates(line: str) -> tuple[FoundDate, ...]:
    """Return every date of the line that names its year and exists, in the order of the line."""
    narrow = line.translate(_NARROW)
    found: list[FoundDate] = []
    for form in _FORMS:
        for match in form.finditer(narrow):
            day = _date(match)
            if day is not None:
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
    year = _number(groups["y"])
    month = _MONTHS.get(groups["m"].lower()) or _number(groups["m"])
    if year is None or month is None:
        return None
    if groups.get("era"):
        year += _ERAS[groups["era"]]
    if not (1800 <= year <= 2199 and 1 <= month <= 12):
        return None
    if groups["d"] is None:
        return f"{year:04}-{month:02}"
    day = _number(groups["d"])
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day is None or not 1 <= day <= _LENGTHS[month - 1] + leap:
        return None
    return f"{year:04}-{month:02}-{day:02}"


def _time(line: str, at: int) -> tuple[int, str]:
    """Return where the time after a date ends, and the time in ISO 8601 with its T, or ""."""
    match = _TIME.match(line, at)
    if match is None:
        return at, ""
    hour, minute, second = int(match["h"]), int(match["m"]), match["s"]
    after = (match["after"] or "").strip().lower()[:1]
    if (match["half"] in _AFTERNOON or after == "p") and hour < 12:
        hour += 12
    elif after == "a" and hour == 12:
        hour = 0
    if hour > 23 or minute > 59 or int(second or 0) > 59:
        return at, ""
    zone = (match["zone"] or "").strip().upper()
    if len(zone) == len("+0000"):
        zone = f"{zone[:3]}:{zone[3:]}"
    return match.end(), f"T{hour:02}:{minute:02}{':' + second if second else ''}{zone}"


def _number(text: str) -> int | None:
    """Return the value of ASCII digits or of a Han numeral below 100, or of Han digits set side by side."""
    if text.isdecimal():
        return int(text)
    tens, ten, units = text.partition("十")
    if any(c not in _DIGITS for c in tens + units):
        return None
    if not ten:
        return int("".join(str(_DIGITS[c]) for c in text))
    if len(tens) > 1 or len(units) > 1:
        return None
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[units] if units else 0)
