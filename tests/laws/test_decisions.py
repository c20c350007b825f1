"""Decisions of people, over the folders of the promises: nothing is lost by them, and nothing forgets them."""

from __future__ import annotations

import dataclasses
import importlib.util
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import decisions as d
from pipeline import events, facts, job
from pipeline.check import verify
from pipeline.cli.pointing import document_of, pair_of, paragraph_of, waiting
from pipeline.decisions import Verdict
from pipeline.errors import UsageError
from pipeline.ledger import Output
from pipeline.settings import load
from pipeline.workspace import Workspace

_SPEC = importlib.util.spec_from_file_location("promises", Path(__file__).with_name("test_promises.py"))
promises = importlib.util.module_from_spec(_SPEC)
sys.modules["promises"] = promises
_SPEC.loader.exec_module(promises)

SILENT = events.Silent()
LAW = settings.get_profile("runs")
SEEDS = st.integers(0, 10**6)
POLICIES = st.sampled_from(["standard", "training", "standard", "cautious"])
#: Verdicts by which something stays.
STAY = {Verdict.CANONICAL, Verdict.KEEP, Verdict.PROTECT}


def ran(source, out, files=(), policy="standard"):
    chosen = {"run.jobs": 1, "run.policy": policy, "run.decisions": [str(file) for file in files]}
    return job.run([source], out, load(None, chosen), printer=SILENT)


def applied(out, files=(), **options):
    chosen = {"run.jobs": 1, "run.decisions": [str(file) for file in files]}
    return job.apply(out, None, chosen, printer=SILENT, **options)


def tree(out):
    return (out / "manifest-sha256.txt").read_text(encoding="utf-8")


def event(verdict, pointed, *, by="li", second=0, supersedes=None):
    subject, seen = pointed
    at = f"2026-11-22T21:{second // 60:02}:{second % 60:02}Z"
    return d.made(d.Event("-", at, by, "test", verdict, subject, seen, "", supersedes))


def decided(output, seed, count=14):
    """Events of two people on what an output has, chance ones: some contradict each other."""
    dice = random.Random(seed)
    rows = output.rows()
    ids = [row["id"] for row in rows.documents if row["l2"]["chars"]]
    pairs = [(p["a"], p["b"]) for p in rows.pairs]
    made = []
    while len(made) < count:
        verdict = dice.choice([v for v in Verdict if v is not Verdict.UNDO])
        kind = dice.choice(d.SUBJECTS[verdict])
        one = dice.choice(ids)
        lines = output.text(one, "L2").splitlines()
        if kind == "pair":
            a, b = dice.choice(pairs) if pairs and dice.random() < 0.8 else dice.sample(ids, 2)
            pointed = pair_of(output, a, b)
        elif kind == "document":
            pointed = document_of(output, one)
        elif kind == "run":
            pointed = waiting(output)
        else:
            try:
                pointed = paragraph_of(output, one, dice.choice([line for line in lines if line.strip()]))
            except UsageError:  # a text that stands twice has each paragraph twice
                continue
        made.append(event(verdict, pointed, by=dice.choice(["li", "wang"]), second=len(made)))
        if dice.random() < 0.3 and verdict in d.CLAIMS:
            against = [
                v for v in Verdict if v in d.CLAIMS and d.contradict(v, verdict) and kind in d.SUBJECTS[v]
            ]
            if against:
                made.append(event(dice.choice(against), pointed, by="zhao", second=len(made)))
    return made


def written(path, made):
    path.write_bytes(d.lines_of(made))
    return path


@LAW
@given(SEEDS, POLICIES)
@example(64976, "training")
def test_with_decisions_a_tree_cut_anew_is_that_of_a_run_and_undoing_them_gives_the_old_one_back(
    seed, policy
):
    root = Path(tempfile.mkdtemp(prefix="law-"))
    source = promises.write(root / "in", promises.folder_of(seed))
    ran(source, root / "out", policy=policy)
    before = tree(root / "out")
    found = facts.read(
        Workspace(root / "out").facts, (root / "out/manifest-sha256.txt").read_bytes(), job.versions()
    )
    made = decided(Output(root / "out"), seed)
    file = written(root / "d.jsonl", made)
    result = applied(root / "out", [file])
    shutil.copytree(root / "out" / ".work" / "cache", root / "fresh" / ".work" / "cache")
    ran(source, root / "fresh", [file], policy)
    assert tree(root / "out") == tree(root / "fresh")
    now = facts.read(
        Workspace(root / "out").facts, (root / "out/manifest-sha256.txt").read_bytes(), job.versions()
    )
    assert now.facts == found.facts  # nothing of them depends on what people decide
    assert verify(root / "out", deep=True).findings == ()
    assert result.run["balance"] == {"bytes": 0, "documents": 0, "characters": 0}
    as_decided(Output(root / "out"), made)
    applied(root / "out")  # with the decisions that it has
    assert tree(root / "out") == tree(root / "fresh")
    undone = [
        event(Verdict.UNDO, (None, None), second=1000 + n, supersedes=one.id) for n, one in enumerate(made)
    ]
    applied(root / "out", [file, written(root / "undone.jsonl", undone)])
    assert tree(root / "out") == before
    shutil.rmtree(root)


def as_decided(output, made):
    """Check an output against the decisions it was made with."""
    rows = output.rows()
    assert sorted(row["id"] for row in rows.decisions) == sorted({one.id for one in made})
    documents = {row["id"]: row for row in rows.documents}
    for row in rows.decisions:
        verdict, about = Verdict(row["verdict"]), row["documents"]
        removed = [doc for doc in about if documents[doc]["status"] == "removed"]
        stands = row["fate"] in {"applied", "stale", "conflicting"}
        if stands and verdict in {Verdict.DIFFERENT, Verdict.KEEP_BOTH}:
            heads = [documents[doc]["of"] or doc for doc in about]
            assert len(set(heads)) == len(heads)  # not joined, by no third one either
            for cluster in rows.clusters:
                assert sum(member["id"] in about for member in cluster["members"]) < 2
        if stands and verdict in STAY:
            assert not removed
            cut = [span for span in rows.spans if span["doc"] in about]
            assert verdict is not Verdict.PROTECT or not cut
            if row["subject"]["kind"] == "span":
                quote = row["subject"]["quote"]["exact"]
                assert all(quote in output.text(doc, "L3") for doc in about)
        if verdict is Verdict.DROP and row["fate"] in {"applied", "stale"}:
            assert [documents[doc]["tier"] for doc in about] == ["person"]
        if row["fate"] == "conflicting":
            assert len([r for r in rows.decisions if r["fate"] == "conflicting"]) > 1
            assert row["id"] not in {span["rule"] for span in rows.spans}
    acting = {row["id"] for row in rows.decisions if row["fate"] in {"applied", "stale"}}
    for span in rows.spans:
        if span["reason"] == "decision":
            assert span["rule"] in acting
            assert span["rule"] in span["why"]
        if span["rule"] == "person":
            assert any(one in span["why"] for one in acting)


def renamed(name, dice):
    """Another name for a file, with the same ending, in another folder; nothing is left of the old one."""
    stem, dot, suffix = name.rpartition("/")[2].partition(".")
    del stem
    return f"moved/{dice.randrange(16**8):08x}{dot}{suffix}"


@LAW
@given(SEEDS)
def test_new_names_for_all_inputs_keep_all_decisions(seed):
    """None is orphaned; what was kept is kept, what was dropped is dropped, by what documents hold."""
    root, dice = Path(tempfile.mkdtemp(prefix="law-")), random.Random(seed)
    files = promises.folder_of(seed)
    ran(promises.write(root / "in", files), root / "first")
    made = [
        one for one in decided(Output(root / "first"), seed) if one.verdict is not Verdict.ACCEPT_BASELINE
    ]
    file = written(root / "d.jsonl", made)
    applied(root / "first", [file])
    ran(
        promises.write(root / "new", {renamed(n, dice): data for n, data in files.items()}),
        root / "second",
        [file],
    )
    outputs = [Output(root / name) for name in ("first", "second")]
    assert verify(root / "second", deep=True).findings == ()
    as_decided_again(*outputs)
    shutil.rmtree(root)


def as_decided_again(first, second):
    was, now = ({row["id"]: row for row in output.rows().decisions} for output in (first, second))
    assert was.keys() == now.keys()
    texts = {row["id"]: row["l1"]["sha256"] for row in second.rows().documents}
    several = {text for text, count in Counter(texts.values()).items() if count > 1}
    for key, row in now.items():
        assert row["fate"] != "orphaned", row
        if row["verdict"] == Verdict.CANONICAL:
            continue  # whether two of one cluster are compared with each other is a matter of their order
        if row["fate"] != "conflicting":
            assert was[key]["fate"] != "conflicting", row
        elif (
            was[key]["fate"] != "conflicting"
        ):  # nobody can tell equal texts apart: what is kept of one is of all
            assert several.intersection(texts[doc] for doc in row["documents"])
    gone = [
        {r["l1"]["sha256"] for r in output.rows().documents if r["tier"] == "person" and r["of"] is None}
        for output in (first, second)
    ]
    assert gone[1] <= gone[0] <= gone[1] | several


@LAW
@given(SEEDS)
def test_cleaning_what_is_clean_with_the_decisions_removes_nothing(seed):
    """Where what they are about stays as it is, for a decision knows a text by its hash.

    Not where they choose another copy to be kept: some copies were never compared with that one, and stay.
    """
    dice = random.Random(seed)
    root = Path(tempfile.mkdtemp(prefix="law-"))
    article = promises.article(dice)
    copies = [article, promises.edited(dice, article), promises.edited(dice, article), article[:-1]]
    texts = {f"a/{n}.txt": ("\n".join(lines) + "\n").encode() for n, lines in enumerate(copies)}
    texts["b/other.txt"] = ("\n".join(promises.article(dice)) + "\n").encode()
    ran(promises.write(root / "in", texts), root / "out")
    output = Output(root / "out")
    names = [f"a/{n}.txt" for n in range(4)]
    a, b = dice.sample(names, 2)
    made = [
        event(Verdict.DIFFERENT, pair_of(output, a, b)),
        event(Verdict.KEEP, document_of(output, a), second=1),
        event(Verdict.PROTECT, document_of(output, b), second=2),
        event(Verdict.DROP, document_of(output, "b/other.txt"), second=3),
    ]
    file = written(root / "d.jsonl", made)
    applied(root / "out", [file])
    again = ran(root / "out" / "clean", root / "again", [file])
    assert again.run["counts"]["documents"]["removed"] == 0
    assert again.run["counts"]["characters"]["removed"] == 0
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def trio(tmp_path_factory):
    """Three copies of an article: the second is the first with some edits, the third the second with a few more."""
    dice = random.Random(5)
    root = tmp_path_factory.mktemp("trio")
    a = promises.article(dice) + promises.article(dice)
    b = promises.edited(dice, a, 0.01)
    c = promises.edited(dice, b, 0.01)
    files = {
        f"{n}.txt": ("\n".join(lines) + "\n").encode() for n, lines in zip("abc", (a, b, c), strict=True)
    }
    ran(promises.write(root / "in", files), root / "out")
    return root


def kept(out):
    return sorted(row["path"] for row in Output(out).rows().documents if row["status"] == "kept")


@pytest.mark.parametrize(
    ("says", "stay"),
    [
        ([], 1),
        ([("different", "a", "b")], 2),  # c goes for one of them
        ([("different", "a", "b"), ("different", "b", "c")], 2),
        ([("different", "a", "b"), ("different", "b", "c"), ("different", "a", "c")], 3),
        ([("keep-both", "a", "c")], 2),
        ([("different", "a", "b"), ("same", "a", "b")], 2),  # a contradiction: nothing goes for it
        ([("keep", "a"), ("keep", "b")], 2),
        ([("canonical", "a"), ("canonical", "b")], 2),  # of copies, two cannot be the one to keep
        ([("drop", "a")], 1),
        ([("drop", "a"), ("protect", "a")], None),
        ([("drop", "a"), ("drop", "b"), ("drop", "c")], 0),
    ],
)
def test_what_stays_of_three_copies(trio, tmp_path, says, stay):
    output = Output(trio / "out")
    made = []
    for n, (verdict, *letters) in enumerate(says):
        names = [f"{letter}.txt" for letter in letters]
        pointed = pair_of(output, *names) if len(names) == 2 else document_of(output, *names)
        made.append(event(Verdict(verdict), pointed, second=n, by=f"person {n}"))
    applied(trio / "out", [written(tmp_path / "d.jsonl", made)], target=tmp_path / "out")
    as_decided(Output(tmp_path / "out"), made)
    left = kept(tmp_path / "out")
    assert stay is None or len(left) == stay
    if ("protect", "a") in says:
        assert "a.txt" in left
        assert {row["fate"] for row in Output(tmp_path / "out").rows().decisions} == {"conflicting"}
    if says == [("canonical", "a"), ("canonical", "b")]:
        assert {row["fate"] for row in Output(tmp_path / "out").rows().decisions} == {"conflicting"}


def test_a_paragraph_that_is_removed_of_one_copy_stays_in_the_others(trio, tmp_path):
    output = Output(trio / "out")
    (first,) = (row for row in output.rows().documents if row["status"] == "kept")
    line = max(output.text(first["id"], "L2").splitlines(), key=len)
    made = event(Verdict.REMOVE, paragraph_of(output, first["id"], line))
    applied(trio / "out", [written(tmp_path / "d.jsonl", [made])], target=tmp_path / "out")
    output = Output(tmp_path / "out")
    (row,) = output.rows().decisions
    assert row["fate"] == "applied"
    left = [row["id"] for row in output.rows().documents if row["status"] == "kept"]
    assert len(left) == 2  # of the two others one goes for the other
    assert line not in output.text(first["id"], "L3")
    (other,) = {*left} - {first["id"]}
    assert output.text(other, "L3") == output.text(other, "L2")


def test_furniture_is_what_the_paragraph_has_that_was_found_not_what_an_event_says(tmp_path):
    dice = random.Random(7)
    lines = {name: [*promises.article(dice), "扫码关注本台"] for name in "ab"}
    files = {f"site/{name}.txt": ("\n".join(text) + "\n").encode() for name, text in lines.items()}
    ran(promises.write(tmp_path / "in", files), tmp_path / "out")
    subject, seen = paragraph_of(Output(tmp_path / "out"), "a.txt", "扫码关注本台")
    other, _ = paragraph_of(Output(tmp_path / "out"), "b.txt", lines["b"][1])
    made = event(Verdict.FURNITURE, (dataclasses.replace(subject, key=other.key), seen))
    applied(tmp_path / "out", [written(tmp_path / "d.jsonl", [made])])
    output = Output(tmp_path / "out")
    texts = [output.text(row["id"], "L3") for row in output.rows().documents]
    assert lines["b"][1] in "".join(texts)
    assert all("扫码" not in text for text in texts)


def test_a_copy_that_two_unlike_texts_match_joins_neither_if_nobody_knows_which(tmp_path):
    """Of three texts the first two are never to be joined; the third, which is kept, is as near to both."""
    dice = random.Random(11)
    base = promises.article(dice) + promises.article(dice)
    files = {
        "a.txt": promises.edited(dice, base, 0.01),
        "b.txt": promises.edited(dice, base, 0.01),
        "c.txt": base,
    }
    source = promises.write(tmp_path / "in", {n: ("\n".join(t) + "\n").encode() for n, t in files.items()})
    ran(source, tmp_path / "out")
    output = Output(tmp_path / "out")
    made = [
        event(Verdict.DIFFERENT, pair_of(output, "a.txt", "b.txt")),
        event(Verdict.CANONICAL, document_of(output, "c.txt"), second=1),
    ]
    applied(tmp_path / "out", [written(tmp_path / "d.jsonl", made)])
    assert kept(tmp_path / "out") == ["a.txt", "b.txt", "c.txt"]


def test_a_decision_whose_pair_has_another_score_now_is_applied_and_stale(trio, tmp_path):
    made = event(Verdict.DIFFERENT, pair_of(Output(trio / "out"), "a.txt", "b.txt"))
    for changes, says in (
        ({"score": made.seen.score - 0.06}, "the score was"),
        ({"what": "variant"}, "the pair was variant"),
        ({"rule": "verify 0"}, "the rules were verify 0"),
        ({"score": made.seen.score - 0.04}, ""),
    ):
        other = dataclasses.replace(made, seen=dataclasses.replace(made.seen, **changes))
        target = tmp_path / (says or "as it was")
        applied(trio / "out", [written(tmp_path / "d.jsonl", [other])], target=target)
        (row,) = Output(target).rows().decisions
        assert row["fate"] == ("stale" if says else "applied")
        assert says in row["reason"]
        assert len(kept(target)) == 2


def test_a_path_alone_finds_nothing(trio, tmp_path):
    made = event(Verdict.DROP, document_of(Output(trio / "out"), "a.txt"))
    nobody = dataclasses.replace(made.subject.document, text="sha256:" + "0" * 64, bytes="sha256:" + "1" * 64)
    other = dataclasses.replace(made, subject=d.Document(nobody))
    applied(trio / "out", [written(tmp_path / "d.jsonl", [other])], target=tmp_path / "out")
    (row,) = Output(tmp_path / "out").rows().decisions
    assert row["fate"] == "orphaned"
    assert kept(tmp_path / "out") == kept(trio / "out")


def test_decisions_on_what_an_archive_holds(tmp_path):
    """A document goes for an archived one unless they are said to be different; an archive is never changed."""
    sample = promises.SAMPLES / "archive"
    ran(sample / "earlier", tmp_path / "earlier")

    def against(out, files=()):
        chosen = load(None, {"run.jobs": 1, "run.decisions": [str(file) for file in files]})
        job.run([sample / "input"], out, chosen, against=[tmp_path / "earlier"], printer=SILENT)
        return Output(out)

    output = against(tmp_path / "out")
    gone = next(row for row in output.rows().documents if str(row["of"]).startswith("a-"))
    made = [
        event(Verdict.DIFFERENT, pair_of(output, gone["id"], gone["of"])),
        event(Verdict.DROP, document_of(output, gone["of"]), second=1),
    ]
    file = written(tmp_path / "d.jsonl", made)
    fresh = against(tmp_path / "fresh", [file])
    applied(tmp_path / "out", [file])
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")
    assert verify(tmp_path / "out", deep=True).findings == ()
    fates = {row["verdict"]: (row["fate"], row["documents"]) for row in fresh.rows().decisions}
    assert fates["different"] == ("applied", sorted((gone["of"], gone["id"])))
    assert fates["drop"] == ("unused", [gone["of"]])
    again = next(row for row in fresh.rows().documents if row["id"] == gone["id"])
    assert again["of"] != gone["of"]
