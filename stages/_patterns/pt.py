"""Furniture of Portuguese sites, the commonest forms.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: the forms that Portuguese papers use; not measured on pages.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "pt-related",
        (
            r"(?:leia|veja|saiba|confira) (?:também|mais)|(?:mais|últimas) (?:lidas|vistas|"
            r"notícias|populares|recentes)|(?:notícias|artigos|matérias|"
            r"conteúdos?) (?:relacionad[ao]s?|recomendad[ao]s?)|recomendad[ao]s?(?: para você)?|"
            r"você (?:também )?pode (?:gostar|se interessar).{0,12}|mais sobre .{1,24}"
        ),
    ),
    (
        "pt-inline",
        r"(?:leia|veja|saiba|confira|assista)(?: também| mais| ainda)?\s?[:：>»]\s?.{2,100}",
    ),
    (
        "pt-toolbar",
        (
            r"publicidade|compartilh(?:e|ar)(?: .{1,30})?|partilhar(?: .{1,30})?|imprimir|"
            r"copiar link|comentários?(?:\s?\(?\d{1,6}\)?)?|\d{1,7} (?:comentários?|"
            r"compartilhamentos|visualizações)|continua (?:após|depois d)a publicidade|"
            r"continue lendo|ouvir (?:a )?(?:notícia|artigo)|voltar ao (?:topo|início)|entrar|"
            r"tempo de leitura.{0,16}"
        ),
    ),
    (
        "pt-subscribe",
        (
            r"(?:assine|inscreva-se|cadastre-se)\b.{0,60}|(?:siga|receba|baixe|"
            r"participe)\b.{0,40}\b(?:newsletter|aplicativo|app|canal|whatsapp|telegram|facebook|"
            r"twitter|instagram|alertas|e-mail)\b.{0,30}|(?:conteúdo )?exclusivo para assinantes|"
            r"newsletter"
        ),
    ),
    (
        "pt-copyright",
        (
            r".{0,30}todos os direitos reservados.{0,12}|política de (?:privacidad[e]|"
            r"cookies)(?:[\s|/·•-]{1,3}.{1,24}){0,4}|termos de uso(?:[\s|/·•-]{1,3}.{1,24}){0,4}|"
            r"é proibida a reprodução.{0,40}"
        ),
    ),
    (
        "pt-photo",
        (
            r"(?:foto|imagem|crédito)s?\s?[:：/]\s?(?-i:\w[\w.'’&\-]{0,24}(?:[\s/,|"
            r"]{1,3}[\w.'’&\-]{1,24}){0,4})"
        ),
    ),
    (
        "pt-navigation",
        r"(?:início|home|página inicial)(?:(?:\s?[>›»]\s?|\s[/|]\s)[^>›»/|.]{1,24}){1,6}",
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"pt-related", "pt-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"pt-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = (
    r"newsletter|\bassin|direitos reservados|privacidade|cookies|compartilh|comentários?\b|"
    r"publicidade|leia também|©"
)
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"assin|privacidade|cookies|compartilh|comentários?|publicidade"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"fim|(?:lusa|agência brasil|reuters|afp|ap|efe)"
