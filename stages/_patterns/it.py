"""Furniture of Italian sites, the commonest forms.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: the forms that Italian papers use; not measured on pages.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "it-related",
        (
            r"(?:leggi|vedi|guarda) anche|(?:articoli|notizie|contenuti) (?:correlat[ie]|simili|"
            r"consigliat[ie])|(?:i )?più (?:letti|visti|popolari|commentati|recenti)|"
            r"(?:le )?più lette|(?:altre|ultime) (?:notizie|news)|"
            r"ti potrebbe(?:ro)? interessare.{0,12}|potrebbe interessarti.{0,12}|"
            r"consigliati(?: per (?:te|voi))?|da non perdere|in evidenza"
        ),
    ),
    (
        "it-inline",
        r"(?:leggi|vedi|guarda|ascolta)(?: anche| di più| tutto)?\s?[:：>»]\s?.{2,100}",
    ),
    (
        "it-toolbar",
        (
            r"pubblicità|condividi(?: .{1,30})?|stampa|commenti?(?:\s?\(?\d{1,6}\)?)?|"
            r"\d{1,7} (?:commenti|condivisioni|visualizzazioni)|continua a leggere|leggi tutto|"
            r"ascolta l['’]articolo|torna (?:su|all['’]inizio)|accedi|registrati|"
            r"tempo di lettura.{0,16}|copia link"
        ),
    ),
    (
        "it-subscribe",
        (
            r"(?:iscriviti|abbonati|seguici|registrati)\b.{0,60}|(?:ricevi|"
            r"scarica)\b.{0,40}\b(?:newsletter|app|notizie|avvisi|canale|whatsapp|"
            r"telegram)\b.{0,30}|(?:contenuto |articolo )?riservato agli abbonati|newsletter"
        ),
    ),
    (
        "it-copyright",
        (
            r".{0,30}(?:tutti i diritti riservati|riproduzione (?:riservata|vietata)).{0,12}|"
            r"(?:privacy|cookie) policy(?:[\s|/·•-]{1,3}.{1,24}){0,4}|note legali(?:[\s|"
            r"/·•-]{1,3}.{1,24}){0,4}"
        ),
    ),
    (
        "it-photo",
        (
            r"(?:foto|immagine|credits?)\s?[:：/]\s?(?-i:\w[\w.'’&\-]{0,24}(?:[\s/,|"
            r"]{1,3}[\w.'’&\-]{1,24}){0,4})"
        ),
    ),
    (
        "it-navigation",
        r"(?:home|prima pagina)(?:(?:\s?[>›»]\s?|\s[/|]\s)[^>›»/|.]{1,24}){1,6}",
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"it-related", "it-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"it-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = (
    r"newsletter|iscrivi|abbona|diritti riservati|riproduzione riservata|privacy|cookie|condividi|"
    r"commenti\b|pubblicità|leggi anche|©"
)
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"privacy|cookie|condividi|commenti|pubblicità"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"fine|(?:ansa|agi|adnkronos|reuters|afp)"
