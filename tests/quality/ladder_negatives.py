"""The classes of which nothing may be removed: texts that only look like another one, and repeats that are meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import ladder_stories as stories
from ladder_articles import Article
from ladder_changes import dice, edited, wrapped
from ladder_rungs import Rung, Text, as_bytes

_DIGITS: Final = re.compile(r"\d+")
_NUMERAL: Final = re.compile(
    "(?<=[零一二三四五六七八九十百千万])[三四五六七八九](?=[成百千万十个名只年天条])|[三四五六七八九](?=[成百千万十]|[个名只条次位]\\w)"
)
_ENDS: Final = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])(?!”)")
_CLOSED: Final = '。.！？!?”"’'

# --- one article, another fact ---------------------------------------------------------------------------------


def other_figures(article: Article, seed: int, salt: object, most: int | None = None) -> list[str]:
    """Return the lines with other last digits in their figures: in all of them, or in `most` below the headline."""
    chance = dice(seed, article.name, "figures", salt)
    first = 0 if most is None else 1
    places = [
        (n, m.start()) for n, line in enumerate(article.lines) if n >= first for m in _DIGITS.finditer(line)
    ]
    chosen = set(places if most is None else chance.sample(places, min(most, len(places))))
    lines = []
    for n, line in enumerate(article.lines):

        def other(m: re.Match[str], n: int = n) -> str:
            if (n, m.start()) not in chosen:
                return m[0]
            return m[0][:-1] + chance.choice([d for d in "123456789" if d != m[0][-1]])

        lines.append(_DIGITS.sub(other, line))
    return lines


_NEGATED: Final = {"会": "不会", "能": "不能", "是": "不是", "要": "不要", "可以": "不可以"}
_NEGATED_EN: Final = {
    " is ": " is not ",
    " was ": " was not ",
    " will ": " will not ",
    " are ": " are not ",
    " were ": " were not ",
}


def _negated(article: Article, seed: int) -> list[str] | None:
    """Return the lines with one sentence turned into its contrary."""
    found = [
        (n, line, old, new)
        for n, line in enumerate(article.lines)
        for old, new in (_NEGATED_EN if article.english else _NEGATED).items()
        for at in (line.find(old),)
        if at > 0 and line[at - 1] not in "不没未而就还也只总若要凡可"
    ]
    if not found:
        return None
    n, line, old, new = dice(seed, article.name, "not").choice(found)
    return [*article.lines[:n], line.replace(old, new, 1), *article.lines[n + 1 :]]


def _numeral(article: Article, seed: int) -> list[str] | None:
    """Return the lines with one Chinese numeral changed."""
    found = [(n, m.span()) for n, line in enumerate(article.lines) if n for m in _NUMERAL.finditer(line)]
    if not found or article.english:
        return None
    n, (start, end) = dice(seed, article.name, "numeral").choice(found)
    line = article.lines[n]
    other = "四" if line[start:end] != "四" else "六"
    return [*article.lines[:n], line[:start] + other + line[end:], *article.lines[n + 1 :]]


def _own_tail(article: Article, other: Article) -> list[str] | None:
    """Return the article with the last paragraph of another story in place of its own; metadata stays last."""
    closed = [n for n, line in enumerate(article.lines) if line[-1] in _CLOSED]
    own = [line for line in other.lines if line[-1] in _CLOSED]
    if not closed or not own or len(article.lines) <= 3:
        return None
    return [*article.lines[: closed[-1]], own[-1], *article.lines[closed[-1] + 1 :]]


def _own_sentence(article: Article, other: Article) -> list[str] | None:
    """Return the article with one short sentence of another story in place of one of its own."""
    donors = [x for line in other.lines[1:] for x in _ENDS.split(line) if x]
    for n, line in enumerate(article.lines[1:], 1):
        sentences = _ENDS.split(line)
        if donors and len(sentences) > 1 and not _DIGITS.search(line):
            own = min(donors, key=lambda x: (abs(len(x) - len(sentences[0])), x))
            joint = " " if article.english else ""
            return [*article.lines[:n], joint.join([own, *sentences[1:]]), *article.lines[n + 1 :]]
    return None


Forms = Callable[[Article, Article, int], "Iterable[list[str] | None]"]


def _numbered(article: Article) -> bool:
    return bool(_DIGITS.search("".join(article.lines[1:])))


def _one(article: Article, seed: int, salt: object) -> Article:
    return Article(article.name, article.english, tuple(other_figures(article, seed, salt, 1)))


#: class: what an article, another one and the seed give; each form is a story of its own
VARIANTS: Final[dict[str, Forms]] = {
    "number-only": lambda a, _, s: [other_figures(a, s, n) for n in range(3)] if _numbered(a) else [],
    "one-number": lambda a, _, s: [list(_one(a, s, n).lines) for n in range(3)] if _numbered(a) else [],
    "one-number-wrapped": lambda a, _, s: [wrapped(_one(a, s, 5), 38)] if _numbered(a) else [],
    "one-number-edited": lambda a, _, s: [edited(_one(a, s, 9), 3, s, "both")] if _numbered(a) else [],
    "chinese-numeral": lambda a, _, s: [_numeral(a, s)],
    "negation": lambda a, _, s: [_negated(a, s)],
    "own-tail": lambda a, b, _: [_own_tail(a, b)],
    "own-sentence": lambda a, b, _: [_own_sentence(a, b)],
}


def neighbours(articles: Sequence[Article]) -> dict[str, Article]:
    """Return for each article the next one of its language."""
    after = {}
    for english in (False, True):
        group = [x for x in articles if x.english is english]
        after.update({a.name: b for a, b in zip(group, [*group[1:], *group[:1]], strict=True)})
    return after


def variants(article: Article, other: Article, name: str, seed: int) -> list[Text]:
    """Return the texts of a class that only look like the article: each its own group."""
    texts, seen = [], {tuple(article.lines)}
    for n, lines in enumerate(VARIANTS[name](article, other, seed)):
        if lines is not None and tuple(lines) not in seen:
            seen.add(tuple(lines))
            path = f"wire/{article.name}-{n}.txt"
            texts.append(Text(path, as_bytes(lines), f"{article.name} {name} {n}", name))
    return texts


def _beside(articles: Sequence[Article], name: str, seed: int) -> Rung:
    after = neighbours(articles)
    texts = []
    for article in articles:
        own = variants(article, after[article.name], name, seed)
        if own:
            texts += [Text(f"desk/{article.name}.txt", as_bytes(article.lines), article.name, name), *own]
    return Rung(name, "distinct", tuple(texts))


# --- notices ---------------------------------------------------------------------------------------------------


def _notice(template: Sequence[str], seed: int, *names: object) -> list[str]:
    """Return an issue of a notice: its number and date follow from the last name, its figures are drawn."""
    chance, issue = dice(seed, "notice", *names), int(str(names[-1]))
    figures = {key: chance.randint(11, 98) for key in "abcdef"}
    month, day = 3 + issue // 28 % 5, 1 + issue % 28
    when = {"issue": 300 + issue, "month": month, "day": day, "month_en": stories.MONTHS_EN[month - 3]}
    return [line.format(**figures, **when) for line in template]


def _dates(seed: int) -> Rung:
    texts, start = [], dice(seed, "dates").randint(0, 4)
    for t, template in enumerate(stories.DATED):
        for n in range(5):
            at = (n + start) % 5
            line = template.format(
                place=("Harrow" if t == 3 else "柳湾"), month=3 + n, day=4 + 3 * n + start, hour=6 + n, sky="多云转晴",
                weekday=stories.WEEKDAYS[at], weekday_en=stories.WEEKDAYS_EN[at], month_en=stories.MONTHS_EN[n],
            )  # fmt: skip
            texts.append(Text(f"notices/{t}-{n}.txt", as_bytes([line]), f"date {t} {n}", "date-only"))
    return Rung("date-only", "distinct", tuple(texts))


def _names() -> Rung:
    texts = [
        Text(f"notices/{t}-{n}.txt", as_bytes([template.format(name=name)]), f"name {t} {n}", "name-only")
        for t, template in enumerate(stories.NAMED)
        for n, name in enumerate(stories.NAMES[t])
    ]
    return Rung("name-only", "distinct", tuple(texts))


def _two_names() -> Rung:
    texts = [
        Text(f"visits/{t}-{n}.txt", as_bytes([template.format(place=place, name=name)]), f"visit {t} {n}", "two-names")
        for t, template in enumerate(stories.VISITS)
        for n, (place, name) in enumerate(stories.VISITED[t])
    ]  # fmt: skip
    return Rung("two-names", "distinct", tuple(texts))


def _recurring(seed: int) -> Rung:
    texts = [
        Text(f"gazette/{t}-{n}.txt", as_bytes(_notice(template, seed, t, 7 * n)), f"recurring {t} {n}", "recurring-notice")
        for t, template in enumerate(stories.RECURRING)
        for n in range(6)
    ]  # fmt: skip
    return Rung("recurring-notice", "distinct", tuple(texts))


def _events() -> Rung:
    texts = [
        Text(f"{paper}/event-{n}.txt", as_bytes(lines), f"event {n} {paper}", "two-reporters")
        for n, pair in enumerate(stories.EVENTS)
        for paper, lines in zip(("courier", "gazette"), pair, strict=True)
    ]
    return Rung("two-reporters", "distinct", tuple(texts))


def bulletins(seed: int) -> Rung:
    """Return sixty bulletins of two templates, each printed by three outlets: 180 true pairs among like texts."""
    texts = []
    for t, (template, outlets) in enumerate(
        zip(stories.BULLETINS, (stories.OUTLETS, stories.OUTLETS_EN), strict=True)
    ):
        for n in range(30):
            lines = _notice(template, seed, "bulletin", t, n)
            for o, (head, tail) in enumerate(outlets):
                path = f"outlet-{o}/{t}-{n:02}.txt"
                texts.append(
                    Text(
                        path, as_bytes([lines[0], *head, *lines[1:], *tail]), f"bulletin {t} {n}", "templates"
                    )
                )
    return Rung("templates", "copies", tuple(texts))


# --- what recurs between articles, or inside one ---------------------------------------------------------------


def _alone(
    articles: Sequence[Article], name: str, form: Callable[[Article], list[str]], folder: str = ""
) -> Rung:
    """Return each article once, with something in it that others, or other places of it, have too."""
    texts = [Text(f"{folder or a.name}/{a.name}.txt", as_bytes(form(a)), a.name, name) for a in articles]
    return Rung(name, "distinct", tuple(texts))


def _with_statement(article: Article) -> list[str]:
    middle = len(article.lines) // 2
    return [*article.lines[:middle], stories.STATEMENT[article.english], *article.lines[middle:]]


def _with_refrain(article: Article) -> list[str]:
    return [x for line in article.lines for x in (line, *stories.REFRAIN[article.english])]


def _transcript(article: Article) -> list[str]:
    asks, question, answers, close = stories.TRANSCRIPT[article.english]
    return [
        article.lines[0],
        *(x for line in article.lines[1:] for x in (asks, question, answers, line, close)),
    ]


def _with_list(article: Article) -> list[str]:
    heading, *steps = stories.STEPS[article.english]
    lines = list(article.lines)
    return [*lines, *(x for n in (1, 2, 3, 4) for x in (heading.format(n=n), *steps))]


def _with_attendance(article: Article) -> list[str]:
    """Return the article as numbered items of a bulletin, the first and last of which end with the same list of those present."""
    present, heads = stories.ATTENDANCE[article.english], stories.ITEMS[article.english]
    size = -(-len(article.lines) // len(heads))
    parts = [list(article.lines[at : at + size]) for at in range(0, len(article.lines), size)]
    parts[0].append(present)
    parts[-1].append(present)
    return [line for head, part in zip(heads, parts, strict=False) for line in (head, *part)]


#: class: what is put into an article; what repeats there is meant
MEANT: Final[dict[str, Callable[[Article], list[str]]]] = {
    "refrain": _with_refrain,
    "transcript": _transcript,
    "list": _with_list,
    "several-items": _with_attendance,
}


#: Classes of notices and bulletins: texts of one template, and of no article.
NOTICES: Final = frozenset({"date-only", "name-only", "two-names", "recurring-notice", "templates"})


def notices(seed: int) -> list[Rung]:
    """Return the classes of texts that stand by themselves, of no article."""
    return [_dates(seed), _names(), _two_names(), _recurring(seed), _events()]


def shared(articles: Sequence[Article]) -> list[Rung]:
    """Return the classes in which different articles have a passage, or a last line of their site, in common."""
    return [
        _alone(articles, "shared-passage", _with_statement),
        _alone(articles, "sibling-tail", lambda a: [*a.lines, stories.SITE_TAIL[a.english]], "herald"),
    ]


def meant(articles: Sequence[Article]) -> list[Rung]:
    """Return the classes of repeats inside a file that are meant."""
    return [_alone(articles, name, form, name) for name, form in MEANT.items()]


def distinct(articles: Sequence[Article], seed: int) -> list[Rung]:
    """Return every class of which nothing may be removed."""
    rungs = [*(_beside(articles, name, seed) for name in VARIANTS), *shared(articles), *meant(articles)]
    return [r for r in rungs if len(r.texts) > 1]
