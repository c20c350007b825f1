"""The article of a page that shows none before its scripts run: JSON-LD, or the data that a script is given.

In: the tree of a page, its headline.  Out: the paragraphs, the rule, and what stands beside them in the data.
Order: not a stage; read by `stages.extract`.
Source: pages of Next.js (`__NEXT_DATA__`), Nuxt, and `window.__INITIAL_STATE__` as news sites use them; schema.org
`articleBody`.  A script is data, not a program: what `json` cannot read is not read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from stages import _page
from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_LIMIT: Final = 3_000_000  # characters of one script
_SCRIPTS: Final = 40  # scripts with data of one page
_NODES: Final = 20_000  # values of one script
_ITEMS: Final = 1000  # paragraphs of one text, entries of one object
_LEAST: Final = 150  # code points, white space aside, from which on a text is an article
_LINE: Final = 12  # code points of the least paragraph
_DATA: Final = re.compile(
    r"(?:^|[;{}\s])(?:window\.|self\.|var |let |const )?[\w.$]{2,60}(?:\[[^\]]{1,40}\])?\s?=\s?(?=[{\[])"
)
_PARSED: Final = re.compile(r"JSON\.parse\(\s*(?=[\"'])")
#: Names of values that are no article: comments, lists of others, settings, texts of the site.
_OTHERS: Final = re.compile(
    r"comment|reply|related|recommend|hot|rank|nav|menu|config|i18n|messages|locale|translation|setting|footer|user|advert",
    re.IGNORECASE,
)
#: Names of values that hold no text for readers.
_NO_TEXT: Final = re.compile(
    r"url|href|src|image|img|token|html_?class|class_?name|style|css|keywords|description|summary|abstract|digest|excerpt|"
    r"^id$|^type$|@|slug|copyright",
    re.IGNORECASE,
)
_TITLES: Final = re.compile(r"title|headline|^name$|subject", re.IGNORECASE)
_MARKUP: Final = re.compile(
    r"</?(?:p|br|div|span|section|h[1-6]|li|strong|em|a|img|figure)\b[^<>]*>", re.IGNORECASE
)
_CODE: Final = re.compile(r"[{};]\s*$|^\s*(?:https?:|data:|//|function\b|var |\.[\w-]+\s?\{)")
_ENDS: Final = re.compile(r"[。！？!?….」』”\"'）)]\s*$")
_FOLD: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Hidden:
    """An article in the data of a page."""

    lines: tuple[str, ...]
    rule: str  # json-ld, script
    beside: tuple[tuple[str, object], ...]  # the values that stand beside the text


def articles(root: HtmlElement, title: str | None) -> list[Hidden]:
    """Return the articles of the data whose headline is the page's, JSON-LD first, the longest first.

    An `articleBody` whose headline is another is left out; so is data of a script that does not name the headline.
    """
    key = _fold(title or "")
    found: list[Hidden] = []
    for rule, value in _values(root):
        for owner, lines in _texts(value):
            names = [_fold(text) for name, text in owner if isinstance(text, str) and _TITLES.search(name)]
            named = any(key and name and (name in key or key in name) for name in names)
            if named or (rule == "json-ld" and not (names and key)):
                found.append(Hidden(lines, rule, owner))
    return sorted(found, key=lambda one: (one.rule != "json-ld", -sum(map(len, one.lines)), one.lines))


def _fold(text: str) -> str:
    return _FOLD.sub("", text.casefold())


def _values(root: HtmlElement) -> Iterator[tuple[str, object]]:
    """Yield what the scripts of a page hold as JSON."""
    seen = 0
    for script in root.iter("script"):
        text, kind = script.text or "", (script.get("type") or "").lower()
        if not text.strip() or len(text) > _LIMIT or seen >= _SCRIPTS:
            continue
        rule = "json-ld" if "ld+json" in kind else "script"
        for value in _read(text, whole="json" in kind):
            seen += 1
            yield rule, value


def _read(text: str, *, whole: bool) -> Iterator[object]:
    """Yield the JSON values of a script: all of it, or what is assigned to a name."""
    decoder = json.JSONDecoder(strict=False)
    places = (
        [0]
        if whole
        else [m.end() for m in _DATA.finditer(text)][:20] + [m.end() for m in _PARSED.finditer(text)][:5]
    )
    end = -1
    for at in places:
        if at < end:
            continue
        try:
            value, end = decoder.raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip()))
            yield json.loads(value, strict=False) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            continue


def _texts(value: object) -> Iterator[tuple[tuple[tuple[str, object], ...], tuple[str, ...]]]:
    """Yield every text of article length in a value, with the entries of the object that holds it."""
    waiting: list[object] = [value]
    count = 0
    while waiting and count < _NODES:
        count += 1
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        elif isinstance(one, dict):
            count += len(one)
            for name, inner in islice(one.items(), _ITEMS):
                if _OTHERS.search(name) or _NO_TEXT.search(name):
                    continue
                lines = _lines(inner)
                if sum(len("".join(line.split())) for line in lines) >= _LEAST:
                    yield tuple(one.items()), lines
            waiting.extend(v for k, v in reversed(one.items()) if not _OTHERS.search(k))


def _lines(value: object) -> tuple[str, ...]:
    """Return the paragraphs of a text, or of a list of texts or of objects with one text each; else none."""
    if isinstance(value, str):
        return _paragraphs(value)
    if not isinstance(value, list) or len(value) < 2:
        return ()
    out: list[str] = []
    for one in value[:_ITEMS]:
        texts = [one] if isinstance(one, str) else list(_strings(one)) if isinstance(one, dict) else []
        out += [line for text in texts for line in _paragraphs(text)]
    return tuple(out)


def _strings(value: dict[str, object]) -> Iterator[str]:
    """Yield the texts of a paragraph's object, at most three levels down; one with a headline is another story."""
    waiting: list[tuple[dict[str, object], int]] = [(value, 0)]
    while waiting:
        one, level = waiting.pop(0)
        if any(_TITLES.search(name) for name in one):
            return
        for name, inner in islice(one.items(), 20):
            if _NO_TEXT.search(name):
                continue
            if isinstance(inner, str):
                yield inner
            elif isinstance(inner, dict) and level < 3:
                waiting.append((inner, level + 1))
            elif isinstance(inner, list) and level < 3:
                waiting.extend((item, level + 1) for item in inner[:20] if isinstance(item, dict))


def _paragraphs(text: str) -> tuple[str, ...]:
    """Return the lines of a text or of a piece of HTML, if it is prose: a line that ends as sentences do, no code."""
    if len(text) < _LINE or _CODE.search(text[:200]):
        return ()
    if _MARKUP.search(text):
        tree = _page.parse(f"<div>{text}</div>")
        lines = [] if isinstance(tree, Rejected) else _page.lines(tree)
    else:
        lines = [line for piece in re.split(r"[\r\n\u2028]+", text) if (line := " ".join(piece.split()))]
    return tuple(lines) if any(len(line) >= _LINE and _ENDS.search(line) for line in lines) else ()
