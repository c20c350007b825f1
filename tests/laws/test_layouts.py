"""A packed output holds what one with a file a document holds, and all that reads an output reads it so."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import assemble, events, job, shards
from pipeline.check import verify
from pipeline.cli import main
from pipeline.errors import DamageError, ResumeError, UsageError
from pipeline.ledger import Output, read_rows
from pipeline.restore import restore
from pipeline.settings import load

_SPEC = importlib.util.spec_from_file_location("promises", Path(__file__).with_name("test_promises.py"))
promises = importlib.util.module_from_spec(_SPEC)
sys.modules["promises"] = promises
_SPEC.loader.exec_module(promises)
_SPEC = importlib.util.spec_from_file_location("forgetting", Path(__file__).with_name("test_forget.py"))
forgetting = importlib.util.module_from_spec(_SPEC)
sys.modules["forgetting"] = forgetting
_SPEC.loader.exec_module(forgetting)

SILENT = events.Silent()
FOLDERS = ("clean", "notes", "ledger/blobs")
MANIFEST = "manifest-sha256.txt"
#: Sizes by which a few documents make several shards, and some files stand alone.
SMALL = {
    "_USUAL_FILES": 4,
    "_MOST_FILES": 6,
    "_USUAL_BYTES": 1 << 14,
    "_MOST_BYTES": 1 << 15,
    "LARGEST": 3000,
}


def ran(source: Path, out: Path, layout: str = "packed", **more):
    chosen = {"run.jobs": 1, "run.layout": layout, "run.max_gone": 1.0}
    chosen |= {name.replace("_", ".", 1): value for name, value in more.items()}
    return job.run([source], out, load(None, chosen), printer=SILENT)


def packed(out: Path, layout: str, **options):
    return job.apply(out, None, {"run.jobs": 1, "run.layout": layout}, printer=SILENT, **options)


def tree(out: Path) -> str:
    return (out / MANIFEST).read_text("utf-8")


def files(out: Path) -> dict[str, bytes]:
    """Return the files of an output that a layout is about, out of their shards."""
    found = {}
    for path in (path for folder in FOLDERS for path in (out / folder).rglob("*") if path.is_file()):
        found[path.relative_to(out).as_posix()] = path.read_bytes()
    for path in sorted((out / "packed").glob("*")):
        with zipfile.ZipFile(path) as shard:
            assert shard.testzip() is None
            for member in shard.infolist():
                assert member.filename not in found
                assert member.compress_type == zipfile.ZIP_STORED
                assert (member.date_time, member.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 0o100644)
                found[member.filename] = shard.read(member)
    return found


@pytest.fixture
def small(monkeypatch):
    for name, value in SMALL.items():
        monkeypatch.setattr(shards, name, value)


@settings.get_profile("runs")
@given(st.integers(0, 10**6), st.booleans())
@example(3, True)
def test_both_layouts_hold_the_same(seed, several):
    root = Path(tempfile.mkdtemp(prefix="law-"))
    source = promises.write(root / "in", promises.folder_of(seed))
    (source / "empty.txt").write_bytes(b"")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items() if several else ():
            patch.setattr(shards, name, value)
        ran(source, root / "files", "files")
        ran(source, root / "packed")
        one, two = files(root / "files"), files(root / "packed")
        assert one == two
        assert read_rows(root / "files") == read_rows(root / "packed")
        lines = (root / "packed" / shards.INDEX).read_text("utf-8").splitlines()
        rows = {row["name"]: row for row in map(json.loads, lines)}
        for name, data in ((name, data) for name, data in two.items() if len(data) <= shards.LARGEST):
            assert not (root / "packed" / name).exists()
            row = rows[name]
            shard = (root / "packed" / row["shard"]).read_bytes()
            assert shard[row["offset"] : row["offset"] + row["bytes"]] == data
            assert name.startswith("notes/") or shards.Files(root / "packed").read(name) == data
        assert verify(root / "packed", deep=True).findings == ()
        restore(root / "files", root / "a")
        restore(root / "packed", root / "b")
    assert {p.relative_to(root / "a"): p.read_bytes() for p in (root / "a").rglob("*") if p.is_file()} == {
        p.relative_to(root / "b"): p.read_bytes() for p in (root / "b").rglob("*") if p.is_file()
    }
    shutil.rmtree(root)


@settings.get_profile("runs")
@given(st.integers(0, 10**6))
def test_shards_depend_neither_on_parts_nor_on_what_was_there(seed):
    root, dice = Path(tempfile.mkdtemp(prefix="law-")), random.Random(seed)
    made = sorted(promises.folder_of(seed).items())
    source = promises.write(root / "in", dict(made[: len(made) // 2]))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(shards, name, value)
        ran(source, root / "out", dice.choice(["files", "packed"]))
        promises.write(source, dict(made))
        patch.setattr(assemble, "_ORDERS_A_PART", dice.choice([1, 2, 5]))
        ran(source, root / "out")
        patch.undo()
        for name, value in SMALL.items():
            patch.setattr(shards, name, value)
        ran(source, root / "fresh")
        assert tree(root / "out") == tree(root / "fresh")
        packed(root / "out", "files")
        ran(source, root / "plain", "files")
        assert tree(root / "out") == tree(root / "plain")
        packed(root / "out", "packed", target=root / "again")
        assert tree(root / "again") == tree(root / "fresh")
    shutil.rmtree(root)


def odd(mark: str) -> bytes:
    """Return the bytes of a text that does not give them back."""
    return ("渡口新添了两条船，早上六点开第一班。\n" * 9 + mark).encode() + b"\xff\xfe\n"


def made(folder: Path) -> Path:
    """Return an input with texts, copies, records, a page, and bytes that a text does not give back."""
    folder.mkdir()
    for n in range(14):
        text = forgetting.article(n % 9)
        (folder / f"{n:02}.txt").write_text(text * (1 + (n == 3)))
    (folder / "bad.txt").write_bytes(odd(""))
    rows = [json.dumps({"text": forgetting.article(60 + n), "n": n}) for n in range(5)]
    (folder / "records.jsonl").write_text("\n".join(rows) + "\n")
    return folder


def test_workers_and_an_order_of_their_own_give_the_same_shards(small, tmp_path, monkeypatch):
    ran(made(tmp_path / "in"), tmp_path / "one")
    monkeypatch.setattr(assemble, "_ORDERS_A_PART", 2)
    ran(tmp_path / "in", tmp_path / "two", run_jobs=2)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert len(list((tmp_path / "one" / "packed").iterdir())) > 6
    assert any((tmp_path / "one" / folder).exists() for folder in FOLDERS)  # some stand alone


def test_verify_finds_any_bit_that_is_turned_in_a_shard_or_its_index(small, tmp_path):
    ran(made(tmp_path / "in"), tmp_path / "out")
    dice = random.Random(1)
    for path in [*(tmp_path / "out" / "packed").iterdir(), tmp_path / "out" / shards.INDEX]:
        whole = path.read_bytes()
        for _ in range(6):
            at, bit = dice.randrange(len(whole)), dice.randrange(8)
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            named = {finding.where for finding in verify(tmp_path / "out").findings}
            assert path.relative_to(tmp_path / "out").as_posix() in named
        path.write_bytes(whole[:-1])
        assert verify(tmp_path / "out").findings
        path.unlink()
        assert verify(tmp_path / "out", deep=True).findings
        path.write_bytes(whole)
    assert verify(tmp_path / "out", deep=True).findings == ()


@pytest.mark.parametrize(
    "line",
    [
        b"{}\n",
        b"nothing\n",
        b'{"name":"clean/a","shard":"../../x.zip","offset":0,"bytes":1}\n',
        b'{"name":"clean/a","shard":"packed/clean-0123456789abcdef.zip","offset":-1,"bytes":1}\n',
        b'{"name":"clean/a","shard":"packed/clean-0123456789abcdef.zip","offset":0,"bytes":99999999999}\n',
        b'{"name":"clean/a","shard":7,"offset":0,"bytes":1}\n',
        b'{"name":"clean/a","shard":"packed/clean-0123456789abcdef.zip","offset":0.5,"bytes":1}\n',
        b'{"name":"clean/a","shard":"packed/clean-0123456789abcdef.zip","offset":1e99,"bytes":1}\n',
        b'{"name":[],"shard":"packed/clean-0123456789abcdef.zip","offset":0,"bytes":1}\n',
        b"\xff\n",
    ],
)
def test_an_index_that_is_none_is_damage_and_no_exception(tmp_path, line, capsys):
    ran(made(tmp_path / "in"), tmp_path / "out")
    index = tmp_path / "out" / shards.INDEX
    index.write_bytes(line + index.read_bytes())
    assert shards.INDEX in {finding.where for finding in verify(tmp_path / "out", deep=True).findings}
    assert main(["restore", str(tmp_path / "out"), "-o", str(tmp_path / "back")], standalone_mode=False) == 4
    assert f"{shards.INDEX}: line 1: not what was written" in capsys.readouterr().err


def test_unpacked_where_they_lie_shards_give_the_files(tmp_path):
    ran(made(tmp_path / "in"), tmp_path / "out")
    whole = files(tmp_path / "out")
    for path in (tmp_path / "out" / "packed").iterdir():
        with zipfile.ZipFile(path) as shard:
            shard.extractall(tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / "packed")
    (tmp_path / "out" / shards.INDEX).unlink()
    assert files(tmp_path / "out") == whole
    restored = restore(tmp_path / "out", tmp_path / "back")
    assert restored.documents == len(read_rows(tmp_path / "out").documents)


def test_nothing_of_what_was_erased_is_left_in_a_shard(small, tmp_path):
    source = made(tmp_path / "in")
    (source / "05.txt").write_text(forgetting.article(5, forgetting.MARK))
    (source / "odd.txt").write_bytes(odd(forgetting.MARK))
    out = tmp_path / "out"
    ran(source, out)
    before = {path.name for path in (out / "packed").iterdir()}
    assert any(name.startswith("packed/blobs-") for name in forgetting.traces(out))
    ids = {row["path"]: row["id"] for row in read_rows(out).documents}
    job.forget(out, [ids["05.txt"], ids["odd.txt"]], forgetting.HOW, jobs=1, printer=SILENT)
    assert forgetting.traces(out) == []
    assert verify(out, deep=True).findings == ()
    assert before & {path.name for path in (out / "packed").iterdir()}
    after = tree(out)
    ran(source, out)
    assert tree(out) == after
    shutil.rmtree(out / ".work")
    ran(source, out)
    assert tree(out) == after
    assert forgetting.traces(out) == []


def test_an_archive_is_the_same_in_shards_and_fits_its_hashes(small, tmp_path):
    ran(made(tmp_path / "in"), tmp_path / "old-files" / "old", "files")
    ran(tmp_path / "in", tmp_path / "old-packed" / "old")
    (tmp_path / "new").mkdir()
    for n in (2, 40, 41):
        (tmp_path / "new" / f"{n}.txt").write_text(forgetting.article(n))
    rows = []
    for layout in ("files", "packed"):
        chosen = load(None, {"run.jobs": 1, "run.layout": layout})
        out, archive = tmp_path / f"new-{layout}", tmp_path / f"old-{layout}" / "old"
        job.run([tmp_path / "new"], out, chosen, against=[archive], printer=SILENT)
        assert verify(out, deep=True).findings == ()
        rows.append(read_rows(out))
    assert rows[0] == rows[1]
    assert [row["status"] for row in rows[0].documents].count("removed") == 1
    for file in [*(tmp_path / "old-packed" / "old" / "packed").glob("clean-*"), archive / shards.INDEX]:
        whole = file.read_bytes()
        file.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
        with pytest.raises(DamageError, match="does not fit its hash"):
            job.run([tmp_path / "new"], tmp_path / "x", chosen, against=[archive], printer=SILENT)
        file.write_bytes(whole)


def test_what_is_gone_is_known_by_the_notes_in_shards_where_the_ledger_is_damaged(tmp_path):
    ran(made(tmp_path / "in"), tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / ".work")
    (tmp_path / "out" / "ledger" / "documents.jsonl").write_bytes(b"")
    (tmp_path / "out" / shards.INDEX).write_bytes(b"")
    (tmp_path / "in" / "07.txt").unlink()
    with pytest.raises(UsageError, match=r"07\.txt is gone"):
        ran(tmp_path / "in", tmp_path / "out")


def test_an_unfinished_run_is_not_taken_up_in_the_other_layout(tmp_path, monkeypatch):
    ran(made(tmp_path / "in"), tmp_path / "out", "files")
    (tmp_path / "in" / "new.txt").write_text(forgetting.article(80))

    def stopped(*_, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(assemble, "report_page", stopped)
        with pytest.raises(KeyboardInterrupt):
            ran(tmp_path / "in", tmp_path / "out")
    with pytest.raises(ResumeError, match=r"run\.layout"):
        ran(tmp_path / "in", tmp_path / "out", "files")
    ran(tmp_path / "in", tmp_path / "out")
    ran(tmp_path / "in", tmp_path / "fresh")
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")


def test_bytes_that_pass_1_kept_no_more_are_taken_from_the_shard_of_before(tmp_path):
    ran(made(tmp_path / "in"), tmp_path / "out")
    before = tree(tmp_path / "out")
    for path in (tmp_path / "out" / ".work" / "cache" / "blobs").iterdir():
        path.unlink()
    shutil.rmtree(tmp_path / "out" / ".work" / "memo")
    ran(tmp_path / "in", tmp_path / "out")
    assert tree(tmp_path / "out") == before
    assert shards.blobs_of(tmp_path / "out") == {
        hashlib.sha256((tmp_path / "in/bad.txt").read_bytes()).hexdigest()
    }


@pytest.mark.parametrize(
    "words", [["explain", "bad.txt"], ["explain", "records.jsonl:2"], ["inspect"], ["diff", "*"]]
)
def test_commands_say_of_it_what_they_say_of_the_other(tmp_path, words, capsys):
    said = []
    for layout in ("files", "packed"):
        out = tmp_path / layout / "out"
        ran(made(tmp_path / "in") if not (tmp_path / "in").exists() else tmp_path / "in", out, layout)
        rest = [str(tmp_path / "files" / "out") if word == "*" else word for word in words[1:]]
        assert main([words[0], str(out), *rest], standalone_mode=False) in {0, 1, None}
        said.append(capsys.readouterr().out.replace(str(out), "OUT"))
    place = Output(tmp_path / "packed" / "out").files.file_of("clean/bad.txt")
    assert said[1].replace(f" in {place}", "").replace("packed/  ", "clean/  notes/  ") == said[0]
    assert (words != ["explain", "bad.txt"]) or place in said[1]


@pytest.mark.parametrize("export", ["bagit", "jsonl", "parquet", "prov"])
def test_exports_are_made_of_it_too(tmp_path, export):
    ran(made(tmp_path / "in"), tmp_path / "out")
    words = ["export", str(tmp_path / "out"), "--as", export, "-o", str(tmp_path / "to")]
    assert main(words, standalone_mode=False) in {0, None}
