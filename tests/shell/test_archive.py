"""Comparing with an archive: what is refused, what is said, and what recurrence, passages and dates make of it."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import stat

import pytest
from click.testing import CliRunner

from pipeline import events
from pipeline.archive import archives
from pipeline.check import verify
from pipeline.cli import main
from pipeline.errors import DamageError, ResumeError, UsageError
from pipeline.job import run
from pipeline.ledger import Output, read_rows
from pipeline.settings import load

HAN = "山水风云花木石桥路灯船港村镇街巷河湖海岛春夏秋冬晨昏日月星雨雪霜人家门窗书报纸笔墨声色光影早晚行走"


def words(seed, count):
    dice = random.Random(seed)
    return "".join(dice.choice(HAN) for _ in range(count))


def article(seed, paragraphs=5):
    return [words(seed, 11), *(f"{words(f'{seed}-{n}', 44)}。" for n in range(paragraphs))]


def text(lines):
    return "\n".join(lines) + "\n"


def write(folder, files):
    for name, lines in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines if isinstance(lines, str) else text(lines), encoding="utf-8")
    return folder


def clean(folder, out, against=(), **overrides):
    chosen = load(None, {"run.jobs": 1, **overrides})
    return run([folder], out, chosen, against=list(against), printer=events.Silent())


@pytest.fixture
def archive(tmp_path):
    """An output that keeps two stories, a and b."""
    out = tmp_path / "earlier"
    clean(write(tmp_path / "old", {"a.txt": article("a"), "b.txt": article("b")}), out)
    return out


def by_path(result):
    return {row["path"]: row for row in read_rows(result.out).documents}


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_reprint_of_an_archived_story_goes_and_names_it(archive, tmp_path):
    near = article("a")
    near[2] = near[2][:20] + "水" + near[2][21:]
    fuller = [*article("b"), f"{words('more', 60)}。"]
    new = write(tmp_path / "new", {"same.txt": article("a"), "near.txt": near, "fuller.txt": fuller})
    result = clean(new, tmp_path / "out", [archive])
    rows = by_path(result)
    assert [(rows[n]["status"], rows[n]["tier"]) for n in ("same.txt", "near.txt", "fuller.txt")] == [
        ("removed", "identical"),
        ("removed", "near"),
        ("kept", None),  # it has substance of its own: an archive ranks first, but loses no text for that
    ]
    (kept,) = [row for row in read_rows(result.out).archived if row["path"] == "a.txt"]
    earlier = {row["path"]: row for row in Output(archive).rows().documents}
    assert rows["same.txt"]["of"] == rows["near.txt"]["of"] == kept["id"]
    assert (kept["archive"], kept["doc"]) == ("earlier", earlier["a.txt"]["id"])
    assert kept["l3"] == earlier["a.txt"]["l3"]
    pair = next(p for p in read_rows(result.out).pairs if rows["near.txt"]["id"] in (p["a"], p["b"]))
    assert pair["a"] == kept["id"]
    assert pair["scores"]["identity"] > 0.9
    assert [d["kind"] for d in pair["differences"]] == ["edit"]
    assert sorted(p.name for p in (tmp_path / "out" / "clean").iterdir()) == ["fuller.txt"]
    assert result.run["archives"] == [
        {"label": "earlier", "manifest_sha256": archives([archive], tmp_path / "x", [])[0].sha256}
        | {"documents": 2}
    ]
    assert result.run["counts"]["documents"]["removed_for_archives"] == 2


def test_a_text_whose_figures_differ_from_an_archived_one_stays_and_is_listed(archive, tmp_path):
    other = tmp_path / "figures"
    bulletin = [*article("c"), "水位为142米，共有37人到场，比昨日多5人。"]
    clean(write(tmp_path / "was", {"c.txt": bulletin}), other)
    changed = [line.replace("37", "41") for line in bulletin]
    result = clean(
        write(tmp_path / "new", {"c.txt": changed}), tmp_path / "out", [archive, other], **{"run.jobs": 1}
    )
    assert by_path(result)["c.txt"]["status"] == "kept"
    (pair,) = read_rows(result.out).pairs
    assert pair["tier"] == "variant"
    (row,) = read_rows(result.out).archived
    assert (row["id"], row["archive"]) == (pair["a"], "figures")


def test_what_goes_for_an_archive_keeps_its_own_text(archive, tmp_path):
    new = write(tmp_path / "new", {"x/1.txt": article("a"), "x/2.txt": article("a")})
    result = clean(new, tmp_path / "out", [archive])
    shutil.rmtree(archive)
    assert [(s["from"], s["ops"]) for s in read_rows(result.out).spans] == [(None, [text(article("a"))])] * 2
    assert verify(tmp_path / "out", deep=True).findings == ()


def test_archives_are_never_written_to(archive, tmp_path):
    shutil.rmtree(archive / ".work")
    for path in [archive, *archive.rglob("*")]:
        path.chmod(stat.S_IRUSR | (stat.S_IXUSR if path.is_dir() else 0))
    before = sorted(p.relative_to(archive).as_posix() for p in archive.rglob("*"))
    result = clean(write(tmp_path / "new", {"a.txt": article("a")}), tmp_path / "out", [archive])
    assert by_path(result)["a.txt"]["status"] == "removed"
    assert sorted(p.relative_to(archive).as_posix() for p in archive.rglob("*")) == before
    for path in [archive, *archive.rglob("*")]:
        path.chmod(0o700)


@pytest.mark.parametrize(
    ("which", "says"),
    [
        ("none", "no such folder"),
        ("new", "not an output of clean-corpus"),
        ("out", "must lie apart from the output"),
        ("out/inner", "must lie apart from the output"),
        (".", "must lie apart from"),
        ("new/archive", "must lie apart from the input"),
    ],
)
def test_what_is_no_archive_or_not_apart_is_refused_before_anything_is_written(
    archive, tmp_path, which, says
):
    new = write(tmp_path / "new", {"n.txt": article("n")})
    out = tmp_path / "out"
    for copy in {"out": ["out"], "out/inner": ["out", "out/inner"], "new/archive": ["new/archive"]}.get(
        which, ()
    ):
        shutil.copytree(archive, tmp_path / copy)
    inputs = [write(tmp_path / "other", {"n.txt": article("n")})] if which == "new" else [new]
    before = out.exists()
    with pytest.raises(UsageError, match=says):
        run(inputs, out, load(), against=[tmp_path / which], printer=events.Silent())
    assert out.exists() == before


def test_an_archive_that_a_run_left_half_swapped_is_refused(archive, tmp_path):
    (archive / ".work" / "swap.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="run it again to finish"):
        clean(write(tmp_path / "new", {"a.txt": article("a")}), tmp_path / "out", [archive])


DAMAGE = {
    "clean/a.txt": lambda path: path.write_bytes(path.read_bytes().replace("。".encode(), "！".encode())),
    "ledger/documents.jsonl": lambda path: path.write_bytes(path.read_bytes().replace(b"a.txt", b"z.txt")),
    "ledger/spans.jsonl": lambda path: path.write_bytes(b"{}\n"),
    "ledger/furniture.jsonl": lambda path: path.unlink(),
    "run.json": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "manifest-sha256.txt": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "clean/b.txt": lambda path: path.unlink(),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_of_what_is_read_ends_the_run(archive, tmp_path, name):
    out = tmp_path / "out"
    new = write(tmp_path / "new", {"a.txt": article("a")})
    clean(new, out)
    before = (out / "manifest-sha256.txt").read_bytes()
    DAMAGE[name](archive / name)
    with pytest.raises(DamageError, match=name.rpartition("/")[2]):
        clean(new, out, [archive])
    assert (out / "manifest-sha256.txt").read_bytes() == before
    assert call("run", new, "-o", out, "--against", archive, "--quiet").exit_code == 4


def test_a_file_that_the_manifest_does_not_name_is_damage(archive, tmp_path):
    path = archive / "manifest-sha256.txt"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "clean/a.txt" not in line), encoding="utf-8")
    with pytest.raises(DamageError, match="does not name it"):
        clean(write(tmp_path / "new", {"a.txt": article("a")}), tmp_path / "out", [archive])


def test_two_archives_of_one_name_have_two_labels_and_one_that_is_named_twice_has_one(tmp_path):
    for n in ("1", "2"):
        clean(write(tmp_path / f"in-{n}", {"a.txt": article(n)}), tmp_path / n / "out")
    shutil.copytree(tmp_path / "1" / "out", tmp_path / "3" / "copy")
    paths = [tmp_path / "1" / "out", tmp_path / "2" / "out", tmp_path / "3" / "copy"]
    found = archives(paths, tmp_path / "x", [])
    assert sorted(a.label for a in found) == ["out", "out-2"]
    assert [a.sha256 for a in found] == sorted({a.sha256 for a in found})
    again = archives(paths[::-1], tmp_path / "x", [])
    assert [(a.label, a.sha256) for a in again] == [(a.label, a.sha256) for a in found]


def test_an_unfinished_run_against_another_archive_is_not_taken_up(archive, tmp_path):
    new, out = write(tmp_path / "new", {"a.txt": article("a")}), tmp_path / "out"
    clean(new, out)
    path = out / ".work" / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"finished": False}), encoding="utf-8")
    with pytest.raises(ResumeError, match="archives was"):
        clean(new, out, [archive])


def test_an_archive_that_kept_all_names_the_one_that_is_most_alike(tmp_path):
    near = article("a")
    near[2] = near[2][:20] + "水" + near[2][21:]
    old = write(tmp_path / "old", {"1.txt": article("a"), "2.txt": near})
    clean(old, tmp_path / "earlier", **{"run.policy": "annotate"})
    result = clean(old, tmp_path / "out", [tmp_path / "earlier"])
    assert {(p, d["tier"]) for p, d in by_path(result).items()} == {
        ("1.txt", "identical"),
        ("2.txt", "identical"),
    }
    documents = by_path(result)
    for row in read_rows(result.out).archived:
        assert documents[row["path"]]["of"] == row["id"]


def test_a_new_copy_of_what_the_archive_removed_goes_for_what_it_kept(archive, tmp_path):
    near = article("a")
    near[2] = near[2][:20] + "水" + near[2][21:]
    old = write(tmp_path / "with-near", {"a.txt": [*article("a"), words("end", 30)], "near.txt": near})
    assert by_path(clean(old, tmp_path / "both"))["near.txt"]["status"] == "removed"
    result = clean(write(tmp_path / "new", {"n.txt": near}), tmp_path / "out", [tmp_path / "both"])
    assert by_path(result)["n.txt"]["status"] == "removed"
    (row,) = read_rows(result.out).archived
    assert row["path"] == "a.txt"


SITE = "海州之窗公众号每天早上七点和您见面。"


def test_recurrence_counts_the_documents_of_an_archive(tmp_path):
    old = write(tmp_path / "old", {f"site/{n}.txt": [*article(n), SITE] for n in range(4)})
    earlier = tmp_path / "earlier"
    assert all(row["via"] == "recurrence" for row in read_rows(clean(old, earlier).out).furniture)
    new = write(tmp_path / "new", {"site/9.txt": [*article(9), SITE], "site/0.txt": [*article(0), SITE]})
    alone = clean(new, tmp_path / "alone")
    assert read_rows(alone.out).furniture == []  # two documents of a source are no evidence
    result = clean(new, tmp_path / "out", [earlier])
    assert {(row["via"], row["text"]) for row in read_rows(result.out).furniture} == {("recurrence", SITE)}
    rows = by_path(result)
    assert (rows["site/0.txt"]["tier"], rows["site/9.txt"]["status"]) == ("identical", "kept")
    assert SITE not in (tmp_path / "out" / "clean" / "site" / "9.txt").read_text(encoding="utf-8")


def test_training_cuts_a_passage_whose_first_home_an_archive_keeps(tmp_path):
    quote = f"{words('quote', 80)}。"
    old = write(tmp_path / "old", {"a.txt": [*article("a"), quote], "b.txt": [*article("b"), quote]})
    earlier = tmp_path / "earlier"
    training = {"run.policy": "training"}
    clean(old, earlier, **training)
    new = write(tmp_path / "new", {"c.txt": [*article("c"), quote], "d.txt": [*article("d"), quote]})
    result = clean(new, tmp_path / "out", [earlier], **training)
    homes = {row["id"]: row["path"] for row in read_rows(result.out).archived}
    assert [(homes[s["of"]["doc"]], s["reason"], s["ops"]) for s in read_rows(result.out).spans] == [
        ("a.txt", "passage", [quote + "\n"]),
        ("a.txt", "passage", [quote + "\n"]),
    ]
    assert quote in (earlier / "clean" / "a.txt").read_text(encoding="utf-8")  # not in b, where it was cut
    (passage,) = read_rows(result.out).passages
    assert homes[passage["home"]] == "a.txt"
    assert [p["removed"] for p in passage["places"]] == [False, True, True]
    shutil.rmtree(earlier)
    assert verify(tmp_path / "out", deep=True).findings == ()


def test_note_report_tables_summary_and_explain_say_it(archive, tmp_path):
    near = article("a")
    near[2] = near[2][:20] + "水" + near[2][21:]
    new, out = write(tmp_path / "new", {"n.txt": near, "own.txt": article("own")}), tmp_path / "out"
    shown = call("run", new, "-o", out, "--against", archive, "--jobs", 1)
    assert shown.exit_code == 0, shown.output
    assert "Against       earlier (2 documents) · 1 removed for them" in shown.stdout
    (row,) = Output(out).rows().archived
    note = (out / "notes" / "n.txt.note.md").read_text(encoding="utf-8")
    assert f"as a copy of `a.txt` in the archive `earlier` (`{row['id']}`)" in note
    page = (out / "report" / "index.html").read_text(encoding="utf-8")
    assert "gives way to a.txt (archive earlier)" in page
    assert "Archive earlier: 2 documents, only read" in page
    table = list(csv.DictReader(io.StringIO((out / "report" / "documents.csv").read_text("utf-8-sig"))))
    assert {r["path"]: r["of_path"] for r in table} == {"n.txt": "a.txt (archive earlier)", "own.txt": ""}
    clusters = list(csv.DictReader(io.StringIO((out / "report" / "clusters.csv").read_text("utf-8-sig"))))
    assert [(r["path"], r["archive"], r["removed"]) for r in clusters] == [
        ("a.txt", "earlier", "no"),
        ("n.txt", "", "yes"),
    ]
    story = call("explain", out, "n.txt").stdout
    assert f"copy of     a.txt (archive earlier) ({row['id']})   tier near" in story
    assert f"archive     earlier: document {row['doc']}, clean copy clean/a.txt; it was only read" in story
    assert "edit: " in story
    there = call("explain", out, row["id"]).stdout
    assert there.startswith(f"ARCHIVED  a.txt (archive earlier) ({row['id']})")
    assert "1 removed for this one" in there
    both = call("explain", out, "n.txt", row["id"])
    assert both.exit_code == 0
    assert "verdict     near" in both.stdout
    assert "a text of an archive is not in this output" in both.stdout
    top = call("inspect", out, "--top", 3).stdout
    assert "2 of a.txt (archive earlier)" in top


def dated(name, day, body):
    return json.dumps({"id": name, "date": day, "text": text(body)}, ensure_ascii=False) + "\n"


def test_a_window_of_days_keeps_what_was_published_too_far_apart(tmp_path):
    days = ["2021-03-01", "2021-03-05", "2021-03-09", "2021-06-01", "2021-06-03", "one day"]
    rows = "".join(dated(n, day, article("a")) for n, day in enumerate(days))
    folder = write(tmp_path / "in", {"r.jsonl": rows})
    status = {
        window: [
            d["status"]
            for d in read_rows(
                clean(folder, tmp_path / f"{window}", **{"candidates.window_days": window}).out
            ).documents
        ]
        for window in (0, 3, 7, 1000)
    }
    assert status[0] == status[1000] == ["kept"] + ["removed"] * 5
    assert status[3] == ["kept", "kept", "kept", "kept", "removed", "removed"]
    assert status[7] == ["kept", "removed", "kept", "kept", "removed", "removed"]


def test_of_equal_texts_each_date_is_compared_with_what_is_like_it(tmp_path):
    """The first of two equal texts lies outside the window; the second still finds its near copy."""
    near = article("a")
    near[2] = near[2][:20] + "水" + near[2][21:]
    rows = [("1", "2021-01-01", article("a")), ("2", "2021-06-01", article("a")), ("3", "2021-06-03", near)]
    folder = write(tmp_path / "in", {"r.jsonl": "".join(dated(*row) for row in rows)})
    result = clean(folder, tmp_path / "out", **{"candidates.window_days": 7})
    assert [d["status"] for d in read_rows(result.out).documents] == ["kept", "kept", "removed"]
    assert read_rows(result.out).documents[2]["of"] == read_rows(result.out).documents[1]["id"]


def test_the_window_holds_for_archives_and_undated_documents_meet_all(tmp_path):
    old = write(tmp_path / "old", {"r.jsonl": dated("1", "2020-01-01", article("a"))})
    clean(old, tmp_path / "earlier")
    new = "".join(dated(n, day, article("a")) for n, day in ((1, "2021-01-01"), (2, ""), (3, "2020-01-04")))
    window = {"candidates.window_days": 7}
    result = clean(
        write(tmp_path / "new", {"n.jsonl": new}), tmp_path / "out", [tmp_path / "earlier"], **window
    )
    (row,) = read_rows(result.out).archived
    assert [d["of"] for d in read_rows(result.out).documents] == [None, row["id"], row["id"]]


def test_hostile_names_of_archives_are_shown_safely(tmp_path):
    name = "odd\x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}"
    clean(write(tmp_path / "old", {"a.txt": article("a")}), tmp_path / name)
    new = write(tmp_path / "new", {"a.txt": article("a")})
    shown = call("run", new, "-o", tmp_path / "out", "--against", os.fspath(tmp_path / name), "--jobs", 1)
    assert shown.exit_code == 0
    for says in (shown.output, call("explain", tmp_path / "out", "a.txt").output):
        assert "\x1b" not in says
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in says
