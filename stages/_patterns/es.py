"""Furniture of Spanish sites.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: saved pages in Spanish, and the forms of its papers and agencies.
"""

from __future__ import annotations

from typing import Final

#: Words of the bars above and below an article.
_TOOLS: Final = (
    r"compartir|guardar|imprimir|enviar|comentar|escuchar|facebook|twitter|x|whatsapp|linkedin|"
    r"telegram|e-?mail|correo|copiar enlace|copiar"
)

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "es-related",
        (
            r"(?:lee|lea|leer) también(?:\s?[:：].{0,50})?|te puede interesar(?:\s?[:：].{0,50})?|"
            r"noticias relacionadas|artículos relacionados|más (?:información|noticias|leídas|"
            r"leído)|lo más (?:leído|visto)|ver también"
        ),
    ),
    (
        "es-toolbar",
        (
            r"publicidad|compartir(?: en .{1,20})?|suscríbete.{0,40}|suscríbase.{0,40}|"
            r"comentarios?(?:\s?\(?\d{1,6}\)?)?|seguir leyendo|imprimir|iniciar sesión|boletín"
        ),
    ),
    (
        "es-copyright",
        r"(?:©\s?.{0,24})?todos los derechos reservados",
    ),
    (
        "es-inline",
        (
            r"(?:lee|lea|leer|mira|mire|ver|vea|te (?:recomendamos|sugerimos)|puede(?:s)? (?:leer|"
            r"ver))(?: también| además| más| aquí)?\s?[:：>»]\s?.{2,100}|(?:más información|"
            r"relacionad[ao]s?|nota relacionada|noticia relacionada|además|"
            r"también)\s?[:：>»]\s?.{2,100}"
        ),
    ),
    (
        "es-related",
        (
            r"(?:(?:te|le) (?:puede|podría|pueden|podrían) (?:interesar|gustar)|también (?:te|"
            r"le) (?:puede|podría) interesar|(?:noticias|artículos|notas|contenidos?|temas|"
            r"historias|publicaciones) (?:relacionad[ao]s?|similares|recomendad[ao]s?|"
            r"destacad[ao]s?)|(?:lo )?(?:más|mas) (?:leíd[ao]s?|vist[ao]s?|popular(?:es)?|"
            r"comentad[ao]s?|compartid[ao]s?|reciente)s?|(?:últimas?|otras|más) (?:noticias|notas|"
            r"artículos|historias|entradas)(?: (?:de|en|sobre) .{1,24})?|"
            r"lo último(?: en .{1,20})?|(?:recomendad[ao]s?|te recomendamos|recomendaciones|"
            r"destacad[ao]s|tendencias)(?: para ti)?|no te pierdas|más sobre (?:este tema|"
            r".{1,24})|más en .{1,24})"
        ),
    ),
    (
        "es-toolbar",
        (
            r"(?:TOOLS)(?:[\s|/·,]{1,3}(?:TOOLS)){1,9}|compartir (?:en|por|vía|esta|este|el|"
            r"la) .{1,30}|escuchar (?:el |este |la )?(?:artículo|nota|noticia)|copiar (?:enlace|"
            r"link|url)|ampliar (?:imagen|foto)|ver (?:galería|más|video|todo|todas)(?: .{0,20})?|"
            r"(?:volver|ir) (?:arriba|al inicio|a la portada|al contenido)(?: principal)?|"
            r"registrarse|regístrate.{0,20}|inicia(?:r)? sesión.{0,20}|sigue leyendo|cargar más|"
            r"leer más|comenta(?:r)?"
        ).replace("TOOLS", _TOOLS),
    ),
    (
        "es-subscribe",
        (
            r"(?:suscríbete|suscríbase|únete|únase|síguenos|síganos|regístrate|apúntate|"
            r"hazte (?:socio|suscriptor))(?: .{1,60})?|(?:recibe|reciba|descarga|descargue|sigue|"
            r"siga)\b.{0,40}\b(?:boletín|newsletter|aplicación|app|canal|whatsapp|telegram|"
            r"facebook|twitter|instagram|alertas|correo)\b.{0,30}|(?:contenido|"
            r"artículo) (?:exclusivo|solo) para (?:suscriptores|socios).{0,16}|(?:boletín|"
            r"newsletter)(?: (?:diario|semanal|de .{1,24}))?"
        ),
    ),
    (
        "es-copyright",
        (
            r"(?:©|copyright\s?(?:©|\d))\s?.{1,50}|.{0,24}(?:todos los )?derechos reservados.{0,12"
            r"}|prohibida (?:su |la )?reproducción.{0,30}|(?:aviso legal|"
            r"política de (?:privacidad|cookies)|términos(?: y condiciones| de uso)?|contacto|"
            r"publicidad|quiénes somos|mapa del sitio|cookies|privacidad)(?:[\s|"
            r"/·•,\-–]{1,3}(?:aviso legal|política de (?:privacidad|cookies)|"
            r"términos(?: y condiciones| de uso)?|contacto|publicidad|quiénes somos|"
            r"mapa del sitio|cookies|privacidad)){1,9}"
        ),
    ),
    (
        "es-counter",
        (
            r"\d{1,7}\s?(?:comentarios?|compartid[ao]s|vistas|visitas|lecturas|me gusta)|(?:visto|"
            r"leído|compartido)\s\d{1,7}\sveces|tiempo (?:estimado )?de lectura\s?[:：]?.{0,16}|"
            r"\d{1,3}\s?min(?:utos?)? de lectura|(?:ver|leer|escribir|añadir|deja(?:r)?)(?: los|"
            r" un| tu)? comentarios?"
        ),
    ),
    (
        "es-photo",
        (
            r"(?:foto(?:grafía|s)?|imagen|crédito|video)\s?(?:de archivo|"
            r"cortesía)?\s?[:：/]\s?(?-i:(?:[A-ZÁÉÍÓÚÑ][\w.'’&\-]{0,24}|de|del|la|el|y|"
            r"vía)(?:[\s/,|]{1,3}(?:[A-ZÁÉÍÓÚÑ][\w.'’&\-]{0,24}|de|del|la|el|y|vía)){0,6})|"
            r"(?:foto|imagen) de archivo"
        ),
    ),
    (
        "es-navigation",
        (
            r"(?:inicio|portada|home)(?:(?:\s?[>›»]\s?|\s[/|]\s)[^>›»/|.]{1,24}){1,6}|(?:noticia|"
            r"nota|artículo|página) (?:siguiente|anterior)(?:\s?[:：].{1,60})?|"
            r"página \d{1,3} (?:de|/) \d{1,3}"
        ),
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"es-related", "es-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"es-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = (
    r"suscr[ií]|newsletter|bolet[ií]n|derechos reservados|aviso legal|privacidad|cookies|"
    r"compart(?:e|ir)|comentarios?\b|publicidad|©|s[ií]guenos|descarga|lee tambi[eé]n|"
    r"te puede interesar"
)
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"bolet[ií]n|privacidad|cookies|compart(?:e|ir)|comentarios?|publicidad|descarga"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"fin|(?:efe|ap|afp|reuters|europa press|notimex)|(?:con información de|redacción) .{1,30}"
