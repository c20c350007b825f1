"""Furniture of sites in any language.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: lines of 54 Chinese news pages and 181 pages in English and other languages.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "counter",
        r"\+1",
    ),
    (
        "copyright",
        r"copyright\s?(?:©|\(c\)|\d{4}).{0,60}|.{0,40}\ball rights reserved\.?",
    ),
    (
        "copyright-sign",
        r"[©ⓒ]\s?.{0,55}",
    ),
)

ENDS: Final = frozenset({"copyright", "copyright-sign"})
LISTS: Final[frozenset[str]] = frozenset()
#: An address of the web or of mail.
CUES: Final = r"https?://|\bwww\.|\w@\w"
CLOSINGS: Final = r"-{2,}|\*{3,}"
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"https?://|\bwww\.|\w@\w"
