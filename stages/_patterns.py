"""Furniture tables: what a line of a site, not of an article, looks like.  Data only.

In / Out: regular expressions by language, each for a whole line, without the marks around it
(`stages.furniture` strips brackets, bullets and arrows first and matches without regard to case).
Order: not a stage; read by `stages.furniture` and, for labels, by the metadata of `stages.extract`.
Source: lines of 54 Chinese news pages and 181 pages in English and other languages, and the agencies'
own forms.
Every expression is linear: no repeat inside a repeat without a fixed separator between them.
"""

from __future__ import annotations

from typing import Final

#: A person in a credit line: a Han name (a space inside is set for two characters), a Latin name, a
#: desk, a desk code.
_NAME: Final = (
    r"(?:[\u4e00-\u9fff]\s[\u4e00-\u9fff]|[\u4e00-\u9fff]{1,6}(?:·[\u4e00-\u9fff]{1,6}){1,3}"
    r"|[\u4e00-\u9fff]{2,8}(?:编辑部|部|组|中心|工作室|团队)|[\u4e00-\u9fff]{2,4}|[A-Za-z][\w.\-]{0,24})"
)
NAMES: Final = rf"{_NAME}(?:[\s、,，/|&]{{1,3}}{_NAME}){{0,6}}"
_ROLE: Final = (
    r"(?:责任|责|值班|实习|文字|文|执行|见习|网络|图片|图文|视频|新媒体|本期|"
    r"本版|栏目|微信|助理|版面|美术|后期|统筹)?(?:编辑|编审|责编|编|校对|校|审核|"
    r"审校|审签|监制|主编|总编|复审|初审|终审|美编|排版|制图|制作|设计|统筹)"
)

#: (rule, expression), by language; the first that matches names the rule.
FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    # Chinese
    (
        "zh-credit",
        (
            rf"{_ROLE}\s?[：:／/|丨｜]\s?{NAMES}(?:[_\s]?[（(]?[A-Z]{{1,3}}\d{{1,6}}[）)]?)?(?:[\s，,、/|"
            rf"丨｜]{{1,4}}{_ROLE}\s?[：:／/|丨｜]?\s?{NAMES}){{0,5}}"
        ),
    ),
    (
        "zh-credit",
        (
            r"(?:责任编辑|编辑|责编|校对|审核)\s[\u4e00-\u9fff]{2,4}(?:\s(?:校对|编辑|"
            r"审核|责编|监制|主编)\s[\u4e00-\u9fff]{2,4}){0,4}"
        ),
    ),
    ("zh-credit", r"(?:责任编辑|编辑|责编|校对|审核)\s?[：:]"),
    ("zh-credit", rf"一审\s?[：:]\s?{_NAME}\s二审\s?[：:]\s?{_NAME}(?:\s三审\s?[：:]\s?{_NAME})?"),
    ("zh-original-title", r"(?:本文)?(?:原标题|原题目?)(?:为)?\s?[：:《“\"].{1,50}"),
    (
        "zh-image-source",
        (
            r"(?:图片|信息|素材|文章|内容|图文|视频)(?:均|全部)?(?:来源于?|来自|源自)[：:]?\s?(?:网络|"
            r"互联网).{0,30}"
        ),
    ),
    ("zh-infringement", r".{0,24}(?:如有侵权|如涉及?版权|若有侵权|侵权必究|侵删).{0,24}"),
    (
        "zh-reprint",
        (
            r"(?:转载请|如需转载|转载须|欢迎转载|禁止转载|严禁转载|谢绝转载).{0,45}|未经.{0,16}(?:授权|"
            r"许可|允许|同意).{0,8}(?:不得|禁止|严禁|请勿).{0,24}"
        ),
    ),
    (
        "zh-disclaimer",
        (
            r"(?:(?:免责|特别|郑重|版权|重要)声明|风险提示|声明(?=\s?[：:](?:本文|以上|本网|本站|文中|转载)))\s?[：:].{0,50}|(?:以上|本文)(?:内容|"
            r"观点|文章)?仅代表(?:作者|个人).{0,40}"
        ),
    ),
    (
        "zh-disclaimer",
        r"网友评论仅供.{0,40}|本网(?:站)?注明.{0,45}|.{0,20}为自媒体平台.{0,30}|凡本[网站报].{0,50}",
    ),
    ("zh-copyright", r"(?:.{0,24}\s)?版权(?:归?所有|声明)(?:[，,。\s].{0,40})?|.{0,30}版权归.{1,24}所有"),
    ("zh-app", r"(?:本文来自|本文由).{1,20}[，,].{0,40}(?:下载|关注).{0,30}"),
    (
        "zh-app",
        (
            r"(?:点击|扫描|扫码|长按|立即|马上|打开|前往|请)?(?:此处|这里|链接)?(?:下载|"
            r"安装|打开).{0,16}(?:APP|客户端)(?:[，,].{0,30})?"
        ),
    ),
    ("zh-app", r".{0,12}客户端下载|海量资讯.{0,30}|.{0,16}(?:尽在|就在).{1,16}(?:APP|客户端)"),
    (
        "zh-qr",
        (
            r".{0,12}(?:扫一扫|扫描.{0,4}二维码|长按.{0,8}(?:二维码|识别|关注)|识别(?:图中)?二维码|"
            r"用微信扫码).{0,30}"
        ),
    ),
    (
        "zh-follow",
        (
            r"(?:欢迎|敬请|请|记得|点击|快来)?关注(?:我们|本报|本刊|本台|本号|.{0,12}(?:公众号|"
            r"官方微博|微信|视频号))(?:[，,].{0,30})?"
        ),
    ),
    ("zh-follow", r"点击菜单栏.{0,30}|看都看完了.{0,30}|点(?:个|一下)?[【“「]?(?:在看|赞)[】”」]?.{0,20}"),
    (
        "zh-share",
        (
            r"(?:一键)?(?:分享|转发)(?:到|至|给|本文|此文)?(?:[：:]?\s?(?:微信|微博|新浪微博|"
            r"朋友圈|微信朋友圈|好友|好友和朋友圈|QQ|QQ空间|QQ好友|腾讯微博|人人网|豆瓣)){0,6}"
        ),
    ),
    (
        "zh-share",
        (
            r"(?:微信|微博|新浪微博|朋友圈|QQ|QQ空间|QQ好友|Qzone)(?:[\s|/、]{1,3}(?:微信|"
            r"微博|新浪微博|朋友圈|QQ|QQ空间|QQ好友|Qzone|更多)){0,7}"
        ),
    ),
    (
        "zh-toolbar",
        (
            r"(?:打印(?:本页|本文)?|关闭(?:窗口|本页)?|收藏(?:本文)?|点赞|纠错|我要纠错|"
            r"评论|字号|字体|大|中|小|标准|超大|返回|返回顶部|举报|倒序|正序)(?:[\s|/：:\[\]【】]{1,4}(?:打"
            r"印|关闭|收藏|点赞|纠错|评论|分享|大|中|小|标准|超大|字号|返回|举报)){0,8}"
        ),
    ),
    (
        "zh-toolbar",
        (
            r"返回.{0,10}(?:首页|搜狐|顶部|列表|目录)(?:[，,]?查看更多)?|查看更多|加载更多|"
            r"展开(?:全文|阅读全文)|阅读(?:全文|原文)"
        ),
    ),
    (
        "zh-navigation",
        r"(?:上|下)一(?:篇|页|条|则)(?:\s?[：:].{0,50})?|(?:当前|您的|您当前的)?位置\s?[：:].{0,50}",
    ),
    (
        "zh-navigation",
        (
            r"首页(?:\s?[>›»/|]\s?[^>›»/|]{1,12}){1,6}|正在阅读\s?[：:].{0,50}|点击(?:进入|"
            r"查看|阅读).{0,40}"
        ),
    ),
    (
        "zh-video",
        (
            r"视频[-－].{1,50}|自动播放|图集|视频加载中.{0,10}|您的浏览器(?:版本过低|"
            r"不支持).{0,30}"
        ),
    ),
    (
        "zh-counter",
        (
            r"(?:评论|跟贴|跟帖|阅读|浏览|点击|点击数|点击量|阅读量|阅读数|浏览量|浏览次数|"
            r"点赞|热度|参与)\s?[：:(（]\s?\d[\d,.万+]{0,9}\s?(?:次|人|条)?"
        ),
    ),
    (
        "zh-counter",
        (
            r"(?:目前)?(?:没有|暂无)(?:热门)?(?:跟贴|跟帖|评论)|\d{1,9}\s?(?:条评论|人(?:参与|"
            r"评论|阅读|点赞)|次阅读)"
        ),
    ),
    (
        "zh-hotline",
        (
            r".{0,8}(?:新闻热线|报料热线|报料|爆料热线|投稿邮箱|投稿信箱|举报电话|举报邮箱|"
            r"举报热线|联系邮箱|客服电话|广告热线)\s?[：:].{0,45}"
        ),
    ),
    ("zh-hotline", r"违法和不良信息举报.{0,30}"),
    ("zh-licence", r".{0,8}(?:ICP备|公网安备|ICP证|新闻信息服务许可证|网络文化经营许可证).{0,40}"),
    (
        "zh-related",
        (
            r"(?:更多)?(?:相关|延伸|推荐|热门|精彩|猜你|为您|为你|编辑|今日|大家|本周|"
            r"最新|往期)\s?[·・]?\s?(?:新闻|阅读|报道|推荐|链接|专题|文章|视频|喜欢|回顾|"
            r"内容|资讯|排行|话题|评论|热点|图片|都在看|都在搜)"
        ),
    ),
    (
        "zh-related",
        (
            r"此前报道\s?[：:].{0,50}|网友评论|热门评论|新闻排行(?:榜)?|点击排行(?:榜)?|"
            r"更多(?:精彩|新闻|内容|猛料).{0,20}"
        ),
    ),
    ("zh-end", r"全文完|正文完|本文完|正文已结束.{0,30}"),
    ("zh-login", r"(?:请)?(?:先)?登录(?:后|以).{0,20}|(?:登录|注册)(?:[\s|/]{1,3}(?:登录|注册)){0,2}"),
    # English
    ("en-end", r"(?:the\s)?end"),
    (
        "en-advertisement",
        (
            r"advertise?ment(?:\s-\s.{0,30})?|sponsored(?: content)?|story continues below(?: advertisement"
            r")?|scroll to continue.{0,30}"
        ),
    ),
    (
        "en-more",
        (
            r"(?:read|see|learn|show|load|find out|view) more(?:\s?[:：].{0,50}|(?:\s(?:about|"
            r"on|at|from|in)\s.{1,30}))?|continue reading.{0,30}"
        ),
    ),
    (
        "en-related",
        (
            r"(?:related|recommended|popular|more|latest|top|trending)(?:\s(?:articles?|"
            r"stor(?:y|ies)|news|posts?|topics?|coverage|links?|content|reading|videos?)){1,2}|"
            r"related|recommended for you|you (?:may|might) (?:also )?(?:like|be interested in).{0,10}|"
            r"most (?:read|popular|viewed|shared|commented)|what to read next|don['’]t miss|"
            r"up next|more from .{1,30}|read also\s?:?.{0,50}"
        ),
    ),
    (
        "en-share",
        (
            r"share(?: this)?(?: (?:article|story|page|post))?(?: (?:on|via|with) .{1,30})?|"
            r"share\s?:.{0,40}|copy (?:the )?link|(?:re)?tweet|print(?: this)?(?: page|"
            r" article)?|email(?: this)?(?: article| story)?"
        ),
    ),
    (
        "en-share",
        (
            r"(?:facebook|twitter|x|whatsapp|linkedin|email|reddit|pinterest|telegram|"
            r"messenger)(?:[\s|/,]{1,3}(?:facebook|twitter|x|whatsapp|linkedin|email|"
            r"reddit|pinterest|telegram|messenger|copy link|print)){1,8}"
        ),
    ),
    (
        "en-subscribe",
        (
            r"(?:sign up|subscribe)(?: now| today| here| free)?(?: (?:for|to) .{1,45})?|"
            r"(?:sign up|subscribe) (?:for|to) (?:our|the) .{0,30}(?:newsletter|briefing)s?\b.{0,60}|"
            r"register now|get (?:the|our) .{0,20}newsletter.{0,30}|newsletter|already a subscriber\W.{0,30}"
        ),
    ),
    (
        "en-follow",
        (
            r"(?:follow|like|join|find) (?:us|me|@\w{1,20}) on .{1,60}|click here (?:to|"
            r"for) .{1,45}|download (?:our|the) .{0,20}app.{0,20}"
        ),
    ),
    (
        "en-copyright",
        (
            r"copyright\s?(?:©|\(c\)|\d{4}).{0,50}|\(c\)\s?\d{4}.{0,50}|all rights reserved|"
            r".{0,30}\ball rights reserved|this material may not be (?:published|reproduced).{0,60}"
        ),
    ),
    (
        "en-credit",
        (
            r"(?:additional |further )?(?:reporting|writing|editing|compiled|production) by [A-Z].{1,55}|"
            r"our standards\s?:.{0,50}"
        ),
    ),
    (
        "en-toolbar",
        (
            r"(?:\d{1,6} |leave a |post a |view |add |show |hide )?comments?(?:\s?\(\d{1,6}\))?|"
            r"back to top|skip to (?:main )?content|skip advert|log ?in|sign in|close|"
            r"menu|search|cookie (?:policy|settings)|accept (?:all )?cookies|privacy policy|"
            r"terms of (?:use|service)"
        ),
    ),
    # Japanese
    (
        "ja-related",
        (
            r"(?:あわせて読みたい|関連(?:記事|ニュース|リンク|トピックス)|【?関連】?.{0,50}|"
            r"おすすめ(?:記事|の記事)|人気記事|新着記事|(?:アクセス)?ランキング|写真特集|"
            r"こちらもおすすめ)"
        ),
    ),
    (
        "ja-toolbar",
        (
            r"シェア(?:する)?|ツイート(?:する)?|ブックマーク(?:する)?|コメント(?:する)?(?:\s?[（(]?\d{0,6}["
            r"）)]?)|印刷(?:する)?|保存(?:する)?|ログイン|会員登録|無料会員登録|トップへ戻る"
        ),
    ),
    (
        "ja-more",
        (
            r"続きを読む|もっと(?:見る|読む)|記事全文を読む|この記事は.{0,10}会員(?:限定|"
            r"向け).{0,30}|残り\d{1,6}文字.{0,20}"
        ),
    ),
    ("ja-copyright", r".{0,20}(?:無断転載|禁無断転載|無断での転載|転載を禁).{0,25}"),
    # Korean
    ("ko-copyright", r".{0,30}(?:무단\s?전재|재배포\s?금지|저작권자|All rights reserved).{0,30}"),
    (
        "ko-related",
        (
            r"관련\s?기사|많이\s?본\s?(?:뉴스|기사)|추천\s?(?:뉴스|기사)|인기\s?(?:뉴스|"
            r"기사)|주요\s?뉴스|이\s?시각\s?(?:주요\s?)?뉴스|실시간\s?뉴스"
        ),
    ),
    (
        "ko-toolbar",
        (
            r"공유(?:하기)?|구독(?:하기)?|좋아요(?:\s?\d{0,6})|댓글(?:\s?\d{0,6})|글자\s?크기|"
            r"인쇄(?:하기)?|스크랩|기사\s?(?:제보|원문|공유)|더\s?보기|로그인|회원가입"
        ),
    ),
    ("ko-photo", r"사진\s?=\s?.{1,40}"),
    # German
    (
        "de-related",
        (
            r"(?:lesen sie auch|mehr zum thema|auch interessant|das könnte sie (?:auch )?interessieren|"
            r"weitere (?:artikel|nachrichten|meldungen)|meistgelesen|mehr dazu)(?:\s?[:：].{0,50})?"
        ),
    ),
    (
        "de-toolbar",
        (
            r"anzeige|zur startseite|teilen|drucken|merken|kommentare?(?:\s?\(?\d{1,6}\)?)?|"
            r"newsletter(?: abonnieren)?|artikel (?:teilen|drucken|anhören|merken|versenden)|"
            r"weiterlesen|mehr lesen|jetzt abonnieren|anmelden"
        ),
    ),
    ("de-copyright", r"(?:©\s?.{0,24})?alle rechte vorbehalten|©\s?dpa.{0,40}"),
    # French
    (
        "fr-related",
        (
            r"(?:à )?lire (?:aussi|également)(?:\s?[:：].{0,50})?|sur le même sujet|(?:les )?plus lus|"
            r"nos derniers articles|articles? (?:liés?|similaires?)|voir aussi(?:\s?[:：].{0,50})?"
        ),
    ),
    (
        "fr-toolbar",
        (
            r"publicité|partager(?: (?:sur .{1,20}|cet article|l['’]article))?|s['’]abonner|"
            r"abonnez-vous.{0,40}|article réservé (?:aux|à nos) abonnés|(?:inscrivez-vous à )?(?:la |"
            r"notre )?newsletter|lire la suite|imprimer|commentaires?(?:\s?\(?\d{1,6}\)?)?|"
            r"se connecter"
        ),
    ),
    ("fr-copyright", r"(?:©\s?.{0,24})?tous droits réservés"),
    # Spanish
    (
        "es-related",
        (
            r"(?:lee|lea|leer) también(?:\s?[:：].{0,50})?|te puede interesar(?:\s?[:：].{0,50})?|"
            r"noticias relacionadas|artículos relacionados|más (?:información|noticias|"
            r"leídas|leído)|lo más (?:leído|visto)|ver también"
        ),
    ),
    (
        "es-toolbar",
        (
            r"publicidad|compartir(?: en .{1,20})?|suscríbete.{0,40}|suscríbase.{0,40}|"
            r"comentarios?(?:\s?\(?\d{1,6}\)?)?|seguir leyendo|imprimir|iniciar sesión|"
            r"boletín"
        ),
    ),
    ("es-copyright", r"(?:©\s?.{0,24})?todos los derechos reservados"),
    # any language
    ("counter", r"\+1"),
    # any language
    ("copyright-sign", r"[©ⓒ]\s?.{0,55}"),
)

#: Lines that end an article on a page; every one is a furniture line of its own as well.
END_RULES: Final = frozenset(
    {"zh-credit", "zh-related", "zh-disclaimer", "zh-end", "en-end", "en-related", "ja-related", "ko-related"}
    | {"de-related", "fr-related", "es-related"}
)

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
