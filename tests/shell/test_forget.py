"""clean-corpus forget: what it says, and what it refuses."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipeline import events, job
from pipeline.cli import main
from pipeline.ledger import read_rows
from pipeline.settings import load

TEXT = "第{n}号渡轮今日首航，乘客{m}人，码头上站着三百人，镇上的人都来看。\n"


@pytest.fixture
def out(tmp_path):
    """Return an output of two articles, of which one stands twice, an empty file and records."""
    (tmp_path / "in").mkdir()
    for name, n in (("a.txt", 1), ("copy.txt", 1), ("b.txt", 2)):
        lines = "".join(TEXT.format(n=n * 100 + i, m=n * 7919 + i * 31) for i in range(6))
        (tmp_path / "in" / name).write_text(lines, encoding="utf-8")
    (tmp_path / "in" / "empty.txt").write_bytes(b"")
    records = [{"text": TEXT.format(n=n, m=n * 17) * 2} for n in range(900, 903)]
    (tmp_path / "in" / "r.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    job.run([tmp_path / "in"], tmp_path / "out", load(None, {"run.jobs": 1}), printer=events.Silent())
    return tmp_path / "out"


def forget(*words: object):
    return CliRunner().invoke(main, ["forget", *map(str, words), "--jobs", "1", "--quiet"])


def test_it_says_what_goes_and_what_stays(out):
    result = forget(out, "b.txt", "--reason", "request 17")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("erased: b.txt (d-")
    assert "not touched" in result.stdout
    (stone,) = read_rows(out).forgotten
    assert (stone["why"], stone["named"]) == ("request 17", True)
    shown = CliRunner().invoke(main, ["explain", str(out), "b.txt"])
    assert "forgotten" in shown.output


def test_a_dry_run_writes_nothing_and_names_the_copies(out):
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.name != "lock"}
    result = forget(out, "a.txt", "--dry-run")
    assert result.exit_code == 0
    assert "would go: a.txt" in result.stdout
    assert "would go, the same text: copy.txt" in result.stdout
    after = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.name != "lock"}
    assert set(after) == set(before)
    assert {p for p in after if p.is_file() and after[p] != before[p]} == set()


def test_copies_are_asked_for(out):
    result = forget(out, "a.txt")
    assert result.exit_code == 2
    assert "copy.txt" in result.stderr
    assert "--keep-copies" in result.stderr
    assert forget(out, "a.txt", "--copies").exit_code == 0
    assert {row["path"] for row in read_rows(out).documents} == {"b.txt", "empty.txt", "r.jsonl"}


def test_one_record_of_a_file_goes_and_the_others_keep_their_ids(out):
    before = {row["ordinal"]: row["id"] for row in read_rows(out).documents if row["path"] == "r.jsonl"}
    result = forget(out, "r.jsonl:2", "--keep-copies", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [(row["path"], row["ordinal"]) for row in found["named"]] == [("r.jsonl", 1)]
    after = {row["ordinal"]: row["id"] for row in read_rows(out).documents if row["path"] == "r.jsonl"}
    assert after == {n: before[n] for n in (0, 2)}


def test_what_was_erased_before_is_no_error(out):
    doc = next(row["id"] for row in read_rows(out).documents if row["path"] == "b.txt")
    assert forget(out, doc).exit_code == 0
    again = forget(out, doc)
    assert (again.exit_code, again.stdout) == (0, "erased before: nothing is left of it\n")


def documents(out):
    return {(row["path"], row["ordinal"]) for row in read_rows(out).documents}


def test_what_is_named_again_takes_nothing_else(tmp_path, out):
    (tmp_path / "in" / "sub").mkdir()
    (tmp_path / "in" / "sub" / "b.txt").write_text("A text of its own, of a bridge that was opened.\n" * 3)
    job.run([tmp_path / "in"], out, load(None, {"run.jobs": 1}), printer=events.Silent())
    assert forget(out, "b.txt").exit_code == 0
    left = documents(out)
    again = forget(out, "b.txt")
    assert (again.exit_code, again.stdout) == (0, "erased before: nothing is left of it\n")
    assert documents(out) == left >= {("sub/b.txt", 0)}
    for number in (1, 2):
        assert forget(out, f"r.jsonl:{number}", "--keep-copies").exit_code == 0
    left = documents(out)
    again = forget(out, "r.jsonl:2", "--keep-copies")
    assert again.exit_code == 2
    assert "do you mean r.jsonl:3 (d-" in again.stderr
    assert documents(out) == left >= {("r.jsonl", 2)}


def test_no_part_of_a_path_or_id_is_enough(out):
    doc = next(row["id"] for row in read_rows(out).documents if row["path"] == "b.txt")
    left = documents(out)
    for name in (doc[:12], doc[2:], "other/b.txt", "b.txt:1"):
        result = forget(out, name)
        assert result.exit_code == 2
        assert f"do you mean b.txt ({doc})?" in result.stderr
    assert documents(out) == left


@pytest.mark.parametrize("words", [("b.txt",), ("b.txt", "--name-too"), ("r.jsonl:2", "--keep-copies")])
def test_the_same_command_clears_away_what_a_kill_has_left(out, words):
    cache = out / ".work" / "cache"
    packs = {path: path.read_bytes() for path in cache.glob("pack-*")}
    assert forget(out, *words).exit_code == 0
    assert not any(path.exists() for path in packs)
    for path, data in packs.items():
        path.write_bytes(data)
    forget(out, *words)
    assert not any(path.exists() for path in packs)


@pytest.mark.parametrize(
    ("name", "says"), [("nothing.txt", "no document"), ("empty.txt", "holds no text"), ("d-0", "no document")]
)
def test_what_cannot_be_erased_is_refused(out, name, says):
    result = forget(out, name)
    assert result.exit_code == 2
    assert says in result.stderr


def test_without_what_the_run_found_it_is_refused(out):
    for path in (out / ".work" / "facts").iterdir():
        path.unlink()
    result = forget(out, "b.txt")
    assert result.exit_code == 2
    assert "needs run" in result.stderr
    assert not (out / "ledger" / "forgotten.jsonl").exists()
