"""Feeds changed files to what reads them: no error but our own, no hang over 2 s, no more memory than the cap.

    python tests/hostile/fuzz.py [--seconds N] [--seed N] [--only TARGET]

Targets: `any`, bytes of which nothing is known; `html`, pages; `archives`, what is packed; `ledger`, tables of an
output.  Each gets so many seconds of processor time.  The seeds are written by us (`fuzz_seeds`); what once failed is
kept in `found/`, and `test_fuzz` tries it again.  Exit 1 when something failed; the input is left in `found/`.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import mmap
import os
import random
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import fuzz_seeds  # noqa: E402

from pipeline import fsops  # noqa: E402
from pipeline.check import verify  # noqa: E402
from pipeline.cli import main  # noqa: E402
from pipeline.errors import CleanCorpusError, InternalError  # noqa: E402
from pipeline.ledger import OPTIONAL, TABLES, read_rows  # noqa: E402
from pipeline.passes import prepare  # noqa: E402
from pipeline.readers import Record, Unit, read  # noqa: E402
from pipeline.readers.packing import UnreadableError, packing_of, unpacked  # noqa: E402
from pipeline.readers.sniff import FIRST, told  # noqa: E402
from pipeline.settings import load  # noqa: E402
from pipeline.watch import hush  # noqa: E402

FOUND = HERE / "found"
LONGEST = 2.0  # seconds of processor time for one input
_LINE = 0.004  # seconds more for each line: what the limits say that lines cost which are much alike
_AGAIN = 2  # times a slow input is tried again: the others of a busy machine make the processor slow too
_CAP = 2 << 30  # bytes of memory
_LARGEST = 1 << 15  # bytes of an input: a longer one may take longer, as it grows
_RECORDS = 8  # of an input that are prepared
SETTINGS = load()


def read_any(data: bytes, name: bytes = b"a") -> None:
    """Read bytes as a run would, whatever they are, and prepare the first records."""
    packing, first = packing_of(data[:FIRST]), data[:FIRST]
    if packing:
        try:
            first = unpacked(io.BytesIO(data), packing, SETTINGS.read).read(FIRST)
        except UnreadableError:
            return
    kind = told(name, first, packing, SETTINGS.read.text_fields)
    as_media(data, kind.media, packing)


def as_media(data: bytes, media: str, packing: str = "") -> None:
    """Read bytes as what they are said to be, and prepare the first records."""
    unit = Unit("", b"a", "a", "", media, 0, len(data), len(data), packing=packing)
    for number, item in enumerate(read(unit, data, SETTINGS.read)):
        if isinstance(item, Record) and number < _RECORDS:
            prepare(item, SETTINGS)


def archive(data: bytes) -> None:
    """Read bytes as the archive that they begin like."""
    media = {b"z": "zip", b"t": "tar", b"w": "warc", b"p": "parquet"}.get(data[:1])
    if media:
        as_media(data[1:], media)
    else:
        read_any(data[1:])


class Ledger:
    """Tables of an output in which one file is changed, and signed anew."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out"
        (folder / "in").mkdir()
        for name, data in fuzz_seeds.TEXTS.items():
            (folder / "in" / name).write_bytes(data)
        words = ["run", os.fspath(folder / "in"), "-o", os.fspath(self.out), "--jobs", "1", "--quiet"]
        if main(words, standalone_mode=False):
            raise SystemExit("the run that makes an output failed")
        self.names = [f"ledger/{table}.jsonl" for table in TABLES if table not in OPTIONAL] + [
            "run.json",
            "manifest-sha256.txt",
        ]
        self.whole = {name: (self.out / name).read_bytes() for name in self.names}

    def seeds(self) -> list[bytes]:
        """Return the files, each behind its number."""
        return [bytes([n]) + self.whole[name] for n, name in enumerate(self.names)]

    def __call__(self, data: bytes) -> None:
        """Put a changed file in its place, read and verify the output."""
        name = self.names[data[0] % len(self.names)] if data else self.names[0]
        try:
            (self.out / name).write_bytes(data[1:])
            if not name.startswith("manifest"):
                old, new = (hashlib.sha256(d).hexdigest().encode() for d in (self.whole[name], data[1:]))
                signed = self.whole["manifest-sha256.txt"].replace(old, new)
                (self.out / "manifest-sha256.txt").write_bytes(signed)
            try:
                read_rows(self.out)
                verify(self.out, deep=True)
            except InternalError:
                raise
            except CleanCorpusError:
                pass
        finally:
            for restored in {name, "manifest-sha256.txt"}:
                (self.out / restored).write_bytes(self.whole[restored])


@dataclass(frozen=True, slots=True)
class Target:
    """Something to feed, and what to change."""

    act: Callable[[bytes], None]
    seeds: Sequence[bytes]
    words: Sequence[bytes]  # that mean something to it


def targets(folder: Path) -> dict[str, Callable[[], Target]]:
    """Return name → what makes a target."""

    def ledger() -> Target:
        made = Ledger(folder)
        return Target(made, made.seeds(), fuzz_seeds.JSON_WORDS)

    return {
        "any": lambda: Target(read_any, fuzz_seeds.anything(), fuzz_seeds.WORDS),
        "html": lambda: Target(
            lambda data: as_media(data, "html"), fuzz_seeds.pages(), fuzz_seeds.HTML_WORDS
        ),
        "archives": lambda: Target(archive, fuzz_seeds.archives(), fuzz_seeds.WORDS),
        "ledger": ledger,
    }


def changed(chance: random.Random, target: Target) -> bytes:
    """Return a seed with some changes."""
    data = bytearray(chance.choice(target.seeds))
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        at = chance.randrange(len(data) + 1)
        to = min(len(data), at + chance.choice((1, 4, 16, 256, 4096)))
        data[at:to] = chance.choice(CHANGES)(chance, bytes(data[at:to]), target)
        del data[_LARGEST:]
    return bytes(data)


def flipped(chance: random.Random, piece: bytes, _target: Target) -> bytes:
    """Return a piece with one bit turned."""
    at = chance.randrange(len(piece) or 1)
    return piece[:at] + bytes(b ^ 1 << chance.randrange(8) for b in piece[at : at + 1]) + piece[at + 1 :]


def numbered(chance: random.Random, piece: bytes, _target: Target) -> bytes:
    """Return a piece that begins with another length or number."""
    form = chance.choice(("<H", "<I", ">I", "<Q"))
    value = chance.choice((0, 1, 0x7FFF, 0xFFFF, 1 << 31, (1 << 32) - 1, (1 << 63) - 1))
    packed = struct.pack(form, value & ((1 << (8 * struct.calcsize(form))) - 1))
    return packed + piece[len(packed) :]


def spliced(chance: random.Random, piece: bytes, target: Target) -> bytes:
    """Return a piece with one of another seed before it."""
    other = chance.choice(target.seeds)
    begin = chance.randrange(len(other) + 1)
    return other[begin : begin + chance.choice((16, 256, 4096))] + piece


#: What may become of a piece of a seed.
CHANGES = (
    flipped,
    numbered,
    spliced,
    lambda chance, piece, target: chance.choice(target.words) + piece,
    lambda chance, piece, target: chance.choice(target.words),
    lambda chance, piece, target: chance.choice(target.words) * chance.choice((3, 100, 5000)) + piece,
    lambda chance, piece, target: piece * chance.choice((0, 2, 30, 1000)),
    lambda chance, piece, target: chance.randbytes(len(piece)),
)


class Shared:
    """What a worker works on and how far it is, seen by who waits for it."""

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, 24 + _LARGEST)

    def begin(self, count: int, data: bytes) -> None:
        self._map[: 16 + len(data)] = struct.pack("<QQ", count, len(data)) + data

    def state(self) -> tuple[int, bytes]:
        count, size = struct.unpack("<QQ", self._map[:16])
        return count, self._map[16 : 16 + size]


def taken(target: Target, data: bytes) -> float:
    """Return how many seconds of processor an input takes."""
    begin = time.process_time()
    target.act(data)
    return time.process_time() - begin


def fed(make: Callable[[], Target], name: str, shared: Shared, seed: str, seconds: float) -> None:
    """Feed a target for some seconds, in this process; an input that fails raises, one that is slow exits with 3."""
    chance = random.Random(seed)
    target = make()
    hush()
    resource.setrlimit(resource.RLIMIT_DATA, (_CAP, _CAP))
    done = 0
    for one in target.seeds:
        shared.begin(done, one)
        target.act(one)
    end = time.process_time() + seconds
    while (begin := time.process_time()) < end:
        data = changed(chance, target)
        shared.begin(done, data)
        signal.setitimer(signal.ITIMER_PROF, 10 * LONGEST)
        target.act(data)
        signal.setitimer(signal.ITIMER_PROF, 0)
        done += 1
        bar = LONGEST + _LINE * data.count(b"\n")
        if time.process_time() - begin > bar and all(taken(target, data) > bar for _ in range(_AGAIN)):
            os._exit(3)
    shared.begin(done, b"")


def fuzzed(make: Callable[[], Target], name: str, seed: int, seconds: float) -> int:
    """Feed a target in processes of its own, a new one after each failure; return how many inputs failed."""
    left, failed, inputs = seconds, 0, 0
    while left > 0 and failed < 5:
        shared = Shared()
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                fed(make, name, shared, f"{seed} {name} {failed}", left)
                code = 0
            except BaseException:  # noqa: BLE001 - the end of a process
                traceback.print_exc()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        count, data = shared.state()
        inputs += count
        if code == 0:
            break
        failed += 1
        FOUND.mkdir(exist_ok=True)
        path = FOUND / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
        path.write_bytes(data)
        what = "took too long" if code == 3 else f"ended with {code}"
        print(f"{name}: input {count} {what}, kept as found/{path.name}", flush=True)
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        left -= spent.ru_utime + spent.ru_stime - begin.ru_utime - begin.ru_stime
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"{name}: {inputs:,} inputs in {seconds:.0f} s of processor, {peak} MB at most", flush=True)
    return failed


def all_targets() -> int:
    """Feed all targets, or the one that is asked for; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("any", "html", "archives", "ledger"))
    given = parser.parse_args()
    failed = 0
    for name in ("any", "html", "archives", "ledger"):
        if given.only in {None, name}:
            folder = Path(tempfile.mkdtemp())
            try:
                failed += fuzzed(targets(folder)[name], name, given.seed, given.seconds)
            finally:
                shutil.rmtree(folder)
    print(f"fuzz: {failed} inputs failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    fsops.sync_tree = lambda root: True  # what is made here need not outlive a power cut
    sys.exit(all_targets())
