"""Furniture of Polish sites, the commonest forms.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: the forms that Polish papers use; not measured on pages.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "pl-related",
        (
            r"(?:czytaj|zobacz|przeczytaj|sprawdź) (?:także|też|również|więcej)|(?:powiązane|"
            r"podobne|polecane|najnowsze|popularne) (?:artykuły|wiadomości|tematy)|"
            r"najczęściej czytane|najpopularniejsze|polecamy(?: .{1,20})?"
        ),
    ),
    (
        "pl-inline",
        (
            r"(?:czytaj|zobacz|przeczytaj|sprawdź)(?: także| też| również|"
            r" więcej)?\s?[:：>»]\s?.{2,100}"
        ),
    ),
    (
        "pl-toolbar",
        (
            r"reklama|udostępnij(?: .{1,30})?|drukuj|komentarze?(?:\s?\(?\d{1,6}\)?)?|"
            r"\d{1,7} komentarzy|czytaj dalej|do góry|zaloguj(?: się)?"
        ),
    ),
    (
        "pl-subscribe",
        (
            r"(?:zapisz się|subskrybuj|obserwuj nas|prenumeruj)\b.{0,60}|"
            r"pobierz\b.{0,40}\b(?:aplikację|newsletter)\b.{0,20}|newsletter"
        ),
    ),
    (
        "pl-copyright",
        r".{0,30}wszelkie prawa zastrzeżone.{0,12}",
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"pl-related", "pl-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"pl-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = r"newsletter|subskryb|prawa zastrzeżone|cookies|udostępnij|komentarze|reklama|©"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"koniec|(?:pap|afp|reuters)"
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"cookies|komentarze|reklama"
