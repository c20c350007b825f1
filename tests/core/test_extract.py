"""The article of a page: whole, without the site around it, and the same whatever came before.

All pages are written for these tests; outlets, places and people are invented.
"""

import logging
import subprocess
import sys
import time

import pytest
import readability
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from stages import _page, _page_scores
from stages.extract import ExtractSettings, _readability, _trafilatura, extract
from stages.model import Extracted, Rejected

SETTINGS = ExtractSettings()
LAW = settings(derandomize=True, deadline=None, max_examples=60)

ZH = [
    "云港新桥二月四日清晨正式通车，两岸居民过河的时间从一小时缩短到八分钟，老渡口同日停航。",
    "记者在桥头看到，早高峰的车流平稳有序，交警在两端疏导，公交公司临时加开了六条线路，方便市民上班。",
    "在河上摇了四十年船的老船工说，他要到桥上走一个来回，再把自己的木船送给镇上的民俗馆，留给孩子们看。",
    "新桥全长三点二公里，双向六车道，桥面两侧设有人行道和自行车道，夜间照明全部使用太阳能，预计每年节电四成。",
    "市交通部门表示，下一步将完善两岸接驳道路，计划在年内再开通三条跨河公交线路，并改造旧码头周边的街巷。",
]
EN = [
    "The new bridge across the Yun opened on Thursday morning, cutting the crossing from an hour to eight minutes.",
    "Traffic moved steadily through the first rush hour while officers directed cars at both ends of the bridge.",
    "A boatman who had rowed passengers over the river for forty years said he would walk across it and back again.",
    "The bridge is three kilometres long, has six lanes, and carries paths for cyclists and walkers on both sides.",
]
NAV = "".join(f'<li><a href="/c{i}">频道{i}</a></li>' for i in range(12))


def page(body, title="云港新桥通车 两岸往来只要八分钟", head="", url_part="news"):
    return (
        f'<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{title}_{url_part}_海州之窗</title>{head}</head>'
        f'<body><div class="nav"><ul>{NAV}</ul></div><div class="main"><h1>{title}</h1>{body}</div>'
        '<div class="footer"><p>版权所有 海州传媒</p><a href="/about">关于我们</a></div></body></html>'
    )


def paragraphs(texts):
    return (
        '<div class="article-content" id="content">' + "".join(f"<p>{text}</p>" for text in texts) + "</div>"
    )


def got(html, url=None, options=SETTINGS):
    found = extract(html, options, url=url)
    assert isinstance(found, Extracted)
    return found


@pytest.mark.parametrize("texts", [ZH, EN])
def test_the_article_is_found_with_one_paragraph_a_line(texts):
    lines = got(page(paragraphs(texts))).text.split("\n")
    assert [line for line in lines if line in texts] == texts
    assert not any("频道" in line for line in lines)


def test_a_br_ends_a_line_and_a_table_row_is_a_line():
    body = (
        "<div class='content'>"
        + "<br>".join(ZH)
        + "<table><tr><td>年份</td><td>车次</td></tr><tr><td>甲</td><td>12</td></tr></table></div>"
    )
    assert _page.lines(_page.parse(body)) == [*ZH, "年份 车次", "甲 12"]
    lines = got(page(body)).text.split("\n")
    assert [line for line in lines if line in ZH] == ZH


@pytest.mark.parametrize("depth", [200, 255, 300, 900, 2000])
@pytest.mark.parametrize("tag", ["div", "span"])
def test_deep_nesting_loses_no_text(depth, tag):
    deep = (
        f"<{tag}>" * depth
        + paragraphs(ZH)
        + f"</{tag}>" * depth
        + "<p>最后一段写在深处之后，也要留下来，谁也不能把它弄丢。</p>"
    )
    found = extract(page(deep), SETTINGS)
    assert isinstance(found, Extracted)
    assert all(text in found.text for text in ZH)
    assert found.visible_chars >= sum(map(len, ZH)) + 20


@pytest.mark.parametrize("outer", ["<div>", "<ul><li>", "<table><tr><td>", "<div>x<p>y</p>", "<pre>"])
@pytest.mark.parametrize("inner", ["<a href=x>n</a>", "<p>一，二，三。</p>", "<div>x</div>", "a line\n\n "])
@pytest.mark.parametrize("depth", [120, 600, 1800])
def test_repeated_markup_below_nested_markup_takes_no_time_and_loses_no_text(outer, inner, depth):
    head = outer * (depth // outer.count("<"))
    count = (32_768 - len(head)) // len(inner)
    begin = time.process_time()
    found = got(f"<html><body>{head}{inner * count}<p>{ZH[0]}</p>")
    assert time.process_time() - begin < 2
    assert found.heavy or depth < 600
    if found.extractor == "visible text":
        assert found.text.endswith(ZH[0])
        assert found.unextracted_chars == 0


@pytest.mark.parametrize("count", [250, 1_000])
def test_headlines_in_headlines_take_no_time_and_lose_no_text(count):
    """Each has the text of all that stand in it."""
    begin = time.process_time()
    found = got(f"<html><head><title>{ZH[1]}</title></head><body>{'<h1>' * count}{ZH[0]}")
    assert time.process_time() - begin < 2
    assert found.metadata.title == ZH[1]
    assert ZH[0] in found.text


@pytest.mark.parametrize("count", [300, 420, 1_400, 1_900])
def test_articles_in_articles_take_no_time_and_lose_no_text(count):
    """trafilatura goes through all that is around each."""
    begin = time.process_time()
    found = got(f"<html><body><p>{ZH[1]}</p>{'<article>' * count}{ZH[0]}")
    assert time.process_time() - begin < 2
    assert found.heavy == (count > 470)
    assert ZH[0] in found.text


@pytest.mark.parametrize(
    "table", ["<table><tr><td>", "<table><tbody><tr><td><p>z</p>", "<div><table><tr><td>"]
)
@pytest.mark.parametrize("count", [150, 280, 500])
def test_tables_in_tables_take_no_time_and_lose_no_text(table, count):
    """trafilatura goes through a table once for each pair of those around it: the cube of the depth."""
    begin = time.process_time()
    found = got(f"<html><body><p>{ZH[1]}</p>{table * count}{ZH[0]}")
    assert time.process_time() - begin < 2
    assert found.heavy or count <= 280
    if found.extractor == "visible text":
        assert found.text.endswith(ZH[0])


def test_a_page_laid_out_by_nested_tables_is_extracted():
    rows = "".join(f"<tr><td><a href='/{n}'>第{n}条</a></td></tr>" for n in range(1500))
    around = "<table><tr><td>"
    found = got(page(around * 8 + paragraphs(ZH) + f"<table>{rows}</table>" + "</td></tr></table>" * 8))
    assert [line for line in found.text.split("\n") if line in ZH] == ZH
    assert found.extractor != "visible text"


@pytest.mark.parametrize("control", ["&#1;", "&#x1f;", "&#xfffe;", "&#xfdd0;", "&#12;", "\f"])
def test_a_control_that_came_by_a_reference_stops_no_extractor(control, capfd):
    body = (
        "<br>".join(f"{text}{control}" for text in EN) + f"<div>{control}{EN[0]}<p>{EN[1]}</p>{control}</div>"
    )
    found = got(page(f"<div class='content'>{body}</div>"))
    assert found.extractor.count("; ") == 2 or found.agreement == 1.0  # each that was asked answered
    assert all(text in found.text for text in EN)
    assert not set(found.text) & set("\x01\x1f\ufffe\ufdd0\f")
    assert capfd.readouterr().err == ""


def test_a_long_page_that_is_not_nested_is_extracted():
    items = "".join(f"<li><a href='/{n}'>第{n}条</a></li>" for n in range(4000))
    found = got(page(paragraphs(ZH) + f"<ul>{items}</ul>"))
    assert [line for line in found.text.split("\n") if line in ZH] == ZH
    assert not found.heavy  # the first two agree


def test_a_page_too_long_or_too_deep_for_an_extractor_says_so():
    short = page("<p>渡轮今日首航。</p>")  # the first two do not agree
    assert not got(short).heavy
    for options in (ExtractSettings(max_blocks=1), ExtractSettings(max_depth=1)):
        found = got(short, options=options)
        assert found.heavy
        assert "justext" not in found.extractor


@pytest.mark.parametrize("depth", [2050, 5000, 50_000])
def test_nesting_past_the_parser_is_rejected_never_cut(depth):
    deep = "<p>开头</p>" + "<div>" * depth + paragraphs(ZH) + "</div>" * depth + "<p>末尾</p>"
    found = extract(page(deep), SETTINGS)
    assert isinstance(found, Rejected)
    assert found.reason == "html_depth"


@pytest.mark.parametrize(
    "empty",
    ["", "  \n", "<!-- x -->", "<html></html>", "<p></p>", "<script>var a = 1</script>", "\x00", "<br>" * 9],
)
def test_a_page_without_text_is_rejected(empty):
    found = extract(empty, SETTINGS)
    assert isinstance(found, Rejected)
    assert found.reason == "html_empty"


@pytest.mark.parametrize(
    "html", ["快讯", "<p>一句话新闻。</p>", "<body>a<b>b</b>c", "<td>x", "<a href='//[x'>连接</a>"]
)
def test_a_short_text_is_kept_rather_than_lost(html):
    found = got(html)
    assert found.text
    assert found.unextracted_chars == 0


def test_text_that_no_extractor_takes_comes_from_the_article_element():
    cells = "".join(f"<li><a href='/x{i}'>短讯{i}</a></li>" for i in range(30))
    found = got(f"<html><body><nav>导航</nav><article><ul>{cells}</ul></article></body></html>")
    assert "短讯0" in found.text
    assert "短讯29" in found.text


def test_the_article_of_a_wechat_page_is_taken_though_hidden():
    inner = "".join(f"<p>{text}</p>" for text in ZH)
    found = got(
        "<html><head><title>云港新桥</title></head><body><h1 id='activity-name'>云港新桥</h1>"
        "<a id='js_name'>海州之窗</a><div id='js_content' style='visibility: hidden; opacity: 0;'>"
        f"{inner}</div><p>赞</p></body></html>"
    )
    assert found.text.split("\n") == ZH
    assert found.extractor == "js_content"
    assert found.metadata.source == "海州之窗"


def test_the_answer_does_not_depend_on_earlier_pages():
    pages = [page(paragraphs(ZH)), page(paragraphs(EN)), page(paragraphs(ZH[::-1]), url_part="x")]
    alone = [got(one) for one in pages]
    assert [got(one) for one in reversed(pages)] == alone[::-1]
    assert [got(pages[0]) for _ in range(5)] == [alone[0]] * 5


def test_the_first_two_extractors_leave_the_tree_that_they_share_as_it_is():
    beside = (
        "<table><tr><td>甲</td><td>乙</td></tr></table><div style='display:none'>藏</div><div hidden>隐</div>"
        "<form><input><button>送</button></form><figure><img src=a><figcaption>图</figcaption></figure>"
        "<div class='comments'><p>评论</p></div><script>var a = 1;</script><ul><li><a href=b>链</a></li></ul><br>尾"
    )
    tree = _page.parse(page(paragraphs(ZH) + beside))
    before = etree.tostring(tree)
    for ask in (_trafilatura, _readability):
        assert ask(tree, ExtractSettings())[1]
        assert etree.tostring(tree) == before


LINKS = st.recursive(
    st.sampled_from(
        ["词语，", " word  here, ", "<a href=a>一个 链接</a>", "<a href=b><i>two</i> words</a>", "<br>"]
    ),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["div", "p", "td", "blockquote", "section", "a", "ul", "li"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=40,
)


@LAW
@given(st.lists(LINKS, min_size=1, max_size=4))
def test_readability_asks_for_each_link_once_and_its_shares_of_links_are_those_of_the_text(parts):
    looked, wrong, seen = [], [], []

    def length(element):
        looked.append(element)
        return len(" ".join("".join(element.itertext()).split()))

    scored = readability.Document.score_paragraphs

    def score_paragraphs(self):
        found = scored(self)
        elements = list(self.html.iter(etree.Element))
        for element in elements:
            self.get_link_density(element)
        looked.clear()
        shares = [(element, self.get_link_density(element)) for element in elements]
        seen.append(len(looked) <= len(elements))  # of each element its own, since links are known
        for element, share in shares:
            linked = sum(map(length, element.iterfind(".//a")))
            if share != (linked / max(1, length(element)) if linked else 0.0):
                wrong.append(etree.tostring(element))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_page_scores, "_length", length)
        patch.setattr(readability.Document, "score_paragraphs", score_paragraphs)
        _page_scores.lines(_page.parse(page("".join(parts) + paragraphs(ZH))))
    assert seen
    assert all(seen)
    assert wrong == []


def test_a_new_process_gives_the_same_answer_whatever_its_hash_seed():
    code = (
        "import sys; from stages.extract import *; html = sys.stdin.read()\n"
        "for _ in range(2): print(ascii(extract(html, ExtractSettings())))"
    )
    html = page(paragraphs(EN) + "<div class='related'><a href='/a'>one</a> <a href='/b'>two</a></div>")
    out = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            input=html,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(out) == 1
    assert len(set(out.pop().splitlines())) == 1


def test_nothing_is_logged(caplog):
    with caplog.at_level(logging.WARNING):
        for html in (
            "x",
            "<p>一</p>",
            page(paragraphs(ZH)),
            page(""),
            "<html><body><ul><li>a</ul>",
            "<frameset>",
        ):
            extract(html, SETTINGS)
    assert caplog.records == []


def test_the_count_of_what_was_left_aside_holds():
    found = got(page(paragraphs(ZH)))
    assert 0 < found.unextracted_chars < found.visible_chars
    assert "频道" not in found.text
    assert found.visible_chars - found.unextracted_chars <= len(found.text) + 5
    assert 0 <= found.agreement <= 1
    assert found.extractor.count(";") >= 1


def test_line_feeds_of_the_source_are_no_spaces_between_wide_characters():
    wrapped = [text[:20] + "\n    " + text[20:] for text in ZH]
    lines = got(page(paragraphs(wrapped))).text.split("\n")
    assert [line for line in lines if line in ZH] == ZH


@pytest.mark.parametrize(
    "control", ["\f", "&#12;", "&#1;", "&#31;", "&#xFFFE;", "&#xFFFF;", "&#xD800;", "&#0;"]
)
def test_a_control_beside_a_line_feed_between_wide_characters_costs_nothing(control):
    """The parser gives it and does not take it back."""
    head = f"<p>渡轮\n今日{control}首航</p>码头\n上{control}"
    assert ZH[0] in got(page(head + paragraphs(ZH))).text
    assert "今日" in "".join(_page.lines(_page.parse(head)))


def test_text_hidden_from_view_is_not_counted():
    assert _page.lines(
        _page.parse("<p>甲<span style='color:red;display: none'>乙</span>丙</p><p hidden>丁</p>")
    ) == ["甲丙"]
    assert _page.lines(_page.parse("<pre>a\n b</pre>c")) == ["a", "b", "c"]


HEADS = [
    ("<p>2021年02月05日 08:30　来源：海州日报　作者：江一帆</p>", False),
    ("<p>发布时间：2021-02-05</p>", False),
    ("<p><b>云港新桥通车 两岸往来只要八分钟</b></p>", False),
    ("<p>海州日报云港2月4日电（记者江一帆）</p>", True),  # a dateline belongs to the text
    ("<p>2021年2月5日，三家渡轮公司宣布合并</p>", True),
    ("<p>更新于2021年03月09日</p>", True),  # another day than the metadata name
]


@pytest.mark.parametrize(("line", "stays"), HEADS)
def test_a_line_above_the_text_goes_only_if_the_metadata_say_all_of_it(line, stays):
    head = '<meta name="pubdate" content="2021-02-05T08:30">'
    lines = got(
        page(line + paragraphs(ZH).replace('id="content">', f'id="content">{line}'), head=head)
    ).text.split("\n")
    text = "".join(_page.lines(_page.parse(line)))
    assert (text in lines) == stays
    assert "云港新桥通车 两岸往来只要八分钟" not in lines
    assert [one for one in lines if one in ZH] == ZH


def test_an_article_that_its_own_page_hides_until_a_script_runs_is_found():
    for style in ("display:none", "visibility: hidden", "opacity:0;visibility:hidden"):
        found = got(page(f'<div id="main" style="{style}">{paragraphs(ZH)}</div>'))
        assert [line for line in found.text.split("\n") if line in ZH] == ZH


META = [
    ("<title>云港新桥通车_海州之窗</title>", "<h1>云港新桥通车</h1>", "title", "云港新桥通车", "h1"),
    ("<title>云港新桥通车_海州之窗</title>", "<h1>海州之窗</h1>", "title", "云港新桥通车", "title"),
    (
        '<title>奖金711万元！"新桥杯"落幕_海州之窗</title><meta property="og:title" content="奖金711万元！&quot;新桥杯&quot;落幕">',
        "",
        "title",
        '奖金711万元！"新桥杯"落幕',
        "og:title",
    ),
    ("<title>Harbour reopens | Haizhou Post</title>", "", "title", "Harbour reopens", "title"),
    ("", "<p>2021年02月05日08:30　来源：海州日报</p>", "published", "2021-02-05T08:30", "visible"),
    ("", "<p>2021年02月05日08:30　来源：海州日报</p>", "source", "海州日报", "source-line"),
    (
        '<meta property="article:published_time" content="2021-02-05T08:30:15+08:00">',
        "",
        "published",
        "2021-02-05T08:30:15+08:00",
        "meta article:published_time",
    ),
    (
        (
            '<meta name="pubdate" content="2021-03-09"><script type="application/ld+json">{"@graph":[{"headline":"x",'
            '"datePublished":"2021-02-05T08:30"}]}</script>'
        ),
        "<p>2021-02-05</p>",
        "published",
        "2021-02-05T08:30",
        "json-ld",
    ),
    ("", '<time datetime="2021-02-05">5 Feb</time>', "published", "2021-02-05", "time"),
    ("", "<p>2月5日 08:30</p>", "published", None, None),
    ('<meta property="og:site_name" content="海州之窗">', "", "source", "海州之窗", "og:site_name"),
    ("", "<p>本报记者 江一帆</p>", "author", "江一帆", "reporter-line"),
    ("", "<p>作者：江一帆</p>", "author", "江一帆", "author-line"),
    ("", "<p>記者：佐伯 湊</p>", "author", "佐伯 湊", "reporter-line"),
    ("", "<p>입력 2021.02.05 08:30　출처: 청라신문　서하늘 기자</p>", "author", "서하늘", "reporter-line"),
    ("", "<p>입력 2021.02.05 08:30　출처: 청라신문　서하늘 기자</p>", "source", "청라신문", "source-line"),
    (
        "",
        "<p>05.02.2021, 08:30 Uhr　Quelle: Moorhafener Bote　Von Greta Wolff</p>",
        "source",
        "Moorhafener Bote",
        "source-line",
    ),
    (
        "",
        "<p>05.02.2021, 08:30 Uhr　Quelle: Moorhafener Bote　Von Greta Wolff</p>",
        "author",
        "Greta Wolff",
        "byline",
    ),
    (
        "",
        "<p>05.02.2021, 08:30 Uhr　Quelle: Moorhafener Bote　Von Greta Wolff</p>",
        "published",
        "2021-02-05T08:30",
        "visible",
    ),
    (
        "<title>Harbour reopens-Haizhou Post</title>",
        "<p>Source: Haizhou Post</p>",
        "title",
        "Harbour reopens",
        "title",
    ),
    ("", "<p>Source: people who asked not to be named: three of them</p>", "source", None, None),
    ("", "<p>By Jane Roe</p>", "author", "Jane Roe", "byline"),
    ('<meta name="author" content="Jane Roe">', "", "author", "Jane Roe", "meta author"),
    ('<meta name="author" content="责任编辑：江帆">', "", "author", None, None),
    ('<link rel="canonical" href="/n/1.html">', "", "url", "https://news.example/n/1.html", "canonical"),
    (
        '<meta property="og:url" content="https://news.example/n/2">',
        "",
        "url",
        "https://news.example/n/2",
        "og:url",
    ),
    ('<link rel="canonical" href="http://[x">', "", "url", "https://news.example/n/", "given"),
]


@pytest.mark.parametrize(
    ("head", "body", "field", "value", "rule"),
    META,
    ids=[f"{i}-{one[2]}-{one[4]}" for i, one in enumerate(META)],
)
def test_metadata_names_the_rule_that_found_it(head, body, field, value, rule):
    html = f"<html><head>{head}</head><body>{body}{paragraphs(ZH)}</body></html>"
    found = got(html, url="https://news.example/n/").metadata
    assert getattr(found, field) == value
    assert dict(found.rules).get(field) == rule


@pytest.mark.parametrize(
    "hostile",
    [
        "<p>x" * 30_000,
        "<p " + " ".join(f"a{i}=1" for i in range(80_000)) + ">" + ZH[0] + "</p>",
        "<!--" * 80_000 + ZH[0],
        "<table><tr><td colspan=999999999>" + ZH[0] + "</td></tr></table>",
        "<a" * 100_000,
        "<p>" + "a\u0315\u0300" * 20_000,
        "<script type='application/ld+json'>" + "[" * 50_000 + "</script>" + ZH[0],
    ],
    ids=["paragraphs", "attributes", "comments", "colspan", "open tags", "marks", "json"],
)
def test_hostile_pages_take_no_longer_than_they_are_long(hostile):
    begin = time.process_time()
    extract(f"<html><body>{hostile}</body></html>", SETTINGS)
    assert time.process_time() - begin < 8


@pytest.mark.parametrize("bad", [{"min_chars": 0}, {"agree": 0.0}, {"agree": 1.5}, {"length_high": 5}])
def test_bad_settings_say_what_is_wrong(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        ExtractSettings(**bad)


PIECES = [
    "<p>",
    "</p>",
    "<br>",
    "<div>",
    "</div>",
    "<td>",
    "<table>",
    "<a href=x>",
    "</a>",
    "<!--",
    "-->",
    "<pre>",
    "&lt;",
    "&#0;",
]
PIECES += [
    *ZH[:2],
    *EN[:2],
    " ",
    "\n",
    "\x01",
    "\u2028",
    "\ufdd0",
    "<script>",
    "</script>",
    "<h1>",
    "</h1>",
    "\ud800",
    "<",
    "\ufffe",
]


@LAW
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_page_gives_a_value_whose_counts_hold(html):
    found = extract(html, SETTINGS)
    if isinstance(found, Extracted):
        assert found.text.strip()
        assert all(line.strip() for line in found.text.split("\n"))
        assert 0 <= found.unextracted_chars <= found.visible_chars
        assert extract(html, SETTINGS) == found
    else:
        assert found.reason in {"html_empty", "html_depth"}


def test_importing_the_stage_loads_no_extractor():
    code = "import sys, stages.extract; print([m for m in ('trafilatura', 'readability', 'justext') if m in sys.modules])"
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    ).stdout
    assert out.strip() == "[]"
