"""Furniture of sites in traditional Chinese, beyond what `zh` has.  Data only; folded to simplified when read.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: the forms that papers of Taiwan and Hong Kong use; not measured on pages.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "zh-related",
        (
            r"(?:更多|其他|相關|延伸|推薦|熱門|最新|即時|焦點|編輯)\s?(?:報導|新聞|閱讀|文章|影音|"
            r"話題|議題|精選|推薦|關鍵字)(?:推薦)?|看更多(?:新聞|報導|文章)?|人氣(?:新聞|排行|"
            r"點閱)(?:榜)?|你可能(?:也|還)(?:想看|喜歡|會喜歡)|大家都在看|熱門點閱|點閱排行(?:榜)?"
        ),
    ),
    (
        "zh-inline",
        (
            r"[★▶►◎☆]?\s?(?:更多|延伸|相關|看更多|推薦)[^。：:]{0,10}(?:報導|新聞|閱讀|"
            r"文章)?\s?[：:▶►>]\s?[^。]{2,50}"
        ),
    ),
    (
        "zh-toolbar",
        (
            r"(?:分享|按讚|留言|列印|收藏|轉寄|追蹤|加入好友|字級|小|中|大|臉書|LINE|Facebook|FB|"
            r"IG|推特|複製連結|存新聞)(?:[\s|/：:、]{1,3}(?:分享|按讚|留言|列印|收藏|轉寄|追蹤|"
            r"加入好友|字級|小|中|大|臉書|LINE|Facebook|FB|IG|推特|複製連結|存新聞|A|A\+|"
            r"A-)){1,8}|(?:列印|轉寄|按讚|字級設定|回上頁|回首頁|回到頂端|我要留言)"
        ),
    ),
    (
        "zh-follow",
        (
            r"(?:立即|快|趕快|馬上)?(?:加入|追蹤|按讚|訂閱)[^。]{0,16}(?:LINE|好友|粉絲團|"
            r"粉絲專頁|臉書|IG|頻道|電子報|官方帳號)[^。]{0,12}|下載[^。]{1,12}(?:APP|"
            r"App)[^。]{0,16}"
        ),
    ),
    (
        "zh-copyright",
        (
            r"[^。]{0,24}(?:未經授權|未經許可|未經同意)[^。]{0,12}(?:不得|請勿|"
            r"禁止)?[^。]{0,4}(?:轉載|轉貼|重製)[^。]{0,10}|[^。]{0,16}著作權所有[^。]{0,16}|"
            r"版權為[^。]{1,20}所有[^。]{0,10}"
        ),
    ),
    (
        "zh-image-source",
        r"[（(]?(?:圖|照片|示意圖|資料照|翻攝)\s?[/／:：]\s?[^。]{1,24}[）)]?",
    ),
)
