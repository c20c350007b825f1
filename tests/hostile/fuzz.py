"""Feeds changed files to what reads them: no error but our own, no hang over 2 s, no more memory than the cap.

    python tests/hostile/fuzz.py [--seconds N] [--seed N] [--lanes N] [--only TARGET] [--short | --keep]

Targets: `any`, bytes of which nothing is known; `html`, pages; `archives`, what is packed; `ledger`, tables of an
output.  Each gets so many seconds of processor time, two of them at a time.  Inputs are changed from seeds that are
written by us (`fuzz_seeds`) and from `corpus/`, changed ones that had an outcome no other had (`--keep` adds such);
what once failed is in `found/`, and tried again first.  With `--short` the number of inputs is bounded too, so that
every machine tries the same: what fails then is of a change, never of luck.
Exit 1 when something failed; the input is left in `found/`.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import math
import mmap
import os
import random
import re
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.packs import Prepared

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
from stages.model import Rejected  # noqa: E402

FOUND, CORPUS = HERE / "found", HERE / "corpus"
#: Inputs of `--short`: what two minutes of processor are enough for on the machine where they were counted.
SHORT = {"any": 6_000, "html": 4_000, "archives": 20_000, "ledger": 32_000}
_SLOWEST = 5  # times as slow as that one may a machine be, before it tries fewer
LONGEST = 2.0  # seconds of processor time for one input
_LINE = 0.004  # seconds more for each line: what the limits say that lines cost which are much alike
_FAILURES = 5  # of one target that are looked for
_AGAIN = 2  # times a slow input is tried again: the others of a busy machine make the processor slow too
_CAP = 2 << 30  # bytes of memory
_STEPS, _STEPS_TAKE = (
    1_000_000,
    0.1,
)  # of a sum, and the seconds of processor that they take where `LONGEST` holds
_LARGEST = 1 << 15  # bytes of an input: a longer one may take longer, as it grows
_RECORDS = 8  # of an input that are prepared
_KEPT = 4096  # bytes of an input that is kept for its outcome
_VALUE = re.compile(r"[\W\d_]+|\b[0-9a-f]{8,}\b|'.*'|\".*\"")  # what differs between findings that are alike
SETTINGS = load()


#: What came of an input, in words that tell outcomes apart.
Outcome = frozenset[str]


def read_any(data: bytes, name: bytes = b"a") -> Outcome:
    """Read bytes as a run would, whatever they are, and prepare the first records."""
    packing, first = packing_of(data[:FIRST]), data[:FIRST]
    if packing:
        try:
            first = unpacked(io.BytesIO(data), packing, SETTINGS.read).read(FIRST)
        except UnreadableError:
            return frozenset({f"unreadable {packing}"})
    kind = told(name, first, packing, SETTINGS.read.text_fields)
    return as_media(data, kind.media, packing)


def as_media(data: bytes, media: str, packing: str = "") -> Outcome:
    """Read bytes as what they are said to be, and prepare the first records."""
    unit = Unit("", b"a", "a", "", media, 0, len(data), len(data), packing=packing)
    said: set[str] = set()
    for number, item in enumerate(read(unit, data, SETTINGS.read)):
        if not isinstance(item, Record):
            said.add(f"{media} {packing} {getattr(item, 'reason', type(item).__name__)}")
        elif number < _RECORDS:
            said.update(told_of(prepare(item, SETTINGS)))
    return frozenset(said)


def told_of(made: Prepared | Rejected) -> Iterator[str]:
    """Yield what sets a document apart: how it was read, which rules met."""
    if isinstance(made, Rejected):
        yield made.reason
        return
    found = made.found
    yield f"{found.source.media} {found.source.encoding} {found.source.how} {found.source.extractor}"
    yield from found.flags
    yield from (f"edit {edit.rule}" for edit in found.edits)
    yield from (f"repair {repair.rule}" for repair in found.source.repairs)
    yield from (f"repeat {repeat.cls} {bool(repeat.cuts)}" for repeat in found.repeats)
    yield from (f"line {paragraph.role} {paragraph.rule}" for paragraph in found.paragraphs)
    yield from (f"lines {block.mode}" for block in found.blocks)


def archive(data: bytes) -> Outcome:
    """Read bytes as the archive that they begin like."""
    media = {b"z": "zip", b"t": "tar", b"w": "warc", b"p": "parquet"}.get(data[:1])
    return as_media(data[1:], media) if media else read_any(data[1:])


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

    def __call__(self, data: bytes) -> Outcome:
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
                said = [finding.what for finding in verify(self.out, deep=True).findings]
            except InternalError:
                raise
            except CleanCorpusError as error:
                said = [str(error)]
            return frozenset(f"{name} {_VALUE.sub('', one)}" for one in said)
        finally:
            for restored in {name, "manifest-sha256.txt"}:
                (self.out / restored).write_bytes(self.whole[restored])


@dataclass(frozen=True, slots=True)
class Target:
    """Something to feed, what to try as it is, and what to change."""

    act: Callable[[bytes], Outcome]
    found: Sequence[bytes]  # large ones among them, which take long
    seeds: Sequence[bytes]
    words: Sequence[bytes]  # that mean something to it


def kept(place: Path, name: str) -> list[bytes]:
    """Return what is kept for a target, in the order of names."""
    return [path.read_bytes() for path in sorted(place.glob(f"{name}-*"))]


def targets(folder: Path) -> dict[str, Callable[[], Target]]:
    """Return name → what makes a target."""

    def of(name: str, act: Callable[[bytes], Outcome], seeds: list[bytes], words: Sequence[bytes]) -> Target:
        return Target(act, kept(FOUND, name), [*seeds, *kept(CORPUS, name)], words)

    def ledger() -> Target:
        made = Ledger(folder)
        return of("ledger", made, made.seeds(), fuzz_seeds.JSON_WORDS)

    return {
        "any": lambda: of("any", read_any, fuzz_seeds.anything(), fuzz_seeds.WORDS),
        "html": lambda: of(
            "html", lambda data: as_media(data, "html"), fuzz_seeds.pages(), fuzz_seeds.HTML_WORDS
        ),
        "archives": lambda: of("archives", archive, fuzz_seeds.archives(), fuzz_seeds.WORDS),
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


@dataclass(frozen=True, slots=True)
class Share:
    """What a target gets."""

    seconds: float  # of processor
    inputs: float = math.inf
    keep: bool = False  # what has an outcome of its own


class Shared:
    """What a worker works on and how far it is, seen by who waits for it."""

    _HEAD = struct.Struct("<QdQ")

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, self._HEAD.size + _LARGEST)

    def begin(self, count: int, slowest: float, data: bytes) -> None:
        """Note how many inputs are done, what the slowest took, and which is next."""
        self._map[: self._HEAD.size + len(data)] = self._HEAD.pack(count, slowest, len(data)) + data

    def state(self) -> tuple[int, float, bytes]:
        """Return what was noted last."""
        count, slowest, size = self._HEAD.unpack(self._map[: self._HEAD.size])
        return count, slowest, self._map[self._HEAD.size : self._HEAD.size + size]


def taken(target: Target, data: bytes) -> tuple[float, Outcome]:
    """Return how many seconds of processor an input takes, of which C code may not hang for long; and its outcome."""
    signal.setitimer(signal.ITIMER_PROF, 10 * LONGEST)
    begin = time.process_time()
    said = target.act(data)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return time.process_time() - begin, said


def pace() -> float:
    """Return how many times as slow this machine is now as the one on which two seconds hold; at least 1."""
    least = math.inf
    for _ in range(1 + _AGAIN):
        begin, value = time.process_time(), 0
        for step in range(_STEPS):
            value = (31 * value + step) & 0xFFFFFFFF
        least = min(least, time.process_time() - begin)
    return max(1.0, least / _STEPS_TAKE)


def fed(target: Target, name: str, shared: Shared, chance: random.Random, given: Share) -> None:
    """Feed a target, in this process; an input that fails raises, one that is slow exits with 3."""
    hush()
    resource.setrlimit(resource.RLIMIT_DATA, (_CAP, _CAP))
    seen: set[str] = set()
    begin = [*target.found, *target.seeds]
    slowest, done = 0.0, -len(begin)
    end = time.process_time() + given.seconds
    while done < given.inputs and (done < 0 or time.process_time() < end):
        data = begin[done] if done < 0 else changed(chance, target)
        shared.begin(max(0, done), slowest, data)
        took, said = taken(target, data)
        bar = LONGEST + _LINE * len(data.splitlines())
        if took > bar:
            took = min(took, *(taken(target, data)[0] for _ in range(_AGAIN))) / pace()
        if took > bar:
            os._exit(3)
        slowest = max(slowest, took)
        if given.keep and done >= 0 and said - seen and len(data) <= _KEPT:
            written(CORPUS, name, data)
        seen |= said
        done += 1
    shared.begin(max(0, done), slowest, b"")


def written(place: Path, name: str, data: bytes) -> Path:
    """Keep an input."""
    place.mkdir(exist_ok=True)
    path = place / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


def fuzzed(target: Target, name: str, seed: int, given: Share) -> int:
    """Feed a target in processes of its own, a new one after each failure; return how many inputs failed."""
    failed, inputs, longest, spent = 0, 0, 0.0, 0.0
    while failed < _FAILURES and inputs < given.inputs and spent < given.seconds:
        shared = Shared()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                left = replace(given, seconds=given.seconds - spent, inputs=given.inputs - inputs)
                fed(target, name, shared, random.Random(f"{seed} {name} {failed}"), left)
                code = 0
            except BaseException:  # noqa: BLE001 - the end of a process
                traceback.print_exc()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        count, slowest, data = shared.state()
        inputs, longest = inputs + count, max(longest, slowest)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = usage.ru_utime + usage.ru_stime
        if code == 0:
            break
        failed += 1
        what = "took too long" if code == 3 else f"ended with {code}"
        print(f"{name}: input {count} {what}, kept as found/{written(FOUND, name, data).name}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(
        f"{name}: {inputs:,} inputs in {spent:.0f} s of processor, the slowest {longest:.2f} s, {peak} MB at most,"
        f" {failed} failed",
        flush=True,
    )
    return failed


def in_lanes(names: Sequence[str], work: Callable[[str], int], lanes: int) -> int:
    """Do the work for each name in a process of its own, so many at a time; return how many ended badly."""
    wrong, running, left = 0, 0, list(names)
    while running or left:
        if left and running < lanes:
            name = left.pop(0)
            running += 1
            if os.fork() == 0:
                code = 1
                try:
                    code = min(work(name), 1)
                except BaseException:  # noqa: BLE001 - the end of a process
                    traceback.print_exc()
                os._exit(code)
            continue
        wrong += os.wait()[1] != 0
        running -= 1
    return wrong


def all_targets() -> int:
    """Feed all targets, or the one that is asked for; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--only", choices=tuple(SHORT))
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--short", action="store_true", help="the same inputs on every machine, seconds by a table"
    )
    how.add_argument("--keep", action="store_true", help="keep small inputs with an outcome of their own")
    given = parser.parse_args()

    def work(name: str) -> int:
        share = Share(_SLOWEST * 120, SHORT[name]) if given.short else Share(given.seconds, keep=given.keep)
        with tempfile.TemporaryDirectory() as folder:
            return fuzzed(targets(Path(folder))[name](), name, given.seed, share)

    wrong = in_lanes([given.only] if given.only else tuple(SHORT), work, given.lanes)
    print(f"fuzz: {wrong} targets failed", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    fsops.sync_tree = lambda root: True  # what is made here need not outlive a power cut
    sys.exit(all_targets())
