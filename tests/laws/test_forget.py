"""What was erased: nothing of its text is left, and the tree is that of a run that knows its tombstone."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import events, job
from pipeline.check import verify
from pipeline.errors import DamageError, UsageError
from pipeline.ledger import Output, read_rows
from pipeline.settings import load

_SPEC = importlib.util.spec_from_file_location("promises", Path(__file__).with_name("test_promises.py"))
promises = importlib.util.module_from_spec(_SPEC)
sys.modules["promises"] = promises
_SPEC.loader.exec_module(promises)

SILENT = events.Silent()
HOW = job.Erasing("2026-11-28", "a court said so", copies=True)
MARK = "Zqx7mark"  # a word of the text that goes, in ASCII, as it stands in every encoding


def ran(source, out, **more):
    chosen = {"run.jobs": 1, **{name.replace("_", ".", 1): value for name, value in more.items()}}
    return job.run([source], out, load(None, chosen), printer=SILENT)


def forgotten(out, *ids, how=HOW, **more):
    return job.forget(out, ids, how, jobs=1, printer=SILENT, **more)


def written(folder, files):
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def ids(out):
    return {row["path"]: row["id"] for row in read_rows(out).documents}


def tree(out):
    return (out / "manifest-sha256.txt").read_bytes()


def traces(out, mark=MARK):
    """Every file under an output that has the word, unpacked where it is packed."""
    found = []
    for path in (path for path in out.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if path.suffix == ".arrow" or ".arrow" in path.name:
            data += str(pa.ipc.open_file(pa.py_buffer(data)).read_all().to_pylist()).encode()
        elif path.suffix == ".parquet":
            data += str(pq.read_table(path).to_pylist()).encode()
        if mark.encode() in data or mark in path.name:
            found.append(path.relative_to(out).as_posix())
    return found


def article(seed, mark=""):
    dice = random.Random(seed)
    lines = [" ".join(f"w{dice.randrange(5000)}" for _ in range(14)) + "." for _ in range(6)]
    return (
        "\n".join([f"Headline {seed}", *lines[:3], *([f"{lines[5]} {mark}"] if mark else []), *lines[3:]])
        + "\n"
    )


@pytest.fixture
def out(tmp_path):
    """Return an output: three articles, of which one stands twice, once more with a line less, and in a zip file."""
    text = article(1, MARK)
    files = {
        "one.txt": text,
        "same.txt": text,
        "short.txt": text.rsplit("\n", 2)[0] + "\n",
        "two.txt": article(2),
        "three.txt": article(3) * 2,
    }
    ran(written(tmp_path / "in", files), tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_tree_is_that_of_a_run_over_what_is_left_and_the_rest_keeps_its_ids(tmp_path, seed):
    source = written(tmp_path / "in", promises.folder_of(seed))
    ran(source, tmp_path / "out")
    before = read_rows(tmp_path / "out").documents
    dice = random.Random(seed)
    doc = dice.choice([row for row in before if row["l2"]["chars"]])["id"]
    how = job.Erasing("2026-11-28", copies=bool(seed % 2))
    found = forgotten(tmp_path / "out", doc, how=how)
    gone = {row["id"] for row in found.rows}
    assert doc in gone
    after = tree(tmp_path / "out")
    assert {row["id"] for row in read_rows(tmp_path / "out").documents} == {r["id"] for r in before} - gone
    assert {row["doc"] for row in read_rows(tmp_path / "out").forgotten} == gone
    assert verify(tmp_path / "out", deep=True).findings == ()
    ran(source, tmp_path / "out")
    assert tree(tmp_path / "out") == after
    shutil.rmtree(tmp_path / "out" / ".work")  # nothing is remembered: all is read and prepared anew
    ran(source, tmp_path / "out")
    assert tree(tmp_path / "out") == after
    erased = [row for row in read_rows(tmp_path / "out").skipped if row["reason"] == "forgotten"]
    assert len(erased) == len(gone)


def test_nothing_of_the_text_is_left_anywhere(tmp_path, out):
    assert "clean/one.txt" in traces(out)
    forgotten(out, ids(out)["one.txt"])
    assert traces(out) == []
    ran(tmp_path / "in", out)
    assert traces(out) == []
    job.apply(out, None, {"run.policy": "annotate", "run.jobs": 1}, printer=SILENT)
    assert traces(out) == []
    assert verify(out, deep=True).findings == ()
    assert sorted(ids(out)) == ["three.txt", "two.txt"]


def test_it_is_not_taken_in_again_under_another_name_or_form(tmp_path, out):
    forgotten(out, ids(out)["one.txt"])
    text = article(1, MARK)
    files = {"new/name.txt": text, "crlf.txt": text.replace("\n", "\r\n"), "four.txt": article(4)}
    for name, data in files.items():
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(data, newline="")
    ran(tmp_path / "in", out)
    assert traces(out) == []
    assert sorted(ids(out)) == ["four.txt", "three.txt", "two.txt"]
    reasons = {row["path"]: row["reason"] for row in read_rows(out).skipped}
    assert set(reasons.values()) == {"forgotten"}
    assert {"new/name.txt", "crlf.txt", "one.txt"} <= set(reasons)


def test_what_holds_most_of_the_text_is_named_before_anything_goes(out):
    before = tree(out)
    with pytest.raises(UsageError, match=r"2 more hold the same text.*same\.txt.*short\.txt"):
        forgotten(out, ids(out)["one.txt"], how=job.Erasing("2026-11-28"))
    assert tree(out) == before
    found = forgotten(out, ids(out)["short.txt"], how=job.Erasing("2026-11-28"), dry_run=True)
    assert [row["path"] for row in found.copies] == ["one.txt", "same.txt"]
    assert tree(out) == before


def test_a_copy_that_the_policy_keeps_is_named_too(tmp_path, out):
    for policy in ("annotate", "cautious"):
        ran(tmp_path / "in", out, run_policy=policy)
        with pytest.raises(UsageError, match=r"2 more hold the same text.*same\.txt.*short\.txt"):
            forgotten(out, ids(out)["one.txt"], how=job.Erasing("2026-11-28"))
    found = forgotten(out, ids(out)["one.txt"])
    assert [row["path"] for row in found.copies] == ["short.txt"]
    assert traces(out) == []


def test_a_copy_that_is_kept_takes_the_place_of_what_was_erased(out):
    found = forgotten(out, ids(out)["one.txt"], how=job.Erasing("2026-11-28", copies=False))
    assert [row["path"] for row in found.same] == ["same.txt"]
    assert [row["path"] for row in found.left] == ["short.txt"]
    rows = {row["path"]: row for row in read_rows(out).documents}
    assert rows["short.txt"]["status"] == "kept"
    assert verify(out, deep=True).findings == ()


def test_a_text_of_which_the_name_is_not_to_be_said(tmp_path, out):
    (tmp_path / "in" / f"{MARK}.txt").write_text(article(9))
    ran(tmp_path / "in", out)
    doc = ids(out)[f"{MARK}.txt"]
    forgotten(out, ids(out)["one.txt"])
    assert traces(out)
    forgotten(out, doc, how=job.Erasing("2026-11-28", named=False))
    after = tree(out)
    assert [row["path"] for row in read_rows(out).skipped if row["reason"] == "forgotten"].count(doc) == 1
    assert not any(MARK in row["path"] for row in read_rows(out).skipped)
    assert b"mark" not in after
    ran(tmp_path / "in", out)
    assert tree(out) == after
    assert verify(out, deep=True).findings == ()


def test_an_input_that_is_gone_may_be_erased(tmp_path, out):
    for name in ("one.txt", "same.txt"):
        (tmp_path / "in" / name).unlink()
    ran(tmp_path / "in", out, run_max_gone=1.0)
    forgotten(out, ids(out)["one.txt"])
    after = tree(out)
    assert traces(out) == []
    ran(tmp_path / "in", out, run_max_gone=1.0)
    assert tree(out) == after
    assert verify(out, deep=True).findings == ()


def test_without_its_tombstones_a_tree_is_not_built_upon(tmp_path, out):
    forgotten(out, ids(out)["one.txt"])
    stones = out / "ledger" / "forgotten.jsonl"
    kept = stones.read_bytes()
    for wrong in (None, kept[:-20] + b"\n", b""):
        stones.unlink()
        if wrong is not None:
            stones.write_bytes(wrong)
        with pytest.raises(DamageError, match="it says what was erased"):
            ran(tmp_path / "in", out)
        stones.write_bytes(kept)
    ran(tmp_path / "in", out)
    assert verify(out, deep=True).findings == ()


@pytest.mark.parametrize("wrong", [None, 7, "", "{place}/mine.txt", "../../../../mine.txt", "G" * 64])
def test_tombstones_that_are_none_are_refused_and_name_no_file(tmp_path, out, wrong):
    mine = tmp_path / "mine.txt"
    mine.write_text("my own")
    forgotten(out, ids(out)["two.txt"])
    stones = out / "ledger" / "forgotten.jsonl"
    (row,) = read_rows(out).forgotten
    row["l0"] = wrong.replace("{place}", str(tmp_path)) if isinstance(wrong, str) else wrong
    stones.write_text(json.dumps(row) + "\n")
    manifest = out / "manifest-sha256.txt"
    lines = [line for line in manifest.read_text().splitlines(keepends=True) if "forgotten" not in line]
    manifest.write_text("".join(lines))
    with pytest.raises(DamageError, match=r"forgotten\.jsonl"):
        ran(tmp_path / "in", out)
    assert mine.read_text() == "my own"


def test_a_tree_cut_into_another_folder_has_the_tombstones_too(tmp_path, out):
    forgotten(out, ids(out)["one.txt"])
    job.apply(out, None, {"run.jobs": 1}, target=tmp_path / "other", printer=SILENT)
    assert tree(tmp_path / "other") == tree(out)
    forgotten_there = read_rows(tmp_path / "other").forgotten
    assert len(forgotten_there) == 3


def test_decisions_about_it_go_too(tmp_path, out):
    from pipeline import decisions as d
    from pipeline.cli.pointing import paragraph_of

    subject, seen = paragraph_of(Output(out), "one.txt", MARK)
    event = d.made(
        d.Event("-", "2026-11-22T21:00:00Z", "li", "test", d.Verdict.KEEP, subject, seen, MARK, None)
    )
    file = tmp_path / "decisions.jsonl"
    file.write_bytes(d.lines_of([event]))
    ran(tmp_path / "in", out, run_decisions=[str(file)])
    assert "ledger/decisions.jsonl" in traces(out)
    forgotten(out, ids(out)["one.txt"])
    assert traces(out) == []
    after = tree(out)
    ran(tmp_path / "in", out, run_decisions=[str(file)])
    assert traces(out) == []
    assert tree(out) == after


def test_what_an_archive_has_of_it_is_not_compared_with(tmp_path, out):
    new = written(tmp_path / "new", {"a.txt": article(1, MARK), "b.txt": article(7)})
    job.run([new], tmp_path / "two", load(None, {"run.jobs": 1}), against=[out], printer=SILENT)
    forgotten(tmp_path / "two", ids(tmp_path / "two")["a.txt"])
    assert traces(tmp_path / "two") == []
    after = tree(tmp_path / "two")
    job.run([new], tmp_path / "two", load(None, {"run.jobs": 1}), against=[out], printer=SILENT)
    assert traces(tmp_path / "two") == []
    assert tree(tmp_path / "two") == after


def test_an_erased_document_that_verify_finds_is_a_finding(tmp_path, out):
    doc = ids(out)["two.txt"]
    forgotten(out, doc)
    ran(written(tmp_path / "other", {"two.txt": article(2)}), tmp_path / "fresh")
    name = "ledger/documents.jsonl"
    (out / name).write_bytes((out / name).read_bytes() + (tmp_path / "fresh" / name).read_bytes())
    (found,) = (finding for finding in verify(out).findings if "was erased" in finding.what)
    assert "run again" in str(found)
    ran(tmp_path / "in", out)
    assert verify(out, deep=True).findings == ()
    assert doc not in ids(out).values()
