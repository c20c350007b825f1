"""The articles of which the ladder is built: those of the samples, and of the data beside the repository.

Tuning and scoring never see the same data article: a file's articles are dealt into two halves by their names.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SAMPLES: Final = ROOT / "samples"
DATA: Final = ROOT.parent / "shared" / "data"
TUNING: Final = tuple(range(1, 10))  # seeds to tune on
SCORING: Final = 20_261_127  # the seed of published figures; nothing is tuned on it

#: name of the pool: file, articles taken from it, least and most characters
POOLS: Final = {
    "ja": ("wikinews_ja.jsonl.xz", 40, 300, 2500),
    "zh-tech": ("lctt_zh.jsonl.xz", 30, 600, 4000),
    "es": ("news_es.jsonl.xz", 30, 800, 4000),
}
_WHOLE: Final = (
    *(f"reprints/input/yunling-daily/{n}.txt" for n in ("cement-library", "bus-bell", "stone-bees")),
    *(f"reprints/input/bay-online/{n}.txt" for n in ("kite-rule", "salt-bread")),
    *(f"reprints/input/luoshan-evening/{n}.txt" for n in ("night-clinic", "river-swim")),
    *(f"encodings/input/{n}.txt" for n in ("utf8-plain", "utf8-bom", "gb18030", "crlf")),
    *(f"english/input/capital-wire/{n}.txt" for n in ("seed-vault", "snow-count", "weather-ship-log")),
    *(f"english/input/harrow-courier/{n}.txt" for n in ("lamp-post-vote", "oyster-bell")),
)
_GB18030: Final = {"gb18030"}
_LIKE_ANOTHER: Final = {"n002", "n004", "n005", "n006"}  # records that repeat, or vary, another one
_TAILS: Final = {"reprints": 2, "english": 2}  # lines of the outlet at the end


@dataclass(frozen=True, slots=True)
class Article:
    name: str
    english: bool  # of words, not of Han or kana
    lines: tuple[str, ...]

    @property
    def titled(self) -> bool:
        return len(self.lines) > 2 and len(self.lines[0]) < 90 and self.lines[0][-1] not in "。.！？!?”"


def sample_articles() -> list[Article]:
    """Return the articles of the samples, each once and without the lines of its outlet."""
    found = []
    for name in _WHOLE:
        path = SAMPLES / name
        encoding = "gb18030" if path.stem in _GB18030 else "utf-8-sig"
        lines = [line.strip() for line in path.read_bytes().decode(encoding).splitlines() if line.strip()]
        tail = _TAILS.get(name.split("/", 1)[0], 0)
        found.append(_article(path.stem, lines[: len(lines) - tail]))
    twice = SAMPLES / "twice" / "input"
    for name, take in (
        ("harbour-review", slice(0, 39)),
        ("canal-works", slice(0, 11)),
        ("market-street", slice(0, 12)),
        ("night-ferry", slice(0, None, 2)),
    ):
        lines = (twice / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        found.append(_article(name, [line for line in lines if line][take]))
    records = (SAMPLES / "records" / "input" / "news.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, records) if row["id"] not in _LIKE_ANOTHER]
    texts = [(row["id"], [row["title"], *row["text"].splitlines()]) for row in rows]
    found.extend(_article(name, [line for line in lines if line.strip()]) for name, lines in texts)
    return found


def data_articles(pool: str, seed: int, number: int | None = None) -> list[Article]:
    """Return articles of a data file that lies beside the repository, drawn by seed; none where it does not."""
    fit = [(name, lines) for name, lines in _fit(pool) if _scores(name) is (seed == SCORING)]
    wanted = min(number or POOLS[pool][1], len(fit))
    return [_article(name, lines) for name, lines in random.Random(f"{seed} {pool}").sample(fit, wanted)]


@cache
def _fit(pool: str) -> list[tuple[str, list[str]]]:
    name, _, least, most = POOLS[pool]
    path = DATA / name
    if not path.exists():
        return []
    rows = [json.loads(line) for line in lzma.decompress(path.read_bytes()).splitlines() if line]
    fit = {}
    for row in rows:
        if least <= len(row["text"]) <= most:
            lines = [x.strip() for x in [row.get("title", ""), *row["text"].splitlines()] if x.strip()]
            fit[re.sub(r"\W+", "-", row["id"])] = list(dict.fromkeys(lines))
    return sorted(fit.items())


def _scores(name: str) -> bool:
    """Say whether an article is of the half that is for scoring."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def _article(name: str, lines: list[str]) -> Article:
    text = "".join(lines)
    return Article(
        name,
        english=sum(c.isascii() or "\u00c0" <= c <= "\u024f" for c in text) > len(text) * 0.7,
        lines=tuple(lines),
    )
