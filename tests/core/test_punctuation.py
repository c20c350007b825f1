"""Restoring punctuation: on request only, each mark an edit, and never where it would be a guess."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages._punctuation import restore
from stages.edits import apply_edits, undo_edits
from stages.normalise import NormaliseSettings, normalise

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT.parent / "shared" / "seeds" / "article-twice.txt"
OWN = Path(__file__).with_name("normalise_cases.jsonl")
LAW = settings(derandomize=True, deadline=None, max_examples=300)
DEFAULT = NormaliseSettings()
RESTORING = replace(DEFAULT, restore_punct=True)


def spelt(text):
    return re.sub("⟨U\\+([0-9A-F]{4,6})⟩", lambda m: chr(int(m[1], 16)), text)


CASES = [
    case
    for case in map(json.loads, filter(None, OWN.read_text("utf-8").split("\n")))
    if "restored" in case or not re.search("[,;:?!()]|\\.{3}", case["input"])
]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_is_restored_and_what_is_left(case):
    received, wanted = spelt(case["input"]), spelt(case.get("restored", case["canonical"]))
    result = normalise(received, RESTORING)
    assert result.text == wanted, case["why"]
    assert undo_edits(result.text, result.edits) == received
    assert normalise(result.text, RESTORING).edits == ()
    assert "nfkc_punctuation" not in result.flags


def test_each_mark_is_an_edit_of_its_own():
    text = "渔民出海, 市民(很多)观潮..."
    edits = normalise(text, RESTORING).edits
    assert {e.rule for e in edits} == {"restore_punct"}
    assert [(e.old, e.new) for e in edits] == [(", ", "，"), ("(", "（"), (")", "）"), ("...", "……")]


def test_it_is_on_request_only():
    assert not NormaliseSettings().restore_punct
    assert normalise("渔民出海,市民观潮", DEFAULT).edits == ()


def test_marks_of_markdown_are_syntax():
    text = "见[港口](港口.md),好\n"
    assert normalise(text, RESTORING, markdown=True).text == text


def _folded(text):
    """What restoring must leave alone: all but the width of marks, the spaces after them, and how dots are set."""
    return re.sub("[.…]+", "…", unicodedata.normalize("NFKC", text.replace("…", "."))).replace(" ", "")


def test_pairs_within_pairs_cost_no_more_than_their_number():
    line = "(" * 20_000 + "海" + ")" * 20_000
    assert apply_edits(line, restore(line)) == "（" * 20_000 + "海" + "）" * 20_000


LINES = st.lists(
    st.sampled_from(
        [*"海港的,;:!?()（），。“”%℃. ab12\"'", "...", "......", "http://a.cn/x,y", "a@b.cn", "か", "한"]
    ),
    max_size=30,
).map("".join)


@LAW
@given(LINES)
def test_restoring_twice_is_restoring_once_and_can_be_undone(line):
    edits = restore(line)
    once = apply_edits(line, edits)
    assert restore(once) == []
    assert undo_edits(once, edits) == line
    full = {e.new for e in edits}
    assert full <= set("，；：？！（）") | {"……"}
    assert _folded(once) == _folded(line)


def test_the_seed_is_restored_to_the_mark():
    if not SEED.exists():
        pytest.skip("the seed is not beside the repository")
    text = SEED.read_text("utf-8")
    assert normalise(text, DEFAULT).text == text
    assert normalise(text, DEFAULT).flags == ("nfkc_punctuation",)
    result = normalise(text, RESTORING)
    assert Counter((e.old, e.new) for e in result.edits) == {
        (",", "，"): 464,
        (", ", "，"): 2,  # the stray space, once in each copy
        (";", "；"): 46,
        ("(", "（"): 10,
        (")", "）"): 10,
    }
    assert result.flags == ()
    for kept in "∶%·.+":
        assert result.text.count(kept) == text.count(kept)
    assert not re.search("[,;:()!?]", result.text)
    assert undo_edits(result.text, result.edits) == text
