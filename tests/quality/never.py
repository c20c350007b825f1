"""Text that was never wrapped and looks as if it might have been: made adversaries of the joining of lines.

Each kind is one a reader meets in scraped news; words are ours, sense there is none.  Line lengths are kept near
one another on purpose, sentences run over line ends, and marks stand inside lines, as in wrapped prose.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TEXTS: Final = {
    "en": "harbour lantern the keeper of bridge and river in plum market a circle winter ladder stone with tide "
    "whistle engine paper morning orchard bell canal window silver road garden kettle thunder slowly never "
    "under between bright hollow narrow quiet",
    "es": "puerto linterna el guardián de puente y río en ciruela mercado un círculo invierno escalera piedra con "
    "marea silbato motor papel mañana huerto campana canal ventana plata camino jardín trueno despacio nunca "
    "bajo entre claro hueco angosto callado según población",
    "fr": "port lanterne le gardien du pont et rivière en prune marché un cercle hiver échelle pierre avec marée "
    "sifflet moteur papier matin verger cloche canal fenêtre argent chemin jardin tonnerre jamais sous",
    "de": "Hafen Laterne der Wärter an Brücke und Fluss in Pflaume Markt ein Kreis Winter Leiter Stein mit Flut "
    "Pfiff langsam nie unter zwischen hell hohl eng still Glocke Fenster Garten Donner",
    "ru": "гавань фонарь сторож у моста и река в слива рынок круг зима лестница камень с прилив свисток бумага "
    "утро сад колокол канал окно серебро дорога гром медленно никогда под между",
    "ko": "항구 등불 다리를 지키는 사람이 강가에서 자두 시장은 겨울 사다리 돌과 밀물 기적 소리가 종이 아침 과수원 종 "
    "운하 창문 은빛 길을 정원에 천천히 결코 아래",
}
_WORDS: Final = {language: text.split() for language, text in _TEXTS.items()}
_CHARS: Final = {
    "zh": "桥河渡船山门灯塔秋雨春风田野石路老街木屋竹林水车麦浪孤星晚钟炊烟旧梦归人长堤短笛新月白鹭红叶青苔的了在是和",
    "ja": "橋川渡船山門灯秋雨春風田野石道老街木屋竹林水車麦の波にはを光る星と晩鐘が鳴って夢から帰る人も短笛新月で",
}
LANGUAGES: Final = (*_WORDS, *_CHARS)
ASCII_NAMES: Final = ("Mara", "Tilo", "Ines", "Bram", "Odile", "Yusuf")
WIDE_NAMES: Final = ("石小桥", "林晚舟", "周青苔", "田一禾", "白鹭", "竹内水車")


def words(chance: random.Random, language: str, cells: int, inner: float) -> str:
    """Return words of a language up to `cells` wide, with marks inside by the chance `inner`."""
    if language in _CHARS:
        comma, stop = "，。" if language == "zh" else "、。"
        size = cells // 2
        text = "".join(chance.choices(_CHARS[language], k=size))
        if chance.random() < inner and size > 6:
            at = chance.randint(2, size - 3)
            text = text[:at] + chance.choice([comma, comma, stop]) + text[at + 1 :]
        return text
    wide = 2 if language == "ko" else 1
    out: list[str] = []
    length = 0
    while True:
        word = chance.choice(_WORDS[language])
        length += wide * len(word) + 1
        if length > cells:
            break
        out.append(word)
    if len(out) > 3 and chance.random() < inner:
        at = chance.randint(1, len(out) - 2)
        out[at] += chance.choice([",", ",", ",", "."])
    return " ".join(out)


def _end(chance: random.Random, language: str, often: float) -> str:
    if chance.random() >= often:
        return ""
    marks = {"zh": "，。。！", "ja": "、。。"}.get(language, ",..!")
    return chance.choice(marks)


def _free_verse(chance: random.Random, language: str) -> str:
    """Lines that run on, of near length, in stanzas or not."""
    width = chance.choice([32, 40, 48, 56])
    spread = chance.choice([8, 12, 16])  # less, and lines are wrapped ones by making
    rows = [
        words(chance, language, width - chance.randint(0, spread), 0.5) + _end(chance, language, 0.3)
        for _ in range(chance.randint(8, 32))
    ]
    stanza = chance.choice([3, 4, 6, 99])
    return "\n\n".join("\n".join(rows[i : i + stanza]) for i in range(0, len(rows), stanza))


def _lyrics(chance: random.Random, language: str) -> str:
    """Verses and a refrain that comes again, some lines indented."""
    refrain = [words(chance, language, 36 - chance.randint(0, 8), 0.4) for _ in range(4)]
    indent = chance.choice(["", "    ", "\u3000\u3000"])
    parts = []
    for _ in range(chance.randint(2, 5)):
        verse = [
            words(chance, language, 38 - chance.randint(0, 8), 0.5) + _end(chance, language, 0.3)
            for _ in range(4)
        ]
        parts += ["\n".join(verse), "\n".join(indent + row for row in refrain)]
    return chance.choice(["\n\n", "\n"]).join(parts)


def _sentences(chance: random.Random, language: str) -> str:
    """One sentence a line, of near length, in paragraphs divided by blank lines."""
    width = chance.choice([50, 64, 76])
    rows = [
        words(chance, language, width - chance.randint(0, 12), 0.9).capitalize()
        + {"zh": "。", "ja": "。"}.get(language, ".")
        for _ in range(chance.randint(6, 24))
    ]
    return "\n\n".join("\n".join(rows[i : i + 4]) for i in range(0, len(rows), 4))


def _clauses(chance: random.Random, language: str) -> str:
    """One clause a line, as captions and posts on small screens have it."""
    comma, stop = {"zh": "，。", "ja": "、。"}.get(language, ",.")
    rows = [
        words(chance, language, chance.choice([28, 30, 32]), 0.3) + chance.choice([comma, comma, "", stop])
        for _ in range(chance.randint(8, 30))
    ]
    indent = chance.choice(["", "\u3000\u3000"])
    return "\n".join((indent if n % 5 == 0 else "") + row for n, row in enumerate(rows))


def _scores(chance: random.Random, language: str) -> str:
    rows = []
    for _ in range(chance.randint(8, 30)):
        a, b = (words(chance, language, 18, 0.0) for _ in range(2))
        rows.append(f"{a} {chance.randint(0, 5)}:{chance.randint(0, 5)} {b}, {chance.randint(1, 90)}'")
    return "\n".join(rows)


def _stocks(chance: random.Random, language: str) -> str:
    gap = chance.choice([" ", "  ", "，", ", "])
    rows = []
    for _ in range(chance.randint(8, 40)):
        change = chance.uniform(-9, 9)
        rows.append(
            gap.join(
                (
                    f"{chance.randint(600000, 603999)}",
                    words(chance, language, 12, 0.0),
                    f"{chance.uniform(1, 99):.2f}",
                    f"{change:+.2f}%",
                    f"{chance.uniform(1, 99):.1f}亿",
                )
            )
        )
    group = chance.choice([5, 100])
    return "\n\n".join("\n".join(rows[i : i + group]) for i in range(0, len(rows), group))


def _chat(chance: random.Random, language: str) -> str:
    names = WIDE_NAMES if language in _CHARS else ASCII_NAMES
    rows = []
    for n in range(chance.randint(8, 30)):
        said = words(chance, language, chance.choice([40, 44, 48]), 0.6)
        form = chance.choice(["[{t}] {n}: {s}", "[{t}] <{n}> {s}"]) if n % 7 else "{n} ({t}): {s}"
        rows.append(form.format(t=f"{n % 24:02d}:{chance.randint(10, 59)}", n=chance.choice(names), s=said))
    return "\n".join(rows)


def _dialogue(chance: random.Random, language: str) -> str:
    """What people say in turn, a line each, with a dash or in quotation marks."""
    pair = {"zh": "“”", "ja": "「」", "fr": "«»", "ru": "—", "es": "—"}.get(language, '""')
    rows = []
    for _ in range(chance.randint(8, 30)):
        said = words(chance, language, chance.randint(44, 56), 0.7)
        rows.append(pair + " " + said + "." if pair == "—" else pair[0] + said + "." + pair[1])
    return "\n".join(rows)


def _cues(chance: random.Random, language: str) -> str:
    """Subtitles with their times: two lines a cue, the first one open."""
    rows = []
    for n in range(1, chance.randint(6, 20)):
        said = [words(chance, language, 40 - chance.randint(0, 4), 0.5) for _ in range(2)]
        rows.append(f"{n}\n00:{n:02d}:01,000 --> 00:{n:02d}:04,500\n" + "\n".join(said) + ".")
    return "\n\n".join(rows)


def _postal(chance: random.Random, language: str) -> str:
    """Addresses of several lines each, a blank line between."""
    rows = []
    for _ in range(chance.randint(4, 12)):
        wide = language in _CHARS
        place = words(chance, language, 26, 0.0)
        lines = [
            chance.choice(WIDE_NAMES if wide else ASCII_NAMES) + " " + words(chance, language, 22, 0.0),
            f"{place}, {chance.randint(1, 300)}",
            f"{chance.randint(10000, 99999)} {words(chance, language, 24, 0.0)}",
            f"Tel. +{chance.randint(1, 99)} {chance.randint(100, 999)} {chance.randint(1000, 9999)}",
        ]
        rows.append("\n".join(lines))
    return "\n\n".join(rows)


def _bibliography(chance: random.Random, language: str) -> str:
    rows = []
    for _ in range(chance.randint(6, 20)):
        names = chance.sample(WIDE_NAMES if language in _CHARS else ASCII_NAMES, 2)
        title = words(chance, language, chance.choice([40, 42, 44]), 0.3)
        rows.append(
            f"{names[0]}, {names[1]}. {title}. {chance.randint(1980, 2023)}, p. {chance.randint(1, 300)}"
        )
    return "\n".join(rows)


def _names(chance: random.Random, language: str) -> str:
    """Rows of names, as lists of winners have them: the same number a row, none ends."""
    wide = language in _CHARS
    gap = "、" if wide else ", "
    names = WIDE_NAMES if wide else ASCII_NAMES
    rows = [gap.join(chance.choices(names, k=8)) + chance.choice(["", gap.strip()]) for _ in range(12)]
    return "\n".join(rows)


def _contents(chance: random.Random, language: str) -> str:
    rows = []
    for n in range(1, chance.randint(6, 24)):
        title = words(chance, language, chance.randint(24, 36), 0.3)
        rows.append(f"{title} {'.' * 12} {n * 7}" if n % 3 else f"{title} …… {n * 7}")
    return "\n".join(rows)


def _recipe(chance: random.Random, language: str) -> str:
    rows = [f"{chance.randint(1, 900)} g {words(chance, language, 30, 0.4)}" for _ in range(8)]
    steps = [f"{n}) {words(chance, language, 66 - chance.randint(0, 6), 0.8)}" for n in range(1, 8)]
    return "\n".join(rows) + "\n\n" + "\n".join(steps)


def _teasers(chance: random.Random, language: str) -> str:
    """Headlines and cut teasers of a front page, most cut at one width, without or with an ellipsis."""
    rows = []
    for _ in range(chance.randint(5, 15)):
        rows += [
            words(chance, language, 40 - chance.randint(0, 8), 0.3),
            words(chance, language, 76, 0.9) + chance.choice(["", "...", "…"]),
        ]
    return chance.choice(["\n", "\n\n"]).join(rows)


def _log(chance: random.Random, language: str) -> str:
    rows = [
        f"2023-11-{n % 28 + 1:02d} 0{n % 9}:14:5{n % 9} INFO {chance.choice(ASCII_NAMES).lower()}.py:{n} "
        + words(chance, language, 36, 0.5)
        for n in range(chance.randint(8, 30))
    ]
    return "\n".join(rows)


def _comma_values(chance: random.Random, language: str) -> str:
    rows = [
        ",".join(
            (
                str(n),
                words(chance, language, 14, 0.0),
                f'"{words(chance, language, 24, 1.0)}"',
                f"{chance.uniform(0, 9):.3f}",
            )
        )
        for n in range(chance.randint(8, 30))
    ]
    return "\n".join(rows)


def _notices(chance: random.Random, language: str) -> str:
    """Short notices, a title and one line each, indented."""
    indent = "\u3000\u3000" if language in _CHARS else "    "
    rows = []
    for _ in range(chance.randint(5, 14)):
        rows += [
            words(chance, language, 30, 0.2),
            indent + words(chance, language, 72 - chance.randint(0, 4), 0.9) + _end(chance, language, 0.8),
        ]
    return "\n".join(rows)


#: Name of a kind, and what makes one in a language.
KINDS: Final[dict[str, Callable[[random.Random, str], str]]] = {
    "free verse": _free_verse,
    "lyrics": _lyrics,
    "sentences": _sentences,
    "clauses": _clauses,
    "scores": _scores,
    "stocks": _stocks,
    "chat": _chat,
    "dialogue": _dialogue,
    "subtitles with times": _cues,
    "postal addresses": _postal,
    "bibliography": _bibliography,
    "rows of names": _names,
    "contents": _contents,
    "recipes": _recipe,
    "teasers": _teasers,
    "logs": _log,
    "comma-separated values": _comma_values,
    "notices": _notices,
}


def adversaries(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, text), `count` of each kind in each of eight languages."""
    for kind, make in KINDS.items():
        for language in LANGUAGES:
            chance = random.Random(f"never {kind} {language} {seed}")
            for _ in range(count):
                yield kind, make(chance, language)
