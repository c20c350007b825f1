"""The output is the same however its documents are divided among processes."""

from __future__ import annotations

import json

import pytest

from pipeline import assemble, check, events, job
from pipeline.settings import load


def story(n):
    lines = (
        f"Report {n} line {line} tells of harbour {n * line + 3} and hill {n + line * 7}."
        for line in range(5)
    )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Records of which several in a row repeat one, first and last in their file too; and texts."""
    path = tmp_path_factory.mktemp("in")
    texts = [story(1), *[story(2)] * 5, story(3), *[story(1)] * 3]
    for name in ("a", "c"):
        lines = (json.dumps({"id": n, "text": text}) for n, text in enumerate(texts))
        (path / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    (path / "b.txt").write_text(story(4) + "\n" + story(4))
    (path / "d.txt").write_bytes(b"not UTF-8: \xff\xfe\n" * 3)
    (path / "e.txt").write_bytes(b"not UTF-8: \xff\xfe\n" * 3)
    return path


def manifest(folder, out):
    job.run([folder], out, load(None, {"run.jobs": 1, "run.policy": "training"}), printer=events.Silent())
    return (out / "manifest-sha256.txt").read_bytes()


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_same_bytes_however_documents_are_divided(folder, tmp_path, monkeypatch, size):
    whole = manifest(folder, tmp_path / "whole")
    monkeypatch.setattr(assemble, "_ORDERS_A_PART", size)
    assert manifest(folder, tmp_path / "parts") == whole
    assert check.verify(tmp_path / "parts", deep=True).findings == ()
