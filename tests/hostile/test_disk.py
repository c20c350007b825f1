"""A disk that fails, fills, forgets or is slow: the right exit code, nothing lost, and the same command goes on."""

from __future__ import annotations

import errno
import importlib.util
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import check, events, fsops, job
from pipeline.cli import main
from pipeline.settings import load

_SPEC = importlib.util.spec_from_file_location("disk", Path(__file__).with_name("disk.py"))
disk = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(disk)

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with two inputs, and the output of each."""
    folder = tmp_path_factory.mktemp("disk")
    for top, numbers in (("before", [30]), ("input", [30, 50, 90])):
        (folder / top).mkdir()
        for n in numbers:
            (folder / top / f"{n}.txt").write_text(disk.article(n) * 2, "utf-8")
        assert clean(folder / top, folder / f"out-{top}") == 0
    return folder


def clean(source: Path, out: Path, *more: str) -> int:
    words = ["run", os.fspath(source), "-o", os.fspath(out), "--jobs", "1", "--quiet", "--prune", *more]
    return main(words, standalone_mode=False)


def manifest(out: Path) -> bytes:
    return (out / disk.MANIFEST).read_bytes()


def assert_goes_on(place: Path, out: Path) -> None:
    """The old tree stands, or the new; the same command then makes the new."""
    assert main(["verify", os.fspath(out), "--deep"], standalone_mode=False) == 0
    assert manifest(out) in {manifest(place / "out-before"), manifest(place / "out-input")}
    assert clean(place / "input", out) == 0
    assert manifest(out) == manifest(place / "out-input")
    assert not list(out.rglob(f"{fsops.TEMPORARY}*"))


@pytest.mark.parametrize(
    "code",
    [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EXDEV, errno.EACCES],
    ids=errno.errorcode.get,
)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_a_disk_that_fails_from_some_call_on_ends_the_run_with_6(place, tmp_path, capfd, code, share):
    """`crash.py` lets each call fail; here the first, one while the tree is made, one while it is put in place."""
    out = tmp_path / "out"
    shutil.copytree(place / "out-before", out)
    failing = disk.Failing(max(1, int(230 * share)), code, goes_on=True)
    with failing.standing_in():
        assert clean(place / "input", out) == 6
    assert len(failing.calls) >= failing.at
    told = capfd.readouterr().err.splitlines()[-1]
    assert told.startswith("error: cannot ")
    assert fsops._CURES[code] in told
    assert_goes_on(place, out)


class Forgetting(disk.Counting):
    """Stops at call number `last`; then the power fails: of files that were not made durable nothing is left."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.last = last
        self.durable: set[int] = set()  # inodes

    def struck(self, name: str, *arguments) -> None:
        if len(self.calls) >= self.last:
            raise PowerCutError
        if name == "fsync":
            self.durable.add(os.fstat(arguments[0]).st_ino)
        elif name == "write":
            self.durable.discard(os.fstat(arguments[0]).st_ino)

    def forget(self, out: Path, known: set[int]) -> int:
        """Empty all files that nobody made durable; return how many."""
        lost = [
            path
            for path in out.rglob("*")
            if path.is_file() and path.name != "lock" and path.stat().st_ino not in self.durable | known
        ]
        for path in lost:
            path.write_bytes(b"")
        return len(lost)


class PowerCutError(BaseException):
    """The power is gone."""


def test_after_a_power_cut_the_tree_is_the_old_or_the_new(place, tmp_path):
    """Names reach the disk in order, as journals keep them; what files hold only by `fsync`."""
    counted = disk.Counting()
    shutil.copytree(place / "out-before", tmp_path / "count")
    with counted.standing_in():
        assert clean(place / "input", tmp_path / "count") == 0
    lost = 0
    calls = len(counted.calls)
    for last in [*range(2, calls - 90, 45), *range(calls - 90, calls, 9)]:
        out = tmp_path / f"at-{last}"
        shutil.copytree(place / "out-before", out)
        known = {path.stat().st_ino for path in out.rglob("*")}
        cut = Forgetting(last)
        with cut.standing_in(), pytest.raises(PowerCutError):
            job.run([place / "input"], out, load(None, {"run.jobs": 1}), prune=True, printer=events.Silent())
        lost += cut.forget(out, known)
        assert_goes_on(place, out)
        shutil.rmtree(out)
    assert lost > 50


def test_calls_that_a_signal_interrupts_are_made_again(place, tmp_path):
    """A timer interrupts whatever waits, a thousand times a second."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        assert clean(place / "input", tmp_path / "out") == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert manifest(tmp_path / "out") == manifest(place / "out-input")


def test_inputs_that_change_after_a_run_was_stopped_are_read_as_they_are(place, tmp_path):
    source = tmp_path / "in"
    shutil.copytree(place / "input", source)
    out = tmp_path / "out"
    with Forgetting(60).standing_in(), pytest.raises(PowerCutError):
        job.run([source], out, load(None, {"run.jobs": 1}), printer=events.Silent())
    (source / "50.txt").write_text(disk.article(51), "utf-8")
    (source / "90.txt").unlink()
    (source / "91.txt").write_text(disk.article(91), "utf-8")
    assert clean(source, out) == 0
    assert clean(source, tmp_path / "fresh") == 0
    assert manifest(out) == manifest(tmp_path / "fresh")


def test_few_open_files_are_enough(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for n in range(80):
        (source / f"{n}.txt").write_text(disk.article(n), "utf-8")
    words = [
        "run",
        os.fspath(source),
        "-o",
        os.fspath(tmp_path / "out"),
        "--jobs",
        "2",
        "--set",
        "run.unit_bytes=9000",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert check.verify(tmp_path / "out").findings == ()
