"""Laws of comparing with an archive: it is only read, what it holds goes, and the new output stands alone."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import events
from pipeline.check import verify
from pipeline.job import run
from pipeline.ledger import Output
from pipeline.restore import restore
from pipeline.settings import load

_SPEC = importlib.util.spec_from_file_location("promises", Path(__file__).with_name("test_promises.py"))
promises = importlib.util.module_from_spec(_SPEC)
sys.modules["promises"] = promises
_SPEC.loader.exec_module(promises)

LAW = settings.get_profile("runs")
SEEDS = st.integers(0, 10**6)
POLICIES = st.sampled_from(["standard", "standard", "training", "cautious"])


def state(folder):
    """Everything that can be seen of a folder: names, bytes, times."""
    return {
        p.relative_to(folder).as_posix(): (p.lstat().st_mtime_ns, p.read_bytes() if p.is_file() else None)
        for p in sorted(folder.rglob("*"))
    }


class Against:
    """Files cleaned in parts: first some, then others against the output of the first."""

    def __init__(self, first, second, **overrides):
        self.root = Path(tempfile.mkdtemp(prefix="law-"))
        self.settings = load(None, {"run.jobs": 1, **overrides})
        self.archive, self.out = self.root / "archive", self.root / "out"
        self.first = promises.write(self.root / "first", first)
        self.second = promises.write(self.root / "second", second)
        run([self.first], self.archive, self.settings, printer=events.Silent())
        shutil.rmtree(self.archive / ".work")
        self.before = state(self.archive)
        self.result = run(
            [self.second], self.out, self.settings, against=[self.archive], printer=events.Silent()
        )
        self.rows = Output(self.out).rows()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)


@LAW
@given(SEEDS, POLICIES)
def test_what_an_archive_was_made_of_goes_for_it(seed, policy):
    files = promises.folder_of(seed)
    with Against(files, files, **{"run.policy": policy}) as case:
        earlier = {d["id"]: d for d in Output(case.archive).rows().documents}
        archived = {row["id"]: row for row in case.rows.archived}
        assert {d["id"] for d in case.rows.documents} == set(earlier)
        for document in case.rows.documents:
            was = earlier[document["id"]]
            assert document["status"] == "removed", document["path"]
            of = archived[document["of"]]
            assert of["archive"] == "archive"
            if was["status"] == "kept":
                assert (document["tier"], of["doc"]) == ("identical", document["id"])
            else:
                assert (document["tier"], of["doc"]) == (was["tier"], was["of"])
        counts = case.result.run["counts"]["documents"]
        assert counts["removed_for_archives"] == counts["in"] == counts["removed"]
        assert case.result.run["balance"] == {"bytes": 0, "documents": 0, "characters": 0}


@LAW
@given(SEEDS, SEEDS, POLICIES)
def test_an_archive_is_only_read_and_the_output_stands_without_it(one, two, policy):
    first, second = promises.folder_of(one), promises.folder_of(two) | {"x/a.txt": b""}
    second |= {f"again/{name}": data for name, data in first.items() if name.endswith(".txt")}
    with Against(first, second, **{"run.policy": policy}) as case:
        assert state(case.archive) == case.before
        shutil.rmtree(case.archive)
        assert verify(case.out, deep=True).findings == ()
        back = case.root / "back"
        restore(case.out, back)
        lost = {row["path"] for row in case.rows.skipped}
        for name, data in second.items():
            if name.endswith(".txt") and name not in lost:
                assert (back / name).read_bytes() == data
        kept = {d["id"] for d in case.rows.documents if d["status"] == "kept"}
        assert all(span["from"] is None or span["from"] in kept for span in case.rows.spans)


@LAW
@given(SEEDS)
def test_nothing_goes_for_an_archive_on_a_guess(seed):
    files = promises.folder_of(seed)
    names = sorted(files)
    with Against(
        {n: files[n] for n in names[::2]}, {n: files[n] for n in names[1::2]} | {"b/z.txt": files["lost.txt"]}
    ) as case:
        ids = {d["id"]: d["status"] for d in case.rows.documents}
        archived = {row["id"] for row in case.rows.archived}
        pairs = {frozenset((p["a"], p["b"])): p for p in case.rows.pairs}
        assert not any(p["a"] in archived and p["b"] in archived for p in case.rows.pairs)
        for document in case.rows.documents:
            if document["status"] == "removed":
                assert document["of"] in archived or ids[document["of"]] == "kept"
                pair = pairs[frozenset((document["id"], document["of"]))]
                assert pair["accepted"]
                assert not pair["only_a" if pair["a"] == document["id"] else "only_b"]


def tree(out):
    return (out / "manifest-sha256.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Two archives and new files that repeat some of each."""
    root = tmp_path_factory.mktemp("parts")
    for n, seed in enumerate((11, 12)):
        files = promises.folder_of(seed)
        promises.write(root / f"in-{n}", files)
        promises.write(root / "new" / str(n), {k: v for k, v in files.items() if k.endswith(".txt")})
        chosen = load(None, {"run.jobs": 1})
        run([root / f"in-{n}"], root / f"archive-{n}", chosen, printer=events.Silent())
    promises.write(root / "new", promises.folder_of(13))
    return root


def test_the_same_bytes_whatever_the_order_of_archives_jobs_and_hash_seed(parts, tmp_path):
    archives = [parts / "archive-0", parts / "archive-1"]
    seen = set()
    for n, (order, jobs, hash_seed) in enumerate((([0, 1], "1", "0"), ([1, 0, 1], "2", "77"))):
        out = tmp_path / f"out-{n}"
        words = [word for a in order for word in ("--against", str(archives[a]))]
        command = [sys.executable, "-m", "pipeline", "run", str(parts / "new"), "-o", str(out), *words]
        environ = dict(os.environ, PYTHONHASHSEED=hash_seed, LC_ALL="C")
        done = subprocess.run(
            [*command, "--jobs", jobs, "--set", "run.unit_bytes=4000"],
            env=environ,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 3, done.stderr
        seen.add(tree(out))
    assert len(seen) == 1
    assert str(tmp_path) not in seen.pop()
    text = (tmp_path / "out-0" / "run.json").read_text(encoding="utf-8")
    assert str(parts) not in text
    assert [a["label"] for a in json.loads(text)["archives"]] != []


def test_a_second_run_against_the_same_archive_gives_the_same_bytes(parts, tmp_path):
    out, chosen = tmp_path / "out", load(None, {"run.jobs": 1})
    run([parts / "new"], out, chosen, against=[parts / "archive-0"], printer=events.Silent())
    first, packs = tree(out), sorted(p.name for p in (out / ".work" / "cache").glob("*.arrow"))
    run([parts / "new"], out, chosen, against=[parts / "archive-0"], printer=events.Silent())
    assert tree(out) == first
    assert sorted(p.name for p in (out / ".work" / "cache").glob("*.arrow")) == packs
