"""Furniture of Vietnamese sites, the commonest forms.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: the forms that Vietnamese papers use; not measured on pages.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "vi-related",
        (
            r"(?:tin|bài|bài viết|tin tức) (?:liên quan|cùng chuyên mục|mới nhất|khác|nổi bật)|"
            r"(?:đọc|xem) (?:thêm|nhiều|nhiều nhất)|có thể bạn quan tâm"
        ),
    ),
    (
        "vi-inline",
        r"(?:đọc|xem) thêm\s?[:：>»]\s?.{2,100}",
    ),
    (
        "vi-toolbar",
        (
            r"quảng cáo|chia sẻ(?: .{1,30})?|bình luận(?:\s?\(?\d{1,6}\)?)?|\d{1,7} bình luận|"
            r"in bài viết|về đầu trang|đăng nhập"
        ),
    ),
    (
        "vi-subscribe",
        r"(?:đăng ký nhận|theo dõi|tải ứng dụng)\b.{0,60}",
    ),
    (
        "vi-copyright",
        r".{0,30}(?:bản quyền thuộc về|giữ bản quyền).{0,30}",
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"vi-related", "vi-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"vi-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = r"đăng ký|bản quyền|chia sẻ|bình luận|quảng cáo|©"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"hết|(?:ttxvn|theo .{1,20})"
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"đăng ký|chia sẻ|bình luận|quảng cáo"
