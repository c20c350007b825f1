"""The page in Chinese: each sentence that the tool can say of a run has its Chinese form, with the values as they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipeline.readers.found import SKIPPED
from pipeline.report import alike, lists, removals
from stages.decide import CRITERIA, FULLER
from stages.model import FLAGS, REASONS, RULES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "pipeline" / "report"
HAN = re.compile("[\u4e00-\u9fff]")
TABLES = json.loads((FOLDER / "chinese.json").read_text("utf-8"), object_pairs_hook=list)


def shaped(english):
    pieces = re.split(r"(\{#?\})", english)
    return re.compile(
        "".join({"{}": "(.*?)", "{#}": r"([\d.,–−-]+)"}.get(p, re.escape(p)) for p in pieces), re.DOTALL
    )


KNOWN = dict(TABLES)["words"]
WORDS = dict(KNOWN)
PATTERNS = [(shaped(english), form) for english, form in dict(TABLES)["patterns"]]


def chinese(text):
    """What the script makes of a text, or the text: the same rule as that of `sentence`."""
    if text in WORDS:
        return WORDS[text]
    fits = ((pattern.fullmatch(text), form) for pattern, form in PATTERNS)
    found, form = next(((found, form) for found, form in fits if found), (None, ""))
    return re.sub(r"\{(\d)(:?)\}", lambda m: value(found[int(m[1])], m[2]), form) if found else text


def value(text, ours):
    return chinese(text) if ours else text


SAID = [
    *RULES.values(), *REASONS.values(), *FLAGS.values(), *SKIPPED.values(), *CRITERIA, FULLER,
    *lists._REMEDIES.values(), *alike._KEPT_TIERS.values(), *removals.TIERS.values(), *removals._VIA.values(),
    *(f"{tier}: {says}" for tier, says in removals.TIERS.items()),
]  # fmt: skip


@pytest.mark.parametrize("text", SAID)
def test_what_the_tables_of_the_tool_say_has_a_chinese_form(text):
    found = chinese(text)
    assert HAN.search(found), found
    assert not re.search("[a-z]{4,} [a-z]{3,}", found.replace("clean-corpus doctor FILE", "")), found


def test_no_word_has_two_chinese_forms_and_patterns_have_all_their_values():
    assert len(WORDS) == len(KNOWN) > 300
    for pattern, form in PATTERNS:
        used = {int(n) for n in re.findall(r"\{(\d)", form)}
        assert used <= set(range(1, pattern.groups + 1)), form


def whys(row):
    """The sentences of a row of the ledger."""
    return [row.get("why"), row.get("why_kept"), *(member["why"] for member in row.get("members", ()))]


def test_every_reason_that_the_samples_have_has_a_chinese_form():
    found = {
        why
        for name in ("pairs", "repeats", "documents", "clusters")
        for path in sorted((ROOT / "samples").glob(f"*/expected/ledger/{name}.jsonl"))
        for line in path.read_text("utf-8").splitlines()
        for why in whys(json.loads(line))
        if why
    }
    assert len(found) > 50
    for why in found:
        said = re.sub("“[^”]*”", "", chinese(why))
        assert HAN.search(said), why
        assert not re.search("[A-Za-z]{3,}", said), said


PAIR = "“甲 near” against “kept”"


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("The same characters make other numbers.", "相同的字符构成不同的数字。"),
        ("All 1,204 key tokens are the same; punctuation, spaces or letter forms differ.", "1,204 个键词元全部相同，仅标点、空格或字形不同。"),
        (f"Figures or dates differ: {PAIR}.", "数字或日期不同：“甲 near”对“kept”。"),
        (f"One text negates what the other states: {PAIR}.", "一文否定另一文所述：“甲 near”对“kept”。"),
        (f"The only difference may be a name: {PAIR}.", "唯一的不同可能是名称：“甲 near”对“kept”。"),
        (
            "97.8 % of its 1,412 characters stand there in the same order; 1 character of the shorter text differs.",
            "较短者 1,412 个字符中有 97.8 % 按相同顺序见于另一篇；有 1 个字符不同。",
        ),
        (
            "9.0 % of its 12 characters stand there with paragraphs in another order; 11 characters of the shorter text differ.",
            "较短者 12 个字符中有 9.0 % 按不同的段落顺序见于另一篇；有 11 个字符不同。",
        ),
        ("line 9 repeats line 5 (1 of 1 lines equal)", "第 9 行重复第 5 行（1 行中 1 行相同）"),
        ("lines 8–14 repeat lines 1–7 (6 of 7 lines equal)", "第 8–14 行重复第 1–7 行（7 行中 6 行相同）"),
        ("Kept of 3 copies: most complete.", "3 份副本中保留此份：最完整。"),
        ("a person's decision: drop, says li (e-0a)", "人工决定：整篇删除，li（e-0a）"),
        (
            f"a person's decision: same, says li; wang (e-0a): 旧稿; see (1); Figures or dates differ: {PAIR}.",
            "人工决定：相同，li; wang（e-0a）：旧稿；see (1); Figures or dates differ: “甲 near” against “kept”.",
        ),
        ("a person's decision: same, says li (e-0a); Every character is the same.", "人工决定：相同，li（e-0a）；逐字相同。"),
        ("gives way to kept", "让位于 kept"),
        ("near: a line of a stranger", "近似：a line of a stranger"),
        ("1 document is flagged wrapped: lines were hard-wrapped and have been joined", "1 篇文档带有标记 wrapped：行曾被硬换行，已接合"),
        ("2 decisions are stale: what they were decided by has changed", "2 项决定已过时：当初作决定的依据已变"),
        ("a/near: figures differ between the copies: line 9 repeats line 5 (0 of 1 lines equal): 3 against 4",
         "a/near：副本之间数字不同：第 9 行重复第 5 行（1 行中 0 行相同）：3 against 4"),
        ("row 2 below the names: 2 cells; the table has 3 columns", "列名之下第 2 行：2 个单元格，而表格有 3 列"),
        ("line 3: a key in quotes is missing at character 1", "第 3 行：第 1 个字符处缺少带引号的键"),
        ("gz: the data is cut", "gz：数据被截断"),
        ("zip inside an archive", "归档内的 zip"),
        ("2 records: image/png 1, request 1", "2 条记录：image/png 1, request 1"),
        ("1,204 bytes", "1,204 字节"),
        ("news.html: read as txt: named .html, but its first bytes are a page", "news.html：按 txt 读取：名为 .html，但开头的字节是 网页"),
        ("a stranger inside his house", "a stranger inside his house"),
        ("no sentence of ours", "no sentence of ours"),
    ],
)  # fmt: skip
def test_values_in_a_sentence_stay_as_they_are(english, expected):
    assert chinese(english) == expected
