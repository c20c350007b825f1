"""Language by script share: a tool.  Which script the letters of a text are of, and a language where a script tells.

Nothing is guessed: Latin letters are "Latn", for their script does not tell.  A language is named where its script
is its own (Thai, Greek, Georgian...), where letters of it occur that its neighbours lack (Ukrainian, Persian...), by
kana (Japanese), and by characters that only one form of Chinese has.
Source: Unicode blocks; ISO 639 and 15924 codes; the character sets GB 2312 and Big5 for the forms of Chinese.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np

from stages._t2s import SIMPLIFIED, TRADITIONAL
from stages.model import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stages.model import Span

MIXED: Final = "mul"  # no script has `LEAST` of the letters
UNKNOWN: Final = "und"  # there are no letters
LEAST: Final = 0.6  # share of one script
_KANA_SHARE: Final = (
    0.1  # of Han and kana: Japanese news has .3 to .7, Chinese that quotes Japanese hardly any
)
_TELLING: Final = 0.002  # of the letters of a script: fewer are names
_MANY_TELLING: Final = 0.005  # where neighbours have the letter too, but seldom
_CONTRARY: Final = 0.1  # of the telling letters: so many letters that speak against them are let pass
_FORM: Final = 4  # so many times the characters of the one form of Chinese against those of the other

#: Script or language: its ranges.  Only letters count.
_RANGES: Final = {
    "Latn": ((0x41, 0x5A), (0x61, 0x7A), (0xAA, 0x24F), (0x1E00, 0x1EFF), (0xFF21, 0xFF5A)),
    "Han": ((0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF)),
    "Kana": ((0x3041, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9D)),
    "Hang": ((0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97F), (0xAC00, 0xD7FB)),
    "Cyrl": ((0x400, 0x52F), (0x1C80, 0x1C8F), (0x2DE0, 0x2DFF)),
    "Arab": ((0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)),
    "el": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
    "he": ((0x5D0, 0x5F4), (0xFB1D, 0xFB4F)),
    "hy": ((0x531, 0x587), (0xFB13, 0xFB17)),
    "ka": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2D)),
    "th": ((0xE01, 0xE4E),),
    "lo": ((0xE80, 0xEDF),),
    "my": ((0x1000, 0x109F),),
    "km": ((0x1780, 0x17D3),),
    "Tibt": ((0xF00, 0xFBC),),
    "Deva": ((0x900, 0x97F), (0xA8E0, 0xA8FF)),
    "Beng": ((0x980, 0x9FF),),
    "Guru": ((0xA00, 0xA7F),),
    "Gujr": ((0xA80, 0xAFF),),
    "Orya": ((0xB00, 0xB7F),),
    "Taml": ((0xB80, 0xBFF),),
    "Telu": ((0xC00, 0xC7F),),
    "Knda": ((0xC80, 0xCFF),),
    "Mlym": ((0xD00, 0xD7F),),
    "Sinh": ((0xD80, 0xDFF),),
    "Ethi": ((0x1200, 0x139F), (0x2D80, 0x2DDE)),
    "Mong": ((0x1800, 0x18AF),),
}
_SCRIPTS: Final = (
    "",
    *_RANGES,
    "Hans",
    "Hant",
)  # the first for what is no letter; the last for Han of one form
#: One of these stands for about three letters of an alphabet, as a language of words is written in UTF-8.
_WEIGHT: Final = {"Han": 3, "Hans": 3, "Hant": 3, "Kana": 3, "Hang": 3}
_LANGUAGES: Final = {"Kana": "ja", "Hang": "ko"}
#: Of a script: language, letters that only it has here, least share of them, letters that speak against it.
_BY_LETTERS: Final = {
    "Cyrl": (
        ("be", "ў", _TELLING, "їєґѓќљњћђџ"),
        ("uk", "іїєґ", _TELLING, "ыэёъўәғқңөұүһ"),
        ("sr", "ђћљњџ", _TELLING, "ыэйяюѓќѕ"),
        ("mk", "ѓќѕ", _TELLING / 2, "ыэйяюћђ"),
        ("ru", "ыэё", _TELLING, "іїєґўәғқңөұүһј"),
        ("bg", "ъ", _MANY_TELLING, "ыэёіїєґўј"),
    ),
    "Arab": (
        ("ur", "ٹڈڑںے", _MANY_TELLING, "ټډړښڼېەۆ"),
        ("fa", "پچژگکی", _MANY_TELLING, "ةٹڈڑںےټډړښڼېەۆ"),
        ("ar", "ةكيى", _MANY_TELLING, "پچژگکیٹڈڑںےەۆ"),
    ),
}


def language(text: str, spans: Sequence[Span]) -> Language:
    """Return the language, or else the script, of the letters in `spans` of `text`, and its share of all letters."""
    return language_all(["".join(text[span.start : span.end] for span in spans)])[0]


def language_all(bodies: Sequence[str]) -> list[Language]:
    """Return for each text what `language` gives for all of it; the letters of all of them are counted at once."""
    points = np.frombuffer("".join(bodies).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    table, weights = _table()
    cells = np.repeat(np.arange(len(bodies)) * len(_SCRIPTS), [len(body) for body in bodies])
    cells += table.take(points)  # in place: a text may be long
    counts = np.bincount(cells, minlength=len(bodies) * len(_SCRIPTS))
    rows = (counts.reshape(-1, len(_SCRIPTS)) * weights).tolist()
    return [_judged(body, row) for body, row in zip(bodies, rows, strict=True)]


def _judged(body: str, counts: Sequence[int]) -> Language:
    """Return the language of a text of which the letters of each script are counted, by their weight."""
    letters = sum(counts)
    if not letters:
        return Language(UNKNOWN, 0.0)
    of = dict(zip(_SCRIPTS, counts, strict=True))
    # Han characters are written by three languages: they go with what stands beside them.
    hans, hant = of.pop("Hans"), of.pop("Hant")
    of["Han"] += hans + hant
    if of["Kana"] > _KANA_SHARE * (of["Han"] + of["Kana"]):
        of["Kana"] += of.pop("Han")
    elif of["Hang"] > of["Han"]:
        of["Hang"] += of.pop("Han")
    script = max(sorted(of), key=of.__getitem__)
    share = round(of[script] / letters, 4)
    if share < LEAST:
        return Language(MIXED, share)
    if script == "Han":
        return Language(_form(hans, hant), share)
    if script in _BY_LETTERS:
        return Language(_by_letters(script, body.lower(), of[script]), share)
    return Language(_LANGUAGES.get(script, script), share)


def _by_letters(script: str, letters: str, size: int) -> str:
    """Return the language that has letters which its neighbours lack, else the script."""
    for tag, telling, least, contrary in _BY_LETTERS[script]:
        here, against = (sum(letters.count(c) for c in row) for row in (telling, contrary))
        if here >= least * size and against <= _CONTRARY * here:
            return tag
    return script


def _form(hans: int, hant: int) -> str:
    """Return the form of Chinese by how many characters only one of them has."""
    if hans == hant or (hans < _FORM * hant and hant < _FORM * hans):
        return "zh"
    return "zh-Hans" if hans > hant else "zh-Hant"


def _forms() -> tuple[list[str], list[str]]:
    """Return the characters that only simplified, and that only traditional Chinese has."""
    simplified = _of("gb2312", SIMPLIFIED) - _of("cp950", SIMPLIFIED)
    traditional = _of("cp950", TRADITIONAL) - _of("gb2312", TRADITIONAL)
    return sorted(simplified), sorted(traditional)


def _of(charset: str, chars: str) -> set[str]:
    """Return the characters that a character set has."""
    return set(chars.encode(charset, "ignore").decode(charset))


@functools.cache
def _table() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return for each code point the number of its script, and the weight of each script."""
    table = np.zeros(0x110000, dtype=np.uint8)
    for number, script in enumerate(_SCRIPTS):
        for low, high in _RANGES.get(script, ()):
            chars = np.arange(low, high + 1, dtype="<u4").tobytes().decode("utf-32-le")
            table[low : high + 1][chars.isalpha() or [*map(str.isalpha, chars)]] = number
    for script, characters in zip(("Hans", "Hant"), _forms(), strict=True):
        table[[ord(c) for c in characters]] = _SCRIPTS.index(script)
    weights = [_WEIGHT.get(script, 1) if script else 0 for script in _SCRIPTS]
    return table, np.array(weights, dtype=np.int64)
