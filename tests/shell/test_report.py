"""The report: the page shows every removal and runs nothing of strangers; the tables and the summary say the same."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import importlib.util
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.report.compare import compare, paragraphs
from pipeline.report.fragments import fragment
from pipeline.report.gist import gist_of
from pipeline.report.page import PAGES, SCRIPTS, STYLES, report_page
from pipeline.report.removals import pair_case
from pipeline.report.rows import name_of, named
from pipeline.report.show import language, runs, share, visible, with_figures
from pipeline.report.summary import cells, cut, summary_lines
from pipeline.report.tables import csv_heads, csv_lines
from stages.model import RULES

_spec = importlib.util.spec_from_file_location("report_run", Path(__file__).with_name("report_run.py"))
report_run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(report_run)
HOSTILE = report_run.HOSTILE
PACKAGE = Path(__file__).resolve().parents[2] / "pipeline" / "report"
VOID = {"meta", "br", "input", "rect", "line", "path", "base", "img", "link"}


class Page(HTMLParser):
    """Tags, attributes and texts as a browser reads them."""

    def __init__(self, content):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open = [], [], []
        self.feed(content.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"script", "style"}:
            self.texts.append(data)

    @property
    def text(self):
        return "".join(self.texts)


def showing(texts):
    """Return what makes the fragments of a page, with these texts."""
    return lambda cases: [fragment(case, texts) for case in cases]


def parcel(content, name):
    """Return the value of a parcel."""
    [packed] = re.findall(rf'<template id="{name}">([^<]*)</template>'.encode(), content)
    return json.loads(gzip.decompress(base64.b64decode(packed)))


@pytest.fixture(scope="module")
def made():
    return report_run.make_run()


@pytest.fixture(scope="module")
def content(made):
    run, rows, texts = made
    return report_page(run, gist_of(rows), showing(lambda doc, layer: texts[doc, layer]))


@pytest.fixture(scope="module")
def page(content):
    return Page(content)


# Nothing of strangers runs, nothing is fetched


def test_the_policy_allows_exactly_the_inlined_style_and_script(content):
    [policy] = re.findall(rb'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', content)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.decode().split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    for name in ("style", "script"):
        [inlined] = re.findall(rf"<{name}>(.*?)</{name}>".encode(), content, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inlined).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"


def test_the_page_has_one_script_and_no_element_that_loads_or_navigates(page):
    names = [tag for tag, _ in page.tags]
    assert names.count("script") == names.count("style") == 1
    assert {"img", "link", "iframe", "object", "embed", "base", "form", "image", "use"}.isdisjoint(names)
    assert [a for tag, a in page.tags if tag == "meta" and a.get("http-equiv") == "refresh"] == []


def test_attributes_neither_run_nor_style_nor_lead_away(page):
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")


def test_every_link_inside_the_page_has_its_target_and_no_name_stands_twice(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for _, a in page.tags if "href" in a} <= set(ids)


def test_every_element_is_closed(page):
    assert page.open == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_string_is_shown_and_inert(content, page, text):
    assert visible(text) in page.text
    if "<" in text and text != "<!--":
        assert text.encode("utf-8", "replace") not in content


def test_no_character_of_the_page_is_invisible_or_turns_the_line(content):
    shown = content.decode("utf-8")
    assert [c for c in shown if c != "\n" and runs(c)[0].number] == []


def test_the_script_makes_html_in_one_place_only_and_loads_nothing():
    for name in SCRIPTS:
        script = (PACKAGE / name).read_text("utf-8")
        assert script.count("\n") <= 450, name
        assert script.count("innerHTML") == (name == "data.js"), (
            "of a parcel, which the policy of the page lets through"
        )
        asked = (
            ["./holdings", "./decisions"] if name == "decisions.js" else []
        )  # of the server of the page alone
        assert re.findall(r'fetch\("([^"]*)"', script) == asked
        assert script.count("fetch(") == len(asked), name
        for word in ("outerHTML", "insertAdjacent", "document.write", "eval", "XMLHttp", "import(", "</"):
            assert word not in script, name


def test_the_style_loads_nothing_and_knows_both_themes():
    for name in STYLES:
        style = (PACKAGE / name).read_text("utf-8")
        assert "url(" not in style
        assert "@import" not in style
    assert "light-dark(" in (PACKAGE / STYLES[0]).read_text("utf-8")


def test_every_word_of_the_script_and_of_plain_elements_has_chinese(content, page):
    script = "".join((PACKAGE / name).read_text("utf-8") for name in SCRIPTS)
    known = json.loads((PACKAGE / "chinese.json").read_text("utf-8"))["words"].keys()
    said = set(re.findall(r'\b(?:t|says|tag|button|announce)\("([^"]+)"', script))
    said |= set(re.findall(r'(?:label|what): "([^"]+)"', script))
    said |= {title for _, title, _ in PAGES}
    assert len(said) > 120
    assert said - known == {"…"}


def test_without_script_nothing_is_hidden_but_the_tools(content):
    assert b" hidden" not in content.split(b"</style>")[1].split(b"<script>")[0]


# What the page tells


def test_the_same_run_gives_the_same_bytes(made, content):
    run, rows, texts = made
    assert report_page(run, gist_of(rows), showing(lambda doc, layer: texts[doc, layer])) == content


def test_every_removal_is_shown_with_both_texts_and_its_reason(page):
    text = re.sub(r"\s+", " ", page.text)
    for words in (
        "lines 8–14 repeat lines 1–7", "a whole second copy", "Figures differ.",
        "portal/转载 菜市场.html", "the most complete", "责任编辑：何苗",
        "portal/ferry-reprint.jsonl #17", "the earliest credible date", "Wire service", "MinHash bands (LSH)", "3, 7, 26",
    ):  # fmt: skip
        assert words in text, words
    removals = [a for tag, a in page.tags if tag == "details" and a.get("class") == "removal"]
    assert [a["id"] for a in removals] == ["repeat-1", "reprint-1", "reprint-2", "reprint-3"]


def test_a_name_that_is_a_word_of_ours_is_not_translated(made):
    _, rows, texts = made
    gist = gist_of(rows)
    item = gist.judged()[0]
    gist.names |= dict(zip(item.ids, ("near", "kept"), strict=True))
    found = fragment(pair_case(gist, item, "pair-1"), lambda doc, layer: texts[doc, layer]).html
    holders = re.findall(r"<(\w+)([^>]*)>(?:near|kept)</", found)
    assert len(holders) > 2
    assert not [one for one in holders if "data-t" in one[1]], holders


def test_the_rules_of_normalisation_say_what_they_do_with_examples(page, made):
    text = re.sub(r"\s+", " ", page.text)
    l1, net = (made[0]["counts"]["characters"][key] for key in ("l1", "l1_to_l2"))
    assert f"{l1:,} characters became" in text
    assert f"(−{-net})" in text
    for shown in (
        f"newline{RULES['newline']}21−2U+000D U+000A → U+000A portal/转载 菜市场.html, line 1",
        f"nfc{RULES['nfc']}22−2e\u0301 (U+0065 U+0301) → é (U+00E9) bulletin/0601.txt, line 2",
        f"space_kind{RULES['space_kind']}110U+3000 → U+0020 bulletin/0601.txt, line 1",
        f"zero_width+space_end{RULES['zero_width']} {RULES['space_end']}11−2",
        f"ftfy:encode:sloppy-windows-1252+ftfy:decode:utf-8{RULES['ftfy']}11−2â€œ → “",
    ):
        assert shown.replace(" ", "") in text.replace(" ", ""), shown


def test_variants_are_listed_with_the_values_in_which_they_differ(page):
    text = page.text
    kept = text[text.index("Why these were not removed") :]
    for words in ("variant", "bulletin/0601.txt", "bulletin/0602.txt", "142.37", "142.51", "figures differ"):
        assert words in kept


def test_chinese_text_says_which_glyphs_it_wants(page):
    assert {a["lang"] for tag, a in page.tags if tag == "p" and "lang" in a} == {"", "en", "zh", "zh-Hans"}


def test_numbers_of_scores_are_seen_from_the_kept_text(made, content):
    """The pair was stored as (removed, kept): what is in `a_in_b` there is the removed text inside the kept one."""
    text = re.sub(r"\s+", " ", Page(content).text)
    part = text[text.index("gives way to evening/菜市场.txt") :]
    assert re.search(r"removed text found in the kept one ?0\.970", part)
    assert re.search(r"kept text found in the removed one ?0\.985", part)


def test_an_unbalanced_run_says_so(made):
    run, rows, texts = made
    broken = run | {"balance": {"bytes": 0, "documents": 0, "characters": 5}}
    assert (
        "The sums do not agree"
        in Page(report_page(broken, gist_of(rows), showing(lambda d, y: texts[d, y]))).text
    )
    lines = summary_lines(broken, gist_of(rows), width=100, colour=False, next_commands=())
    assert any("NOT BALANCED" in line for line in lines)


def test_an_empty_run_has_a_page_tables_and_a_summary():
    run, rows = report_run.make_record([]), report_run.Tables()
    assert (
        "Every input was processed." in Page(report_page(run, gist_of(rows), showing(lambda d, y: ""))).text
    )
    assert all(table.count(b"\r\n") == 1 for table in csv_tables(rows).values())
    assert summary_lines(run, gist_of(rows), width=80, colour=False, next_commands=())


def test_a_kept_text_outside_this_run_is_named_without_comparison(made):
    run, rows, texts = made
    gone = [row | {"of": "elsewhere"} if row["id"] == "d2" else row for row in rows.documents]
    text = Page(
        report_page(run, gist_of(rows._replace(documents=gone)), showing(lambda d, y: texts[d, y]))
    ).text
    assert "The kept text is not part of this run" in text


# It is bounded, and says where


@pytest.mark.parametrize(("details", "shown"), [(0, 0), (1, 1), (3, 3), (4, 4), (8, 6), (400, 6)])
def test_details_bound_the_comparisons(made, details, shown):
    """Three removed documents and a variant to be judged, a repeat, and from eight on its document as a whole."""
    run, rows, texts = made
    content = report_page(run, gist_of(rows), showing(lambda d, y: texts[d, y]), details=details)
    cases = parcel(content, "data")["cases"]
    assert len(cases) == shown
    parcels = [parcel(content, f"texts-{n}") for n in range(len({case[4] for case in cases}))]
    assert sum(map(len, parcels)) == shown
    for anchor, _, _, _, place, at, _ in cases:
        assert f'id="{anchor}"' in parcels[place][at]


def test_negative_details_are_refused(made):
    run, rows, _ = made
    with pytest.raises(ValueError, match="details = -1"):
        report_page(run, gist_of(rows), showing(lambda d, y: ""), details=-1)


def test_a_long_text_is_cut_and_the_page_says_how_much(made):
    run, rows, texts = made
    longer = {("d2", "L2"): "长" * 50_000}
    content = report_page(run, gist_of(rows), showing(lambda d, y: longer.get((d, y), texts[d, y])))
    assert "44,000 of the removed text are not shown" in Page(content).text
    assert len(content) < 250_000


def test_many_documents_and_short_lines_keep_the_page_small(made):
    run, _, _ = made
    text = "\n".join(f"{i % 97} a" for i in range(4_000))
    other = "\n".join(f"{i % 89} b" for i in range(4_000))
    kept = report_run.document("k", "kept.txt", text)
    gone = [
        report_run.document(f"r{i}", f"many/{i}.txt", other, status="removed", tier="near", of="k")
        for i in range(3_000)
    ]
    many = report_run.Tables(documents=[kept, *gone])
    content = report_page(run, gist_of(many), showing(lambda d, y: text if d == "k" else other), details=12)
    assert len(content) < 600_000
    assert "Showing 100 of 3,001 documents; all are in documents.csv" in Page(content).text
    table = parcel(content, "data")["documents"]
    assert table["total"] == len(table["names"]) == len(table["of"]) == 3_001
    assert [n - step for n, step in enumerate(table["of"])][1:] == [0] * 3_000


# The aligned texts

ALPHABET = st.sampled_from("今天发布会的内容，。三成 ab1.5\n")
TEXT = st.text(ALPHABET, max_size=120)


def side(rows, which):
    """The paragraphs of one side, as shown."""
    out = []
    for row in rows:
        if row.kind == "equal":
            out += ["".join(run.text for run in left.runs) for left, _ in row.equal]
        elif getattr(row, which) is not None:
            out += "".join(run.text for run in getattr(row, which).runs).replace("↵", "").split("\n")
    return out


@settings(derandomize=True, deadline=None, max_examples=150)
@given(TEXT, TEXT)
@example("", "")
@example("甲\n乙\n丙", "乙")
def test_both_texts_can_be_read_whole_from_the_rows(a, b):
    left, right = paragraphs(a, 1), paragraphs(b, 1)
    rows = compare(left, right).rows
    assert side(rows, "kept") == [p.text for p in left]
    assert side(rows, "removed") == [p.text for p in right]


@settings(derandomize=True, deadline=None, max_examples=100)
@given(TEXT)
def test_equal_texts_have_equal_rows_only(text):
    assert compare(paragraphs(text), paragraphs(text)).same


@settings(derandomize=True, deadline=None, max_examples=100)
@given(TEXT, TEXT, st.integers(0, 60))
def test_what_is_not_shown_is_counted(a, b, cap):
    left, right = paragraphs(a), paragraphs(b)
    shown = compare(left, right, cap)
    for which, whole, left_out in (
        ("kept", left, shown.kept_left_out),
        ("removed", right, shown.removed_left_out),
    ):
        seen = sum(len(text) for text in side(shown.rows, which))
        assert seen <= cap
        assert seen + left_out + shown.equal_left_out == sum(len(p.text) for p in whole)


def marked(a, b):
    """What is marked as different on each side of the first changed row."""
    [row] = [row for row in compare(paragraphs(a), paragraphs(b)).rows if row.kind == "changed"]
    return tuple([run.text for run in cell.runs if run.kind == "only"] for cell in (row.kept, row.removed))


@pytest.mark.parametrize(
    ("a", "b", "differ"),
    [
        ("首批126户摊主领到新摊位钥匙。", "首批128户摊主领到新摊位钥匙。", (["126"], ["128"])),
        ("记者从会上获悉，改造已经完工。", "记者从会上了解到，改造已经完工。", (["获悉"], ["了解到"])),
        ("The ferry resumes on Friday.", "The ferry resumes this Friday.", (["on"], ["this"])),
        (
            "a refit that took eleven weeks",
            "a refit which lasted eleven weeks",
            (["that took"], ["which lasted"]),
        ),
        ("The price is 4.50 for adults.", "The price is 4.60 for adults.", (["4.50"], ["4.60"])),
        ("水位平稳，未来三天无降雨。\n库区正常。", "水位平稳，未来三天无降雨。库区正常。", (["↵\n"], [])),
        ("甲乙丙丁戊己庚辛", "甲乙丙丁\N{ZERO WIDTH SPACE}戊己庚辛", ([], ["U+200B"])),
    ],
)
def test_differences_are_marked_as_people_read_them(a, b, differ):
    assert marked(a, b) == differ


def test_equal_paragraphs_fold_and_keep_their_lines():
    rows = compare(paragraphs("一\n二\n三", 1), paragraphs("零\n一\n二\n三", 38)).rows
    assert [row.kind for row in rows] == ["removed", "equal"]
    assert (rows[1].count, rows[1].kept.line, rows[1].removed.line) == (3, "1–3", "39–41")


# Text of strangers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a⟨U+202E⟩b"), ("a\0b\x1b[2J", "a⟨U+0000⟩b⟨U+001B⟩[2J"),
        ("a\r\nb\tc", "a⟨U+000D⟩⟨U+000A⟩b⟨U+0009⟩c"), ("\ud800", "⟨U+D800⟩"), ("x" * 700, "x" * 600 + "… (700 characters)"),
        ("\N{MAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}", "\N{MAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}"),
        ("\N{TAG LATIN SMALL LETTER A}", "⟨U+E0061⟩"), ("中文　名", "中文　名"),
    ],
)  # fmt: skip
def test_a_name_shows_every_character_on_one_line(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "lang"),
    [("今天发布会的内容", "zh-Hans"), ("今天發布會的內容與車門", "zh-Hant"), ("これは新しい市場です", "ja"),
     ("새 시장이 문을 열었다", "ko"), ("Harbour ferry", ""), ("", "")],
)  # fmt: skip
def test_the_language_is_told_by_the_script(text, lang):
    assert language([text]) == lang


def test_figures_of_a_differing_value_are_marked():
    assert [run.text for run in with_figures("上涨0.12米") if run.kind == "figure"] == ["0.12"]


def test_a_score_below_one_is_never_shown_as_one():
    assert (share(1.0), share(0.99999), share(None)) == ("1.000", "0.999", "–")


# Tables


def csv_tables(rows):
    """The tables of a whole ledger by file name."""
    lines = csv_lines(rows, {key: name_of(row) for key, row in named(rows).items()})
    return {name: head + lines[name] for name, head in csv_heads().items()}


@pytest.fixture(scope="module")
def tables(made):
    _, rows, _ = made
    return csv_tables(rows)


def read(table):
    assert table.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(table[3:].decode("utf-8"), newline="")))


def test_the_tables_have_a_line_for_each_row(tables, made):
    _, rows, _ = made
    assert list(tables) == ["documents.csv", "removed.csv", "clusters.csv", "repeats.csv", "skipped.csv"]
    assert [len(read(table)) for table in tables.values()] == [8, len(rows.spans), 6, 2, 2]


def test_no_cell_begins_like_a_formula(tables):
    for table in tables.values():
        for row in csv.reader(io.StringIO(table[3:].decode("utf-8"), newline="")):
            assert [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    [odd] = [row for row in read(tables["skipped.csv"]) if row["status"] == "skipped"]
    assert odd["path"] == "'-odd\\x09name\\x0d"
    assert [row["rule"] for row in read(tables["removed.csv"])][-1] == "'=1+1"


def test_a_removed_document_names_where_it_survives(tables):
    row = read(tables["documents.csv"])[1]
    assert (row["status"], row["of"], row["of_path"]) == ("removed", "d1", "evening/菜市场.txt")
    repeat = read(tables["repeats.csv"])[0]
    assert (repeat["kept_first_line"], repeat["repeat_last_line"], repeat["figures_differ"]) == (
        "1",
        "14",
        "yes",
    )


# The summary


@pytest.mark.parametrize("width", [0, 40, 60, 80, 100, 200])
def test_the_summary_has_at_most_thirty_lines_that_fit(made, width):
    run, rows, _ = made
    lines = summary_lines(
        run, gist_of(rows), width=width, colour=False, next_commands=["clean-corpus review out"] * 9
    )
    assert len(lines) <= 30
    assert [line for line in lines if cells(line) > max(40, width)] == []
    assert not any(c < " " or "\x7f" <= c <= "\x9f" for line in lines for c in line)


def test_the_summary_names_the_repeat_the_balance_and_the_next_command(made):
    run, rows, _ = made
    text = "\n".join(
        summary_lines(
            run, gist_of(rows), width=100, colour=False, next_commands=["clean-corpus review 'my out'"]
        )
    )
    assert "evening/菜市场.txt: lines 8–14 repeat lines 1–7 (6 of 7 lines equal), figures differ!" in text
    assert re.search(r"balance +0 +0 +OK", text)
    assert "clean-corpus review 'my out'" in text
    assert re.search(r"Not processed +1 quarantined, 1 skipped", text)


def test_the_summary_and_the_overview_say_what_became_of_decisions(made, page):
    run, rows, _ = made
    text = "\n".join(summary_lines(run, gist_of(rows), width=100, colour=False, next_commands=()))
    assert re.search(r"Decisions +3 applied · 1 stale", text)
    assert "Decisions of people: 3 applied · 1 stale; each is in ledger/decisions.jsonl." in page.text


def test_colour_adds_escapes_and_nothing_else(made):
    run, rows, _ = made
    plain, colour = (
        summary_lines(run, gist_of(rows), width=90, colour=on, next_commands=()) for on in (False, True)
    )
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in colour] == plain
    assert colour != plain


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [("abcdef", 6, "abcdef"), ("abcdefgh", 7, "ab…efgh"), ("新闻稿件全文", 7, "新…全文")],
)
def test_a_long_name_is_cut_in_its_middle_by_columns(text, width, short):
    assert cut(text, width) == short
    assert cells(cut(text, width)) <= width
