"""What happens to an article on its way from desk to desk: each change takes an article and gives the lines of a copy.

Everything is drawn from the seed, and so the same in every run; another seed edits other places.  A change that does
not apply to an article (no headline to swap, no traditional form) gives None.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

from ladder_articles import Article
from ladder_spared import places

from stages._t2s import SIMPLIFIED, TRADITIONAL

Change = Callable[[Article, int], "list[str] | None"]
SHARES: Final = (1, 2, 5, 10)  # per cent of the characters that are edited
NOISE: Final = 0.3  # Jaccard of five-character shingles that OCR noise comes down to, as in NEWS-COPY
ABRIDGED: Final = 0.4  # of the characters that an abridged text keeps

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=\W*[A-Z\u00c0-\u00dd])|(?<=[。！？])(?![”」』）])")
_LETTERS: Final = re.compile(r"[A-Za-z]{2}")


def dice(seed: int, *names: object) -> random.Random:
    """Return the chance that belongs to these names."""
    return random.Random(" ".join(map(str, (seed, *names))))


def _joint(article: Article) -> str:
    return " " if article.english else ""


# --- edits -----------------------------------------------------------------------------------------------------


def edited(article: Article, per_cent: float, seed: int, salt: str = "") -> list[str]:
    """Return the lines with this share of their characters (of words, in an alphabet) replaced, doubled or left out."""
    chance = dice(seed, article.name, per_cent, salt)
    where = [(n, *s) for n, line in enumerate(article.lines) for s in places(line, english=article.english)]
    pool = sorted({article.lines[n][a:b] for n, a, b in where})
    total = sum(len(x.split()) if article.english else len(x) for x in article.lines)
    lines = list(article.lines)
    for n, a, b in sorted(
        chance.sample(where, min(max(round(total * per_cent / 100), 1), len(where))), reverse=True
    ):
        old, new = lines[n][a:b], chance.choice(pool)
        put = chance.choices((new, new + _joint(article) + old, ""), (70, 15, 15))[0]
        lines[n] = lines[n][:a] + put + lines[n][b:]
    return lines


def reworded(article: Article, seed: int) -> list[str] | None:
    """Return the lines with every tenth word, or pair of characters, replaced by another of the article.

    Four at least: what differs in one or two short places may differ in its names, and goes to a person.
    """
    chance = dice(seed, article.name, "words")
    words = []
    for n, line in enumerate(article.lines):
        spans = places(line, english=article.english)
        if not article.english:
            spans = [(a, d) for (a, b), (c, d) in zip(spans[::2], spans[1::2], strict=False) if b == c]
        words += [(n, *span) for span in spans]
    if len(words) < 8:
        return None
    pool = sorted({article.lines[n][a:b] for n, a, b in words})
    lines = list(article.lines)
    for n, a, b in sorted(chance.sample(words, max(len(words) // 10, 4)), reverse=True):
        lines[n] = lines[n][:a] + chance.choice([x for x in pool if x != lines[n][a:b]]) + lines[n][b:]
    return lines


#: What a reader of print takes for what, in Latin letters; never a figure.
_LOOK: Final = {
    "m": "rn", "rn": "m", "e": "c", "c": "e", "h": "b", "b": "h", "u": "n", "n": "u", "i": "l", "l": "i",
    "f": "t", "t": "f", "o": "c", "a": "s", "s": "a", "v": "y", "d": "cl", "g": "q", "w": "vv", "r": "i", "p": "n",
}  # fmt: skip


def noisy(article: Article, seed: int) -> list[str]:
    """Return the lines as bad OCR gives them: characters misread until few five-character shingles are left."""
    chance = dice(seed, article.name, "ocr")
    where = [(n, *s) for n, line in enumerate(article.lines) for s in places(line, english=article.english)]
    spots = [(n, at) for n, a, b in where for at in range(a, b)]
    chance.shuffle(spots)
    pool = sorted({article.lines[n][at] for n, at in spots})
    rows = [list(line) for line in article.lines]
    whole = _shingles(article.lines)
    for count, (n, at) in enumerate(spots):
        old = rows[n][at]
        wrong = _LOOK.get(old, chance.choice(pool)) if article.english else chance.choice(pool)
        rows[n][at] = chance.choices((wrong, ""), (9, 1))[0]
        if count % 5 == 0:
            now = _shingles(["".join(row) for row in rows])
            if len(now & whole) <= NOISE * len(now | whole):
                break
    return ["".join(row) for row in rows]


def _shingles(lines: list[str] | tuple[str, ...]) -> set[str]:
    text = "".join("".join(lines).split())
    return {text[at : at + 5] for at in range(max(len(text) - 4, 1))}


# --- parts -----------------------------------------------------------------------------------------------------


def tail_cut(article: Article, share: float) -> list[str] | None:
    """Return the lines of the first share of the characters, at a line end."""
    total, taken, lines = sum(map(len, article.lines)), 0, []
    for line in article.lines:
        if taken >= total * share and len(lines) > 1:
            break
        taken += len(line)
        lines.append(line)
    return lines if len(article.lines) > 3 else None


def lead(article: Article) -> list[str] | None:
    """Return headline and lead alone."""
    lines = list(article.lines[: 2 if article.titled else 1])
    return lines if len(article.lines) > 3 and len("".join(lines)) > 60 else None


def head_cut(article: Article, share: float) -> list[str] | None:
    """Return the lines of the last share of the characters: the headline and the lead are gone."""
    total, taken, lines = sum(map(len, article.lines)), 0, []
    for line in reversed(article.lines):
        if taken >= total * share:
            break
        taken += len(line)
        lines.insert(0, line)
    return lines if len(article.lines) > 3 and 0 < len(lines) < len(article.lines) - 1 else None


def abridged(article: Article, seed: int) -> list[str] | None:
    """Return the article with sentences left out all through it, so that `ABRIDGED` of it is left; the first stays."""
    sentences = [(n, s) for n, line in enumerate(article.lines) for s in _SENTENCE.split(line) if s]
    if len(sentences) < 6:
        return None
    total = sum(len(s) for _, s in sentences)
    first = 2 if article.titled else 1
    order = list(range(first, len(sentences)))
    dice(seed, article.name, "abridged").shuffle(order)
    left = set(range(len(sentences)))
    for at in order:
        if sum(len(sentences[k][1]) for k in left) - len(sentences[at][1]) >= total * ABRIDGED:
            left.remove(at)
    lines: dict[int, list[str]] = {}
    for k in sorted(left):
        lines.setdefault(sentences[k][0], []).append(sentences[k][1])
    return [_joint(article).join(x) for x in lines.values()]


def reordered(article: Article, seed: int) -> list[str] | None:
    """Return the article with its paragraphs in another order; headline and lead stay where they are."""
    first, last = (2 if article.titled else 1), len(article.lines)
    if last - first < 3:
        return None
    chance, body = dice(seed, article.name, "order"), list(article.lines[first:])
    while body == list(article.lines[first:]):
        chance.shuffle(body)
    return [*article.lines[:first], *body]


# --- layout ----------------------------------------------------------------------------------------------------


def wrapped(article: Article, columns: int, lines: list[str] | None = None) -> list[str]:
    """Return the lines cut at a column: indented as Chinese print is, or with blank lines between, as English is."""
    whole = list(article.lines) if lines is None else lines
    if not article.english:
        return [row for line in whole for row in _typeset("\u3000\u3000" + line, columns)]
    out = []
    for line in whole:
        row = ""
        for word in line.split():
            if len(row) + len(word) >= columns * 2:
                out.append(row)
                row = ""
            row = f"{row} {word}".strip()
        out += [row, ""]
    return out[:-1]


def _typeset(line: str, columns: int) -> list[str]:
    """Return a line of Han or kana cut at a column, but not inside a word of an alphabet."""
    rows = []
    while len(line) > columns:
        at = columns
        while _LETTERS.fullmatch(line[at - 1 : at + 1]) and at > columns // 2:
            at -= 1
        rows.append(line[:at])
        line = line[at:]
    return [*rows, line]


def split(article: Article) -> list[str]:
    """Return each sentence as a paragraph of its own."""
    return [s for line in article.lines for s in _SENTENCE.split(line) if s]


def joined(article: Article) -> list[str]:
    """Return the text with two paragraphs in one line, but for the headline."""
    first = 1 if article.titled else 0
    body = article.lines[first:]
    pairs = [_joint(article).join(body[n : n + 2]) for n in range(0, len(body), 2)]
    return [*article.lines[:first], *pairs]


def spaced(article: Article) -> list[str]:
    """Return the lines indented, with blanks at their ends and blank lines between."""
    return [x for line in article.lines for x in (f"    {line}  ", "")]


# --- writing ---------------------------------------------------------------------------------------------------


def _in_big5(char: str) -> bool:
    try:
        return len(char.encode("big5")) == 2
    except UnicodeEncodeError:
        return False


#: A simplified character that is also a traditional one (里, 回, 只) stays: which one it is takes a dictionary.
_TO_TRADITIONAL: Final = {
    ord(s): t
    for s, t in reversed(list(zip(SIMPLIFIED, TRADITIONAL, strict=True)))
    if _in_big5(t) and not _in_big5(s)
}
_FULL, _HALF = "，；：（）？！", ",;:()?!"
_TO_HALF: Final = {ord(f): h for f, h in zip(_FULL, _HALF, strict=True)}
_TO_FULL: Final = {ord(h): f for f, h in zip(_FULL, _HALF, strict=True)}


def _translated(table: dict[int, str]) -> Change:
    def change(article: Article, seed: int) -> list[str] | None:
        lines = [line.translate(table) for line in article.lines]
        return None if article.english or lines == list(article.lines) else lines

    return change


# --- what desks add --------------------------------------------------------------------------------------------

HEADLINES: Final = (
    ("本网快讯：一桩街坊议论了许久的小事", "What the neighbours had been talking about all week"),
    ("记者走基层丨听他们自己说", "A short walk, and what came of it"),
    ("它为什么值得再说一遍", "Why this story is worth telling again"),
    ("一份来自现场的记录", "Notes from the scene"),
)
HEAD: Final = {
    False: ["首页 > 新闻 > 本地 > 正文", "字号：大 中 小"],
    True: ["Home > News > Local", "Share this article"],
}
TAIL: Final = {
    False: [
        "责任编辑：和小满",
        "扫码关注我们，第一时间看新闻",
        "相关阅读：老城墙下的旧书摊",
        "版权声明：未经授权不得转载",
    ],
    True: [
        "Read more: The bookstall under the wall",
        "Sign up for our newsletter",
        "Copyright © Willow Bay Herald. All rights reserved.",
    ],
}


def _retitled(article: Article, seed: int) -> list[str] | None:
    headline = dice(seed, article.name, "headline").choice(HEADLINES)[article.english]
    return [headline, *article.lines[1:]] if article.titled else None


def _and_wrapped(change: Change, columns: int) -> Change:
    """Return the change followed by another width of line."""

    def both(article: Article, seed: int) -> list[str] | None:
        lines = change(article, seed)
        return None if lines is None else wrapped(article, columns, lines)

    return both


def _share(per_cent: int) -> Change:
    return lambda a, seed: edited(a, per_cent, seed)


#: Every change, from the easy to the hard; its name is that of the class.
CHANGES: Final[dict[str, Change]] = {
    "wrapped": lambda a, _: wrapped(a, 38),
    "narrow": lambda a, _: wrapped(a, 20),
    "spaced": lambda a, _: spaced(a),
    "half-width": _translated(_TO_HALF),
    "full-width": _translated(_TO_FULL),
    "traditional": _translated(_TO_TRADITIONAL),
    "joined": lambda a, _: joined(a),
    "split": lambda a, _: split(a),
    **{f"edited-{p}": _share(p) for p in SHARES},
    "edited-wrapped": _and_wrapped(_share(5), 30),
    "traditional-wrapped": _and_wrapped(_translated(_TO_TRADITIONAL), 26),
    "reworded": reworded,
    "reordered": reordered,
    "retitled": _retitled,
    "furniture": lambda a, _: [*HEAD[a.english], *a.lines, *TAIL[a.english]],
    "truncated-70": lambda a, _: tail_cut(a, 0.7),
    "truncated-40": lambda a, _: tail_cut(a, 0.4),
    "lead": lambda a, _: lead(a),
    "beheaded-70": lambda a, _: head_cut(a, 0.7),
    "abridged-40": abridged,
    "ocr": noisy,
}
#: Changes that only lay the text out otherwise: all of these have to be found.
FORMAT: Final = ("wrapped", "narrow", "spaced", "half-width", "full-width", "joined", "split")
#: Changes that leave a part: the copy is contained.
PARTS: Final = ("truncated-70", "truncated-40", "lead", "beheaded-70", "abridged-40")


def changed(article: Article, name: str, seed: int) -> list[str] | None:
    """Return the lines of a copy; None where the change does not apply, or changes nothing."""
    lines = CHANGES[name](article, seed)
    return None if lines is None or lines == list(article.lines) else lines
