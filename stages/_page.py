"""A page as a tree, and the tree as lines: the parsing and walking that extraction needs.

In: HTML as text.  Out: an lxml tree, and its text with one paragraph a line.
Order: not a stage; read by `stages.extract`.
Source: CSS Text 3 §4 for white space; libxml2 2.14 for the depth of 2,048; the walk is linear and does
not recurse.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree, html

from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

#: Elements whose text no reader sees, or that are no part of a text.
UNSEEN: Final = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "title",
        "meta",
        "link",
        "iframe",
        "frame",
        "noframes",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "canvas",
        "audio",
        "video",
        "map",
        "area",
        "datalist",
        "select",
        "option",
        "button",
        "input",
        "textarea",
        "progress",
        "meter",
        "dialog",
    ]
)
#: Elements that stand on lines of their own; trafilatura's own names (head, item, row, quote) are among them.
BLOCKS: Final = frozenset(
    [
        "html",
        "body",
        "address",
        "article",
        "aside",
        "blockquote",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
        "list",
        "item",
        "quote",
        "row",
        "list-item",
    ]
)
_CELLS: Final = frozenset({"td", "th", "cell"})
_BREAKS: Final = frozenset({"br", "lb", "hr"})
_HIDDEN: Final = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[ \t\n\r\f]+")
_WIDE: Final = (
    r"[\u2e80-\u2fdf\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U000323af]"
)
#: A line feed of the source between two wide characters is no space.
_WIDE_BREAK: Final = re.compile(rf"(?<={_WIDE})[ \t\r\f]*\n[ \t\n\r\f]*(?={_WIDE})")
#: What XML cannot hold and nobody sees; tab, line feed, form feed and carriage return stay.  U+FDD0
#: marks a <br>.
_UNWANTED: Final = dict.fromkeys((*range(9), 0x0B, *range(0x0E, 0x20), 0x7F, 0xFDD0, 0xFFFE, 0xFFFF))
_LONG_TAG: Final = re.compile(r"<([A-Za-z][A-Za-z0-9:-]{0,40})[^<>]{20000,}>?")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_MAX_ATTRIBUTES: Final = 1000


def parse(page: str) -> HtmlElement | Rejected:
    """Return the tree of a page, or why there is none.

    Comments and processing instructions are left out; a tag of more than a thousand attributes loses
    them, since the
    parser compares each with all others.
    """
    clean = _LONG_TAG.sub(_bare_tag, page.translate(_UNWANTED))
    if not clean.strip():
        return Rejected("html_empty", "the page is empty")
    parser = html.HTMLParser(
        huge_tree=True, remove_comments=True, remove_pis=True, no_network=True, encoding="utf-8"
    )
    try:
        root = html.document_fromstring(clean.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError as error:
        return Rejected("html_empty", str(error))
    except etree.XMLSyntaxError as error:
        return Rejected("html_parse", str(error))
    for entry in parser.error_log:
        if entry.type_name == "ERR_RESOURCE_LIMIT":
            return Rejected("html_depth", entry.message)
    _settle(root)
    return root


def _bare_tag(match: re.Match[str]) -> str:
    attributes = len(_QUOTED.sub("", match.group()).split())
    return f"<{match[1]}>" if attributes > _MAX_ATTRIBUTES else match.group()


def _settle(root: HtmlElement) -> None:
    """Take line feeds between wide characters out, so that no extractor makes a space of them."""
    for element in root.iter(etree.Element):
        if (
            element.text
            and "\n" in element.text
            and element.tag not in {"pre", "script", "style", "textarea"}
        ):
            element.text = _WIDE_BREAK.sub("", element.text)
        if element.tail and "\n" in element.tail:
            element.tail = _WIDE_BREAK.sub("", element.tail)


def lines(root: HtmlElement, *, hidden: bool = False) -> list[str]:
    """Return the visible text of the tree, one paragraph, list item or table row a line, without blank ones.

    Text that `hidden` or `display:none` takes from view is left out, unless `hidden` asks for it.
    """
    text = "".join(_pieces(root, hidden=hidden))
    folded = (_BLANKS.sub(" ", line).strip(" ") for line in text.split("\N{LINE SEPARATOR}"))
    return [line for line in folded if line.strip()]


def _pieces(root: HtmlElement, *, hidden: bool) -> Iterator[str]:
    """Yield text, with U+2028 where a line ends (one in the text ends its line as well)."""
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    pre = 0
    while stack:
        element, leave = stack.pop()
        if leave:
            pre -= element.tag == "pre"
            yield _edge(element)
            yield from _kept(element.tail, pre, root=element is root)
            continue
        if not _is_seen(element) or not (hidden or element is root or not _is_hidden(element)):
            yield from _kept(element.tail, pre, root=element is root)
            continue
        yield _edge(element)
        pre += element.tag == "pre"
        yield from _kept(element.text, pre, root=False)
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))


def _kept(text: str | None, pre: int, *, root: bool) -> Iterator[str]:
    """Yield a text or tail; the tail of the root is not of the root, and in <pre> a line feed ends a line."""
    if text and not root:
        yield text.replace("\n", "\N{LINE SEPARATOR}") if pre > 0 else _WIDE_BREAK.sub("", text)


def _edge(element: HtmlElement) -> str:
    """Return what stands where the element begins or ends: a line end, a space between cells, or nothing."""
    tag = element.tag
    if tag in BLOCKS or tag in _BREAKS or _is_heading(element):
        return "\N{LINE SEPARATOR}"
    if tag in _CELLS:
        own_lines = any(child.tag in BLOCKS or child.tag in _BREAKS for child in element)
        return "\N{LINE SEPARATOR}" if own_lines else " "
    return ""


def _is_heading(element: HtmlElement) -> bool:
    """Return whether the element is a heading of trafilatura's vocabulary, not the <head> of a page."""
    return element.tag == "head" and element.getparent() is not None and element.getparent().tag != "html"


def _is_seen(element: HtmlElement) -> bool:
    return isinstance(element.tag, str) and (element.tag not in UNSEEN or _is_heading(element))


def _is_hidden(element: HtmlElement) -> bool:
    style = element.get("style")
    return element.get("hidden") is not None or bool(style and _HIDDEN.search(style))


def text_of(element: HtmlElement) -> str:
    """Return the text of an element in one line."""
    return " ".join(lines(element, hidden=True))


def shape(root: HtmlElement) -> tuple[int, int]:
    """Return how many elements end a line and how deep the tree is."""
    blocks = depth = deepest = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            depth += 1
            deepest = max(deepest, depth)
            blocks += element.tag in BLOCKS or element.tag in _BREAKS or element.tag in _CELLS
        else:
            depth -= 1
    return blocks, deepest
