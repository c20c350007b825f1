"""Of everything that was removed, `explain` and the report name the kept text, the scores and what differs.

Over the samples, and over the seeds where they lie beside the repository; no text of a seed is in it.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from pathlib import Path

import pytest

from pipeline import events, job
from pipeline.cli.explain import document_lines, scores_text
from pipeline.cli.show import quoted
from pipeline.errors import safe
from pipeline.ledger import Output
from pipeline.report.rows import name_of
from pipeline.report.show import share, visible
from pipeline.settings import load

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
PARCEL = re.compile(r'<template id="([^"]+)">([^<]*)</template>')
PLACES = {
    "samples": sorted((ROOT / "samples").glob("*/input")),
    "seeds": [SEEDS] if any(SEEDS.glob("*.txt")) else [],
}


class Told:
    """An output, what `explain` says of its documents, and the words of the comparisons of its report."""

    def __init__(self, inputs, out):
        job.run(inputs, out, load(None, {"run.jobs": 1}), printer=events.Silent())
        self.output = Output(out)
        self.rows = self.output.rows()
        self.page = (out / "report" / "index.html").read_text("utf-8")
        parcels = {
            name: json.loads(gzip.decompress(base64.b64decode(text)))
            for name, text in PARCEL.findall(self.page)
        }
        self.cases = {}  # number of a document → words of its comparisons
        for anchor, _, _, _, parcel, at, doc in parcels["data"]["cases"]:
            if not anchor.startswith("whole"):
                self.cases.setdefault(doc, []).append(words(parcels[f"texts-{parcel}"][at]))
        self.numbers = {row["id"]: n for n, row in enumerate(self.rows.documents)}

    def explained(self, doc):
        return "\n".join(document_lines(self.output, self.output.document(doc)))

    def shown(self, doc, *parts):
        """The comparison of a document that has all these parts."""
        found = [case for case in self.cases[self.numbers[doc]] if all(part in case for part in parts)]
        assert found, (doc, parts)
        return found[0]

    def name(self, doc):
        return name_of(self.output.archived(doc) or self.output.document(doc))


def words(markup):
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", "", markup)))


@pytest.fixture(scope="module", params=PLACES)
def told(request, tmp_path_factory):
    if not PLACES[request.param]:
        pytest.skip("no seeds beside the repository")
    return Told(PLACES[request.param], tmp_path_factory.mktemp(request.param) / "out")


def of_reason(told, reason):
    return [span for span in told.rows.spans if span["reason"] == reason]


def scores_in(case, scores):
    """Whether a comparison has all scores, both ways."""
    return all(share(value) in case for value in scores.values() if value is not None)


def differing(rows):
    """The texts in which two differ, as they are shown: none is left out of what is short."""
    return [text for row in rows[:12] for text in (row["a_text"], row["b_text"]) if text and len(text) < 40]


def test_something_was_removed_and_all_of_it_has_a_known_reason(told):
    assert told.rows.spans
    assert {span["reason"] for span in told.rows.spans} <= {"document", "repeat", "furniture"}


def test_of_a_removed_document_the_kept_one_scores_and_differences_are_told(told):
    pairs = {frozenset((pair["a"], pair["b"])): pair for pair in told.rows.pairs}
    for span in of_reason(told, "document"):
        doc, of = span["doc"], span["of"]["doc"]
        pair = pairs[frozenset((doc, of))]
        text, case = told.explained(doc), told.shown(doc, visible(told.name(of)))
        assert f"copy of     {safe(told.name(of))}" in text or safe(of) in text
        assert scores_text(pair["scores"]) in text
        assert scores_in(case, pair["scores"])
        for part in differing(pair["differences"]):
            assert quoted(part) in text, (doc, part)
            assert words(html.escape(part)).strip() in case, (doc, part)
        assert pair["differences"] or pair["scores"]["identity"] == 1


def test_of_a_removed_repeat_the_place_that_stays_scores_and_differences_are_told(told):
    repeats = [row for row in told.rows.repeats if row["removed"]]
    spans = of_reason(told, "repeat")
    assert {span["doc"] for span in spans} == {row["doc"] for row in repeats}
    for span in spans:
        first, last = span["of"]["lines"]
        where = f"survives in line {first}" if first == last else f"survives in lines {first}–{last}"
        assert where in told.explained(span["doc"]), span
    for row in repeats:
        text = told.explained(row["doc"])
        assert row["why"] in text
        assert scores_text(row["scores"]) in text
        case = told.shown(row["doc"], row["why"])
        assert scores_in(case, row["scores"])
        assert row["differences"] or "equal, character by character" in case or row["scores"]["identity"] == 1
        for part in differing(row["differences"]):
            assert quoted(part) in text, (row["doc"], part)
            assert words(html.escape(part)).strip() in case, (row["doc"], part)


def test_of_furniture_the_rule_and_the_text_are_told(told):
    """It survives nowhere: its text is the evidence."""
    page = words(told.page)
    for span in of_reason(told, "furniture"):
        text = told.explained(span["doc"])
        assert f"furniture ({safe(span['rule'])})" in text
        removed = told.output.removed_text(span).strip()
        assert words(visible(removed)).strip()[:60] in page, removed
