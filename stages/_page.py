"""A page as a tree, and the tree as lines: the parsing and walking that extraction needs.

In: HTML as text.  Out: an lxml tree, and its text with one paragraph a line.
Order: not a stage; read by `stages.extract`.
Source: CSS Text 3 §4 for white space; libxml2 2.14 for the depth of 2,048; the walk is linear and does
not recurse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lxml import etree, html

from stages.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
#: Blocks that are a line and no more: what they hold belongs to what stands around them.
_LINES: Final = frozenset({"p", "li", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
_BREAKS: Final = frozenset({"br", "lb", "hr"})
_INLINE: Final = frozenset({"a", "span", "b", "strong", "em", "i", "font", "img", "u", "small", "sup", "sub"})
_ENDS: Final = BLOCKS | _BREAKS
_HOLDERS: Final = BLOCKS | _CELLS
_HIDDEN: Final = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE
)
_BLANKS: Final = re.compile(r"[ \t\n\r\f]+")
_WIDE: Final = (
    r"[\u2e80-\u2fdf\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U000323af]"
)
_WIDE_ONE: Final = re.compile(_WIDE)
#: A line feed of the source between two wide characters is no space.
_WIDE_BREAK: Final = re.compile(rf"(?<={_WIDE})[ \t\r\f]*\n[ \t\n\r\f]*(?={_WIDE})")
#: What XML cannot hold and nobody sees; tab, line feed, form feed and carriage return stay.  U+FDD0 marks a <br>.
_UNWANTED: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufdd0\ufffe\uffff]+")
#: What the parser gives and does not take back: controls, a form feed or those of references.
_UNHELD: Final = dict.fromkeys((*range(9), 11, *range(14, 32), 0xFDD0, 0xFFFE, 0xFFFF)) | {0x0C: " "}
_UNSETTLED: Final = re.compile("[\n\x00-\x08\x0b\x0c\x0e-\x1f\ufdd0\ufffe\uffff]")
_LONG_TAG: Final = re.compile(r"<([A-Za-z][A-Za-z0-9:-]{0,40})[^<>]{20000,}>?")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_MAX_ATTRIBUTES: Final = 1000
_SHALLOW: Final = 20  # levels of elements that every page may have
_CHARS: Final = 64  # to go through so many takes extractors as long as an element, or less
_PAIRS: Final = 300  # and so does this, of squares of the tables around an element
#: Text of one node with U+2028 where a line ends (one in the text ends its line as well), whether it is a link, and tag
#: and home of its block.
_Piece = tuple[str, bool, str, int]


def parse(page: str) -> HtmlElement | Rejected:
    """Return the tree of a page, or why there is none.

    Comments and processing instructions are left out; a tag of more than a thousand attributes loses
    them, since the
    parser compares each with all others.
    """
    clean = _LONG_TAG.sub(_bare_tag, _UNWANTED.sub("", page))
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
    if _WIDE_ONE.search(clean) or "&#" in clean or "\f" in clean:
        _settle(root)
    return root


def _bare_tag(match: re.Match[str]) -> str:
    attributes = len(_QUOTED.sub("", match.group()).split())
    return f"<{match[1]}>" if attributes > _MAX_ATTRIBUTES else match.group()


def _settle(root: HtmlElement) -> None:
    """Take line feeds between wide characters out, of which an extractor would make a space, and what it would fail at.

    A control that came by a reference stands in the tree, and no library may put it anywhere else in it.
    """
    for element in root.iter(etree.Element):
        if element.text and _UNSETTLED.search(element.text):
            held = element.tag in {"pre", "script", "style", "textarea"}
            text = element.text if held else _WIDE_BREAK.sub("", element.text)
            element.text = text.translate(_UNHELD)
        if element.tail and _UNSETTLED.search(element.tail):
            element.tail = _WIDE_BREAK.sub("", element.tail).translate(_UNHELD)


@dataclass(frozen=True, slots=True)
class Block:
    """A line of a page, and where it stands."""

    text: str
    linked: float  # 0..1, the share of its characters, white space aside, that are links
    tag: str  # the nearest element around it that stands on lines of its own
    home: int  # the nearest such element that is more than a line, by number: siblings have it in common


def lines(root: HtmlElement, *, hidden: bool = False) -> list[str]:
    """Return the text of the blocks of a tree."""
    return [block.text for block in blocks(root, hidden=hidden)]


def blocks(root: HtmlElement, *, hidden: bool = False) -> list[Block]:
    """Return the visible text of the tree, one paragraph, list item or table row a block, without blank ones.

    Text that `hidden`, `display:none` or `visibility:hidden` takes from view is left out, unless `hidden` asks for it.
    """
    out: list[Block] = []
    line: list[_Piece] = []
    for piece in _pieces(root, hidden=hidden):
        text = piece[0]
        if text == "\N{LINE SEPARATOR}":
            if line:
                out.extend(_block(line))
                line = []
        elif "\N{LINE SEPARATOR}" in text:
            first, *others = text.split("\N{LINE SEPARATOR}")
            line.append((first, *piece[1:]))
            for other in others:
                out.extend(_block(line))
                line = [(other, *piece[1:])]
        elif line or text.strip(" \t\n\r\f"):
            line.append(piece)
    out.extend(_block(line))
    return out


def _block(line: Sequence[_Piece]) -> Iterator[Block]:
    """Yield the block that the pieces of a line make, if they hold more than blanks."""
    text = "".join([piece[0] for piece in line])
    if (
        "  " in text or not text.isprintable()
    ):  # blanks other than the space are not printable, and so are some others
        text = _BLANKS.sub(" ", text)
    text = text.strip(" ")
    if not text or text.isspace():
        return
    linked = sum([len("".join(piece[0].split())) for piece in line if piece[1]])
    share = min(1.0, linked / len("".join(text.split()))) if linked else 0.0
    _, _, tag, home = next(piece for piece in line if piece[0].strip(" \t\n\r\f"))
    yield Block(text, share, tag, home)


def _pieces(root: HtmlElement, *, hidden: bool) -> Iterator[_Piece]:
    """Yield the text of the tree in order, without a call inside a call, however deep it is."""
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    within: list[tuple[str, int]] = [("html", 0)]
    homes = pre = links = 0
    while stack:
        element, leave = stack.pop()
        tag = element.tag
        seen = leave or (_is_seen(element, tag) and (hidden or element is root or not is_hidden(element)))
        edge = _edge(element, tag) if seen and tag not in _INLINE else ""
        if edge:
            yield edge, False, *within[-1]
        if leave or not seen:
            pre -= seen and tag == "pre"
            links -= seen and tag == "a"
            if seen and tag in _HOLDERS:
                within.pop()
            text = "" if element is root else element.tail
        else:
            pre += tag == "pre"
            links += tag == "a"
            if tag in _HOLDERS:
                homes += 1
                within.append((tag, within[-1][1] if tag in _LINES else homes))
            stack.append((element, True))
            if len(element):
                stack += [(child, False) for child in reversed(element)]
            text = element.text
        if text:
            yield text.replace("\n", "\N{LINE SEPARATOR}") if pre > 0 else text, links > 0, *within[-1]


def _edge(element: HtmlElement, tag: str) -> str:
    """Return what stands where the element begins or ends: a line end, a space between cells, or nothing."""
    if tag in _ENDS or (tag == "head" and _is_heading(element)):
        return "\N{LINE SEPARATOR}"
    if tag in _CELLS:
        own_lines = any(child.tag in BLOCKS or child.tag in _BREAKS for child in element)
        return "\N{LINE SEPARATOR}" if own_lines else " "
    return ""


def _is_heading(element: HtmlElement) -> bool:
    """Return whether a <head> is a heading of trafilatura's vocabulary, not that of a page."""
    return element.getparent() is not None and element.getparent().tag != "html"


def _is_seen(element: HtmlElement, tag: str) -> bool:
    return tag not in UNSEEN if tag != "head" and isinstance(tag, str) else _is_heading(element)


def is_hidden(element: HtmlElement) -> bool:
    """Return whether the element itself says that nothing of it is shown."""
    style = element.get("style")
    return bool(style and _HIDDEN.search(style)) or element.get("hidden") is not None


def text_of(element: HtmlElement) -> str:
    """Return the text of an element in one line."""
    return " ".join(lines(element, hidden=True))


def shape(root: HtmlElement) -> tuple[int, int, int]:
    """Return how many elements end a line, how deep the tree is, and how much stands how far below level 20.

    The last is a sum of levels, one for each element without others in it and for each 64 characters: what an
    extractor looks at that goes through all that is below each element.  It is nothing on a page as sites make them,
    however long: of 130 saved ones the deepest has 38 levels.  trafilatura goes through all that is around an
    <article>, so each counts as a leaf, and through a table once for each pair of those around it, so the square of
    these counts too.
    """
    blocks = depth = leaves = characters = pairs = 0
    level, tables = [root], [0]  # the elements of a level, and how many tables each stands in
    while level:
        depth += 1
        tables = [n + (element.tag == "table") for element, n in zip(level, tables, strict=True)]
        pairs += sum([n * n for n in tables])
        blocks += sum(element.tag in _ENDS or element.tag in _CELLS for element in level)
        if depth > _SHALLOW:
            leaves += (depth - _SHALLOW) * sum(e.tag == "article" or not len(e) for e in level)
            texts = [(element.text or "") + (element.tail or "") for element in level]
            characters += (depth - _SHALLOW) * sum(map(len, texts))
        tables = [n for element, n in zip(level, tables, strict=True) for _ in element]
        level = [child for element in level for child in element]
    return blocks, depth, leaves + characters // _CHARS + pairs // _PAIRS
