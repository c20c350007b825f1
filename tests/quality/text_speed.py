"""How fast text is cleaned, as ratios in one run: ours against plain `ftfy.fix_text` on the same bytes."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final

import ftfy
from text import Figure, absent, lines_of

from stages.decode import DecodeSettings, decode
from stages.fingerprint import BATCH, tokens_all
from stages.model import Decoded
from stages.normalise import NormaliseSettings, normalise, normalise_all
from stages.segment import SegmentSettings, segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_BYTES: Final = 2_000_000  # of UTF-8
_FLOOR: Final = 5.0  # the bar
_ROUNDS: Final = 11  # each slice counts with the least of so many times, ours and theirs in turn
_SLICE: Final = (
    64  # articles: so short that some of the times are undisturbed, so long that a start counts little
)
#: Made once a run, as `pipeline` does.
_DECODE, _NORMALISE, _SEGMENT = DecodeSettings(), NormaliseSettings(), SegmentSettings()


def _is_prose(line: str) -> bool:
    return len(line) > 20 and sum("\u4e00" <= c <= "\u9fff" for c in line) > len(line) // 2


def _articles(seed: int) -> list[bytes]:
    """Return clean Chinese articles: the lines of prose of open texts, without code and links."""
    records = [str(record["text"]) for record in lines_of("lctt_zh.jsonl.xz")]
    random.Random(seed).shuffle(records)
    out: list[bytes] = []
    for text in records:
        kept = [line.strip() for line in text.split("\n") if _is_prose(line)]
        out += ["".join(f"{line}\n" for line in kept).encode()] if kept else []
        if sum(map(len, out)) > _BYTES:
            break
    return out


def _batches(articles: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Yield the articles in batches of the size that a run puts together."""
    batch: list[bytes] = []
    for article in articles:
        batch.append(article)
        if sum(map(len, batch)) >= 3 * BATCH:  # bytes of a Chinese character
            yield batch
            batch = []
    if batch:
        yield batch


def _ours(articles: Sequence[bytes]) -> None:
    for batch in _batches(articles):
        decoded = [decode(raw, _DECODE) for raw in batch]
        texts = [d.text for d in decoded if isinstance(d, Decoded)]
        assert len(texts) == len(batch)
        clean = normalise_all(texts, _NORMALISE, markdown=[False] * len(texts))
        tokens_all([segment(one.text, _SEGMENT).text for one in clean])


def _theirs(articles: Sequence[bytes]) -> None:
    for raw in articles:
        ftfy.fix_text(raw.decode())


def _seconds(work: Callable[[Sequence[bytes]], None], articles: Sequence[bytes]) -> float:
    started = time.process_time()
    work(articles)
    return time.process_time() - started


def figures(seed: int) -> Iterator[Figure]:
    """Yield the ratios of processor times: of all articles, and of those in which nothing has to be repaired."""
    articles = _articles(seed)
    name = "decode+normalise+segment+key, against ftfy"
    if not articles:
        yield absent("speed", name)
        return
    _ours(articles[:1])  # tables are made once a process
    yield _ratio(name, articles, "some with real defects; the bar is 5")
    clean = [raw for raw in articles if not normalise(raw.decode(), _NORMALISE).edits]
    yield _ratio(f"{name}, no edits", clean, "the bar is 5")


def _ratio(name: str, articles: Sequence[bytes], note: str) -> Figure:
    slices = [articles[at : at + _SLICE] for at in range(0, len(articles), _SLICE)]
    rounds = [[(_seconds(_ours, some), _seconds(_theirs, some)) for some in slices] for _ in range(_ROUNDS)]
    # What else the machine does makes a slice slower, never faster: the least is what comes of the code alone.
    ours, theirs = (
        sum(min(pair[who] for pair in times) for times in zip(*rounds, strict=True)) for who in (0, 1)
    )
    size = sum(map(len, articles)) / 1e6
    note = f"{size / ours:.1f} MB/s, plain ftfy.fix_text {size / theirs:.1f} MB/s, one core; {note}"
    return Figure("speed", name, len(articles), theirs / ours, _FLOOR, "ratio", note=note)
