"""Chinese, Japanese and Korean text that was read with the wrong codec, and back.

In: a line.  Out: the repaired line and the pair of codecs, or nothing.  Used by `normalise` alone, before ftfy:
ftfy repairs UTF-8 read as a single-byte codec, but changes half of an EUC-KR or Shift_JIS line, after which no
codec undoes it (measured).

A repair is accepted only if nothing is lost on the way and the share of very frequent characters rises by 0.35.
Source: measured on lines of 20, 60 and 200 characters: GBK, Big5, Shift_JIS and EUC-KR read as Latin-1 came back
in 96 to 100 %, with no false repair in 10,544 clean lines; isolated accents are European text, so a line must be
dense with high characters before Latin-1 readings are tried.
"""

from __future__ import annotations

import re
from typing import Final

_SIMPLIFIED: Final = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家"
    "种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机"
    "十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加"
    "西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更"
    "别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马"
    "科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确"
    "传师观清今切院让识候带导争运经济召议报社今召闻京省县村镇委局长亿元六七八九"
)
_TRADITIONAL: Final = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家"
    "種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機"
    "十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加"
    "西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更"
    "別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬"
    "科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確"
    "傳師觀清今切院讓識候帶導爭運行政院預算案送立法審議聞京省縣村鎮委局億元六七八九"
)
_HANGUL: Final = frozenset(
    "이다는을의에가하고한지로은도서기자사를리나인대정어시들아과으스부해일제있그전라수만장원회게구동주것보적성국상비신조면여"
    "위선트오와했경공행문드마안년했습니까지중역방관무식었소모화미당연청우민발재산새운책표"
)
_MARKS: Final = frozenset("，。、；：？！“”‘’（）《》—…·「」『』【】％\u3000")

#: Codec the text was written in → codec it was read with, by what the damage looks like.
_FROM_LATIN: Final = tuple(
    (wrong, right)
    for wrong in ("latin-1", "sloppy-windows-1252")
    for right in ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
)
_FROM_WIDE: Final = (
    ("gb18030", "utf-8"),
    ("big5hkscs", "utf-8"),
    ("cp932", "utf-8"),
    ("cp949", "utf-8"),
    ("gb18030", "big5hkscs"),
    ("big5hkscs", "gb18030"),
)
_HIGH: Final = re.compile(
    "[\x80-\xff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a\u201c-\u201e"
    "\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
_WIDE: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\ue000-\uf8ff]")
_BAD: Final = re.compile("[\ue000-\uf8ff\x80-\x9f\ufffd]")
#: Characters so frequent that mojibake hardly ever holds them; a line with many is what it should be.
_TELLING: Final = re.compile(
    "[的一是不了在人有我他这這们們中来來上大为為和国國地到说說年月日时時与與于於会會出对對发發生行业業，。、：；"
    "のはをにがでとしるたい이다는을의에가하고한지로은]"
)
_TOLD: Final = 8  # a clean line has at least one such character in so many
_GAIN: Final = 0.35  # by which the share of frequent characters must rise
_DENSE: Final = 0.35  # share of high characters in a line of double-byte text read as Latin-1
#: Sequences that UTF-8 U+FFFD, or uninitialised memory, gives when read as GBK: what they stood for is gone.
LOSSY: Final = re.compile("锟斤拷|烫烫烫|屯屯屯|锟\ufffd")


def repair(line: str) -> tuple[str, str] | None:
    """Return the repaired line and "written>read", or None if the line is best left as it is."""
    pairs = _candidates(line)
    if not pairs or "\ufffd" in line:
        return None
    base = _quality(line)
    best: tuple[float, str, str] | None = None
    for wrong, right in pairs:
        text = _recode(line, wrong, right)
        if text is None or _BAD.search(text):
            continue
        score = _quality(text)
        if score > max(base + _GAIN, _GAIN) and (best is None or score > best[0]):
            best = (score, text, f"{right}>{wrong}")
    return None if best is None else best[1:]


def damaged(line: str) -> bool:
    """Say whether a line is mojibake of which characters are already lost, so that it cannot be undone."""
    if "\ufffd" not in line and "?" not in line:
        return False
    base = _quality(line)
    for wrong, right in _candidates(line):
        if wrong not in {"gb18030", "big5hkscs"} or right != "utf-8":
            continue
        raw = line.replace("\ufffd", "?").encode(wrong, "replace")
        text = raw.decode(right, "replace")
        if text.count("\ufffd") <= max(2, len(text) // 6) and _quality(text) > base + _GAIN:
            return True
    return False


def _candidates(line: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of codecs that the look of the line allows."""
    high, wide = len(_HIGH.findall(line)), len(_WIDE.findall(line))
    visible = len(line) - line.count(" ")
    if high >= 6 and high > 3 * wide and high >= _DENSE * visible:
        return _FROM_LATIN
    if wide < 3 or _TOLD * len(_TELLING.findall(line)) >= wide:
        return ()
    return _FROM_WIDE


def _recode(line: str, wrong: str, right: str) -> str | None:
    try:
        return line.encode(wrong).decode(right)
    except UnicodeError:
        return None


def _quality(text: str) -> float:
    """Return the share of very frequent characters among those that are not ASCII, in the likeliest language."""
    seen = [c for c in text if c > "\x7f"]
    if not seen:
        return 0.0
    marks = sum(c in _MARKS for c in seen)
    scores: list[float] = [
        sum(c in common for c in seen) + marks for common in (_SIMPLIFIED, _TRADITIONAL, _HANGUL)
    ]
    scores.append(sum(_kana(c) for c in seen) + marks)
    odd = sum("\uff61" <= c <= "\uff9f" or "\x80" <= c < "\xa0" for c in seen)
    return (max(scores) - odd) / len(seen)


def _kana(char: str) -> float:
    if "\u3041" <= char <= "\u3096":
        return 1.2
    if "\u30a1" <= char <= "\u30fc":
        return 1.0
    return 0.35 if "\u4e00" <= char <= "\u9fff" else 0.0
