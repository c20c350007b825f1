"""A run killed anywhere: what was complete stays usable, and the same command makes the same bytes.

First without a tracer: from the n-th call on, nothing of `pipeline.fsops` reaches the disk any more, as if the
process were gone.  Then, where strace is installed, processes are killed at real system calls.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import check, events, fsops, job
from pipeline.cli import main
from pipeline.errors import ResumeError
from pipeline.ledger import read_rows
from pipeline.settings import load

_SPEC = importlib.util.spec_from_file_location("disk", Path(__file__).with_name("disk.py"))
disk = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(disk)

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = "manifest-sha256.txt"
#: A Parquet writer that is dropped unfinished complains where nobody hears it; what is tested here is the disk.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

STRACE = shutil.which("strace")
#: System call → how many points of it are tried, in the long form and in the short one.
TRACED = {"rename": 4, "fsync": 2, "unlinkat": 2, "mkdir": 1, "write": 2, "openat": 1}
FEW = {"rename": 1, "write": 1}


class KilledError(BaseException):
    """The process is gone."""


class Disk(disk.Counting):
    """Call number `last` and all later ones that change the disk fail."""

    def __init__(self, last: int | None = None) -> None:
        super().__init__()
        self.last = last

    def struck(self, name: str, *arguments) -> None:
        if self.last is not None and len(self.calls) >= self.last:
            raise KilledError


def words(count: int, start: int) -> str:
    return " ".join(f"word{start + n * n}" for n in range(count))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with two inputs, the settings, and an output of each."""
    return made(tmp_path_factory.mktemp("kill"), "files")


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Return another, where outputs are packed."""
    return made(tmp_path_factory.mktemp("kill-packed"), "packed")


def made(folder: Path, layout: str) -> Path:
    (folder / "settings.toml").write_text(f'[run]\nlayout = "{layout}"\n')
    for top, texts in (("before", [30]), ("input", [30, 50, 90])):
        (folder / top).mkdir()
        for n in texts:
            lines = "".join(f"{words(20, n * 1000 + line)}\n" for line in range(4))
            (folder / top / f"{n}.txt").write_text(lines * 2)
    (folder / "input" / "bad.txt").write_bytes(b"not UTF-8: \xff\xfe\n" * 3)
    cleaned(folder / "before", folder / "old")
    cleaned(folder / "input", folder / "new")
    return folder


def cleaned(source: Path, out: Path) -> None:
    chosen = load(source.parent / "settings.toml", {"run.jobs": 1})
    job.run([source], out, chosen, prune=True, printer=events.Silent())


def killed(source: Path, out: Path, patch: pytest.MonkeyPatch, last: int | None) -> list[str]:
    """Run until call number `last`; return the calls."""
    stand_in = Disk(last)
    with patch.context() as here:
        here.setattr(fsops, "os", stand_in)
        here.setattr(fsops, "open", stand_in.opened, raising=False)
        if last is None:
            cleaned(source, out)
        else:
            with pytest.raises(KilledError):
                cleaned(source, out)
    return stand_in.calls


def assert_resumes(place: Path, out: Path) -> None:
    """What is there fits; the same command then makes the bytes of a run that nothing stopped."""
    expected = [(place / top / MANIFEST).read_bytes() for top in ("old", "new")]
    code = main(["verify", os.fspath(out), "--deep"], standalone_mode=False)
    if (out / MANIFEST).exists():
        assert code == 0
        assert (out / MANIFEST).read_bytes() in expected
    else:
        assert code == 2
    cleaned(place / "input", out)
    assert (out / MANIFEST).read_bytes() == expected[1]
    assert check.verify(out, deep=True).findings == ()
    assert not list(out.rglob(f"{fsops.TEMPORARY}*"))
    left = sorted(path.name for path in (out / ".work").iterdir())
    assert not {"swap.json", "old", "next"} & set(left)


def told_changes(out: Path) -> bytes:
    """Return how the tree differs from the last one of which a person was told."""
    return (out / ".work" / "changes.jsonl").read_bytes()


def spread(calls: list[str], count: int) -> list[int]:
    """Return numbers of calls: all renames from the first fsync after the last new file on, and others evenly."""
    last_new = max(n for n, name in enumerate(calls, 1) if name == "create")
    swap = [
        n for n, name in enumerate(calls, 1) if n > last_new - 12 and name in {"replace", "write", "create"}
    ]
    return sorted({*swap, *range(1, len(calls) + 1, max(1, len(calls) // count))})


def test_a_run_over_an_old_output_can_be_killed_at_any_change_of_the_disk(
    place, tmp_path, monkeypatch, thorough
):
    shutil.copytree(place / "old", tmp_path / "count")
    calls = killed(place / "input", tmp_path / "count", monkeypatch, None)
    assert disk.CHANGING - {"ftruncate"} <= {*calls, "unlink"}
    for n in spread(calls, 24 if thorough else 6):
        out = tmp_path / f"at-{n}"
        shutil.copytree(place / "old", out)
        killed(place / "input", out, monkeypatch, n)
        broken = (out / ".work" / "swap.json").exists()
        assert broken or (out / MANIFEST).exists(), n
        broken = broken or (out / MANIFEST).read_bytes() == (place / "old" / MANIFEST).read_bytes()
        assert_resumes(place, out)
        assert (out / MANIFEST).exists(), n
        assert told_changes(out) == (told_changes(tmp_path / "count") if broken else b""), n
        shutil.rmtree(out)


def test_a_packed_output_can_be_killed_and_goes_on_too(packed, tmp_path, monkeypatch, thorough):
    shutil.copytree(packed / "old", tmp_path / "count")
    calls = killed(packed / "input", tmp_path / "count", monkeypatch, None)
    for n in spread(calls, 24 if thorough else 5)[:: 1 if thorough else 2]:
        out = tmp_path / f"at-{n}"
        shutil.copytree(packed / "old", out)
        killed(packed / "input", out, monkeypatch, n)
        assert_resumes(packed, out)
        shutil.rmtree(out)


def test_a_first_run_can_be_killed_at_any_change_of_the_disk(place, tmp_path, monkeypatch, thorough):
    calls = killed(place / "input", tmp_path / "count", monkeypatch, None)
    for n in spread(calls, 8)[1 :: 1 if thorough else 2]:
        killed(place / "input", tmp_path / f"at-{n}", monkeypatch, n)
        assert_resumes(place, tmp_path / f"at-{n}")


def test_the_completion_of_a_swap_can_be_killed_too(place, tmp_path, monkeypatch):
    shutil.copytree(place / "old", tmp_path / "count")
    calls = killed(place / "input", tmp_path / "count", monkeypatch, None)
    first = max(n for n, name in enumerate(calls, 1) if name == "create")  # the end of the state file
    swapping = [n for n, name in enumerate(calls, 1) if name == "replace" and n < first][-8]
    for again in range(3, 24, 4):
        out = tmp_path / f"again-{again}"
        shutil.copytree(place / "old", out)
        killed(place / "input", out, monkeypatch, swapping)
        stand_in = Disk(again)
        with monkeypatch.context() as patch:
            patch.setattr(fsops, "os", stand_in)
            with contextlib.suppress(KilledError):
                main(["verify", os.fspath(out)], standalone_mode=False)
        assert_resumes(place, out)


def test_an_unfinished_restoration_leaves_no_file_that_is_not_whole(place, tmp_path, monkeypatch):
    from pipeline.restore import restore

    whole = {path.name: path.read_bytes() for path in (place / "input").iterdir()}
    for last in range(2, 9):
        target = tmp_path / f"back-{last}"
        with monkeypatch.context() as patch:
            patch.setattr(fsops, "os", Disk(last))
            with pytest.raises(KilledError):
                restore(place / "new", target)
        found = [p for p in target.rglob("*") if p.is_file() and not p.name.startswith(fsops.TEMPORARY)]
        assert all(path.read_bytes() == whole[path.name] for path in found)


def traced(place: Path, out: Path, *options: str) -> int:
    """Run the command under strace; return its exit code."""
    words = ["run", os.fspath(place / "input"), "-o", os.fspath(out), "--jobs", "1", "--quiet", "--prune"]
    done = subprocess.run(
        [str(STRACE), "-f", "-qq", *options, sys.executable, "-m", "pipeline", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode


def works(folder: Path) -> bool:
    """Whether processes may be traced here."""
    if STRACE is None:
        return False
    log = os.fspath(folder / "trace")
    return subprocess.run([STRACE, "-o", log, "true"], capture_output=True, check=False).returncode == 0


def test_a_process_killed_at_a_system_call_resumes(place, tmp_path, thorough):
    if not works(tmp_path):
        pytest.skip("strace is not installed, or may not trace here")
    log = tmp_path / "trace"
    shutil.copytree(place / "old", tmp_path / "count")
    assert traced(place, tmp_path / "count", "-o", os.fspath(log), "-e", f"trace={','.join(TRACED)}") == 0
    lines = [re.sub(rb"^\d+ +", b"", line) for line in log.read_bytes().split(b"\n")]
    for call, count in (TRACED if thorough else FEW).items():
        mine = [line for line in lines if line.startswith(call.encode() + b"(")]
        ours = [
            n for n, line in enumerate(mine, 1) if b"count" in line or b".tmp-" in line or call != "openat"
        ]
        step = max(1, len(ours) // count)
        for n in ours[step - 1 :: step][-count:]:
            out = tmp_path / f"{call}-{n}"
            shutil.copytree(place / "old", out)
            inject = f"inject={call}:signal=KILL:when={n}"
            code = traced(place, out, "-o", os.devnull, "-e", f"trace={call}", "-e", inject)
            assert code in {-9, 137} or n == ours[-1], (call, n, code)
            assert_resumes(place, out)
            shutil.rmtree(out)


def test_an_output_that_is_cut_anew_can_be_killed_at_any_change_of_the_disk(
    place, tmp_path, monkeypatch, thorough
):
    """The old tree stands or the new, the facts fit the one that does, and the same command ends with the new."""

    def cut(out: Path, policy: str, stand_in: Disk | None = None) -> bytes:
        with monkeypatch.context() as patch:
            if stand_in is not None:
                patch.setattr(fsops, "os", stand_in)
                patch.setattr(fsops, "open", stand_in.opened, raising=False)
            job.apply(out, None, {"run.policy": policy, "run.jobs": 1}, printer=events.Silent())
        return (out / MANIFEST).read_bytes()

    old = (place / "new" / MANIFEST).read_bytes()
    shutil.copytree(place / "new", tmp_path / "count")
    stand_in = Disk()
    new = cut(tmp_path / "count", "annotate", stand_in)
    for n in spread(stand_in.calls, 12)[:: 1 if thorough else 2]:
        out = tmp_path / f"at-{n}"
        shutil.copytree(place / "new", out)
        with pytest.raises(KilledError):
            cut(out, "annotate", Disk(n))
        assert main(["verify", os.fspath(out), "--deep"], standalone_mode=False) == 0
        assert (out / MANIFEST).read_bytes() in {old, new}
        assert cut(out, "annotate") == new
        assert len(list((out / ".work" / "facts").iterdir())) == 1
        assert cut(out, "standard") == old
        shutil.rmtree(out)


def test_an_erasure_can_be_killed_at_any_change_of_the_disk(place, tmp_path, monkeypatch):
    """The old tree stands or the new, and the same command ends with nothing of the text anywhere."""
    mark = b"word30009"  # of 30.txt alone

    def erase(out: Path, stand_in: Disk | None = None) -> bytes:
        rows = {row["path"]: row["id"] for row in read_rows(place / "new").documents}
        with monkeypatch.context() as patch:
            if stand_in is not None:
                patch.setattr(fsops, "os", stand_in)
                patch.setattr(fsops, "open", stand_in.opened, raising=False)
            job.forget(out, [rows["30.txt"]], job.Erasing("2026-11-28"), jobs=1, printer=events.Silent())
        return (out / MANIFEST).read_bytes()

    old = (place / "new" / MANIFEST).read_bytes()
    shutil.copytree(place / "new", tmp_path / "count")
    assert disk.traces(tmp_path / "count", mark)
    stand_in = Disk()
    new = erase(tmp_path / "count", stand_in)
    for n in spread(stand_in.calls, 16):
        out = tmp_path / f"at-{n}"
        shutil.copytree(place / "new", out)
        with pytest.raises(KilledError):
            erase(out, Disk(n))
        assert main(["verify", os.fspath(out), "--deep"], standalone_mode=False) == 0
        stood = (out / MANIFEST).read_bytes()
        assert stood in {old, new}
        if n % 2:  # a run may come before the command is given again: it builds on the tree that stands
            with contextlib.suppress(ResumeError):
                cleaned(place / "input", out)
            assert (out / MANIFEST).read_bytes() == stood
        assert erase(out) == new
        assert disk.traces(out, mark) == []
        cleaned(place / "input", out)
        assert (out / MANIFEST).read_bytes() == new
        assert disk.traces(out, mark) == []
        shutil.rmtree(out)
