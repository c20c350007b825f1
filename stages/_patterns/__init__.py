"""Furniture tables: what a line of a site, not of an article, looks like.  One module a language, data only.

In / Out: regular expressions for whole lines, without the marks around them (`stages.furniture` strips brackets,
bullets and arrows first and matches without regard to case); which of them end an article; what makes a line that
recurs a line of the site.
Order: not a stage; read by `stages.furniture` and, for names, by the metadata of `stages.extract`.
Source: each module names its own.
Every expression is linear: no repeat inside a repeat without a fixed separator between them.
"""

from __future__ import annotations

from typing import Final

from stages._patterns import common, de, en, es, fr, it, ja, ko, nl, pl, pt, ru, tr, vi, zh, zh_tw
from stages._t2s import SIMPLIFIED, TRADITIONAL

#: Traditional characters to simplified ones: the Chinese tables are written in these.
SIMPLE: Final = str.maketrans(TRADITIONAL, SIMPLIFIED)

_Table = tuple[tuple[str, str], ...]

#: For lines with a Han character, kana or Hangul; a Chinese rule is also tried on the line in simplified characters.
CHINESE: Final[_Table] = (
    *zh.FURNITURE,
    *((rule, form.translate(SIMPLE)) for rule, form in zh_tw.FURNITURE),
    *common.FURNITURE,
)
WIDE: Final[_Table] = (*CHINESE, *ja.FURNITURE, *ko.FURNITURE)
_NARROW: Final = (en, de, fr, es, pt, it, nl, ru, pl, tr, vi)
#: For all other lines.
NARROW: Final[_Table] = (*common.FURNITURE, *(row for module in _NARROW for row in module.FURNITURE))

_ALL: Final = (common, zh, ja, ko, *_NARROW)
#: Rules that end an article on a page; every one is the rule of a furniture line as well.
ENDS: Final[frozenset[str]] = frozenset[str]().union(*(module.ENDS for module in _ALL))
#: Those among them that stand above a list of other articles.
LISTS: Final[frozenset[str]] = frozenset[str]().union(*(module.LISTS for module in _ALL))
#: To be searched for in a line.
CUES: Final = "|".join(f"(?:{module.CUES})" for module in _ALL)
#: Those of them, whole, that sentences of articles have too.
WEAK: Final = "|".join(f"(?:{module.WEAK})" for module in _ALL)
#: Lines that end an article and belong to it, whole.
CLOSINGS: Final = "|".join(f"(?:{module.CLOSINGS})" for module in _ALL)
#: The names of all rules.
RULES: Final[frozenset[str]] = frozenset(rule for rule, _ in (*WIDE, *NARROW))
