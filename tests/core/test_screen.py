"""The screen is a filter: a line that it does not name is one that no rule of the normaliser changes."""

from __future__ import annotations

import json
import lzma
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _mojibake, _rules, _screen
from stages.normalise import (
    NormaliseSettings,
    _kinds_table,
    _line,
    _line_rules,
    _looked_at,
    _visited,
    normalise,
)

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests" / "core" / "normalise_cases.jsonl"
DATA = ROOT.parent / "shared" / "data"
LAW = settings(derandomize=True, deadline=None, max_examples=300)
DEFAULT = NormaliseSettings()
RESTORING = NormaliseSettings(restore_punct=True)


def acted(text, chosen, *, japanese):
    """The lines, by number, that the rules change when no screen stands before them."""
    lines = text.split("\n")
    rules = _line_rules(chosen, _mojibake.look(lines), japanese=japanese, markdown=False)
    return {n for n, line in enumerate(lines) if _line(line, rules)}


def named(text, chosen):
    """The lines, by number, that are visited: those of the screen, and those that were mojibake."""
    screened = _screen.screen(text, _kinds_table(), marks=chosen.restore_punct)
    found = _visited(text, screened, _looked_at(text, screened))
    assert all("\n" not in text[start:end] for start, end in found)
    assert list(found) == sorted(found)
    return {text.count("\n", 0, start) for start, _ in found}


def check(text):
    assert _looked_at(text, _screen.screen(text, _kinds_table())) == _mojibake.look(text.split("\n"))
    for chosen in (DEFAULT, RESTORING):
        for japanese in (False, True):
            missed = acted(text, chosen, japanese=japanese) - named(text, chosen)
            assert not missed, [text.split("\n")[n] for n in missed]


CHARS = st.sampled_from(
    [
        *"海港，。的“”’…— (),;:!?.ab1\n\n&<>\u3000\xa0ＡＢ１２，．％＋ｱﾞ｡éÃ¤Â©â€™Ð°ï¼ÖÐ¹ú\x85\x92\u200b\u200d\ufe0f\u0301か\u3099한é─┬ûñ\ufb01\u2f08\t\x1b\ufa19\ue5e5"
    ]
)
PIECES = st.sampled_from(
    [
        "海 港 渔 船",
        "鎴戜滑鍦ㄥ寳",
        "&amp;",
        "  ",
        " \n",
        "\n ",
        "\n\u3000\u3000",
        "ä¸­",
        "½ñÌìÔÚ",
        "\u0301" * 31,
    ]
)
TEXTS = st.lists(CHARS | PIECES | st.characters(), max_size=40).map("".join)


@LAW
@given(TEXTS)
def test_no_rule_acts_on_a_line_that_the_screen_does_not_name(text):
    check(text)


def test_every_character_alone_and_beside_others():
    """Every code point that is assigned, after and before what rules ask for beside it."""
    codes = [c for c in (*range(0x20, 0x32400), *range(0xE0000, 0xE0200)) if not 0x4E10 <= c < 0x9FF0]
    chars = [
        chr(c) for c in codes if unicodedata.category(chr(c)) not in {"Cn", "Cs"} and not 0xAC10 <= c < 0xD700
    ]
    for pattern in ("海{}的", "a{}1", "{}"):
        lines = [pattern.format(char) for char in chars]
        text = "\n".join(line for line in lines if "\n" not in line)
        missed = acted(text, DEFAULT, japanese=False) - named(text, DEFAULT)
        assert _looked_at(text, _screen.screen(text, _kinds_table())) == _mojibake.look(text.split("\n"))
        assert not missed, [ascii(text.split("\n")[n]) for n in sorted(missed)][:20]


def test_every_mark_that_may_stand_in_a_run_is_told_from_the_others():
    """The quick class that goes before the search for runs has all marks of that search."""
    for code in range(0x20000):
        char = chr(code)
        if _rules.unstable().long_run.search(char * 31):
            assert _rules._MAY_BE_MARK.search(char), ascii(char)


def test_blocks_are_cut_at_line_ends_and_named_by_their_place():
    line = "海港今天开放，的确是的。" * 5
    text = "\n".join([line] * 3000 + ["ＡＢ"] + [line] * 3000 + ["  x "])
    assert len(text) > 3 * _screen._BLOCK
    assert named(text, DEFAULT) == {3000, 6001}
    result = normalise(text, DEFAULT)
    assert [e.old for e in result.edits] == ["Ａ", "Ｂ", " "]
    assert text[result.edits[0].start] == "Ａ"


def test_what_the_screen_names_in_clean_text_is_little():
    text = (
        "港务局说：“今天的船在 9 点开，共 1,200 人（含 SAP 员工 30 人）……”\n\u3000\u3000他们是来看海的。\n"
        * 50
    )
    assert named(text, DEFAULT) == set()


def test_the_screen_is_exact_on_the_cases_of_the_project():
    cases = [json.loads(line) for line in OWN.read_text("utf-8").split("\n") if line]
    for case in cases:
        check(_spelt(case["input"]))
        check(_spelt(case["canonical"]))


def _spelt(text):
    return re.sub("⟨U\\+([0-9A-F]{4,6})⟩", lambda m: chr(int(m[1], 16)), text)


@pytest.mark.parametrize("name", ["lctt_zh", "wikinews_ja", "news_es"])
def test_the_screen_is_exact_on_texts_of_others(name):
    path = DATA / f"{name}.jsonl.xz"
    if not path.exists():
        pytest.skip("the texts are not beside the repository")
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for _, record in zip(range(12), map(json.loads, file), strict=False):
            check(record["text"].replace("\r\n", "\n"))
