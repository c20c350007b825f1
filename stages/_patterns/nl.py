"""Furniture of Dutch sites, the commonest forms.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: the forms that Dutch papers use; not measured on pages.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "nl-related",
        (
            r"lees (?:ook|meer|verder)|(?:meest|best) gelezen|(?:gerelateerde|aanbevolen|laatste|"
            r"meer|populaire) (?:artikelen|nieuws|berichten|verhalen)|meer (?:over|uit|"
            r"van) .{1,24}|ook interessant|aanbevolen(?: voor (?:u|jou))?|net binnen"
        ),
    ),
    (
        "nl-inline",
        r"(?:lees|bekijk|luister|kijk)(?: ook| meer| verder)?\s?[:：>»]\s?.{2,100}",
    ),
    (
        "nl-toolbar",
        (
            r"advertentie|(?:deel|delen)(?: .{1,30})?|afdrukken|bewaren?|reageer|"
            r"reacties?(?:\s?\(?\d{1,6}\)?)?|\d{1,7} reacties|verder lezen|luister naar .{1,20}|"
            r"naar boven|inloggen|leestijd.{0,16}|kopieer link"
        ),
    ),
    (
        "nl-subscribe",
        (
            r"(?:abonneer|schrijf je in|meld je aan|volg ons|word (?:lid|abonnee))\b.{0,60}|"
            r"(?:download|ontvang)\b.{0,40}\b(?:nieuwsbrief|app|meldingen|updates)\b.{0,30}|"
            r"(?:alleen )?voor abonnees|nieuwsbrief"
        ),
    ),
    (
        "nl-copyright",
        (
            r".{0,30}alle rechten voorbehouden.{0,12}|(?:privacy|cookies|voorwaarden|contact|"
            r"colofon)(?:[\s|/·•-]{1,3}(?:privacy|cookies|voorwaarden|contact|colofon)){1,6}"
        ),
    ),
    (
        "nl-photo",
        (
            r"(?:foto|beeld)\s?[:：/]\s?(?-i:\w[\w.'’&\-]{0,24}(?:[\s/,|"
            r"]{1,3}[\w.'’&\-]{1,24}){0,4})"
        ),
    ),
    (
        "nl-navigation",
        r"home(?:(?:\s?[>›»]\s?|\s[/|]\s)[^>›»/|.]{1,24}){1,6}",
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"nl-related", "nl-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"nl-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = (
    r"nieuwsbrief|abonn|rechten voorbehouden|privacy|cookies|\bdelen\b|reacties\b|advertentie|"
    r"lees ook|©"
)
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"privacy|cookies|delen|reacties|advertentie"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"einde|(?:anp|belga|reuters|afp)"
