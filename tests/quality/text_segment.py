"""How well wrapped lines are joined, and that no others are.

A document is exact when its paragraphs come back, white space apart.  The boundary of a paragraph is where it
ends, counted in characters that are not white space; precision and recall are over all documents of a layout.

The bar is that of whole articles: four paragraphs or more, and at the widest column twelve lines or more that go
on in the next.  Shorter ones have rows of their own: a few lines do not tell a column.
"""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ftfy
import never
import never_sung
import wraps
from text import Figure, absent, lines_of

from stages.segment import SegmentSettings, segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wraps import Article

_AREA: Final = "segment"
_S: Final = SegmentSettings()
_ISSUE: Final = 0.978  # 45 of 46, the issue's bar
#: Below the bar: what is met there.
_MET: Final = {("Chinese", "blank lines", 20): 0.96, ("Chinese", "blank lines", 30): 0.96}
_MET_JA: Final = 0.95  # the source has Latin words run together, longer than a line, and letters spaced out
_FEW: Final = 12  # lines that go on in the next: an article with fewer is judged in a row of its own
_SHORT: Final = 10  # such articles
_MET_SHORT: Final = 0.8  # what is surely reached there
_ZH_COLUMNS: Final = (20, 30, 38, 40)
_EN_COLUMNS: Final = (60, 65, 72, 76)
_EM: Final = "\u3000\u3000"
_WHITE: Final = re.compile(r"\s")
_ROUNDS: Final = 3


@dataclass(slots=True)
class _Score:
    """Counts over the documents of one layout."""

    documents: int = 0
    exact: int = 0
    truth: int = 0  # boundaries
    found: int = 0
    common: int = 0
    equal: int = 0  # documents that are equal to the character

    def add(self, article: Article, text: str, *, hyphens: bool = False) -> None:
        result = [line for line in segment(text, _S).text.split("\n") if line]
        bare = [[_bare(p, hyphens=hyphens) for p in one] for one in (article, result)]
        ends = [_ends(one) for one in bare]
        self.documents += 1
        self.exact += bare[0] == bare[1]
        self.equal += article == result
        self.truth += len(ends[0])
        self.found += len(ends[1])
        self.common += len(ends[0] & ends[1])

    @property
    def precision(self) -> float:
        return self.common / max(1, self.found)

    @property
    def recall(self) -> float:
        return self.common / max(1, self.truth)

    def note(self) -> str:
        return (
            f"issue's bar {_ISSUE}; {self.exact}/{self.documents} exact, {self.equal} to the character; "
            f"boundaries P {self.precision:.4f} R {self.recall:.4f}"
        )


def _bare(paragraph: str, *, hyphens: bool) -> str:
    text = _WHITE.sub("", paragraph)
    return text.replace("-", "") if hyphens else text


def _ends(paragraphs: Sequence[str]) -> set[int]:
    out, at = set(), 0
    for paragraph in paragraphs:
        at += len(paragraph)
        out.add(at)
    return out


def _parted(articles: Sequence[Article], cells: int, count: int) -> tuple[list[Article], list[Article]]:
    """Return so many whole articles, and so many short ones: by how many lines go on when they are `cells` wide."""
    parts: tuple[list[Article], list[Article]] = ([], [])
    for article in articles:
        parts[sum((wraps.width(p) - 1) // cells for p in article) < _FEW].append(article)
    return parts[0][:count], parts[1][:count]


def _typeset(columns: int, layout: str, *, cells: bool) -> Callable[[Article], str]:
    indent = _EM if layout == "indents" else ""
    gap = "\n\n" if layout == "blank lines" else "\n"
    return lambda article: gap.join(
        "\n".join(wraps.typeset(p, columns * (1 + cells), cells=cells, indent=indent)) for p in article
    )


def _filled(columns: int, layout: str, seed: int, *, hyphens: bool = False) -> Callable[[Article], str]:
    indent = "    " if layout == "indents" else ""
    gap = "\n\n" if layout == "blank lines" else "\n"
    chance = random.Random(f"hyphens {seed} {columns}") if hyphens else None
    return lambda article: gap.join(
        "\n".join(wraps.filled(p, columns, indent=indent, hyphenate=chance)) for p in article
    )


def _score(articles: Sequence[Article], makes: Sequence[Callable[[Article], str]]) -> _Score:
    score = _Score()
    for make in makes:
        for article in articles:
            score.add(article, make(article))
    return score


def _wide(language: str, found: Sequence[Article]) -> Iterator[Figure]:
    """Yield the figures of Chinese or Japanese articles."""
    if not found:
        yield absent(_AREA, f"{language}")
        return
    articles, short = _parted(found, 2 * _ZH_COLUMNS[-1], 46)
    score = _score(articles, ["\n".join, "\n\n".join])
    yield Figure(
        _AREA,
        f"{language}, one a line or blank lines, exact",
        score.documents,
        score.exact / score.documents,
        1.0,
        note=score.note(),
    )
    exact = documents = 0
    for layout in ("indents", "blank lines"):
        for columns in _ZH_COLUMNS:
            score = _score(articles, [_typeset(columns, layout, cells=cells) for cells in (False, True)])
            share = score.exact / score.documents
            exact, documents = exact + score.exact, documents + score.documents
            yield Figure(
                _AREA,
                f"{language}, wrapped at {columns}, {layout}, exact",
                score.documents,
                share,
                _MET.get((language, layout, columns), _MET_JA if language == "Japanese" else _ISSUE),
                note=score.note(),
            )
    note = f"the issue's bar, over the rows above: {exact} of {documents}"
    yield Figure(
        _AREA,
        f"{language}, wrapped, with indents or blank lines, exact",
        documents,
        exact / documents,
        _ISSUE,
        note=note,
    )
    makes = [
        _typeset(columns, layout, cells=cells)
        for columns in _ZH_COLUMNS
        for layout in ("indents", "blank lines")
        for cells in (False, True)
    ]
    yield from _shorts(language, short[:_SHORT], makes)
    score = _score(
        articles,
        [_typeset(columns, "no mark", cells=cells) for columns in _ZH_COLUMNS for cells in (False, True)],
    )
    note = f"recall {score.recall:.4f}: where a paragraph ends cannot be known; {score.exact} exact"
    yield Figure(
        _AREA, f"{language}, wrapped, no mark, precision", score.documents, score.precision, 0.5, note=note
    )


def _shorts(
    language: str, articles: Sequence[Article], makes: Sequence[Callable[[Article], str]]
) -> Iterator[Figure]:
    """Yield the figure of articles with few lines that go on: what cannot be told stays as it is."""
    score = _score(articles, makes)
    if score.documents:
        yield Figure(
            _AREA,
            f"{language}, wrapped, fewer than {_FEW} lines go on, exact",
            score.documents,
            score.exact / score.documents,
            _MET_SHORT,
            note=f"a few lines do not tell a column; {score.note()}",
        )


def _spaced(language: str, articles: Sequence[Article], seed: int, floor: float = 0.95) -> Iterator[Figure]:
    """Yield the figures of articles in a script with spaces."""
    if not articles:
        yield absent(_AREA, f"{language}")
        return
    score = _score(articles, ["\n".join, "\n\n".join])
    yield Figure(
        _AREA,
        f"{language}, one a line or blank lines, exact",
        score.documents,
        score.exact / score.documents,
        1.0,
        note=score.note(),
    )
    for layout in ("indents", "blank lines"):
        score = _score(articles, [_filled(columns, layout, seed) for columns in _EN_COLUMNS])
        least = min(score.precision, score.recall)
        yield Figure(
            _AREA,
            f"{language}, wrapped at 60–76, {layout}, boundaries",
            score.documents,
            least,
            floor,
            note=score.note(),
        )
    score = _score(articles, [_filled(columns, "no mark", seed) for columns in _EN_COLUMNS])
    note = f"recall {score.recall:.4f}: where a paragraph ends cannot be known"
    yield Figure(
        _AREA, f"{language}, wrapped, no mark, precision", score.documents, score.precision, 0.5, note=note
    )


def _hyphenated(articles: Sequence[Article], seed: int) -> Iterator[Figure]:
    if not articles:
        return
    score, exact = _Score(), _Score()
    for columns in _EN_COLUMNS:
        make = _filled(columns, "blank lines", seed, hyphens=True)
        for article in articles:
            text = make(article)
            score.add(article, text, hyphens=True)
            exact.add(article, text)
    least = min(score.precision, score.recall)
    yield Figure(
        _AREA, "English, hyphenated, blank lines, boundaries", score.documents, least, 0.95, note=score.note()
    )
    share = exact.exact / exact.documents
    yield Figure(
        _AREA,
        "English, hyphenated, all words whole again",
        exact.documents,
        share,
        0.8,
        note="documents; a part that is itself a word keeps its hyphen in doubt",
    )


#: What may stand between two copies: nothing, a blank line, a rule, a heading.
_BETWEEN: Final = {
    "Chinese": ("", "\n", "----------------\n", "以下为报纸版\n", "\n＊＊＊\n\n", "\n【报纸版】\n\n"),
    "English": ("", "\n", "----------------\n", "The print edition\n", "\n* * *\n\n", "\nIn print:\n\n"),
}


def _both(
    language: str, articles: Sequence[Article], makes: dict[str, Sequence[Callable[[Article], str]]]
) -> Iterator[Figure]:
    """Yield the figures of files that hold a plain and a wrapped copy, in either order, by layout of the wrapped one."""
    for layout, ways in makes.items():
        score, plain = _Score(), 0
        for n, article in enumerate(articles):
            for k, make in enumerate(ways):
                between = _BETWEEN[language][(n + k) % len(_BETWEEN[language])]
                halves = ["\n".join(article), make(article)]
                middle = [between.strip()] if between.strip() else []
                text = f"\n{between}".join(halves[::-1] if (n + k // 2) % 2 else halves)
                score.add([*article, *middle, *article], text)
                result = segment(text, _S).text.split("\n")
                plain += any(
                    result[at : at + len(article)] == article for at in range(len(result) - len(article) + 1)
                )
        if score.documents and layout == "no mark":
            yield Figure(
                _AREA,
                f"{language}, plain and wrapped copy, no mark, the plain one",
                score.documents,
                plain / score.documents,
                _ISSUE,
                note=f"the plain copy comes out as it is; {score.note()}",
            )
        elif score.documents:
            yield Figure(
                _AREA,
                f"{language}, plain and wrapped copy, {layout}, exact",
                score.documents,
                score.exact / score.documents,
                0.97 if (language, layout) == ("Chinese", "blank lines") else _ISSUE,
                note=score.note(),
            )


def _interrupted(articles: Sequence[Article], seed: int) -> Iterator[Figure]:
    """Yield the figure of wrapped articles with headings, lists, datelines and questions between."""
    chance = random.Random(f"between {seed}")
    score = _Score()
    for article in articles:
        mixed = list(article)
        for _ in range(3):
            at = chance.randint(1, len(mixed))
            mixed[at:at] = wraps.between(chance)
        for columns in (30, 38):
            for layout in ("indents", "blank lines"):
                score.add(mixed, _typeset(columns, layout, cells=False)(mixed))
    if score.documents:
        yield Figure(
            _AREA,
            "Chinese, lists and headings between, exact",
            score.documents,
            score.exact / score.documents,
            _ISSUE,
            note=score.note(),
        )


def _false_joins(seed: int) -> Iterator[Figure]:
    """Yield how many line ends were taken away in texts that were never wrapped."""
    kinds: dict[str, list[str]] = {}
    for kind, text in [
        *wraps.unwrapped(seed, 60),
        *never.adversaries(seed, 12),
        *never_sung.sung(seed, 12),
    ]:
        kinds.setdefault(kind, []).append(text)
    prose = [
        *wraps.chinese(seed, 400),
        *wraps.japanese(seed, 400),
        *wraps.spanish(seed, 300),
        *wraps.english(seed, 90),
    ]
    prose += [
        a for language in ("German", "French", "Russian", "Korean") for a in wraps.declaration(language)
    ]
    kinds["prose, one paragraph a line"] = ["\n".join(a) for a in prose]
    kinds["prose, blank lines"] = ["\n\n".join(a) for a in prose]
    kinds["Markdown read as text"] = [
        str(r["text"]).replace("\r\n", "\n") for r in _some("lctt_zh.jsonl.xz", seed, 60)
    ]
    for kind, texts in kinds.items():
        joined = [sum(e.rule == "unwrap" for e in segment(text, _S).edits) for text in texts]
        note = f"in {sum(map(bool, joined))} documents" if any(joined) else ""
        yield Figure(
            _AREA,
            f"false joins: {kind}",
            len(texts),
            sum(joined),
            0,
            "count",
            most=True,
            note=note,
        )


def _some(name: str, seed: int, count: int) -> list[dict[str, object]]:
    records = list(lines_of(name))
    random.Random(f"some {seed}").shuffle(records)
    return records[:count]


def seconds(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """Return the processor time of one pass."""
    started = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - started


def against_ftfy(
    area: str, name: str, work: Callable[[str], object], texts: Sequence[str], floor: float
) -> Figure:
    """Return the figure of our speed over that of plain ftfy on the same texts, in one run."""
    if not texts:
        return absent(area, name)
    work(texts[0])  # tables are made once a process
    times = [(seconds(work, texts), seconds(ftfy.fix_text, texts)) for _ in range(_ROUNDS)]
    ours, theirs = (min(column) for column in zip(*times, strict=True))
    size = sum(len(t.encode()) for t in texts) / 1e6
    note = f"{size / ours:.1f} MB/s, plain ftfy.fix_text {size / theirs:.2f} MB/s, one core"
    return Figure(area, name, len(texts), theirs / ours, floor, "ratio", note=note)


def figures(seed: int) -> Iterator[Figure]:
    """Yield the figures of the area."""
    chinese, english = wraps.chinese(seed, 160), wraps.english(seed, 60)
    whole, _ = _parted(chinese, 2 * _ZH_COLUMNS[-1], 46)
    yield from _wide("Chinese", chinese)
    yield from _wide("Japanese", wraps.japanese(seed, 400))
    yield from _wide("our own Chinese", wraps.own("reprints") + wraps.own("twice"))
    yield from _interrupted(whole, seed)
    layouts = ("indents", "blank lines", "no mark")
    ways = {
        layout: [
            _typeset(n, layout, cells=cells) for n, cells in zip(_ZH_COLUMNS, (False, True) * 2, strict=True)
        ]
        for layout in layouts
    }
    yield from _both("Chinese", whole, ways)
    yield from _spaced("English", english, seed)
    yield from _hyphenated(english, seed)
    long = _parted(english, _EN_COLUMNS[-1], 46)[0]
    yield from _both(
        "English", long, {layout: [_filled(n, layout, seed) for n in _EN_COLUMNS] for layout in layouts}
    )
    yield from _spaced("our own English", wraps.own("english"), seed)
    yield from _spaced("Spanish", wraps.spanish(seed, 40), seed)
    for language in ("German", "French", "Russian", "Korean"):
        yield from _spaced(language, wraps.declaration(language), seed)
    yield from _false_joins(seed)
    prose = ["\n".join(a) + "\n" for a in chinese[:120]]
    yield against_ftfy(_AREA, "against ftfy, clean Chinese", lambda text: segment(text, _S), prose, 12.0)
