import errno
import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.readers import opening as opening_module
from pipeline.readers import read
from pipeline.readers import walk as walk_module
from pipeline.readers.opening import load
from pipeline.readers.walk import walk
from pipeline.reading import ReadSettings
from pipeline.settings import RunSettings
from stages.model import REASONS, Rejected

RUN, READ = RunSettings(), ReadSettings()


def fill(folder, files):
    for name, data in files.items():
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    return folder


def planned(*inputs, run=RUN, read=READ):
    return walk(inputs, run, read)


def paths(plan):
    return [unit.path for unit in plan.units]


def skipped(plan):
    return [(s.path, s.reason) for s in plan.skipped]


def test_files_come_by_the_bytes_of_their_paths_whatever_the_file_system_lists_first(tmp_path):
    names = [b"b.txt", b"a/z.md", b"a.txt", b"a/b/c.html", b"a-b.txt", "\u4e2d.txt".encode(), b"B.txt"]
    plan = planned(fill(tmp_path, dict.fromkeys(names, b"x")))
    assert paths(plan) == sorted(names)
    assert plan.skipped == []


def test_a_unit_says_all_of_its_file(tmp_path):
    (unit,) = planned(fill(tmp_path / "in", {b"d/a b.HTM": b"<p>x"})).units
    assert (unit.label, unit.path, unit.name, unit.media) == ("", b"d/a b.HTM", "d/a b.HTM", "html")
    assert (unit.start, unit.end, unit.size, unit.problem) == (0, 4, 4, "")
    assert unit.absolute == str(tmp_path / "in/d/a b.HTM")
    assert load(unit) == b"<p>x"


@pytest.mark.parametrize(
    "name",
    [b"caf\xe9.txt", b"a\nb.txt", b"\x1b[2J.txt", b"-rf", b" x", b"~", b"x" * 251 + b".txt", b"#%41.txt"],
)
def test_any_name_is_found_read_and_named_safely(tmp_path, name):
    (unit,) = planned(fill(tmp_path, {name: b"text"})).units
    assert unit.path == name
    assert load(unit) == b"text"
    assert unit.name.isprintable()
    unit.name.encode()


def test_nothing_but_regular_files_is_read_and_the_rest_is_listed(tmp_path):
    folder = fill(tmp_path / "in", {b"a.txt": b"x", b".git/config": b"x", b"d/.DS_Store": b"xyz"})
    fill(tmp_path, {b"secret.txt": b"x"})
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "gone.txt").symlink_to("nowhere")
    (folder / ".hidden").symlink_to("a.txt")
    os.mkfifo(folder / "fifo.txt")
    with socket.socket(socket.AF_UNIX) as s:
        here = os.getcwd()
        os.chdir(folder)  # the path of a socket is short
        try:
            s.bind("socket.txt")
        finally:
            os.chdir(here)
    plan = planned(folder)
    assert paths(plan) == [b"a.txt"]
    assert skipped(plan) == [
        (b".git", "hidden"),
        (b".hidden", "symlink"),
        (b"d/.DS_Store", "hidden"),
        (b"fifo.txt", "special"),
        (b"gone.txt", "symlink"),
        (b"link.txt", "symlink"),
        (b"loop", "symlink"),
        (b"socket.txt", "special"),
    ]
    assert {s.detail for s in plan.skipped if s.reason == "special"} == {"a FIFO", "a socket"}
    assert plan.bytes_read == 1 + 3
    assert [row["path"] for row in plan.skipped_rows()][:2] == [".git", ".hidden"]


def test_a_folder_that_cannot_be_listed_is_told_of_and_the_rest_is_read(tmp_path, monkeypatch):
    fill(tmp_path, {b"a.txt": b"x", b"shut/b.txt": b"x", b"z.txt": b"x"})

    class Refusing:
        def __getattr__(self, name):
            return getattr(os, name)

        def open(self, path, *args, **kwargs):
            if path == b"shut":
                raise OSError(errno.EACCES, "no")
            return os.open(path, *args, **kwargs)

    monkeypatch.setattr(walk_module, "os", Refusing())
    plan = planned(tmp_path)
    assert paths(plan) == [b"a.txt", b"z.txt"]
    assert [(s.path, s.reason, s.detail) for s in plan.skipped] == [
        (b"shut", "unreadable", os.strerror(errno.EACCES))
    ]


def test_a_tree_deeper_than_a_path_may_be_is_read_to_its_end(tmp_path):
    depth, name = 300, b"folder-of-a-tree"  # 5,100 bytes; the limit of a path is 4,096
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=handle)
        below = os.open(name, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    file = os.open(b"a.txt", os.O_WRONLY | os.O_CREAT, dir_fd=handle)
    os.write(file, b"deep")
    os.close(file)
    os.close(handle)
    (unit,) = planned(tmp_path).units
    assert len(unit.path) > 5_000
    assert load(unit) == b"deep"
    assert len(unit.name.encode()) < 1_000


def test_several_inputs_have_a_label_each_and_one_has_none(tmp_path):
    a, b, c = (fill(tmp_path / name, {b"x.txt": b"x"}) for name in ("a/news", "b/news", "c/News"))
    file = fill(tmp_path, {b"one.txt": b"x"}) / "one.txt"
    plan = planned(c, a, b, file)
    assert plan.labels == ("a-news", "b-news", "c-News", "")
    assert [u.name for u in plan.units] == ["one.txt", "a-news/x.txt", "b-news/x.txt", "c-News/x.txt"]
    assert plan.files == 4
    assert planned(file, b, c, a) == plan  # whatever the order they are named in
    assert planned(a).labels == ("",)
    assert [u.name for u in planned(a, run=RunSettings(label=True)).units] == ["news/x.txt"]
    assert [load(u) for u in plan.units] == [b"x"] * 4


def test_a_single_file_is_an_input_also_through_a_link(tmp_path):
    fill(tmp_path, {b"d/a.txt": b"x"})
    (tmp_path / "link").symlink_to("d/a.txt")
    for path in (tmp_path / "d/a.txt", tmp_path / "link"):
        (unit,) = planned(path).units
        assert (unit.path, unit.name, load(unit)) == (b"a.txt", "a.txt", b"x")


def test_an_input_named_twice_is_read_once_and_that_is_told(tmp_path):
    fill(tmp_path / "in", {b"a.txt": b"x"})
    plan = planned(tmp_path / "in", tmp_path / "in")
    assert [(u.label, u.path) for u in plan.units] == [("", b"a.txt")]
    (tmp_path / "again").symlink_to("in")
    plan = planned(tmp_path / "in", tmp_path / "again")
    assert [s.reason for s in plan.skipped] == ["repeated"]


@pytest.mark.parametrize("kind", ["missing", "fifo"])
def test_an_input_that_cannot_be_read_is_a_usage_error(tmp_path, kind):
    if kind == "fifo":
        os.mkfifo(tmp_path / "fifo")
    with pytest.raises(UsageError, match=kind):
        planned(tmp_path / kind)


def test_globs_choose_what_is_read_and_the_rest_is_listed(tmp_path):
    fill(tmp_path, {b"a.txt": b"x", b"d/b.txt": b"x", b"d/c.md": b"123"})
    plan = planned(tmp_path, read=ReadSettings(include=("d/*",), exclude=("*.md",)))
    assert paths(plan) == [b"d/b.txt"]
    assert skipped(plan) == [(b"a.txt", "excluded"), (b"d/c.md", "excluded")]
    assert plan.bytes_read == 1 + 1 + 3


def test_names_stay_apart_where_formats_change(tmp_path):
    plan = planned(fill(tmp_path, {b"a.html": b"<p>", b"a.html.txt": b"x"}))
    names = [u.name for u in plan.units]
    assert names[0] == "a.html"  # its clean copy is a.html.txt
    assert names[1].startswith("a.html~")


def test_without_a_known_suffix_the_first_bytes_tell(tmp_path):
    files = {b"page": b"<!doctype html><p>x", b"words.log": b"words", b"image": b"\x89PNG\r\n", b"empty": b""}
    plan = planned(fill(tmp_path, files))
    assert {u.path: u.media for u in plan.units} == {
        b"page": "html",
        b"words.log": "txt",
        b"image": "unknown",
        b"empty": "txt",
    }
    image = next(u for u in plan.units if u.path == b"image")
    assert load(image).reason == "unknown_type"


def test_a_file_over_the_limit_is_not_read(tmp_path):
    (unit,) = planned(fill(tmp_path, {b"a.txt": b"12345"}), read=ReadSettings(max_file_bytes=4)).units
    assert load(unit) == Rejected("too_large", "5 bytes; the limit is 4")


def replace_by_link(path):
    path.unlink()
    path.symlink_to("/etc/hostname")


def replace_by_fifo(path):
    path.unlink()
    os.mkfifo(path)


def replace_folder_by_link(path):
    path.parent.rename(path.parent.parent / "moved")
    path.parent.symlink_to("moved")


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"longer than before"),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
        replace_by_link,
        replace_by_fifo,
        replace_folder_by_link,
    ],
)
def test_a_file_that_is_no_longer_what_was_found_is_refused_and_never_blocks(tmp_path, change):
    fill(tmp_path, {b"in/d/a.txt": b"before"})
    (unit,) = planned(tmp_path / "in").units
    change(tmp_path / "in/d/a.txt")
    assert load(unit).reason == "changed"


def test_a_file_that_is_written_to_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = fill(tmp_path, {b"a.txt": b"before"}) / "a.txt"
    (unit,) = planned(tmp_path).units
    plain = opening_module.read_range

    def read_range(handle, start, size):
        data = plain(handle, start, size)
        with path.open("ab") as file:
            file.write(b"more")
        return data

    monkeypatch.setattr(opening_module, "read_range", read_range)
    assert load(unit).reason == "changed"


def test_an_error_of_the_disk_is_a_value(tmp_path, monkeypatch):
    (unit,) = planned(fill(tmp_path, {b"a.txt": b"x"})).units

    def broken(*_):
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(opening_module, "read_range", broken)
    assert load(unit) == Rejected("unreadable", os.strerror(errno.EIO))


def test_inputs_are_not_written_to(tmp_path):
    fill(tmp_path, {b"d/a.txt": b"x", b"b.jsonl": b'{"text":"a"}\n' * 5})
    before = {p: (p.lstat().st_mtime_ns, p.lstat().st_size) for p in tmp_path.rglob("*")}
    for unit in planned(tmp_path, run=RunSettings(unit_bytes=20)).units:
        load(unit)
    assert {p: (p.lstat().st_mtime_ns, p.lstat().st_size) for p in tmp_path.rglob("*")} == before


LINES = st.lists(st.integers(0, 40).map(lambda n: b'{"text":"' + b"x" * n + b'"}'), max_size=30).map(
    b"\n".join
)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    data=LINES,
    end=st.sampled_from([b"", b"\n", b"\n\n"]),
    unit_bytes=st.integers(1, 200),
    block=st.integers(1, 30),
)
def test_units_of_a_file_are_all_its_lines_each_once(tmp_path_factory, data, end, unit_bytes, block):
    folder = tmp_path_factory.mktemp("in")
    data += end
    fill(folder, {b"a.jsonl": data})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk_module, "_BLOCK", block)
        units = planned(folder, run=RunSettings(unit_bytes=unit_bytes)).units
    pieces = [load(unit) for unit in units]
    assert b"".join(pieces) == data
    assert [u.start for u in units] == [0, *[u.end for u in units[:-1]]]
    for piece in pieces[:-1]:
        assert piece.endswith(b"\n")
        assert len(piece) <= unit_bytes or piece.count(b"\n") == 1
    texts = [
        item.payload for unit, piece in zip(units, pieces, strict=True) for item in read(unit, piece, READ)
    ]
    assert texts == [line[9:-2].decode() for line in data.split(b"\n") if line]


def test_a_file_that_grows_keeps_its_first_units(tmp_path):
    lines = [b'{"text":"%d"}\n' % (10**n) for n in range(12)]
    run = RunSettings(unit_bytes=60)
    before = planned(fill(tmp_path, {b"a.jsonl": b"".join(lines[:8])}), run=run).units
    after = planned(fill(tmp_path, {b"a.jsonl": b"".join(lines)}), run=run).units
    assert [(u.start, u.end) for u in before[:-1]] == [(u.start, u.end) for u in after[: len(before) - 1]]


def test_a_line_over_the_limit_is_refused_unread_and_its_neighbours_are_read(tmp_path):
    lines = [b'{"text":"a"}\n', b'{"text":"' + b"x" * 500 + b'"}\n', b'{"text":"b"}\n']
    plan = planned(
        fill(tmp_path, {b"a.jsonl": b"".join(lines)}),
        run=RunSettings(unit_bytes=50),
        read=ReadSettings(max_line_bytes=100),
    )
    loaded = [load(unit) for unit in plan.units]
    assert [data.reason if isinstance(data, Rejected) else data for data in loaded] == [
        lines[0],
        "line_too_long",
        lines[2],
    ]


def test_every_problem_has_a_reason_that_is_documented():
    assert {"too_large", "line_too_long", "unreadable", "unknown_type", "changed"} <= set(REASONS)
