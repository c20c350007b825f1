"""Furniture of Turkish sites, the commonest forms.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: the forms that Turkish papers use; not measured on pages.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "tr-related",
        (
            r"(?:ilgili|benzer|son|diğer|önerilen|popüler) haberler|en çok (?:okunanlar?|"
            r"izlenenler?)|bunlar da ilginizi çekebilir.{0,10}|ayrıca oku(?:yun)?"
        ),
    ),
    (
        "tr-inline",
        r"(?:ayrıca )?(?:oku|okuyun|izle|izleyin|ilgili haber)\s?[:：>»]\s?.{2,100}",
    ),
    (
        "tr-toolbar",
        (
            r"reklam|paylaş(?: .{1,30})?|yazdır|yorum(?:lar)?(?:\s?\(?\d{1,6}\)?)?|\d{1,7} yorum|"
            r"devamını oku|yukarı(?: çık)?|giriş yap"
        ),
    ),
    (
        "tr-subscribe",
        (
            r"(?:abone ol|bizi takip ed|takip ed|uygulamayı indir)\w{0,6}\b.{0,60}|"
            r"bülten(?:e abone ol)?"
        ),
    ),
    (
        "tr-copyright",
        r".{0,30}(?:tüm|her) hakkı saklıdır.{0,12}|.{0,30}tüm hakları saklıdır.{0,12}",
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"tr-related", "tr-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"tr-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = r"abone|bülten|hakkı saklıdır|hakları saklıdır|paylaş|yorumlar|reklam|©"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"son|(?:aa|dha|iha|anka)"
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"paylaş|yorumlar|reklam"
