"""The options that choose an engine, and what is left where it cannot be had."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

from pipeline.cli import main


def told(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*map(str, words)])
    return done.exit_code, done.stderr


@pytest.fixture
def source(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("The ferry sails today, and a ticket is seven yuan.\n")
    return tmp_path / "in"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--master", "local[2]"], "--master and --conf are for --engine spark"),
        (["--conf", "a=b"], "--master and --conf are for --engine spark"),
        (["--engine", "spark", "--conf", "a"], "--conf a: must be KEY=VALUE"),
        (["--engine", "spark", "--conf", "=b"], "--conf =b: must be KEY=VALUE"),
    ],
)
def test_options_of_an_engine_that_do_not_fit_are_refused_before_anything_is_made(
    source, tmp_path, words, said
):
    code, text = told("run", source, "-o", tmp_path / "out", *words)
    assert (code, said in text) == (2, True)
    assert not (tmp_path / "out").exists()


def test_a_run_whose_engine_cannot_be_had_is_no_unfinished_run(source, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)  # whether it is installed or not
    out = tmp_path / "out"
    rest = (source, "-o", out, "--jobs", "1", "--quiet")
    assert told("run", *rest)[0] == 0
    for words in (("run", *rest), ("apply", out)):
        code, text = told(*words, "--engine", "spark")
        assert (code, "install clean-corpus[spark]" in text) == (2, True)
        for policy in ("cautious", "standard"):  # other settings are refused where a run is unfinished
            assert told("run", *rest, "--policy", policy)[0] == 0
