"""A copy inside a file may have another headline: it stays there, and keeps no document beside one without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import events
from pipeline.check import verify
from pipeline.job import run
from pipeline.ledger import Output
from pipeline.settings import load

ARTICLE = Path(__file__).parents[2] / "samples" / "reprints" / "input" / "bay-online" / "kite-rule.txt"
#: Edits that make the single article the longer one, which ranks first.
LONGER = (
    ("放风筝的好地方", "放风筝的再好不过的地方"),
    ("跑道上画出", "跑道上面仔细画出"),
    ("专门回收", "专门负责一一回收"),
    ("天上其实很宽", "天上其实非常宽阔"),
)


def test_the_end_of_a_text_is_no_headline_of_the_copy_that_brings_its_own(tmp_path):
    title, *body = ARTICLE.read_text(encoding="utf-8").splitlines()
    last = "项目负责人李明昨日因病去世"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "once.txt").write_text(
        "\n".join([title, *body, "他说天气真好。", ""]), encoding="utf-8"
    )
    twice = [title, *body, last, title, *body, ""]
    (tmp_path / "in" / "twice.txt").write_text("\n".join(twice), encoding="utf-8")
    run([tmp_path / "in"], tmp_path / "out", load(None, {"run.jobs": 1}), printer=events.Silent())
    assert any(last in path.read_text(encoding="utf-8") for path in (tmp_path / "out" / "clean").iterdir())


@pytest.mark.parametrize(
    ("headline", "goes"),
    [("风筝有了路", True), ("风筝有了7条路", False), ("风筝不缠线", False)],
)
def test_another_headline_of_a_copy_is_substance_only_with_a_figure_or_negation(headline, goes, tmp_path):
    title, *body = ARTICLE.read_text(encoding="utf-8").splitlines()
    (tmp_path / "in").mkdir()
    edited = "\n".join([title, *body, ""])
    for old, new in LONGER:
        assert old in edited
        edited = edited.replace(old, new)
    (tmp_path / "in" / "once.txt").write_text(edited, encoding="utf-8")
    twice = [title, *body, headline, *body, ""]
    (tmp_path / "in" / "twice.txt").write_text("\n".join(twice), encoding="utf-8")
    run([tmp_path / "in"], tmp_path / "out", load(None, {"run.jobs": 1}), printer=events.Silent())
    rows = {row["path"]: row for row in Output(tmp_path / "out").rows().documents}
    assert (rows["twice.txt"]["status"] == "removed") is goes
    assert "kept" in {row["status"] for row in rows.values()}
    assert verify(tmp_path / "out", deep=True).findings == ()
