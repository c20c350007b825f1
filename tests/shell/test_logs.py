"""--json-lines: standard error is one JSON object a line, whatever happens, and ends with the exit code."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import events
from pipeline.cli import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def source(tmp_path):
    """Return a folder with two texts, one of which has a name that steers a terminal."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a\x1b[2J\n.txt").write_text("One line of text about a bridge.\n" * 2)
    (tmp_path / "in" / "b.bin").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    return tmp_path / "in"


def said(*words):
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.stderr.isascii()
    rows = [json.loads(line) for line in result.stderr.splitlines()]
    assert rows[-1]["event"] == "ended"
    assert rows[-1]["exit"] == result.exit_code
    return rows


def test_each_command_that_takes_a_while_tells_in_lines(source, tmp_path):
    out = tmp_path / "out"
    rows = said("run", source, "-o", out, "--jobs", 1, "--json-lines")
    assert [r["name"] for r in rows if r["event"] == "step_ended"] == ["read and prepare", "compare", "write"]
    assert rows[-1]["exit"] == 3
    assert said("apply", out, "--policy", "cautious", "--jobs", 1, "--json-lines")[-1]["exit"] == 3
    assert said("verify", out, "--json-lines")[-2]["name"] == "verify"
    assert said("forget", out, "txt", "--dry-run", "--json-lines")[-1]["exit"] == 2
    rows = said("batch", source, tmp_path / "none", "-o", tmp_path / "two", "--jobs", 1, "--json-lines")
    assert [r["event"] for r in rows].count("warned") == 1
    (out / "run.json").write_bytes(b"")
    rows = said("verify", out, "--json-lines")
    assert "run.json" in rows[1]["text"]
    assert rows[-1]["exit"] == 4


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("run", "nothing\x1b[2J", "-o", "out"), 2, "nothing\\x1b[2J: cannot be read"),
        (("run", "--nonsense", "-o", "out"), 2, "--nonsense"),
        (("apply", "nothing"), 2, "no such folder"),
    ],
)
def test_an_error_is_the_last_line(tmp_path, monkeypatch, words, code, text):
    monkeypatch.chdir(tmp_path)
    last = said(*words, "--json-lines")[-1]
    assert last["exit"] == code
    assert text in last["text"]


def test_every_event_is_documented_with_its_fields():
    text = (ROOT / "docs" / "every-night.md").read_text("utf-8")
    table = text[text.index("| event |") :].split("\n\n")[0]
    rows = {
        row[0]: set(row[1:]) for row in (re.findall(r"`(\w+)`", line) for line in table.splitlines()) if row
    }
    expected = {name: {field.name for field in fields(kind)} for kind, name in events.NAMES.items()}
    expected["step_ended"].add("seconds")
    assert rows == expected
