"""Measures time and memory on a made corpus, beside datasketch used plainly on the same machine, in the same run.

    BENCH="2 10" BENCH_OUT=bench.json python tests/bench/run.py

`BENCH` is a list of sizes in MB (10^6 bytes of UTF-8 text); `BENCH_OUT` the file the figures go to.  Nothing is
asserted about time: machines differ, so only the ratios within one run say something.
"""

from __future__ import annotations

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
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

import corpus  # noqa: E402

TIMEOUT = 1800  # seconds a measurement may take
THRESHOLD = 0.7
PERMUTATIONS = 128
SHINGLE = 5
RSS_EVERY = 0.05  # seconds between two looks at the memory
_PAGE = os.sysconf("SC_PAGE_SIZE")


# --- in the measured process -----------------------------------------------------------------------------------


def tool(source: Path, out: Path) -> dict[str, object]:
    """Clean a folder; return the seconds of each step."""
    from pipeline import events
    from pipeline.job import run
    from pipeline.settings import load

    class Clock:
        def __init__(self) -> None:
            self.began: dict[str, float] = {}
            self.steps: dict[str, float] = {}

        def show(self, event: events.Event) -> None:
            if isinstance(event, events.StepStarted):
                self.began[event.name] = time.perf_counter()
            elif isinstance(event, events.StepEnded):
                self.steps[event.name] = round(time.perf_counter() - self.began[event.name], 3)

        def close(self) -> None:
            pass

    clock = Clock()
    result = run(
        [source], out, load(None, {"run.jobs": int(os.environ.get("BENCH_JOBS", "0"))}), printer=clock
    )
    return {"steps": clock.steps, "characters": result.run["counts"]["characters"]}


def datasketch(source: Path, out: Path) -> dict[str, object]:
    """Sketch each document, and keep the first of what the index says is alike."""
    from datasketch import MinHash, MinHashLSH

    started = time.perf_counter()
    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    removed = []
    for line in (source / "news.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        text = row["text"]
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch(
            {text[at : at + SHINGLE].encode() for at in range(max(1, len(text) - SHINGLE + 1))}
        )
        if index.query(sketch):
            removed.append(row["id"])
        else:
            index.insert(row["id"], sketch)
    out.mkdir()
    (out / "removed.json").write_text(json.dumps(removed))
    return {"steps": {"sketch and query": round(time.perf_counter() - started, 3)}}


MEASURED = {"tool": tool, "datasketch": datasketch}


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
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE
        except (OSError, IndexError):
            continue
    return total


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(what: str, source: Path, out: Path) -> dict[str, object]:
    """Run one of `MEASURED` in a process of its own; return its figures: seconds and MB."""
    before, started = _cpu(), time.perf_counter()
    command = [sys.executable, str(Path(__file__).resolve()), "--measured", what, str(source), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
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
    if process.returncode:
        return {"failed": process.returncode}
    wall = time.perf_counter() - started
    if not peak:  # where there is no /proc: the largest process alone
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (
            1 if sys.platform == "darwin" else 1024
        )
    figures = {"wall": round(wall, 2), "cpu": round(_cpu() - before, 2), "peak_mb": round(peak / 1e6)}
    return {**figures, **json.loads(answer)}


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
    """Return, for each kind, the share of stories of which a text is gone; templates and unique ones should be 0."""
    truth = [json.loads(line) for line in (folder / "truth.jsonl").open(encoding="utf-8")]
    gone = {truth[int(x[1:])]["id"] if x.startswith("#") else x for x in _removed(out)}
    shares = {}
    for kind in ("exact", "edited", "truncated", "template", "unique", "twice"):
        rows = [t for t in truth if t["kind"] == kind]
        shares[kind] = round(
            sum(t["id"] in gone or (bool(t["of"]) and t["of"] in gone) for t in rows) / max(len(rows), 1), 4
        )
    both = sum(bool(t["of"]) and t["id"] in gone and t["of"] in gone for t in truth)
    return {**shares, "stories lost": both}


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
        **{name: version(name) for name in ("clean-corpus", "datasketch", "numpy", "pyarrow", "rapidfuzz")},
    }


def bench(size: int, work: Path) -> dict[str, object]:
    """Measure one size, in MB; return its figures."""
    folder = work / f"{size}"
    counts = corpus.write(folder, size * 1_000_000)
    print(
        f"\n{size} MB, {sum(counts.values()):,} documents: "
        + " · ".join(f"{k} {n:,}" for k, n in sorted(counts.items()))
    )
    figures: dict[str, object] = {"mb": size, "counts": counts}
    for name, what, source in (
        ("jsonl", "tool", "jsonl"),
        ("jsonl again", "tool", "jsonl"),
        ("txt folder", "tool", "txt"),
        ("datasketch", "datasketch", "jsonl"),
    ):
        out = folder / f"out-{'jsonl' if name == 'jsonl again' else name}"
        found = measure(what, folder / source, out)
        if "failed" not in found:
            found["gone"] = accuracy(folder, out)
        figures[name] = found
        _show(name, found, size)
    plain = figures["datasketch"]
    for name in ("jsonl", "txt folder"):
        mine = figures[name]
        if "failed" not in mine and "failed" not in plain:
            ratio = {key: round(plain[key] / mine[key], 2) for key in ("wall", "cpu", "peak_mb")}
            figures[f"datasketch / {name}"] = ratio
            print(f"  datasketch / {name}: " + " · ".join(f"{k} {v}" for k, v in ratio.items()))
    return figures


def _show(name: str, found: dict[str, object], size: int) -> None:
    if "failed" in found:
        print(f"  {name:<12} failed with {found['failed']}", flush=True)
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
    work = Path(tempfile.mkdtemp(prefix="bench-"))
    out = Path(os.environ.get("BENCH_OUT") or work / "bench.json")
    report = {"machine": machine(), "runs": []}
    print(" · ".join(f"{k} {v}" for k, v in report["machine"].items()))
    try:
        for size in os.environ.get("BENCH", "2 10").replace(",", " ").split():
            report["runs"].append(bench(int(size), work))
            shutil.rmtree(work / size)
    finally:
        out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nwrote {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
