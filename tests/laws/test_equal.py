"""Equal texts are one document, whatever recurrence finds to be furniture in the source of either."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline import events
from pipeline.check import verify
from pipeline.job import run
from pipeline.ledger import Output
from pipeline.settings import load

SOURCES = Path(__file__).parents[2] / "samples" / "reprints" / "input"
STORIES = ("bay-online/kite-rule.txt", "luoshan-evening/night-clinic.txt", "yunling-daily/bus-bell.txt")


def cleaned(folder, out, **options):
    run([folder], out, load(None, {"run.jobs": 1}), printer=events.Silent(), **options)
    return Output(out)


@pytest.mark.parametrize("story", STORIES)
def test_a_text_an_archive_keeps_goes_for_it_though_only_there_its_source_shows_furniture(story, tmp_path):
    archive = cleaned(SOURCES, tmp_path / "archive")
    (kept,) = (row for row in archive.rows().documents if row["path"].endswith(story))
    recurs = {row["doc"] for row in archive.rows().furniture if row["via"] == "recurrence"}
    assert kept["status"] == "kept"
    assert kept["id"] in recurs
    (tmp_path / "in").mkdir()
    shutil.copy(SOURCES / story, tmp_path / "in")
    output = cleaned(tmp_path / "in", tmp_path / "out", against=[tmp_path / "archive"])
    (row,) = output.rows().documents
    assert not [found for found in output.rows().furniture if found["via"] == "recurrence"]
    assert (row["status"], row["tier"]) == ("removed", "identical")
    assert verify(tmp_path / "out", deep=True).findings == ()
