"""Chinese, Japanese and Korean text that was read with the wrong codec, and back.

In: the lines of a text.  Out: the repaired lines with the pair of codecs, and the lines whose damage cannot be undone.
Used by `normalise` alone, before ftfy: ftfy repairs UTF-8 read as a single-byte codec, but changes half of an EUC-KR
or Shift_JIS line, after which no codec undoes it (measured).

A repair encodes a line with the codec that read it and decodes the bytes strictly with the one that wrote it: nothing
is lost on the way, or it is no repair.  A line is repaired alone only if its writing is then sure: the mean weight of
its characters (`stages._scripts`) must be the higher the fewer they are, no other pair may come near it, and it must
be far above what stands there.  Where a pair of codecs explains most of a document, its short lines follow.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stages._late import late
from stages._scripts import CHINESE_WRITINGS, ENOUGH, JAPANESE, KOREAN, SIMPLIFIED, TRADITIONAL, best, reaches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stages._scripts import Script

_LATIN: Final = ("latin-1", "sloppy-windows-1252")
#: The characters of windows-1252 as the bytes they stand for; what it leaves undefined is a C1 control.
_SLOPPY: Final = {
    ord(char): byte for byte in range(0x80, 0xA0) if (char := bytes([byte]).decode("cp1252", "ignore"))
}
#: Codec that wrote → the writings it may hold, and the older standard that common characters are in.
_WRITINGS: Final[dict[str, tuple[tuple[Script, ...], str]]] = {
    "gb18030": ((SIMPLIFIED,), "gb2312"),
    "big5hkscs": ((TRADITIONAL,), "big5"),
    "cp932": ((JAPANESE,), "shift_jis"),
    "euc_jp": ((JAPANESE,), "euc_jp"),
    "cp949": ((KOREAN,), "euc_kr"),
    "utf-8": ((*CHINESE_WRITINGS, JAPANESE, KOREAN), "utf-8"),
}
#: (codec that read, codec that wrote), by what the damage looks like.
_FROM_LATIN: Final = tuple(
    (read, wrote) for wrote in ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949") for read in _LATIN
)
_FROM_WIDE: Final = (
    *((read, "utf-8") for read in ("gb18030", "big5hkscs", "cp932", "cp949")),
    ("gb18030", "big5hkscs"),
    ("big5hkscs", "gb18030"),
)
#: Codec that wrote → its national standard, and the last lead byte of the level of everyday characters.
_LEVELS: Final = {"gb18030": ("gb2312", 0xD7), "big5hkscs": ("big5", 0xC6), "euc_jp": ("euc_jp", 0xCF)}
HIGH: Final = late(
    "[\x80-\xff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a\u201c-\u201e"
    "\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
WIDE: Final = late("[\u3040-\u312f\u3400-\u9fff\uac00-\ud7a3\ue000-\uf8ff]")
_KANA: Final = late("[\u3041-\u30fe]")
_JAPANESE: Final = frozenset({"cp932", "euc_jp"})
_NO_KANA: Final = 0.8  # of the weight: a line of Japanese without kana is a short one
PRIVATE: Final = late("[\ue000-\uf8ff]")
_BAD: Final = late("[\ue000-\uf8ff\x80-\x9f\ufffd]")
#: C1 controls that windows-1252 leaves undefined: no Western text has them, and half of Shift_JIS does.
_UNDEFINED: Final = late("[\x81\x8d\x8f\x90\x9d]")
_NO_CONTROL: Final = late("[\x00-\x08\x0b-\x1f\x7f]")
#: Characters so frequent that mojibake holds few of them; a line with many is what it should be.
TELLING: Final = late(
    "[的一是不了在人有我他这這们們中来來上大为為和国國地到说說年月日时時与與于於会會出对對发發生行业業，。、：；"
    "のはをにがでとしるたい이다는을의에가하고한지로은]"
)
TOLD: Final = 7  # a clean line has at least one such character in so many
_VARIED: Final = 12  # characters among which at least half must be different ones
_GAIN: Final = 0.35  # by which the mean weight must rise
_SETTLED: Final = (
    1.01 - _GAIN
)  # a line of such a weight cannot gain so much: of readings as Chinese none is above 1
_MEAN: Final = 0.35  # mean weight of a long line; a line of n characters needs 1.2 / n more
_PAIRED: Final = 1.3  # high characters for each wide one
_DENSE: Final = 0.35  # or so many of the visible ones
_CLEAR: Final = 6  # or so many different wide ones ...
_EVIDENT: Final = 0.8  # ... of such a mean weight
_EVERYDAY: Final = 0.1  # less is asked where all characters are everyday ones
#: Characters side by side whose bytes stand alone in no Western text: high ones with at most one letter between them.
_SIDE_BY_SIDE: Final = late("[^\x00-\x7f]{3}")
_KANA_SIDE_BY_SIDE: Final = late("[\u3041-\u30fe]{3}")
#: A letter whose byte begins a character of two in each of the double-byte codes, and what follows in none of them.
_NO_TRAIL: Final = late("(?<![^\x00-\x7f])[à-ü](?:[\x00-/:-?]|$)")
#: What weighs less than nothing in East Asian writing.
_WEIGHS_NOTHING: Final = late("[\xa0-\xb6\xb8-\u024f]")
_MARGIN: Final = 0.08  # by which the best pair must be ahead of the next
FEWEST: Final = 3  # wide characters of a line that is repaired alone
_PAIR: Final = 2  # or so many, where the bytes themselves tell
#: Bytes that are signs in the single-byte codes, and letters in hardly any; a letter beside one is no word.
_SIGN: Final = re.compile(b"[\x80-\xbf]")
#: Two of them with one character between, as common characters of Big5 begin: then three high ones are looked at.
_TWO_SIGNS: Final = late("[\xa1-\xbf][@-~\xa1-\xff][\xa1-\xbf]")
_SIDE_BY_SIDE_HAN: Final = late("[\u4e00-\u9fff]{2}")
_LOST_MEAN: Final = 0.15  # after a byte that is lost the rest of a line is read askew
_COVERED: Final = 0.6  # share of a document's lines outside ASCII that one pair must explain
#: Sequences that UTF-8 U+FFFD, or uninitialised memory, gives when read as GBK: what they stood for is gone.
LOSSY: Final = late("锟斤拷|烫烫烫|屯屯屯|锟\ufffd")


#: Codec that read → the bytes that it showed as a line, and whether they are all of it.
_Shown = dict[str, tuple[bytes, bool]]


@dataclass(frozen=True, slots=True)
class Mojibake:
    """What was found in a text, by line."""

    repaired: dict[str, tuple[str, str]]  # line → what it was, and "wrote>read"
    damaged: frozenset[str]  # lines that are mojibake with something already lost


def look(lines: Sequence[str]) -> Mojibake:
    """Return the lines that can be repaired, and those that are damaged for good."""
    repaired: dict[str, tuple[str, str]] = {}
    damaged: list[str] = []
    for line in dict.fromkeys(lines):
        pairs = _candidates(line)
        may_be_whole, may_be_damaged = _may_be(line, pairs)
        if not (may_be_whole or may_be_damaged):
            continue
        shown = _shown(line, pairs)
        found = _alone(line, pairs, shown) if may_be_whole else None
        if found:
            repaired[line] = found
        elif may_be_damaged and _is_damaged(line, pairs, shown):
            damaged.append(line)
    if repaired:
        repaired |= _together(lines, repaired)
    return Mojibake(repaired, frozenset(damaged).difference(repaired))


def _candidates(line: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of codecs that the look of the line allows."""
    if line.isascii():
        return ()
    high, wide = len(HIGH.findall(line)), len(WIDE.findall(line))
    if high > 3 * wide and (high > FEWEST or (high == FEWEST and _is_told(line))):
        return _FROM_LATIN
    if wide < FEWEST:
        return ()
    told = len(TELLING.findall(line))
    return () if TOLD * told >= wide and not PRIVATE.search(line) else _FROM_WIDE


def _is_told(line: str) -> bool:
    """Say whether few high characters may be Big5: two signs with one character between, and not one sign all over.

    "§A§B§C" is how people number.
    """
    return bool(_TWO_SIGNS.search(line)) and len({*HIGH.findall(line)}) > 1


def _may_be(line: str, pairs: tuple[tuple[str, str], ...]) -> tuple[bool, bool]:
    """Say, at little cost, whether `_alone` and whether `_is_damaged` may name a line: most lines neither does."""
    if not pairs:
        return False, False
    if pairs is _FROM_WIDE:
        settled = _is_settled(line)
        return not settled, not settled
    return not _NO_TRAIL.search(line), not _is_thin(line)


def _is_settled(line: str) -> bool:
    """Say, at little cost, of most lines of East Asian writing that neither `_alone` nor `_is_damaged` names them.

    They are no UTF-8 that was read otherwise, not even a damaged one, and weigh too much for the other readings.
    """
    if "\ufffd" in line or _UNDEFINED.search(line):
        return False
    if not reaches(_SETTLED, line, _WRITINGS["utf-8"][0]):
        return False
    utf8 = (_bytes(line, read).decode("utf-8", "replace") for read, wrote in _FROM_WIDE if wrote == "utf-8")
    return all(map(_is_mostly_bad, utf8))


def _is_thin(line: str) -> bool:
    """Say, at little cost, of most lines of Latin letters that `_is_damaged` does not name them.

    Nothing is lost, and `_is_dense` holds for none of the codecs: high characters are few and apart, and half of what
    is not ASCII weighs nothing in East Asian writing.
    """
    if "\ufffd" in line or _UNDEFINED.search(line) or _SIDE_BY_SIDE.search(line):
        return False
    wide = _count(line)
    if wide >= _DENSE * (len(line) - line.count(" ")):
        return False
    return wide <= min(ENOUGH, 2 * len(_WEIGHS_NOTHING.findall(line)))


def _is_mostly_bad(text: str) -> bool:
    return 2 * text.count("\ufffd") > _count(text)


def _alone(line: str, pairs: tuple[tuple[str, str], ...], shown: _Shown) -> tuple[str, str] | None:
    """Return what a line was, if the line itself leaves no doubt."""
    readings: dict[str, tuple[float, str]] = {}
    for read, wrote in _told_apart(pairs, shown):
        text = _written(shown[read], wrote)
        if text is None or (pairs is _FROM_LATIN and not _is_dense(line, text, wrote)):
            continue
        weight = _weight(text, wrote)
        if text not in readings or weight > readings[text][0]:
            readings[text] = weight, f"{wrote}>{read}"
    ranked = sorted(((score, text, rule) for text, (score, rule) in readings.items()), reverse=True)
    if not ranked:
        return None
    score, text, rule = ranked[0]
    count = _count(text)
    wrote, _, read = rule.partition(">")
    mean, gain = _asked(wrote, count)
    if score < mean - _EVERYDAY or (count < FEWEST and not _is_pair(text, wrote, shown[read][0])):
        return None
    mean -= _EVERYDAY * _is_everyday(text, wrote, shown[read][0])
    if score < mean or score - _as_it_stands(line, pairs) < gain:
        return None
    if 2 * len({char for char in text if char > "\x7f"}) < min(count, _VARIED):
        return None
    return None if len(ranked) > 1 and score - ranked[1][0] < _MARGIN else (text, rule)


def _is_pair(text: str, wrote: str, raw: bytes) -> bool:
    """Say whether two characters are enough: six bytes of UTF-8, or four that are no letters of one word."""
    if wrote == "utf-8":
        return _count(text) == _PAIR
    return bool(_SIDE_BY_SIDE_HAN.search(text)) and bool(_SIGN.search(raw))


def _is_everyday(text: str, wrote: str, raw: bytes) -> bool:
    """Say whether all characters are of the first level of their standard: those that schools teach.

    A word of another alphabet may be so by chance, but its bytes are all letters.
    """
    if not _SIGN.search(raw):
        return False
    standard, last = _LEVELS.get(wrote, ("", 0))
    high = [char for char in text if char > "\x7f"]
    try:
        return bool(standard) and all(char.encode(standard)[0] <= last for char in high)
    except UnicodeEncodeError:
        return False


def _asked(wrote: str, count: int) -> tuple[float, float]:
    """Return the mean weight and the gain that a reading of so many characters must have."""
    if wrote == "utf-8":  # that the bytes are UTF-8 at all says most
        return _MEAN / 2 + 0.6 / count, _GAIN / 2
    return _MEAN + 1.4 / count, _GAIN


def _is_dense(line: str, text: str, wrote: str) -> bool:
    """Say whether a line of Latin letters is what double-byte text looks like.

    Accents and apostrophes stand alone among letters: of three characters, at most one would be of two high bytes,
    and seldom would two stand side by side; but “I’m gives two kanji in Shift_JIS.
    """
    high, wide = len(HIGH.findall(line)), _count(text)
    if _UNDEFINED.search(line):
        return True
    if (
        wide >= _CLEAR
        and len({char for char in text if char > "\x7f"}) >= _CLEAR
        and _weight(text, wrote) >= _EVIDENT
    ):
        return True
    if wide >= FEWEST and _is_told(line) and _weight(text, wrote) >= _EVIDENT:
        return True
    if (_KANA_SIDE_BY_SIDE if wrote == "cp932" else _SIDE_BY_SIDE).search(text):
        return True
    return high >= _PAIRED * wide or high >= _DENSE * (len(line) - line.count(" "))


def _together(lines: Sequence[str], repaired: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return what lines were in the light of a pair that explains most of the document."""
    kinds = Counter(
        rule.replace(_LATIN[1], _LATIN[0]) for line in lines for _, rule in (_of(line, repaired),)
    )
    del kinds[""]
    kind, votes = min(kinds.items(), key=lambda item: (-item[1], item[0]))
    strange = [line for line in lines if not line.isascii()]
    if votes < max(2, _COVERED * len(strange)):
        return {}
    wrote, read = kind.split(">")
    out: dict[str, tuple[str, str]] = {}
    for line in dict.fromkeys(strange):
        for codec in _LATIN if read == _LATIN[0] else (read,):
            text = _written(_shown(line, ((codec, wrote),))[codec], wrote)
            if text is not None and _is_common(text, wrote):
                out[line] = text, f"{wrote}>{codec}"
                break
    return out


def _of(line: str, repaired: dict[str, tuple[str, str]]) -> tuple[str, str]:
    return repaired.get(line, ("", ""))


def _is_common(text: str, wrote: str) -> bool:
    """Say whether a text is of characters that the writing has every day."""
    try:
        text.encode(_WRITINGS[wrote][1])
    except UnicodeEncodeError:
        return _weight(text, wrote) >= _MEAN
    return _weight(text, wrote) >= 0


def _written(shown: tuple[bytes, bool], wrote: str) -> str | None:
    """Return the text that a codec wrote as these bytes; None where something is lost."""
    raw, whole = shown
    if not whole:
        return None
    try:
        text = raw.decode(wrote)
    except UnicodeError:
        return None
    return None if _BAD.search(text) or text.isascii() else text


def _shown(line: str, pairs: tuple[tuple[str, str], ...]) -> _Shown:
    """Return the bytes that each codec that may have read them showed as this line.

    A question mark stands for a character that the codec does not have, and in none of these codecs for part of one.
    """
    asked = line.count("?")
    raws = {read: _bytes(line, read) for read in dict.fromkeys(read for read, _ in pairs)}
    return {read: (raw, raw.count(b"?") == asked) for read, raw in raws.items()}


def _told_apart(pairs: tuple[tuple[str, str], ...], shown: _Shown) -> tuple[tuple[str, str], ...]:
    """Return the pairs, of two whose readings are the same only the first: windows-1252 and Latin-1 often are one."""
    one, other = (shown.get(read) for read in _LATIN)
    return pairs[::2] if pairs is _FROM_LATIN and one == other else pairs


def _bytes(line: str, read: str) -> bytes:
    """Return the bytes that a codec showed as this line, a question mark for each character that it does not have."""
    if read == _LATIN[1]:
        return line.translate(_SLOPPY).encode("latin-1", "replace")
    return line.encode(read, "replace")


def _count(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _weight(text: str, wrote: str) -> float:
    """Return the mean weight of the characters outside ASCII, in the likeliest writing of the codec."""
    weight = best(text, _WRITINGS[wrote][0])
    if wrote in _JAPANESE and weight > 0 and not _KANA.search(text):
        return _NO_KANA * weight
    return weight


def _as_it_stands(line: str, pairs: tuple[tuple[str, str], ...]) -> float:
    """Return the weight of a line as it is; letters of Latin-1 have none in East Asian writing."""
    return 0.0 if pairs is _FROM_LATIN else max(0.0, _weight(line, "utf-8"))


def _is_damaged(line: str, pairs: tuple[tuple[str, str], ...], shown: _Shown) -> bool:
    """Say whether a line is mojibake that cannot be undone: characters are lost, or it is not sure which they are."""
    if _NO_CONTROL.search(line) or (pairs is _FROM_LATIN and _is_utf8(line)):
        return False
    shown = _shown(line.replace("\ufffd", "?"), pairs) if "\ufffd" in line else shown
    for read, wrote in _told_apart(pairs, shown):
        raw, whole_line = shown[read]
        if pairs is _FROM_LATIN and not whole_line:
            continue
        text = raw.decode(wrote, "replace")
        if _is_mostly_bad(text):
            continue
        whole = _BAD.sub("", text)
        count, bad = _count(whole), len(text) - len(whole)
        if not bad and _UNDEFINED.search(line) and _weight(whole, wrote) >= _LOST_MEAN:
            return True  # nothing is lost yet, but what drops its controls would lose it
        if count < (FEWEST - ("\ufffd" in line)) or bad > count or not (bad or "\ufffd" in line):
            continue
        # without U+FFFD to show that something was lost, only a line full of high characters is suspected
        if pairs is _FROM_LATIN and not _is_dense(line, whole if "\ufffd" in line else line, wrote):
            continue
        score = _weight(whole, wrote)
        mean, gain = _asked(wrote, count)
        if pairs is _FROM_LATIN and "\ufffd" in line:
            mean = gain = _LOST_MEAN
        if score >= mean and score - _as_it_stands(line, pairs) >= gain:
            return True
    return False


def _is_utf8(line: str) -> bool:
    """Say whether a line of Latin letters is UTF-8 that was read so: ftfy repairs it."""
    text = _bytes(line.replace("\ufffd", "?"), _LATIN[1]).decode("utf-8", "replace")
    return 4 * text.count("\ufffd") <= _count(text)
