"""Builds texts of which it is known what repeats what, from the articles of the samples and of the data beside them.

A rung is one class of change: every article stands beside its changed forms, and it is known which of them tell
the same story (`group`), what of a file is which copy (`pieces`) and what may not be removed.  `mixed` puts all of it
into one corpus.  Everything follows from the seed: the same samples give the same bytes.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import ladder_stories as stories
from ladder_articles import POOLS, SAMPLES, Article, data_articles, sample_articles
from ladder_changes import CHANGES, HEAD, PARTS, TAIL, changed, dice
from ladder_negatives import (
    VARIANTS,
    bulletins,
    distinct,
    meant,
    neighbours,
    notices,
    shared,
    variants,
)
from ladder_rungs import EITHER, FIRST, SECOND, Rung, Text, as_bytes, write

__all__ = [
    "POOLS",
    "SAMPLES",
    "Article",
    "Rung",
    "Text",
    "data_articles",
    "ladder",
    "mixed",
    "sample_articles",
    "write",
]

# --- copies in two files ---------------------------------------------------------------------------------------


_KANA: Final = re.compile("[\u3041-\u30fa]")


def _gb18030(article: Article) -> bytes | None:
    if article.english or _KANA.search(
        "".join(article.lines)
    ):  # nobody writes these so, and nobody could tell
        return None
    try:
        return as_bytes(article.lines).decode().encode("gb18030")
    except UnicodeEncodeError:
        return None


#: Copies that are made of bytes, not of lines.
ENCODED: Final[dict[str, Callable[[Article], bytes | None]]] = {
    "exact": lambda a: as_bytes(a.lines),
    "crlf": lambda a: b"\xef\xbb\xbf" + as_bytes(a.lines).replace(b"\n", b"\r\n"),
    "gb18030": _gb18030,
}
PROBES: Final = ("ocr",)  # reported with their figure, and without a floor
#: Classes that no one ARI can count: noise without a bar, and texts without headline and lead, which the standard policy
#: lists as contained and keeps.
UNCOUNTED: Final = frozenset({"ocr", "twice-ocr", "beheaded-70"})


def _copy(article: Article, name: str, seed: int) -> Text | None:
    """Return a changed copy of an article; None where the change does not apply."""
    if name in ENCODED:
        data = ENCODED[name](article)
    else:
        lines = changed(article, name, seed)
        data = None if lines is None else as_bytes(lines)
    return None if data is None else Text(f"wire/{article.name}.txt", data, article.name, name)


def _desk(article: Article, name: str) -> Text:
    return Text(f"desk/{article.name}.txt", as_bytes(article.lines), article.name, name)


def copies(articles: Sequence[Article], seed: int) -> list[Rung]:
    """Return the rungs of copies in two files, from the easy to the hard."""
    rungs = []
    for name in (*ENCODED, *CHANGES):
        pairs = [(_desk(a, name), _copy(a, name, seed)) for a in articles]
        texts = tuple(text for desk, copy in pairs if copy for text in (desk, copy))
        rungs.append(Rung(name, "parts" if name in PARTS else "copies", texts, gate=name not in PROBES))
    return [r for r in rungs if r.texts]


# --- repeats inside a file -------------------------------------------------------------------------------------


def _second(article: Article, name: str, lines: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the pieces of a second copy; what it has alone (furniture, or its own headline) may stay or go."""
    head = len(HEAD[article.english]) if name == "furniture" else 1 if name == "retitled" else 0
    tail = len(TAIL[article.english]) if name == "furniture" else 0
    body = lines[head : len(lines) - tail]
    pieces = [(EITHER, lines[:head]), (SECOND, body), (EITHER, lines[len(lines) - tail :])]
    return [(mark, tuple(x)) for mark, x in pieces if x]


def _file(
    article: Article, name: str, pieces: Sequence[tuple[str, Sequence[str]]], joint: str = "\n"
) -> Text:
    whole = joint.join(joint.join(lines) for _, lines in pieces)
    marked = tuple((mark, tuple(lines)) for mark, lines in pieces)
    return Text(f"{article.name}.txt", (whole + "\n").encode(), article.name, name, marked)


#: Forms of a file that holds its article again as it is.
AGAIN: Final[dict[str, Callable[[Article], tuple[Sequence[tuple[str, Sequence[str]]], str]]]] = {
    "twice": lambda a: (((FIRST, a.lines), (SECOND, a.lines)), "\n"),
    "thrice": lambda a: (((FIRST, a.lines), (SECOND, (*a.lines, *a.lines))), "\n"),
    "interleaved": lambda a: (tuple((m, [x]) for x in a.lines for m in (FIRST, SECOND)), "\n"),
    "one-line": lambda a: (((FIRST, ["".join(a.lines)]), (SECOND, ["".join(a.lines)])), ""),
}


def _twice(article: Article, name: str, seed: int) -> Text | None:
    """Return a file that holds an article and a copy of it; None where the change does not apply."""
    if name in AGAIN:
        pieces, joint = AGAIN[name](article)
        return (
            _file(article, name, pieces, joint) if name != "interleaved" or len(article.lines) > 4 else None
        )
    change = name.removeprefix("twice-")
    lines = changed(article, change, seed)
    if lines is None:
        return None
    own = 1 if change == "retitled" else 0  # the other headline makes this one, too, stand once
    first = [(EITHER, article.lines[:own]), (FIRST, article.lines[own:])]
    return _file(article, name, [*first[1 - own :], *_second(article, change, lines)])


_ONCE = ("lead",)  # no form of a second copy: a lead may well stand above the text as its summary
TWICE: Final = (*AGAIN, *(f"twice-{name}" for name in CHANGES if name not in _ONCE))


def repeats(articles: Sequence[Article], seed: int) -> list[Rung]:
    """Return the rungs of repeats inside a file, in all the forms that a copy has."""
    rungs = []
    for name in TWICE:
        texts = tuple(text for a in articles if (text := _twice(a, name, seed)))
        rungs.append(Rung(name, "repeats", texts, gate=name.removeprefix("twice-") not in PROBES))
    return [r for r in rungs if r.texts]


# --- stories inside a roundup ----------------------------------------------------------------------------------


def _top(n: int, *, english: bool) -> list[str]:
    """Return headline and lead of the n-th roundup."""
    if english:
        name = stories.WEEKS_EN[n % len(stories.WEEKS_EN)]
        return [
            f"{name} week in three stories",
            f"Our editors chose three stories that readers kept for {name.lower()} week.",
        ]
    week = stories.WEEKS[n % len(stories.WEEKS)]
    return [
        f"{week}时节：街坊来信选编",
        f"本期为您选编{week}时节读者留言最多的消息，先后不分轻重，编排只看来信的早晚。",
    ]


def _roundups(articles: Sequence[Article], name: str, *, series: bool = False) -> list[Text]:
    """Return roundups of three stories; those of a `series` have one headline and lead for all issues."""
    texts = []
    for english in (False, True):
        group = [a for a in articles if a.english is english]
        for n in range(0, len(group) - 2, 3):
            three = group[n : n + 3]
            lines = [*_top(0 if series else n // 3, english=english), *(x for a in three for x in a.lines)]
            path = f"weekly/{n}-{three[0].name}.txt"
            texts.append(
                Text(path, as_bytes(lines), f"roundup {path}", name, inside=tuple(a.name for a in three))
            )
    return texts


def contained(articles: Sequence[Article]) -> list[Rung]:
    """Return the rungs of stories that stand alone and in a roundup."""
    return [
        Rung(
            name,
            "contained",
            (*(_desk(a, name) for a in articles), *_roundups(articles, name, series=series)),
        )
        for name, series in (("roundup", False), ("roundup-series", True))
    ]


# --- all of it -------------------------------------------------------------------------------------------------


def ladder(articles: Sequence[Article], seed: int, *, whole: bool = True) -> list[Rung]:
    """Return all rungs; without `whole` only those that are made of the articles."""
    own = [bulletins(seed), *notices(seed)] if whole else []
    return [
        *copies(articles, seed),
        *repeats(articles, seed),
        *contained(articles),
        *distinct(articles, seed),
        *own,
    ]


_COPIES_EACH = 5  # copies of an article in the mixed corpus, each of another class
_PARTS_EACH = 2  # further ones that are parts of it, where it has no variants
_VARIANTS_EACH = 2
_PER_POOL = 12  # articles of each data file that stand in it


def mixed(seed: int) -> Rung:
    """Return one corpus of everything: stories with copies of five classes each, and all that only looks like one.

    An article of which parts go round has no variants there: a part can be in the article and in its variant alike, and
    then it has no one truth.  A fourth of the articles has no copies at all.
    """
    pools = [a for pool in POOLS for a in data_articles(pool, seed, _PER_POOL)]
    articles = [*sample_articles(), *pools]
    dice(seed, "mixed").shuffle(articles)
    alone, copied = articles[: len(articles) // 4], articles[len(articles) // 4 :]
    half = len(copied) // 2
    whole = [name for name in (*ENCODED, *CHANGES, *TWICE) if name.removeprefix("twice-") not in PARTS]
    texts = [
        *(_desk(a, "original") for a in copied),
        *_dealt(copied[:half], PARTS, seed, _PARTS_EACH),
        *_dealt(copied, whole, seed, _COPIES_EACH),
        *_varied(copied[half:], seed),
        *_roundups(copied[::2], "roundup"),
        *_lonely(alone),
        *(text for rung in (*notices(seed), bulletins(seed)) for text in rung.texts),
    ]
    return Rung("mixed", "copies", tuple(_settled(texts)))


def _dealt(articles: Sequence[Article], names: Sequence[str], seed: int, each: int) -> list[Text]:
    """Return copies of each article, the classes dealt out in turn; one that does not apply waits for the next article."""
    queue = deque(dice(seed, "dealt").sample(names, len(names)))
    texts = []
    for article in articles:
        taken, waiting = 0, []
        for _ in range(len(queue)):
            name = queue.popleft()
            form = _twice if name in TWICE else _copy
            text = form(article, name, seed)
            (queue if text else waiting).append(name)
            if text:
                texts.append(text)
                taken += 1
            if taken == each:
                break
        queue.extendleft(reversed(waiting))
    return texts


def _varied(articles: Sequence[Article], seed: int) -> list[Text]:
    """Return variants of each article, the classes dealt out in turn; two with the same new figure are one story."""
    after, names, texts = neighbours(articles), list(VARIANTS), []
    for n, article in enumerate(articles):
        turn = [names[(n * _VARIANTS_EACH + k) % len(names)] for k in range(len(names))]
        found = [text for name in turn for text in variants(article, after[article.name], name, seed)[:1]]
        told = {_figures(text) if text.cls.startswith("one-number") else text.cls: text for text in found}
        texts += list(told.values())[:_VARIANTS_EACH]
    return texts


def _figures(text: Text) -> str:
    return " ".join(re.findall(r"\d+", "".join(text.data.decode().split())))


def _lonely(articles: Sequence[Article]) -> list[Text]:
    """Return articles that stand there once, with passages and repeats that are meant."""
    rungs = [*shared(articles), *meant(articles)]
    return [rungs[n % len(rungs)].texts[n] for n in range(len(articles))]


def _settled(texts: Sequence[Text]) -> list[Text]:
    """Return the texts under paths of their own; where two classes made the same text, it is the same story."""
    same: dict[bytes, str] = {}
    settled = []
    for n, t in enumerate(texts):
        group = same.setdefault(b"".join(t.data.split()), t.group)
        settled.append(
            Text(f"{t.cls}/{n:04}-{t.path.replace('/', '-')}", t.data, group, t.cls, t.pieces, t.inside)
        )
    return settled
