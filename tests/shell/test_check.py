"""Verify: whatever is not as it was written is found, and nothing is touched."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path

import pytest

from pipeline.check import verify
from pipeline.errors import UsageError

_SPEC = importlib.util.spec_from_file_location("hand_made_outputs", Path(__file__).with_name("outputs.py"))
outputs = importlib.util.module_from_spec(_SPEC)
sys.modules["hand_made_outputs"] = outputs
_SPEC.loader.exec_module(outputs)


@pytest.fixture
def out(tmp_path):
    outputs.write(tmp_path / "out")
    return tmp_path / "out"


def files_of(out: Path) -> list[Path]:
    return sorted(p for p in out.rglob("*") if p.is_file())


def test_a_whole_output_has_no_findings_and_is_proved(out):
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in files_of(out)}
    quick = verify(out, deep=False, sample=None, seed=0)
    assert quick.findings == ()
    assert (quick.files, quick.documents, quick.proved) == (len(files_of(out)) - 1, 9, 0)
    assert quick.spans == 4
    deep = verify(out, deep=True, sample=None, seed=0)
    assert deep.findings == ()
    assert deep.proved == 9
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in files_of(out)} == before


def test_a_sample_proves_as_many_as_it_says(out):
    assert verify(out, sample=3, seed=7).proved == 3
    assert verify(out, sample=100).proved == 9
    assert verify(out, sample=0).proved == 0


def test_work_files_and_the_derived_database_are_not_of_the_tree(out):
    (out / ".work").mkdir()
    (out / ".work" / "state.json").write_bytes(b"{}")
    (out / "corpus.db").write_bytes(b"derived")
    assert verify(out).findings == ()


def test_every_flipped_bit_is_found(out):
    dice = random.Random(20)
    for path in files_of(out):
        data = path.read_bytes()
        for _ in range(12 if path.name != "manifest-sha256.txt" else 40):
            at, bit = dice.randrange(len(data)) if data else 0, 1 << dice.randrange(8)
            if not data:
                continue
            path.write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
            assert verify(out).findings, f"bit {bit} of byte {at} of {path.name}"
        path.write_bytes(data)
    assert verify(out).findings == ()


def test_every_cut_of_the_manifest_is_found(out):
    path = out / "manifest-sha256.txt"
    data = path.read_bytes()
    for size in range(0, len(data), 29):
        path.write_bytes(data[:size])
        assert verify(out).findings
    lines = data.splitlines(keepends=True)
    for changed in ([*lines, lines[0]], lines[::-1], [*lines, b"\n"]):
        path.write_bytes(b"".join(changed))
        assert verify(out).findings


def test_a_missing_file_an_extra_file_and_a_link_are_found_by_name(out):
    (out / "clean" / "notes.md").unlink()
    (out / "clean" / "town").mkdir()
    (out / "clean" / "town" / "extra.txt").write_bytes(b"")
    copy = out / "clean" / "lost.txt"
    target = out.parent / "lost.txt"
    copy.rename(target)
    copy.symlink_to(target)
    (out / "report").symlink_to(out.parent)
    found = {(f.where, f.what) for f in verify(out).findings}
    assert ("clean/notes.md", "missing") in found
    assert ("clean/town/extra.txt", "unexpected: the manifest does not name it") in found
    assert ("clean/lost.txt", "not a file") in found
    assert ("report", "unexpected: the manifest does not name it") in found


def test_each_finding_says_what_where_and_what_to_do(out):
    (out / "clean" / "notes.md").write_bytes(b"other")
    for finding in verify(out).findings:
        assert finding.what
        assert finding.where
        assert finding.to_do


def test_what_is_no_output_is_refused_and_a_lost_run_json_is_a_finding(out, tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError):
            verify(folder)
    (out / "run.json").unlink()
    assert {f.where for f in verify(out).findings} == {"run.json"}


def test_a_name_in_the_manifest_that_leads_outside_is_not_followed(out, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    line = f"{outputs.sha(b'secret')}  ../secret\n".encode()
    manifest = out / "manifest-sha256.txt"
    manifest.write_bytes(line + manifest.read_bytes())
    assert any("no line of a manifest" in f.what for f in verify(out).findings)


def first(key, value):
    def change(rows):
        rows[0][key] = value
        return rows

    return change


def part(outer, key, value):
    def change(rows):
        rows[0][outer][key] = value
        return rows

    return change


#: Damage that the manifest covers: only the meaning of the rows can show it.
SIGNED = {
    "span without source": ("spans", first("from", None)),
    "span from a removed document": ("spans", first("from", outputs.example()[-1].id)),
    "span from nowhere": ("spans", first("from", "d-0")),
    "span with another recipe": ("spans", first("ops", [[1, 9]])),
    "span with a backward copy": ("spans", first("ops", [[9, 1]])),
    "span with a negative copy": ("spans", first("ops", [[-9, -1]])),
    "span that is no list": ("spans", first("ops", 5)),
    "span out of the text": ("spans", first("end", 10**30)),
    "span of another document": ("spans", first("doc", "d-0")),
    "span of a list": ("spans", first("doc", [])),
    "a span less": ("spans", lambda rows: rows[1:]),
    "a span twice": ("spans", lambda rows: [rows[0], *rows]),
    "a document less": ("documents", lambda rows: rows[1:]),
    "a document twice": ("documents", lambda rows: [*rows, rows[0]]),
    "a document removed for none": ("documents", lambda rows: [*rows[:-1], rows[-1] | {"of": "d-0"}]),
    "a document removed for one of no archive": (
        "documents",
        lambda rows: [*rows[:-1], rows[-1] | {"of": "a-0"}],
    ),
    "a document of an archive that is not named": ("archived", first("archive", "another")),
    "a pair with one of no archive": ("pairs", first("a", "a-0")),
    "other kept characters": ("documents", first("kept_chars", 1)),
    "id of another type": ("documents", first("id", {})),
    "layer of another type": ("documents", part("l2", "chars", None)),
    "another clean copy": ("documents", part("l3", "path", "clean/notes.md")),
    "an edit less": ("edits", lambda rows: rows[1:]),
    "fewer starts": ("edits", first("starts", [])),
    "a repeat less": ("repeats", lambda rows: []),
    "a decision that nobody made": ("spans", first("reason", "decision")),
    "a document removed by nobody": ("documents", lambda rows: [*rows[:-1], rows[-1] | {"of": None}]),
    "a span that survives nowhere": (
        "spans",
        lambda rows: [row | {"of": row["of"] and row["of"] | {"doc": "d-0"}} for row in rows],
    ),
    "a span that survives in what is cut": (
        "spans",
        lambda rows: [
            row | {"of": row["of"] and {key: row[key] for key in ("doc", "start", "end", "lines")}}
            if row["reason"] == "repeat"
            else row
            for row in rows
        ],
    ),
    "another quarantine": ("skipped", first("bytes", 10)),
}


@pytest.mark.parametrize("name", SIGNED)
def test_damage_that_is_signed_is_found_by_what_the_rows_mean(out, name):
    outputs.edit_table(out, *SIGNED[name])
    report = verify(out, deep=True)
    assert report.findings
    assert not any("does not fit its hash in the manifest" in f.what for f in report.findings)


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run.replace(b'"kept": 7', b'"kept": 8', 1),
        lambda run: run.replace(b'"accepted": ', b'"accepted": 1', 1),
        lambda run: run.replace(b'"counts"', b'"counted"'),
        lambda run: b"[]",
        lambda run: b"\xff\xfe",
        lambda run: b'{"counts":' * 5000,
    ],
)
def test_a_run_json_that_is_signed_and_wrong_is_found(out, change):
    path = out / "run.json"
    data = path.read_bytes()
    path.write_bytes(change(data))
    assert path.read_bytes() != data
    outputs.sign(out)
    assert verify(out).findings


def test_stored_bytes_are_checked_where_sources_are_rebuilt(out):
    blob = next((out / "ledger" / "blobs").iterdir())
    blob.write_bytes(b"other")
    outputs.sign(out)
    assert verify(out).findings == ()
    found = verify(out, deep=True).findings
    assert len(found) == 1
    assert found[0].where.startswith("lost.txt")
    blob.unlink()
    outputs.sign(out)
    assert any("stored bytes" in f.what for f in verify(out).findings)
