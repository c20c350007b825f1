"""Turns random bits of an output, one at a time: `verify` must find each.

    python tests/hostile/flips.py [--flips N] [--seed N] [--layout files|packed]

Exit 1 when one was not found.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from disk import article, page  # noqa: E402

from pipeline.check import verify  # noqa: E402
from pipeline.cli import main  # noqa: E402
from pipeline.errors import DamageError, UsageError  # noqa: E402


def made(folder: Path, layout: str) -> Path:
    """Write an output with texts, records, a page, copies and something quarantined."""
    source, out = folder / "in", folder / "out"
    source.mkdir()
    for n in range(4):
        (source / f"{n}.txt").write_text(article(n % 3) * (1 + n % 2), "utf-8")
    (source / "bad.txt").write_bytes(b"not UTF-8: \xff\xfe\n" * 3)
    (source / "page.html").write_bytes(page(7))
    (source / "no.bin").write_bytes(bytes(range(256)))
    (source / "r.jsonl").write_text('{"text": "a harbour", "n": 1}\n{"text": 5}\n', "utf-8")
    words = ["run", os.fspath(source), "-o", os.fspath(out), "--jobs", "1", "--quiet", "--layout", layout]
    if main(words, standalone_mode=False) != 3:
        raise SystemExit("the run that makes an output failed")
    return out


def found(out: Path) -> bool:
    """Return whether verify finds fault with an output."""
    try:
        return bool(verify(out).findings)
    except (DamageError, UsageError):
        return True


def all_flips() -> int:
    """Turn all bits; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", default="files")
    given = parser.parse_args()
    chance, begin, missed = random.Random(given.seed), time.monotonic(), []
    with tempfile.TemporaryDirectory() as name:
        out = made(Path(name), given.layout)
        files = sorted(path for path in out.rglob("*") if path.is_file() and ".work" not in path.parts)
        sizes = [path.stat().st_size for path in files]
        for _ in range(given.flips):
            # Half by size, half a file as good as another: the small ones count too.
            path = chance.choices(files, sizes if chance.random() < 0.5 else [bool(s) for s in sizes])[0]
            data = path.read_bytes()
            at, bit = chance.randrange(len(data)), chance.randrange(8)
            with path.open("r+b") as file:
                file.seek(at)
                file.write(bytes([data[at] ^ 1 << bit]))
            if not found(out):
                missed.append(f"{path.relative_to(out)}: byte {at}, bit {bit}")
            with path.open("r+b") as file:
                file.seek(at)
                file.write(data[at : at + 1])
        if found(out):
            missed.append("what was put back is not what was there")
    print(*missed, sep="\n")
    print(
        f"flips: {given.flips - len(missed):,} of {given.flips:,} found, {time.monotonic() - begin:.0f} s",
        flush=True,
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(all_flips())
