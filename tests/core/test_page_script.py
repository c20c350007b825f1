"""Articles that stand in the data of a page: taken where the page shows none, and never in place of one that it shows."""

import json
import time

import pytest

from stages.extract import ExtractSettings, extract
from stages.model import Extracted

TITLE = "云港新桥通车 两岸往来只要八分钟"
TEXT = [
    "云港新桥二月四日清晨正式通车，两岸居民过河的时间从一小时缩短到八分钟，老渡口同日停航。",
    "记者在桥头看到，早高峰的车流平稳有序，交警在两端疏导，公交公司临时加开了六条线路，方便市民上班。",
    "在河上摇了四十年船的老船工说，他要到桥上走一个来回，再把自己的木船送给镇上的民俗馆，留给孩子们看。",
    "新桥全长三点二公里，双向六车道，桥面两侧设有人行道和自行车道，夜间照明全部使用太阳能。",
]
OTHER = [
    "柳荫镇的盐场昨天收官，今年一共入库三千吨海盐，比去年多出一成，工人们说这是最好的一个夏天。",
    "镇上的老人还记得六十年前的盐垛，那时候整个海滩都是白的，远远看去像下过一场大雪，孩子们不敢踩。",
    "明年的盐田将缩小三分之一，让出来的滩涂还给候鸟，管理处已经搭好了两座木头的观鸟台，免费开放。",
]
ARTICLE = {
    "title": TITLE,
    "content": "".join(f"<p>{text}</p>" for text in TEXT),
    "publishTime": "2021-02-05 08:30",
}
LD = {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n\n".join(TEXT)}


def page(script, shown="", title=TITLE):
    return (
        f"<html><head><title>{title}_海州之窗</title></head><body><ul><li><a href=/a>首页</a><li><a href=/b>新闻</a></ul>"
        f"<div id=app>{shown}</div>{script}<p>版权所有 海州传媒</p></body></html>"
    )


def data(value, kind="application/json", before="", after=""):
    text = json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="{kind}">{before}{text}{after}</script>'


def got(html):
    found = extract(html, ExtractSettings())
    assert isinstance(found, Extracted)
    return found


COMMENTS = {"comments": [{"text": text, "title": TITLE} for text in OTHER * 3]}
WAYS = {
    "next": data({"props": {"pageProps": {"article": ARTICLE} | COMMENTS}}),
    "state": data(
        {"news": ARTICLE} | COMMENTS, "text/javascript", "window.__INITIAL_STATE__ = ", ";(function(){})()"
    ),
    "var": data(ARTICLE, "", "var detail="),
    "parsed": f"<script>window.__DATA__ = JSON.parse({json.dumps(json.dumps(ARTICLE))});</script>",
    "blocks": data({"title": TITLE, "body": [{"type": "p", "value": {"text": text}} for text in TEXT]}),
    "list": data({"headline": TITLE, "paragraphs": TEXT}),
    "plain": data({"title": TITLE, "text": "\r\n".join(TEXT)}),
    "json-ld": data(LD, "application/ld+json"),
    "json-ld graph": data({"@graph": [{"@type": "WebSite", "name": "x"}, LD]}, "application/ld+json"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shown", ["", "<div>加载中</div>", f"<h1>{TITLE}</h1><p>{TEXT[0]}</p>"])
def test_an_article_that_only_a_script_shows_is_found(way, shown):
    found = got(page(WAYS[way], shown))
    assert found.text.split("\n") == TEXT
    assert found.extractor.split(";")[0] == ("json-ld" if way.startswith("json-ld") else "script")
    assert found.agreement == (1.0 if TEXT[0] in shown else 0.0)
    assert found.unextracted_chars >= len("版权所有 海州传媒")


def test_the_date_beside_the_text_is_read():
    found = got(page(WAYS["next"])).metadata
    assert (found.published, dict(found.rules)["published"]) == ("2021-02-05T08:30", "script")


REFUSED = {
    "another story": data({"title": "柳荫盐场收官", "content": "".join(f"<p>{t}</p>" for t in TEXT)}),
    "no headline": data({"content": "\n".join(TEXT)}),
    "a list of others": data({"title": TITLE, "related": [{"title": TITLE, "content": "\n".join(TEXT)}]}),
    "another article in JSON-LD": data(LD | {"headline": "柳荫盐场收官"}, "application/ld+json"),
    "a program": f'<script>window.text = "{TITLE}" + render({{}}); var a = [1, {{x: "{TEXT[0]}"}}];</script>',
    "broken": data(ARTICLE)[:-60] + "</script>",
    "deep": "<script type='application/json'>" + "[" * 100_000 + "</script>",
}


@pytest.mark.parametrize("way", REFUSED)
def test_what_is_not_the_article_of_the_page_is_not_taken(way):
    found = got(page(REFUSED[way], "<p>一句看得见的话，写在页面的正中间，没有别的东西。</p>"))
    assert not any(text in found.text for text in TEXT)
    assert "一句看得见的话" in found.text


@pytest.mark.parametrize("way", WAYS)
def test_an_article_that_is_shown_is_never_replaced(way):
    shown = f"<h1>{TITLE}</h1><div class=content>" + "".join(f"<p>{text}</p>" for text in OTHER) + "</div>"
    found = got(page(WAYS[way], shown))
    assert found.text.split("\n") == OTHER
    assert not found.extractor.startswith(("script", "json-ld"))


@pytest.mark.parametrize(
    "value",
    [
        {f"k{i}": f"<p>第{i}段文字，写得不长不短。</p>" for i in range(100_000)},
        [{"a": [{"b": [{"c": f"<p>第{i}段文字，写得不长不短。</p>"}]}]} for i in range(60_000)],
        [[f"<p>第{i}段文字，写得不长不短。</p>"] * 2 for i in range(60_000)],
    ],
    ids=["entries", "nested", "lists"],
)
def test_much_data_takes_no_longer_than_it_is_long(value):
    html = page(data(value | {"title": TITLE} if isinstance(value, dict) else [{"title": TITLE, "x": value}]))
    begin = time.process_time()
    got(html)
    assert time.process_time() - begin < 8


def test_markup_in_the_data_never_gets_into_the_text():
    value = {
        "title": TITLE,
        "content": "".join(f"<p><b>{t}</b><script>x</script><img src=a></p>" for t in TEXT),
    }
    assert got(page(data(value))).text.split("\n") == TEXT
