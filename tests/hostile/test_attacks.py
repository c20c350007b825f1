"""Attacks: no network, nothing written outside the output, nothing run or loaded from data, no quadratic pattern."""

from __future__ import annotations

import gzip
import importlib.util
import io
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pipeline import events, intake, job, passes
from pipeline.cli import main
from pipeline.ledger import read_rows
from pipeline.readers import Record, Refused, Unit, read, walk
from pipeline.readers.opening import load as loaded
from pipeline.reading import ReadSettings
from pipeline.settings import RunSettings, load
from stages.model import Rejected

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
READ = ReadSettings()

_SPEC = importlib.util.spec_from_file_location("disk", HERE / "disk.py")
disk = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(disk)


def items(media, data, packing="", settings=READ):
    unit = Unit("", b"a", "a", "/a", media, 0, len(data), len(data), packing=packing)
    return list(read(unit, data, settings))


def cleaned(source: Path, out: Path, **more):
    job.run([source], out, load(None, {"run.jobs": 1, **more}), printer=events.Silent())
    return read_rows(out)


_WATCHED = r"""
import os, sys
from pathlib import Path
source, out = map(os.path.realpath, sys.argv[1:3])
from pipeline import events, intake
from pipeline.job import run
from pipeline.settings import load
intake.risky = lambda units: False  # all of it here, where it is seen
run([Path(source)], Path(out) / "warm", load(None, {"run.jobs": 1}), printer=events.Silent())  # imports are done
seen = []
FORBIDDEN = ("socket.", "pickle.", "subprocess.", "os.exec", "os.spawn", "os.system", "os.posix_spawn", "ctypes.dlopen", "urllib.", "marshal.", "sqlite3.")
CHANGING = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "shutil."}

def inside(path):
    return isinstance(path, int) or os.path.realpath(os.fsdecode(path)).startswith(out)

def hook(event, arguments):
    if event.startswith(FORBIDDEN):
        seen.append((event, repr(arguments)[:200]))
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        if not inside(arguments[0]):
            seen.append((event, repr(arguments)[:200]))
    elif event in CHANGING and arguments[-1] == -1 and not inside(arguments[0]):  # by name, not by an open folder
        seen.append((event, repr(arguments)[:200]))

sys.addaudithook(hook)
run([Path(source)], Path(out) / "seen", load(None, {"run.jobs": 1}), printer=events.Silent())
print(*seen, sep="\n")
"""


def test_a_run_over_hostile_files_opens_no_connection_loads_no_code_and_writes_in_its_output_only(tmp_path):
    seeds = importlib.util.spec_from_file_location("fuzz_seeds", HERE / "fuzz_seeds.py")
    module = importlib.util.module_from_spec(seeds)
    sys.modules["disk"] = disk  # as a script would find it
    try:
        seeds.loader.exec_module(module)
    finally:
        del sys.modules["disk"]
    source = tmp_path / "in"
    source.mkdir()
    for number, data in enumerate(module.anything()):
        (source / f"{number}").write_bytes(data)
    for number, data in enumerate(module.pages()):
        loads = b"<img src=http://127.0.0.1:9/x><script src=//127.0.0.1:9/></script><link rel=stylesheet href=//127.0.0.1:9>"
        entity = b'<!DOCTYPE html [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>'
        (source / f"{number}.html").write_bytes(entity + data.replace(b"<body>", b"<body>&x;" + loads))
    (tmp_path / "watched.py").write_text(_WATCHED, "utf-8")
    done = subprocess.run(
        [sys.executable, "-B", str(tmp_path / "watched.py"), str(source), str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_no_entity_of_a_page_is_read_from_a_file(tmp_path):
    (tmp_path / "secret").write_text("CANARY")
    for entity in (f'SYSTEM "file://{tmp_path}/secret"', f'PUBLIC "x" "{tmp_path}/secret"'):
        data = f"<!DOCTYPE html [<!ENTITY x {entity}>]><body><p>&x; one two three</p></body>".encode()
        (record,) = items("html", data)
        result = passes.prepare(record, load())
        assert "one two three" in result.text
        assert "CANARY" not in result.text


@pytest.mark.parametrize(
    "data",
    [
        b"\x28\xb5\x2f\xfd\xe0" + (16 << 30).to_bytes(8, "little") + b"\x01\0\0",  # says that it holds 16 GiB
        b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3]) + b"\x19\0\0abc",  # wants a window of 2 GiB
        b"\x28\xb5\x2f\xfd\x00" + bytes([(41 - 10) << 3]) + b"\x19\0\0abc",
    ],
    ids=["size", "window", "window past all"],
)
def test_a_zstandard_frame_that_asks_for_gigabytes_is_not_given_them(data):
    """In a process that has not got them, so that a believed header would fail."""
    script = (
        "import resource, sys; from pipeline.readers import Unit, read; from pipeline.settings import ReadSettings\n"
        "import pyarrow; data = bytes.fromhex(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))\n"
        "unit = Unit('', b'a', 'a', '', 'txt', 0, len(data), len(data), packing='zst')\n"
        "print(*(getattr(i, 'rejected', i).reason for i in read(unit, data, ReadSettings())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, data.hex()],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.strip() in {"damaged", "too_large"}, done.stderr


def test_a_head_of_a_crawl_record_that_never_ends_is_refused_at_once():
    for head in (b"X: " + b"a" * (64 << 20), b"".join(b"X%d: a\r\n" % n for n in range(200_000))):
        begin = time.process_time()
        found = items("warc", b"WARC/1.0\r\n" + head + b"\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n")
        assert [i.rejected.reason for i in found if isinstance(i, Refused)][:1] == ["warc"]
        assert not any(isinstance(i, Record) for i in found)
        assert time.process_time() - begin < 5


def test_a_file_of_a_terabyte_is_refused_unread(tmp_path):
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(1 << 40)
    (unit,) = walk.walk([tmp_path], RunSettings(), READ).units
    result = loaded(unit)
    assert isinstance(result, Rejected)
    assert result.reason == "too_large"


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs /proc")
def test_a_file_that_says_it_is_empty_and_is_not_gives_no_more_than_it_says():
    (unit,) = walk.walk([Path("/proc/version")], RunSettings(), READ).units
    assert loaded(unit) == b""


def test_a_folder_that_a_link_took_the_place_of_is_not_followed(tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    for folder in ("in/sub", "secret"):
        (tmp_path / folder / "a.txt").write_text(folder[:6])
    (unit,) = walk.walk([tmp_path / "in"], RunSettings(), READ).units
    (tmp_path / "in" / "sub").rename(tmp_path / "gone")
    (tmp_path / "in" / "sub").symlink_to(tmp_path / "secret")
    result = loaded(unit)
    assert isinstance(result, Rejected)
    assert result.reason == "changed"


def test_a_hard_link_is_a_copy_like_any_other(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(disk.article(1))
    os.link(tmp_path / "in" / "a.txt", tmp_path / "in" / "b.txt")
    found = cleaned(tmp_path / "in", tmp_path / "out")
    assert [(d["path"], d["status"]) for d in found.documents] == [("a.txt", "kept"), ("b.txt", "removed")]


def test_no_input_is_mapped_into_memory():
    """A file that is cut while it is mapped kills its reader."""
    for path in (ROOT / "pipeline" / "readers").glob("*.py"):
        assert "mmap" not in path.read_text("utf-8")
        assert "memory_map=True" not in path.read_text("utf-8")
    assert "memory_map(str(index))" in (ROOT / "pipeline" / "cache.py").read_text("utf-8")  # of our own only


#: What makes a pattern look back again and again.
LONG = ["a", " ", "\n ", "&#", "<a ", "(a", '"', "[](", "2020-", "1,", "\u3000", "日 "]


@pytest.mark.parametrize("unit", LONG)
@pytest.mark.parametrize("media", ["txt", "md", "html"])
def test_four_times_a_unit_takes_less_than_nine_times_the_time(media, unit):
    """Where a pattern looks back from each place, time grows with the square: sixteen times."""

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        if media == "html":
            text = f"<html><head><title>{text}</title></head><body><p>渡轮\n今日 {text}</p></body></html>"
        begin = time.process_time()
        for item in items(media, text.encode()):
            passes.prepare(item, settings)
        return time.process_time() - begin

    settings = load()
    seconds(200)
    assert seconds(12_000) < 9 * seconds(3_000) + 0.3


def test_what_two_texts_share_by_chance_or_by_design_removes_nothing(tmp_path, monkeypatch):
    """Tokens that were chosen to make two sketches alike; the text decides."""
    import numpy as np

    from stages.fingerprint import sketch

    settings = load()
    monkeypatch.setattr(passes, "sketch", sketch)
    chance = random.Random(3)
    words = [f"w{chance.randrange(10**9)}x" for _ in range(3000)]
    best: dict[int, tuple[int, str]] = {}
    for word in words:
        values, _ = sketch(word, [passes.Span(0, len(word))], settings.fingerprint)
        for at, value in enumerate(np.asarray(values).tolist()):
            best[at] = min(best.get(at, (1 << 62, "")), (value, word))
    poison = " ".join(sorted({word for _, word in best.values()}))
    source = tmp_path / "in"
    source.mkdir()
    for name, number in (("a", 1), ("b", 2)):
        lines = "".join(disk.article(number * 100 + n) for n in range(8))
        (source / f"{name}.txt").write_text("".join(f"{word}\n" for word in poison.split()) + lines)
    assert [d["status"] for d in cleaned(source, tmp_path / "out").documents] == ["kept", "kept"]


def test_texts_whose_short_hashes_collide_are_told_apart_by_their_text(tmp_path, monkeypatch):
    """Every hash of 64 bits is cut to two: what is removed stays the same, for the text is looked at."""
    source = tmp_path / "in"
    source.mkdir()
    for n in range(12):
        (source / f"{n:02}.txt").write_text(disk.article(n % 9))
    plain = [(d["path"], d["status"]) for d in cleaned(source, tmp_path / "plain").documents]
    hashed = passes.key_hashes
    monkeypatch.setattr(passes, "key_hashes", lambda hashes, edges: hashed(hashes, edges) % np.uint64(4))
    assert [(d["path"], d["status"]) for d in cleaned(source, tmp_path / "cut").documents] == plain
    assert sum(status == "removed" for _, status in plain) == 3


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_no_text_of_a_document_is_printed_by_a_run(tmp_path, capfd, debug):
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.txt").write_text(f"CANARY {disk.article(1)}" * 2)
    (source / "b.jsonl").write_text('{"text": "CANARY"}\n{"text": "CANARY \n')
    (source / "c.html").write_bytes(disk.page(1).replace(b"<body>", b"<body>CANARY"))
    words = [*debug, "run", os.fspath(source), "-o", os.fspath(tmp_path / "out"), "--jobs", "1"]
    assert main(words, standalone_mode=False) == 3
    shown = capfd.readouterr()
    assert "CANARY" not in shown.err


def test_the_bytes_are_the_same_without_the_fast_paths_of_a_processor(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for n in range(6):
        (source / f"{n}.txt").write_text(disk.article(n % 4) + disk.article(n))
    made = []
    for number, off in enumerate(("", "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX")):
        out = tmp_path / f"out-{number}"
        subprocess.run(
            [sys.executable, "-m", "pipeline", "run", str(source), "-o", str(out), "--jobs", "1", "--quiet"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "NPY_DISABLE_CPU_FEATURES": off},
            capture_output=True,
            check=True,
            timeout=120,
        )
        made.append((out / disk.MANIFEST).read_bytes())
    assert made[0] == made[1]


def test_what_is_packed_in_what_is_packed_is_not_unpacked_for_ever():
    data = b"text\n"
    for _ in range(20):
        data = gzip.compress(data)
    unit = Unit("", b"a.gz", "a", "", "txt", 0, len(data), len(data), packing="gz")
    (only,) = read(unit, io.BytesIO(data).read(), READ)
    assert isinstance(only, Refused) or only.payload[:2] == b"\x1f\x8b"  # unpacked once
    assert intake.risky([unit])
