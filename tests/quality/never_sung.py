"""More text that was never wrapped: as people sing, caption, count and talk, a line each, of near one width.

Lines get their widths by chance and not by a column.  Words are ours, sense there is none.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import never

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TEXT: Final = (
    "ميناء فانوس حارس الجسر والنهر في سوق البرقوق شتاء سلم حجر مع المد صفارة ورق صباح بستان جرس قناة نافذة فضة "
    "طريق حديقة رعد ببطء أبدا تحت بين مشرق ضيق هادئ"
)
_ARABIC: Final = _TEXT.split()
LANGUAGES: Final = (*never.LANGUAGES, "ar")
_CASED: Final = frozenset({"en", "es", "fr", "de", "ru"})
_MARKS: Final = {
    "zh": {",": "，", ".": "。", ":": "："},
    "ja": {",": "、", ".": "。", ":": "："},
    "ar": {",": "،"},
}
_WIDE: Final = frozenset({"zh", "ja"})
_EM: Final = "\u3000\u3000"
_MUSIC: Final = ",,.!"


class _Voice:
    """What makes lines of one language."""

    def __init__(self, chance: random.Random, language: str) -> None:
        self.chance, self.language, self.wide = chance, language, language in _WIDE

    def words(self, cells: int, inner: float = 0.0) -> str:
        """Return words up to `cells` wide, with marks inside by the chance `inner`."""
        if self.language != "ar":
            return never.words(self.chance, self.language, cells, inner)
        out: list[str] = []
        while sum(len(word) + 1 for word in out) < cells - 8:
            out.append(self.chance.choice(_ARABIC))
        if len(out) > 3 and self.chance.random() < inner:
            out[self.chance.randint(1, len(out) - 2)] += "،"
        return " ".join(out)

    def line(self, width: int, spread: int, inner: float, *, caps: float = 0.0) -> str:
        """Return a line from `width` less `spread` to `width` cells wide, with a capital by the chance `caps`."""
        row = self.words(width - self.chance.randint(0, spread), inner)
        return row[:1].upper() + row[1:] if self.language in _CASED and self.chance.random() < caps else row

    def end(self, often: float, marks: str = ",.") -> str:
        """Return a mark of the language by the chance `often`, or nothing."""
        return self.mark(self.chance.choice(marks)) if self.chance.random() < often else ""

    def mark(self, mark: str) -> str:
        return _MARKS.get(self.language, {}).get(mark, mark)

    def between(self, mark: str) -> str:
        return self.mark(mark) + ("" if self.wide else " ")

    def name(self) -> str:
        return self.chance.choice(never.WIDE_NAMES if self.wide else never.ASCII_NAMES)

    def one(self, *choices: str) -> str:
        return self.chance.choice(choices)

    def count(self, least: int, most: int) -> range:
        return range(self.chance.randint(least, most))


def _song(of: _Voice) -> str:
    """Verses and a refrain, without a blank line or with one, with numbers or not, the refrain indented or not."""
    width, spread = of.chance.choice([28, 34, 40, 46, 54]), of.chance.choice([6, 8, 10])
    caps, indent = of.chance.choice([0.0, 1.0]), of.one("", "", "    ", _EM)
    heads = of.one("", "[{}]\n", "({})\n")

    def rows(count: int) -> list[str]:
        return [of.line(width, spread, 0.4, caps=caps) + of.end(0.2, _MUSIC) for _ in range(count)]

    refrain = "\n".join(indent + row for row in rows(of.chance.choice([2, 3, 4, 5])))
    parts = []
    for n in of.count(2, 5):
        parts += [heads.format(n + 1) + "\n".join(rows(of.chance.choice([4, 5, 6, 8]))), refrain]
    return of.one("\n\n", "\n").join(parts)


def _poem(of: _Voice) -> str:
    """Lines that run on, with indents that step, in stanzas of unlike size."""
    width, spread = of.chance.choice([30, 40, 50, 60]), of.chance.choice([8, 12, 16, 24])
    steps = of.chance.choice([("",), ("", "  "), ("", "    ", "        "), ("", _EM)])
    caps = of.chance.choice([0.0, 0.2, 1.0])
    rows = []
    for n in of.count(10, 40):
        row = steps[n % len(steps)] + of.line(width, spread, 0.5, caps=caps) + of.end(0.3, ",,,.;")
        rows.append(row + ("\n" if of.chance.random() < 0.15 else ""))
    return "\n".join(rows)


def _couplets(of: _Voice) -> str:
    """Two halves a line, divided by a mark, a stroke or a gap, as in psalms and regulated verse."""
    width, spread = of.chance.choice([20, 24, 28]), of.chance.choice([0, 4, 6])
    middle = of.one(of.between(","), " / ", "\u3000")
    rows = [
        middle.join(of.line(width, spread, 0.1) for _ in "ab") + of.end(0.4, ",.;") for _ in of.count(8, 24)
    ]
    size = of.chance.choice([2, 4, 6, 99])
    return "\n\n".join("\n".join(rows[i : i + size]) for i in range(0, len(rows), size))


def _captions(of: _Voice) -> str:
    return "\n".join(
        of.line(of.chance.choice([44, 52, 60]), 10, 0.7, caps=1.0) + of.one(f" ({n + 1})", "", "")
        for n in of.count(6, 24)
    )


def _talk(of: _Voice) -> str:
    """A chat without times: who, and what is said; some go on below."""
    rows = []
    for _ in of.count(8, 30):
        rows.append(of.name() + of.between(":") + of.line(48, 14, 0.7) + of.end(0.4, ".!?"))
        if of.chance.random() < 0.3:
            rows.append(of.line(56, 14, 0.6) + of.end(0.5))
    return of.one("\n", "\n\n").join(rows)


def _standings(of: _Voice) -> str:
    gap, rows = of.one(" ", "  ", "\t", ", "), []
    for n in of.count(8, 24):
        numbers = [str(of.chance.randint(0, 38)) for _ in range(5)]
        goals = f"{of.chance.randint(9, 99)}:{of.chance.randint(9, 99)}"
        rows.append(gap.join([str(n + 1), of.words(20).capitalize(), *numbers, goals]))
    return "\n".join(rows)


def _briefs(of: _Voice) -> str:
    """News of a sentence a line, some without the last mark, with a title above each few or not."""
    width, spread = of.chance.choice([56, 66, 76, 88, 110]), of.chance.choice([8, 12, 20])
    often, indent = of.chance.choice([0.5, 0.8, 1.0]), of.one("", "", _EM if of.wide else "    ")
    rows = [of.line(width, spread, 0.9, caps=1.0) + of.end(often, ".") for _ in of.count(6, 30)]
    return of.one("\n", "\n\n").join((indent if n % 4 else "") + row for n, row in enumerate(rows))


def _quotes(of: _Voice) -> str:
    """What people said, with a comma at its end; who said it, in the next line."""
    left, right = {"zh": "“”", "ja": "「」", "fr": "«»", "ru": "«»"}.get(of.language, '""')
    rows = []
    for _ in of.count(5, 16):
        rows.append(left + of.line(60, 10, 0.6, caps=1.0) + of.mark(",") + right)
        rows.append(of.line(56, 10, 0.4, caps=0.5) + of.end(0.7, "."))
    return of.one("\n", "\n\n").join(rows)


def _cues(of: _Voice) -> str:
    """Subtitles of one or two lines, without times."""
    width, rows = of.chance.choice([26, 32, 37, 42]), []
    for _ in of.count(8, 30):
        cue = [of.line(width, 8, 0.4) for _ in range(of.chance.choice([1, 2, 2]))]
        rows.append("\n".join(cue) + of.end(0.5, ".?!,"))
    return of.one("\n", "\n\n").join(rows)


def _weather(of: _Voice) -> str:
    rows = []
    for _ in of.count(8, 24):
        low = of.chance.randint(-9, 25)
        parts = (of.words(14), of.words(20), f"{low} / {low + of.chance.randint(1, 12)} °C", of.words(16))
        rows.append(of.between(",").join(parts) + of.end(0.5, "."))
    return "\n".join(rows)


def _officials(of: _Voice) -> str:
    return "\n".join(
        of.name() + of.between(",") + of.line(44, 10, 0.5) + of.end(0.5, ",;") for _ in of.count(8, 24)
    )


def _points(of: _Voice) -> str:
    """Points of a speech, each with its name or its number in words."""
    rows = []
    for n in of.count(6, 10):
        head = "一二三四五六七八九十"[n] + "是" if of.wide else of.words(12) + ": "
        rows.append(head + of.line(52, 8, 0.9) + of.end(0.7, ";,."))
    return "\n".join(rows)


def _posts(of: _Voice) -> str:
    rows = []
    for n in of.count(6, 20):
        tail = of.one("", "", f" #{of.words(10).replace(' ', '')}", f" https://example.org/{n}")
        rows.append(of.line(of.chance.choice([60, 72, 90]), 16, 0.9) + of.end(0.6, ".!?") + tail)
    return of.one("\n", "\n\n").join(rows)


def _quoted(of: _Voice) -> str:
    """Paragraphs of prose about verse that is given in full."""
    gap = "" if of.wide else " "
    prose = [gap.join(of.line(70, 30, 0.9, caps=1.0) + of.mark(".") for _ in range(4)) for _ in range(4)]
    verse = of.chance.choice([_song, _poem, _quotes])(of)
    return of.one("\n", "\n\n").join([*prose[:2], verse, *prose[2:]])


#: Name of a kind, and what makes one.
KINDS: Final[dict[str, Callable[[_Voice], str]]] = {
    "songs": _song,
    "poems": _poem,
    "couplets": _couplets,
    "captions": _captions,
    "talk": _talk,
    "standings": _standings,
    "briefs": _briefs,
    "quotes": _quotes,
    "subtitles without times": _cues,
    "weather": _weather,
    "officials": _officials,
    "points": _points,
    "posts": _posts,
    "articles with verse": _quoted,
}


def sung(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, text), `count` of each kind in each of nine languages."""
    for kind, make in KINDS.items():
        for language in LANGUAGES:
            of = _Voice(random.Random(f"sung {kind} {language} {seed}"), language)
            for _ in range(count):
                yield kind, make(of)
