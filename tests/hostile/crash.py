"""Kills and failures at every change of the disk, and kills at any time: nothing may be lost, all must resume.

    python tests/hostile/crash.py [--kills N] [--seed N] [--lanes N] [--step N] [--only PART]

Parts: `sweep`, a process killed at each call under OUT that changes it; `errors`, each of those calls failing with
each error of a disk; `erasure`, both of `forget`, which must leave nothing of the text; `system`, the same at system calls, where strace is installed; `kills`, runs of two workers
that are killed at any time, or lose a worker.  After each, what stands verifies and is the old tree or the new, and
the same command gives the bytes of a run that nothing stopped.  Exit 1 when anything else came out.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow.dataset  # noqa: F401 - once here, not in each process

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

import disk  # noqa: E402
from disk import MANIFEST, article, page  # noqa: E402

from pipeline import check, fsops  # noqa: E402
from pipeline.cli import main  # noqa: E402
from pipeline.engines import workers  # noqa: E402
from pipeline.ledger import read_rows  # noqa: E402

STRACE = shutil.which("strace")
#: What a disk answers; of each call some, and all of them for each kind of call.
ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.EXDEV, errno.EINTR)
#: System calls that change a disk.
SYSTEM = ("rename", "fsync", "unlink", "unlinkat", "mkdir", "rmdir", "write", "openat", "ftruncate")
MARK = disk.words(2, 30_000).split()[1].encode()  # of 30.txt alone
#: What a disk does is played between `fsops` and `os`: files in memory are struck at the same calls, and cost less.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
LONGEST = 120  # seconds that a run may take before it counts as hanging


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with two inputs and an output of each."""

    folder: Path
    manifests: tuple[bytes, bytes]  # of the old output and the new
    erases: str = ""  # a document that goes; none where the command is a run

    def words(self, out: Path, *more: str) -> list[str]:
        """Return the command that makes the new output of `out`."""
        jobs = () if "--jobs" in more else ("--jobs", "1")
        if self.erases:
            return ["forget", os.fspath(out), self.erases, "--quiet", *jobs]
        return [
            "run",
            os.fspath(self.folder / "input"),
            "-o",
            os.fspath(out),
            "--quiet",
            "--prune",
            *jobs,
            *more,
        ]


def made(folder: Path, *, large: bool) -> Place:
    """Write the inputs, and the outputs that nothing stopped."""
    for top, numbers in (("before", [30]), ("input", [30, 50, 90, *(range(100, 108) if large else ())])):
        (folder / top).mkdir(parents=True)
        for n in numbers:
            (folder / top / f"{n}.txt").write_text(article(n) * 2, "utf-8")
    (folder / "input" / "bad.txt").write_bytes(b"not UTF-8: \xff\xfe\n" * 3)
    (folder / "input" / "records.jsonl").write_text(
        "".join(f'{{"text": "{disk.words(20, n)}"}}\n' for n in range(4))
    )
    if large:
        (folder / "input" / "page.html").write_bytes(page(7))
    place = Place(folder, (b"", b""))
    for top, out in (("before", "old"), ("input", "new")):
        words = place.words(folder / out)
        words[1] = os.fspath(folder / top)
        if main(words, standalone_mode=False) != 0:
            raise SystemExit(f"the plain run over {top} failed")
    old, new = ((folder / out / MANIFEST).read_bytes() for out in ("old", "new"))
    return Place(folder, (old, new))


def erasing(place: Place) -> Place:
    """Return a place where a document of the new output goes."""
    folder = place.folder / "erasing"
    for name in ("old", "new"):
        shutil.copytree(place.folder / "new", folder / name)
    rows = read_rows(folder / "old", ("documents",)).documents
    document = next(row["id"] for row in rows if row["path"] == "30.txt")
    if main(["forget", os.fspath(folder / "new"), document, "--quiet", "--jobs", "1"], standalone_mode=False):
        raise SystemExit("the plain erasure failed")
    old, new = ((folder / out / MANIFEST).read_bytes() for out in ("old", "new"))
    return Place(folder, (old, new), document)


def forked(action: Callable[[], int | None]) -> int:
    """Begin something in a process of its own, that ends itself when it hangs; return its number."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            signal.alarm(LONGEST)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.dup2(nowhere, 1)
            code = action() or 0
        finally:
            os._exit(code)
    return child


def apart(action: Callable[[], int | None]) -> int:
    """Do something in a process of its own; return its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(forked(action), 0)[1])


def resumed(place: Place, out: Path) -> str:
    """Return what is wrong with an output that was left, or ""."""

    def stands() -> int:
        code = main(["verify", os.fspath(out), "--deep"], standalone_mode=False)
        return code if (out / MANIFEST).exists() else 0

    def goes_on() -> int:
        return main(place.words(out), standalone_mode=False) or len(check.verify(out, deep=True).findings)

    code = apart(stands)
    if code:
        return f"verify ended with {code}"
    if (out / MANIFEST).exists() and (out / MANIFEST).read_bytes() not in place.manifests:
        return "neither the old tree nor the new stands"
    code = apart(goes_on)
    if code:
        return f"the same command ended with {code}"
    if (out / MANIFEST).read_bytes() != place.manifests[1]:
        return "the same command made other bytes"
    if place.erases and disk.traces(out, MARK):
        return f"it is there: {disk.traces(out, MARK)}"
    left = {path.name for path in (out / ".work").iterdir()} & {"swap.json", "old", "next"}
    left |= {path.name for path in out.rglob(f"{fsops.TEMPORARY}*")}
    return f"left behind: {sorted(left)}" if left else ""


def shared(lanes: int, points: Sequence[object], work: Callable[[object], str]) -> list[str]:
    """Do each point in one of so many processes; return what was wrong, each with its point."""
    readers = []
    for lane in range(lanes):
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.close(reader)
            with os.fdopen(writer, "w") as told:
                for point in points[lane::lanes]:
                    wrong = work(point)
                    if wrong:
                        told.write(f"{point}: {wrong}\n")
            os._exit(0)
        os.close(writer)
        readers.append(reader)
    found = []
    for reader in readers:
        with os.fdopen(reader) as told:
            found += told.read().splitlines()
    for _ in readers:
        if os.wait()[1]:
            found.append("a lane ended before its last point")
    return found


def calls_of(place: Place) -> list[str]:
    """Return the calls that change the disk, of a run over the old output."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        folder = Path(name)
        shutil.copytree(place.folder / "old", folder / "out")
        log = folder / "calls"

        def counted() -> int:
            standing = disk.Counting()
            with standing.standing_in():
                code = main(place.words(folder / "out"), standalone_mode=False)
            log.write_text("\n".join(standing.calls))
            return code

        if apart(counted):
            raise SystemExit("the counted run failed")
        return log.read_text().split("\n")


def struck(place: Place, stand_in: disk.Counting, expected: frozenset[int]) -> str:
    """Run over the old output with something in the place of `os`; return what was wrong with what it left."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        out = Path(name) / "out"
        shutil.copytree(place.folder / "old", out)

        def run() -> int:
            with stand_in.standing_in():
                return main(place.words(out), standalone_mode=False)

        code = apart(run)
        if code not in expected:
            return f"it ended with {code}"
        if code == 0 and (out / MANIFEST).read_bytes() != place.manifests[1]:
            return "it ended with 0 and another tree"
        return resumed(place, out)


def sweep(place: Place, calls: Sequence[str], lanes: int, step: int) -> list[str]:
    """Kill a run at each of its calls."""

    def point(n: object) -> str:
        assert isinstance(n, int)
        return struck(place, disk.Killing(n), frozenset({-signal.SIGKILL}))

    return shared(lanes, range(1, len(calls) + 1, step), point)


def errors(place: Place, calls: Sequence[str], lanes: int, step: int) -> list[str]:
    """Let each call fail: with each error in turn; the first, the middle and the last of a kind with every error."""
    points: set[tuple[int, int, bool]] = {
        (n, ERRORS[n % len(ERRORS)], n % 4 == 0) for n in range(1, len(calls) + 1, step)
    }
    for kind in sorted(set(calls)):
        of = [n for n, name in enumerate(calls, 1) if name == kind]
        points |= {(of[at], code, False) for at in (0, len(of) // 2, -1) for code in ERRORS}

    def point(given: object) -> str:
        n, code, goes_on = given  # type: ignore[misc]
        # Where what failed is only tidied away, the run may end well.
        return struck(place, disk.Failing(n, code, goes_on=goes_on), frozenset({0, 6}))

    found = shared(lanes, sorted(points), point)
    print(f"errors: {len(points):,} injected over {len(calls):,} calls, bad {len(found)}", flush=True)
    return found


def erasure(place: Place, lanes: int, step: int) -> Sequence[str]:
    """Kill and fail an erasure at each of its calls."""
    calls = calls_of(place)
    found = told("erasure", len(range(0, len(calls), step)), sweep(place, calls, lanes, step))
    return [*found, *errors(place, calls, lanes, step)]


def traced(place: Place, out: Path, *options: str) -> int:
    """Run the command under strace; return its exit code."""
    done = subprocess.run(
        [str(STRACE), "-f", "-qq", *options, sys.executable, "-m", "pipeline", *place.words(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=LONGEST,
        check=False,
    )
    return 128 - done.returncode if done.returncode < 0 else done.returncode


def under(place: Place) -> Iterator[tuple[str, int]]:
    """Yield name and number of each system call under OUT that changes it, as strace counts them."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        out, log = Path(name) / "out", Path(name) / "log"
        shutil.copytree(place.folder / "old", out)
        if traced(place, out, "-y", "-o", os.fspath(log), "-e", f"trace={','.join(SYSTEM)}"):
            raise SystemExit("the traced run failed")
        first = log.read_bytes().split(b" ", 1)[0]
        numbers: Counter[str] = Counter()
        for line in log.read_bytes().split(b"\n"):
            found = re.match(rb"(\d+) +([a-z]+)\(", line)
            if found is None or found[1] != first:
                continue
            call = found[2].decode()
            numbers[call] += 1
            if os.fsencode(out) in line and (call != "openat" or b"O_CREAT" in line):
                yield call, numbers[call]


def system(place: Place, lanes: int, share: int) -> list[str]:
    """Kill a run at system calls under OUT, and let them be interrupted."""
    if STRACE is None:
        print("system: strace is not installed, not done", flush=True)
        return []
    points = list(under(place))
    chosen = [*points[:: max(1, len(points) // share)], *points[-12:]]
    tried = sorted({(call, n, how) for call, n in chosen for how in ("signal=KILL",)})
    tried += [
        (call, n, "error=EINTR")
        for call, n in chosen[:: max(1, len(chosen) // 12)]
        if call in {"write", "fsync"}
    ]

    def point(given: object) -> str:
        call, n, how = given  # type: ignore[misc]
        with tempfile.TemporaryDirectory(dir=MEMORY) as name:
            out = Path(name) / "out"
            shutil.copytree(place.folder / "old", out)
            inject = f"inject={call}:{how}:when={n}"
            code = traced(place, out, "-o", os.devnull, "-e", f"trace={call}", "-e", inject)
            if code != (137 if "KILL" in how else 0):
                return f"it ended with {code}"
            return resumed(place, out)

    found = shared(lanes, tried, point)
    print(
        f"system: {len(tried)} of {len(points)} calls under OUT struck by strace, bad {len(found)}",
        flush=True,
    )
    return found


def workers_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def free(out: Path) -> bool:
    """Wait until killed workers have given back the lock that they hold as copies of their run; False if they do not.

    A signal returns before the process that it kills has ended, and only the first of them is waited for.
    """
    path = out / ".work" / "lock"
    if not path.exists():
        return True
    with path.open("rb") as lock:
        for _ in range(LONGEST * 100):
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(0.01)
    return False


def killed(place: Place, out: Path, after: float, victim: str) -> str:
    """Start a run of two workers and kill it, all its processes, or one worker, after some time; say what was wrong.

    Its workers are copies of it: started anew they would import for most of the run, and be killed there.
    """

    def run() -> int:
        os.setsid()
        workers.START = "fork"  # type: ignore[misc]
        words = place.words(out, "--jobs", "2", "--set", "run.unit_bytes=4000")
        return main(words, standalone_mode=False) or 0

    pid = forked(run)
    time.sleep(after)
    started = workers_of(pid)
    with suppress(ProcessLookupError):
        if victim == "all":
            os.killpg(pid, signal.SIGKILL)
        elif victim == "run":
            os.kill(pid, signal.SIGKILL)
        elif started:
            os.kill(started[-1], signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # what may have outlived it
    if not free(out):
        return "the lock is held by a process that was killed"
    if code == -signal.SIGALRM:
        return "it hung"
    good = {0} if victim == "worker" else {0, -signal.SIGKILL}
    if code not in good:
        return f"it ended with {code}"
    if code == 0 and (out / MANIFEST).read_bytes() != place.manifests[1]:
        return "it ended with 0 and another tree"
    return ""


def kills(place: Place, lanes: int, count: int, seed: int) -> list[str]:
    """Kill runs of two workers at random times, each over what the last one left, and complete every fifth."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        if killed(place, Path(name) / "out", 0, "nobody"):
            raise SystemExit("the plain run of two workers failed")
    whole = time.monotonic() - begin

    def point(given: object) -> str:
        chance = random.Random(f"{seed} {given}")
        with tempfile.TemporaryDirectory(dir=MEMORY) as name:
            out = Path(name) / "out"
            shutil.copytree(place.folder / "old", out)
            for _ in range(5):
                victim = chance.choice(("all", "run", "run", "worker"))
                wrong = killed(place, out, chance.uniform(0.05, 1.1) * whole, victim)
                if wrong:
                    return f"{victim}: {wrong}"
            return resumed(place, out)

    found = shared(lanes, range(-(-count // 5)), point)
    print(
        f"kills: {5 * -(-count // 5)} of a run of {whole:.1f} s with two workers, bad {len(found)}",
        flush=True,
    )
    return found


def told(name: str, points: int, found: Sequence[str]) -> Sequence[str]:
    """Print the figures of a part; return what was wrong."""
    print(f"{name}: {points:,} kills, bad {len(found)}", flush=True)
    return found


def processor() -> float:
    """Return the processor seconds of all that was begun here and has ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--step", type=int, default=1, help="every so many calls of sweep and errors")
    parser.add_argument("--system", type=int, default=30, help="system calls that strace strikes at")
    parser.add_argument("--only", choices=("sweep", "errors", "erasure", "system", "kills"))
    return parser.parse_args()


def all_parts() -> int:
    """Do all parts, or the one that is asked for; return the exit code."""
    given = parsed()
    begin = time.monotonic()
    found: list[str] = []
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        small = made(Path(name) / "small", large=False)
        calls = calls_of(small)
        parts: dict[str, Callable[[], Sequence[str]]] = {
            "sweep": lambda: told(
                "sweep", len(range(0, len(calls), given.step)), sweep(small, calls, given.lanes, given.step)
            ),
            "errors": partial(errors, small, calls, given.lanes, given.step),
            "erasure": lambda: erasure(erasing(small), given.lanes, given.step),
            "system": partial(system, small, given.lanes, given.system),
            "kills": lambda: kills(
                made(Path(name) / "large", large=True), given.lanes, given.kills, given.seed
            ),
        }
        print(f"calls that change the disk: {dict(Counter(calls))}", flush=True)
        for part, work in parts.items():
            if given.only in {None, part}:
                here, spent = time.monotonic(), processor()
                found += work()
                took = processor() - spent
                print(f"  {part}: {time.monotonic() - here:.0f} s, of processors {took:.0f}", flush=True)
    print(*found, sep="\n")
    print(f"crash: bad {len(found)}, {time.monotonic() - begin:.0f} s", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(all_parts())
