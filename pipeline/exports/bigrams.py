"""Words that a full-text index finds: text in scripts without spaces as pairs of characters, all else as it is.

An index of words finds nothing inside a Chinese sentence, and one of three characters no word of two.  So 新闻网 is
indexed as 新闻 闻网 网, and a query goes the same way: 新闻网 asks for 新闻 闻网, one character for all that begin
with it.
"""

from __future__ import annotations

import re
from operator import add
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Han, kana, bopomofo, Hangul, Thai, Lao, Khmer, Burmese; with what is written above and below their letters.
SCRIPTS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3105-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN: Final = re.compile(f"[{SCRIPTS}]+")
_WORD: Final = re.compile(f"[{SCRIPTS}]+|[^\\W{SCRIPTS}]+")


def indexed(text: str) -> str:
    """Return what is indexed of a text: in runs of such scripts each pair of characters, and the last alone.

    >>> indexed("看新闻网 today")
    ' 看新 新闻 闻网 网  today'
    """
    return _RUN.sub(_pairs, text)


def _pairs(found: re.Match[str]) -> str:
    run = found[0]
    return f" {' '.join(map(add, run, run[1:]))} {run[-1]} "


def query(words: Sequence[str]) -> str:
    """Return the query of SQLite's FTS5 for texts that have all words; empty if nothing in them can be found.

    >>> query(["新闻网", "C-3", "新"])
    '"新闻 闻网" AND "C 3" AND "新" *'
    """
    return " AND ".join(filter(None, map(_phrase, words)))


def _phrase(word: str) -> str:
    """Return a word as a phrase: its pairs of characters follow each other in the index."""
    tokens: list[str] = []
    parts = _WORD.findall(word)
    for place, part in enumerate(parts, 1):
        if _RUN.fullmatch(part) is None:
            tokens.append(part)
        else:
            tokens += [part[at : at + 2] for at in range(len(part) - 1)]
            tokens += part[-1:] if len(part) == 1 or place < len(parts) else ""  # what follows ends the run
    begins = len(parts) == 1 and len(word) == 1 and _RUN.fullmatch(word)
    return f'"{" ".join(tokens)}"{" *" if begins else ""}' if tokens else ""
