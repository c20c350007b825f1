"""What the documents say is so: commands, settings, fields, reasons, links, tests, the map, and pasted output."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest

from pipeline import events, job
from pipeline.changes import CHANGES
from pipeline.cli import COMMANDS, main
from pipeline.cli.pointing import paragraph_of
from pipeline.decisions import Event, Verdict, lines_of, made
from pipeline.errors import EXIT_CODES
from pipeline.fates import FATES
from pipeline.ledger import KEYS, TABLES, Output, read_rows
from pipeline.output import DATA
from pipeline.readers import ARCHIVES, READER_OF, SUFFIXES
from pipeline.readers.found import SKIPPED
from pipeline.settings import describe, load
from stages.model import FLAGS, REASONS, RULES, Policy, RepeatClass, Tier

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]

_SPEC = importlib.util.spec_from_file_location("rewrite_docs", ROOT / "tests" / "rewrite_docs.py")
assert _SPEC is not None
assert _SPEC.loader is not None
rewrite_docs = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(rewrite_docs)


def page(name):
    return (ROOT / name).read_text("utf-8")


def section(text, title):
    """What stands below a heading of the second level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found[1]


def rows(text):
    """The cells of the tables in a text, without their heads."""
    out = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        head = number + 1 < len(lines) and re.fullmatch(r"\|[-:|]+\|", lines[number + 1])
        if line.startswith("| ") and not head:
            out.append([cell.strip() for cell in line.strip("|").split("|")])
    return out


def codes(text):
    """Inline code; blocks are left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))


def first_column(text):
    return {code for row in rows(text) for code in codes(row[0])}


def leaves(value, prefix=""):
    """Dotted names of the keys of an object, those of objects inside it too."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from leaves(inner, f"{prefix}{key}.")
        yield f"{prefix}{key}"


def clean(names, folder, against=()):
    settings = load(None, {"run.jobs": 1})
    inputs = [ROOT / "samples" / name for name in names]
    return job.run(inputs, folder, settings, against=against, printer=events.Silent())


@pytest.fixture(scope="session")
def twice(tmp_path_factory):
    """The run that the documents show."""
    return clean(["twice/input"], tmp_path_factory.mktemp("twice") / "out")


@pytest.fixture(scope="session")
def rich(tmp_path_factory):
    """A run with rows in most tables."""
    folder = tmp_path_factory.mktemp("rich")
    earlier = clean(["reprints/input/lantern-post"], folder / "earlier")
    names = ["twice/input", "reprints/input", "encodings/input"]
    output = Output(clean(names, folder / "out", [earlier.out]).out)
    document = output.rows().documents[0]["id"]
    line = next(line for line in output.text(document, "L2").split("\n") if line)
    subject, seen = paragraph_of(output, document, line)
    event = Event("-", "2026-11-22T21:58:03Z", "li", "cli", Verdict.KEEP, subject, seen, "", None)
    (folder / "decisions.jsonl").write_bytes(lines_of([made(event)]))
    chosen = {"run.jobs": 1, "run.decisions": [str(folder / "decisions.jsonl")]}
    return job.apply(output.path, None, chosen, printer=events.Silent())


# Generated pages


@pytest.mark.parametrize("name", sorted(rewrite_docs.PAGES))
def test_a_generated_page_is_up_to_date(name):
    assert (DOCS / name).read_text("utf-8") == rewrite_docs.PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name):
    context = click.Context(main)
    command = main.get_command(context, name)
    text = section(page("docs/commands.md"), name)
    parts = command.commands.values() if isinstance(command, click.Group) else ()
    for parameter in (p for one in (command, *parts) for p in one.params):
        names = (*parameter.opts, *parameter.secondary_opts)
        for option in names if isinstance(parameter, click.Option) else ():
            assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text), option


def test_commands_and_options_that_are_named_exist():
    known = {"clean-corpus", *COMMANDS}
    context = click.Context(main)
    options = {"--help", "-h", *(o for p in main.params for o in p.opts)}
    for name in COMMANDS:
        command = main.get_command(context, name)
        parts = command.commands.values() if isinstance(command, click.Group) else ()
        options |= {o for one in (command, *parts) for p in one.params for o in (*p.opts, *p.secondary_opts)}
    for path in (p for p in PAGES if p.name not in {"DECISIONS.md", "CONTRIBUTING.md"}):
        text = path.read_text("utf-8")
        called = re.findall(r"clean-corpus (?:--debug )?([a-z]+)\b(?= OUT| [A-Z]| out\b| news\b|`| -)", text)
        assert set(called) <= known, path.name
        for span in codes(text):
            if span.startswith("--"):
                assert span.split()[0].partition("=")[0] in options, f"{path.name}: {span}"


@pytest.mark.parametrize("row", describe(), ids=lambda row: f"{row.section}.{row.key}")
def test_every_setting_is_documented(row):
    assert row.key in first_column(section(page("docs/settings.md"), row.section))


def test_settings_that_are_named_exist():
    known = {f"{row.section}.{row.key}" for row in describe()}
    sections = {row.section for row in describe()}
    for path in PAGES:
        for span in codes(path.read_text("utf-8")):
            found = re.fullmatch(r"([a-z]+)\.([a-z_]+)(?:=.*)?", span)
            if found and found[1] in sections and found[2] not in {"json", "md", "py"}:
                assert f"{found[1]}.{found[2]}" in known, f"{path.name}: {span}"


# Codes, reasons, flags, rules


def test_every_exit_code_is_documented_with_its_meaning():
    table = rows(section(page("docs/troubleshooting.md"), "Exit codes"))
    assert {int(row[0]): row[1] for row in table} == EXIT_CODES
    assert all(row[2] for row in table)


def test_every_quarantine_reason_is_documented_with_its_meaning_and_remedy():
    table = rows(section(page("docs/troubleshooting.md"), "Quarantine reasons"))
    assert {row[0].strip("`"): row[1] for row in table} == REASONS
    assert all(row[2] for row in table)


def test_every_reason_of_what_is_not_read_is_documented():
    text = section(page("docs/ledger.md"), "skipped.jsonl")
    skipped, quarantined = text.index("\nSkipped:"), text.index("\nQuarantined:")
    assert set(codes(text[skipped:quarantined])) == set(SKIPPED)
    assert set(codes(text[quarantined:])) == set(REASONS)


def test_every_flag_is_documented_with_its_meaning():
    table = rows(section(page("docs/ledger.md"), "Flags"))
    assert {row[0].strip("`"): row[1] for row in table} == FLAGS


def test_every_change_between_outputs_is_documented_with_its_meaning():
    rows = page("docs/every-night.md")
    assert all(f"| `{what}` | {meaning} |" in rows for what, meaning in CHANGES.items())


def test_every_edit_rule_is_documented():
    sources = [ROOT / "stages" / f"{name}.py" for name in ("_rules", "_punctuation", "normalise", "segment")]
    text = "".join(path.read_text("utf-8") for path in sources)
    made = set(re.findall(r'(?:Edit|_replaced|trimmed)\(\s*f?"([a-z_]+)', text)) | {"ftfy"}
    made |= set(re.findall(r'^        \("([a-z_]+)", _[A-Z_]+, ', text, re.MULTILINE))  # the table of widths
    table = rows(section(page("docs/ledger.md"), "Edit rules"))
    named = {row[0].strip("`").partition(":")[0]: row[1] for row in table}
    assert named == RULES
    assert set(named) == made


def test_every_way_an_encoding_is_found_is_documented():
    made = {"json", "csv", "parquet"}
    for node in ast.walk(ast.parse(page("stages/decode.py"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"_read_as": 2, "_decoded": 3, "Decoded": 3}.get(node.func.id)
            values = [] if place is None else node.args[place : place + 1]
            values += [k.value for k in node.keywords if k.arg == "how"]
        else:
            named = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "how"
            values = list(ast.walk(node.value)) if named else []
        made |= {v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)}
    named = first_column(section(page("docs/ledger.md"), "Ways an encoding is found"))
    assert named == made


def test_every_verdict_and_fate_of_a_decision_is_explained():
    text = page("docs/reviewing.md")
    assert first_column(section(text, "What can be decided")) == set(Verdict) - {Verdict.UNDO}
    assert first_column(section(text, "What becomes of a decision")) == set(FATES)


@pytest.mark.parametrize("kind", [Policy, Tier, RepeatClass])
def test_every_policy_tier_and_class_is_explained(kind):
    text = page("README.md") + page("docs/reading-the-report.md")
    assert {str(value) for value in kind} <= set(codes(text))


def test_every_format_that_is_read_is_documented():
    text = section(page("docs/cleaning.md"), "What is read")
    assert set(SUFFIXES) <= first_column(text)
    row = next(row for row in rows(section(page("docs/ledger.md"), "documents.jsonl")) if row[0] == "`media`")
    assert set(codes(row[2])) == set(READER_OF) - ARCHIVES - {"warc"}


# The output tree


def test_every_file_of_an_output_is_documented(rich):
    names = [line.split("  ", 1)[1] for line in (rich.out / "manifest-sha256.txt").read_text().splitlines()]
    text = page("docs/ledger.md")
    for name in names:
        top, _, rest = re.sub("blobs/[0-9a-f]{64}$", "blobs/SHA256", name).partition("/")
        shown = {"clean": "clean/PATH", "notes": "notes/PATH.note.md"}.get(top, rest or name)
        assert shown in text, name


@pytest.mark.parametrize("table", TABLES)
def test_every_field_of_the_ledger_is_documented_and_every_field_named_is_there(table, rich):
    found = getattr(read_rows(rich.out), table)
    fields = set(KEYS[table])
    inner = {"l0", "l1", "l2", "l3", "meta"} if table == "documents" else set()
    deeper = set()
    for row in found:
        assert set(row) == fields
        for key in row:
            if isinstance(row[key], dict):
                deeper |= {f"{key}.{k}" for k in row[key]}
            elif isinstance(row[key], list) and row[key] and isinstance(row[key][0], dict):
                deeper |= {f"{key}.{k}" for one in row[key] for k in one}
    if table == "documents":
        assert found
    text = section(page("docs/ledger.md"), f"{table}.jsonl")
    wanted = (fields - inner) | {d for d in deeper if d.partition(".")[0] in inner}
    assert first_column(text) == wanted
    everywhere = set(codes(page("docs/ledger.md")))
    assert {d.partition(".")[2] for d in deeper if d.partition(".")[0] not in inner} <= everywhere


def test_every_file_and_field_of_a_packed_output_is_documented(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("渡口新添了两条船。\n" * 9, "utf-8")
    settings = load(None, {"run.layout": "packed", "run.jobs": 1})
    job.run([tmp_path / "in"], tmp_path / "out", settings, printer=events.Silent())
    text = section(page("docs/ledger.md"), "Packed outputs")
    names = [path.name for path in (tmp_path / "out" / "packed").iterdir()]
    assert {f"packed/{re.sub('-[0-9a-f]{16}', '-HASH', name)}" for name in names} <= set(codes(text))
    lines = (tmp_path / "out" / "ledger" / "packed.jsonl").read_text("utf-8").splitlines()
    fields = section(page("docs/ledger.md"), "packed.jsonl")
    assert all(first_column(fields) == set(json.loads(line)) for line in lines)
    assert len(lines) == 2


def test_the_tables_that_the_run_fills_are_enough_to_check(rich):
    assert [name for name in TABLES if not getattr(read_rows(rich.out), name)] == ["skipped", "forgotten"]


def test_every_key_of_run_json_is_documented_and_every_key_named_is_there(rich):
    text = section(page("docs/ledger.md"), "run.json")
    counts = {f"counts.{key}" for key in rich.run["counts"]}
    assert first_column(text) == (set(rich.run) - {"counts"}) | counts
    for key, value in rich.run["counts"].items():
        if isinstance(value, dict) and key not in {"repeats", "pairs", "edits"}:
            assert set(value) <= set(codes(text)), key
    assert {*rich.run["balance"], *rich.run["sources"][0]} <= set(codes(text))


def test_every_column_of_the_data_files_is_documented(twice):
    named = first_column(section(page("docs/ledger.md"), "data/*.parquet"))
    assert named == set(DATA.names)
    for name in ("canonical", "all"):
        assert set(pq.read_schema(twice.out / "data" / f"{name}.parquet").names) == named


# What is shown


@pytest.fixture(scope="session")
def shown(tmp_path_factory):
    """Output of real runs, by name."""
    return rewrite_docs.shown(tmp_path_factory.mktemp("shown"))


@pytest.mark.parametrize("path", rewrite_docs.SHOWING, ids=lambda path: path.name)
def test_the_output_that_a_page_shows_is_real(path, shown):
    text = path.read_text("utf-8")
    assert "<!-- shown: " in text
    assert rewrite_docs.with_output(text, shown) == text, "run `make docs`"


def test_output_is_marked_where_it_is_shown(shown):
    named = set()
    for path in PAGES:
        marks = re.findall(r"^<!-- shown: (\w+) -->$", path.read_text("utf-8"), re.MULTILINE)
        assert len(marks) == path.read_text("utf-8").count("\n<!-- end -->\n")
        assert not marks or path in rewrite_docs.SHOWING
        named |= set(marks)
    assert named == set(shown)


# Links, names, the map


def slug(heading):
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_relative_link_resolves(path):
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, target


def test_the_commands_of_make_are_targets():
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))
    for path in PAGES:
        text = path.read_text("utf-8")
        named = re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)
        assert set(named) <= targets, path.name
    blocks = "".join(re.findall(r"```\n(.*?)```", page("README.md"), re.DOTALL)).splitlines()
    assert {"make clean-corpus", "make test"} <= set(blocks)


def test_contributing_says_what_runs_before_a_change_is_taken_and_what_does_not():
    checks = section(page("docs/CONTRIBUTING.md"), "The checks")
    named = {what.strip("`"): re.findall(r"`make ([a-z-]+)[ `]", told) for what, told in rows(checks)}
    run = re.findall(r"^make ([a-z-]+)", page(".ci/run"), re.MULTILINE)
    assert named.pop(".ci/run") == run
    assert named.pop("make check") == ["lint", "test", "quality"]
    (left,) = re.findall(r"^(.*) run only where a person asks for them", checks, re.MULTILINE)
    assert {f"make {name}" for name in (*run, *re.findall(r"`make ([a-z-]+)`", left))} == named.keys()


def test_every_test_that_the_architecture_names_exists():
    there = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        there |= set(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", page("docs/ARCHITECTURE.md")))
    assert len(named) >= 8
    assert named - there == set()


def test_the_map_of_the_core_is_complete_and_names_nothing_else():
    core, _ = page("docs/ARCHITECTURE.md").split("| `pipeline/` | |")
    table = core[core.index("| `stages/` | |") :]
    files = {path.name for path in (ROOT / "stages").glob("*.py")} - {"__init__.py"}
    named = {code for code in codes(table) if code.endswith(".py")}
    assert first_column(table) - {"stages/"} == {name for name in files if not name.startswith("_")}
    assert named == files


def test_the_map_of_the_shell_is_complete_and_names_nothing_else():
    table = section(page("docs/ARCHITECTURE.md"), "The map").split("| `pipeline/` | |")[1]
    top = {path.name for path in (ROOT / "pipeline").glob("*.py")} - {"__init__.py"}
    rooms = {f"{path.parent.name}/" for path in (ROOT / "pipeline").glob("*/__init__.py")}
    assert first_column(table) == top | rooms


def test_the_pages_keep_to_their_length():
    assert page("README.md").count("\n") < 150
    assert page("docs/ARCHITECTURE.md").count("\n") <= 130


def test_json_in_the_documents_is_json():
    for path in PAGES:
        for block in re.findall(r"```json\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
            json.loads(block)
