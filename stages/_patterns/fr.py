"""Furniture of French sites.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: saved pages in French, and the forms of its papers and agencies.
"""

from __future__ import annotations

from typing import Final

#: Words of the bars above and below an article.
_TOOLS: Final = (
    r"partager|imprimer|enregistrer|sauvegarder|envoyer|commenter|écouter|facebook|twitter|x|"
    r"whatsapp|linkedin|e-?mail|messenger|copier le lien|offrir"
)

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "fr-related",
        (
            r"(?:à )?lire (?:aussi|également)(?:\s?[:：].{0,50})?|sur le même sujet|"
            r"(?:les )?plus lus|nos derniers articles|articles? (?:liés?|similaires?)|"
            r"voir aussi(?:\s?[:：].{0,50})?"
        ),
    ),
    (
        "fr-toolbar",
        (
            r"publicité|partager(?: (?:sur .{1,20}|cet article|l['’]article))?|s['’]abonner|"
            r"abonnez-vous.{0,40}|article réservé (?:aux|à nos) abonnés|"
            r"(?:inscrivez-vous à )?(?:la |notre )?newsletter|lire la suite|imprimer|"
            r"commentaires?(?:\s?\(?\d{1,6}\)?)?|se connecter"
        ),
    ),
    (
        "fr-copyright",
        r"(?:©\s?.{0,24})?tous droits réservés",
    ),
    (
        "fr-inline",
        (
            r"(?:à )?(?:lire|voir|écouter|regarder|découvrir)(?: aussi| également| encore|"
            r" plus)?\s?[:：>»]\s?.{2,100}|notre (?:dossier|sélection|décryptage)\s?[:：].{2,60}"
        ),
    ),
    (
        "fr-related",
        (
            r"(?:à (?:lire|voir|découvrir|ne pas (?:manquer|rater))(?: (?:aussi|également|"
            r"ensuite))?|sur le même (?:sujet|thème)|dans la même rubrique|(?:articles?|contenus?|"
            r"sujets?) (?:liés?|similaires?|associés?|connexes?|recommandés?)|"
            r"(?:les )?(?:articles |sujets |contenus )?(?:les )?plus (?:lus|vus|partagés|"
            r"commentés|populaires|récents)|(?:nos|les) derni(?:ers|ères) (?:articles|actualités|"
            r"infos|vidéos|nouvelles)|recommandé pour vous|nos recommandations|(?:vous|"
            r"cela) (?:aimerez|pourrait|pourriez) .{1,24}|plus (?:d['’]articles|d['’]actualités|"
            r"d['’]infos)(?: .{1,24})?|en ce moment|l['’]essentiel de .{1,20})"
        ),
    ),
    (
        "fr-toolbar",
        (
            r"(?:TOOLS)(?:[\s|/·,]{1,3}(?:TOOLS)){1,9}|écouter (?:cet |l['’])article|(?:copier|"
            r"partager) (?:le lien|l['’]article)|(?:agrandir|voir) (?:l['’]image|la photo|"
            r"le diaporama)|haut de page|retour (?:en haut|à l['’]accueil)|"
            r"aller au contenu(?: principal)?|s['’]inscrire|créer un compte|offrir cet article|"
            r"réserv(?:é|er) .{0,8}abonnés?|réagir(?:\s?\(\d{1,6}\))?"
        ).replace("TOOLS", _TOOLS),
    ),
    (
        "fr-subscribe",
        (
            r"(?:abonnez|inscrivez|connectez)[\s-]vous.{0,60}|(?:recevez|suivez|téléchargez|"
            r"rejoignez|retrouvez)[\s-](?:nous\b|.{0,40}\b(?:newsletter|application|appli|chaîne|"
            r"whatsapp|facebook|twitter|instagram|infos|actualités|alertes)\b).{0,40}|(?:la suite|"
            r"cet article) est réservée? .{1,40}|je m['’]abonne.{0,20}|déjà abonné.{0,20}|"
            r"s['’]inscrire à la newsletter"
        ),
    ),
    (
        "fr-copyright",
        (
            r"(?:©|copyright\s?(?:©|\d))\s?.{1,50}|.{0,24}(?:tous )?droits (?:de reproduction (?:e"
            r"t de diffusion )?)?réservés.{0,12}|(?:mentions légales|cgu|cgv|cookies|contact|"
            r"confidentialité|données personnelles|plan du site|publicité|qui sommes-nous)(?:[\s|"
            r"/·•,\-–]{1,3}(?:mentions légales|cgu|cgv|cookies|contact|confidentialité|"
            r"politique de confidentialité|données personnelles|plan du site|publicité|"
            r"qui sommes-nous)){1,9}|reproduction interdite.{0,20}"
        ),
    ),
    (
        "fr-counter",
        (
            r"\d{1,7}\s?(?:commentaires?|partages?|vues?|réactions?|j['’]aime)|(?:temps|"
            r"durée) de lecture\s?[:：]?.{0,16}|\d{1,3}\s?min(?:utes?)? de lecture|(?:voir|lire|"
            r"afficher|ajouter|poster)(?: les| tous les| un)? commentaires?"
        ),
    ),
    (
        "fr-photo",
        (
            r"(?:crédits?(?: photos?)?|photos?|image|illustration|"
            r"photographie)\s?(?:d['’]illustration)?\s?[:：/©]\s?(?-i:(?:[A-ZÉÈÀ][\w.'’&\-]{0,24}|"
            r"du|de|la|le|et|via)(?:[\s/,|]{1,3}(?:[A-ZÉÈÀ][\w.'’&\-]{0,24}|du|de|la|le|et|"
            r"via)){0,6})|photo d['’]illustration"
        ),
    ),
    (
        "fr-navigation",
        (
            r"(?:accueil|home)(?:(?:\s?[>›»]\s?|\s[/|]\s)[^>›»/|.]{1,24}){1,6}|(?:article|"
            r"page) (?:suivant|précédent)e?(?:\s?[:：].{1,60})?|page \d{1,3} (?:sur|/) \d{1,3}"
        ),
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"fr-related", "fr-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"fr-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = (
    r"newsletter|abonn|droits réservés|mentions légales|cookies|confidentialité|partager|"
    r"commentaires?\b|se connecter|publicité|©|l['’]application|plus lus|lire aussi"
)
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"cookies|confidentialité|partager|commentaires?|se connecter|publicité|l['’]application"
#: Lines that end an article and belong to it.
CLOSINGS: Final = (
    r"fin|(?:afp|reuters|ap|belga|ats)|(?:le .{1,20} )?avec (?:l['’])?(?:afp|reuters|"
    r"ap)(?: et (?:afp|reuters|ap))?"
)
