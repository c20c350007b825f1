"""Cleans the same articles with one process, with two, and on Spark, and compares the manifests.

    python tests/bench/engines.py [--documents 20000] [--heap 2g]

The articles are those of `many.py`: short ones, a headline and three paragraphs, in JSON Lines and in files of their
own, every tenth a copy, exact or edited.  Printed are time and the most memory that one process of Python had
resident; nothing of Java is counted, nor the processor time of what it starts.  Exit 1 where a run fails, or where a byte differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

import many  # noqa: E402
from watched import memory_of, processes, watched  # noqa: E402

DOCUMENTS = 20_000
HEAP = "2g"  # of Java, which is the first process and the workers in one
_LOCAL = ["--engine", "spark", "--master", "local[2]"]


def cleaned(name: str, source: Path, out: Path, words: list[str]) -> str:
    """Clean a folder, print figures; return the SHA-256 of the manifest, or nothing where the run failed."""
    most = 0

    def look(pid: int) -> None:
        nonlocal most
        most = max(most, *(memory_of(one).get("VmHWM", 0) for one in processes(pid) if not _java(one)), 0)

    ended = watched(
        ["-m", "pipeline", "run", str(source), "-o", str(out), "--quiet", *words],
        f"{ROOT}{os.pathsep}{HERE}",
        None,
        look,
    )
    print(f"{name}: {ended}; at most {most >> 10:,} MB in one process", flush=True)
    if ended.code:
        return ""
    counts = json.loads((out / "run.json").read_text())["counts"]["documents"]
    found = hashlib.sha256((out / "manifest-sha256.txt").read_bytes()).hexdigest()
    print(f"{name}: {counts['kept']:,} of {counts['in']:,} stay; the manifest is {found}", flush=True)
    return found


def _java(pid: int) -> bool:
    try:
        return "java" in Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return False


def main() -> int:
    """Clean them three times; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--heap", default=HEAP)
    given = parser.parse_args()
    runs = {
        "one process": ["--jobs", "1"],
        "two processes": ["--jobs", "2"],
        "spark": [*_LOCAL, "--conf", f"spark.driver.memory={given.heap}"],
    }
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "input"
        many.written(source, given.documents)
        found = {
            cleaned(name, source, Path(folder) / name.replace(" ", "-"), words)
            for name, words in runs.items()
        }
    good = len(found) == 1 and "" not in found
    print("engines: the same bytes" if good else "engines: bad", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
