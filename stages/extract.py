"""The article text of a page, as three extractors agree on it.

In: HTML as text.  Out: L1, one paragraph, list item or table row a line; metadata with the rule that
found each field; how
much visible text was left aside.  A page that cannot be read without loss is `Rejected`.
Order: after decode, before normalise; pages only.
Source: F1 against hand-marked bodies of 54 Chinese news pages: this consensus .943, trafilatura alone
.866, readability .932,
jusText .888; on 181 pages in English and other languages .959, .954, .947, .705.

The page is parsed once, with `huge_tree`: the parser's default drops everything past 255 nested elements
without a word.
Every extractor gets a copy of the tree.  trafilatura is never asked to deduplicate: it would remember
earlier pages.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stages import _page
from stages._page_metadata import read_metadata
from stages.model import Extracted, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.html import HtmlElement

VERSION: Final = 1

_GRAM: Final = 4
#: Stands for <br> in what jusText reads; a noncharacter that `_page.parse` takes out of every page.
_BREAK: Final = "\ufdd0"
#: What a library may raise on a page it was not made for; running out of memory is no answer about the page.
_FAILURES: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class ExtractSettings:
    """How the extractors are asked and compared."""

    min_chars: int = 40  # a shorter answer does not count
    agree: float = 0.95  # where the first two agree so far, the third is not asked
    max_blocks: int = 3000  # lines of a page from which on jusText, quadratic in them, is not asked
    max_depth: int = 500  # nested elements from which on jusText is not asked
    length_low: int = 20  # jusText, pages in Han, kana or Hangul: a shorter block is none
    length_high: int = 60  # jusText, pages in Han, kana or Hangul: a longer block is text
    length_low_words: int = 70  # jusText, other scripts: characters below which a block is no text
    length_high_words: int = 200  # jusText, other scripts: characters above which it is

    def __post_init__(self) -> None:
        for name in ("min_chars", "max_blocks", "max_depth", "length_low", "length_low_words"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be 1 or more")
        if not 0 < self.agree <= 1:
            raise ValueError(f"agree = {self.agree}: must be above 0 and at most 1")
        if self.length_high < self.length_low or self.length_high_words < self.length_low_words:
            raise ValueError(f"length_high = {self.length_high}: must not be below length_low")


def extract(html: str, settings: ExtractSettings, *, url: str | None = None) -> Extracted | Rejected:
    """Return the article of a page, or why it cannot be read: html_depth, html_empty or html_parse.

    Where no extractor finds an article, the visible text of <article>, <main> or <body> is returned instead.
    `agreement` is 1 for a page whose article is known by its mark, and 0 where nothing could be compared.
    """
    root = _page.parse(html)
    if isinstance(root, Rejected):
        return root
    visible = _page.lines(root) or _page.lines(root, hidden=True)
    if not visible:
        return Rejected("html_empty", "the page has no visible text")
    marked = root.get_element_by_id(
        "js_content", None
    )  # WeChat: the article stands hidden until a script shows it
    text = "\n".join(_page.lines(marked, hidden=True)) if marked is not None else ""
    names, agreement = "js_content", 1.0
    if not text:
        text, names, agreement = _consensus(root, settings)
    if not text:
        text, names, agreement = "\n".join(_fallback(root) or visible), f"visible text; {names}", 0.0
    return Extracted(
        text=text,
        metadata=read_metadata(root, visible, url),
        extractor=names,
        agreement=agreement,
        visible_chars=sum(map(len, visible)),
        unextracted_chars=_left_aside(visible, text),
    )


def _consensus(root: HtmlElement, settings: ExtractSettings) -> tuple[str, str, float]:
    """Return the answer that agrees most with the others, all names, the chosen first, and the agreement.

    Of equal scores the longer answer wins, then the order trafilatura, readability, jusText.
    """
    blocks, depth = _page.shape(root)
    heavy = blocks > settings.max_blocks or depth > settings.max_depth
    asked: list[str] = []
    answers: list[tuple[str, Counter[str], str]] = []
    for ask in (_trafilatura, _readability, _justext):
        if ask is _justext and (
            heavy or (len(answers) == 2 and _f1(answers[0][1], answers[1][1]) >= settings.agree)
        ):
            continue
        name, lines = ask(copy.deepcopy(root), settings)
        asked.append(name)
        text = "\n".join(lines)
        if len(text) >= settings.min_chars:
            answers.append((text, _grams(text), name))
    if not answers:
        return "", "; ".join(asked), 0.0
    sums = [sum(_f1(mine, other) for _, other, n in answers if n != name) for _, mine, name in answers]
    best = max(range(len(answers)), key=lambda i: (round(sums[i], 9), len(answers[i][0]), -i))
    text, _, chosen = answers[best]
    names = "; ".join([chosen, *(name for name in asked if name != chosen)])
    return text, names, round(sums[best] / max(1, len(answers) - 1), 6)


def _trafilatura(root: HtmlElement, _settings: ExtractSettings) -> tuple[str, list[str]]:
    """Ask trafilatura; its settings say that no answer is too short, or it would log each."""
    import trafilatura  # noqa: PLC0415 - half a second, paid by the first page only
    from trafilatura.settings import DEFAULT_CONFIG  # noqa: PLC0415

    config = copy.deepcopy(DEFAULT_CONFIG)
    config.set("DEFAULT", "min_output_size", "0")

    def ask() -> list[str]:
        document = trafilatura.bare_extraction(
            root, config=config, include_comments=False, include_tables=True, deduplicate=False
        )
        return [] if document is None or document.body is None else _page.lines(document.body, hidden=True)

    return f"trafilatura {trafilatura.__version__}", _answer(ask)


def _readability(root: HtmlElement, _settings: ExtractSettings) -> tuple[str, list[str]]:
    """Ask readability-lxml; its answer is a page, read by our own parser for the sake of its depth."""
    import readability  # noqa: PLC0415 - as trafilatura

    def ask() -> list[str]:
        if root.find("body") is None:
            return []
        answer = _page.parse(readability.Document(root).summary(html_partial=True))
        return [] if isinstance(answer, Rejected) else _page.lines(answer, hidden=True)

    return f"readability-lxml {getattr(readability, '__version__', '')}".strip(), _answer(ask)


def _justext(root: HtmlElement, settings: ExtractSettings) -> tuple[str, list[str]]:
    """Ask jusText by length and links alone: it has no stop list for Chinese and Japanese."""
    import justext  # noqa: PLC0415 - as trafilatura
    from justext import core  # noqa: PLC0415

    for element in root.iter("br"):
        element.tail = _BREAK + (element.tail or "")
    sample = root.text_content()[:20_000]
    wide = (
        sum("\u2e80" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" for c in sample) * 4
        > len(sample.split()) * 5
    )
    low, high = (
        (settings.length_low, settings.length_high)
        if wide
        else (settings.length_low_words, settings.length_high_words)
    )

    def ask() -> list[str]:
        paragraphs = core.ParagraphMaker.make_paragraphs(core.preprocessor(root))
        core.classify_paragraphs(paragraphs, frozenset(), low, high, 0, 0)
        core.revise_paragraph_classification(paragraphs)
        pieces = (p.text.split(_BREAK) for p in paragraphs if not p.is_boilerplate)
        return [line for some in pieces for piece in some if (line := " ".join(piece.split()))]

    return f"justext {justext.__version__}", _answer(ask)


def _answer(ask: Callable[[], list[str]]) -> list[str]:
    """Return the lines of an extractor; one that fails on a page has no vote on it."""
    try:
        return ask()
    except _FAILURES:
        return []


def _fallback(root: HtmlElement) -> list[str]:
    """Return the visible text of the only <article>, else of the first <main>, else of <body>."""
    articles = root.findall(".//article")
    homes = [
        *(articles if len(articles) == 1 else ()),
        *root.findall(".//main")[:1],
        *root.findall("body")[:1],
    ]
    return next((found for home in homes if (found := _page.lines(home))), [])


def _grams(text: str) -> Counter[str]:
    """Return the character 4-grams of a text without its white space."""
    dense = "".join(text.split())
    return Counter(dense[i : i + _GRAM] for i in range(max(1, len(dense) - _GRAM + 1)))


def _f1(a: Counter[str], b: Counter[str]) -> float:
    """Return twice the grams in common over the grams of both."""
    return 2 * (a & b).total() / (a.total() + b.total())


def _left_aside(visible: Sequence[str], text: str) -> int:
    """Return how many code points of the visible lines no 4-gram of the text covers."""
    dense = "".join(text.split())
    have = {dense[i : i + _GRAM] for i in range(len(dense) - _GRAM + 1)}
    have.update("".join(line.split()) for line in text.split("\n"))
    left = 0
    for line in visible:
        core = "".join(line.split())
        covered = bytearray(len(core))
        for i in range(max(1, len(core) - _GRAM + 1)):
            if core[i : i + _GRAM] in have:
                covered[i : i + _GRAM] = b"\x01" * len(core[i : i + _GRAM])
        missing = covered.count(0)
        left += len(line) if missing == len(core) else missing
    return left
