"""What a page says of itself: title, date, source, author, address, each with the rule that found it.

In: the tree of a page and its visible lines.  Out: `Metadata`.
Order: not a stage; read by `stages.extract`.
Source: measured on 54 Chinese news pages: the headline checked against <title> and the date checked
against the visible text
are right where one tag alone is not; authors of meta tags are editors or sites as often as authors.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from stages import _page
from stages._dates import find_dates, machine_date
from stages._patterns.labels import NAMES
from stages.model import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

_Found = tuple[str, str]  # value, rule

_TITLE_CUT: Final = re.compile(
    r"\s*[_|｜»]+\s*|\s+[-\u2013\u2014·]+\s+|-{2,}|[-\u2014]{1,2}(?=[\u4e00-\u9fff]{2,10}$)"
)
_NOT_WORD: Final = re.compile(r"[\W_]+")
_DATE_META: Final = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "publishdate",
    "pubdate",
    "publish_time",
    "publication_date",
    "og:release_date",
    "weibo:article:create_at",
    "dc.date.issued",
    "dc.date",
    "sailthru.date",
    "parsely-pub-date",
    "date",
)
#: A label, and the name up to what a stamp line goes on with; names of papers in Latin letters have several words.
_SOURCE_LINE: Final = re.compile(
    r"(?:来源|來源|稿源|配信元|出典|출처)\s?[：:]\s?([^\s：:，,。|｜（）()【】]{2,20})|"
    r"\b(?:Source|Quelle|Fuente|Fonte|Bron)\s?:\s?([A-ZÀ-Þ][^|｜\u3000:：]{1,38}?)"
    r"(?=\s(?:By|Von|Par|Por|Di|Door)\s|\s?[|｜\u3000·•,;]|$)"
)
_AUTHOR_LINES: Final = (
    ("author-line", re.compile(rf"作\s?者\s?[：:]\s?({NAMES})")),
    ("reporter-line", re.compile(rf"[（(【]?(?:本报|本网|本台)?记者[：:\s]\s?({NAMES})")),
    (
        "reporter-line",
        re.compile(
            r"記者\s?[：:]\s?([\u3005\u3040-\u30ff\u4e00-\u9fff]{1,5}\s?[\u3005\u3040-\u30ff\u4e00-\u9fff]{1,5})"
        ),
    ),
    ("reporter-line", re.compile(r"(?:^|[\s\u3000(\[])([\uac00-\ud7a3]{2,4})\s?기자(?=$|[\s\u3000)\]])")),
    ("byline", re.compile(r"(?:By|BY|by|Von|Par|Por):?\s([A-ZÀ-Þ][\w.'’\-]+(?:\s[A-ZÀ-Þ][\w.'’\-]*){1,3})")),
)
_BYLINE_AFTER: Final = re.compile(rf"[\s\u3000|｜·•]{_AUTHOR_LINES[-1][1].pattern}\s?$")
_NO_AUTHOR: Final = re.compile(
    r"编辑|責編|责编|网|新闻|日报|社$|admin|editor|staff|https?:|@|^\W*$", re.IGNORECASE
)
_TITLE_SHARE: Final = 0.4  # of <title> that a headline makes up; the name of the site makes up less
_STAMP_CHARS: Final = 60  # a visible date counts in a line this short
_STAMP_LINES: Final = 15  # lines from the headline on in which a date without a tag is looked for
_STAMP_REST: Final = 40  # code points that may stand beside it
#: What may stand beside a date, a source and an author and says nothing itself.
_LABELS: Final = re.compile(
    r"发布(?:时间|日期|于)?|發布(?:時間|日期|於)?|发表(?:时间|于)?|更新(?:时间|日時)?|时间|時間|日期|来源|來源|稿源|作者|记者|公開|配信元?|投稿日|"
    r"掲載日?|記者|입력|등록|승인|출처|기자|\b(?:published|posted|date|source|stand|uhr|von|quelle|publié|le|à|par|publicado|"
    r"el|de|por|fuente|fonte|pubblicato|il|di|alle|by|on|at|am)\b",
    re.IGNORECASE,
)
_HEAD_LINES: Final = (
    60  # visible lines from the headline on in which dates, sources and authors are looked for
)
_HEADINGS: Final = 6  # that are read: each of a thousand that stand in one another has the text of all in it
_JSON_LIMIT: Final = 500_000  # characters of one JSON-LD block


def read_metadata(root: HtmlElement, visible: Sequence[str], url: str | None) -> Metadata:
    """Return what the page says of itself; a field that no rule finds is None."""
    meta = _meta(root)
    linked = list(_json_ld(root))
    title = _title(root, meta, linked)
    near = _from_headline(visible, title)
    source = _source(root, meta, linked, near)
    title = _without_source(title, source)
    found: dict[str, _Found | None] = {
        "title": title,
        "url": _url(root, meta, url),
        "published": _published(root, meta, linked, near),
        "source": source,
        "author": _author(meta, linked, near),
    }
    known = {field: hit for field, hit in found.items() if hit is not None}
    return Metadata(
        **{field: value for field, (value, _) in known.items()},
        rules=tuple((field, rule) for field, (_, rule) in known.items()),
    )


def _meta(root: HtmlElement) -> dict[str, str]:
    """Return the first content of each meta name, property or itemprop, in lower case."""
    out: dict[str, str] = {}
    for element in root.iter("meta"):
        content = " ".join((element.get("content") or "").split())
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").strip().lower()
            if name and content:
                out.setdefault(name, content)
    return out


def _json_ld(root: HtmlElement) -> Iterator[dict[str, object]]:
    """Yield the objects of JSON-LD that have a headline or a date, the outer ones first."""
    for element in root.iter("script"):
        block = element.text or ""
        if "ld+json" not in (element.get("type") or "").lower() or len(block) > _JSON_LIMIT:
            continue
        try:
            waiting: list[object] = [json.loads(block, strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting:
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting[:0] = value[:100]
            elif isinstance(value, dict):
                if "headline" in value or "datePublished" in value:
                    yield value
                waiting.extend(
                    v for k, v in value.items() if k in {"@graph", "mainEntity", "mainEntityOfPage"}
                )


def _named(value: object) -> str | None:
    """Return a JSON-LD name: a text, the name of an object, or that of the first of a list."""
    first: object = (value[0] if value else None) if isinstance(value, list) else value
    name: object = first.get("name") if isinstance(first, dict) else first
    return (" ".join(name.split()) or None) if isinstance(name, str) else None


def _fold(text: str) -> str:
    return _NOT_WORD.sub("", text.casefold())


def _title(root: HtmlElement, meta: dict[str, str], linked: Sequence[dict[str, object]]) -> _Found | None:
    """Return the first of h1, og:title and JSON-LD that <title> or another bears out, else <title>."""
    element = root.find(".//title")
    window = " ".join((element.text_content() if element is not None else "").split())
    heads = [text for h1 in islice(root.iter("h1"), _HEADINGS) if (text := _page.text_of(h1))]
    offers = [(text, "h1") for text in heads[:5] if len(text) <= 300]
    offers += [(meta[name], name) for name in ("og:title", "twitter:title") if name in meta]
    offers += [(text, "json-ld") for one in linked if (text := _named(one.get("headline")) or "")]
    whole = _fold(window)
    headline, others = _cut_title(window, meta.get("og:site_name", ""))
    keys = [_fold(text) for text, _ in offers]
    for offer, key in zip(offers, keys, strict=True):
        seconded = any(key == other and offer[1] != by for other, (_, by) in zip(keys, offers, strict=True))
        whole_has_it = key in whole and key not in others and len(key) >= _TITLE_SHARE * len(whole)
        if len(key) >= 4 and (seconded or whole_has_it or (len(whole) >= 8 and whole in key)):
            return offer
    if window:
        return headline, "title"
    return offers[0] if offers and len(heads) <= 1 else None


def _without_source(title: _Found | None, source: _Found | None) -> _Found | None:
    """Return a headline from <title> without the name of the source behind a hyphen, which may also be its own."""
    if title is None or source is None or title[1] != "title":
        return title
    head, mark, tail = title[0].rpartition("-")
    return (head.rstrip(), "title") if mark and _fold(tail) == _fold(source[0]) and head.strip() else title


def _cut_title(window: str, site: str) -> tuple[str, frozenset[str]]:
    """Return the headline that <title> holds, and the folded other pieces: sections and the name of the site.

    The headline is the first piece that is at least half as long as the longest.
    """
    pieces = [piece for piece in _TITLE_CUT.split(window) if _fold(piece) and _fold(piece) != _fold(site)]
    longest = max(map(len, pieces), default=0)
    headline = next((piece.strip() for piece in pieces if 2 * len(piece) >= longest), window)
    return headline, frozenset(_fold(piece) for piece in (*pieces, site) if piece.strip() != headline)


def _from_headline(visible: Sequence[str], title: _Found | None) -> Sequence[str]:
    """Return the visible lines from the headline on, at most so many as a head has."""
    key = _fold(title[0]) if title else ""
    at = next((i for i, line in enumerate(visible) if key and _fold(line) == key), 0)
    return visible[at : at + _HEAD_LINES]


def _url(root: HtmlElement, meta: dict[str, str], url: str | None) -> _Found | None:
    offers = [
        (link.get("href"), "canonical")
        for link in root.iter("link")
        if (link.get("rel") or "").lower() == "canonical"
    ]
    for offer, rule in [*offers, (meta.get("og:url"), "og:url"), (url, "given")]:
        if not offer:
            continue
        try:
            address = urljoin(url or "", offer.strip())
            parts = urlsplit(address)
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.netloc:
            return address, rule
    return None


def _published(
    root: HtmlElement, meta: dict[str, str], linked: Sequence[dict[str, object]], near: Sequence[str]
) -> _Found | None:
    """Return the earliest machine date whose day is seen in the head, else the first one, else a seen one."""
    offers = [(meta[name], f"meta {name}") for name in _DATE_META if name in meta]
    offers += [(text, "json-ld") for one in linked if isinstance(text := one.get("datePublished"), str)]
    offers += [(stamp, "time") for one in root.iter("time") if (stamp := one.get("datetime"))][:1]
    dates = [(date, rule) for text, rule in offers if (date := machine_date(text))]
    seen = [found.iso for line in near if len(line) <= _STAMP_CHARS for found in find_dates(line)]
    days = {iso[:10] for iso in seen}
    borne_out = [hit for hit in dates if hit[0][:10] in days]
    if borne_out:
        day = min(date[:10] for date, _ in borne_out)
        return max((hit for hit in borne_out if hit[0][:10] == day), key=lambda hit: len(hit[0]))
    return dates[0] if dates else _stamp(near)


def _stamp(near: Sequence[str]) -> _Found | None:
    """Return the first full date in a line of the head that holds little else."""
    for line in near[:_STAMP_LINES]:
        for found in find_dates(line):
            rest = len(line) - (found.end - found.start)
            labelled = rest <= 2 * _STAMP_REST and _SOURCE_LINE.search(line)
            if len(found.iso) >= len("0000-00-00") and (rest <= _STAMP_REST or labelled):
                return found.iso, "visible"
    return None


def _source(
    root: HtmlElement, meta: dict[str, str], linked: Sequence[dict[str, object]], near: Sequence[str]
) -> _Found | None:
    for line in near:
        match = _SOURCE_LINE.search(line) if len(line) <= 2 * _STAMP_CHARS else None
        if match:
            return match[1] or match[2], "source-line"
    account = root.get_element_by_id("js_name", None)
    if account is not None and (name := _page.text_of(account)):
        return name, "js_name"
    if "og:site_name" in meta:
        return meta["og:site_name"], "og:site_name"
    return next(((name, "json-ld") for one in linked if (name := _named(one.get("publisher")) or "")), None)


def _author(meta: dict[str, str], linked: Sequence[dict[str, object]], near: Sequence[str]) -> _Found | None:
    for rule, form in _AUTHOR_LINES:
        for line in near:
            stamped = rule == "byline" and (_SOURCE_LINE.search(line) or find_dates(line))
            match = form.match(line) or (
                form.search(line) if rule != "byline" else _BYLINE_AFTER.search(line) if stamped else None
            )
            if match and len(line) <= 2 * _STAMP_CHARS:
                return match[1].strip(), rule
    by_tag = [
        (meta.get("author"), "meta author"),
        *((_named(one.get("author")), "json-ld") for one in linked),
    ]
    for name, rule in by_tag:
        if name and len(name) <= 40 and not _NO_AUTHOR.search(name) and name != meta.get("og:site_name"):
            return name, rule
    return None


_DATE_KEYS: Final = re.compile(
    r"publish|pub_?(?:date|time)|^c_?time$|created?_?(?:at|time|date)|^date$", re.IGNORECASE
)
_AUTHOR_KEYS: Final = re.compile(r"^(?:author|author_?name|byline|writer)$", re.IGNORECASE)


def beside(metadata: Metadata, entries: Sequence[tuple[str, object]]) -> Metadata:
    """Return the metadata with the date and the author that stand beside an article in the data of a script."""
    hits: dict[str, str] = {}
    for name, value in entries:
        if (
            metadata.published is None
            and _DATE_KEYS.search(name)
            and isinstance(value, str)
            and (iso := machine_date(value))
        ):
            hits.setdefault("published", iso)
        person = _named(value) if metadata.author is None and _AUTHOR_KEYS.search(name) else None
        if person and len(person) <= 40 and not _NO_AUTHOR.search(person):
            hits.setdefault("author", person)
    rules = (*metadata.rules, *((field, "script") for field in sorted(hits)))
    return replace(metadata, **hits, rules=rules) if hits else metadata


def tells_only(line: str, metadata: Metadata) -> bool:
    """Return whether a line says no more than the metadata: the headline, or its date with source and author.

    Labels may stand beside them, and no other letter.
    """
    if metadata.title and _fold(line) == _fold(metadata.title):
        return True
    if len(line) > 2 * _STAMP_CHARS:
        return False
    rest, told = line, False
    for found in reversed(find_dates(line)):
        if found.iso[:10] != (metadata.published or "")[:10]:
            return False
        rest, told = rest[: found.start] + " " + rest[found.end :], True
    source = _SOURCE_LINE.search(rest)
    if source and (source[1] or source[2]) == metadata.source:
        rest, told = rest.replace(source.group(), " ", 1), True
    for value in (metadata.source, metadata.author):
        rest = rest.replace(value, " ", 1) if value and told else rest
    return told and not _fold(_LABELS.sub(" ", rest))
