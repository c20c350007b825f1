"""Lines of a site are told from lines of an article; what is kept, and what recurs."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _patterns
from stages._recurrence import MAY
from stages.furniture import RULES, FurnitureSettings, furniture, line_keys
from stages.model import Role

SETTINGS = FurnitureSettings()
LAW = settings(derandomize=True, deadline=None, max_examples=100)

FURNITURE = [  # invented lines in the forms seen on news pages and agency wires
    "责任编辑：江一帆_HZ0425",
    "【编辑：江帆】",
    "(责编：江一帆、丁禾)",
    "（责任编辑： HZ666）",
    "编辑 江一帆 校对 丁禾",
    "编辑：江一帆　校对：丁禾",
    "校对：丁禾",
    "原标题：云港新桥今晨通车",
    "图片来自网络，如有侵权，请联系删除。",
    "转载请注明出处：海州之窗",
    "未经授权不得转载",
    "免责声明：本文不代表本台立场",
    "版权所有 海州传媒",
    "点击进入专题",
    "点击进入“文艺之窗”>>",
    "相关推荐",
    "延伸 · 阅读",
    "热门推荐",
    "视频-新桥通车",
    "+1",
    "【纠错】",
    "【1】【2】【3】【4】",
    "- THE END -",
    "返回首页>>",
    "分享至好友和朋友圈",
    "微信 微博 QQ空间",
    "用微信扫码二维码",
    "看都看完了，点【在看】",
    "评论(0)",
    "上一篇：早市开门",
    "首页 > 新闻 > 正文",
    "扫一扫关注海州之窗",
    "海州ICP备00000000号",
    "新闻热线：0000-0000000",
    "Copyright © 2021 Haizhou Media. All Rights Reserved.",
    "Read more: Harbour reopens",
    "Related Articles",
    "Sign up for our newsletter",
    "Advertisement",
    "Share this article",
    "Follow us on Chirper",
    "Reporting by Jane Roe",
    "Most read",
    "関連記事",
    "続きを読む",
    "無断転載を禁じます",
    "관련기사",
    "무단 전재 및 재배포 금지",
    "많이 본 뉴스",
    "Lesen Sie auch",
    "Anzeige",
    "Alle Rechte vorbehalten",
    "À lire aussi",
    "Publicité",
    "Tous droits réservés",
    "Lee también",
    "Todos los derechos reservados",
    "* * *",
    "————",
    "一审丨江一帆 二审丨丁禾",
    "值班编辑 江一帆",
    "本文观点不代表本站立场，转载请联系原作者。",
    "以上内容仅供参考，不构成投资建议。",
    "增值电信业务经营许可证 海B2-00000000",
    "打开海州之窗APP，阅读体验更佳",
    "点击上方蓝字关注我们",
    "分享让更多人看到",
    "T大T小 收藏 打印",
    "河西观察 > 房产 > 详情",
    "第 2 页 共 5 页",
    "已有235人点赞",
    "阅读 1024",
    "（图片来源：海州之窗）",
    "江一帆 摄",
    "【推荐阅读】海州早市开门",
    "24小时热榜",
    "相關新聞",
    "看更多報導",
    "責任編輯：江一帆",
    "加入海州之窗LINE好友",
    "Comments (12)",
    "Related:",
    "3 min read",
    "Terms of Use | Privacy Policy",
    "Photo: Jane Roe / Haizhou Media",
    "Story continues below advertisement",
    "Reporting by Jane Roe; editing by John Doe",
    "Editors' picks",
    "よく読まれている記事",
    "関連記事：灯台がともる",
    "조회수 12",
    "홈 > 뉴스 > 사회",
    "Meistgelesen",
    "Foto: Jana Roth/dpa",
    "Impressum Datenschutz AGB",
    "Les plus lus",
    "Réagir (12)",
    "Temps de lecture : 3 min",
    "Lo más leído",
    "Aviso legal | Política de privacidad",
    "Leia também: o porto reabre",
    "Leggi anche",
    "Lees ook: de haven gaat open",
    "Читайте также",
    "Все права защищены",
    "Czytaj także",
    "İlgili Haberler",
    "Tin liên quan",
]

NOT_FURNITURE = [
    "云港新桥通车 两岸往来只要八分钟",
    "未经审判任何人不得被定罪",
    "更多市民选择公交出行",
    "编辑部搬进了老码头的仓库。",
    "他把微信群里的消息逐条抄下。",
    "Copyright reform passes its last reading",
    "Register to vote before Tuesday",
    "The end of the old harbour",
    "5",
    "3/4",
    "一、码头旧事",
    "Teilen will gelernt sein",
    "原标题党早已不见",
    "提示：过桥请系好安全带。",
    "第二天一早，渡口照常开船。",
    "Read more, he said. Nobody in the hall did so that evening.",
    # lines of articles that wider tables took, while they were written
    "点赞海州好人",
    "更多新闻工作者走向渡口",
    "未经业主同意，不得改变房屋用途",
    "関連する会社は三つに分かれる。",
    "Recibe el alcalde la llave del puerto",
    "/home/willow/bay",
    "45 minutes",
    "安装完成后，配置客户端，再开一次灯",
    "海州→云港→青石",
    "Reporting by the council found no fault in the bridge",
    "（完）",
    "ENDS",
    "（海州社供本报专电）",
]

METADATA = [
    ("文章刊发于2021年2月5日《海州日报》", "2021-02-05", "海州日报", None),
    ("(原载《海州日报》2020年3月1日 第5版)", "2020-03-01", "海州日报", None),
    ("本文发表于《云港周刊》", None, "云港周刊", None),
    ("来源：海州日报", None, "海州日报", None),
    ("作者：江一帆", None, None, "江一帆"),
    ("记者 江一帆", None, None, "江一帆"),
    ("By Jane Roe", None, None, "Jane Roe"),
    ("2021-02-05 08:30", "2021-02-05T08:30", None, None),
    ("更新时间：2021年2月5日 08:30", "2021-02-05T08:30", None, None),
    ("Published: Feb. 5, 2021 at 3:04 p.m. EST", "2021-02-05T15:04", None, None),
    ("Stand: 05.02.2021", "2021-02-05", None, None),
    ("2021年02月05日08:30 来源：海州日报 作者：江一帆", "2021-02-05T08:30", "海州日报", "江一帆"),
    ("新华社云港2月29日电", None, "新华社", None),
    ("本报讯（记者 江一帆）", None, None, None),
]

BODY = [
    "记者在现场看到，桥上车流平稳有序，交警在两头疏导。桥面设有人行道和自行车道。",
    "渡口的老船工说，他在这条河上摇了四十年的船。如今他每天到桥上走一个来回。",
    "新桥全长三点二公里，双向六车道。两岸居民过河的时间从一小时缩短到八分钟。",
    "The bridge is three kilometres long and carries six lanes. Crossing it takes eight minutes now.",
]


def roles(*lines, page=False, options=SETTINGS):
    return [role for role, _ in furniture("\n".join(lines), options, page=page).roles]


@pytest.mark.parametrize("line", FURNITURE)
def test_a_whole_line_of_the_tables_is_furniture(line):
    assert roles(BODY[0], line)[1] is Role.FURNITURE


@pytest.mark.parametrize("line", NOT_FURNITURE)
def test_a_line_that_only_begins_like_furniture_is_not(line):
    assert roles(BODY[0], BODY[1], line)[2] in {Role.BODY, Role.HEADING}


@pytest.mark.parametrize(("line", "published", "source", "author"), METADATA)
def test_lines_about_the_text_are_metadata_and_are_read(line, published, source, author):
    marked = furniture("\n".join((*BODY[:3], line)), SETTINGS)
    assert marked.roles[3][0] is Role.METADATA
    assert (marked.metadata.published, marked.metadata.source, marked.metadata.author) == (
        published,
        source,
        author,
    )


def test_a_paragraph_after_a_dateline_stays_body_and_the_dateline_is_read():
    marked = furniture(f"新华社云港2月4日电（记者 江一帆）{BODY[0]}", SETTINGS)
    assert marked.roles == ((Role.BODY, "dateline"),)
    assert (marked.metadata.source, marked.metadata.published) == ("新华社", None)
    marked = furniture("HARBOUR CITY (AP) — The council voted on Monday. It was close.", SETTINGS)
    assert marked.roles == ((Role.BODY, "dateline"),)
    assert marked.metadata.source == "AP"


def test_a_publication_line_joined_to_the_next_text_is_read_and_stays_body():
    marked = furniture(f"文章刊发于2021年2月5日《海州日报》{BODY[0]}", SETTINGS)
    assert marked.roles[0][0] is Role.BODY
    assert (marked.metadata.source, marked.metadata.published) == ("海州日报", "2021-02-05")


def test_a_source_line_far_from_head_and_tail_is_body():
    lines = [*BODY, *BODY, "来源：海州日报", *BODY, *BODY]
    assert roles(*lines)[8] is not Role.METADATA


def test_the_first_heading_is_the_title():
    marked = furniture("\n".join(("分享到微信", "云港新桥通车", BODY[0], "市民反响", BODY[1])), SETTINGS)
    assert [role for role, _ in marked.roles][1:4] == [Role.HEADING, Role.BODY, Role.HEADING]
    assert marked.metadata.title == "云港新桥通车"
    assert ("title", "first-heading") in marked.metadata.rules
    assert furniture("\n".join((BODY[0], "市民反响")), SETTINGS).metadata.title is None


TAIL = ["责任编辑：江一帆", "海州早市开门", "云港渡口停航", "灯塔今夜点亮"]


def test_after_an_end_marker_short_lines_of_a_page_are_furniture():
    assert roles(*BODY, *TAIL, page=True)[4:] == [Role.FURNITURE] * 4
    assert roles(*BODY, *TAIL)[5:] == [Role.HEADING] * 3


def test_an_end_marker_does_not_cut_body_or_the_beginning():
    assert roles(*BODY, *TAIL, BODY[0], page=True)[5:] == [Role.HEADING] * 3 + [Role.BODY]
    assert roles(TAIL[0], TAIL[1], *BODY[:1], page=True)[1] is Role.HEADING


def test_a_publication_line_after_an_end_marker_is_kept():
    found = roles(*BODY, *TAIL, "文章刊发于2021年2月5日《海州日报》", "来源：海州日报", page=True)
    assert found[-2:] == [Role.METADATA] * 2


def test_furniture_beyond_its_share_keeps_exact_hits_only():
    many = [f"第{i}条推荐的标题写在这里" for i in range(30)]
    found = roles(*BODY, TAIL[0], *many, page=True)
    assert found[4] is Role.FURNITURE
    assert Role.FURNITURE not in found[5:]


def test_settings_add_and_spare_lines():
    options = FurnitureSettings(patterns=("海州之窗.*",), keep=("相关推荐",))
    assert roles(BODY[0], "海州之窗出品", "相关推荐", options=options)[1:] == [Role.FURNITURE, Role.HEADING]


def test_settings_switch_a_rule_off_by_its_name():
    lines = (BODY[0], "相关推荐", "海州早市开门")
    assert roles(*lines)[1:] == [Role.FURNITURE] * 2
    assert roles(*lines, options=FurnitureSettings(off=("after-list",)))[1:] == [Role.FURNITURE, Role.HEADING]
    assert roles(*lines, options=FurnitureSettings(off=("zh-related",)))[1:] == [Role.HEADING] * 2
    for rule in ("marks", "pages"):
        line = {"marks": "* * *", "pages": "【1】【2】"}[rule]
        assert roles(BODY[0], line, options=FurnitureSettings(off=(rule,)))[1] is not Role.FURNITURE


def test_settings_add_end_markers_in_any_text():
    options = FurnitureSettings(ends=("海州之窗 .*",))
    found = furniture("\n".join((*BODY, "海州之窗 晚安", "海州早市开门")), options).roles
    assert found[4:] == ((Role.FURNITURE, "settings-end"), (Role.FURNITURE, "after-list"))


def test_an_unknown_rule_is_refused_with_a_suggestion():
    with pytest.raises(ValueError, match=r"zh-relatd.*did you mean zh-related"):
        FurnitureSettings(off=("zh-relatd",))


def test_in_any_text_the_header_of_a_list_cuts_where_no_text_follows():
    assert roles(*BODY, "相关推荐", "海州早市开门", "灯塔今夜点亮？")[4:] == [Role.FURNITURE] * 3
    for after in (BODY[0], "记者在现场看到，桥上车流平稳。"):  # text follows: a heading of the article
        assert roles(*BODY, "相关推荐", after)[4:] == [Role.HEADING, Role.BODY]
    assert roles(*BODY, "相关推荐", "海州早市开门", BODY[0])[4:6] == [Role.FURNITURE, Role.HEADING]


def test_words_of_a_site_do_not_hold_an_end_marker_up():
    long = "本网声明：凡注明来源的稿件版权均属本网所有，转载时请注明出处。未注明的稿件均为转载，与本网无关，请读者自行核实相关内容。"
    found = roles(*BODY, "责任编辑：江一帆", "海州早市开门", long, page=True)
    assert found[4:] == [Role.FURNITURE, Role.FURNITURE, Role.BODY]


def test_a_heading_of_markdown_and_the_links_after_a_list_stay():
    text = "\n".join((*BODY, "### 打印", "相关推荐", "[1]: 海州早市开门"))
    found = [role for role, _ in furniture(text, SETTINGS, markdown=True).roles]
    assert found[4] is not Role.FURNITURE
    assert found[5] is Role.FURNITURE
    assert found[6] is not Role.FURNITURE


@pytest.mark.parametrize(
    "bad",
    [{"patterns": ("(",)}, {"max_chars": 0}, {"cut_after": 2.0}, {"min_documents": 1}, {"max_share": -0.1}],
)
def test_bad_settings_say_what_is_wrong(bad):
    with pytest.raises(ValueError, match=next(iter(bad)).rstrip("s")):
        FurnitureSettings(**bad)


LINES = st.lists(
    st.sampled_from([*FURNITURE, *NOT_FURNITURE, *BODY, *TAIL, *(line for line, *_ in METADATA)]), max_size=25
)


@LAW
@given(LINES, st.booleans())
def test_marking_a_text_without_its_furniture_marks_nothing(lines, page):
    first = furniture("\n".join(lines), SETTINGS, page=page)
    kept = [
        (line, role) for line, role in zip(lines, first.roles, strict=True) if role[0] is not Role.FURNITURE
    ]
    again = furniture("\n".join(line for line, _ in kept), SETTINGS, page=page)
    assert again.roles == tuple(role for _, role in kept)
    assert again.metadata == first.metadata


@LAW
@given(st.text(max_size=200), st.booleans())
def test_every_line_that_is_not_blank_gets_one_role(text, page):
    marked = furniture(text, SETTINGS, page=page)
    assert len(marked.roles) == sum(1 for line in text.split("\n") if line.strip())
    assert len(line_keys(text, marked.roles, SETTINGS).keys) == len(marked.roles)


@LAW
@given(LINES)
def test_a_line_of_two_sentences_is_never_furniture_nor_may_it_recur(lines):
    text = "\n".join([*lines, BODY[0]])
    marked = furniture(text, SETTINGS, page=True)
    assert marked.roles[-1][0] is Role.BODY
    assert not line_keys(text, marked.roles, SETTINGS).marks[-1] & MAY


@pytest.mark.parametrize(
    "unit", ["分享", "编辑：江帆 ", "read more ", "【1】", "来源：", "a, ", "-", "视频-", "By A. B ", "江·"]
)
def test_no_pattern_is_slow_on_a_long_line(unit):
    line = unit * (100_000 // len(unit))
    begin = time.process_time()
    for _, form in (*_patterns.WIDE, *_patterns.NARROW):
        re.compile(form, re.IGNORECASE).fullmatch(line)
    re.search(_patterns.CUES, line, re.IGNORECASE)
    assert time.process_time() - begin < 4  # most of it goes into compiling
    begin = time.process_time()
    furniture(line, SETTINGS)
    assert time.process_time() - begin < 1


def test_every_end_rule_is_a_table():
    assert _patterns.LISTS <= _patterns.ENDS <= _patterns.RULES <= RULES


def test_every_rule_is_named_for_its_language_or_for_none():
    languages = {"zh", "ja", "ko", "en", "de", "fr", "es", "pt", "it", "nl", "ru", "pl", "tr", "vi"}
    assert {r.partition("-")[0] for r in _patterns.RULES} - languages == {"counter", "copyright"}


@pytest.mark.parametrize("line", ["。", "”", "？”", "）。"])
def test_the_end_of_a_sentence_that_a_hard_wrap_left_alone_on_its_line_stays(line):
    text = f"老渡口重新开航\n今年的第一班船在清晨出发，船上坐满了去对岸赶集的人，岸上也站满了送行的人\n{line}"
    assert furniture(text, SETTINGS).roles[-1][0] is not Role.FURNITURE
