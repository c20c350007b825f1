"""Measures whether anything grows faster than its input: the shapes that make matching quadratic, at two sizes.

    SCALE="10000 100000" SCALE_OUT=scale.json python tests/bench/scale.py [SHAPE ...]

Each shape is cleaned at a tenth of the size and at the size.  The *factor* is how much dearer one unit became:
1 is linear, 10 quadratic.  Processor time counts, less that of a run over one line; memory is that of the process.
Nothing is asserted about time; the factor of one run is what says something.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
SEED = 20_261
LINE = 80  # characters
SURE = 1.0  # seconds
_LETTERS = [chr(c) for c in range(0x4E00, 0x4E00 + 3000)]


def _line(dice: random.Random, size: int = LINE) -> str:
    return "".join(dice.choices(_LETTERS, k=size)) + "。"


def equal(count: int) -> Iterator[str]:
    """The same line again and again."""
    yield from [_line(random.Random(SEED))] * count


def variants(count: int) -> Iterator[str]:
    """One line in which a word of three characters differs each time."""
    line = _line(random.Random(SEED))
    for n in range(count):
        yield line[:40] + _line(random.Random(n), 3)[:3] + line[43:]


def again(count: int) -> Iterator[str]:
    """A text of 50 kB in 100 lines, that stands in the file `count` / 100 times: 100,000 lines are 50 MB."""
    dice = random.Random(SEED)
    lines = [_line(dice, 166) for _ in range(100)]
    for n in range(count):
        yield lines[n % len(lines)]


def pairs(count: int) -> Iterator[str]:
    """Each line twice, one below the other."""
    dice = random.Random(SEED)
    for _ in range(count // 2):
        yield from [_line(dice)] * 2


def apart(count: int) -> Iterator[str]:
    """Every tenth line is one that stood before, the others are like no other."""
    dice = random.Random(SEED)
    lines = [_line(dice) for _ in range(count // 10)]
    for line in lines:
        yield line
        yield from (_line(dice) for _ in range(8))
        yield dice.choice(lines)


def shuffled(count: int) -> Iterator[str]:
    """A text, and the same lines in another order."""
    dice = random.Random(SEED)
    lines = [_line(dice) for _ in range(count // 2)]
    yield from lines
    yield from dice.sample(lines, len(lines))


def unlike(count: int) -> Iterator[str]:
    """No line is like another one: what a line costs."""
    dice = random.Random(SEED)
    for _ in range(count):
        yield _line(dice)


#: shape: its texts, whether each is a document of its own
SHAPES: dict[str, tuple[Callable[[int], Iterator[str]], bool]] = {
    "equal lines": (equal, False),
    "variant lines": (variants, False),
    "a text again and again": (again, False),
    "lines in pairs": (pairs, False),
    "lines again, apart": (apart, False),
    "lines in another order": (shuffled, False),
    "unlike lines": (unlike, False),
    "equal documents": (equal, True),
    "variant documents": (variants, True),
}


def measured(texts: Iterator[str], *, each: bool, work: Path) -> tuple[float, int]:
    """Return processor seconds and peak memory in MB of one run."""
    folder, out = work / "in", work / "out"
    for path in (folder, out):
        shutil.rmtree(path, ignore_errors=True)
    folder.mkdir()
    if each:
        rows = (json.dumps({"id": str(n), "text": text}, ensure_ascii=False) for n, text in enumerate(texts))
        (folder / "records.jsonl").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    else:
        (folder / "lines.txt").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    command = [sys.executable, "-m", "pipeline", "run", str(folder), "-o", str(out), "--jobs", "1"]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)}: {said.decode(errors='replace')}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def main(chosen: list[str]) -> int:
    """Measure and print; return the exit code."""
    counts = [int(n) for n in os.environ.get("SCALE", "10000").split()]
    figures = []
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        work = Path(name)
        start, _ = measured(equal(1), each=False, work=work)
        print(f"{'shape':<24}{'units':>9}{'seconds':>9}{'a tenth':>9}{'factor':>8}{'MB':>7}{'a tenth':>9}")
        for count in counts:
            for shape, (texts, each) in SHAPES.items():
                if chosen and shape not in chosen:
                    continue
                small, small_mb = measured(texts(count // 10), each=each, work=work)
                large, large_mb = measured(texts(count), each=each, work=work)
                # a tenth that is hardly dearer than one line tells nothing
                factor = (large - start) / (10 * (small - start)) if small > start + SURE else None
                shown = f"{factor:.2f}" if factor else "-"
                print(
                    f"{shape:<24}{count:>9,}{large:>9.1f}{small:>9.1f}{shown:>8}{large_mb:>7}{small_mb:>9}",
                    flush=True,
                )
                figures.append(
                    {"shape": shape, "units": count, "seconds": large, "factor": factor, "mb": large_mb}
                )
    if "SCALE_OUT" in os.environ:
        Path(os.environ["SCALE_OUT"]).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
