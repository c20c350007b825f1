"""What differs between two outputs, and between a run and the tree before it."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import changes, events, job
from pipeline.cli import main
from pipeline.settings import load

HAN = "山水风云花木石桥路灯船港村镇街巷河湖海岛春夏秋冬晨昏日月星雨雪霜人家门窗书报纸笔墨声色光影早晚行走来去"


def article(seed: int) -> str:
    dice = random.Random(seed)
    return "\n".join("".join(dice.choice(HAN) for _ in range(60)) + "。" for _ in range(5)) + "\n"


def ran(folder: Path, out: Path, texts: dict[str, str], **chosen):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    values = {"run.jobs": 1, "run.max_gone": 1.0, **{k.replace("_", ".", 1): v for k, v in chosen.items()}}
    job.run([folder], out, load(None, values), printer=events.Silent())
    return out


def diff(*arguments: object):
    result = CliRunner().invoke(main, ["diff", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


BEFORE = {
    "a.txt": article(1),
    "b.txt": article(2),
    "c.txt": article(3),
    "d.txt": article(4),
    "e.txt": article(5),
}
AFTER = {
    "a.txt": article(1),
    "b.txt": article(2) * 2,
    "d.txt": article(4),
    "e.txt": article(1),
    "f.txt": article(4),
}


def test_each_document_that_changed_is_told_once_with_its_fate(tmp_path):
    one = ran(tmp_path / "in", tmp_path / "one", BEFORE)
    two = ran(tmp_path / "in", tmp_path / "two", AFTER)
    found = {c.path: c for c in changes.changes(one, two)}
    assert {path: c.what for path, c in found.items()} == {
        "a.txt": "record",
        "b.txt": "text",
        "c.txt": "dropped",
        "d.txt": "record",
        "e.txt": "fate",
        "f.txt": "new",
    }
    assert (found["e.txt"].before.status, found["e.txt"].after.status) == ("kept", "removed")
    assert found["e.txt"].after.of == "a.txt"
    assert [span["reason"] for span in found["b.txt"].cut] == ["repeat"]
    assert found["f.txt"].after.why
    text = diff(one, two)
    assert "~ e.txt  fate: kept → removed (identical, for a.txt)" in text
    assert "    cut  lines 6–10, " in text
    assert text.endswith("changed documents: 1 new, 1 dropped, 1 fate, 1 text, 2 record\n")
    rows = [json.loads(line) for line in diff(one, two, "--json").splitlines()]
    assert [row["path"] for row in rows] == sorted(found)
    assert [row["what"] for row in rows] == [found[row["path"]].what for row in rows]


def test_the_other_way_round_what_was_cut_is_back(tmp_path):
    one = ran(tmp_path / "in", tmp_path / "one", {"b.txt": article(2) * 2, "c.txt": article(3)})
    two = ran(
        tmp_path / "in",
        tmp_path / "two",
        {"b.txt": article(2) * 2, "c.txt": article(3)},
        run_policy="annotate",
    )
    (change,) = changes.changes(one, two)
    assert (change.what, change.cut, [span["reason"] for span in change.uncut]) == ("cuts", [], ["repeat"])
    assert "    back lines 6–10" in diff(one, two)
    assert "\nbecause  settings.run.policy: standard → annotate\nchanged documents: " in diff(one, two)


def test_an_output_does_not_differ_from_itself(tmp_path):
    out = ran(tmp_path / "in", tmp_path / "out", BEFORE)
    assert diff(out, out) == "changed documents: none\n"


def test_a_run_keeps_what_it_changed(tmp_path):
    out = ran(tmp_path / "in", tmp_path / "out", BEFORE)
    refused = CliRunner().invoke(main, ["diff", str(out)])
    assert refused.exit_code == 2
    assert "name two outputs" in refused.stderr
    shutil.copytree(out, tmp_path / "before")
    ran(tmp_path / "in", out, AFTER)
    assert diff(out) == diff(tmp_path / "before", out)
    assert "~ c.txt  flags: kept → kept, source gone" in diff(out)


@pytest.mark.parametrize("table", ["documents", "spans"])
def test_a_damaged_ledger_ends_with_4(tmp_path, table):
    out = ran(tmp_path / "in", tmp_path / "out", {"b.txt": article(2) * 2})
    shutil.copytree(out, tmp_path / "bad")
    (tmp_path / "bad" / "ledger" / f"{table}.jsonl").write_bytes(b"{}\n")
    assert CliRunner().invoke(main, ["diff", str(out), str(tmp_path / "bad")]).exit_code == 4


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every file in a folder, but for the lock and which run it was."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in {"lock", "state.json"})
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files
    }


def test_a_dry_run_writes_its_report_and_nothing_else(tmp_path):
    out = ran(tmp_path / "in", tmp_path / "out", BEFORE)
    ran(tmp_path / "in", out, BEFORE)  # so that something is remembered of two runs
    before = stamps(out)
    for n, (name, text) in enumerate(AFTER.items()):
        (tmp_path / "in" / name).write_bytes(text.encode() + b"\xff" * n)
    settings = load(None, {"run.jobs": 1, "run.max_gone": 1.0})
    job.run([tmp_path / "in"], out, settings, dry_run=True, printer=events.Silent())
    after = stamps(out)
    new = {name for name in after if before.get(name) != after[name]}
    assert new
    assert all(name.startswith(".work/next/report/") for name in new)
    assert all(name in after or name.startswith(".work/spill/") for name in before)
    job.run([tmp_path / "in"], tmp_path / "fresh", settings, dry_run=True, printer=events.Silent())
    assert all(name.startswith(".work/next/report/") for name in stamps(tmp_path / "fresh"))
    job.run([tmp_path / "in"], out, settings, printer=events.Silent())
    assert not (out / ".work" / "next").exists()


def test_a_cause_that_only_one_run_has_is_none_of_the_other(tmp_path):
    one = ran(tmp_path / "in", tmp_path / "one", {"a.txt": article(1), "b.txt": article(1)})
    words = ["decide", "different", one, "b.txt", "a.txt", "--as", "li", "--decisions", tmp_path / "d.jsonl"]
    assert CliRunner().invoke(main, [*map(str, words)]).exit_code == 0
    two = ran(
        *(tmp_path / "in", tmp_path / "two", {"a.txt": article(1), "b.txt": article(1)}),
        run_decisions=[str(tmp_path / "d.jsonl")],
    )
    assert re.search("^because  decisions: none → [0-9a-f]+$", diff(one, two), re.MULTILINE)
    assert re.search("^because  decisions: [0-9a-f]+ → none$", diff(two, one), re.MULTILINE)
