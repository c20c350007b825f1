"""Measures how well text is cleaned: one figure a row, each against its floor.

    python tests/quality/text.py [--only AREA] [--seed N] [--page]

An area is a file beside this one, `text_<area>.py`, with a function `figures(seed)`.  What an area makes, it makes
from `seed` alone.  Rules and thresholds are tuned on seeds other than `SCORING`; what is printed here is `SCORING`.
Texts beside the repository are read where they are present; where not, the row says so and is not judged.
Exit 1 when a figure is below its floor.
"""

from __future__ import annotations

import argparse
import importlib
import json
import lzma
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Texts that may be used for measuring and are no part of the repository.
DATA: Final = ROOT.parent / "shared" / "data"
PAGE: Final = ROOT / "docs" / "quality-text.md"
TUNING: Final = 1  # the seed to look at while rules are made
SCORING: Final = 20261127  # the seed that is printed and judged; not to be looked at before
AREAS: Final = ("decode", "mojibake", "normalise", "segment", "key", "extract", "furniture", "speed")


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of one class of cases."""

    area: str
    name: str
    number: int  # cases, or what the share is of
    value: float | None  # what was measured; None where the material is not there
    floor: float  # what it must not be below; with `most`, not above
    unit: str = "share"  # share, ratio, count, F1, pages/s
    most: bool = False  # whether less is better
    note: str = ""  # interval, peer's figure in the same run, or why nothing was measured

    @property
    def failed(self) -> bool:
        """Return whether the figure is past its floor."""
        if self.value is None:
            return False
        return self.value > self.floor if self.most else self.value < self.floor


def lines_of(name: str) -> Iterator[dict[str, object]]:
    """Yield the records of one of the texts beside the repository; nothing where it is absent."""
    path = DATA / name
    if path.exists():
        with lzma.open(path, "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)


def absent(area: str, name: str) -> Figure:
    """Return the row of a class whose material is not beside the repository."""
    return Figure(area, name, 0, None, 0.0, note="skipped: the texts are not beside the repository")


def row_of(figure: Figure) -> list[str]:
    """Return the columns of a figure."""
    digits = {"count": 0, "ratio": 1, "pages/s": 1}.get(figure.unit, 4)
    shown = "" if figure.value is None else f"{figure.value:.{digits}f}"
    bound = "" if figure.value is None else f"{'≤' if figure.most else '≥'} {figure.floor:g}"
    return [figure.area, figure.name, f"{figure.number:,}", shown, figure.unit, bound, figure.note]


HEADER: Final = ["area", "class", "number", "measured", "unit", "floor", "note"]


def page(figures: Sequence[Figure]) -> str:
    """Return docs/quality-text.md."""
    head = (
        "# How well text is cleaned",
        "",
        "<!-- Made by `python tests/quality/text.py --page` from a measurement: change it there. -->",
        "",
        "Material is made from our own articles and pages and from open texts, by a seed whose texts were not looked at while rules were made; its figures were seen two or three times on the way.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|---|---|---:|---:|---|---:|---|",
    )
    rows = ("| " + " | ".join(c.replace("|", "\\|") for c in row_of(f)) + " |" for f in figures)
    return "\n".join(
        [*head, *rows, "", "`make quality` measures again, and fails where a figure is past its floor.", ""]
    )


def measured(areas: Sequence[str], seed: int) -> Iterator[Figure]:
    """Yield the figures of the areas, in order; an area whose file is not there yields none."""
    for area in areas:
        started = time.perf_counter()
        yield from importlib.import_module(f"text_{area}").figures(seed)
        print(f"{area}: {time.perf_counter() - started:.0f} s", file=sys.stderr)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, compare; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=AREAS, help="this area alone; may be given again")
    parser.add_argument("--seed", type=int, default=SCORING, help="another seed than the scoring one")
    parser.add_argument("--page", action="store_true", help="rewrite docs/quality-text.md")
    options = parser.parse_args(arguments)
    widths = (11, 44, 9, 10, 9, 10)
    print("".join(f"{h:<{w}}" for h, w in zip(HEADER, (*widths, 0), strict=True)).rstrip())
    figures = []
    for figure in measured(options.only or AREAS, options.seed):
        figures.append(figure)
        cells = (f"{c:<{w}}" for c, w in zip(row_of(figure), (*widths, 0), strict=True))
        print(("FAILED " if figure.failed else "") + "".join(cells).rstrip(), flush=True)
    if options.page and not options.only:
        PAGE.write_text(page(figures), encoding="utf-8")
    failed = sum(f.failed for f in figures)
    print(f"{len(figures) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
