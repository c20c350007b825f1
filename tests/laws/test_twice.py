"""An article that stands twice in its file, in every form that was met: one whole copy stays, nothing is lost.

The article is the first copy of a sample.  Where the user's own file lies beside the repository, it is put
through the same forms.
"""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest

from pipeline import events
from pipeline.check import verify
from pipeline.job import run
from pipeline.ledger import Output
from pipeline.restore import restore
from pipeline.settings import load

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "twice" / "input" / "harbour-review.txt"
SEED = ROOT.parent / "shared" / "seeds" / "article-twice.txt"
FULL_WIDTH = str.maketrans({",": "，", ";": "；", ":": "：", "(": "（", ")": "）"})
AD = "本版读者俱乐部春季茶会开始报名啦欢迎各位街坊邻居带上家人一起来坐坐"


def article_of(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]
    return lines[: len(lines) // 2]


def wrapped(lines: list[str], columns: int) -> list[str]:
    return [line[at : at + columns] for line in lines for at in range(0, len(line), columns)]


def indented(lines: list[str], columns: int) -> list[str]:
    return wrapped(["\u3000\u3000" + line for line in lines], columns)


def replaced(lines: list[str], share: float, seed: int) -> list[str]:
    dice = random.Random(seed)
    han = sorted({c for line in lines for c in line if "\u4e00" <= c <= "\u9fff"})
    return [
        "".join(dice.choice(han) if "\u4e00" <= c <= "\u9fff" and dice.random() < share else c for c in line)
        for line in lines
    ]


def text(lines: list[str]) -> bytes:
    return "\n".join(lines).encode()


#: name: what the file holds, given the article's lines; and whether one copy must come out exactly.
FORMS = {
    "identical": lambda a: text(a + a),
    "crlf": lambda a: "\r\n".join(a + a).encode(),
    "cr": lambda a: "\r".join(a + a).encode(),
    "gb18030": lambda a: "\n".join(a + a).encode("gb18030"),
    "utf-16": lambda a: "\n".join(a + a).encode("utf-16"),
    "utf-16-be": lambda a: "\n".join(a + a).encode("utf-16-be"),
    "bom": lambda a: b"\xef\xbb\xbf" + text(a + a),
    "final newline": lambda a: text([*a, *a, ""]),
    "blank lines": lambda a: "\n\n".join(a + a).encode(),
    "second full-width": lambda a: text(a + [line.translate(FULL_WIDTH) for line in a]),
    "second wrapped": lambda a: text(a + wrapped(a, 38)),
    "second wrapped with indents": lambda a: text(a + indented(a, 38)),
    "one line": lambda a: text(["".join(a + a)]),
    "a line each": lambda a: text(["".join(a), "".join(a)]),
    "joined in mid-line": lambda a: text([*a[:-1], a[-1] + a[0], *a[1:]]),
    "third copy": lambda a: text(a + a + a),
    "seven copies": lambda a: text(a * 7),
    "second cut": lambda a: text(a + a[:20]),
    "first cut": lambda a: text(a[:20] + a),
    "second without its head": lambda a: text(a + a[6:]),
    "3 % replaced": lambda a: text(a + replaced(a, 0.03, 7)),
    "ad between": lambda a: text([*a, AD, *a]),
    "ad inside": lambda a: text([*a, *a[:10], AD, *a[10:]]),
    "interleaved": lambda a: text([line for line in a for line in (line, line)]),
}
ONE_LINE = {"one line", "a line each"}


def clean(data: bytes, tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "article.txt").write_bytes(data)
    out = tmp_path / "out"
    result = run([folder], out, load(None, {"run.jobs": 1}), printer=events.Silent())
    return result, out, (out / "clean" / "article.txt").read_text(encoding="utf-8")


def check(form: str, article: list[str], tmp_path: Path) -> None:
    data = FORMS[form](article)
    _result, out, got = clean(data, tmp_path)
    if form in ONE_LINE:
        assert got == "".join(article) + "\n"
    elif form.startswith("ad "):
        assert [line for line in got.rstrip("\n").split("\n") if line != AD] == article
        assert got.count(AD) == 1
    else:
        assert got == "\n".join(article) + "\n"
    output = Output(out)
    (document,) = output.rows().documents
    assert output.text(document["id"], "L0") == data
    assert not verify(out, deep=True, sample=None, seed=0).findings
    again = tmp_path / "again"
    second = run([out / "clean"], again, load(None, {"run.jobs": 1}), printer=events.Silent())
    assert second.run["counts"]["characters"]["removed"] == 0
    assert (again / "clean" / "article.txt").read_text(encoding="utf-8") == got


@pytest.mark.parametrize("form", FORMS)
def test_one_whole_copy_stays_and_the_source_comes_back(form, tmp_path):
    check(form, article_of(SAMPLE), tmp_path)


@pytest.mark.parametrize("form", FORMS)
def test_the_users_own_file_comes_out_the_same(form, tmp_path):
    if not SEED.exists():
        pytest.skip("the user's file is not beside the repository")
    check(form, article_of(SEED), tmp_path)


def test_the_note_and_the_ledger_say_which_lines_repeat_which(tmp_path):
    article = article_of(SAMPLE)
    n = len(article)
    _, out, _ = clean(text(article + article), tmp_path)
    says = f"lines {n + 1}–{2 * n} repeat lines 1–{n} ({n} of {n} lines equal)"
    (repeat,) = [r for r in Output(out).rows().repeats if r["class"] == "copy"]
    assert repeat["why"] == says
    assert (repeat["kept"]["lines"], repeat["repeat"]["lines"]) == ([1, n], [n + 1, 2 * n])
    assert repeat["scores"]["estimate"] == repeat["scores"]["jaccard"] == 1.0
    assert says in (out / "notes" / "article.txt.note.md").read_text(encoding="utf-8")
    assert says in (out / "report" / "index.html").read_text(encoding="utf-8")


def test_half_width_punctuation_is_flagged_and_not_changed(tmp_path):
    article = article_of(SAMPLE)
    _, out, got = clean(text(article + article), tmp_path)
    (document,) = Output(out).rows().documents
    assert "nfkc_punctuation" in document["flags"]
    assert unicodedata.is_normalized("NFKC", got)


def test_restored_punctuation_is_undone_by_restore_and_stays_in_a_second_run(tmp_path):
    article = article_of(SAMPLE)
    data = text(article + article)
    chosen = load(None, {"run.jobs": 1, "normalise.restore_punct": True})
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "article.txt").write_bytes(data)
    outs = tmp_path / "first", tmp_path / "second"
    for source, out in zip((tmp_path / "in", outs[0] / "clean"), outs, strict=True):
        result = run([source], out, chosen, printer=events.Silent())
        (document,) = Output(out).rows().documents
        assert "nfkc_punctuation" not in document["flags"]
        assert (result.run["counts"]["edits"].get("restore_punct", 0) > 0) == (out == outs[0])
        assert not verify(out, deep=True).findings
    first, second = ((out / "clean" / "article.txt").read_bytes() for out in outs)
    assert first == second
    assert unicodedata.normalize("NFKC", first.decode()).replace(" ", "") == "".join(
        f"{line}\n" for line in article
    ).replace(" ", "")
    restore(outs[0], tmp_path / "back")
    assert (tmp_path / "back" / "article.txt").read_bytes() == data


def test_figures_that_differ_between_the_copies_are_a_loud_warning(tmp_path):
    article = article_of(SAMPLE)
    other = [line.replace("2", "7", 1) for line in article]
    assert other != article
    result, out, got = clean(text(article + other), tmp_path)
    assert got == "\n".join(article) + "\n"
    assert any("figures differ" in w for w in result.run["warnings"])
    (document,) = Output(out).rows().documents
    assert "figures_differ" in document["flags"]


def test_what_only_the_second_copy_has_stays(tmp_path):
    article = article_of(SAMPLE)
    extra = "另据码头管理处晚间补充说明,夜航班次将从下个月的第一个星期一起恢复,首班船仍由老船长亲自驾驶。"
    _, _, got = clean(text([*article, *article[:12], extra, *article[12:20]]), tmp_path)
    assert extra in got
    assert [line for line in got.rstrip("\n").split("\n") if line != extra] == article
