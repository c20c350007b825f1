"""Furniture of Russian sites, the commonest forms.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: the forms that Russian papers use; not measured on pages.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "ru-related",
        (
            r"(?:читайте|смотрите|читать|смотреть) (?:также|ещё|еще|по теме)|(?:материалы|новости|"
            r"статьи|ссылки) по теме|по теме|(?:похожие|связанные|последние|главные|другие|"
            r"популярные|рекомендуемые) (?:новости|статьи|материалы|записи)|(?:самое|"
            r"самые) (?:читаемое|популярное|обсуждаемое|читаемые|популярные)(?: .{1,20})?|"
            r"популярное|рекомендуем|главное за .{1,12}|вам (?:может|могут) .{1,24}|"
            r"новости партн[её]ров"
        ),
    ),
    (
        "ru-inline",
        (
            r"(?:читайте|смотрите|читать)(?: также| ещё| еще| по теме|"
            r" далее)?\s?[:：>»]\s?.{2,100}"
        ),
    ),
    (
        "ru-toolbar",
        (
            r"реклама|поделиться(?: .{1,30})?|распечатать|версия для печати|комментари(?:и|ев|й|"
            r"я)(?:\s?\(?\d{1,6}\)?)?|\d{1,7} комментари(?:ев|й|я)|просмотр(?:ов|"
            r"ы)\s?:?\s?\d{1,7}|читать (?:далее|полностью|дальше)|наверх|вход|войти|регистрация|"
            r"время (?:на )?чтени[яе].{0,16}|скопировать ссылку|оставить комментарий"
        ),
    ),
    (
        "ru-subscribe",
        (
            r"(?:подпи(?:шитесь|сывайтесь|саться)|читайте нас|присоединяйтесь)\b.{0,60}|"
            r"(?:следите за|скачайте|установите)\b.{0,40}(?:приложение|новостями|канал|telegram|"
            r"whatsapp).{0,30}|рассылка|наш telegram.{0,30}"
        ),
    ),
    (
        "ru-copyright",
        (
            r".{0,30}все права защищены.{0,12}|.{0,20}(?:перепечатка|"
            r"использовани[ея]) материалов.{0,60}|(?:редакция|контакты|реклама|вакансии|"
            r"политика конфиденциальности)(?:[\s|/·•-]{1,3}(?:редакция|контакты|реклама|вакансии|"
            r"политика конфиденциальности|о проекте|о нас)){1,6}|"
            r"свидетельство о регистрации.{0,60}"
        ),
    ),
    (
        "ru-photo",
        r"(?:фото|иллюстрация|изображение|источник фото)\s?[:：/]\s?[^.!?]{1,40}",
    ),
    (
        "ru-credit",
        (
            r"(?:редактор|корректор|выпускающий редактор)\s?[:：]\s?[^.!?]{2,40}|"
            r"нашли (?:опечатку|ошибку).{0,60}"
        ),
    ),
    (
        "ru-navigation",
        r"(?:главная|домой)(?:\s?[>›»/|→]\s?[^>›»/|→.]{1,24}){1,6}",
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"ru-related", "ru-copyright", "ru-credit"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"ru-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = (
    r"подпис|рассылк|права защищены|конфиденциальности|поделиться|комментари|реклама|"
    r"читайте также|telegram|©"
)
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"подпис|конфиденциальности|комментари|реклама|telegram"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"конец|(?:тасс|интерфакс|риа новости|рейтер)"
