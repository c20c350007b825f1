"""Decisions as events in files: their form, their order, what was undone; and the command that records them."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import decisions as d
from pipeline import events, fsops, job
from pipeline.cli import main
from pipeline.cli.decide import command
from pipeline.decisions import Verdict
from pipeline.errors import OutputError, UsageError
from pipeline.exports import FORMATS
from pipeline.ledger import Output
from pipeline.settings import load

ROOT = Path(__file__).resolve().parents[2]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
HASH = st.integers(0, 2**256 - 1).map(lambda n: f"sha256:{n:064x}")
KEY = st.integers(0, 2**64 - 1).map(lambda n: f"{n:016x}")
AT = st.datetimes().map(lambda t: t.replace(year=max(1000, t.year)).strftime("%Y-%m-%dT%H:%M:%SZ"))
HOLDING = st.builds(d.Holding, HASH, HASH | st.just(""), TEXT)
SUBJECTS = {
    "pair": st.builds(d.Pair, HOLDING, HOLDING),
    "document": st.builds(d.Document, HOLDING),
    "span": st.builds(
        d.Paragraph,
        HOLDING,
        HASH,
        KEY,
        st.integers(0, 9),
        st.integers(9, 99),
        st.builds(d.Quote, TEXT, TEXT, TEXT),
    ),
    "run": st.builds(d.Run, st.lists(KEY, max_size=3).map(tuple)),
}
SEEN = st.none() | st.builds(d.Seen, TEXT, st.none() | st.floats(0, 1), TEXT)


@st.composite
def an_event(draw):
    verdict = draw(st.sampled_from(Verdict))
    kinds = d.SUBJECTS[verdict]
    subject = draw(SUBJECTS[draw(st.sampled_from(kinds))]) if kinds else None
    name = TEXT.filter(bool)
    other = draw(name if verdict is Verdict.UNDO else st.none() | name)
    made = d.Event("-", draw(AT), draw(name), draw(name), verdict, subject, draw(SEEN), draw(TEXT), other)
    return d.made(made)


def document(text="a", path="a.txt"):
    return d.Document(d.Holding(d.hash_of(text), d.hash_of(text), path))


def an(verdict=Verdict.KEEP, *, at=0, by="li", supersedes=None, subject=None):
    subject = None if verdict is Verdict.UNDO else subject or document()
    return d.made(
        d.Event("-", f"2026-11-22T21:58:{at:02}Z", by, "cli", verdict, subject, None, "", supersedes)
    )


# The form


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(an_event(), max_size=4))
def test_what_is_written_reads_back_one_event_a_line_with_sorted_keys(made):
    lines = d.lines_of(made).splitlines(keepends=True)
    assert len(lines) == len(made) == d.lines_of(made).count(b"\n")
    for line, event in zip(lines, made, strict=True):
        row = json.loads(line)
        assert list(row) == sorted(row)
        assert d.from_row(row) == event
        assert d.made(event) == event  # the id is that of the content


def seen_with(row, score):
    return row | {"seen": {"what": "near", "score": score, "rule": ""}}


WRONG = {
    "no JSON": (b"{", "Expecting"),
    "no object": (b"[]", "not an object"),
    "another version": (lambda row: row | {"v": 2}, "v = 2: must be 1"),
    "a key too many": (lambda row: row | {"x": 1}, "'x' is unknown"),
    "a key too few": (lambda row: {k: v for k, v in row.items() if k != "by"}, "'by' is missing"),
    "no verdict": (lambda row: row | {"verdict": "kept"}, "verdict = 'kept'"),
    "no time": (lambda row: row | {"at": "yesterday"}, "at = 'yesterday'"),
    "nobody": (lambda row: row | {"by": ""}, "by is empty"),
    "of another kind": (lambda row: row | {"verdict": "same"}, "same is said of a pair, not of a document"),
    "of nothing": (
        lambda row: row | {"subject": None},
        "keep is said of a document or a span, not of a None",
    ),
    "an unknown kind": (lambda row: row | {"subject": {"kind": "site"}}, "kind must be one of"),
    "a hash that is none": (
        lambda row: (
            row | {"subject": {"kind": "document", "document": {"text": "a", "bytes": "", "path": ""}}}
        ),
        "text = 'a'",
    ),
    "a number for a text": (lambda row: row | {"why": 1}, "why = 1"),
    "half a surrogate pair": (lambda row: row | {"why": "\ud800"}, "surrogates not allowed"),
    "no score": (lambda row: seen_with(row, float("nan")), "score = nan"),
    "a score without end": (
        lambda row: json.dumps(seen_with(row, 8)).replace('"score": 8', '"score": 1e999').encode(),
        "score = inf",
    ),
    "a score of four hundred digits": (lambda row: seen_with(row, 10**400), "score = 1000"),
    "no day": (lambda row: row | {"at": "2026-02-31T00:00:00Z"}, "at = '2026-02-31T00:00:00Z': day is out"),
    "no year": (lambda row: row | {"at": "0000-02-01T00:00:00Z"}, "at = '0000-02-01T00:00:00Z': year 0"),
    "an undo of nothing": (lambda row: row | {"verdict": "undo", "subject": None}, "names the event"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_line_that_is_no_event_is_named_with_its_file(tmp_path, name):
    change, says = WRONG[name]
    changed = change if isinstance(change, bytes) else change(d.as_row(an()))
    line = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
    path = tmp_path / "d.jsonl"
    path.write_bytes(d.lines_of([an()]) + line + b"\n")
    with pytest.raises(UsageError) as error:
        d.read([path])
    assert "d.jsonl:2: " in str(error.value)
    assert says in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.jsonl: cannot be read"):
        d.read([tmp_path / "none.jsonl"])


def test_a_run_is_not_begun_with_a_file_that_is_no_decisions(tmp_path):
    (tmp_path / "d.jsonl").write_text("{}\n", encoding="utf-8")
    source = str(ROOT / "samples/reprints/input")
    words = ["run", source, "-o", str(tmp_path / "out"), "--decisions", str(tmp_path / "d.jsonl")]
    assert "d.jsonl:1: no decision: v = None: must be 1" in said(*words, code=2)
    assert not (tmp_path / "out").exists()


# Merging, undoing


def test_files_are_merged_each_event_once_by_time_and_id(tmp_path):
    early, late, same = an(at=1), an(at=3), an(Verdict.DROP, at=3)
    for name, made in (("a", [late, early]), ("b", [early, same])):
        (tmp_path / name).write_bytes(d.lines_of(made))
    found = d.read([tmp_path / "a", tmp_path / "b"])
    assert found == d.read([tmp_path / "b", tmp_path / "a"])
    assert found == (early, *sorted((late, same), key=lambda event: event.id))


def test_two_events_of_one_id_are_refused(tmp_path):
    one = an()
    (tmp_path / "a").write_bytes(d.lines_of([one, dataclasses.replace(one, why="changed")]))
    with pytest.raises(UsageError, match="events are never changed"):
        d.read([tmp_path / "a"])


def test_what_was_undone_does_not_stand_and_an_undo_can_be_undone():
    first, second = an(at=1), an(Verdict.DROP, at=2)
    undo = an(Verdict.UNDO, at=3, supersedes=first.id)
    again = an(Verdict.UNDO, at=4, supersedes=undo.id)
    assert d.standing([first, second]) == (first, second)
    assert d.standing([first, second, undo]) == (second,)
    assert d.standing([first, second, undo, again]) == (first, second)
    assert d.digest_of(d.standing([undo])) == d.digest_of([]) == ""


def test_every_verdict_has_subjects_and_claims_and_contradiction_has_two_sides():
    assert set(d.SUBJECTS) == set(d.CLAIMS) == set(Verdict)
    for one in Verdict:
        assert not d.contradict(one, one)
        for two in Verdict:
            assert d.contradict(one, two) == d.contradict(two, one)
    assert d.contradict(Verdict.SAME, Verdict.KEEP_BOTH)
    assert d.contradict(Verdict.DROP, Verdict.CANONICAL)
    assert not d.contradict(Verdict.KEEP, Verdict.PROTECT)


# Adding to a file


def test_a_file_is_only_added_to_and_a_torn_line_stays_apart(tmp_path):
    path = tmp_path / "d.jsonl"
    d.add(path, [an(at=1)])
    before = path.read_bytes()
    d.add(path, [an(at=2)])
    assert path.read_bytes() == before + d.lines_of([an(at=2)])
    path.write_bytes(before + b'{"torn')
    d.add(path, [an(at=3)])
    assert path.read_bytes() == before + b'{"torn\n' + d.lines_of([an(at=3)])


def test_an_addition_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "d.jsonl"
    d.add(path, [an(at=1)])
    before = path.read_bytes()

    def full(handle, data):
        fsops.os.write(handle, data[:7])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fsops, "_write_all", full)
    with pytest.raises(OutputError, match="cannot add to"):
        d.add(path, [an(at=2)])
    assert path.read_bytes() == before


# The command


@pytest.fixture(scope="module")
def reprints(tmp_path_factory):
    out = tmp_path_factory.mktemp("reprints") / "out"
    job.run([ROOT / "samples/reprints/input"], out, load(None, {"run.jobs": 1}), printer=events.Silent())
    return out


@pytest.fixture
def place(tmp_path, monkeypatch, reprints):
    """A folder of one's own, in which `out` is an output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795390283")
    shutil.copytree(reprints, "out")
    return tmp_path


def said(*words, code=0):
    result = CliRunner().invoke(main, words)
    assert result.exit_code == code, result.output
    return result.output


def decide(*words, by="li", code=0):
    return said("decide", *words, "--as", by, code=code)


def recorded():
    return d.read([Path("decisions.jsonl")])


FEATURE, SILO, LOCAL = "cement-library-feature.txt", "silo-readers.txt", "cement-library-local.txt"
GIVEN = {
    "same": ["same", "out", FEATURE, SILO],
    "different": ["different", "out", FEATURE, SILO],
    "keep-both": ["keep-both", "out", FEATURE, LOCAL],
    "canonical": ["canonical", "out", SILO],
    "keep": ["keep", "out", SILO],
    "keep a paragraph": ["keep", "out", "ferry-cat.txt:2"],
    "protect": ["protect", "out", "ferry-cat.txt"],
    "drop": ["drop", "out", "kite-rule.txt"],
    "remove": ["remove", "out", "ferry-cat.txt:3"],
    "remove by its words": ["remove", "out", "ferry-cat.txt", "--quote", "从一节货车里走出来"],
    "furniture": ["furniture", "out", "night-clinic.txt:1"],
    "unsure of a pair": ["unsure", "out", FEATURE, LOCAL],
    "unsure of a document": ["unsure", "out", FEATURE],
    "accept-baseline": ["accept-baseline", "out"],
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_verdict_is_recorded_and_followed(place, name):
    shown = decide(*GIVEN[name], "--why", "如此")
    (event,) = recorded()
    assert event.verdict == GIVEN[name][0]
    assert (event.at, event.by, event.via, event.why) == ("2026-11-22T23:31:23Z", "li", "cli", "如此")
    assert event.id in shown
    assert "clean-corpus apply out --decisions decisions.jsonl" in shown
    said("apply", "out", "--decisions", "decisions.jsonl", "--quiet", "--jobs", "1")
    (row,) = Output(Path("out")).rows().decisions
    wanted = "unused" if name.startswith("unsure") else "applied"
    assert row["fate"] == wanted, row
    assert Output(Path("out")).run["counts"]["decisions"] == {wanted: 1}
    said("verify", "out", "--deep")
    assert said("decide", "check", "out").startswith(wanted.upper())
    assert str(place) not in Path("out/run.json").read_text(encoding="utf-8")
    if name == "remove":
        assert "从一节货车里走出来" not in Path("out/clean/lantern-post/ferry-cat.txt").read_text(
            encoding="utf-8"
        )


def test_every_verdict_has_a_command_and_is_tried():
    assert {words[0] for words in GIVEN.values()} == set(Verdict) - {"undo"}
    assert set(command.commands) == (set(Verdict) - {"undo"}) | {"import", "log", "undo", "check"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["same", "out", FEATURE, FEATURE], "are one document"),
        (["keep", "out", "nowhere.txt"], "no document nowhere.txt"),
        (["remove", "out", "ferry-cat.txt"], "said of a paragraph"),
        (["remove", "out", "ferry-cat.txt:999"], "no paragraph has line 999"),
        (["remove", "out", "ferry-cat.txt", "--quote", "没有这句话"], "no paragraph has the words"),
        (["remove", "out", "ferry-cat.txt", "--quote", "。"], "paragraphs have the words"),
        (["same", "out", FEATURE], "Missing argument 'B'"),
    ],
)
def test_what_cannot_be_decided_is_refused(place, words, says):
    assert says in decide(*words, code=2)
    assert not Path("decisions.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "epoch", "says"),
    [
        (["--as", ""], "0", "by is empty"),
        (["--as", "li", "--why", "\udc80"], "0", "surrogates not allowed"),
        (["--as", "li"], "999999999999", "not of the form"),
        (["--as", "li"], "9" * 5000, "must be seconds since 1970"),
    ],
)
def test_what_makes_no_event_is_refused(place, monkeypatch, words, epoch, says):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert says in said("decide", "drop", "out", "kite-rule.txt", *words, code=2)
    assert not Path("decisions.jsonl").exists()


def test_of_several_decisions_that_a_new_one_opposes_the_others_are_named(place):
    for verdict in ("keep", "canonical"):
        decide(verdict, "out", SILO)
    shown = decide("drop", "out", SILO)
    older = {event.id for event in recorded() if event.verdict != "drop"}
    (newest,) = (event for event in recorded() if event.verdict == "drop")
    (left,) = older - {newest.supersedes}
    assert f"still opposed by {left}: decide undo {left}" in shown


def test_undo_takes_the_one_whose_id_is_given_whole(place):
    one = an()
    other = dataclasses.replace(an(Verdict.DROP), id=one.id + "0")
    d.add(Path("decisions.jsonl"), [one, other])
    decide("undo", one.id)
    assert d.standing(recorded()) == (other,)


def test_check_is_not_content_with_a_file_that_is_not_there(place):
    assert "0 decisions" in said("decide", "check", "out")
    assert "cannot be read" in said("decide", "check", "out", "--decisions", "decisoins.jsonl", code=2)


def test_an_output_with_a_drop_is_exported_in_every_format(place):
    decide(*GIVEN["drop"])
    said("apply", "out", "--decisions", "decisions.jsonl", "--quiet", "--jobs", "1")
    for name in FORMATS:
        said("export", "out", "--as", name, "-o", name)
    (drop,) = (row for row in Output(Path("out")).rows().documents if row["tier"] == "person")
    prov = json.loads(Path("prov/prov.json").read_text(encoding="utf-8"))
    assert drop["id"] not in json.dumps(prov["alternateOf"])
    assert f"source:{drop['id']}" in prov["entity"]


def test_the_same_again_adds_nothing_and_another_mind_takes_the_place_of_the_first(place):
    decide(*GIVEN["different"])
    assert "nothing was added" in decide(*GIVEN["different"])
    decide(*GIVEN["same"])
    first, second = sorted(recorded(), key=lambda event: event.supersedes is not None)
    assert second.supersedes == first.id
    decide(*GIVEN["keep-both"])
    assert len(recorded()) == 3
    said("apply", "out", "--decisions", "decisions.jsonl", "--quiet", "--jobs", "1")
    fates = {row["id"]: row["fate"] for row in Output(Path("out")).rows().decisions}
    assert fates[first.id] == "unused"
    assert fates[second.id] == "applied"


def test_two_people_who_contradict_each_other_are_both_named_and_nothing_goes(place):
    decide(*GIVEN["same"])
    decide(*GIVEN["different"], by="wang")
    said("apply", "out", "--decisions", "decisions.jsonl", "--quiet", "--jobs", "1")
    output = Output(Path("out"))
    assert {row["fate"] for row in output.rows().decisions} == {"conflicting"}
    assert all(other.id in str([r["reason"] for r in output.rows().decisions]) for other in recorded())
    status = {row["path"].rpartition("/")[2]: row["status"] for row in output.rows().documents}
    assert status[FEATURE] == status[SILO] == "kept"
    assert any("2 decisions are conflicting" in text for text in output.run["warnings"])
    assert "CONFLICTING" in said("decide", "check", "out", code=1)
    assert "2 conflicting" in said("inspect", "out")


def test_undo_log_and_a_second_decision_of_the_same(place):
    manifest = Path("out/manifest-sha256.txt").read_bytes()
    decide(*GIVEN["drop"])
    (first,) = recorded()
    said("apply", "out", "--decisions", "decisions.jsonl", "--quiet", "--jobs", "1")
    assert "REMOVED" in said("explain", "out", "kite-rule.txt")
    decide("undo", first.id[:6])
    assert "UNDONE" in said("decide", "check", "out", code=1)
    said("apply", "out", "--decisions", "decisions.jsonl", "--quiet", "--jobs", "1")
    assert Path("out/manifest-sha256.txt").read_bytes() == manifest
    assert said("decide", "log").splitlines()[0].endswith("undone")
    decide(*GIVEN["drop"])  # at the same second: another event
    assert [e.verdict for e in d.standing(recorded())] == ["drop"]
    assert "PENDING" in said("decide", "check", "out", code=1)
    decide(*GIVEN["canonical"])
    decide("undo", "--last", "2")
    assert d.standing(recorded()) == ()
    assert len(said("decide", "log", "--json").splitlines()) == len(recorded()) == 6
    assert "0 decisions that stand" in decide("undo", first.id, code=2)


def test_import_adds_what_is_new_once(place):
    for name, words in (("a.jsonl", GIVEN["drop"]), ("b.jsonl", GIVEN["canonical"])):
        decide(*words, "--decisions", name)
    assert "2 decisions added" in said("decide", "import", "a.jsonl", "b.jsonl")
    assert "0 decisions added" in said("decide", "import", "b.jsonl", "a.jsonl")
    assert recorded() == d.read([Path("a.jsonl"), Path("b.jsonl")])


def test_run_and_the_settings_take_several_files_and_apply_those_of_the_output(place):
    for name, words in (("a.jsonl", GIVEN["drop"]), ("b.jsonl", GIVEN["different"])):
        decide(*words, "--decisions", name)
    Path("settings.toml").write_text('[run]\ndecisions = ["a.jsonl", "b.jsonl"]\n', encoding="utf-8")
    source = str(ROOT / "samples/reprints/input")
    quick = ["--quiet", "--jobs", "1"]
    said("run", source, "-o", "one", "--decisions", "a.jsonl", "--decisions", "b.jsonl", *quick)
    said("run", source, "-o", "two", "--config", "settings.toml", *quick)
    one = Path("one/manifest-sha256.txt").read_bytes()
    assert Path("two/manifest-sha256.txt").read_bytes() == one
    said("apply", "two", *quick)
    assert Path("two/manifest-sha256.txt").read_bytes() == one
    assert len(Output(Path("two")).rows().decisions) == 2
    assert "a.jsonl" not in Path("two/run.json").read_text(encoding="utf-8")
