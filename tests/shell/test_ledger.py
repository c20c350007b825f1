"""The ledger: rows as they are written, and every layer of every text from them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DamageError, UsageError
from pipeline.ledger import KEYS, Output, Rows, read_rows, row_line

_SPEC = importlib.util.spec_from_file_location("hand_made_outputs", Path(__file__).with_name("outputs.py"))
outputs = importlib.util.module_from_spec(_SPEC)
sys.modules["hand_made_outputs"] = outputs
_SPEC.loader.exec_module(outputs)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def out(tmp_path):
    outputs.write(tmp_path / "out")
    return tmp_path / "out"


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.dictionaries(st.text(st.characters()), VALUES, max_size=4))
def test_a_row_is_one_line_that_reads_back_in_the_order_it_was_given(row):
    line = row_line(row)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert list(json.loads(line).items()) == list(row.items())


def test_a_row_is_compact_utf8_and_never_holds_what_json_does_not_have():
    assert row_line({"b": 1, "a": ["河", None]}) == '{"b":1,"a":["河",null]}\n'.encode()
    assert row_line({"half": "\ud800"}) == b'{"half":"\\ud800"}\n'
    with pytest.raises(ValueError, match="JSON"):
        row_line({"score": float("nan")})


def test_every_table_is_read_in_its_order(out):
    rows = read_rows(out)
    assert isinstance(rows, Rows)
    assert [row["id"] for row in rows.documents] == [doc.id for doc in outputs.example()]
    for table, keys in KEYS.items():
        assert all(set(keys) <= row.keys() for row in getattr(rows, table))


def test_every_layer_of_every_document_comes_back(out):
    output = Output(out)
    for doc in outputs.example():
        assert output.text(doc.id, "L2") == doc.l2
        assert output.text(doc.id, "L1") == doc.l1
        if doc.of is None:
            assert output.text(doc.id, "L3") == doc.l3
        if doc.media == "jsonl":
            assert output.text(doc.id, "L0") == doc.l1.encode()
        elif doc.media != "html":
            assert output.text(doc.id, "L0") == doc.data


def test_the_bytes_of_a_page_and_the_copy_of_a_removed_document_are_not_to_be_had(out):
    *_, page, near = outputs.example()
    with pytest.raises(UsageError, match="in its source alone"):
        Output(out).text(page.id, "L0")
    with pytest.raises(UsageError, match="removed; it has no clean copy"):
        Output(out).text(near.id, "L3")


def test_an_output_in_the_making_gives_its_texts_before_its_ledger_is_on_disk(out):
    rows, run = read_rows(out), Output(out).run
    for path in (out / "ledger").glob("*.jsonl"):
        path.unlink()
    (out / "run.json").unlink()
    output = Output.of(out, run, rows)
    for doc in outputs.example():
        assert output.text(doc.id, "L2") == doc.l2


def test_no_output_is_said_to_be_none_and_an_interrupted_one_to_be_run_again(tmp_path, out):
    with pytest.raises(UsageError, match=r"not an output of clean-corpus: it has no run\.json$"):
        Output(tmp_path)
    (out / ".work").mkdir()
    (out / ".work" / "swap.json").write_bytes(b"{}")
    with pytest.raises(UsageError, match="run it again to finish"):
        Output(out)
    (out / ".work" / "swap.json").unlink()
    (out / "run.json").unlink()
    with pytest.raises(UsageError, match="no run has finished there"):
        Output(out)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (b"", "line 1 has no end"),
        (b"\n", "line 1: not what was written"),
        (b"[1]\n", "line 1: not what was written \\(not an object"),
        (b"{}\n", "line 1: not what was written \\('doc' is missing"),
        (b'{"doc":\n', "line 1: not what was written"),
        (b"\xff\n", "line 1: not what was written"),
        (b"[" * 100_000 + b"\n", "line 1: not what was written"),
    ],
)
def test_a_damaged_line_is_named_by_file_and_number(out, damage, says):
    (out / "ledger" / "edits.jsonl").write_bytes(damage or b'{"doc":"d-1"}')
    with pytest.raises(DamageError, match=f"^ledger/edits.jsonl: {says}"):
        read_rows(out)


def test_a_missing_table_is_named(out):
    (out / "ledger" / "spans.jsonl").unlink()
    with pytest.raises(DamageError, match=r"^ledger/spans\.jsonl: missing"):
        Output(out).rows()


def broken_span(rows):
    rows[0]["ops"] = [[0, 10**9]]
    return rows


def broken_edit(rows):
    rows[0]["starts"][0] += 1
    return rows


def foreign_path(rows):
    rows[0]["l3"]["path"] = "clean/../../secret"
    return rows


def unknown_codec(rows):
    rows[0]["l0"]["encoding"] = "no-such-codec"
    return rows


def text_instead(rows):
    rows[0]["l2"]["chars"] = "many"
    return rows


@pytest.mark.parametrize(
    ("table", "change", "layer"),
    [
        ("spans", broken_span, "L2"),
        ("edits", broken_edit, "L1"),
        ("documents", foreign_path, "L3"),
        ("documents", unknown_codec, "L0"),
        ("documents", text_instead, "L2"),
    ],
)
def test_a_row_that_does_not_fit_is_damage_of_a_named_document(out, table, change, layer):
    outputs.edit_table(out, table, change)
    twice = outputs.example()[0]
    with pytest.raises(DamageError, match=rf"^city/twice\.txt \({twice.id}\): "):
        Output(out).text(twice.id, layer)


def test_a_changed_copy_is_damage_of_it_and_of_what_is_rebuilt_from_it(out):
    path = out / "clean" / "city" / "twice.txt"
    path.write_bytes(path.read_bytes().replace(b"1962", b"1963"))
    twice, *_, near = outputs.example()
    for doc in (twice, near):
        with pytest.raises(DamageError, match="the clean copy does not fit its hash"):
            Output(out).text(doc.id, "L2")


@pytest.mark.parametrize(
    "change", [lambda d: d + d.splitlines(keepends=True)[0], lambda d: d[:-1], lambda d: b""]
)
def test_records_are_found_by_their_line_and_a_line_too_many_or_too_few_is_damage(out, change):
    path = out / "clean" / "wire" / "records.jsonl"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DamageError):
        Output(out).text(outputs.example()[1].id, "L3")
