"""What is kept of a run for `apply`, and what of it is refused, with which exit code."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import events, facts, job
from pipeline.cli import main
from pipeline.errors import DamageError, ResumeError, UsageError
from pipeline.settings import as_dict, describe, load
from pipeline.workspace import Workspace

MANIFEST = "manifest-sha256.txt"
FOUND = {section: values for section, values in as_dict(load()).items() if section != "run"}


def words(count: int, start: int) -> str:
    return " ".join(f"word{start + n * n}" for n in range(count))


@pytest.fixture
def out(tmp_path):
    """Return the output of a run over two copies, one of them doubled, bytes that are no text, and a lossy one."""
    source = tmp_path / "in"
    source.mkdir()
    text = "".join(f"{words(20, line * 100)}\n" for line in range(4))
    (source / "a.txt").write_text(text)
    (source / "b.txt").write_text(text * 2)
    (source / "c.txt").write_bytes(("渡轮今日首航，乘客很多。\n" * 20).encode()[:-2] + b"\xff\n")
    (source / "d.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    job.run([source], tmp_path / "out", load(None, {"run.jobs": 1}), printer=events.Silent())
    return tmp_path / "out"


def apply(*options: object):
    return CliRunner().invoke(main, ["apply", *map(str, options), "--jobs", "1"])


def kept(out: Path) -> Path:
    (path,) = Workspace(out).facts.iterdir()
    return path


def rewritten(out: Path, versions: dict[str, str]) -> None:
    """Write the facts anew, as another version would have."""
    manifest = (out / MANIFEST).read_bytes()
    before = facts.read(Workspace(out).facts, manifest, job.versions())
    terms = {**before.facts.terms, "versions": {**job.versions(), **versions}}
    facts.write(
        Workspace(out).facts, manifest, dataclasses.replace(before.facts, terms=terms), before.settings
    )


def test_one_file_is_kept_and_it_names_the_tree(out):
    assert kept(out).name.startswith(facts._digest((out / MANIFEST).read_bytes()))
    before = kept(out)
    assert apply(out, "--policy", "cautious").exit_code == 3
    assert kept(out) != before


def test_it_ends_as_a_run_does_and_quarantine_stays(out):
    before = (out / "ledger" / "skipped.jsonl").read_bytes()
    result = apply(out, "--policy", "annotate", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["policy"] == "annotate"
    assert (out / "ledger" / "skipped.jsonl").read_bytes() == before != b""
    assert json.loads((out / "run.json").read_text())["counts"]["documents"]["removed"] == 0


def test_the_settings_of_the_output_go_on_and_those_of_a_file_stand_instead(out, tmp_path):
    apply(out, "--policy", "cautious", "--set", "decide.over_removed=0.5")
    apply(out, "--set", "render.copy_least=9")
    run = json.loads((out / "run.json").read_text())
    assert (run["policy"], run["settings"]["decide"]["over_removed"]) == ("cautious", 0.5)
    (tmp_path / "own.toml").write_text('[run]\npolicy = "training"\n')
    apply(out, "--config", tmp_path / "own.toml")
    run = json.loads((out / "run.json").read_text())
    assert (run["policy"], run["settings"]["decide"]["over_removed"]) == ("training", 0.95)


def test_lower_thresholds_come_back_as_far_as_they_were_found(out):
    assert apply(out, "--set", "decide.passage_least=90").exit_code == 3
    assert apply(out, "--set", "decide.passage_least=60").exit_code == 3
    result = apply(out, "--set", "decide.passage_least=59")
    assert result.exit_code == 2
    assert "needs run: decide.passage_least was 60, is 59 (must be 60 or more)" in result.stderr


@pytest.mark.parametrize(
    "row", [r for r in describe() if r.section != "run"], ids=lambda r: f"{r.section}.{r.key}"
)
def test_every_other_setting_needs_a_run(row):
    name = f"{row.section}.{row.key}"
    wanted = {**FOUND, row.section: {**FOUND[row.section], row.key: "another"}}
    if name in facts.APPLIED:
        wanted[row.section][row.key] = 10**6
        facts.refuse(FOUND, wanted)
    else:
        with pytest.raises(UsageError, match=f"^needs run: {name} was "):
            facts.refuse(FOUND, wanted)
    facts.refuse(FOUND, FOUND)


def test_a_label_folder_needs_a_run(out):
    result = apply(out, "--set", "run.label=true")
    assert result.exit_code == 2
    assert "needs run: run.label was false, is true" in result.stderr


def test_nothing_is_written_where_a_run_is_needed(out, tmp_path):
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file() and path.name != "lock"}
    assert apply(out, "--set", "verify.identity=0.9", "-o", tmp_path / "other").exit_code == 2
    assert apply(out, "--set", "verify.identity=0.9").exit_code == 2
    assert before == {
        path: path.read_bytes() for path in out.rglob("*") if path.is_file() and path.name != "lock"
    }
    assert not (tmp_path / "other" / MANIFEST).exists()


def test_without_facts_a_run_is_needed(out, tmp_path):
    apply(out, "--policy", "cautious", "-o", tmp_path / "other")
    for tree in (tmp_path / "other", out):
        kept(out).unlink() if tree == out else None
        result = apply(tree, "--policy", "training")
        assert result.exit_code == 2
        assert "needs run: what was found is not kept with this output" in result.stderr
    result = apply(tmp_path, "--policy", "training")
    assert result.exit_code == 2
    assert not (tmp_path / ".work").exists()


def test_facts_of_another_tree_are_not_taken(out):
    (out / MANIFEST).write_bytes((out / MANIFEST).read_bytes() + b"\n")
    with pytest.raises(UsageError, match="needs run: what was found is not kept"):
        facts.read(Workspace(out).facts, (out / MANIFEST).read_bytes(), job.versions())


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: data[:99] + bytes([data[99] ^ 1]) + data[100:], lambda _: b""],
)
def test_damaged_facts_are_damage(out, damage):
    path = kept(out)
    path.write_bytes(damage(path.read_bytes()))
    result = apply(out, "--policy", "cautious")
    assert result.exit_code == 4
    assert "needs run" in result.stderr
    assert CliRunner().invoke(main, ["verify", os.fspath(out)]).exit_code == 0  # the tree is whole


@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("name", ["pack-*.arrow", "blobs/*"])
@pytest.mark.parametrize("gone", [True, False])
def test_packs_that_are_gone_or_damaged_are_damage_and_so_are_bytes_that_the_tree_has_no_more(
    out, name, gone, everywhere
):
    path = next(iter(Workspace(out).cache.glob(name)))
    copies = [path, *((out / "ledger" / "blobs").glob(path.name) if everywhere else ())]
    for one in copies:
        one.unlink() if gone else one.write_bytes(one.read_bytes()[:-2])
    before = (out / MANIFEST).read_bytes()
    result = apply(out, "--policy", "cautious")
    if len(copies) == 1 and name == "blobs/*":
        assert result.exit_code == 3  # as without damage: the tree has them
        return
    assert result.exit_code == 4
    assert f"{path}: missing, or not what was written" in result.stderr
    assert (out / MANIFEST).read_bytes() == before


def test_facts_of_other_versions_are_refused(out):
    rewritten(out, {"numpy": "1.0"})
    result = apply(out, "--policy", "cautious")
    assert result.exit_code == 7
    assert "needs run: what is kept was found by other versions: numpy was 1.0" in result.stderr


def test_facts_of_another_format_are_refused(out, monkeypatch):
    manifest = (out / MANIFEST).read_bytes()
    monkeypatch.setattr(facts, "FORMAT", facts.FORMAT + 1)
    with pytest.raises(ResumeError, match="needs run"):
        facts.read(Workspace(out).facts, manifest, job.versions())


def test_rows_that_are_none_of_ours_are_damage(out, monkeypatch):
    manifest = (out / MANIFEST).read_bytes()
    monkeypatch.setattr(facts, "_KINDS", {**facts._KINDS, "inputs": facts.Tombstone})
    with pytest.raises(DamageError, match="not what was written"):
        facts.read(Workspace(out).facts, manifest, job.versions())


def test_an_unfinished_run_with_other_settings_is_not_passed_over(out, tmp_path):
    state = Workspace(out).work / "state.json"
    value = json.loads(state.read_text())
    state.write_text(json.dumps({**value, "finished": False}))
    result = apply(out, "--policy", "cautious")
    assert result.exit_code == 7
    assert "--restart" in result.stderr
    assert apply(out, "--policy", "cautious", "--restart").exit_code == 3


def test_an_output_without_a_document_is_cut_too(tmp_path):
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    out = tmp_path / "out"
    job.run([tmp_path / "picture.txt"], out, load(None, {"run.jobs": 1}), printer=events.Silent())
    assert apply(out, "--policy", "annotate").exit_code == 3
    assert json.loads((out / "run.json").read_text())["counts"]["bytes"]["quarantined"] == 16


def test_the_other_output_may_not_be_one_with_the_first(out):
    for target in (out, out / "below", out.parent):
        assert apply(out, "-o", target).exit_code == 2
