"""What explain says of keeping a removed text is tried: the policy it names does keep it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import events
from pipeline.cli import main
from pipeline.job import apply, run
from pipeline.ledger import Output
from pipeline.settings import load

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = re.compile(
    r"^to keep it  clean-corpus apply (.*) --policy (\w+)   keeps (.*), and all else", re.MULTILINE
)


@pytest.mark.parametrize(
    ("sample", "policy"), [("reprints", "training"), ("twice", "standard"), ("html", "standard")]
)
def test_the_policy_that_explain_names_keeps_what_was_removed(sample, policy, tmp_path):
    out = tmp_path / "out"
    run([SAMPLES / sample / "input"], out, load(None, {"run.policy": policy}), printer=events.Silent())
    before = Output(out)
    told = []
    for row in before.rows().documents:
        spans = before.spans(row["id"])
        text = CliRunner().invoke(main, ["explain", str(out), row["id"]]).stdout
        found = NAMES.findall(text)
        assert bool(spans) == bool(found)
        told += [(row["id"], named, what) for _, named, what in found]
    assert told
    for named in sorted({named for _, named, _ in told}):
        other = tmp_path / named
        apply(out, None, {"run.policy": named}, target=other, printer=events.Silent())
        after = Output(other)
        for doc, by, what in told:
            if by != named:
                continue
            kind, _, rule = what.removeprefix("what goes as ").partition(" ")
            left = [(s["reason"], s["rule"]) for s in after.spans(doc)]
            if what == "this document":
                assert after.document(doc)["status"] == "kept"
            else:
                assert not any(reason == kind and rule in ("", of) for reason, of in left), (doc, what)


def test_a_line_of_furniture_is_named_for_the_settings(tmp_path):
    run([SAMPLES / "html" / "input"], tmp_path / "out", load(None, {}), printer=events.Silent())
    spans = [s for s in Output(tmp_path / "out").rows().spans if s["reason"] == "furniture"]
    text = CliRunner().invoke(main, ["explain", str(tmp_path / "out"), spans[0]["doc"]]).stdout
    assert "or add the line to furniture.keep in the settings" in text
