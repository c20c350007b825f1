"""What an edit of the ladder leaves alone: figures, dates, negation, and what stands beside them.

Whoever replaces a three or a "not" has made another story, and the truth of the ladder would be wrong.
"""

from __future__ import annotations

import re
from typing import Final

#: Characters that carry figures, dates or negation, in Chinese and Japanese.
CHARACTERS: Final = frozenset(
    "零〇一二两三四五六七八九十百千万亿兆半双几第倍成数单多少余廿卅壹贰叁"
    "年月日号时分秒点刻周星期礼拜天岁元旬季度初今昨明前后上下晚早午夜凌晨"
    "不没无未非否别莫勿毋休免禁拒难缺失停止反"
    "個兩餘時間週禮歲點號無時円末回人"
)
#: Words that do, in English and Spanish.
_TABLE: Final = """
    no not never none nor neither nobody nothing nowhere without cannot hardly
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
    twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion
    first second third fourth fifth sixth seventh eighth ninth tenth half quarter dozen twice once double both
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow
    ni nunca nadie nada sin tampoco jamás ningún ninguna ninguno
    uno una un dos tres cuatro cinco seis siete ocho nueve diez once doce cien ciento mil millón millones
    primer primera primero segundo segunda medio media
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    lunes martes miércoles jueves viernes sábado domingo ayer hoy mañana
"""
WORDS: Final = frozenset(_TABLE.split())
_HAN: Final = re.compile("[\u4e00-\u9fff\u3041-\u30fa]")
_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f]{3,}(?!['’])")


def places(line: str, *, english: bool) -> list[tuple[int, int]]:
    """Return what of a line may be edited: neither figures, dates, negation nor their neighbours."""
    if english:
        words = [m.span() for m in _WORD.finditer(line) if m[0].islower() and m[0] not in WORDS]
        return [span for span in words if not _near_word(line, *span)]
    return [m.span() for m in _HAN.finditer(line) if not _near_character(line, *m.span())]


def _near_word(line: str, start: int, end: int) -> bool:
    around = line[max(start - 14, 0) : end + 14]
    return any(c.isdigit() for c in around) or bool(WORDS & set(re.findall(r"\w+", around.casefold())))


def _near_character(line: str, start: int, end: int) -> bool:
    return any(c.isdigit() or c in CHARACTERS or c in "%.％" for c in line[max(start - 2, 0) : end + 2])
