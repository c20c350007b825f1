import errno
import fcntl
import hashlib
import os
import subprocess
import time
import unicodedata
import urllib.parse
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import fsops, names
from pipeline.errors import FullError, InternalError, OutputError
from pipeline.fsops import Draft, write_atomic
from pipeline.names import output_name, output_names
from pipeline.store import Directory

LAW = settings(derandomize=True, deadline=None, max_examples=100)


class Faulty:
    """The module `os`, with one function that fails, or answers otherwise."""

    def __init__(self, name, function):
        self._name, self._function = name, function

    def __getattr__(self, name):
        return self._function if name == self._name else getattr(os, name)


def failing(code):
    def function(*_args, **_kwargs):
        raise OSError(code, os.strerror(code))

    return function


def test_a_written_file_is_told_of_by_hash_and_size(tmp_path):
    path = tmp_path / "a" / "b.txt"
    assert write_atomic(path, iter([b"one ", b"", b"two"])) == (hashlib.sha256(b"one two").hexdigest(), 7)
    assert path.read_bytes() == b"one two"
    assert os.listdir(path.parent) == ["b.txt"]


def test_short_writes_go_on_until_all_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(fsops, "os", Faulty("write", lambda handle, data: os.write(handle, bytes(data[:1]))))
    write_atomic(tmp_path / "f", b"every byte", durable=True)
    assert (tmp_path / "f").read_bytes() == b"every byte"


def test_a_write_that_is_lost_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(fsops, "os", Faulty("write", lambda _handle, data: len(data)))
    with pytest.raises(OutputError, match="disk"):
        write_atomic(tmp_path / "f", b"data")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.ENAMETOOLONG]
)
def test_an_error_of_the_output_leaves_the_old_content_and_says_what_to_do(tmp_path, monkeypatch, call, code):
    path = tmp_path / "f\x1b.txt"
    path.write_bytes(b"old")
    monkeypatch.setattr(fsops, "os", Faulty(call, failing(code)))
    with pytest.raises(OutputError) as caught:
        write_atomic(path, b"new", durable=True)
    assert "f\\x1b.txt" in str(caught.value)
    assert fsops._CURES[code] in str(caught.value)
    assert (os.listdir(tmp_path), path.read_bytes()) == ([path.name], b"old")


def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(fsops, "os", Faulty("makedirs", failing(errno.ENOSPC)))
    with pytest.raises(OutputError, match="no space"):
        write_atomic(tmp_path / "new" / "f", b"data")
    with pytest.raises(OutputError, match="no space"):
        Draft(tmp_path / "new" / "f")
    assert os.listdir(tmp_path) == []


def test_a_name_without_a_folder_is_written_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomic(Path("f"), b"data")
    assert os.listdir(tmp_path) == ["f"]


def begun(action):
    """Do something in a process of its own; return its number."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            action()
            code = 0
        finally:
            os._exit(code)
    return child


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_two_processes_add_to_one_file_and_no_line_is_lost_or_torn(tmp_path):
    path = tmp_path / "lines"
    lines = {name: [f"{name}{n} {name * 9_000}\n".encode() for n in range(60)] for name in "ab"}
    children = [begun(lambda of=of: [fsops.append(path, line) for line in of]) for of in lines.values()]
    assert [ended(child) for child in children] == [0, 0]
    found = path.read_bytes().splitlines(keepends=True)
    assert [[line for line in found if line[:1] == name.encode()] for name in "ab"] == list(lines.values())


def test_who_adds_waits_for_one_that_takes_back_what_it_could_not_write(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"old\n")
    with path.open("ab", buffering=0) as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write(b"half of a li")
        child = begun(lambda: fsops.append(path, b"new\n"))
        time.sleep(0.3)
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
        other.truncate(4)
        fcntl.flock(other, fcntl.LOCK_UN)  # the child has this handle too
    assert ended(child) == 0
    assert path.read_bytes() == b"old\nnew\n"


def test_a_full_disk_is_told_from_other_errors_of_the_output(tmp_path, monkeypatch):
    path = tmp_path / "lines"
    for code, full in ((errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EIO, False)):
        monkeypatch.setattr(fsops, "os", Faulty("write", failing(code)))
        with pytest.raises(OutputError) as caught:
            fsops.append(path, b"line\n")
        assert isinstance(caught.value, FullError) == full


def test_a_draft_has_its_name_once_it_is_finished(tmp_path):
    path = tmp_path / "a" / "b.txt"
    draft = Draft(path)
    draft.write(b"one ")
    assert not path.exists()
    draft.write(b"two")
    assert draft.finish() == (hashlib.sha256(b"one two").hexdigest(), 7)
    assert (path.read_bytes(), os.listdir(path.parent)) == (b"one two", ["b.txt"])


@pytest.mark.parametrize("call", ["write", "replace"])
def test_a_draft_that_fails_can_be_taken_back(tmp_path, monkeypatch, call):
    path = tmp_path / "f"
    path.write_bytes(b"old")
    draft = Draft(path)

    def go_on():
        draft.write(b"new")
        draft.finish()

    with monkeypatch.context() as patch:
        patch.setattr(fsops, "os", Faulty(call, failing(errno.ENOSPC)))
        with pytest.raises(OutputError, match="no space"):
            go_on()
    draft.abandon()
    assert (os.listdir(tmp_path), path.read_bytes()) == (["f"], b"old")


def test_many_files_are_written_out_before_each_is_made_durable(tmp_path, monkeypatch):
    for n in range(fsops._MANY):
        (tmp_path / f"{n}").write_bytes(b"x")
    order = []

    def fsync(handle):
        order.append(os.fstat(handle).st_ino)

    monkeypatch.setattr(fsops, "_write_out", order.append)
    monkeypatch.setattr(fsops, "os", Faulty("fsync", fsync))
    assert fsops.sync_tree(tmp_path) is True
    files = {path.stat().st_ino for path in tmp_path.iterdir()}
    assert order[0] == tmp_path
    assert files < set(order[1:])


def test_what_writes_many_files_out_never_makes_a_sync_succeed(tmp_path, monkeypatch):
    for n in range(fsops._MANY):
        (tmp_path / f"{n}").write_bytes(b"x")
    monkeypatch.setattr(fsops, "os", Faulty("fsync", failing(errno.EIO)))
    with pytest.raises(OutputError, match="durable"):
        fsops.sync_tree(tmp_path)


def test_an_error_of_the_content_is_not_blamed_on_the_output(tmp_path):
    def pieces():
        yield b"a"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_atomic(tmp_path / "f", pieces())
    assert os.listdir(tmp_path) == []


def test_a_link_in_the_place_of_a_file_is_replaced_not_followed(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"safe")
    (tmp_path / "f").symlink_to(tmp_path / "elsewhere")
    write_atomic(tmp_path / "f", b"new")
    assert (tmp_path / "elsewhere").read_bytes() == b"safe"
    assert not (tmp_path / "f").is_symlink()


def test_folders_that_cannot_be_synced_are_reported_not_fatal(tmp_path, monkeypatch):
    write_atomic(tmp_path / "d" / "f", b"x")
    assert fsops.sync_tree(tmp_path) is True

    def fsync(handle):
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            raise OSError(errno.EINVAL, "no")

    monkeypatch.setattr(fsops, "os", Faulty("fsync", fsync))
    assert fsops.sync_tree(tmp_path) is False


def test_a_failed_sync_stops_the_run(tmp_path, monkeypatch):
    write_atomic(tmp_path / "f", b"x")
    monkeypatch.setattr(fsops, "os", Faulty("fsync", failing(errno.EIO)))
    with pytest.raises(OutputError, match="durable"):
        fsops.sync_tree(tmp_path)


def test_removing_follows_no_links(tmp_path):
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep" / "f").write_bytes(b"x")
    gone = tmp_path / "gone"
    (gone / "deep").mkdir(parents=True)
    (gone / "deep" / "link").symlink_to(tmp_path / "keep")
    (gone / "f").write_bytes(b"x")
    fsops.remove_tree(gone)
    fsops.remove_tree(gone)
    fsops.remove_file(gone)
    assert os.listdir(tmp_path) == ["keep"]
    assert os.listdir(tmp_path / "keep") == ["f"]


def test_the_manifest_is_what_sha256sum_checks(tmp_path):
    store = Directory(tmp_path)
    for name in ("notes/z.md", "clean/新闻.txt", "clean/a b.txt", "a\\b", "line\nend"):
        store.put(name, name.encode())
    (tmp_path / "manifest").write_bytes(store.manifest())
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "manifest"], cwd=tmp_path, check=True)
    names = [name.encode() for name, _, _ in store.records]
    assert names == sorted(names)
    assert len(names) == 5


@pytest.mark.parametrize("name", ["../f", "/f", "a//b", "", "a/./b", "a\0b"])
def test_a_store_writes_only_below_its_root(tmp_path, name):
    with pytest.raises(InternalError):
        Directory(tmp_path).put(name, b"")


def test_a_store_puts_pieces_together_and_remembers_what_others_put(tmp_path):
    store = Directory(tmp_path)
    store.add("a", b"one ")
    store.add("b", b"")
    store.add("a", b"two")
    assert store.unfinished == ["a", "b"]
    store.finish("a")
    with pytest.raises(InternalError, match="twice"):
        store.adopt("b", "0" * 64, 0)  # it is being written
    store.adopt("c", "0" * 64, 3)
    blob = "blobs/" + "2" * 64
    for _ in range(2):  # two parts may have one source
        store.adopt(blob, "2" * 64, 4)
    assert [(name, size) for name, _, size in store.records] == [("a", 7), (blob, 4), ("c", 3)]
    store.abandon()
    assert os.listdir(tmp_path) == ["a"]
    with pytest.raises(InternalError, match="twice"):
        store.add("a", b"")
    for sha256 in ("0" * 64, "1" * 64):
        with pytest.raises(InternalError, match="twice"):
            store.adopt("c", sha256, 3)


def test_a_store_writes_a_name_once(tmp_path):
    store = Directory(tmp_path)
    store.put("f", b"")
    with pytest.raises(InternalError, match="twice"):
        store.put("f", b"")


TAG = "~0123456789ab"
LONG = "长" * 85  # 255 bytes


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (b"2024/a b.txt", "2024/a b.txt"),
        ("2024/新闻.html".encode(), "2024/新闻.html"),
        (b"100%.txt", "100%.txt"),
        (b"a%zz", "a%zz"),
        (b"a%0A", "a%250A"),  # would be read as an escape
        (b"caf\xe9.txt", "caf%E9.txt"),
        (b"a\nb\\c", "a%0Ab%5Cc"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}x".encode(), "%E2%80%AEx"),
        (b"..", "%2E."),
        (b".tmp-1", "%2Etmp-1"),
        (f"a{TAG}.txt".encode(), f"a%7E{TAG[1:]}.txt"),  # would be taken for one of our hashes
    ],
)
def test_a_path_becomes_a_safe_name(path, wanted):
    assert output_name(path) == wanted


def test_a_long_name_is_cut_at_a_character_and_keeps_its_extension():
    name = output_name(f"{LONG}.jsonl".encode())
    stem, tag, extension = name[:-19], name[-19:-6], name[-6:]
    assert (stem, tag[0], extension) == ("长" * len(stem), "~", ".jsonl")
    assert 230 < len(name.encode()) <= 239


COMPONENT = st.one_of(
    st.binary(min_size=1, max_size=8),
    st.text("aA%2EFé\u0301~./\u4e2d", min_size=1, max_size=6).map(str.encode),
    st.sampled_from(
        [LONG.encode(), b"x" * 255, b"x" * 254 + b"y", f"q{TAG}".encode(), b"%41", b"%FF", b"\xff", b"a.html"]
    ),
).map(lambda b: b.replace(b"/", b"-").replace(b"\0", b"-"))
PATH = st.lists(COMPONENT, min_size=1, max_size=4).map(b"/".join)


def fold(name):
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


@LAW
@given(PATH, PATH)
@example(b"\xff", b"%FF")
@example(b"%41", b"%2541")
@example(b"/".join([b"x" * 250] * 9), b"/".join([*[b"x" * 250] * 8, b"x" * 249 + b"y"]))
def test_different_paths_have_different_names(a, b):
    assert (output_name(a) == output_name(b)) == (a == b)


@LAW
@given(PATH)
def test_a_name_is_safe_and_leaves_room_for_a_suffix(path):
    name = output_name(path)
    assert len(name.encode()) <= 960
    for part in name.split("/"):
        assert part not in {"", ".", ".."}
        assert len(part.encode()) <= 239
        assert all(c.isprintable() or unicodedata.category(c) not in {"Cc", "Cs"} for c in part)


@LAW
@given(PATH.filter(lambda path: len(path) < 60))
def test_a_name_that_was_not_cut_can_be_read_back(path):
    assert urllib.parse.unquote_to_bytes(_only_our_escapes(output_name(path))) == path


def _only_our_escapes(name):
    """Hide each `%` that is no escape of ours from a decoder that also takes small letters."""
    out = ""
    for i, char in enumerate(name):
        ours = len(name[i + 1 : i + 3]) == 2 and all(c in "0123456789ABCDEF" for c in name[i + 1 : i + 3])
        out += "%25" if char == "%" and not ours else char
    return out


@given(st.text(st.characters(max_codepoint=127)))
def test_folding_ascii_is_folding(name):
    whole = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
    assert names._fold(name) == whole


@LAW
@given(st.lists(PATH, unique=True, max_size=8), st.randoms(use_true_random=False))
def test_names_of_a_set_stay_apart_on_any_file_system_whatever_the_order(paths, random):
    names = output_names(paths)
    assert len({fold(name) for name in names}) == len(names)
    shuffled = random.sample(paths, len(paths))
    assert dict(zip(shuffled, output_names(shuffled), strict=True)) == dict(zip(paths, names, strict=True))


@pytest.mark.parametrize(
    ("paths", "suffixes", "plain"),
    [
        ([b"A.txt", b"a.txt"], ["", ""], 1),
        (["A\u0308.txt".encode(), "Ä.txt".encode()], ["", ""], 1),
        ([b"a.html", b"a.html.txt"], [".txt", ""], 1),  # the page's copy has the name of the text
        ([b"a.html", b"a.html.txt/b"], [".txt", ""], 1),  # and here of a folder
        ([b"x", b"x.note.md/y"], ["", ""], 1),
        ([b"a", b"b"], ["", ""], 2),
    ],
)
def test_twins_get_a_hash_but_for_the_first(paths, suffixes, plain):
    names = output_names(paths, suffixes)
    assert sum(name == path.decode() for name, path in zip(names, paths, strict=True)) == plain
    assert sum("~" in name for name in names) == len(paths) - plain


def test_a_lock_is_free_again_when_it_is_given_back(tmp_path):
    handle = fsops.lock(tmp_path / "w" / "lock", "me")
    assert fsops.lock(tmp_path / "w" / "lock", "you") is None
    assert (tmp_path / "w" / "lock").read_text() == "me"
    fsops.unlock(handle)
    again = fsops.lock(tmp_path / "w" / "lock", "you")
    fsops.unlock(again)
