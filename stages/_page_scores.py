"""readability-lxml, asked for lines: as it is, but for what took half of its time."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

import readability
from lxml import etree

from stages import _page

if TYPE_CHECKING:
    from lxml.html import HtmlElement

VERSION: Final = getattr(readability, "__version__", "")


def lines(root: HtmlElement) -> list[str]:
    """Return the lines of what readability takes for the article of a page, which stays as it is."""
    if root.find("body") is None:
        return []
    document = _Document(root)
    document.summary(html_partial=True)
    return list(document.found)


class _Document(readability.Document):  # type: ignore[misc]
    """The tree has no scripts any more, so nothing is cleaned but what is hidden; lengths need no patterns.

    What is linked inside an element is asked for with each element around it: a page of 32 kB of nested links took
    two seconds.  So the length of each link is known while scores are made, since the tree stays as it is then.
    """

    found: tuple[str, ...] | list[str] = ()
    lengths: dict[HtmlElement, int] | None = None  # of links, while nothing is taken out

    def _parse(self, tree: HtmlElement) -> HtmlElement:
        tree = copy.deepcopy(tree)
        for element in [e for e in tree.iter(etree.Element) if _page.is_hidden(e)]:
            if element.getparent() is not None:
                element.drop_tree()
        return tree

    def get_clean_html(self) -> str:
        self.found = _page.lines(self.html, hidden=True)
        text = "\n".join(self.found)  # only its length is looked at: whether it is short
        return text if len(text) >= self.retry_length else str(super().get_clean_html())

    def score_paragraphs(self) -> dict[HtmlElement, dict[str, Any]]:
        self.lengths = {}
        try:
            scores: dict[HtmlElement, dict[str, Any]] = super().score_paragraphs()
        finally:
            self.lengths = None
        return scores

    def get_link_density(self, element: HtmlElement) -> float:
        linked = sum(map(self._linked, element.iterfind(".//a")))
        return linked / max(1, _length(element)) if linked else 0.0

    def _linked(self, link: HtmlElement) -> int:
        if self.lengths is None:
            return _length(link)
        if link not in self.lengths:
            self.lengths[link] = _length(link)
        return self.lengths[link]


def _length(element: HtmlElement) -> int:
    """Return the length of an element's text, each white space as one blank."""
    return len(" ".join(element.text_content().split()))
