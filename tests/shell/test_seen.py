"""Inputs that nothing has touched are not read again; what cannot be read, or was refused, is known from before."""

from __future__ import annotations

import errno
import gzip
import importlib
import io
import json
import os
import shutil
import zipfile
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import barrier, events, intake, job, passes, terms
from pipeline.check import verify
from pipeline.errors import UsageError
from pipeline.ledger import Output
from pipeline.readers import opening, stamps
from pipeline.settings import load
from stages import decide


class Told(events.Silent):
    """Remembers what was said."""

    def __init__(self):
        self.lines = []

    def show(self, event):
        if isinstance(event, events.RunStarted):
            self.lines.append(event.text)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An input of twelve files, whose stamps count at once, and where its output goes."""
    monkeypatch.setattr(stamps, "_SETTLED", 0)
    source = tmp_path / "in"
    (source / "a").mkdir(parents=True)
    for n in range(12):
        (source / f"a/{n}.txt").write_text(f"第{n}号渡轮今日首航，乘客{n * 7}人。\n", encoding="utf-8")
    return source, tmp_path / "out"


def ran(source, out, *, prune=False, printer=None, **chosen):
    values = {"run.jobs": 1, **{name.replace("_", ".", 1): v for name, v in chosen.items()}}
    return job.run([source], out, load(None, values), prune=prune, printer=printer or events.Silent())


def tree(out):
    return (out / "manifest-sha256.txt").read_text(encoding="utf-8")


def anew(source, out):
    """Return the tree of a fresh run."""
    shutil.rmtree(out.with_name("anew"), ignore_errors=True)
    ran(source, out.with_name("anew"))
    return tree(out.with_name("anew"))


def flags(out):
    return {row["path"]: row["flags"] for row in Output(out).rows().documents}


def skipped(out):
    lines = (out / "ledger" / "skipped.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["path"]: row for row in map(json.loads, lines)}


@pytest.fixture
def read(monkeypatch):
    """The paths that were opened."""
    paths = []
    real = opening.open_below
    monkeypatch.setattr(
        opening, "open_below", lambda absolute, path: (paths.append(path.decode()), real(absolute, path))[1]
    )
    return paths


def shut(monkeypatch, *names, error=errno.EACCES, times=99):
    """Let the system refuse to open files; the first so many times."""
    real = opening.open_below
    left = dict.fromkeys((os.fsencode(name) for name in names), times)

    def refused(absolute, path):
        if left.get(path, 0):
            left[path] -= 1
            raise OSError(error, os.strerror(error))
        return real(absolute, path)

    monkeypatch.setattr(opening, "open_below", refused)


def touched(source, *names):
    """Give files another stamp, as a change of their mode does."""
    for name in names:
        (source / name).chmod(0o600)
        (source / name).chmod(0o640)


def test_a_file_with_the_stamp_of_before_is_not_opened(place, read):
    source, out = place
    ran(source, out)
    read.clear()
    (source / "a/new.txt").write_text("一座桥明天开通。\n", encoding="utf-8")
    ran(source, out)
    assert set(read) == {"a/new.txt"}
    assert tree(out) == anew(source, out)
    read.clear()
    ran(source, out, run_reread=True)
    assert len(set(read)) == 13


def test_a_change_whose_times_were_set_back_is_seen(place):
    """Of the same size, in place, and with the time of before."""
    source, out = place
    ran(source, out)
    file = source / "a/3.txt"
    known, data = file.stat(), file.read_bytes()
    with file.open("r+b") as handle:
        handle.write(data.replace("首航".encode(), "停航".encode()))
    os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert (file.stat().st_mtime_ns, file.stat().st_size) == (known.st_mtime_ns, known.st_size)
    ran(source, out)
    assert "停航" in (out / "clean/a/3.txt").read_text(encoding="utf-8")
    assert tree(out) == anew(source, out)


def test_a_file_that_was_changed_a_moment_ago_is_read_again(place, read, monkeypatch):
    source, out = place
    monkeypatch.setattr(stamps, "_SETTLED", 3600 * 10**9)
    ran(source, out)
    read.clear()
    ran(source, out)
    assert len(set(read)) == 12


@pytest.mark.parametrize(
    ("age", "told"), [(10 * 10**9, True), (10 * 10**9 - 1, False), (-1, False), (11 * 10**9 + 7, False)]
)
def test_a_time_that_is_young_or_of_whole_seconds_tells_nothing(monkeypatch, age, told):
    """A file system that keeps seconds has one time for many changes, an image the time that its maker chose."""
    now = 1_795_000_000 * 10**9 + 7
    monkeypatch.setattr(stamps.time, "time_ns", lambda: now)
    known = SimpleNamespace(st_dev=1, st_ino=2, st_size=3, st_mtime_ns=4, st_ctime_ns=now - age)
    assert stamps.stamp_of(known) == (f"1 2 3 4 {now - age}" if told else "")


def test_another_name_for_another_kind_is_another_file(place):
    """Renamed, with the same inode and bytes."""
    source, out = place
    ran(source, out)
    (source / "a/4.txt").rename(source / "a/4.json")
    (source / "a/5.txt").rename(source / "b.txt")
    told = Told()
    ran(source, out, printer=told)
    assert told.lines == [
        "inputs since the last run: 1 new, 1 moved, 1 gone (kept as source_gone; --prune drops them)"
    ]
    ran(source, out, prune=True)
    assert tree(out) == anew(source, out)


@pytest.mark.parametrize("what", ["cache", "seen", "byte"])
def test_what_is_lost_of_it_is_read_again(place, what):
    source, out = place
    ran(source, out)
    before = tree(out)
    if what == "byte":
        (file,) = (out / ".work" / "seen").iterdir()
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    else:
        shutil.rmtree(out / ".work" / what)
    ran(source, out)
    assert tree(out) == before
    assert len(list((out / ".work" / "seen").iterdir())) == 1


@pytest.mark.parametrize("error", [errno.EACCES, errno.EIO, errno.ESTALE, errno.ENOENT])
def test_an_input_that_cannot_be_read_stays_as_it_was_read(place, monkeypatch, error):
    source, out = place
    ran(source, out)
    before = {p.name: p.read_bytes() for p in (out / "clean").rglob("*.txt")}
    touched(source, "a/7.txt")
    (source / "a/new.txt").write_text("一座桥明天开通。\n", encoding="utf-8")
    told = Told()
    with monkeypatch.context() as patch:
        shut(patch, "a/7.txt", error=error)
        ran(source, out, printer=told)
    assert told.lines[1:] == ["inputs that could not be read: 1 (kept as source_unread; --prune drops them)"]
    assert {name: data for name in before if (data := (out / "clean/a" / name).read_bytes())} == before
    assert {path for path, found in flags(out).items() if found} == {"a/7.txt"}
    assert flags(out)["a/7.txt"] == ["source_unread"]
    row = skipped(out)["a/7.txt"]
    assert (row["status"], row["bytes"]) == ("quarantined", 0)
    assert row["detail"].endswith("; it stays as an earlier run read it")
    assert verify(out, deep=True).findings == ()
    ran(source, out)
    assert (flags(out)["a/7.txt"], skipped(out)) == ([], {})
    assert tree(out) == anew(source, out)


def test_an_input_that_cannot_be_read_night_after_night_stays_until_pruned(place, monkeypatch):
    source, out = place
    ran(source, out)
    touched(source, "a/7.txt")
    shut(monkeypatch, "a/7.txt")
    ran(source, out)
    once = tree(out)
    ran(source, out)
    assert tree(out) == once
    (source / "a/7.txt").unlink()
    ran(source, out)
    assert flags(out)["a/7.txt"] == ["source_gone"]
    (source / "a/7.txt").write_text("第7号渡轮今日停航。\n", encoding="utf-8")
    ran(source, out, prune=True)
    assert "a/7.txt" not in flags(out)
    assert skipped(out)["a/7.txt"]["reason"] == "unreadable"


@pytest.mark.parametrize("what", ["settings", "cache", "pack"])
def test_the_last_good_reading_is_not_lost_where_it_cannot_be_kept(place, monkeypatch, what):
    """Other settings of reading, or nothing kept of the last run, on the night on which a file cannot be read."""
    source, out = place
    with zipfile.ZipFile(source / "b.zip", "w") as archive:
        archive.writestr("b.txt", "一座桥明天开通。")
    ran(source, out)
    before = tree(out)
    touched(source, "a/7.txt", "b.zip")
    chosen = {"read_max_ratio": 300} if what == "settings" else {}
    if what == "cache":
        shutil.rmtree(out / ".work" / "facts")
    for name in ("a/7.txt", "b.zip"):
        for pack in (out / ".work" / "cache").glob("pack-*.arrow") if what == "pack" else ():
            pack.write_bytes(pack.read_bytes()[:-9])
        with monkeypatch.context() as patch:
            shut(patch, name)
            with pytest.raises(
                UsageError, match=f"{name}.* is gone, or cannot be read, and what the last run"
            ):
                ran(source, out, **chosen)
            assert tree(out) == before
            if name == "b.zip":
                ran(source, out, prune=True, **chosen)
                assert {row["reason"] for row in skipped(out).values()} == {"unreadable"}
    ran(source, out, **chosen)
    assert {path for path, found in flags(out).items() if not found} >= {"a/7.txt", "b.zip/b.txt"}


def test_many_that_cannot_be_read_and_that_are_gone_are_counted_together(place, monkeypatch):
    source, out = place
    ran(source, out)
    before = tree(out)
    touched(source, "a/7.txt")
    (source / "a/8.txt").unlink()
    shut(monkeypatch, "a/7.txt")
    with pytest.raises(UsageError, match=r"a/8.txt, a/7.txt are gone since the last run, or cannot be read"):
        ran(source, out)
    assert tree(out) == before
    ran(source, out, run_max_gone=0.2)
    assert flags(out)["a/7.txt"] == ["source_unread"]
    assert flags(out)["a/8.txt"] == ["source_gone"]


def test_an_input_of_which_one_part_cannot_be_read_stays_as_a_whole(place, monkeypatch):
    source, out = place
    lines = [json.dumps({"text": f"第{n}号渡轮今日首航，乘客{n * 9}人。"}) + "\n" for n in range(90)]
    (source / "r.jsonl").write_text("".join(lines), encoding="utf-8")
    ran(source, out, run_unit_bytes=2048)
    before = (out / "clean/r.jsonl").read_bytes()
    with (source / "r.jsonl").open("a", encoding="utf-8") as file:
        file.write(lines[0].replace("渡", "轮"))
    real = intake.load

    def cut(unit):
        return intake.Rejected("unreadable", "no") if unit.start and unit.media == "jsonl" else real(unit)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "load", cut)
        ran(source, out, run_unit_bytes=2048)
    assert (out / "clean/r.jsonl").read_bytes() == before
    assert {tuple(found) for path, found in flags(out).items() if path == "r.jsonl"} == {("source_unread",)}
    assert verify(out, deep=True).findings == ()
    ran(source, out, run_unit_bytes=2048)
    assert tree(out) == anew(source, out)


def test_what_was_refused_and_did_not_change_is_not_new(place):
    source, out = place
    (source / "b.bin").write_bytes(bytes(range(256)) * 9)
    (source / "c.txt").write_bytes(b"\0" * 900)
    ran(source, out)
    told = Told()
    ran(source, out, printer=told)
    (source / "c.txt").write_bytes(b"\0" * 899 + b"\1")
    ran(source, out, printer=told)
    assert told.lines == [f"inputs since the last run: {n} new" for n in (0, 1)]


@pytest.fixture
def decoded(monkeypatch):
    """How often a text was decoded, a view sketched and a pair checked."""
    counts = {"decode": 0, "sketch": 0, "check": 0}
    real, sketched, checked = passes.decode, barrier.Views._computed, barrier.Checking._computed

    def decode(*given, **more):
        counts["decode"] += 1
        return real(*given, **more)

    def sketch(self, part):
        counts["sketch"] += part.num_rows
        return sketched(self, part)

    def check(self, part):
        counts["check"] += part.num_rows
        return checked(self, part)

    monkeypatch.setattr(passes, "decode", decode)
    monkeypatch.setattr(barrier.Views, "_computed", sketch)
    monkeypatch.setattr(barrier.Checking, "_computed", check)
    return counts


@pytest.mark.parametrize(
    ("raised", "again"),
    [
        ("clean-corpus", set()),
        ("stages.decide", set()),
        ("stages.verify", {"check"}),
        ("stages.render", {"sketch", "check"}),  # cuts what is not compared
        ("stages.candidates", {"sketch"}),
        ("stages.segment", {"decode", "sketch", "check"}),  # what it gives is looked at anew
        ("numpy", {"decode", "sketch", "check"}),
    ],
)
def test_a_new_release_does_again_what_depends_on_it_and_says_so(place, decoded, monkeypatch, raised, again):
    source, out = place
    for n in range(3):
        text = (source / f"a/{n}.txt").read_text(encoding="utf-8")
        (source / f"b{n}.txt").write_text(f"{text}编辑：{n}。\n", encoding="utf-8")
    ran(source, out)
    assert decoded["decode"]
    assert decoded["check"]
    decoded.update(decode=0, sketch=0, check=0)
    name, before, after = raised, terms.versions().get(raised), "99.9"
    if raised.startswith("stages."):
        module = importlib.import_module(raised)
        name, before, after = raised, module.VERSION, module.VERSION + 1
        monkeypatch.setattr(module, "VERSION", after)
    else:
        monkeypatch.setitem(terms._installed(), raised, after)
    told = Told()
    ran(source, out, printer=told)
    assert f"{name} was " in told.lines[0]
    assert f", is {json.dumps(after)}; what depends on it is done again" in told.lines[0]
    assert before != after
    assert {what for what, count in decoded.items() if count} == again
    assert tree(out) == anew(source, out)


def test_pairs_are_marked_anew_where_decide_has_another_version(place, monkeypatch):
    source, out = place
    text = (source / "a/0.txt").read_text(encoding="utf-8")
    (source / "b.txt").write_text(f"{text}编辑：乙。\n", encoding="utf-8")
    marked = []
    marks_of = barrier.marks_of
    monkeypatch.setattr(barrier, "marks_of", lambda verdict: marked.append(verdict) or marks_of(verdict))
    ran(source, out)
    first = len(marked)
    assert first
    ran(source, out)
    assert len(marked) == first
    monkeypatch.setattr(decide, "VERSION", decide.VERSION + 1)
    ran(source, out)
    assert len(marked) == 2 * first
    assert tree(out) == anew(source, out)


def of_kind(kind):
    """Return a file of which a library takes an error of the system for damage."""
    rows = [{"text": f"第{n}号灯塔今夜点亮，守塔人{n * 3}名。"} for n in range(9)]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    sink = io.BytesIO()
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), sink)
    elif kind == "zip":
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("r.jsonl", lines)
    else:
        sink.write(gzip.compress(lines))
    return sink.getvalue()


@pytest.mark.parametrize("kind", ["jsonl.gz", "parquet", "zip"])
def test_a_fault_of_the_system_is_never_taken_for_damage(place, monkeypatch, kind):
    """At whichever piece of the file it comes: what was read of it stays, and the next night it is read."""
    source, out = place
    monkeypatch.setattr(intake, "_AT_ONCE", 1)
    monkeypatch.setattr(intake, "risky", lambda units: False)  # so that all of it is done here
    name = f"r.{kind}"
    (source / name).write_bytes(of_kind(kind))
    ran(source, out)
    before = tree(out)
    real, left = opening.read_range, [0]

    def failing(handle, start, size):
        if os.path.samestat(os.fstat(handle), (source / name).stat()):
            left[0] -= 1
            if left[0] == -1:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(handle, start, size)

    monkeypatch.setattr(opening, "read_range", failing)
    pieces = 0
    while True:
        touched(source, name)
        left[0] = pieces
        ran(source, out)
        if left[0] >= 0:
            break
        pieces += 1
        (row,) = skipped(out).values()
        assert (row["path"], row["reason"]) == (name, "unreadable")
        of = [found for path, found in flags(out).items() if path.startswith(name)]
        assert of
        assert all(found == ["source_unread"] for found in of)
        ran(source, out)
        assert tree(out) == before
    assert pieces > 1  # of telling its kind, of its hash, and of reading it
    assert tree(out) == before
