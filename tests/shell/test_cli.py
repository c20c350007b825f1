"""The command: how it parses, prints, and exits."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipeline import events
from pipeline.cli import _SAYS, COMMANDS, main
from pipeline.errors import EXIT_CODES, LockedError, OutputError
from pipeline.ledger import Output
from pipeline.report.gist import gist_of

_SPEC = importlib.util.spec_from_file_location("hand_made_outputs", Path(__file__).with_name("outputs.py"))
outputs = importlib.util.module_from_spec(_SPEC)
sys.modules["hand_made_outputs"] = outputs
_SPEC.loader.exec_module(outputs)

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "pyarrow", "ftfy", "datasketch", "scipy", "lxml", "trafilatura", "rapidfuzz")
#: What a run over plain texts has no use for, each some hundredths of a second of a start.
NOT_FOR_TEXTS = (
    *("ftfy", "datasketch", "scipy", "lxml", "trafilatura", "readability", "justext", "cchardet"),
    *("pyarrow.compute", "pyarrow.acero", "pyarrow.dataset", "stages._page", "stages._page_metadata"),
)


@pytest.fixture
def out(tmp_path):
    from pipeline.settings import as_dict, load

    stored = as_dict(load())
    stored["run"].pop("jobs")
    outputs.write(tmp_path / "out", settings=stored)
    return tmp_path / "out"


@pytest.fixture
def bare(tmp_path):
    """An output whose settings nobody needs."""
    outputs.write(tmp_path / "out")
    return tmp_path / "out"


def call(*words, given=None):
    return CliRunner().invoke(main, [str(word) for word in words], input=given)


def started(*words, **options):
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=ROOT, capture_output=True, check=False, timeout=60, **options
    )


@pytest.fixture
def job(monkeypatch):
    """A stand-in for the run itself: it notes what it was asked and ends as the test wants."""

    class Job:
        def __init__(self):
            self.asked = []
            self.quarantined = self.review = 0
            self.error = None

        def run(self, inputs, out, settings, *, against, prune, restart, dry_run, choice, printer):
            self.asked.append((list(inputs), out, settings, restart, dry_run, printer, list(against), prune))
            if self.error:
                raise self.error
            outputs.write(out)
            output = Output(out)
            from types import SimpleNamespace

            return SimpleNamespace(
                run=output.run,
                quarantined=self.quarantined,
                review=self.review,
                out=out,
                gist=gist_of(output.rows()),
            )

    stand_in = Job()
    module = importlib.import_module("pipeline.job")
    monkeypatch.setattr(module, "run", stand_in.run)
    return stand_in


# help and version


def test_help_is_quick_and_imports_nothing_heavy():
    code = (
        "import sys; from pipeline.cli import main\n"
        "try: main(['--help'])\n"
        f"except SystemExit: print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    best = float("inf")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = started("-c", code)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert run.returncode == 0
    assert run.stderr == b"[]\n"
    assert best < 0.3


def test_the_help_imports_no_command_and_says_what_each_says_of_itself():
    code = (
        "import sys; from pipeline.cli import COMMANDS, main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(sorted({*COMMANDS.values(), 'stages.model', 'pathlib'} & set(sys.modules)), file=sys.stderr)"
    )
    assert started("-c", code).stderr == b"[]\n"
    for name, said in _SAYS.items():
        command = main.get_command(None, name)
        for limit in (20, 45, 80, 120):
            shown = click.Command(name, help=said).get_short_help_str(limit)
            assert shown == command.get_short_help_str(limit), name


def test_a_run_over_texts_imports_only_what_reads_texts(tmp_path):
    (tmp_path / "in").mkdir()
    for n in range(3):
        text = "\n".join(f"第{n}天，河边的{k}号码头照常开放，渡船每小时一班。" for k in range(12))
        (tmp_path / "in" / f"{n}.txt").write_text(text, encoding="utf-8")
    code = (
        "import sys\n"
        "class Without:  # where pandas is installed, pyarrow imports it to look at what it is given\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'pandas': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from pipeline.cli import main\n"
        f"try: main(['run', {str(tmp_path / 'in')!r}, '-o', {str(tmp_path / 'out')!r}, '--quiet', '--jobs', '1'])\n"
        f"except SystemExit: print(sorted(set({NOT_FOR_TEXTS!r}) & set(sys.modules)), file=sys.stderr)"
    )
    assert started("-c", code).stderr == b"[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_imports_nothing_heavy(name):
    code = (
        "import sys; from pipeline.cli import main\n"
        f"try: main([{name!r}, '--help'])\n"
        f"except SystemExit: print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    assert started("-c", code).stderr == b"[]\n"


def test_help_lists_every_command_and_every_exit_code():
    text = call("--help").stdout
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", text, re.MULTILINE)
    for code in EXIT_CODES:
        assert re.search(rf"^ +{code} ", text, re.MULTILINE)


def test_versions_that_change_results_are_named():
    result = call("--version")
    assert result.exit_code == 0
    assert [line.rpartition(" ")[0] for line in result.stdout.splitlines()] == [
        "clean-corpus",
        "Python",
        "Unicode data",
        "ftfy",
        "datasketch",
    ]


# how commands end


@pytest.mark.parametrize(
    "words",
    [
        ["nothing"],
        ["run"],
        ["run", "x"],
        ["inspect"],
        ["verify", "--sample", "-1", "x"],
        ["run", "--\x1b[2J"],
        ["export", "x"],
    ],
)
def test_usage_errors_exit_with_2_on_standard_error_with_nothing_that_steers_a_terminal(words):
    result = call(*words)
    assert "\\x0a" not in result.stderr, "no escapes but those of strangers"
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "error: " in result.stderr
    assert "\x1b" not in result.stderr


def test_no_command_shows_the_help():
    result = call()
    assert result.exit_code == 2
    assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (LockedError("out: in use"), 5, "error: out: in use\n"),
        (OutputError("no space \x1b[2J left"), 6, "error: no space \\x1b[2J left\n"),
        (KeyboardInterrupt(), 130, "stopped; nothing is lost"),
        (
            ZeroDivisionError("a\nb"),
            8,
            "error: a bug of clean-corpus, please report it: ZeroDivisionError: a\\x0ab",
        ),
    ],
)
def test_every_error_is_one_line_and_its_code(job, tmp_path, error, code, says):
    job.error = error
    result = call("run", tmp_path, "-o", tmp_path / "out")
    assert result.exit_code == code
    assert says in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_traceback_is_shown_only_for_debugging(job, tmp_path):
    job.error = ZeroDivisionError("oops")
    result = call("--debug", "run", tmp_path, "-o", tmp_path / "out")
    assert result.exit_code == 8
    assert "Traceback" in result.stderr
    job.error = LockedError("in use")
    assert "Traceback" not in call("--debug", "run", tmp_path, "-o", tmp_path / "out").stderr


def signalled(name, before=""):
    """Return a command that a signal reaches while it works."""
    code = (
        f"import os, signal, sys\n{before}\n"
        "from pipeline import cli\n"
        "class Stopped:\n"
        f"    command = cli.click.Command('inspect', callback=lambda: os.kill(os.getpid(), signal.{name}))\n"
        "sys.modules['stopped'] = Stopped\n"
        "cli.COMMANDS['inspect'] = 'stopped'\n"
        "cli.main(['inspect'])"
    )
    return started("-c", code)


def test_a_termination_signal_ends_with_143():
    run = signalled("SIGTERM")
    assert (run.returncode, run.stdout) == (143, b"")
    assert b"stopped; nothing is lost" in run.stderr


def test_the_end_of_its_terminal_ends_with_129_unless_that_is_to_be_ignored():
    run = signalled("SIGHUP", "signal.signal(signal.SIGHUP, signal.SIG_DFL)")  # these tests may ignore it
    assert (run.returncode, run.stdout) == (129, b"")
    assert b"stopped; nothing is lost" in run.stderr
    run = signalled("SIGHUP", "signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    assert (run.returncode, run.stderr) == (0, b"")


def test_a_reader_that_goes_away_ends_the_command_quietly(bare):
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run(
        [sys.executable, "-m", "pipeline", "inspect", str(bare), "--json"],
        cwd=ROOT,
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(write)
    assert (run.returncode, run.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_behind_standard_output_is_an_error(bare):
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", "pipeline", "inspect", str(bare), "--json"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert run.returncode in {6, 8}
    assert run.stderr.startswith(b"error: ")
    assert run.stderr.count(b"\n") == 1


def test_chinese_is_printed_as_utf8_whatever_the_locale(bare):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    run = started("-m", "pipeline", "explain", bare, "city/twice.txt", env=environment)
    assert run.returncode == 0
    assert "旧船坞" in run.stdout.decode()


# run


def test_run_passes_inputs_and_settings_on(job, tmp_path):
    words = [
        "--policy",
        "cautious",
        "--layout",
        "packed",
        "--jobs",
        "2",
        "--encoding",
        "*/old=x/*.txt=gb18030",
        "--restore-punct",
        "--prune",
        "--restart",
        "--dry-run",
        "--against",
        "c",
        "--against",
        "d",
    ]
    result = call("run", "a", "b", "-o", tmp_path / "out", *words, "--set", "read.text_fields=['body']")
    assert result.exit_code == 0, result.stderr
    inputs, out, settings, restart, dry_run, printer, against, prune = job.asked[0]
    assert inputs == [Path("a"), Path("b")]
    assert against == [Path("c"), Path("d")]
    assert (out, prune, restart, dry_run) == (tmp_path / "out", True, True, True)
    assert (settings.run.policy.value, settings.run.jobs) == ("cautious", 2)
    assert settings.run.layout.value == "packed"
    assert settings.read.encodings == (("*/old=x/*.txt", "gb18030"),)
    assert settings.read.text_fields == ("body",)
    assert settings.normalise.restore_punct
    assert isinstance(printer, events.Plain)


@pytest.mark.parametrize(
    "words",
    [
        ["--encoding", "gb18030"],
        ["--encoding", "*.txt=no-such"],
        ["--set", "nothing"],
        ["--set", "run.policies=1"],
        ["-c", "/nowhere/settings.toml"],
    ],
)
def test_settings_that_are_wrong_are_refused_before_anything_runs(job, tmp_path, words):
    assert call("run", "a", "-o", tmp_path / "out", *words).exit_code == 2
    assert job.asked == []


@pytest.mark.parametrize(
    ("words", "given", "expected"),
    [
        (["-"], b"one\ntwo three\n\n", ["one", "two three"]),
        (["-0"], b"one\0two\nthree\0", ["one", "two\nthree"]),
        (["-0", "-"], b"one\0", ["one"]),
        (["zero", "-"], b"\xff\n", ["zero", "\udcff"]),
    ],
)
def test_paths_come_from_standard_input(job, tmp_path, words, given, expected):
    result = call("run", *words, "-o", tmp_path / "out", given=given)
    assert result.exit_code == 0, result.stderr
    assert job.asked[0][0] == [Path(name) for name in expected]


def test_standard_input_without_paths_is_an_error(job, tmp_path):
    assert call("run", "-", "-o", tmp_path / "out", given=b"\n").exit_code == 2


@pytest.mark.parametrize(
    ("quarantined", "review", "words", "code"),
    [
        (0, 0, [], 0),
        (1, 0, [], 3),
        (0, 2, [], 0),
        (0, 2, ["--check"], 1),
        (1, 0, ["--check"], 3),
        (1, 1, ["--check"], 1),
    ],
)
def test_the_exit_code_says_what_waits(job, tmp_path, quarantined, review, words, code):
    job.quarantined, job.review = quarantined, review
    assert call("run", "a", "-o", tmp_path / "out", *words).exit_code == code


def test_the_result_is_on_standard_output_in_the_form_that_was_asked_for(job, tmp_path):
    out = tmp_path / "out"
    assert json.loads(call("run", "a", "-o", out, "--json").stdout) == Output(out).run
    assert (
        call("run", "a", "-o", out, "--quiet").stdout
        == "balance   bytes 0   documents 0   characters 0   OK\n"
    )
    text = call("run", "a", "-o", out).stdout
    assert "balance" in text
    assert f"clean-corpus verify {out} --deep" in text
    assert "\x1b" not in text
    assert isinstance(job.asked[1][5], events.Silent)


# inspect, restore, verify


def test_inspect_shows_the_summary_and_the_largest(bare):
    text = call("inspect", bare).stdout
    assert "balance" in text
    assert "Largest repeats" not in text
    text = call("inspect", bare, "--top", "3").stdout
    assert "city/twice.txt: copy, " in text
    assert "2 of city/twice.txt (c-1)" in text
    assert json.loads(call("inspect", bare, "--json").stdout) == Output(bare).run
    top = json.loads(call("inspect", bare, "--json", "--top", "1").stdout)["top"]
    assert sorted(top) == ["clusters", "passages", "repeats", "review"]


def test_restore_writes_what_is_named_and_tells_of_pages(bare, tmp_path):
    result = call(
        "restore", bare, "-o", tmp_path / "back", "city/twice.txt", "--id", outputs.example()[-1].id[:9]
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("2 documents in 2 files, ")
    assert (tmp_path / "back" / "town" / "near.txt").read_bytes() == outputs.example()[-1].data
    assert "--source" in call("restore", bare, "-o", tmp_path / "all").stdout
    assert call("restore", bare, "-o", tmp_path / "all").exit_code == 2
    assert call("restore", bare, "-o", tmp_path / "all", "--force").exit_code == 0
    assert call("restore", bare, "-o", tmp_path / "none", "nothing.txt").exit_code == 2


def test_verify_exits_with_4_and_names_what_is_damaged(bare):
    result = call("verify", bare)
    assert (result.exit_code, result.stdout.rstrip().endswith("all fits")) == (0, True)
    assert "9 of 9 sources rebuilt" in call("verify", bare, "--deep").stdout
    assert "2 of 9 sources rebuilt" in call("verify", bare, "--sample", "2", "--seed", "3").stdout
    (bare / "clean" / "notes.md").write_bytes(b"other")
    result = call("verify", bare)
    assert result.exit_code == 4
    assert "DAMAGE  clean/notes.md: changed" in result.stdout
    found = json.loads(call("verify", bare, "--json").stdout)["findings"]
    assert {"what", "where", "to_do"} == set(found[0])


@pytest.mark.parametrize("command", ["inspect", "explain", "restore", "verify"])
def test_a_folder_that_is_no_output_is_refused(command, tmp_path):
    more = {"explain": ["x"], "restore": ["-o", tmp_path / "back"]}.get(command, [])
    for folder in (tmp_path, tmp_path / "none"):
        result = call(command, folder, *more)
        assert (result.exit_code, result.stdout) == (2, "")


def test_damage_that_a_command_meets_exits_with_4(bare):
    (bare / "ledger" / "spans.jsonl").write_bytes(b"{")
    assert call("inspect", bare).exit_code == 4
    assert call("explain", bare, "city/twice.txt").exit_code == 4


def test_a_swap_that_was_interrupted_is_completed_before_anything_is_read(bare):
    from pipeline.workspace import ENTRIES

    present = [name for name in ENTRIES if (bare / name).exists()]
    (bare / ".work" / "next").mkdir(parents=True)
    (bare / ".work" / "old").mkdir()
    for name in present:
        (bare / name).rename(bare / ".work" / "next" / name)
    (bare / ".work" / "swap.json").write_text(json.dumps({"old": [], "new": sorted(present)}))
    assert call("inspect", bare).exit_code == 0
    assert not (bare / ".work" / "swap.json").exists()


# explain


def test_explain_tells_the_story_of_a_kept_document(bare):
    twice = outputs.example()[0]
    text = call("explain", bare, "city/twice.txt").stdout
    assert text.startswith(f"KEPT  city/twice.txt ({twice.id})")
    for part in (
        "lines 6–10 repeat lines 1–5 (5 of 5 lines equal)   copy, removed",
        "MinHash estimate 1.0000, exact Jaccard 1.0000",
        "survives in lines 1–5",
        "1 removed for this one (cluster c-1)",
        "newline 10",
        "gb18030 by utf-8",
        f"clean-corpus restore {bare} --id {twice.id} -o DIR",
    ):
        assert part in text


def test_explain_tells_why_a_document_was_removed_and_what_differs(bare):
    text = call("explain", bare, "town/near.txt").stdout
    assert text.startswith("REMOVED  town/near.txt")
    assert "copy of     city/twice.txt" in text
    assert "tier near" in text
    assert "MinHash estimate 0.9300" in text
    assert "edit: “人” against “位读者”" in text


def test_explain_tells_of_furniture_records_lines_and_what_was_not_processed(bare):
    assert "line 4, editor by pattern, removed" in call("explain", bare, "notes.md").stdout
    assert call("explain", bare, "wire/records.jsonl:2").stdout.startswith("REMOVED  wire/records.jsonl:2 (")
    for name in ("wire/records.jsonl:2:1", "records.jsonl:2:1", "clean/wire/records.jsonl:2:1"):
        in_record = call("explain", bare, name).stdout
        assert in_record.startswith("REMOVED  wire/records.jsonl:2 ("), name
        assert "\nline 1" in in_record
    assert "removed: repeat (copy)" in call("explain", bare, "city/twice.txt:7").stdout
    assert "the copy that stays of a repeat" in call("explain", bare, "city/twice.txt:2").stdout
    assert call("explain", bare, "notes.md:3").stdout.rstrip().endswith("kept")
    assert call("explain", bare, "notes.md:99").exit_code == 2
    assert call("explain", bare, "picture.txt").stdout.startswith("QUARANTINED  picture.txt")


def test_a_document_is_found_by_id_its_start_its_path_or_the_end_of_its_path(bare):
    twice = outputs.example()[0]
    for name in (twice.id, twice.id[:8], twice.id[2:9], "city/twice.txt", "./city/twice.txt", "twice.txt"):
        assert f"({twice.id})" in call("explain", bare, name).stdout.splitlines()[0]
    for name in ("scraped/city/twice.txt", "clean/city/twice.txt"):
        assert f"({twice.id})" in call("explain", bare, name).stdout.splitlines()[0]
    result = call("explain", bare, "wire/records.jsonl")
    assert result.exit_code == 2
    assert "names 3 documents: wire/records.jsonl:1" in result.stderr
    result = call("explain", bare, "city/twise.txt")
    assert result.exit_code == 2
    assert "did you mean city/twice.txt" in result.stderr


def test_explain_of_two_documents_computes_the_verdict_again(out):
    twice, near = outputs.example()[0], outputs.example()[-1]
    result = call("explain", out, twice.id, "town/near.txt")
    assert result.exit_code == 0, result.stderr
    text = result.stdout
    assert "verdict     near: 1 edit" in text
    estimate = float(re.search(r"^MinHash +estimate ([\d.]+) ", text, re.MULTILINE)[1])
    jaccard = float(re.search(r"^exact +Jaccard ([\d.]+),", text, re.MULTILINE)[1])
    assert abs(estimate - jaccard) < 0.15
    assert re.search(r"^bands +[1-9]\d* of 32 equal: ", text, re.MULTILINE)
    assert re.search(r"^figures +the same$", text, re.MULTILINE)
    assert "identity 0.9" in text
    mirrored = call("explain", out, near.id, twice.id).stdout
    assert "A and B the other way round" in mirrored


def test_figures_that_differ_between_two_documents_are_named(tmp_path):
    from pipeline.settings import as_dict, load

    docs = outputs.example()
    other = docs[0].l3.replace("4,300", "4,800")
    docs.insert(-1, outputs.Doc("other.txt", other.encode(), other))
    outputs.write(tmp_path / "out", docs, settings=as_dict(load()))
    text = call("explain", tmp_path / "out", "city/twice.txt", "other.txt").stdout
    assert "only A: 4300; only B: 4800" in text
    assert re.search(r"^  number: .*4,300.* against .*4,800", text, re.MULTILINE)
    assert "none in the ledger" in text


def test_nothing_from_a_document_steers_the_terminal(tmp_path):
    docs = outputs.example()
    evil = "\x1b]0;owned\x07 \u202etext\x9b2J\nsecond line\n"
    docs.insert(-1, outputs.Doc("evil\u202e.txt", evil.encode(), evil))
    outputs.write(tmp_path / "out", docs)
    for words in (
        ["explain", tmp_path / "out", "evil\u202e.txt"],
        ["explain", tmp_path / "out", "evil\u202e.txt:1"],
    ):
        text = call(*words).stdout
        assert "\\x1b" in text
        assert all(c == "\n" or c.isprintable() for c in text)


# doctor


def test_doctor_names_versions_and_the_machine():
    text = call("doctor").stdout
    for name in ("python", "ftfy", "datasketch", "disk free", "locale", "terminal"):
        assert re.search(rf"^{name} +\S", text, re.MULTILINE)
    assert "machine" in json.loads(call("doctor", "--json").stdout)


def test_doctor_tells_what_a_folder_holds(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Some text", encoding="utf-8")
    (tmp_path / "in" / "b.html").write_text("<p>Some text", encoding="utf-8")
    facts = json.loads(call("doctor", tmp_path / "in", "--json").stdout)
    assert (facts["folder"]["files"], facts["folder"]["media"]) == (2, {"html": 1, "txt": 1})


def test_doctor_tells_how_a_file_is_read_and_redacts_it(tmp_path):
    path = tmp_path / "harbour.txt"
    path.write_bytes("\r\n".join(outputs.ARTICLE * 2).encode("gb18030"))
    result = call("doctor", path)
    assert result.exit_code == 0, result.stderr
    assert "gb18030" in result.stdout
    assert re.search(r"^repeat +copy: lines 6–10 repeat lines 1–5", result.stdout, re.MULTILINE)
    assert re.search(r"^decoded +as gb18030; found by cjk-score: ", result.stdout, re.MULTILINE)
    assert re.search(
        r"^  edit +newline 9×, -9 characters: one kind of line end: LF\n +line 1, column \d+: U\+000D U\+000A → U\+000A$",
        result.stdout,
        re.MULTILINE,
    )
    redacted = call("doctor", path, "--redact").stdout
    assert "船坞" not in redacted
    assert "harbour" not in redacted
    facts = json.loads(call("doctor", path, "--json").stdout)
    assert facts["file"]["documents"][0]["decoded"]["exact"] is True


def test_doctor_shows_one_record_of_many_and_says_how_to_see_others(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_text(
        "".join(f'{{"text":"The {n}th text of a file."}}\n' for n in range(1, 9)), encoding="utf-8"
    )
    shown = call("doctor", path).stdout
    assert "The 5th text" in shown
    assert "The 6th text" not in shown
    assert "--record N shows others" in shown
    one = json.loads(call("doctor", path, "--record", "7", "--json").stdout)["file"]["documents"]
    assert [d["record"] for d in one] == [7]
    assert "The 7th text" in one[0]["paragraphs"][0]["text"]
    assert call("doctor", path, "--record", "9").exit_code == 2


def test_doctor_takes_the_settings_and_encodings_of_a_run(tmp_path):
    path = tmp_path / "old.txt"
    path.write_bytes("Žluťoučký kůň".encode("cp1250"))
    assert "as cp1250; found by given" in call("doctor", path, "--encoding", "*.txt=cp1250").stdout
    assert call("doctor", path, "--encoding", "*.txt=nonsense").exit_code == 2
    (tmp_path / "long.txt").write_text("x" * 100, encoding="utf-8")
    refused = call("doctor", tmp_path / "long.txt", "--set", "read.max_file_bytes=10").stdout
    assert "refused           too_large: " in refused
    assert "the file is larger than the limit" in refused


def test_doctor_shows_the_first_paragraphs_or_all(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text(
        "".join(f"Paragraph number {n} says what it says.\n" for n in range(70)), encoding="utf-8"
    )
    assert "and 10 more paragraphs; --all shows them" in call("doctor", path).stdout
    assert "Paragraph number 69" in call("doctor", path, "--all").stdout


def test_the_commands_are_click_commands_named_as_they_are_called():
    for name, module in COMMANDS.items():
        command = importlib.import_module(module).command
        assert isinstance(command, click.Command)
        assert command.name == name
        assert command.help


def test_the_signal_handler_of_the_caller_is_put_back():
    before = signal.getsignal(signal.SIGTERM)
    call("--version")
    assert signal.getsignal(signal.SIGTERM) is before
