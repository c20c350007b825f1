"""Furniture of German sites.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: saved pages in German, and the forms of its papers and agencies.
"""

from __future__ import annotations

from typing import Final

#: Words of the bars above and below an article.
_TOOLS: Final = (
    r"teilen|drucken|merken|speichern|vorlesen|anhören|kommentieren|kommentare|mailen|e-?mail|"
    r"facebook|twitter|x|whatsapp|link kopieren|twittern|pocket|xing|linkedin|feedback"
)

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "de-related",
        (
            r"(?:lesen sie auch|mehr zum thema|auch interessant|"
            r"das könnte sie (?:auch )?interessieren|weitere (?:artikel|nachrichten|meldungen)|"
            r"meistgelesen|mehr dazu)(?:\s?[:：].{0,50})?"
        ),
    ),
    (
        "de-toolbar",
        (
            r"anzeige|zur startseite|teilen|drucken|merken|kommentare?(?:\s?\(?\d{1,6}\)?)?|"
            r"newsletter(?: abonnieren)?|artikel (?:teilen|drucken|anhören|merken|versenden)|"
            r"weiterlesen|mehr lesen|jetzt abonnieren|anmelden"
        ),
    ),
    (
        "de-copyright",
        r"(?:©\s?.{0,24})?alle rechte vorbehalten|©\s?dpa.{0,40}",
    ),
    (
        "de-inline",
        (
            r"(?:lesen sie (?:auch|hier|dazu|mehr|weiter)|mehr (?:dazu|zum thema|lesen)|"
            r"auch (?:interessant|lesenswert)|siehe auch|(?:hier )?weiterlesen|"
            r"zum thema)\s?[:：>»]\s?.{2,100}"
        ),
    ),
    (
        "de-related",
        (
            r"(?:meistgelesen|meist gelesen|meistkommentiert|beliebt|empfohlen|empfehlungen|"
            r"neueste|aktuelle|weitere|ähnliche|verwandte|passende|mehr|top)(?:e|"
            r"en)?(?:\s(?:artikel|nachrichten|meldungen|beiträge|themen|news|inhalte|videos|"
            r"storys))(?: (?:zum thema|aus .{1,24}|von .{1,24}|der redaktion|für sie))?|"
            r"(?:meistgelesen|meist gelesen|meistkommentiert|empfehlungen|beliebt)|mehr zum thema|"
            r"das (?:könnte|dürfte) (?:sie|dich) (?:auch )?interessieren|lesen sie (?:auch|jetzt|"
            r"weiter|mehr)|(?:redaktionstipp|lesetipp|leseempfehlung|unsere empfehlung)(?:en|s)?"
        ),
    ),
    (
        "de-toolbar",
        (
            r"(?:TOOLS)(?:[\s|/·,]{1,3}(?:TOOLS)){1,9}|(?:auf|per|via|über) (?:facebook|twitter|x|"
            r"whatsapp|e-?mail|linkedin) (?:teilen|senden|versenden)|artikel (?:speichern|"
            r"verschenken|kommentieren|vorlesen)|link kopieren|(?:bild|foto|grafik) (?:vergrößern|"
            r"anzeigen)|nach oben|zum (?:seitenanfang|inhalt|hauptinhalt)(?: springen)?|"
            r"zur (?:übersicht|homepage)|(?:ein|aus)loggen|werbung|vorlesen"
        ).replace("TOOLS", _TOOLS),
    ),
    (
        "de-subscribe",
        (
            r".{0,24}(?:newsletter|e-?paper|abo)(?: (?:jetzt )?(?:abonnieren|bestellen|testen|"
            r"anmelden|lesen|abschließen))(?:[.!])?|jetzt .{1,30}(?:testen|abonnieren|bestellen|"
            r"herunterladen|registrieren|anmelden)(?:[.!])?|(?:folgen sie|abonnieren sie) .{1,50}|"
            r"(?:laden sie|holen sie sich) .{1,30}app.{0,24}|weiter mit .{1,20}abo|"
            r"dieser artikel ist .{1,40}"
        ),
    ),
    (
        "de-copyright",
        (
            r"(?:©|copyright\s?(?:©|\d))\s?.{1,50}|.{0,24}alle rechte vorbehalten.{0,8}|"
            r"(?:impressum|datenschutz(?:erklärung)?|agb|kontakt|mediadaten|nutzungsbedingungen|"
            r"barrierefreiheit|cookie-einstellungen|hilfe)(?:[\s|/·•]{1,3}(?:impressum|"
            r"datenschutz(?:erklärung)?|agb|kontakt|mediadaten|nutzungsbedingungen|"
            r"barrierefreiheit|cookie-einstellungen|hilfe|widerruf|jobs)){1,9}"
        ),
    ),
    (
        "de-counter",
        (
            r"\d{1,7}\s?(?:kommentare?|leserbriefe?|aufrufe|likes|reaktionen)|(?:lesezeit|"
            r"lesedauer)\s?[:：]?.{0,24}|\d{1,3}\s?min\.?\s?(?:lesezeit|lesedauer)|"
            r"(?:alle )?kommentare (?:lesen|anzeigen|schreiben)|kommentar (?:schreiben|verfassen)"
        ),
    ),
    (
        "de-photo",
        (
            r"(?:foto|bild|grafik|quelle|fotos|bilder|archivfoto|symbolbild)(?:quelle|"
            r"nachweis)?\s?[:：/]\s?(?-i:(?:[A-ZÄÖÜ][\w.'’&\-]{0,24}|dpa|epd|imago|picture|"
            r"alliance|via|und)(?:[\s/,|]{1,3}(?:[A-ZÄÖÜ][\w.'’&\-]{0,24}|dpa|epd|afp|imago|"
            r"picture|alliance|images|via|und)){0,6})|symbolbild"
        ),
    ),
    (
        "de-navigation",
        (
            r"(?:startseite|home)(?:(?:\s?[>›»]\s?|\s[/|]\s)[^>›»/|.]{1,24}){1,6}|(?:nächster|"
            r"vorheriger) (?:artikel|beitrag)(?:\s?[:：].{1,60})?|seite \d{1,3} (?:von|/) \d{1,3}"
        ),
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"de-related", "de-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"de-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = (
    r"newsletter|abonnier|\babo\b|alle rechte|datenschutz|impressum|\bteilen\b|kommentare|"
    r"anmelden|einloggen|werbung|\banzeige\b|mehr zum|©|\bapp\b"
)
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"teilen|kommentare|anmelden|einloggen|werbung|anzeige|datenschutz|app"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"ende|(?:dpa|epd|afp|reuters|kna|sid)"
