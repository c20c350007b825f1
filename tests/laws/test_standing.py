"""What a removed text is said to stand in stands in a clean copy, however repeats, passages and furniture meet."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import events
from pipeline.check import verify
from pipeline.job import run
from pipeline.ledger import Output
from pipeline.settings import load

LAW = settings.get_profile("runs")
WORDS = (
    *("harbour", "ferry", "winter", "market", "bridge", "keeper", "morning", "letter"),
    *("quiet", "river", "garden", "window", "paper", "lantern"),
)


def paragraph(dice):
    return f"{' '.join(dice.choice(WORDS) for _ in range(dice.randint(14, 30))).capitalize()}."


def folder_of(seed):
    """Return {name: text}: few paragraphs that stand again in a text and in others, and a long line of the site."""
    dice = random.Random(seed)
    pool = [paragraph(dice) for _ in range(5)]
    site = f"Read more of the {' '.join(dice.choice(WORDS) for _ in range(14))} on our pages"
    files = {}
    for n in range(dice.randint(4, 7)):
        lines = [paragraph(dice) for _ in range(dice.randint(2, 6))]
        for _ in range(dice.randint(1, 7)):
            lines.insert(dice.randint(0, len(lines)), dice.choice([*pool, *lines, site]))
        files[f"{n}.txt"] = "\n".join(lines) + "\n"
    return files


def standing(output, of):
    """Return what is left of a place of L2."""
    text = output.text(of["doc"], "L2")
    gone = {n for row in output.spans(of["doc"]) for n in range(row["start"], row["end"])}
    return "".join(text[n] for n in range(of["start"], of["end"]) if n not in gone)


@LAW
@given(st.integers(0, 10**6), st.sampled_from(["standard", "training"]))
@example(1, "training")
def test_every_removed_text_names_one_that_stands(seed, policy):
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "in", Path(name) / "out"
        folder.mkdir()
        for file, text in folder_of(seed).items():
            (folder / file).write_text(text, encoding="utf-8")
        chosen = load(None, {"run.jobs": 1, "run.policy": policy, "decide.over_removed": 1.0})
        run([folder], out, chosen, printer=events.Silent())
        assert verify(out, deep=True).findings == ()
        output = Output(out)
        rows = output.rows()
        kept = {row["id"] for row in rows.documents if row["status"] == "kept"}
        for span in rows.spans:
            of = span["of"]
            assert (of is None) == (span["reason"] in {"furniture", "decision"})
            if of is not None:
                assert of["doc"] in kept
                assert span["reason"] == "document" or standing(output, of).strip(), span


def test_a_repeat_of_a_passage_that_another_text_has_names_that_text(tmp_path):
    """The two of the second text were compared with each other; what stays of both is in the first."""
    dice = random.Random(3)
    shared, *own = (paragraph(dice) for _ in range(9))
    (tmp_path / "in").mkdir()
    for file, lines in (("a.txt", [*own[:5], shared]), ("b.txt", [own[5], shared, own[6], shared, own[7]])):
        (tmp_path / "in" / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    chosen = load(None, {"run.jobs": 1, "run.policy": "training"})
    out = run([tmp_path / "in"], tmp_path / "out", chosen, printer=events.Silent()).out
    output = Output(out)
    first, second = (row["id"] for row in output.rows().documents)
    passage, repeat = output.rows().spans
    assert (passage["reason"], repeat["reason"]) == ("passage", "repeat")
    assert passage["of"] == repeat["of"]
    assert (repeat["doc"], repeat["of"]["doc"], repeat["from"]) == (second, first, first)
    assert repeat["of"]["lines"] == [6, 6]
    assert repeat["why"].endswith("line 2 (1 of 1 lines equal), which goes too: it stands in a.txt")
    assert [op for op in repeat["ops"] if isinstance(op, str)] in ([], ["\n"])
    assert verify(out, deep=True).findings == ()
