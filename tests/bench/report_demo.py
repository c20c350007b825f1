"""Makes two outputs whose reports are worth a look: over the samples, and over invented stories that were reprinted.

    python tests/bench/report_demo.py FOLDER [CLUSTERS]

The same number of clusters gives the same bytes.  Stories are short, so that 20,000 clusters take minutes.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from corpus import SAMPLES, SEED, Writer

from pipeline import events, job
from pipeline.settings import load

CLUSTERS = 20_000
_OUTLETS = ("north-daily", "river-post", "harbour-wire", "hill-radio", "delta-weekly", "lantern-news")
_COPIES = (1, 1, 1, 1, 1, 1, 2, 2, 3, 5)  # of a story
_CHANGES = (list, list, Writer.edited, Writer.truncated)


def rows(clusters: int, seed: int = SEED) -> Iterator[dict[str, str]]:
    """Yield stories of three paragraphs, each followed by its copies, with days and sources."""
    writer, dice = Writer(seed), random.Random(seed + 1)
    number = 0
    for story in range(clusters):
        lines = [writer.clause(), *(writer.paragraph(0) for _ in range(3))]
        day = 1 + story % 28
        texts = [lines]
        for _ in range(dice.choice(_COPIES)):
            change = dice.choice(_CHANGES)
            texts.append(change(lines) if change is list else change(writer, lines))
        for late, text in enumerate(texts):
            published = f"2026-{1 + story % 11:02}-{min(28, day + late):02}"
            row = {"id": f"a{number:07d}", "source": dice.choice(_OUTLETS), "published": published}
            yield {**row, "title": text[0], "text": "\n".join(text)}
            number += 1


def main() -> None:
    """Make both, and print where they are."""
    folder = Path(sys.argv[1])
    clusters = int(sys.argv[2]) if len(sys.argv) > 2 else CLUSTERS
    source = folder / "stories"
    source.mkdir(parents=True, exist_ok=True)
    with (source / "news.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(clusters))
    samples = sorted(SAMPLES.glob("*/input"))
    for name, inputs in (("samples-out", samples), ("stories-out", [source])):
        job.run(inputs, folder / name, load(None, {}), printer=events.Silent())
        print(folder / name / "report" / "index.html", flush=True)


if __name__ == "__main__":
    main()
