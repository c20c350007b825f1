"""News pages whose article is known by construction: sites as they are met in the wild, in seven languages.

`make(seed)` yields the same pages for the same seed.  The order of blocks, the names of classes, the amount of what
stands around the article and the text are drawn from the seed.  What an article is made of stands in `page_texts`.
The body holds what stands between headline and end: paragraphs, subheads, list items, table rows, captions.  Headline,
stamp, byline, editor, share bars, lists of links, comments and the line of a pay wall are no body.
"""

from __future__ import annotations

import html
import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from page_texts import MONTHS, TONGUES, Tongue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_e = html.escape


@dataclass(frozen=True, slots=True)
class Story:
    """An article before it is a page."""

    tongue: Tongue
    title: str
    paragraphs: tuple[str, ...]
    date: str  # YYYY-MM-DD
    stamp: str  # as the page shows it
    source: str
    author: str


@dataclass(frozen=True, slots=True)
class Gold:
    """A page and what it holds."""

    template: str
    lang: str
    html: str
    title: str
    body: tuple[str, ...]
    date: str
    source: str | None  # None: the page does not say
    author: str | None


@dataclass(slots=True)
class Draw:
    """What is drawn for one page."""

    rng: random.Random
    tongue: Tongue
    fills: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        """Return a sentence or headline with its slots filled; numbers differ from sentence to sentence."""
        rng, tongue = self.rng, self.tongue
        numbers = {
            "a": str(rng.randint(3, 48)),
            "b": str(rng.randint(50, 900)),
            "c": f"{rng.randint(1000, 9800)}",
        }
        return text.format(**self.fills, **numbers, n=rng.choice(tongue.names), o=rng.choice(tongue.offices))

    def headline(self) -> str:
        """Return a headline about other places than the article's."""
        p, q = self.rng.sample(self.tongue.places, 2)
        saved, self.fills = self.fills, {"p": p, "q": q}
        text = self.fill(self.rng.choice(self.tongue.headlines))
        self.fills = saved
        return text

    def links(self, count: int) -> str:
        """Return list items of linked headlines."""
        return "".join(
            f'<li><a href="/{self.rng.randint(2012, 2024)}/{self.rng.randint(1, 99999)}.html">{_e(self.headline())}</a></li>'
            for _ in range(count)
        )


def _story(draw: Draw, paragraphs: tuple[int, int] = (6, 12)) -> Story:
    rng, tongue = draw.rng, draw.tongue
    p, q = rng.sample(tongue.places, 2)
    draw.fills = {"p": p, "q": q}
    pool = list(tongue.sentences)
    rng.shuffle(pool)
    texts, want = [], rng.randint(*paragraphs)
    while pool and len(texts) < want:
        some = [draw.fill(pool.pop()) for _ in range(min(len(pool), rng.choice((1, 2, 2, 3))))]
        texts.append(tongue.space.join(some))
    y, m, d = rng.randint(2004, 2024), rng.randint(1, 12), rng.randint(1, 28)
    mon = MONTHS.get(tongue.code, [""] * 12)[m - 1]
    stamp = tongue.stamp.format(y=y, m=m, d=d, mon=mon, H=rng.randint(0, 23), M=rng.randint(0, 59))
    return Story(
        tongue,
        draw.fill(rng.choice(tongue.headlines)),
        tuple(texts),
        f"{y}-{m:02}-{d:02}",
        stamp,
        rng.choice(tongue.outlets),
        rng.choice(tongue.names),
    )


# ---- what stands around an article


def _nav(draw: Draw) -> str:
    names = list(draw.tongue.channels)
    draw.rng.shuffle(names)
    items = "".join(f'<li><a href="/{i}/">{_e(name)}</a></li>' for i, name in enumerate(names))
    return f'<div class="{draw.rng.choice(("nav", "topbar", "menu", "hd-nav"))}"><ul>{items}</ul></div>'


def _related(draw: Draw, count: int = 8) -> str:
    name = draw.rng.choice(("related", "xgxw", "rec-list", "about-news", "tuijian"))
    return f'<div class="{name}"><h3>{draw.tongue.related}</h3><ul>{draw.links(count)}</ul></div>'


def _ranking(draw: Draw, count: int = 10) -> str:
    name = draw.rng.choice(("rank", "hot", "sidebar", "right", "aside-box"))
    return f'<div class="{name}"><h3>{draw.tongue.ranking}</h3><ol>{draw.links(count)}</ol></div>'


def _comments(draw: Draw) -> str:
    users = "".join(
        f'<div class="item"><span class="user">user{draw.rng.randint(1, 999)}</span><p>{_e(text)}</p></div>'
        for text in draw.tongue.comments
    )
    return f'<div class="{draw.rng.choice(("comments", "pinglun", "cmt-list"))}">{users}</div>'


def _footer(draw: Draw) -> str:
    items = "".join(
        f"<p>{_e(text)}</p>" if i % 2 else f'<a href="/x{i}">{_e(text)}</a> '
        for i, text in enumerate(draw.tongue.footer)
    )
    return f'<div class="{draw.rng.choice(("footer", "foot", "bottom", "ft"))}">{items}</div>'


def _share(draw: Draw) -> str:
    return (
        f'<div class="{draw.rng.choice(("share", "bdshare", "tools", "social"))}">{draw.tongue.share}</div>'
    )


_BALLAST: Final = (
    "window.dataLayer=window.dataLayer||[];function track(n,v){dataLayer.push({event:n,value:v,at:+new Date})}"
    'document.addEventListener("click",function(e){var t=e.target;while(t&&t.tagName!="A")t=t.parentNode;t&&track("c",t.href)});'
)


def _page(draw: Draw, story: Story, middle: str, *, head: str = "", weight: int = 0) -> str:
    """Return a whole page around the middle; `weight` adds scripts and style, in kilobytes."""
    site = story.source
    cut = draw.rng.choice(("_", " - ", " | ", "-", " – "))
    ballast = f"<script>{_BALLAST * (weight * 2)}</script><style>{'.c{color:#333;margin:0 auto}' * (weight * 10)}</style>"
    before = [_nav(draw)]
    after = [_footer(draw)]
    return (
        f'<!DOCTYPE html><html lang="{story.tongue.code}"><head><meta charset="utf-8">'
        f"<title>{_e(story.title)}{cut}{_e(site)}</title>{head}{ballast}</head><body>"
        f"{''.join(before)}{middle}{''.join(after)}</body></html>"
    )


def _byline(draw: Draw, story: Story, *, author: bool = True) -> str:
    tongue = story.tongue
    pieces = [story.stamp, tongue.source.format(s=story.source)]
    if author:
        pieces.append(tongue.author.format(n=story.author))
    name = draw.rng.choice(("info", "article-info", "time-source", "meta", "pub"))
    if draw.rng.random() < 0.5:
        return f'<div class="{name}">' + "".join(f"<span>{_e(p)}</span> " for p in pieces) + "</div>"
    return f'<div class="{name}">' + _e("\u3000".join(pieces)) + "</div>"


def _heading(story: Story, tag: str = "h1") -> str:
    return f"<{tag}>{_e(story.title)}</{tag}>"


def _content_name(draw: Draw) -> str:
    return draw.rng.choice(
        (
            'class="article-content"',
            'id="content"',
            'class="post_text" id="endText"',
            'class="TRS_Editor"',
            'class="rm_txt_con"',
            'class="mod-a"',
        )
    )


def _plain(story: Story) -> str:
    return "".join(f"<p>{_e(text)}</p>\n" for text in story.paragraphs)


def _gold(
    name: str,
    story: Story,
    page: str,
    *,
    body: tuple[str, ...] | None = None,
    author: bool = True,
    source: bool = True,
) -> Gold:
    return Gold(
        name,
        story.tongue.code,
        page,
        story.title,
        story.paragraphs if body is None else body,
        story.date,
        story.source if source else None,
        story.author if author else None,
    )


# ---- the sites


def _portal(draw: Draw) -> Gold:
    story = _story(draw)
    sides = [_ranking(draw, draw.rng.randint(10, 40)), _related(draw, draw.rng.randint(8, 30))]
    draw.rng.shuffle(sides)
    walls = "".join(
        f'<div class="box{i}"><ul>{draw.links(draw.rng.randint(8, 24))}</ul></div>'
        for i in range(draw.rng.randint(2, 8))
    )
    middle = (
        f'{walls}<div class="main">{_heading(story)}{_byline(draw, story)}{_share(draw)}<div {_content_name(draw)}>{_plain(story)}</div>'
        f"<div>{_e(story.tongue.editor.format(n=draw.rng.choice(story.tongue.names)))}</div></div>{''.join(sides)}"
    )
    return _gold("portal", story, _page(draw, story, middle, weight=draw.rng.randint(10, 60)))


def _table2003(draw: Draw) -> Gold:
    story = _story(draw)
    text = "<br><br>\n".join(f"\u3000\u3000{_e(t)}" for t in story.paragraphs)
    side = "<br>".join(f"·<a href=n{i}.htm>{_e(draw.headline())}</a>" for i in range(draw.rng.randint(8, 20)))
    page = (
        f"<html><head><title>{_e(story.title)}--{_e(story.source)}</title></head><body><table width=760><tr><td colspan=2>"
        + " | ".join(f"<a href=/{i}>{c}</a>" for i, c in enumerate(story.tongue.channels))
        + f"</td></tr><tr><td width=160 valign=top>{side}</td><td><table><tr><td align=center><font size=4><b>{_e(story.title)}</b></font>"
        f"</td></tr><tr><td align=center>{_e(story.stamp)} {_e(story.tongue.source.format(s=story.source))}</td></tr><tr><td>"
        f'<font class="p3">{text}</font></td></tr></table></td></tr><tr><td colspan=2 align=center>{"<br>".join(map(_e, story.tongue.footer))}'
        "</td></tr></table></body></html>"
    )
    return _gold("table-2003", story, page, author=False)


def _wechat(draw: Draw) -> Gold:
    story = _story(draw)
    tag = draw.rng.choice(("p", "section"))
    inner = "".join(
        f'<{tag} style="line-height: 2em;"><span style="font-size: 15px;">{_e(t)}</span></{tag}>'
        for t in story.paragraphs
    )
    page = (
        f'<html><head><title></title><meta property="og:title" content="{_e(story.title)}"><script>{_BALLAST * 60}</script></head><body>'
        f'<div id="page-content"><h1 id="activity-name">{_e(story.title)}</h1><div id="meta_content">'
        f'<span id="js_name">{_e(story.source)}</span> <em id="publish_time">{_e(story.stamp)}</em></div>'
        f'<div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0;">{inner}</div></div>'
        f'<div class="rich_media_tool">{_e(story.tongue.share)}</div></body></html>'
    )
    return _gold("wechat", story, page, author=False)


def _linked(story: Story, **more: object) -> str:
    record = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": story.date + "T08:00:00+08:00",
        "publisher": {"@type": "Organization", "name": story.source},
        "author": {"@type": "Person", "name": story.author},
        **more,
    }
    return f'<script type="application/ld+json">{json.dumps(record, ensure_ascii=False)}</script>'


def _shell(draw: Draw, story: Story, script: str, *, teaser: bool) -> str:
    """Return a page whose article a script would fill in."""
    seen = (
        f"<h1>{_e(story.title)}</h1><p>{_e(story.paragraphs[0])}</p>"
        if teaser
        else f"<div>{_e(story.tongue.loading)}</div>"
    )
    head = f'<meta property="og:site_name" content="{_e(story.source)}"><meta property="og:title" content="{_e(story.title)}">'
    return _page(
        draw, story, f'<div id="__next">{seen}</div>{script}', head=head, weight=draw.rng.randint(2, 20)
    )


def _state(draw: Draw, story: Story) -> dict[str, object]:
    others = [{"id": i, "title": draw.headline(), "url": f"/n/{i}"} for i in range(12)]
    shapes: tuple[object, ...] = (
        "".join(f"<p>{_e(t)}</p>" for t in story.paragraphs),
        [{"type": "p", "text": t} for t in story.paragraphs],
        [{"block": "paragraph", "content": {"html": f"<span>{_e(t)}</span>"}} for t in story.paragraphs],
        "\n\n".join(story.paragraphs),
    )
    article = {
        "title": story.title,
        "publishTime": f"{story.date} 08:00:00",
        "content": draw.rng.choice(shapes),
        "author": {"name": story.author},
    }
    comments = [{"user": f"u{i}", "text": t} for i, t in enumerate(story.tongue.comments)]
    return {
        "nav": list(story.tongue.channels),
        "hot": others,
        "article": article,
        "comments": comments,
        "config": {"api": "https://api.example/v1", "build": "a81f" * 9},
    }


def _next(draw: Draw) -> Gold:
    story = _story(draw)
    data = json.dumps(
        {"props": {"pageProps": _state(draw, story)}, "page": "/n/[id]"}, ensure_ascii=draw.rng.random() < 0.5
    )
    script = '<script id="__NEXT_DATA__" type="application/json">' + data.replace("</", "<\\/") + "</script>"
    return _gold(
        "script-next", story, _shell(draw, story, script, teaser=draw.rng.random() < 0.4), source=True
    )


def _nuxt(draw: Draw) -> Gold:
    story = _story(draw)
    data = json.dumps(_state(draw, story), ensure_ascii=draw.rng.random() < 0.5).replace("</", "<\\u002F")
    name = draw.rng.choice(
        ("window.__INITIAL_STATE__", "window.__NUXT__", "window.__PRELOADED_STATE__", "var pageData")
    )
    end = draw.rng.choice(
        (";", ";(function(){var s;(s=document.currentScript||document.scripts[0])})();", "")
    )
    return _gold(
        "script-state",
        story,
        _shell(draw, story, f"<script>{name}={data}{end}</script>", teaser=draw.rng.random() < 0.4),
    )


def _json_ld(draw: Draw) -> Gold:
    story = _story(draw)
    body = draw.rng.choice(("\n\n", "\n", "\r\n")).join(story.paragraphs)
    return _gold(
        "json-ld",
        story,
        _shell(draw, story, _linked(story, articleBody=body), teaser=draw.rng.random() < 0.6),
    )


def _amp(draw: Draw) -> Gold:
    story = _story(draw)
    half = len(story.paragraphs) // 2
    parts = [
        "".join(f"<p>{_e(t)}</p>" for t in part)
        for part in (story.paragraphs[:half], story.paragraphs[half:])
    ]
    middle = (
        f'<amp-sidebar id="s" layout="nodisplay">{_nav(draw)}</amp-sidebar><article>{_heading(story)}{_byline(draw, story)}'
        f'<amp-img src="a.jpg" width="600" height="400"></amp-img>{parts[0]}<amp-ad width="300" height="250"></amp-ad>{parts[1]}</article>'
        f"{_related(draw)}"
    )
    return _gold(
        "amp",
        story,
        _page(
            draw,
            story,
            middle,
            head='<script async src="https://cdn.example/v0.js"></script>' + _linked(story),
        ),
    )


def _blog(draw: Draw) -> Gold:
    story = _story(draw, (4, 10))
    months = "".join(
        f"<li><a href='/{y}'>{y}</a> ({draw.rng.randint(1, 90)})</li>" for y in range(2008, 2022)
    )
    head = f'<meta name="author" content="{_e(story.author)}"><meta property="og:site_name" content="{_e(story.source)}">'
    middle = (
        f'<div class="hentry post"><h2 class="entry-title">{_e(story.title)}</h2><time datetime="{story.date}T09:30:00Z">{_e(story.stamp)}</time>'
        f'<div class="entry-content">{_plain(story)}</div><p class="tags">Tags: <a href=/a>a</a>, <a href=/b>b</a></p></div>'
        f"{_comments(draw)}<div class='widget'><ul>{months}</ul></div>"
    )
    return _gold("blog", story, _page(draw, story, middle, head=head))


def _live(draw: Draw) -> Gold:
    story = _story(draw, (10, 16))
    hour, minute, items, body = 8, 0, [], []
    for text in story.paragraphs:
        minute += draw.rng.randint(3, 25)
        hour, minute = hour + minute // 60, minute % 60
        items.append(
            f'<div class="live-item"><span class="t">{hour:02}:{minute:02}</span><p>{_e(text)}</p></div>'
        )
        body.append(text)
    middle = f'<div class="main">{_heading(story)}{_byline(draw, story)}<div class="live-list">{"".join(items)}</div></div>{_ranking(draw)}'
    return _gold("live", story, _page(draw, story, middle), body=tuple(body))


def _short(draw: Draw) -> Gold:
    story = _story(draw, (2, 3))
    middle = (
        f'<div class="wrap"><div class="left">{_heading(story)}{_byline(draw, story, author=False)}<div {_content_name(draw)}>{_plain(story)}</div>'
        f"{_related(draw, draw.rng.randint(6, 14))}</div>{_ranking(draw, draw.rng.randint(8, 20))}</div>"
    )
    return _gold("short", story, _page(draw, story, middle, weight=10), author=False)


def _short_summaries(draw: Draw) -> Gold:
    """A short article above a feed of other stories with their first sentences, as portals have it."""
    story = _story(draw, (2, 4))
    other = "".join(
        f'<div class="feed-item"><a href="/f{i}"><h4>{_e(draw.headline())}</h4></a><p class="desc">{_e(draw.fill(draw.rng.choice(story.tongue.sentences)))[:48]}…</p></div>'
        for i in range(draw.rng.randint(6, 12))
    )
    middle = (
        f'<div class="main">{_heading(story)}{_byline(draw, story, author=False)}<div {_content_name(draw)}>{_plain(story)}</div></div>'
        f'<div class="feed"><h3>{story.tongue.related}</h3>{other}</div>'
    )
    return _gold("short-feed", story, _page(draw, story, middle, weight=10), author=False)


def _br(draw: Draw) -> Gold:
    story = _story(draw)
    gap = draw.rng.choice(("<br>", "<br/><br/>", "<br />\n"))
    text = gap.join(("\u3000\u3000" if story.tongue.code == "zh" else "") + _e(t) for t in story.paragraphs)
    middle = f'<div class="main">{_heading(story)}{_byline(draw, story)}<div {_content_name(draw)}>{text}</div></div>{_related(draw)}'
    return _gold("br", story, _page(draw, story, middle))


def _soup(draw: Draw) -> Gold:
    story = _story(draw)
    rng = draw.rng
    parts = []
    for t in story.paragraphs:
        inner = f"<span>{_e(t[: len(t) // 2])}</span><span>{_e(t[len(t) // 2 :])}</span>"
        for _ in range(rng.randint(0, 4)):
            inner = f'<div class="x{rng.randint(1, 99)}">{inner}</div>'
        parts.append(f'<div class="css-{rng.randint(1000, 9999)}">{inner}</div>')
    middle = (
        f'<div class="css-1"><div class="css-2">{_heading(story)}{_byline(draw, story)}</div><div class="css-3">{"".join(parts)}</div></div>'
        f'<div class="css-9">{_related(draw)}</div>'
    )
    return _gold("soup", story, _page(draw, story, middle))


def _deep(depth: int) -> Callable[[Draw], Gold]:
    def make(draw: Draw) -> Gold:
        story = _story(draw)
        tags = [draw.rng.choice(("div", "span") if depth < 1000 else ("div",)) for _ in range(depth)]
        inner = (
            "".join(f"<{t}>" for t in tags)
            + f"<div {_content_name(draw)}>{_plain(story)}</div>"
            + "".join(f"</{t}>" for t in reversed(tags))
        )
        middle = f'<div class="main">{_heading(story)}{_byline(draw, story)}{inner}</div>{_related(draw)}'
        return _gold(f"deep-{depth}", story, _page(draw, story, middle))

    return make


def _multi(draw: Draw) -> Gold:
    story = _story(draw)
    pages = "".join(f"<a href='_{i}.html'>{i}</a> " for i in range(2, 6))
    middle = (
        f'<div class="main">{_heading(story)}{_byline(draw, story)}<div {_content_name(draw)}>{_plain(story)}'
        f'<div class="page">1 {pages}<a href="_2.html">{story.tongue.next_page}</a></div></div></div>{_ranking(draw)}'
    )
    return _gold("multi-page", story, _page(draw, story, middle))


def _captions(draw: Draw) -> Gold:
    story = _story(draw)
    out, body = [], []
    for i, text in enumerate(story.paragraphs):
        if i % 3 == 1:
            caption = draw.fill(story.tongue.caption)
            out.append(f'<figure><img src="{i}.jpg" alt=""><figcaption>{_e(caption)}</figcaption></figure>')
            body.append(caption)
        out.append(f"<p>{_e(text)}</p>")
        body.append(text)
    middle = f'<article class="story">{_heading(story)}{_byline(draw, story)}{"".join(out)}</article>{_related(draw)}'
    return _gold("captions", story, _page(draw, story, middle), body=tuple(body))


def _tables(draw: Draw) -> Gold:
    story = _story(draw)
    rows = [
        (place, str(draw.rng.randint(10, 999)), f"{draw.rng.randint(1, 99)}.{draw.rng.randint(0, 9)}%")
        for place in story.tongue.places
    ]
    table = (
        "<table border=1>"
        + "".join("<tr>" + "".join(f"<td>{_e(c)}</td>" for c in row) + "</tr>" for row in rows)
        + "</table>"
    )
    ps = [f"<p>{_e(t)}</p>" for t in story.paragraphs]
    body = [*story.paragraphs[:2], *(" ".join(row) for row in rows), *story.paragraphs[2:]]
    middle = f'<div class="main">{_heading(story)}{_byline(draw, story)}<div {_content_name(draw)}>{"".join(ps[:2])}{table}{"".join(ps[2:])}</div></div>{_ranking(draw)}'
    return _gold("tables", story, _page(draw, story, middle), body=tuple(body))


def _lists(draw: Draw) -> Gold:
    story = _story(draw)
    points = [draw.fill(s) for s in draw.rng.sample(story.tongue.sentences, 4)]
    ps = [f"<p>{_e(t)}</p>" for t in story.paragraphs]
    lst = "<ul>" + "".join(f"<li>{_e(t)}</li>" for t in points) + "</ul>"
    body = (*story.paragraphs[:3], *points, *story.paragraphs[3:])
    middle = f'<div class="main">{_heading(story)}{_byline(draw, story)}<div {_content_name(draw)}>{"".join(ps[:3])}{lst}{"".join(ps[3:])}</div></div>{_related(draw)}'
    return _gold("lists", story, _page(draw, story, middle), body=body)


def _commented(draw: Draw) -> Gold:
    story = _story(draw, (4, 8))
    middle = f'<div class="main">{_heading(story)}{_byline(draw, story)}<div {_content_name(draw)}>{_plain(story)}</div>{_comments(draw)}</div>{_related(draw)}'
    return _gold("comments", story, _page(draw, story, middle))


def _paywall(draw: Draw) -> Gold:
    story = _story(draw, (2, 4))
    middle = (
        f'<div class="main">{_heading(story)}{_byline(draw, story)}<div {_content_name(draw)}>{_plain(story)}</div>'
        f'<div class="paywall"><p>{_e(story.tongue.teaser)}</p></div></div>{_ranking(draw)}'
    )
    return _gold("paywall", story, _page(draw, story, middle))


def _unclosed(draw: Draw) -> Gold:
    story = _story(draw)
    text = "".join(f"<p>{'<font>' if i % 3 == 0 else ''}{_e(t)}\n" for i, t in enumerate(story.paragraphs))
    middle = f'<div class="main">{_heading(story)}{_byline(draw, story)}<div {_content_name(draw)}>{text}</div></div><div>{_related(draw)}'
    return _gold("unclosed", story, _page(draw, story, middle))


def _scripts(draw: Draw) -> Gold:
    story = _story(draw)
    text = "".join(
        f"<p>{_e(t)}</p><script>{_BALLAST}</script><div class='ad'><iframe src='//ad.example'></iframe></div>"
        for t in story.paragraphs
    )
    middle = f'<div class="main">{_heading(story)}{_byline(draw, story)}<div {_content_name(draw)}>{text}</div></div>{_related(draw)}'
    return _gold("scripts", story, _page(draw, story, middle, weight=30))


def _government(draw: Draw) -> Gold:
    story = _story(draw)
    head = (
        f'<meta name="PubDate" content="{story.date} 09:00"><meta name="ContentSource" content="{_e(story.source)}">'
        f'<meta name="ArticleTitle" content="{_e(story.title)}">'
    )
    text = "".join(
        f'<p style="text-indent:2em;font-family:宋体">\u3000\u3000{_e(t)}</p>' for t in story.paragraphs
    )
    middle = (
        f'<div class="wz">{draw.tongue.channels[0]} &gt; {draw.tongue.channels[1]}</div><div class="xl"><h1>{_e(story.title)}</h1>'
        f'<div class="xx">{_e(story.stamp)} {_e(story.tongue.source.format(s=story.source))}</div><div class="TRS_Editor" id="zoom">{text}</div>'
        f"{_share(draw)}</div>{_related(draw, 5)}"
    )
    return _gold("government", story, _page(draw, story, middle, head=head), author=False)


def _subheads(draw: Draw) -> Gold:
    story = _story(draw, (8, 12))
    out, body = [], []
    for i, text in enumerate(story.paragraphs):
        if i % 3 == 0:
            head = draw.headline()
            out.append(
                draw.rng.choice(("<h2>{}</h2>", "<h3>{}</h3>", "<p><strong>{}</strong></p>")).format(_e(head))
            )
            body.append(head)
        out.append(f"<p>{_e(text)}</p>")
        body.append(text)
    middle = f"<main><article>{_heading(story)}{_byline(draw, story)}<section {_content_name(draw)}>{''.join(out)}</section></article><aside>{_ranking(draw)}</aside></main>"
    return _gold("subheads", story, _page(draw, story, middle, head=_linked(story)), body=tuple(body))


def _title_above(draw: Draw) -> Gold:
    """The headline repeated inside the body's container, as syndication systems leave it."""
    story = _story(draw)
    middle = f'<div class="main">{_heading(story)}<div {_content_name(draw)}><p><b>{_e(story.title)}</b></p><p>{_e(story.stamp)}</p>{_plain(story)}</div></div>{_related(draw)}'
    return _gold(
        "title-above",
        story,
        _page(draw, story, middle, head=f'<meta property="og:site_name" content="{_e(story.source)}">'),
        author=False,
    )


SITES: Final[tuple[Callable[[Draw], Gold], ...]] = (
    _portal, _table2003, _wechat, _next, _nuxt, _json_ld, _amp, _blog, _live, _short, _short_summaries, _br, _soup, _deep(200), _deep(300),
    _deep(1500), _multi, _captions, _tables, _lists, _commented, _paywall, _unclosed, _scripts, _government, _subheads, _title_above,
)  # fmt: skip
#: Pages a language has of each site.
SHARES: Final = {"zh": 3, "en": 2, "ja": 0.4, "ko": 0.4, "de": 0.4, "fr": 0.4, "es": 0.4}


def make(seed: int) -> Iterator[Gold]:
    """Yield the pages of a seed, in a fixed order."""
    for code, share in SHARES.items():
        for at, site in enumerate(SITES):
            rng = random.Random(f"{seed}/{code}/{at}")
            for _ in range(int(share) if share >= 1 else int(rng.random() < share)):
                yield site(Draw(rng, TONGUES[code]))


def heavy(seed: int, count: int, kilobytes: int) -> Iterator[str]:
    """Yield news pages of a usual size: 60 to 200 kB of which most is scripts, styles and lists of links."""
    rng = random.Random(f"{seed}/heavy/{kilobytes}")
    for _ in range(count):
        draw = Draw(rng, TONGUES[rng.choice(("zh", "zh", "en"))])
        story = _story(draw, (8, 16))
        walls = "".join(
            f'<div class="box{i}"><h4>{_e(rng.choice(draw.tongue.channels))}</h4><ul>{draw.links(rng.randint(8, 24))}</ul></div>'
            for i in range(kilobytes // 8)
        )
        middle = (
            f'<div class="main">{_heading(story)}{_byline(draw, story)}{_share(draw)}<div {_content_name(draw)}>{_plain(story)}</div>{_related(draw, 10)}'
            f"{_comments(draw)}</div><div class='walls'>{walls}</div>"
        )
        page = _page(draw, story, middle, head=_linked(story))
        lacking = max(0, kilobytes * 1000 - len(page.encode()))
        yield page.replace("</head>", f"<script>{_BALLAST * (lacking // len(_BALLAST))}</script></head>", 1)
