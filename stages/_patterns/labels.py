"""Lines about a text: where it was printed, where it came from, who wrote it, when.  Data only.

In / Out: regular expressions for lines that stay and are read into the metadata.
Order: not a stage; read by `stages.furniture` and, for names, by the metadata of `stages.extract`.
Source: lines of 54 Chinese news pages and 181 pages in English and other languages, and the agencies' own forms.
"""

from __future__ import annotations

from typing import Final

#: Without regard to case each of twenty thousand characters is looked up when an expression is compiled, for each time
#: it stands there: milliseconds.  Han has no case.
HAN: Final = r"(?-i:[\u4e00-\u9fff])"
#: A person in a credit line: a Han name (a space inside is set for two characters), a Latin name, a
#: desk, a desk code.
NAME: Final = (
    rf"(?:{HAN}\s{HAN}|{HAN}{{1,6}}(?:·{HAN}{{1,6}}){{1,3}}"
    rf"|{HAN}{{2,8}}(?:编辑部|部|组|中心|工作室|团队)|{HAN}{{2,4}}|[A-Za-z][\w.\-]{{0,24}})"
)
NAMES: Final = rf"{NAME}(?:[\s、,，/|&]{{1,3}}{NAME}){{0,6}}"
#: A publication line: where and when the text was printed.  Kept in the text, read into the metadata.
PUBLICATION: Final = (
    r"(?:本文|文章|此文|该文|原文|本稿)?(?:(?:首发|刊发|刊登|刊载|发表|登载|首刊|刊|载)[于在]|原[载刊]于?|摘自|转自|转载自|首发)"
    r"[^《》。！？]{0,20}《(?P<paper>[^《》]{2,20})》"
)

#: Where the text came from.
SOURCE: Final = (
    r"(?:本文|信息|稿件|文章|新闻|消息)?(?:来源|來源|出处|稿源)(?:于)?\s?[：:]\s?(?P<source>[^\s：:"
    r"，,。|｜]{2,20})(?:\s.{0,40})?|(?i:source|quelle|fuente|출처|出典)\s?[：:]\s?(?P<source2>[^："
    r":|]{2,30})"
)

#: Who wrote it.
AUTHOR: Final = (
    r"(?:文\s?[/／丨|]\s?|(?:本报|本刊|本台|本网)?(?:首席|见习|实习|特约)?(?:记者|"
    r"通讯员|作者|撰文|撰稿|文字|文|摄影|采写|实习生)(?:[/／]?(?:摄影|通讯员|"
    rf"文|图|摄))?\s?[：:／/|丨｜\s]\s?|(?:本报|本网|本台)记者)(?P<author>{NAMES})(?:\s?[，,/|"
    rf"]?\s?(?:通讯员|实习生|摄影|摄|图|文|报道|摄影报道)\s?[：:]?\s?(?:{NAMES})?)?|"
    r"(?i:by|von|par|por)\s(?P<author2>[A-Z][\w.'’\-]{1,20}(?:\s[A-Z][\w.'’\-]{0,20}){1,3}(?:(?:,|"
    r" and| und| et| y)\s[A-Z][\w.'’\-]{1,20}(?:\s[A-Z][\w.'’\-]{0,20}){1,3}){0,3})|"
    r"(?P<author3>[\uac00-\ud7a3]{2,4})\s기자(?:\s.{0,40})?"
)

#: Words that may stand beside the date in a line that is nothing but a time.
STAMP_WORDS: Final = frozenset(
    (
        "时间",
        "日期",
        "发布",
        "发表",
        "更新",
        "刊发",
        "出版",
        "发稿",
        "编发",
        "上线",
        "首次发布",
        "首次发布时间",
        "发布时间",
        "发布日期",
        "发布于",
        "发表时间",
        "发表于",
        "更新时间",
        "更新于",
        "最后更新",
        "发稿时间",
        "出版日期",
        "刊发时间",
        "星期一",
        "星期二",
        "星期三",
        "星期四",
        "星期五",
        "星期六",
        "星期日",
        "星期天",
        "周一",
        "周二",
        "周三",
        "周四",
        "周五",
        "周六",
        "周日",
        "北京时间",
        "發布時間",
        "更新時間",
        "發佈時間",
        "公開",
        "公開日",
        "更新日",
        "最終更新",
        "配信",
        "掲載",
        "月",
        "火",
        "水",
        "木",
        "金",
        "土",
        "日",
        "입력",
        "수정",
        "승인",
        "등록",
        "최종수정",
        "기사입력",
        "송고",
        "published",
        "updated",
        "last",
        "modified",
        "posted",
        "on",
        "at",
        "date",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "am",
        "pm",
        "gmt",
        "utc",
        "est",
        "edt",
        "pst",
        "pdt",
        "cst",
        "cest",
        "cet",
        "stand",
        "aktualisiert",
        "veröffentlicht",
        "uhr",
        "um",
        "publié",
        "mis",
        "jour",
        "le",
        "à",
        "actualizado",
        "publicado",
        "el",
        "las",
        "h",
    )
)

#: A dateline at the beginning of a line: agency or paper, place, day.
DATELINE: Final = (
    r"[（(【\[]?(?:"
    r"(?P<agency>新华社|中新社|中新网|本报|本台|[\u4e00-\u9fff]{2,6}(?:网|社|报|讯))"
    r"[\u4e00-\u9fff\s]{0,10}?(?:\d{4}年)?\d{1,2}月\d{1,2}日(?:电|讯|消息|报道)"
    r"|本报讯|本台消息"
    r"|(?:[A-Z][A-Za-z.\s,]{1,30}\s)?\((?P<agency2>AP|AFP|Reuters|UPI|dpa|EFE)\)\s?(?:[\u2014\u2013-]{1,2}|$)"
    r")[】\])）]?"
)
