"""The article text of a page, as three extractors agree on it block by block.

In: HTML as text.  Out: L1, one paragraph, list item or table row a line; metadata with the rule that found each field;
how much visible text was left aside.  A page that cannot be read without loss is `Rejected`.
Order: after decode, before normalise; pages only.
Source: `tests/quality/text_extract.py` measures it beside each single extractor; docs/quality-text.md has the figures.

The page is parsed once, with `huge_tree`: the parser's default drops everything past 255 nested elements without a
word.  Each extractor works on a copy of the tree and votes on the blocks of the page (`_page_vote`); the text is that
of the blocks that stand.  trafilatura is asked in its fast mode: in the other it asks readability and jusText itself,
and would vote for them.  It is never asked to deduplicate: it would remember earlier pages.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache, partial
from itertools import dropwhile
from typing import TYPE_CHECKING, Final

from stages.model import Extracted, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.html import HtmlElement

    from stages import _page, _page_vote
    from stages.model import Metadata

VERSION: Final = 8

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
    script_below: int = 500  # characters of visible prose from which on no article is looked for in scripts
    max_blocks: int = 3000  # lines of a page from which on jusText is not asked
    max_depth: int = 500  # nested elements from which on jusText is not asked
    max_nested: int = 100_000  # levels below the 20th of leaves, articles and 64 characters; pairs of tables
    length_low: int = 20  # jusText, pages in Han, kana or Hangul: a shorter block is none
    length_high: int = 60  # jusText, pages in Han, kana or Hangul: a longer block is text
    length_low_words: int = 70  # jusText, other scripts: characters below which a block is no text
    length_high_words: int = 200  # jusText, other scripts: characters above which it is

    def __post_init__(self) -> None:
        for name in (
            "min_chars",
            "script_below",
            "max_blocks",
            "max_depth",
            "max_nested",
            "length_low",
            "length_low_words",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be 1 or more")
        if not 0 < self.agree <= 1:
            raise ValueError(f"agree = {self.agree}: must be above 0 and at most 1")
        if self.length_high < self.length_low or self.length_high_words < self.length_low_words:
            raise ValueError(f"length_high = {self.length_high}: must not be below length_low")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of a page before it is put together."""

    lines: tuple[str, ...]
    names: str
    agreement: float
    left: int  # code points of visible text that are not in the lines
    prose: tuple[str, ...] = ()  # the lines that are prose for sure
    heavy: bool = False  # whether an extractor was not asked because the page is too long or too deep for it


def extract(html: str, settings: ExtractSettings, *, url: str | None = None) -> Extracted | Rejected:
    """Return the article of a page, or why it cannot be read: html_depth, html_empty or html_parse.

    The headline, and lines above the text that say only what the metadata say, are in the metadata alone.
    Where no extractor finds an article, the visible text of <article>, <main> or <body> is returned instead.
    `agreement` is 1 for a page whose article is known by its mark, and 0 where nothing could be compared.
    """
    from stages import _page
    from stages._page_metadata import read_metadata

    root = _page.parse(html)
    if isinstance(root, Rejected):
        return root
    page = _page.blocks(root) or _page.blocks(root, hidden=True)
    if not page:
        return Rejected("html_empty", "the page has no visible text")
    visible = [block.text for block in page]
    metadata = read_metadata(root, visible, url)
    answer = _marked(root, visible) or _voted(root, page, metadata, settings)
    if sum(map(len, answer.prose)) < settings.script_below and answer.names != "js_content":
        answer, metadata = _scripted(root, visible, answer, metadata)
    return Extracted(
        text="\n".join(answer.lines),
        metadata=metadata,
        extractor=answer.names,
        agreement=answer.agreement,
        visible_chars=sum(map(len, visible)),
        unextracted_chars=answer.left,
        heavy=answer.heavy,
    )


def _marked(root: HtmlElement, visible: Sequence[str]) -> _Answer | None:
    """Return the article of a WeChat page, which stands hidden until a script shows it."""
    from stages import _page

    marked = root.get_element_by_id("js_content", None)
    lines = _page.lines(marked, hidden=True) if marked is not None else []
    return _Answer(tuple(lines), "js_content", 1.0, _left_aside(visible, lines)) if lines else None


def _voted(
    root: HtmlElement, page: Sequence[_page.Block], metadata: Metadata, settings: ExtractSettings
) -> _Answer:
    """Return the blocks that the extractors agree on, and all names, the one that agrees most first."""
    from stages import _page, _page_vote

    answers, votes, heavy = _asked(root, page, settings)
    where = page
    if votes and 2 * _taken(page, votes) < max(len("".join(lines)) for _, lines in answers):
        where = _page.blocks(root, hidden=True)  # the article stands hidden until a script shows it
        votes = [_vote(where, name, lines) for name, lines in answers if lines]
    kept = _page_vote.choose(where, [vote for _, vote in votes]) if votes else [False] * len(page)
    shares = [(name, _page_vote.agreement(where, kept, vote.taken)) for name, vote in votes]
    shares.sort(key=lambda share: -share[1])
    names = [name for name, _ in shares] + [name for name, lines in answers if not lines]
    kept = _without_head(where, kept, metadata)
    texts = [block.text for block in page]
    if not any(kept):
        lines = _fallback(root) or texts
        names = ["visible text", *names]
        return _Answer(tuple(lines), "; ".join(names), 0.0, _left_aside(texts, lines), heavy=heavy)
    chosen = [block for block, yes in zip(where, kept, strict=True) if yes]
    out = tuple(block.text for block in chosen)
    left = sum(map(len, texts)) - sum(map(len, out)) if where is page else _left_aside(texts, out)
    agreed = round(sum(share for _, share in shares) / len(shares), 6) if len(shares) > 1 else 0.0
    prose = tuple(block.text for block in chosen if _page_vote.is_prose(block))
    return _Answer(out, "; ".join(names), agreed, left, prose, heavy)


def _asked(
    root: HtmlElement, page: Sequence[_page.Block], settings: ExtractSettings
) -> tuple[list[tuple[str, list[str]]], list[tuple[str, _page_vote.Ballot]], bool]:
    """Return name and lines of each extractor that was asked, their votes, and whether the page is too heavy for one.

    Too few lines are none.  All three look through what is below an element for each element: nested markup takes
    them a time that grows with its square, which a page of 32 kB is large enough for.
    """
    from lxml import etree

    from stages import _page

    answers: list[tuple[str, list[str]]] = []
    votes: list[tuple[str, _page_vote.Ballot]] = []
    blocks, depth, nested = _page.shape(root)
    if nested > settings.max_nested:
        return answers, votes, True
    lean = copy.deepcopy(root)
    etree.strip_elements(lean, "script", "style", "noscript", "link", with_tail=False)
    for ask in (_trafilatura, _readability, _justext):  # the first two work on copies of their own
        if ask is _justext and _agreed(page, votes, settings):
            continue
        if ask is _justext and (blocks > settings.max_blocks or depth > settings.max_depth):
            return answers, votes, True
        name, lines = ask(lean, settings)
        lines = lines if len("\n".join(lines)) >= settings.min_chars else []
        answers.append((name, lines))
        votes += [_vote(page, name, lines)] if lines else []
    return answers, votes, False


def _agreed(
    page: Sequence[_page.Block], votes: Sequence[tuple[str, _page_vote.Ballot]], settings: ExtractSettings
) -> bool:
    from stages import _page_vote

    taken = [vote.taken for _, vote in votes]
    return len(taken) == 2 and _page_vote.agreement(page, *taken) >= settings.agree


def _vote(page: Sequence[_page.Block], name: str, lines: Sequence[str]) -> tuple[str, _page_vote.Ballot]:
    from stages import _page_vote

    alone, whole = not name.startswith("justext"), name.startswith("readability")
    return name, _page_vote.match(page, lines, alone=alone, whole=whole)


def _taken(page: Sequence[_page.Block], votes: Sequence[tuple[str, _page_vote.Ballot]]) -> int:
    """Return how many code points of the page any extractor took."""
    return sum(len(block.text) for i, block in enumerate(page) if any(vote.taken[i] for _, vote in votes))


def _without_head(page: Sequence[_page.Block], kept: Sequence[bool], metadata: Metadata) -> list[bool]:
    """Return the choice without the headline and the lines above the first prose that only repeat the metadata."""
    from stages import _page_vote
    from stages._page_metadata import tells_only

    out = list(kept)
    for i, block in enumerate(page):
        if not out[i]:
            continue
        if tells_only(block.text, metadata):
            out[i] = False
        elif _page_vote.is_prose(block):
            break
    return out if any(out) else list(kept)


def _scripted(
    root: HtmlElement, visible: Sequence[str], answer: _Answer, metadata: Metadata
) -> tuple[_Answer, Metadata]:
    """Return the article that the scripts hold, where the page shows less than two thirds of it and nothing else.

    What the page does show, a teaser, must stand in the article; `agreement` is the share of it that does.
    """
    from stages import _page_script
    from stages._page_metadata import beside, tells_only

    for found in _page_script.articles(root, metadata.title):
        size, shown = sum(map(len, found.lines)), sum(map(len, answer.prose))
        missing = _left_aside(answer.prose, found.lines)
        if 3 * shown <= 2 * size and 10 * missing <= 3 * size:
            agreed = round(1 - missing / shown, 6) if shown else 0.0
            names = f"{found.rule}; {answer.names}"
            lines = tuple(dropwhile(lambda line: tells_only(line, metadata), found.lines))
            left = _left_aside(visible, lines)
            scripted = _Answer(lines or found.lines, names, agreed, left, heavy=answer.heavy)
            return scripted, beside(metadata, found.beside)
    return answer, metadata


@cache
def _config() -> object:
    """Return trafilatura's settings with no answer too short, or it would log each."""
    from trafilatura.settings import DEFAULT_CONFIG

    config = copy.deepcopy(DEFAULT_CONFIG)
    config.set("DEFAULT", "min_output_size", "0")
    return config


def _trafilatura(root: HtmlElement, _settings: ExtractSettings) -> tuple[str, list[str]]:
    """Ask trafilatura."""
    import trafilatura

    from stages import _page

    def ask() -> list[str]:
        document = trafilatura.bare_extraction(
            root, fast=True, config=_config(), include_comments=False, include_tables=True, deduplicate=False
        )
        return [] if document is None or document.body is None else _page.lines(document.body, hidden=True)

    return f"trafilatura {trafilatura.__version__}", _answer(ask)


def _readability(root: HtmlElement, _settings: ExtractSettings) -> tuple[str, list[str]]:
    """Ask readability-lxml; its answer is read from its tree, which the page that it makes of it would cut in depth."""
    from stages import _page_scores

    return f"readability-lxml {_page_scores.VERSION}".strip(), _answer(partial(_page_scores.lines, root))


def _justext(root: HtmlElement, settings: ExtractSettings) -> tuple[str, list[str]]:
    """Ask jusText by length and links alone: it has no stop list for Chinese and Japanese."""
    import justext
    from justext import core

    from stages import _page_classes

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
        texts = [paragraph.text for paragraph in paragraphs]
        classes = _page_classes.revised(
            [paragraph.cf_class for paragraph in paragraphs],
            [paragraph.heading for paragraph in paragraphs],
            list(map(len, texts)),
        )
        pieces = (text.split(_BREAK) for text, of in zip(texts, classes, strict=True) if of == "good")
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
    from stages import _page

    articles = root.findall(".//article")
    homes = [
        *(articles if len(articles) == 1 else ()),
        *root.findall(".//main")[:1],
        *root.findall("body")[:1],
    ]
    return next((found for home in homes if (found := _page.lines(home))), [])


def _left_aside(visible: Sequence[str], lines: Sequence[str]) -> int:
    """Return how many code points of the visible lines no 4-gram of the text covers."""
    dense = "".join("".join(lines).split())
    have = {dense[i : i + _GRAM] for i in range(len(dense) - _GRAM + 1)}
    have.update("".join(line.split()) for line in lines)
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
