"""Cleans what is most unequal, on each engine: equal documents, one cluster of edited ones, one bucket of a partition.

    python tests/bench/skew.py [--equal 100000] [--edited 20000] [--bucket-mb 200] [--limit-mb 4000] [--engine spark]

Each process that does tasks gets no more than so much address space: by `ulimit -v` here, by a setting of Spark there.
Printed is the most memory that one of them had resident.  Exit 1 where a run fails under the limit, where the bytes of
the engines differ, where more or less than one of the equal documents stays, or where a row of the bucket has no pair.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

import corpus  # noqa: E402
import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
from watched import memory_of, processes, watched  # noqa: E402

from pipeline.barrier import Pairing  # noqa: E402
from pipeline.engines.choice import ENGINES, chosen  # noqa: E402
from pipeline.settings import load  # noqa: E402
from stages.candidates import BAND, UNDATED  # noqa: E402

EQUAL, EDITED, BUCKET_MB, LIMIT_MB = 100_000, 20_000, 200, 4_000
_A_ROW = 47  # bytes of a row of buckets, see `barrier.Buckets`
_ROWS_A_PART = 100_000
_HEAP = "2g"  # of Java


def equal(count: int) -> Iterator[str]:
    """Return one text, so many times."""
    writer = corpus.Writer(corpus.SEED)
    text = "\n".join([writer.clause(), *(writer.paragraph() for _ in range(3))])
    return repeat(text, count)


def edited(count: int) -> Iterator[str]:
    """Yield so many texts, each with an edit of its own in one paragraph of the same article."""
    writer = corpus.Writer(corpus.SEED)
    head, *paragraphs = [writer.clause(), *(writer.paragraph() for _ in range(12))]
    for n in range(count):
        lines = [head, *paragraphs]
        lines[1 + n % len(paragraphs)] += writer.clause()
        yield "\n".join(lines)


def bucket(engine: str, megabytes: int) -> int:
    """Find the pairs of one bucket with so many MB of rows, each document with figures of its own; return its rows."""
    rows = (megabytes << 20) // _A_ROW
    dice = np.random.default_rng(corpus.SEED)
    figures = dice.integers(0, 1 << 62, rows)
    numbers = dice.permutation(rows)

    def parts() -> Iterator[pa.Table]:
        for at in range(0, rows, _ROWS_A_PART):
            document = numbers[at : at + _ROWS_A_PART]
            same = np.zeros(document.size, dtype=np.int64)
            yield pa.table(
                {
                    "p": same.astype(np.int32),
                    "kind": same.astype(np.int8) + np.int8(BAND),
                    "band": same.astype(np.int16),
                    "key": same,
                    "document": document,
                    "figures": figures[document],
                    "first_day": same + UNDATED[0],
                    "last_day": same + UNDATED[1],
                }
            )

    with tempfile.TemporaryDirectory() as spill:
        made = chosen(engine, *_spark(engine, LIMIT_MB)).opened(Path(spill), 2, dict)
        linked = np.zeros(rows, dtype=bool)
        try:
            for part in made.flow(parts()).exchange().reduce(Pairing(load(None, {}))).parts():
                linked[part["head"].to_numpy()] = True
                linked[part["member"].to_numpy()] = True
        finally:
            made.close()
    if not linked.all():
        raise SystemExit(f"{rows - linked.sum():,} rows have no pair")
    return rows


def _spark(engine: str, limit_mb: int) -> tuple[str | None, list[str]]:
    """Return master and settings of Spark."""
    if engine != "spark":
        return None, []
    return "local[2]", [f"spark.executor.pyspark.memory={limit_mb}m", f"spark.driver.memory={_HEAP}"]


def _python(pid: int) -> bool:
    try:
        return b"java" not in Path(f"/proc/{pid}/exe").readlink().name.encode()
    except OSError:
        return False


def measured(name: str, engine: str, words: list[str], limit_mb: int) -> int:
    """Run a command with that limit on an engine, print its figures, return its code."""
    first, tasks = 0, 0

    def look(pid: int) -> None:
        nonlocal first, tasks
        first = max(first, memory_of(pid).get("VmHWM", 0))
        others = (one for one in processes(pid) if one != pid and _python(one))
        tasks = max(tasks, *(memory_of(one).get("VmHWM", 0) for one in others), 0)

    limit = None if engine == "spark" else limit_mb  # Java reserves more than it takes
    ended = watched(words, f"{ROOT}{os.pathsep}{HERE}", limit, look)
    print(
        f"{name}, {engine}: {ended}; at most {first >> 10:,} MB in the first process, {tasks >> 10:,} MB in one that "
        "does tasks",
        flush=True,
    )
    return ended.code


def cleaned(name: str, texts: Iterator[str], engines: list[str], limit_mb: int) -> list[str]:
    """Clean some texts on each engine; return what is wrong."""
    found, manifests = [], set()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "input"
        source.mkdir()
        with (source / "news.jsonl").open("w", encoding="utf-8") as news:
            news.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
        for engine in engines:
            out = Path(folder) / engine
            master, settings = _spark(engine, limit_mb)
            words = ["-m", "pipeline", "run", str(source), "-o", str(out), "--jobs", "2", "--quiet"]
            words += ["--engine", engine, *(["--master", master] if master else [])]
            words += [word for setting in settings for word in ("--conf", setting)]
            if measured(name, engine, words, limit_mb):
                found.append(f"{name}, {engine}: the run failed")
                continue
            manifests.add((out / "manifest-sha256.txt").read_bytes())
            counts = json.loads((out / "run.json").read_text())["counts"]["documents"]
            print(f"{name}, {engine}: {counts['kept']:,} of {counts['in']:,} stay", flush=True)
            if name == "equal" and counts["kept"] != 1:
                found.append(f"{name}, {engine}: {counts['kept']:,} stay")
    if len(manifests) > 1:
        found.append(f"{name}: the engines differ")
    return found


def main() -> int:
    """Do all three; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--equal", type=int, default=EQUAL)
    parser.add_argument("--edited", type=int, default=EDITED)
    parser.add_argument("--bucket-mb", type=int, default=BUCKET_MB)
    parser.add_argument(
        "--limit-mb", type=int, default=LIMIT_MB, help="address space of each process of tasks"
    )
    parser.add_argument("--engine", choices=ENGINES, action="append", help="one, or several; else all")
    parser.add_argument("--bucket-on", choices=ENGINES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bucket_on:
        print(f"{bucket(given.bucket_on, given.bucket_mb):,} rows", flush=True)
        return 0
    engines = given.engine or list(ENGINES)
    found = []
    for engine in engines:
        words = [__file__, "--bucket-on", engine, "--bucket-mb", str(given.bucket_mb)]
        if measured("bucket", engine, words, given.limit_mb):
            found.append(f"bucket, {engine}: failed")
    found += cleaned("equal", equal(given.equal), engines, given.limit_mb)
    found += cleaned("cluster", edited(given.edited), engines, given.limit_mb)
    print(*found, f"skew: bad {len(found)}", sep="\n", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
