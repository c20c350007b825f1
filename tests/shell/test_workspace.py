import json
import os
import subprocess
import sys
from itertools import count

import pytest

from pipeline import fsops, store
from pipeline.errors import DamageError, InternalError, LockedError, ResumeError, UsageError
from pipeline.workspace import MANIFEST, Workspace

OLD = {
    "clean/a.txt": b"old a",
    "clean/gone.txt": b"gone",
    "notes/a.note.md": b"n",
    "run.json": b"{}",
    "corpus.db": b"db",
    MANIFEST: b"m1",
}
NEW = {
    "clean/a.txt": b"new a",
    "clean/b/c.txt": b"new",
    "ledger/d.jsonl": b"l",
    "run.json": b"{1}",
    MANIFEST: b"m2",
}
THEIRS = {"decisions.jsonl": b"mine"}


def fill(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def tree(out):
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and ".work" not in path.parts
    }


def prepared(folder):
    """An output with an old tree, and a new one built aside."""
    workspace = Workspace(folder)
    fill(folder, OLD | THEIRS)
    workspace.begin("key", {"a": "1"})
    fill(workspace.next_tree, NEW)
    return workspace


class KilledError(BaseException):
    pass


class Dying:
    """The module `os` of a process that dies at its n-th call, and calls nothing after."""

    def __init__(self, n):
        self.left = n

    def __getattr__(self, name):
        value = getattr(os, name)
        return (
            self._counted(value)
            if callable(value) and name not in {"fspath", "strerror", "getpid"}
            else value
        )

    def _counted(self, function):
        def call(*args, **kwargs):
            self.left -= 1
            if self.left < 0:
                raise KilledError
            return function(*args, **kwargs)

        return call


def killed_at(n, action):
    """Whether `action` was killed at its n-th call of the system."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fsops, "os", Dying(n))
        try:
            action()
        except KilledError:
            return True
    return False


def test_a_commit_replaces_the_tree_and_leaves_other_files_alone(tmp_path):
    workspace = prepared(tmp_path / "out")
    assert workspace.commit() is True
    assert tree(workspace.out) == NEW | THEIRS
    assert sorted(p.name for p in workspace.work.iterdir()) == ["cache", "spill", "state.json"]


def test_killed_at_any_call_the_tree_is_the_old_or_the_new(tmp_path):
    n, seen = 0, set()
    while True:
        workspace = prepared(tmp_path / str(n))
        if not killed_at(n, workspace.commit):
            break
        later = Workspace(workspace.out)
        later.recover()
        now = tree(workspace.out)
        assert now in (OLD | THEIRS, NEW | THEIRS), n
        seen.add(now == NEW | THEIRS)
        assert later.recover() is False
        assert tree(workspace.out) == now
        assert not list(workspace.work.rglob(".tmp-*"))
        n += 1
    assert seen == {True, False}
    assert n > 40


def test_killed_while_recovering_the_tree_is_the_new(tmp_path):
    first = 0
    while True:  # the first point at which the journal stands
        workspace = prepared(tmp_path / f"probe{first}")
        killed_at(first, workspace.commit)
        if (workspace.work / "swap.json").exists():
            break
        first += 1
    for start in (first, first + 6, first + 14):
        n = 0
        while True:
            workspace = prepared(tmp_path / f"{start}-{n}")
            assert killed_at(start, workspace.commit)
            again = killed_at(n, Workspace(workspace.out).recover)
            Workspace(workspace.out).recover()
            assert tree(workspace.out) == NEW | THEIRS, (start, n)
            if not again:
                break
            n += 1


def test_a_recovered_swap_is_a_finished_run(tmp_path):
    for n in count(1):
        workspace = prepared(tmp_path / str(n))
        killed_at(n, workspace.commit)
        if (workspace.work / "swap.json").exists():
            break
    assert Workspace(workspace.out).recover() is True
    assert Workspace(workspace.out).begin("another", {}) is False


def test_a_damaged_journal_is_told_of(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.begin("key", {})
    for text in (b"{", b"[]", b'{"old": ["../x"], "new": []}'):
        (workspace.work / "swap.json").write_bytes(text)
        with pytest.raises(DamageError, match="not what was written"):
            workspace.recover()


def test_only_entries_of_a_tree_are_committed(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.begin("key", {})
    fill(workspace.next_tree, {"surprise": b""})
    with pytest.raises(InternalError, match="surprise"):
        workspace.commit()


def test_an_unfinished_run_is_taken_up_by_the_same_settings_only(tmp_path):
    workspace = Workspace(tmp_path)
    assert workspace.begin("k1", {"fingerprint.shingle": "3", "ftfy": "6.3"}) is False
    assert workspace.begin("k1", {"fingerprint.shingle": "3", "ftfy": "6.3"}) is True
    with pytest.raises(ResumeError, match=r"fingerprint\.shingle was 3, is 4; .*--restart"):
        workspace.begin("k2", {"fingerprint.shingle": "4", "ftfy": "6.3"})
    assert workspace.begin("k2", {"fingerprint.shingle": "4"}, restart=True) is False


def test_a_finished_run_just_reruns(tmp_path):
    workspace = prepared(tmp_path)
    workspace.commit()
    assert workspace.begin("another", {}) is False


def test_a_run_begins_with_an_empty_tree_and_the_cache_of_the_last(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.begin("k", {})
    fill(workspace.work, {"next/clean/a": b"", "next.1/clean/a": b"", "spill/s": b"", "cache/c": b"kept"})
    fill(workspace.next_tree, {"clean/b": b""})
    workspace.begin("k", {})
    assert not list(workspace.next_tree.iterdir())
    assert list(workspace.work.glob("next*")) == [workspace.next_tree]
    assert not list(workspace.spill.iterdir())
    assert (workspace.cache / "c").read_bytes() == b"kept"


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_a_process_that_outlived_its_run_still_writes_is_in_no_later_tree(tmp_path, when):
    """A worker notices that its run was killed when its task is done; the next run may have begun by then."""
    killed = prepared(tmp_path)
    late = store.Directory(killed.next_tree)
    late.put("notes/late.note.md", b"stale")
    workspace = Workspace(tmp_path)
    workspace.recover()
    workspace.begin("other", {"a": "2"}, restart=True)
    fill(workspace.next_tree, NEW)
    if when == "before":
        late.put("clean/a.txt", b"stale")
    workspace.commit()
    if when == "after":
        late.put("clean/a.txt", b"stale")
    assert tree(tmp_path) == NEW | THEIRS
    workspace.begin("again", {})
    assert list(workspace.work.glob("next*")) == [workspace.next_tree]


def test_a_discarded_tree_leaves_the_old_one(tmp_path):
    workspace = prepared(tmp_path)
    workspace.discard(keep=("ledger",))
    assert tree(tmp_path) == OLD | THEIRS
    assert [p.name for p in (tmp_path / ".work" / "next").iterdir()] == ["ledger"]
    assert workspace.begin("another", {}) is False


def test_a_second_run_is_kept_out_and_told_by_whom(tmp_path):
    with (
        Workspace(tmp_path).lock(),
        pytest.raises(LockedError, match=rf"process {os.getpid()} since \d{{4}}-"),
        Workspace(tmp_path).lock(),
    ):
        pass
    with Workspace(tmp_path).lock():
        pass


def test_a_killed_run_leaves_no_lock(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from pipeline.workspace import Workspace\n"
        "with Workspace(Path(sys.argv[1])).lock(): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == -9
    with Workspace(tmp_path).lock():
        pass


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    Workspace(tmp_path / "new").refuse()
    Workspace(tmp_path).refuse()
    (tmp_path / "thesis.txt").write_bytes(b"")
    with pytest.raises(UsageError, match="not empty"):
        Workspace(tmp_path).refuse()
    with pytest.raises(UsageError, match="not a folder"):
        Workspace(tmp_path / "thesis.txt").refuse()
    (tmp_path / "run.json").write_text(json.dumps({}))
    Workspace(tmp_path).refuse()


@pytest.mark.parametrize(
    ("inputs", "out", "wrong"),
    [
        ("news", "out", None),
        ("news", "news/out", "output lies inside"),
        ("news", "news/not/yet/made", "output lies inside"),
        ("news", "news", "output lies inside"),
        ("news", "link/out", "output lies inside"),  # link leads to news
        ("link", "news/out", "output lies inside"),
        ("news/sub", "news", "input lies inside"),
        ("news/sub/a.txt", "news", "input lies inside"),
        ("news", "newspaper", None),
    ],
)
def test_output_and_input_never_overlap(tmp_path, inputs, out, wrong):
    fill(tmp_path, {"news/sub/a.txt": b"x", "news/run.json": b"{}"})
    (tmp_path / "link").symlink_to(tmp_path / "news")
    if wrong is None:
        Workspace(tmp_path / out).refuse([tmp_path / inputs])
    else:
        with pytest.raises(UsageError, match=wrong):
            Workspace(tmp_path / out).refuse([tmp_path / inputs])


def test_a_locale_whose_names_of_files_are_not_utf_8_is_refused(tmp_path):
    (tmp_path / "新闻.txt").write_text("一座桥明天开通。\n", encoding="utf-8")
    code = "import sys; from pipeline.cli import main; sys.exit(main())"
    terms = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    found = subprocess.run(
        [sys.executable, "-c", code, "run", str(tmp_path), "-o", str(tmp_path) + "-out"],
        env={**os.environ, **terms},
        capture_output=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (2, b"")
    assert b"set PYTHONUTF8=1" in found.stderr
    assert not os.path.lexists(str(tmp_path) + "-out")
