"""Measures what a document costs in each pass, and plays how buckets and clusters grow: what many documents would take.

    python tests/bench/capacity.py [--documents 4000] [--page] [--from capacity.json]

Costs are those of a document more: a run over a quarter of the articles is taken off one over all, so what a run costs
before its first document does not count.  Partitions are played row by row for 10^6 documents; for more, each bucket
that many share is thrown into a partition of its own, and what stands alone is drawn as one number.  `--page` writes
docs/capacity.md, with `--from` out of the figures of an earlier measurement.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

import numpy as np  # noqa: E402
from capacity_page import page  # noqa: E402
from many import articles  # noqa: E402
from run import Clock, machine  # noqa: E402

from pipeline import barrier  # noqa: E402
from pipeline.engines import embedded  # noqa: E402
from stages.candidates import BAND, UNDATED, CandidatesSettings, Days, candidates  # noqa: E402
from stages.cluster import ClusterSettings, cluster  # noqa: E402

PAGE = ROOT / "docs" / "capacity.md"
DOCUMENTS = 4_000
SEED = 20_261
SIZES = (10**6, 10**8, 10**10)  # documents
_STEEP = 2.5  # clusters of k documents are as many as k to the power of minus this
_LARGEST = 200  # the largest cluster is one in so many of all documents: a notice that stands everywhere
_STAYS = 0.9**4  # chance that a band of four values of an edited copy is that of its original
_A_ROW = 47  # bytes of a row of buckets, see `barrier.Buckets`
_A_PARTITION = 64 << 20  # bytes that a partition is meant to have
_PLAYED = 1_000  # from so many documents on, a cluster is thrown by itself


# --- what a document costs: in a process of its own ---------------------------------------------------------------


def measured(source: Path, out: Path) -> dict[str, object]:
    """Clean a folder in one process; return processor seconds of each step, and what each task took and gave."""
    from pipeline.job import run
    from pipeline.settings import load

    tasks: dict[str, dict[str, float]] = {}
    inner = embedded._do

    def weighed(work: embedded._Work) -> embedded._Written:
        began, taken = time.process_time(), work.part.load().nbytes
        written = inner(work)
        given = embedded._mapped(work.path).nbytes
        row = tasks.setdefault(
            embedded.name_of(work.task), dict.fromkeys(("cpu", "in", "out", "rows", "sent", "most"), 0)
        )
        row["cpu"] += time.process_time() - began
        row["in"] += taken
        row["out"] += given
        row["rows"] += written.rows
        row["sent"] += given if work.sort else 0
        row["most"] = max(row["most"], taken, given)
        return written

    embedded._do = weighed
    clock = Clock(time.process_time)
    run([source], out, load(None, {"run.jobs": 1}), printer=clock)
    sizes = [path.stat().st_size for path in out.rglob("*") if path.is_file() and ".work" not in path.parts]
    work = [path.stat().st_size for path in (out / ".work").rglob("*") if path.is_file()]
    return {
        "steps": clock.steps,
        "tasks": tasks,
        "resident": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "written": sum(sizes),
        "files": len(sizes),
        "remembered": sum(work),
    }


def costs(documents: int) -> dict[str, object]:
    """Return what one document more costs: seconds, bytes and files."""
    small = documents // 4
    found = []
    with tempfile.TemporaryDirectory() as name:
        for count in (small, documents):
            source = Path(name) / f"in-{count}"
            source.mkdir()
            made = (
                {"url": f"https://outlet-{n % 7}.example/{n}", "text": text}
                for n, (_, _, text) in enumerate(articles(count))
            )
            lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in made)
            (source / "news.jsonl").write_text("".join(lines), encoding="utf-8")
            command = [sys.executable, __file__, "--measured", str(source), str(Path(name) / f"out-{count}")]
            answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            found.append({**answer, "read": (source / "news.jsonl").stat().st_size})
    first, second = found

    def each(a: dict[str, float], b: dict[str, float]) -> dict[str, float]:
        return {key: (b[key] - a.get(key, 0)) / (documents - small) for key in b}

    plain = ("resident", "written", "files", "remembered", "read")
    return {
        "documents": documents,
        **each(*({key: one[key] for key in plain} for one in found)),
        "fixed": first["resident"],
        "steps": each(first["steps"], second["steps"]),
        "tasks": {
            key: {**each(first["tasks"][key], row), "most": row["most"]}
            for key, row in second["tasks"].items()
            if key in first["tasks"]
        },
    }


# --- how buckets grow ---------------------------------------------------------------------------------------------


def clusters_of(documents: int) -> tuple[np.ndarray, np.ndarray]:
    """Return sizes of clusters and how many clusters have each, for so many documents in all."""
    largest = max(documents // _LARGEST, 2)
    size = np.unique(np.geomspace(1, largest, 400).astype(np.int64))
    wide = np.diff(np.append(size, largest + 1))
    share = size**-_STEEP * wide
    count = np.floor(share * documents / (share * size).sum()).astype(np.int64)
    count[-1] = max(count[-1], 1)
    count[0] += max(documents - int((count * size).sum()), 0)
    return size, count


def every_row(documents: int, partitions: int, bands: int) -> dict[str, float]:
    """Throw each row of each band into its partition; return what comes of it."""
    dice = np.random.default_rng(SEED)
    size, count = clusters_of(documents)
    owner = np.repeat(np.arange(count.sum()), np.repeat(size, count))
    load = np.zeros(partitions, dtype=np.int64)
    largest = 0
    for _ in range(bands):
        shared = dice.integers(1, 1 << 63, int(count.sum()), dtype=np.uint64)
        keys = shared[owner]
        alone = dice.random(owner.size) > _STAYS
        keys[alone] = dice.integers(1, 1 << 63, int(alone.sum()), dtype=np.uint64)
        load += np.bincount(barrier.partition(keys, partitions), minlength=partitions)
        largest = max(largest, int(np.bincount(owner[~alone]).max()))
    return spread(load, largest)


def every_bucket(documents: int, partitions: int, bands: int) -> dict[str, float]:
    """Throw each bucket that many documents share into a partition, and draw the rest; return what comes of it."""
    dice = np.random.default_rng(SEED)
    size, count = clusters_of(documents)
    many = size >= _PLAYED
    sizes = np.repeat(size[many], count[many] * bands)
    held = dice.binomial(sizes, _STAYS)
    place = dice.integers(0, partitions, sizes.size)
    load = np.bincount(place, weights=held, minlength=partitions)
    few = (size[~many], count[~many] * bands)
    rows = float((few[0] * few[1]).sum() + (sizes - held).sum()) / partitions
    wide = float((few[0] ** 2 * few[1]).sum()) / partitions  # each bucket comes whole
    load += dice.normal(rows, np.sqrt(wide + rows), partitions)
    return spread(load, int(held.max(initial=0)))


def spread(load: np.ndarray, largest: int) -> dict[str, float]:
    """Return how unequal partitions are, in rows."""
    return {
        "partitions": load.size,
        "mean": float(load.mean()),
        "p99": float(np.quantile(load, 0.99)),
        "most": float(load.max()),
        "bucket": largest,
    }


def skew(documents: int, rows: float) -> dict[str, float]:
    """Return how partitions come out that are meant to have 64 MiB; `rows` are those of a document."""
    settings = CandidatesSettings()
    partitions = max(int(documents * rows * _A_ROW / _A_PARTITION), 1)
    play = every_row if documents <= SIZES[0] else every_bucket
    return play(documents, partitions, settings.bands)


def pairing() -> list[dict[str, float]]:
    """Return what pairs of whole buckets take: seconds and bytes a row, as they come and as one bucket."""
    dice = np.random.default_rng(SEED)
    found = []
    for shape, rows in (("mixed", 100_000), ("mixed", 1_000_000), ("one bucket", 1_000_000)):
        size, count = clusters_of(rows)
        keys = np.repeat(dice.integers(1, 1 << 63, int(count.sum()), dtype=np.uint64), np.repeat(size, count))
        if shape == "one bucket":
            keys[:] = 1
        number = np.arange(keys.size)
        days = Days(np.full(keys.size, UNDATED[0]), np.full(keys.size, UNDATED[1]))
        kinds = np.full(keys.size, BAND, dtype=np.int8)
        figures = dice.integers(0, 1 << 63, keys.size, dtype=np.uint64)
        tracemalloc.start()
        began = time.process_time()
        edges = candidates(
            kinds,
            np.zeros(keys.size, dtype=np.int16),
            dice.permutation(keys),
            number,
            figures,
            days,
            CandidatesSettings(),
        )
        spent = time.process_time() - began
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        found.append(
            {
                "shape": shape,
                "rows": keys.size,
                "cpu": spent / keys.size,
                "bytes": peak / keys.size,
                "edges": edges.head.size / keys.size,
            }
        )
    return found


# --- how clusters grow --------------------------------------------------------------------------------------------


def growth() -> list[dict[str, float]]:
    """Anchor one cluster of more and more members; a text drifts, and two are alike while they drifted little apart.

    Return the rounds of checks, checks a member, kept documents and processor seconds a member.
    """
    return [
        {"drift": drift, "members": members, **anchored(members, drift)}
        for drift in (0.5, 4.0, 40.0)  # of the reach of a match
        for members in (1_000, 10_000, 100_000)
    ]


def anchored(members: int, drift: float) -> dict[str, float]:
    """Anchor a cluster whose texts spread so far, each linked with one that came before it."""
    dice = random.Random(SEED)
    at = [drift * dice.random() for _ in range(members)]
    order = sorted(range(members), key=at.__getitem__)
    rank = list(range(members))
    checked: dict[tuple[int, int], int] = {}

    def check(a: int, b: int) -> None:
        checked[a, b] = checked[b, a] = int(abs(at[a] - at[b]) < 1)

    for one, other in pairwise(order):  # what bands find: each with its next
        check(one, other)
    began, rounds = time.process_time(), 0
    while True:
        answer = cluster(rank, checked, ClusterSettings())
        if not answer.untested:
            break
        rounds += 1
        for pair in answer.untested:
            check(*pair)
    return {
        "rounds": rounds,
        "checks": len(checked) / 2 / members,
        "kept": members - len(answer.kept_for),
        "cpu": (time.process_time() - began) / members,
    }


# --- all of it ----------------------------------------------------------------------------------------------------


def every(documents: int) -> dict[str, object]:
    """Return all figures."""
    cost = costs(documents)
    rows = cost["tasks"]["Buckets"]["rows"]
    print("a document:", json.dumps(cost), flush=True)
    played = {f"{size:.0e}": skew(size, rows) for size in SIZES}
    print("partitions:", json.dumps(played), flush=True)
    pairs, grown = pairing(), growth()
    print("pairing:", json.dumps(pairs), "clusters:", json.dumps(grown), sep="\n", flush=True)
    return {"machine": machine(), "cost": cost, "skew": played, "pairing": pairs, "growth": grown}


def main() -> None:
    """Measure, or take figures from a file; print them, and write the page if it is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--page", action="store_true", help="write docs/capacity.md")
    parser.add_argument("--from", dest="known", type=Path, help="figures of an earlier measurement")
    parser.add_argument("--to", type=Path, help="the file that the figures go to")
    parser.add_argument("--measured", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measured:
        print(json.dumps(measured(*given.measured)))
        return
    report = json.loads(given.known.read_text()) if given.known else every(given.documents)
    if given.to:
        given.to.write_text(json.dumps(report, indent=1) + "\n")
    if given.page:
        PAGE.write_text(page(report), encoding="utf-8")


if __name__ == "__main__":
    main()
