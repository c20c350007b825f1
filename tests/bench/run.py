"""Measures time, memory and accuracy on a made corpus, beside peers on the same files, in the same run.

    BENCH="10 100" BENCH_OUT=bench.json python tests/bench/run.py [--page] [--peers NAMES] [--from bench.json]

`BENCH` is a list of sizes in MB (10^6 bytes of UTF-8 text); `BENCH_OUT` the file the figures go to.  `--page` writes
docs/speed.md, with `--from` out of the figures of an earlier run.  Nothing is asserted about time: machines differ,
so only the ratios within one run say something.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT), str(HERE.parent / "quality")]

import corpus  # noqa: E402
import peers as quality  # noqa: E402
from page import page  # noqa: E402

from pipeline import events  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = "10"  # a hundred take more than a quarter of an hour as yet
TIMEOUT = 1800  # seconds a measurement may take
RSS_EVERY = 0.05  # seconds between two looks at the memory
PAGE = ROOT / "docs" / "speed.md"
_PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")
_PINNED = {"rensa": "0.5.0", "daft": "0.7.26", "gaoya": "0.2.2", "datasketch": "2.0.0"}
#: peer → the largest size, in MB, that it is given: beyond it one run takes more than some minutes, or all memory.
PEERS = {"rensa": 1000, "daft": 1000, "gaoya": 100, "datasketch": 10, "datatrove": 10, "text-dedup": 10}
#: What is measured of ours: name → function, and the folder it is given.
OURS = {"matching": ("matching", "jsonl"), "jsonl": ("tool", "jsonl"), "txt folder": ("tool", "txt")}


# --- in the measured process -----------------------------------------------------------------------------------


class Clock:
    """Takes the time of each step of a run: by the clock, or by what else counts seconds."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._began: dict[str, float] = {}
        self.steps: dict[str, float] = {}

    def show(self, event: events.Event) -> None:
        if isinstance(event, events.StepStarted):
            self._began[event.name] = self._now()
        elif isinstance(event, events.StepEnded):
            self.steps[event.name] = round(self._now() - self._began[event.name], 3)

    def close(self) -> None:
        pass


def tool(source: Path, out: Path) -> dict[str, object]:
    """Clean a folder; return the seconds of each step."""
    from pipeline.job import run
    from pipeline.settings import load

    clock = Clock()
    result = run(
        [source], out, load(None, {"run.jobs": int(os.environ.get("BENCH_JOBS", "0"))}), printer=clock
    )
    return {"steps": clock.steps, "characters": result.run["counts"]["characters"]}


def matching(source: Path, out: Path) -> dict[str, object]:
    """Match the documents of a file as they stand, with the shipped defaults: bytes to clusters with scores.

    Nothing is cleaned, and no repeats or furniture are looked for: what is left is what the peers do.
    """
    from pipeline.engines.choice import START_COST
    from pipeline.engines.embedded import Embedded
    from pipeline.matching import Document, Standings, anchored, bounds_of, match, rank_of
    from pipeline.memo import Memory
    from pipeline.settings import load
    from stages.model import Policy

    started = time.perf_counter()
    out.mkdir()
    names = _packs(source / "news.jsonl", out)
    documents = [
        Document(
            id=str(n), label="", name="", file=0, ordinal=n, pack=pack, row=row, view_key=0, source="", published="",
            known=0, damaged=False, stored=0, path=f"{n:09d}".encode(),
        )
        for n, (pack, row, _) in enumerate(names)
    ]  # fmt: skip
    packed = time.perf_counter()
    settings = load(None, {"run.jobs": int(os.environ.get("BENCH_JOBS", "0"))})
    engine = Embedded(out / "spill", settings.run.jobs, start_cost=START_COST)
    found = match(
        documents,
        out,
        engine,
        settings,
        Memory(out / "memo", out / "spill", dict.fromkeys(("lines", "views", "verdicts"), "")),
    )
    rank = rank_of(Standings(documents, found.characters), found.pairs.documents())
    clusters = anchored(engine, rank, found.pairs, Policy.STANDARD, bounds_of(documents, settings), settings)
    engine.close()
    gone = [names[n][2] for n in sorted(clusters.kept_for)]
    (out / "removed.json").write_text(json.dumps(gone))
    steps = {"read": packed - started, "match": time.perf_counter() - packed}
    return {"steps": {k: round(v, 3) for k, v in steps.items()}, "pairs": len(found.pairs)}


def _packs(source: Path, out: Path, rows: int = 4096) -> list[tuple[str, int, str]]:
    """Write the texts of a file to packs, each line a paragraph; return where each is, and its id."""
    import numpy as np
    import pyarrow as pa

    from pipeline import packs
    from pipeline.columns import without_pandas

    without_pandas()
    places: list[tuple[str, int, str]] = []

    def write(ids: list[str], texts: list[str]) -> None:
        sizes = [np.array([len(line) + 1 for line in text.split("\n")], dtype=np.int32) for text in texts]
        ends = [size.cumsum(dtype=np.int32) - np.int32(1) for size in sizes]
        columns = {
            "unit": ids,
            "text": texts,
            "facts": [""] * len(ids),
            "view_key": [0] * len(ids),
            "starts": [(end - size + np.int32(1)).tobytes() for end, size in zip(ends, sizes, strict=True)],
            "ends": [end.tobytes() for end in ends],
            "roles": [bytes(size.size) for size in sizes],
            "keys": [bytes(8 * size.size) for size in sizes],
            "sizes": [bytes(4 * size.size) for size in sizes],
            **dict.fromkeys(("cuts", "line_keys", "line_marks"), [b""] * len(ids)),
        }
        name = f"pack-{len(places)}.arrow"
        known = {name: columns.get(name, [None] * len(ids)) for name in packs.SCHEMA.names}
        table = pa.table(known, schema=packs.SCHEMA)
        with pa.ipc.new_file(str(out / name), table.schema) as writer:
            writer.write_table(table)
        places.extend((name, n, unit) for n, unit in enumerate(ids))

    with source.open("rb") as file:
        while held := [json.loads(line) for line in islice(file, rows)]:
            write([str(row["id"]) for row in held], [row["text"] for row in held])
    return places


MEASURED = {"tool": tool, "matching": matching}


# --- around it ---------------------------------------------------------------------------------------------------


def _tree(pid: int) -> list[int]:
    """Return a process and all that come from it; Linux."""
    found, at = [pid], 0
    while at < len(found):
        try:
            for task in Path(f"/proc/{found[at]}/task").iterdir():
                found += [int(x) for x in (task / "children").read_text().split()]
        except OSError:
            pass  # it has just ended
        at += 1
    return found


def _memory(pid: int) -> int:
    total = 0
    for one in _tree(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE_SIZE
        except (OSError, IndexError):
            continue
    return total


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@functools.cache
def python_of(peer: str) -> Path:
    """Return the Python that has a peer, installed if need be; OSError or SubprocessError says why there is none."""
    return (
        quality.environment(_PINNED, ("numpy", "pyarrow"), ()) if peer in _PINNED else quality.environment()
    )


def measure(command: list[str]) -> dict[str, object]:
    """Run a command in a process of its own; return its figures: seconds and MB."""
    before, started = _cpu(), time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, cwd=ROOT)
        answer, peak = _watched(process)
        if process.returncode:
            said.seek(0)
            why = said.read().decode(errors="replace").strip().splitlines()
            return {"failed": process.returncode, "why": why[-1] if why else ""}
    wall = time.perf_counter() - started
    figures = {"wall": round(wall, 2), "cpu": round(_cpu() - before, 2), "peak_mb": round(peak / 1e6)}
    return {**figures, **json.loads(answer)}


def _watched(process: subprocess.Popen) -> tuple[bytes, int]:
    """Return what a process answers, and the most memory that it and its children took; it is ended in time."""
    peak, over = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(RSS_EVERY):
            peak = max(peak, _memory(process.pid))

    watcher = threading.Thread(target=watch)
    if sys.platform == "linux":
        watcher.start()
    try:
        answer, _ = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        answer, _ = process.communicate()
    finally:
        over.set()
        if watcher.ident:
            watcher.join()
    if not peak:  # where there is no /proc: the largest process alone
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    return answer, peak


def _removed(out: Path) -> set[str]:
    """Return the records of an output that are gone, in whole."""
    if (out / "removed.json").exists():
        return set(json.loads((out / "removed.json").read_text()))
    rows = (json.loads(line) for line in (out / "ledger" / "documents.jsonl").open(encoding="utf-8"))
    gone = set()
    for row in rows:
        if row["status"] == "removed":
            name = Path(row["path"]).stem
            gone.add(f"#{row['ordinal']}" if name == "news" else name)
    return gone


def accuracy(folder: Path, out: Path) -> dict[str, float]:
    """Return, for each kind, the share of its texts that are found: of a copy, that it or what it is of is gone.

    Of templates, quotes and unique texts, none should go.  A story of which nothing is left is lost.  Precision and
    recall count texts that go: rightly, where one of the story stays.
    """
    truth = [json.loads(line) for line in (folder / "truth.jsonl").open(encoding="utf-8")]
    gone = {truth[int(x[1:])]["id"] if x.startswith("#") else x for x in _removed(out)}
    copies = [t for t in truth if t["of"]]
    shares = {}
    for kind in (*corpus.COPIES, "template", "quote", "unique"):
        rows = [t for t in truth if t["kind"] == kind]
        found = sum(t["id"] in gone or (bool(t["of"]) and t["of"] in gone) for t in rows)
        shares[kind] = round(found / max(len(rows), 1), 4)
    right = sum((t["id"] in gone) != (t["of"] in gone) for t in copies)
    precision, recall = right / max(len(gone), 1), right / max(len(copies), 1)
    shares["lost"] = sum(t["id"] in gone and t["of"] in gone for t in copies)
    shares |= {"precision": round(precision, 4), "recall": round(recall, 4)}
    return {**shares, "F1": round(2 * precision * recall / max(precision + recall, 1e-9), 4)}


def machine() -> dict[str, object]:
    model = ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        model = next(
            (x.split(":", 1)[1].strip() for x in info.read_text().splitlines() if x.startswith("model name")),
            "",
        )
    return {
        "system": platform.platform(),
        "processor": model or platform.processor(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("clean-corpus", "numpy", "pyarrow", "rapidfuzz")},
    }


def commands(size: int, chosen: list[str]) -> dict[str, tuple[list[str], str]]:
    """Return what is measured at a size: its command up to source and out, and the source; peers that can be had."""
    found = {
        name: ([sys.executable, str(Path(__file__).resolve()), "--measured", what], source)
        for name, (what, source) in OURS.items()
    }
    for peer in (p for p in PEERS if p in chosen):
        if size > PEERS[peer]:
            print(f"  {peer:<12} left out above {PEERS[peer]} MB")
            continue
        try:
            found[peer] = ([str(python_of(peer)), str(HERE / "worker.py"), peer], "jsonl/news.jsonl")
        except (OSError, subprocess.SubprocessError) as error:
            print(f"  {peer:<12} SKIPPED: {quality.reason(error)}")
    return found


def bench(size: int, work: Path, chosen: list[str]) -> dict[str, object]:
    """Measure one size, in MB; return its figures."""
    folder = work / f"{size}"
    counts = corpus.write(folder, size * 1_000_000)
    print(
        f"\n{size} MB, {sum(counts.values()):,} documents: "
        + " · ".join(f"{k} {n:,}" for k, n in sorted(counts.items()))
    )
    rows = {}
    for name, (command, source) in commands(size, chosen).items():
        out = folder / f"out-{name}"
        rows[name] = found = measure([*command, str(folder / source), str(out)])
        if "failed" not in found:
            found["gone"] = accuracy(folder, out)
            shutil.rmtree(out)
        _show(name, found, size)
    return {"mb": size, "counts": counts, "rows": rows}


def _show(name: str, found: dict[str, object], size: int) -> None:
    if "failed" in found:
        print(f"  {name:<12} failed with {found['failed']}: {found['why']}", flush=True)
        return
    steps = " · ".join(f"{k} {v:.1f}" for k, v in found["steps"].items())
    gone = " · ".join(f"{k} {v:g}" for k, v in found["gone"].items())
    print(
        f"  {name:<12} wall {found['wall']:7.1f} s  cpu {found['cpu']:7.1f} s  peak {found['peak_mb']:5,} MB  "
        f"{size / found['cpu']:.2f} MB a CPU-second\n{'':15}seconds: {steps}\n{'':15}gone: {gone}",
        flush=True,
    )


def main() -> int:
    """Measure the sizes that the environment names."""
    if sys.argv[1:2] == ["--measured"]:
        print(json.dumps(MEASURED[sys.argv[2]](Path(sys.argv[3]), Path(sys.argv[4]))))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", action="store_true", help="rewrite docs/speed.md")
    parser.add_argument("--peers", default=",".join(PEERS), help="those that run, or none")
    parser.add_argument("--from", dest="given", type=Path, help="take the figures of an earlier run")
    options = parser.parse_args()
    report = (
        json.loads(options.given.read_text(encoding="utf-8"))
        if options.given
        else run(options.peers.split(","))
    )
    if options.page:
        PAGE.write_text(page(report), encoding="utf-8")
    return 0


def run(chosen: list[str]) -> dict[str, object]:
    """Measure all sizes, and write the figures as JSON."""
    work = Path(tempfile.mkdtemp(prefix="bench-"))
    out = Path(os.environ.get("BENCH_OUT") or work / "bench.json")
    pins = {name: pin for name, pin in {**quality.PINNED, **_PINNED}.items() if name in chosen}
    report = {"machine": machine() | pins, "runs": []}
    print(" · ".join(f"{k} {v}" for k, v in report["machine"].items()))
    try:
        for size in os.environ.get("BENCH", SIZES).replace(",", " ").split():
            report["runs"].append(bench(int(size), work, chosen))
            shutil.rmtree(work / size)
    finally:
        out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nwrote {out}")
    return report


if __name__ == "__main__":
    sys.exit(main())
