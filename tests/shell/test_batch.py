"""One run a folder: a bad one does not stop the rest, and one table sums them up."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from pipeline.check import verify
from pipeline.cli import main
from pipeline.errors import FullError

TEXT = "第{n}号渡轮今日首航，乘客{m}人，码头上站着三百人。\n"


@pytest.fixture
def folders(tmp_path):
    """Return three folders: a good one with a copy, an empty one, one with a file that is no text."""
    for name, texts in (("甲 good", {"a.txt": 1, "b.txt": 1}), ("empty", {}), ("odd", {"a.txt": 2})):
        (tmp_path / "in" / name).mkdir(parents=True)
        for file, n in texts.items():
            (tmp_path / "in" / name / file).write_text(TEXT.format(n=n, m=n * 7) * 3, encoding="utf-8")
    (tmp_path / "in" / "odd" / "x.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    return sorted((tmp_path / "in").iterdir())


def batch(*words: object, jobs: int = 1):
    return CliRunner().invoke(main, ["batch", *map(str, words), "--jobs", str(jobs)])


def test_a_bad_folder_does_not_stop_the_rest_and_the_worst_code_is_returned(tmp_path, folders):
    out = tmp_path / "out"
    result = batch(*folders, "-o", out)
    assert result.exit_code == 2
    assert "empty: nothing to read" in result.stderr
    rows = {row["name"]: row for row in json.loads((out / "batch.json").read_text("utf-8"))}
    assert {name: row["code"] for name, row in rows.items()} == {"empty": 2, "odd": 3, "甲 good": 0}
    assert (rows["甲 good"]["documents"], rows["甲 good"]["kept"], rows["甲 good"]["removed"]) == (2, 1, 1)
    assert rows["odd"]["quarantined"] == 1
    for name in ("odd", "甲 good"):
        assert verify(out / name).findings == ()
    head, *lines = result.stdout.splitlines()
    assert head.split()[:4] == ["folder", "exit", "documents", "kept"]
    assert [line.split()[0] for line in lines] == ["empty", "odd", "甲", "total"]
    assert lines[-1].split()[1:5] == ["2", "3", "2", "1"]


def failing_over(monkeypatch, name, error):
    """Let the run over one folder end with an error."""
    from pipeline import job

    run = job.run

    def failing(inputs, *rest, **more):
        if inputs[0].name == name:
            raise error
        return run(inputs, *rest, **more)

    monkeypatch.setattr(job, "run", failing)


def test_an_error_that_nobody_foresaw_costs_its_folder_and_is_told_with_its_code(
    tmp_path, folders, monkeypatch
):
    failing_over(monkeypatch, "odd", RuntimeError("no such \x1b thing"))
    result = batch(*folders[1:], "-o", tmp_path / "out")
    assert result.exit_code == 8
    assert "odd: a bug of clean-corpus, please report it: RuntimeError: no such \\x1b thing" in result.stderr
    rows = {row["name"]: row for row in json.loads((tmp_path / "out" / "batch.json").read_text("utf-8"))}
    assert (rows["odd"]["code"], rows["甲 good"]["code"]) == (8, 0)
    assert verify(tmp_path / "out" / "甲 good").findings == ()


@pytest.mark.parametrize(
    ("error", "code"),
    [(FullError("cannot write odd: no space left"), 6), (KeyboardInterrupt(), 130)],
    ids=["full disk", "interrupt"],
)
def test_a_full_disk_and_an_interrupt_end_all_of_it(tmp_path, folders, monkeypatch, error, code):
    failing_over(monkeypatch, "odd", error)
    result = batch(*folders[1:], "-o", tmp_path / "out")
    assert result.exit_code == code
    assert not (tmp_path / "out" / "甲 good").exists()


def test_the_worst_of_good_runs_is_the_code(tmp_path, folders):
    good, odd = folders[2], folders[1]
    assert batch(good, "-o", tmp_path / "one").exit_code == 0
    assert batch(good, odd, "-o", tmp_path / "two").exit_code == 3


def test_the_page_links_to_the_reports_and_runs_nothing(tmp_path, folders):
    (tmp_path / "in" / "<b>x").mkdir()
    (tmp_path / "in" / "<b>x" / "a.txt").write_text("一座桥明天开通。\n", encoding="utf-8")
    batch(*folders, tmp_path / "in" / "<b>x", "-o", tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "<b>x" not in page
    assert "&lt;b&gt;x" in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert str(tmp_path) not in page
    links = re.findall(r'href="([^"]+)"', page)
    assert len(links) == 3
    assert any(link.startswith("%E7%94%B2%20good/") for link in links)


def test_the_same_batch_again_is_the_same_and_takes_in_what_is_new(tmp_path, folders):
    out = tmp_path / "out"
    batch(*folders, "-o", out)
    before = {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()}
    batch(*reversed(folders), "-o", out)
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == before
    (folders[0] / "late.txt").write_text("一座桥明天开通。\n", encoding="utf-8")
    assert batch(*folders, "-o", out).exit_code == 3


def test_outputs_that_would_meet_or_lie_in_an_input_are_refused(tmp_path, folders):
    assert batch(*folders, "-o", folders[2] / "out").exit_code == 2
    (tmp_path / "other" / "odd").mkdir(parents=True)
    refused = batch(*folders, tmp_path / "other" / "odd", "-o", tmp_path / "out")
    assert refused.exit_code == 2
    assert "one name" in refused.stderr
    assert not (tmp_path / "out").exists()


def bytes_of(folder):
    """Everything in a folder but the work files of runs."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".work" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_side_by_side_gives_the_same_bytes_codes_and_errors(tmp_path, folders):
    page = "<html><body><article><h1>渡轮首航</h1><p>第三号渡轮今日首航，镇上的人都来看。</p></article></body></html>"
    (folders[2] / "page.html").write_text(page, encoding="utf-8")  # read in a process of its own
    one, three = batch(*folders, "-o", tmp_path / "one"), batch(*folders, "-o", tmp_path / "three", jobs=3)
    assert (three.exit_code, three.stdout) == (one.exit_code, one.stdout)
    assert "empty: nothing to read" in three.stderr
    assert bytes_of(tmp_path / "three") == bytes_of(tmp_path / "one")
    again = batch(*folders, "-o", tmp_path / "three", "--json-lines", jobs=2)
    rows = [json.loads(line) for line in again.stderr.splitlines()]
    assert {row["event"] for row in rows} >= {"step_started", "step_ended", "warned", "ended"}
    assert bytes_of(tmp_path / "three") == bytes_of(tmp_path / "one")


def test_processes_are_shared_out_and_never_more_than_asked_for(tmp_path, folders, monkeypatch):
    from pipeline import batch as module
    from pipeline import events
    from pipeline.settings import load

    seen = []

    def alone(cleaning, places, lanes, printer):
        seen.append((lanes, cleaning.settings.run.jobs))
        return ((n, cleaning.cleaned(*place, printer)) for n, place in enumerate(places))

    monkeypatch.setattr(module, "_side_by_side", alone)
    for jobs in (1, 2, 3, 7):
        settings = load(None, {"run.jobs": jobs})
        module.batch(folders, tmp_path / f"{jobs}", settings, told=lambda *_: None, printer=events.Silent())
    assert seen == [(1, 1), (2, 1), (3, 1), (3, 2)]
