"""The review in a spreadsheet: written, filled in, read back; the same verdicts are the same events on every way."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import re
import shutil
import sys
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from pipeline import decisions as d
from pipeline import events, job
from pipeline.cli import main
from pipeline.exports import export, reviewed
from pipeline.ledger import Output
from pipeline.report.gist import LARGE
from pipeline.settings import load
from pipeline.waiting import Item, queue

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An output and its workbook."""
    folder = tmp_path_factory.mktemp("made")
    settings = load(None, {"run.jobs": 1})
    job.run([ROOT / "samples/reprints/input"], folder / "out", settings, printer=events.Silent())
    export(folder / "out", "xlsx", folder / "book")
    return folder


@pytest.fixture
def place(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795390283")
    shutil.copytree(made / "out", "out")
    return tmp_path


@pytest.fixture
def filled(made):
    """What makes a copy of the workbook in which cells of the review, by row and column, have other values."""

    def fill(name, cells):
        book = openpyxl.load_workbook(made / "book" / "corpus.xlsx")
        sheet = book["review"]
        for (row, column), value in cells.items():
            sheet.cell(row, reviewed.HEAD.index(column) + 1).value = value
        book.save(name)
        return name

    return fill


def said(*words, code=0):
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exit_code == code, result.output
    return result.output


def recorded(name="decisions.jsonl"):
    return d.read([Path(name)])


def bare(made):
    """Return events without what tells how and when they were made."""
    return sorted(
        (dataclasses.replace(e, id="-", at="2026-01-01T00:00:00Z", via="-") for e in made), key=repr
    )


def test_the_review_has_a_row_for_each_pair_and_offers_the_verdicts(made):
    sheet = openpyxl.load_workbook(made / "book" / "corpus.xlsx")["review"]
    items = queue(Output(made / "out").rows(), LARGE)
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == reviewed.HEAD
    assert [row[6] for row in rows[1:]] == [item.subject.a.path for item in items]
    assert all(row[4] is None and row[5] is None for row in rows[1:])
    for row, item in zip(rows[1:], items, strict=True):
        told = json.loads(row[11])["subject"]
        assert (told["a"]["text"], told["b"]["bytes"]) == (item.subject.a.text, item.subject.b.bytes)
    (rule,) = sheet.data_validations.dataValidation
    assert rule.type == "list"
    assert rule.formula1 == '"same,different,keep-both,unsure"'
    assert str(rule.sqref) == "E2:E1048576"


SAY = {
    2: ("different", "两个版本"),
    3: ("same", ""),
    4: ("keep-both", "=1+1 is no formula"),
    5: ("unsure", ""),
}


def test_browser_spreadsheet_and_command_give_the_same_events(place, filled):
    items = queue(Output(Path("out")).rows(), LARGE)
    for row, (verdict, why) in SAY.items():
        a, b = items[row - 2].a["id"], items[row - 2].b["id"]
        said("decide", verdict, "out", a, b, "--as", "li", "--why", why, "--decisions", "cli.jsonl")
    browser = []
    for row, (verdict, why) in SAY.items():
        item = items[row - 2]
        one = d.Event(
            "-",
            f"2026-11-28T00:00:0{row}Z",
            "li",
            "html",
            d.Verdict(verdict),
            item.subject,
            item.seen,
            why,
            None,
        )
        browser.append(dataclasses.replace(one, id=f"e-of-the-page-{row}"))
    Path("page.jsonl").write_bytes(d.lines_of(browser))
    said("decide", "import", "page.jsonl", "--decisions", "html.jsonl")
    cells = {(row, "verdict"): verdict.upper() + " " for row, (verdict, _) in SAY.items()}
    cells |= {(row, "why"): f"'{why}" if why.startswith("=") else why for row, (_, why) in SAY.items()}
    said("decide", "import", filled("book.xlsx", cells), "--as", "li", "--decisions", "xlsx.jsonl")
    assert len(recorded("cli.jsonl")) == 4
    assert bare(recorded("cli.jsonl")) == bare(recorded("html.jsonl")) == bare(recorded("xlsx.jsonl"))
    assert {e.via for e in recorded("xlsx.jsonl")} == {"xlsx"}


def test_the_page_names_and_saw_what_the_other_ways_do(made):
    """The script takes a subject out of a row: the two in the order of the ledger, whoever is shown first."""
    page = (made / "out" / "report" / "index.html").read_bytes()
    (packed,) = re.findall(rb'<template id="data">([^<]*)</template>', page)
    data = json.loads(gzip.decompress(base64.b64decode(packed)))
    events = [d.as_row(event_of(item)) for item in queue(Output(made / "out").rows(), LARGE)]
    assert any(swapped for *_, swapped in data["queue"])
    assert len(data["queue"]) == len(events), "one queue: the same pairs, in the same order"
    for (_, _, _, a, b, seen, _, _, swapped), event in zip(data["queue"], events, strict=True):
        one, two = (b, a) if swapped else (a, b)
        assert event["subject"] == {"kind": "pair", "a": one, "b": two}
        assert event["seen"] == seen


def event_of(item):
    return d.Event(
        "-", "2026-11-28T00:00:00Z", "li", "html", d.Verdict.SAME, item.subject, item.seen, "", None
    )


def test_three_cells_are_three_events_and_undone_they_leave_no_trace(place, filled):
    before = (place / "out" / "manifest-sha256.txt").read_bytes()
    book = filled(
        "book.xlsx", {(2, "verdict"): "different", (3, "verdict"): "different", (4, "verdict"): "same"}
    )
    assert "3 decisions added" in said("decide", "import", book, "--as", "li")
    said("apply", "out", "--decisions", "decisions.jsonl")
    assert (place / "out" / "manifest-sha256.txt").read_bytes() != before
    said("decide", "undo", "--last", "3", "--as", "li")
    said("apply", "out", "--decisions", "decisions.jsonl")
    assert (place / "out" / "manifest-sha256.txt").read_bytes() == before


def test_the_same_again_adds_nothing_and_another_mind_takes_its_place(place, filled):
    said("decide", "import", filled("one.xlsx", {(2, "verdict"): "different"}), "--as", "li")
    assert "0 decisions added" in said("decide", "import", "one.xlsx", "--as", "li")
    said("decide", "import", filled("two.xlsx", {(2, "verdict"): "same"}), "--as", "li")
    first, second = recorded()
    assert second.supersedes == first.id
    assert second.at > first.at


def test_two_who_contradict_each_other_are_both_kept_and_named(place, filled):
    said("decide", "import", filled("one.xlsx", {(2, "verdict"): "different"}), "--as", "li")
    text = said("decide", "import", filled("two.xlsx", {(2, "verdict"): "same"}), "--as", "王")
    assert [e.by for e in recorded()] == ["li", "王"] or [e.by for e in recorded()] == ["王", "li"]
    assert "says same" in text
    assert "says different" in text
    assert all(e.id in text for e in recorded())
    assert "1 decisions contradict each other; both stand" in text


WRONG = {
    "no verdict of ours": (
        {(3, "verdict"): "delete"},
        "sheet review, row 3: verdict delete: must be one of same",
    ),
    "a reason alone": ({(4, "why"): "hm"}, "sheet review, row 4: a reason without a verdict"),
    "another hash": (
        {(2, "verdict"): "same", (2, "check"): "k-0"},
        "sheet review, row 2: subject or check was",
    ),
    "another subject": (
        {(2, "verdict"): "same", (2, "subject"): "{}"},
        "row 2: subject or check was changed",
    ),
    "no subject": ({(2, "verdict"): "same", (2, "subject"): None}, "row 2: subject or check was changed"),
    "no subject at all": (
        {(2, "verdict"): "same", (2, "subject"): "[1]", (2, "check"): reviewed._check("[1]")},
        "sheet review, row 2: subject:",
    ),
    "no such column": ({(1, "verdict"): "judgement"}, "row 1 must name the column verdict once"),
    "a column twice": ({(1, "differences"): "why"}, "row 1 must name the column why once"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_sheet_and_row_and_nothing_is_added(place, filled, name):
    cells, says = WRONG[name]
    book = filled("book.xlsx", {(5, "verdict"): "different", **cells})
    assert says in said("decide", "import", book, "--as", "li", code=2)
    assert not Path("decisions.jsonl").exists()


def test_a_hash_that_was_edited_is_an_error(place, filled, made):
    item = queue(Output(Path("out")).rows(), LARGE)[0]
    subject = reviewed._subject(item).replace(item.subject.a.text[7:15], "0" * 8)
    book = filled("book.xlsx", {(2, "verdict"): "same", (2, "subject"): subject})
    assert "row 2: subject or check was changed" in said("decide", "import", book, "--as", "li", code=2)


def test_a_row_that_stands_twice_is_an_error(place, filled):
    item = queue(Output(Path("out")).rows(), LARGE)[0]
    subject = reviewed._subject(item)
    again = {(3, "subject"): subject, (3, "check"): reviewed._check(subject)}
    book = filled("book.xlsx", {(2, "verdict"): "same", (3, "verdict"): "same", **again})
    text = said("decide", "import", book, "--as", "li", code=2)
    assert "sheet review, row 3: the same pair as in book.xlsx, sheet review, row 2" in text


def test_what_is_no_workbook_and_who_is_not_named_is_refused(place, filled, monkeypatch):
    assert "name them with --as NAME" in said("decide", "import", filled("book.xlsx", {}), code=2)
    Path("no.xlsx").write_bytes(b"PK\x03\x04 and no more")
    assert "cannot be read as a workbook" in said("decide", "import", "no.xlsx", "--as", "li", code=2)
    book = openpyxl.Workbook()
    book.save("other.xlsx")
    assert "has no sheet review" in said("decide", "import", "other.xlsx", "--as", "li", code=2)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert "clean-corpus[xlsx]" in said("decide", "import", "book.xlsx", "--as", "li", code=2)
    assert not Path("decisions.jsonl").exists()


def test_sheets_may_be_sorted_and_have_columns_of_ones_own(place, made):
    book = openpyxl.load_workbook(made / "book" / "corpus.xlsx")
    sheet = book["review"]
    sheet.cell(3, 5).value = "different"
    expected = sheet.cell(3, 12).value
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    book.remove(sheet)
    moved = book.create_sheet("review")
    for row in [rows[0], *reversed(rows[1:])]:
        moved.append(["mine", *reversed(row)])
    book.save("book.xlsx")
    said("decide", "import", "book.xlsx", "--as", "li")
    (event,) = recorded()
    assert d.as_row(event)["subject"] == json.loads(expected)["subject"]


@pytest.mark.parametrize("path", ["=cmd|' /C calc'!A0", "+1", "@x", "-2", "a\x01_x000D_\n.txt", "𠀀", "'=1"])
def test_names_that_a_spreadsheet_would_run_or_change_come_back_as_they_were(place, path):
    import xlsxwriter

    from pipeline.exports.xlsx import _Sheets

    digest = {"sha256": "0" * 64}
    row = {"id": "d", "path": path, "ordinal": 0, "l0": digest, "l1": digest, "meta": {"title": path}}
    item = Item("waiting", "review", 0.1 + 0.2, 1.0, (path,), row, row | {"l1": {"sha256": "1" * 64}})
    with xlsxwriter.Workbook("book.xlsx", {"constant_memory": True}) as book:
        sheets = _Sheets(book, "review", reviewed.HEAD, {"verdict": reviewed.VERDICTS})
        sheets.add(
            [
                "same" if name == "verdict" else cell
                for name, cell in zip(reviewed.HEAD, reviewed.cells(item), strict=True)
            ]
        )
    for line in openpyxl.load_workbook("book.xlsx")["review"].iter_rows():
        for cell in line:
            assert cell.data_type != "f"
            assert not str(cell.value).startswith(("=", "+", "-", "@")) or cell.quotePrefix
    (found,) = reviewed.read(Path("book.xlsx"))
    assert (found.subject, found.seen) == (item.subject, item.seen)
