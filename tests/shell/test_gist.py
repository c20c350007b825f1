"""What the parts of a ledger come to, added: the counts of run.json, what a report shows, the lines of its tables."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.balance import tally_of
from pipeline.readers.jsonl import with_text
from pipeline.report.gist import DETAILS, Gist, Picked, gist_of
from pipeline.report.rows import name_of, named
from pipeline.report.tables import csv_heads, csv_lines
from pipeline.writers.rows import record_line

_spec = importlib.util.spec_from_file_location("report_run", Path(__file__).with_name("report_run.py"))
report_run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(report_run)
LAW = settings(derandomize=True, deadline=None, max_examples=60)
_, ROWS, _ = report_run.make_run()
#: Tables whose rows are of one document → the key that names it.
OWN = {"documents": "id", "spans": "doc", "edits": "doc", "repeats": "doc", "furniture": "doc"}
KEPT = ("documents", "removed", "repeats", "recurring", "longest", "warnings", "changes", "furniture")


def parts(cuts):
    """The rows of single documents, divided at these places among the documents."""
    ids = [row["id"] for row in ROWS.documents]
    edges = [0, *sorted(cuts), len(ids)]
    for first, last in pairwise(edges):
        chosen = set(ids[first:last])
        tables = {t: [row for row in getattr(ROWS, t) if row[key] in chosen] for t, key in OWN.items()}
        yield report_run.Tables(**tables)


CUTS = st.lists(st.integers(0, len(ROWS.documents)), max_size=4)


@LAW
@given(CUTS)
def test_the_gists_of_parts_added_are_that_of_the_whole(cuts):
    whole, added = gist_of(ROWS), Gist()
    for part in parts(cuts):
        one = Gist()
        one.take(part)
        added.add(Gist.load(one.dump()))
    for name in KEPT:
        assert getattr(added, name) == getattr(whole, name), name


def complete(rows):
    """The rows with what the counts read and the report does not."""
    whole = [
        {**row, "l0": {**row["l0"], "stored": row["l0"]["bytes"]}, "l1": {**row["l1"], "unextracted": 1}}
        for row in rows.documents
    ]
    return rows._replace(documents=whole)


@LAW
@given(CUTS)
def test_the_counts_of_parts_added_are_those_of_the_whole(cuts):
    added = Counter()
    for part in parts(cuts):
        added.update(tally_of(complete(part), ()))
    assert added == tally_of(complete(ROWS._replace(pairs=(), skipped=())), ())
    assert added["documents", "removed"] == 3


@LAW
@given(CUTS)
def test_the_lines_of_parts_are_those_of_the_whole_table(cuts):
    names = {key: name_of(row) for key, row in named(ROWS).items()}
    whole, heads = csv_lines(ROWS, names), csv_heads()
    lines = [csv_lines(part, names) for part in parts(cuts)]
    for name in ("documents.csv", "removed.csv", "repeats.csv"):
        assert heads[name]
        assert b"".join(part[name] for part in lines) == whole[name]


def test_a_gist_holds_so_many_rows_and_counts_all():
    picked = Picked(DETAILS)
    picked.take({"n": n} for n in range(DETAILS + 5))
    more = Picked(DETAILS)
    more.take({"n": n} for n in range(7))
    picked.add(more)
    assert (len(picked.rows), picked.total) == (DETAILS, DETAILS + 12)
    assert picked.rows[-1] == {"n": DETAILS - 1}


def test_near_misses_are_the_most_alike_of_all():
    pairs = [
        report_run.pair(
            f"d{n:03}", "d999", "rejected", scores=report_run.scores(jaccard=(n * 37 % 400) / 400)
        )
        for n in range(400)
    ]
    gist = Gist()
    gist.match(pairs, {})
    ranked = sorted(pairs, key=lambda p: (-p["scores"]["jaccard"], p["a"]))
    assert (gist.near_misses.rows, gist.near_misses.total) == (ranked[:50], 400)


FIELD = st.text(st.sampled_from('tex":,{}\\null 文'), max_size=12)
VALUE = st.one_of(FIELD, st.none(), st.integers(), st.fixed_dictionaries({}, optional={"text": st.none()}))


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.dictionaries(FIELD, VALUE, max_size=4), FIELD, FIELD, st.booleans())
def test_a_record_is_written_as_if_its_fields_were_read(others, name, text, has_place):
    values = {**others, **({name: None} if has_place else {})}
    fields = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    assert record_line(fields, name, text) == with_text(fields, name, text).encode() + b"\n"


@pytest.mark.parametrize(
    "fields", ["", '{"text":null}', '{"a":{"text":null},"text":null}', '{"a":"\\"text\\":null"}']
)
def test_the_text_stands_in_its_own_place(fields):
    assert json.loads(record_line(fields, "text", "新 \u2028"))["text"] == "新 \u2028"
