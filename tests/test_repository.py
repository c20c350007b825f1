"""The repository as a whole: the lock, the licence, the Makefile, and what no file of it may hold."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT.parent / "shared" / "seeds"
SEED_RUN = 25  # code points; a shorter run may be a phrase that anybody writes

#: Put together here, so that this file does not hold them.
PLACES = [f"/{name}/" for name in ("work", "farm", "root")] + ["/" + "tmp/lab"]
REGISTRIES = ["pypi" + ".org", "files." + "pythonhosted", "registry." + "npmjs", "deb." + "debian"]

KEPT = (
    *(".ci", "docs", "pipeline", "samples", "stages", "tests"),
    *(".editorconfig", ".gitattributes", ".gitignore", "LICENSE", "Makefile", "README.md"),
    *("pyproject.toml", "requirements.lock", "requirements-spark.lock"),
)


def repository_files():
    """(name, bytes) of every file that belongs to the repository, tracked already or not yet."""
    for top in KEPT:
        start = ROOT / top
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_bytes()


def pinned():
    """Canonical name → version, from the lock."""
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def wanted():
    """The requirements of pyproject.toml, those of the development groups included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"].values()
    rows = [*project["project"]["dependencies"], *(row for group in groups for row in group)]
    return [Requirement(row) for row in rows if isinstance(row, str)]


def asked_for(requirement):
    """What a requirement asks for in turn, here and with its extras."""
    for row in importlib.metadata.requires(requirement.name) or []:
        deeper = Requirement(row)
        extras = ("", *sorted(requirement.extras))
        if deeper.marker is None or any(deeper.marker.evaluate({"extra": extra}) for extra in extras):
            yield deeper


# What no file may hold


@pytest.mark.parametrize("string", PLACES + REGISTRIES)
def test_no_file_names_a_place_of_one_machine_or_a_registry(string):
    found = [name for name, content in repository_files() if string.encode() in content]
    assert found == []


def test_no_file_holds_a_sentence_of_the_seeds():
    seeds = sorted(SEEDS.glob("*.txt"))
    if not seeds:
        pytest.skip("the seed texts are not beside this checkout")
    runs = set()
    for seed in seeds:
        for line in seed.read_text("utf-8").splitlines():
            runs.update(line[i : i + SEED_RUN] for i in range(len(line) - SEED_RUN + 1))
    found = []
    for name, content in repository_files():
        text = content.decode("utf-8", "replace")
        if not runs.isdisjoint(text[i : i + SEED_RUN] for i in range(len(text) - SEED_RUN + 1)):
            found.append(name)
    assert found == []


# The licence


def test_the_licence_is_apache_2_verbatim():
    digest = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"  # of the text as published
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == digest


# The lock


def test_the_lock_has_names_and_versions_only_sorted():
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    names = [line.partition("==")[0] for line in lines]
    assert names == sorted(set(names))


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_the_lock_pins_what_the_project_asks_for(requirement):
    version = pinned().get(canonicalize_name(requirement.name))
    assert version is not None, "not in requirements.lock"
    assert requirement.specifier.contains(version), f"{version} is not {requirement.specifier}"


def test_the_lock_pins_what_its_packages_ask_for_and_nothing_else():
    needed, rest = set(), wanted()
    while rest:
        requirement = rest.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key not in needed:
            needed.add(key)
            rest += asked_for(requirement)
    assert {name for name, _ in needed} | {"pip"} == set(pinned())  # pip: an older one cannot resolve these


def test_the_lock_of_spark_pins_that_extra_alone():
    lines = (ROOT / "requirements-spark.lock").read_text("utf-8").splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    [asked] = map(Requirement, project["optional-dependencies"]["spark"])
    versions = dict(line.split("==") for line in lines)
    assert list(versions) == ["py4j", asked.name]
    assert asked.specifier.contains(versions[asked.name])


def test_the_lock_is_what_runs_here():
    lock = pinned()
    assert {name: importlib.metadata.version(name) for name in lock} == lock


# The Makefile

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments):
    """Run make as from a fresh shell, though make may have started these tests."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    command = ["make", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def targets():
    text = (ROOT / "Makefile").read_text("utf-8")
    [phony] = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    return phony.split()


@pytest.fixture
def fake(tmp_path):
    """Make an environment whose clean-corpus shows its arguments and ends with the given code."""

    def environment(code):
        binary = tmp_path / "venv" / "bin"
        binary.mkdir(parents=True)
        (binary / "clean-corpus").write_text(f'#!/bin/sh\necho "got: $*"\nexit {code}\n', "utf-8")
        (binary / "clean-corpus").chmod(0o755)
        (tmp_path / "venv" / ".installed").touch()
        return f"VENV={tmp_path / 'venv'}"

    return environment


def test_the_makefile_keeps_to_make_3_81():
    text = (ROOT / "Makefile").read_text("utf-8")
    for newer in (".ONESHELL", "&:", "$(file ", "::=", ".SHELLSTATUS", "$(intcmp", "$(let "):
        assert newer not in text
    assert not re.search(r"^[A-Z]+ *!=", text, re.MULTILINE)


@needs_make
@pytest.mark.parametrize("arguments", [["help"], []], ids=["help", "no target"])
def test_help_is_the_default_and_lists_every_target(arguments):
    run = make(*arguments)
    assert run.returncode == 0, run.stderr
    assert [line.split()[0] for line in run.stdout.splitlines()] == targets()


def test_every_target_has_a_rule():
    text = (ROOT / "Makefile").read_text("utf-8")
    assert [name for name in targets() if not re.search(rf"^{name}:.* ## \S", text, re.MULTILINE)] == []


@needs_make
def test_clean_corpus_says_first_that_it_never_changes_the_input(fake):
    run = make("clean-corpus", fake(0), "IN=a b", "OUT=c", "POLICY=cautious", "ARGS=--json")
    assert run.stdout == "cleans documents; never changes IN\ngot: run a b -o c --policy cautious --json\n"
    assert run.returncode == 0


@needs_make
def test_clean_corpus_cleans_all_samples_unless_told_otherwise(fake):
    run = make("clean-corpus", fake(0))
    samples = sorted(f"samples/{path.parent.name}/input" for path in ROOT.glob("samples/*/input"))
    assert run.stdout.splitlines()[1].split() == ["got:", "run", *samples, "-o", "out"]


@needs_make
@pytest.mark.parametrize(
    ("code", "strict", "good"),
    [
        (0, "", True),
        (3, "", True),
        (0, "1", True),
        (3, "1", False),
        (2, "", False),
        (4, "", False),
        (8, "", False),
    ],
)
def test_clean_corpus_succeeds_on_quarantined_inputs_unless_strict(fake, code, strict, good):
    run = make("clean-corpus", fake(code), "IN=a", f"STRICT={strict}")
    assert (run.returncode == 0) is good


@needs_make
def test_an_old_python_is_refused_with_the_remedy(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n", "utf-8")  # what the version check of an old Python answers
    old.chmod(0o755)
    run = make("inspect", f"VENV={tmp_path / 'venv'}", f"PYTHON={old}")
    assert run.returncode != 0
    assert "needs Python 3.11 or later" in run.stderr
    assert "make PYTHON=" in run.stderr
    assert not (tmp_path / "venv").exists()


@needs_make
def test_tidy_removes_neither_documents_nor_the_environment_nor_the_output():
    run = make("-n", "tidy", "OUT=results")
    removed = re.findall(r"rm -rf (.*)", run.stdout)
    words = {word for row in removed for word in row.split()}
    assert words.isdisjoint(
        {".", ".venv", "docs", "out", "pipeline", "results", "samples", "stages", "tests"}
    )


# The documents


def test_decisions_are_numbered_dated_and_short():
    text = (ROOT / "docs" / "DECISIONS.md").read_text("utf-8")
    entries = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    heads = [re.match(r"(\d+)\. .+ \(\d{4}-\d{2}-\d{2}\)\n", entry) for entry in entries]
    assert [head and int(head[1]) for head in heads] == list(range(1, len(entries) + 1))
    assert [entry.splitlines()[0] for entry in entries if len(entry.strip().splitlines()) > 17] == []


def test_the_commands_of_the_readme_are_targets():
    named = re.findall(r"^(?:\$ )?make ([a-z-]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert set(named) <= set(targets())
    assert {"clean-corpus", "test"} <= set(named)
