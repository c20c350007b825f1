"""Restore: the sources come back, or it is said which do not."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DamageError, UsageError
from pipeline.names import output_names
from pipeline.restore import original_name, restore

_SPEC = importlib.util.spec_from_file_location("hand_made_outputs", Path(__file__).with_name("outputs.py"))
outputs = importlib.util.module_from_spec(_SPEC)
sys.modules["hand_made_outputs"] = outputs
_SPEC.loader.exec_module(outputs)


@pytest.fixture
def out(tmp_path):
    outputs.write(tmp_path / "out")
    return tmp_path / "out"


def files_below(folder: Path) -> dict[bytes, bytes]:
    return {os.fsencode(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_text_files_come_back_byte_for_byte_under_their_own_names(out, tmp_path):
    done = restore(out, tmp_path / "back")
    found = files_below(tmp_path / "back")
    docs = {doc.path: doc for doc in outputs.example()}
    for path in ("city/twice.txt", "town/near.txt", "lost.txt", "notes.md"):
        assert found.pop(path.encode()) == docs[path].data
    assert found.pop(b"odd\xff%41.txt") == docs["odd%FF%2541.txt"].data
    assert found.pop(b"page.html.txt") == docs["page.html"].l1.encode()
    assert list(found) == [b"wire/records.jsonl"]
    assert (done.files, done.documents, done.extracted, done.renamed) == (7, 9, 1, ())
    assert done.size == sum(len(data) for data in files_below(tmp_path / "back").values())


def test_records_come_back_in_order_with_every_value_as_it_was_written(out, tmp_path):
    restore(out, tmp_path / "back", paths=["wire/records.jsonl"])
    lines = (tmp_path / "back" / "wire" / "records.jsonl").read_bytes().splitlines()
    sources = outputs.records()
    assert [json.loads(line, parse_float=str) for line in lines] == [
        json.loads(doc.data, parse_float=str) for doc in sources
    ]
    assert all(b'"price":1.10' in line for line in lines)


def test_only_what_is_asked_for_comes_back(out, tmp_path):
    near = outputs.example()[-1]
    restore(out, tmp_path / "one", ids=[near.id])
    assert files_below(tmp_path / "one") == {b"town/near.txt": near.data}
    restore(out, tmp_path / "record", ids=[outputs.records()[1].id])
    assert len((tmp_path / "record" / "wire" / "records.jsonl").read_bytes().splitlines()) == 1
    with pytest.raises(UsageError, match="no document nothing"):
        restore(out, tmp_path / "none", paths=["nothing"])
    assert not (tmp_path / "none").exists()


def test_a_page_is_copied_from_its_source_once_its_hash_fits(out, tmp_path):
    page = next(doc for doc in outputs.example() if doc.media == "html")
    source = tmp_path / "source"
    source.mkdir()
    (source / "page.html").write_bytes(page.data)
    restore(out, tmp_path / "back", paths=["page.html"], source=source)
    assert files_below(tmp_path / "back") == {b"page.html": page.data}
    (source / "page.html").write_bytes(page.data + b" ")
    with pytest.raises(DamageError, match="is not what was read then"):
        restore(out, tmp_path / "again", paths=["page.html"], source=source)
    with pytest.raises(DamageError, match="not found in"):
        restore(out, tmp_path / "again", paths=["page.html"], source=tmp_path / "elsewhere")
    assert files_below(tmp_path / "again") == {}


def test_a_target_inside_the_output_or_in_use_is_refused(out, tmp_path):
    for inside in (out, out / "clean" / "back"):
        with pytest.raises(UsageError, match="inside the output"):
            restore(out, inside, force=True)
    link = tmp_path / "link"
    link.symlink_to(out)
    with pytest.raises(UsageError, match="inside the output"):
        restore(out, link / "back")
    used = tmp_path / "used"
    used.mkdir()
    (used / "lost.txt").write_bytes(b"mine")
    with pytest.raises(UsageError, match="not empty"):
        restore(out, used)
    assert files_below(used) == {b"lost.txt": b"mine"}
    with pytest.raises(UsageError, match="not a folder"):
        restore(out, used / "lost.txt")
    restore(out, used, force=True)
    assert (used / "lost.txt").read_bytes() != b"mine"


def test_what_is_damaged_is_not_written_and_named_and_the_rest_is_restored(out, tmp_path):
    blob = next((out / "ledger" / "blobs").iterdir())
    blob.write_bytes(b"something else")
    with pytest.raises(DamageError, match=r"^1 of 7 files could not be restored.*lost\.txt"):
        restore(out, tmp_path / "back")
    found = files_below(tmp_path / "back")
    assert b"lost.txt" not in found
    assert len(found) == 6


def test_a_name_that_leads_outside_is_never_written(out, tmp_path):
    def change(rows):
        rows[-1]["path"] = "../../outside.txt"
        return rows

    outputs.edit_table(out, "documents", change)
    with pytest.raises(DamageError, match="no name of a file"):
        restore(out, tmp_path / "deep" / "back")
    assert not (tmp_path / "outside.txt").exists()


def test_the_text_of_a_page_gives_way_to_a_file_of_that_name(tmp_path):
    page = outputs.Doc("a.html", b"<p>Tide tables</p>", "Tide tables", media="html")
    docs = outputs.example()
    docs.insert(-1, page)
    docs.insert(-1, outputs.Doc("a.html~0.txt", b"A file of its own", "A file of its own"))
    outputs.write(tmp_path / "out", docs)

    def change(rows):
        rows[-2]["path"] = "a.html.txt"
        return rows

    outputs.edit_table(tmp_path / "out", "documents", change)
    done = restore(tmp_path / "out", tmp_path / "back")
    found = files_below(tmp_path / "back")
    assert found[b"a.html.txt"] == b"A file of its own"
    assert found[f"a.html~{page.id[2:]}.txt".encode()] == b"Tide tables"
    assert done.renamed == ("a.html",)


COMPONENTS = st.binary(min_size=1, max_size=12).filter(
    lambda b: b not in {b".", b".."} and b"/" not in b and b"\0" not in b
)
PATHS = st.lists(COMPONENTS, min_size=1, max_size=3).map(b"/".join)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(PATHS, min_size=1, max_size=6, unique=True))
def test_an_output_name_leads_back_to_the_path_it_was_made_from(paths):
    assert [original_name(name) for name in output_names(paths)] == paths


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.sampled_from("%2EFx./~ab0"), min_size=1, max_size=10))
def test_no_name_leads_outside(name):
    path = original_name(name)
    assert path is None or not {b"", b".", b".."} & set(path.split(b"/"))


@pytest.mark.parametrize("path", [b"Case.txt", b"case.txt", b"x~0123456789ab", b"%2E%2E", b"a%", b".tmp-1"])
def test_names_that_look_like_escapes_and_twins_lead_back(path):
    others = [b"CASE.TXT", b"case.TXT", path]
    paths = list(dict.fromkeys(others))
    names = output_names(paths)
    assert original_name(names[paths.index(path)]) == path


def test_a_name_that_was_cut_has_no_original():
    (name,) = output_names([b"a/" + "潮".encode() * 120])
    assert original_name(name) is None
