"""Inputs in an object store: the bytes of a folder, nothing read twice, and every failure told as one of a file."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import shutil
from pathlib import Path

import pytest

from pipeline import events, job, remote
from pipeline.batch import batch
from pipeline.check import verify
from pipeline.cli import main
from pipeline.errors import UsageError
from pipeline.readers.opening import load, opened
from pipeline.readers.stamps import stamp_of_object
from pipeline.readers.walk import walk
from pipeline.reading import ReadSettings
from pipeline.remote import Address, Entry, place
from pipeline.settings import RunSettings
from pipeline.settings import load as load_settings
from stages.model import Rejected

pytest.importorskip("localbucket", reason="localbucket is not installed; make test does so")
_SPEC = importlib.util.spec_from_file_location("local_stores", Path(__file__).with_name("stores.py"))
stores = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(stores)
bucket = stores.bucket

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
RUN, READ = RunSettings(), ReadSettings()
TEXTS = {
    "a/first.txt": "灯塔的油灯换成了电灯，守塔人说夜里终于不用添油了。\n",
    "a/second.txt": "渡口新添了两条船，早上六点开第一班，傍晚七点收船。\n",
    "b.md": "# 集市\n\n集市搬到了桥东，逢五逢十开市，卖鱼的摊位还在老地方。\n",
}


def settings(**run):
    return load_settings(
        None, {f"run.{key}": value for key, value in {"jobs": 1, "max_gone": 1, **run}.items()}
    )


def run(inputs, out, **options):
    return job.run(inputs, out, options.pop("settings", settings()), printer=events.Silent(), **options)


def tree(out):
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".work" not in path.relative_to(out).parts
    }


def written(folder, texts=TEXTS):
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def rows(out, table):
    return [json.loads(line) for line in (out / "ledger" / f"{table}.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def filled(bucket, tmp_path):
    bucket.fill(written(tmp_path / "news"), "2026/news")
    return bucket


# Addresses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://bucket/news", Address("s3", "bucket", "news")),
        ("S3A://bucket/news/", Address("s3", "bucket", "news", folder=True)),
        ("s3://bucket", Address("s3", "bucket", "")),
        ("gcs://anonymous@bucket/2026/a b.txt", Address("gs", "anonymous@bucket", "2026/a b.txt")),
        ("hdfs://me@host:8020/data", Address("hdfs", "me@host:8020", "data")),
        ("hdfs:///data", Address("hdfs", "", "data")),
        ("s3://bucket/100%25/#1", Address("s3", "bucket", "100%25/#1")),
        ("file:///data/%E6%96%B0 a", Path("/data/新 a")),
        ("file://localhost/data", Path("/data")),
        ("plain/folder", Path("plain/folder")),
        ("a:b", Path("a:b")),
    ],
)
def test_an_input_is_a_path_or_an_address(text, expected):
    assert place(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "s3://AKIDEXAMPLE:se%2Fcret@bucket/news",
        "s3://se%2Fcret@bucket/news",
        "hdfs://me:se%2Fcret@host/news",
        "sftp://me:se%2Fcret@host/news",
        "s3://bucket/news?X-Amz-Signature=se%2Fcret",
    ],
)
def test_an_address_with_a_secret_is_refused_and_the_secret_not_repeated(text, tmp_path, capsys):
    assert main(["run", text, "-o", str(tmp_path / "out")], standalone_mode=False) == 2
    said = capsys.readouterr()
    assert "environment" in said.err
    assert "cret" not in said.err + said.out
    assert "AKID" not in said.err + said.out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text",
    ["s3:///news", "s3://bucket/a//b", "s3://bucket/../b", "file://elsewhere/data", "ftps9://host/data"],
)
def test_an_address_that_names_nothing_is_refused(text, tmp_path):
    with pytest.raises(UsageError):
        walk([place(text)], RUN, READ)


def test_an_output_is_no_address(filled, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in ("run", "batch"):
        code = main([command, f"{filled.url}/2026/news", "-o", "s3://bucket/out"], standalone_mode=False)
        assert code == 2
    assert "an output is a folder of this machine" in capsys.readouterr().err
    assert not (tmp_path / "s3:").exists()


# What is found


def test_what_lies_below_an_address_is_found_as_in_a_folder(filled):
    filled.put("2026/news/.hidden/x.txt", b"no")
    filled.put("2026/news/.hidden/y.txt", b"no")
    filled.put("2026/news/a/.DS_Store", b"xyz")
    filled.put("2026/newspaper/c.txt", b"of another folder")
    plan = walk([place(f"{filled.url}/2026/news")], RUN, READ)
    assert [unit.path for unit in plan.units] == [b"a/first.txt", b"a/second.txt", b"b.md"]
    assert [unit.media for unit in plan.units] == ["txt", "txt", "md"]
    assert [(s.path, s.reason, s.size) for s in plan.skipped] == [
        (b".hidden", "hidden", 0),
        (b"a/.DS_Store", "hidden", 3),
    ]
    assert [load(unit).decode() for unit in plan.units] == [*TEXTS.values()]


def test_labels_are_those_of_folders(filled, tmp_path):
    local = written(tmp_path / "other" / "news", {"z.txt": "一行。\n"})
    plan = walk([place(f"{filled.url}/2026/news"), local, place(f"{filled.url}/2026/news/")], RUN, READ)
    assert sorted(plan.labels) == ["2026-news", "other-news"]
    assert [s.reason for s in plan.skipped] == ["repeated"]
    assert walk([place(filled.url)], RunSettings(label=True), READ).labels == (stores.BUCKET,)
    one = walk([place(f"{filled.url}/2026/news/b.md"), local], RUN, READ)
    assert {unit.name for unit in one.units} == {"b.md", "news/z.txt"}


def test_a_long_file_of_records_is_cut_as_a_local_one(bucket, tmp_path):
    lines = "".join(
        json.dumps({"text": f"第{n}号仓库在{n * 7919 % 1999}年修好。" * (n % 9 + 1)}) + "\n"
        for n in range(900)
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in/records.jsonl").write_text(lines, "utf-8")
    bucket.fill(tmp_path / "in", "in")
    cut = RunSettings(unit_bytes=20_000)
    here, afar = (walk([one], cut, READ).units for one in (tmp_path / "in", place(f"{bucket.url}/in")))
    assert len(here) > 5
    assert [(u.start, u.end, u.size) for u in here] == [(u.start, u.end, u.size) for u in afar]
    assert [load(u) for u in here] == [load(u) for u in afar]


@pytest.mark.parametrize("key", ["é 100%41?.txt", "a#b&c=d+e.txt", "x y/z.txt", "100%25.txt"])
def test_any_key_is_found_and_read(bucket, key):
    bucket.put(f"in/{key}", b"text")
    (unit,) = walk([place(f"{bucket.url}/in")], RUN, READ).units
    assert unit.path == key.encode()
    assert load(unit) == b"text"


def test_keys_that_no_file_can_have_are_listed_and_left(monkeypatch):
    entries = [
        Entry(b"a//b.txt", 4, None),
        Entry(b"c", 5, None),
        Entry(b"c", 5, None),
        Entry(b"unsized", -1, None),
    ]
    monkeypatch.setattr(remote, "kind", lambda address: "folder")
    monkeypatch.setattr(remote, "listed", lambda address: entries)
    from pipeline.readers.keys import walked

    files, skipped = walked(Address("s3", "bucket", "in"), "")
    assert [file.path for file in files] == [b"c"]
    assert [(s.path, s.reason, s.size) for s in skipped] == [
        (b"a/\0/b.txt", "unnamed", 4),
        (b"c/\0", "unnamed", 5),
        (b"unsized", "unnamed", 0),
    ]


def test_what_is_not_there_ends_the_command_before_anything_is_written(bucket, tmp_path):
    for address in (f"{bucket.url}/nothing", "s3://no-such-bucket/x"):
        with pytest.raises(UsageError, match="nothing is there"):
            run([place(address)], tmp_path / "out")
    bucket.put("in/a.txt", b"x")
    bucket.refused |= {"": 403, "in": 403}
    with pytest.raises(UsageError, match=os.strerror(errno.EACCES)):
        run([place(f"{bucket.url}/in")], tmp_path / "out")
    assert not (tmp_path / "out").exists()


# The same bytes


@pytest.mark.parametrize("sample", ["encodings", "formats", "records", "reprints"])
def test_a_sample_in_a_store_gives_the_bytes_of_the_folder(bucket, tmp_path, sample):
    source = SAMPLES / sample / "input"
    shutil.copytree(source, tmp_path / "input", symlinks=False)
    bucket.fill(tmp_path / "input", "input")
    run([tmp_path / "input"], tmp_path / "here")
    run([place(f"{bucket.url}/input")], tmp_path / "afar")
    assert tree(tmp_path / "afar") == tree(tmp_path / "here")


def test_two_processes_and_several_inputs_give_the_bytes_of_folders(filled, tmp_path):
    for name in ("east", "west"):
        shutil.copytree(SAMPLES / "reprints" / "input", tmp_path / name)
        filled.fill(tmp_path / name, name)
    run([tmp_path / "east", tmp_path / "west"], tmp_path / "here")
    afar = [place(f"{filled.url}/{name}") for name in ("west", "east")]
    run(afar, tmp_path / "afar", settings=settings(jobs=2, unit_bytes=4096))
    run([afar[0], tmp_path / "east"], tmp_path / "mixed")
    assert tree(tmp_path / "here") == tree(tmp_path / "afar") == tree(tmp_path / "mixed")
    assert verify(tmp_path / "afar", deep=True).findings == ()


def test_nothing_of_the_store_or_of_who_reads_it_is_in_the_output(filled, tmp_path, capsys):
    out = tmp_path / "out"
    code = main(
        ["run", f"{filled.url}/2026/news", "-o", str(out), "--set", "run.jobs=1"], standalone_mode=False
    )
    said = capsys.readouterr()
    assert code == 0
    held = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    for secret in ("never-to-be-seen", "127.0.0.1", stores.BUCKET):
        assert secret.encode() not in held
    assert "never-to-be-seen" not in said.out + said.err


# The next night


def test_an_object_that_nobody_replaced_is_not_read_again(filled, tmp_path):
    inputs, out = [place(f"{filled.url}/2026/news")], tmp_path / "out"
    run(inputs, out)
    first = tree(out)
    filled.read()
    run(inputs, out)
    assert filled.read() == set()
    assert tree(out) == first
    filled.put("2026/news/b.md", "集市又搬了回来。\n".encode(), at=stores.LONG_AGO + 60)
    filled.put("2026/news/c.txt", "新来的一篇。\n".encode())
    run(inputs, out)
    assert filled.read() == {"2026/news/b.md", "2026/news/c.txt"}
    run([place(f"{filled.url}/2026/news")], tmp_path / "fresh")
    assert tree(out) == tree(tmp_path / "fresh")


def test_an_object_of_the_last_minutes_has_no_stamp(monkeypatch):
    now = 1_800_000_000 * 10**9
    monkeypatch.setattr("time.time_ns", lambda: now)
    assert stamp_of_object(Entry(b"a", 5, now - 899 * 10**9)) == ""
    assert stamp_of_object(Entry(b"a", 5, None)) == ""
    stamp = stamp_of_object(Entry(b"a", 5, now - 901 * 10**9))
    assert stamp
    assert stamp != stamp_of_object(Entry(b"a", 5, now - 902 * 10**9))
    assert stamp != stamp_of_object(Entry(b"a", 6, now - 901 * 10**9))


def test_an_object_that_is_gone_stays_as_source_gone_until_it_is_pruned(filled, tmp_path):
    inputs, out = [place(f"{filled.url}/2026/news")], tmp_path / "out"
    run(inputs, out)
    (filled.root / "2026/news/b.md").unlink()
    run(inputs, out)
    gone = [row["path"] for row in rows(out, "documents") if "source_gone" in row["flags"]]
    assert gone == ["b.md"]
    run(inputs, out, prune=True)
    assert [row["path"] for row in rows(out, "documents")] == ["a/first.txt", "a/second.txt"]


# Failures


def changing(filled, what):
    """Do something with an object between its listing and its reading, once."""
    done = []

    def change():
        if not done:
            done.append(1)
            what()

    filled.changes["GET", "2026/news/a/first.txt"] = change


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (
            lambda b: b.put("2026/news/a/first.txt", b"another text of another size, and of another night\n"),
            "changed",
        ),
        (lambda b: (b.root / "2026/news/a/first.txt").unlink(), "changed"),
        (lambda b: b.refused.update({"2026/news/a/first.txt": 403}), "unreadable"),
        (lambda b: b.refused.update({"2026/news/a/first.txt": 400}), "unreadable"),
    ],
    ids=["replaced", "deleted", "forbidden", "refused"],
)
def test_an_object_that_cannot_be_read_is_quarantined_and_the_rest_is_cleaned(filled, tmp_path, what, reason):
    plan_of, out = [place(f"{filled.url}/2026/news")], tmp_path / "out"
    changing(filled, lambda: what(filled))
    result = run(plan_of, out)
    assert result.quarantined == 1
    (row,) = rows(out, "skipped")
    assert (row["path"], row["status"], row["reason"]) == ("a/first.txt", "quarantined", reason)
    assert len(rows(out, "documents")) == 2
    assert verify(out).findings == ()


@pytest.mark.parametrize("status", [403, 400])
def test_an_object_that_cannot_be_read_tonight_stays_as_it_was(filled, tmp_path, status):
    inputs, out = [place(f"{filled.url}/2026/news")], tmp_path / "out"
    run(inputs, out)
    filled.put("2026/news/b.md", b"# new\n\nA text that nobody can read tonight.\n", at=stores.LONG_AGO + 9)
    filled.refused["2026/news/b.md"] = status
    assert run(inputs, out).quarantined == 1
    kept = {row["path"]: row["flags"] for row in rows(out, "documents")}
    assert "source_unread" in kept["b.md"]
    assert (out / "clean/b.md").read_text("utf-8") == TEXTS["b.md"]
    filled.refused.clear()
    run(inputs, out)
    assert "A text that nobody can read" in (out / "clean/b.md").read_text("utf-8")


def test_an_object_replaced_by_one_of_its_size_while_it_is_read_is_not_read(filled):
    (unit, *_) = walk([place(f"{filled.url}/2026/news")], RUN, READ).units
    with opened(unit) as file:
        file.read(10)
        size = (filled.root / "2026/news/a/first.txt").stat().st_size
        filled.put("2026/news/a/first.txt", b"x" * size)
        file.read()
        assert file.changed() == Rejected("changed", "written to while it was read")


def test_a_store_that_answers_no_more_loses_nothing(filled, tmp_path):
    inputs, out = [place(f"{filled.url}/2026/news")], tmp_path / "out"
    run(inputs, out)
    first = tree(out)
    filled.refused |= dict.fromkeys(("", "2026/news"), 403)
    with pytest.raises(UsageError):
        run(inputs, out)
    assert tree(out) == first


def test_a_folder_of_a_batch_that_cannot_be_listed_does_not_stop_the_others(filled, tmp_path):
    told = []
    found = batch(
        [place(f"{filled.url}/2026/news"), place(f"{filled.url}/nowhere"), written(tmp_path / "here")],
        tmp_path / "outs",
        settings(),
        told=lambda folder, text: told.append((str(folder), text)),
        printer=events.Silent(),
    )
    assert {row.name: row.code for row in found} == {"here": 0, "news": 0, "nowhere": 2}
    assert [name for name, _ in told] == [f"{filled.url}/nowhere"]


def test_the_words_of_a_store_become_those_of_the_system():
    def told(error):
        with pytest.raises(OSError) as raised, remote.failing():
            raise error
        return raised.value.errno

    assert told(FileNotFoundError(errno.ENOENT, "x")) == errno.ENOENT
    assert (
        told(OSError("AWS Error ACCESS_DENIED during HeadObject operation: No response body."))
        == errno.EACCES
    )
    assert told(OSError("AWS Error NETWORK_CONNECTION during GetObject: curlCode: 7")) == errno.EHOSTUNREACH
    assert told(RuntimeError("what nobody foresaw")) == errno.EIO


def test_schemes_of_fsspec_are_read_too(tmp_path):
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    memory = fsspec.filesystem("memory")
    try:
        memory.pipe({f"/pile/news/{name}": text.encode() for name, text in TEXTS.items()})
        run([place("memory://pile/news")], tmp_path / "afar")
    finally:
        memory.store.clear()
    run([written(tmp_path / "news")], tmp_path / "here")
    assert tree(tmp_path / "afar") == tree(tmp_path / "here")


# Commands


def test_doctor_tells_of_a_folder_and_a_file_of_a_store(filled, capsys):
    assert main(["doctor", f"{filled.url}/2026/news", "--json"], standalone_mode=False) == 0
    assert json.loads(capsys.readouterr().out)["folder"]["files"] == 3
    assert main(["doctor", f"{filled.url}/2026/news/b.md", "--json"], standalone_mode=False) == 0
    assert json.loads(capsys.readouterr().out)["file"]["name"] == "b.md"
