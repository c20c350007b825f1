"""Makes a corpus of a given size with known repeats, out of pieces of the samples' text.

Words of two to five characters are drawn from the Chinese samples and set together anew, so that what stands close
together is real and no paragraph is like another.  The same size and seed give the same bytes, and a smaller corpus
is the beginning of a larger one.
"""

from __future__ import annotations

import json
import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from stages._t2s import SIMPLIFIED, TRADITIONAL

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SEED = 7
_SOURCES = (
    "twice/input",
    "reprints/input/yunling-daily",
    "reprints/input/luoshan-evening",
    "reprints/input/bay-online",
)
_CLAUSE = re.compile("[\u4e00-\u9fff]{4,}")
_NOTICE = re.compile(
    "转载|版权|热线|编辑|客户端|订阅"
)  # a headline of such words would be furniture, and rightly
_OUTLETS = ("north-daily", "river-post", "harbour-wire", "hill-radio", "delta-weekly", "lantern-news")

#: kind → how many of a hundred articles; what is not named is unique
PLANTED = {
    "exact": 8, "edited": 8, "truncated": 4, "width": 3, "traditional": 3, "mojibake": 2, "furniture": 3,
    "twice": 6, "template": 8, "quote": 3,
}  # fmt: skip
COPIES = (
    "exact",
    "edited",
    "truncated",
    "width",
    "traditional",
    "mojibake",
    "furniture",
)  # of which one goes
_WIDE = str.maketrans({"，": ",", **{chr(0x30 + n): chr(0xFF10 + n) for n in range(10)}})
_TRADITIONAL = dict(zip(map(ord, SIMPLIFIED), TRADITIONAL, strict=True))
#: What a site puts around an article.
_ABOVE = ("首页 > 新闻 > 正文", "字号：大 中 小")
_BELOW = ("责任编辑：站内值班", "版权所有，未经许可不得转载", "分享到：微博 微信", "返回首页")
EDITS = 0.03  # of the characters of an edited copy
#: Characters of figures, dates and negation: edits neither touch them nor put them in.
SPARED = frozenset(
    "零〇一二两三四五六七八九十百千万亿半双几第倍成数单多少余年月日号时分秒点刻周星期天岁元季度初今昨明前后上下晚早午夜"
    "不没无未非否别莫勿免禁拒难缺失停止反"
)
TEMPLATES = 5  # texts of one template, of which only the figures differ


@dataclass(frozen=True, slots=True)
class Item:
    """One document and what is true of it."""

    id: str
    source: str
    kind: (
        str  # of `PLANTED`, "unique" or "original"; a "quote" has a paragraph of a unique one, and is no copy
    )
    of: str  # the document whose copy it is, or ""
    text: str


def _pieces() -> list[str]:
    """Return clauses of the samples, Han characters alone, each once, sorted; none of a notice of the site's."""
    found: set[str] = set()
    for folder in _SOURCES:
        for path in sorted((SAMPLES / folder).glob("*.txt")):
            found.update(_CLAUSE.findall(path.read_text(encoding="utf-8")))
    return sorted(clause for clause in found if not _NOTICE.search(clause))


class Writer:
    """Sets pieces of the samples together anew: clauses, paragraphs, articles, and copies of them."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._pieces = _pieces()
        self._pool = "".join(self._pieces)
        self._plain = [c for c in self._pool if c not in SPARED]

    def clause(self, *, figure: bool = False) -> str:
        dice, pool = self._dice, self._pool
        words = []
        for _ in range(dice.randint(2, 5)):
            size = dice.randint(2, 5)
            at = int(dice.random() * (len(pool) - size))
            words.append(pool[at : at + size])
        if figure:
            words.insert(1, f"{dice.randint(11, 9899)}")
        return "".join(words)

    def paragraph(self, figures: float = 0.15) -> str:
        dice = self._dice
        sentences = []
        for _ in range(dice.randint(2, 5)):
            clauses = [self.clause(figure=dice.random() < figures) for _ in range(dice.randint(2, 4))]
            sentences.append("，".join(clauses) + "。")
        return "".join(sentences)

    def article(self) -> list[str]:
        return [self.clause(), *(self.paragraph() for _ in range(self._dice.randint(9, 29)))]

    def edited(self, lines: list[str]) -> list[str]:
        return ["".join(self._other(line, at) for at in range(len(line))) for line in lines]

    def _other(self, line: str, at: int) -> str:
        near = line[max(at - 2, 0) : at + 3]
        if (
            line[at] in "，。"
            or any(c in SPARED or c.isdigit() for c in near)
            or self._dice.random() >= EDITS
        ):
            return line[at]
        return self._dice.choice(self._plain)

    def truncated(self, lines: list[str]) -> list[str]:
        return lines[: max(2, len(lines) * 2 // 3)]

    def width(self, lines: list[str]) -> list[str]:
        return [line.translate(_WIDE) for line in lines]

    def traditional(self, lines: list[str]) -> list[str]:
        return [line.translate(_TRADITIONAL) for line in lines]

    def mojibake(self, lines: list[str]) -> list[str]:
        return ["".join(map(_western, line.encode())) for line in lines]

    def furniture(self, lines: list[str]) -> list[str]:
        return [*_ABOVE, *lines, *_BELOW]

    def template(self) -> list[str]:
        return [self.clause(), *(self.paragraph(figures=0.8) for _ in range(3))]

    def filled(self, lines: list[str]) -> list[str]:
        return [
            re.sub(r"\d+", lambda m: str(self._dice.randint(10 ** (len(m[0]) - 1), 10 ** len(m[0]) - 1)), x)
            for x in lines
        ]


def _western(byte: int) -> str:
    """Return what a reader sees who takes a byte of UTF-8 for one of Windows-1252."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def items(size: int, seed: int = SEED) -> Iterator[Item]:
    """Yield documents until their text has `size` bytes of UTF-8; a story is never cut off from its copies."""
    writer, dice = Writer(seed), random.Random(seed + 1)
    done = number = 0
    first = ""
    while done < size:
        for kind, of, lines in _story(writer, dice):
            text = "\n".join(lines)
            name = f"a{number:07d}"
            first = name if not of else first
            yield Item(name, dice.choice(_OUTLETS), kind, first if of else "", text)
            number += 1
            done += len(text.encode())


def _story(writer: Writer, dice: random.Random) -> Iterator[tuple[str, bool, list[str]]]:
    """Yield the texts of one story: kind, whether it is a copy, lines."""
    kind = dice.choices(("unique", *PLANTED), (100 - sum(PLANTED.values()), *PLANTED.values()))[0]
    if kind == "template":
        lines = writer.template()
        for _ in range(TEMPLATES):
            yield "template", False, writer.filled(lines)
        return
    lines = writer.article()
    if kind == "unique":
        yield "unique", False, lines
    elif kind == "twice":
        yield "twice", False, lines + lines
    elif kind == "quote":
        yield "unique", False, lines
        host = writer.article()
        yield "quote", False, [*host[:2], lines[2], *host[2:]]
    else:
        yield "original", False, lines
        change = list if kind == "exact" else getattr(writer, kind)
        yield kind, True, change(lines)


def write(folder: Path, size: int, seed: int = SEED) -> dict[str, int]:
    """Write `news.jsonl`, `txt/OUTLET/ID.txt` and `truth.jsonl`; return how many there are of each kind."""
    counts: dict[str, int] = {}
    (folder / "jsonl").mkdir(parents=True)
    with (
        (folder / "jsonl" / "news.jsonl").open("w", encoding="utf-8") as news,
        (folder / "truth.jsonl").open("w", encoding="utf-8") as truth,
    ):
        for item in items(size, seed):
            counts[item.kind] = counts.get(item.kind, 0) + 1
            row = {"id": item.id, "source": item.source, "text": item.text}
            news.write(json.dumps(row, ensure_ascii=False) + "\n")
            truth.write(json.dumps({"id": item.id, "kind": item.kind, "of": item.of}) + "\n")
            path = folder / "txt" / item.source / f"{item.id}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(item.text + "\n", encoding="utf-8")
    return counts
