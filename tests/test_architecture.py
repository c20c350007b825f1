"""The shape of the house: what stands where, who imports whom, what the core may not touch."""

from __future__ import annotations

import ast
import fnmatch
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = sorted((ROOT / "stages").rglob("*.py"))
SHELL = sorted((ROOT / "pipeline").rglob("*.py"))

FOLDERS = {".ci", ".git", ".github", "docs", "pipeline", "samples", "stages", "tests"}
LONGEST = 450  # lines
TABLES = {"_t2s.py", "needed.py", "zh.py"}  # data, not code

#: The part of the standard library that opens nothing, logs nothing, asks no clock and rolls no dice.
PURE = {
    "__future__", "array", "bisect", "codecs", "collections", "contextlib", "copy", "dataclasses", "difflib", "enum",
    "fractions", "functools", "hashlib", "heapq", "html", "itertools", "json", "math", "operator", "re", "string",
    "struct", "types", "typing", "unicodedata", "urllib.parse", "warnings",
}  # fmt: skip
#: Packages of others, and the modules of the core that may import them; NumPy is the language of columns.
DOORS = {
    "cchardet": ("decode",),
    "datasketch": ("fingerprint",),
    "ftfy": ("normalise",),
    "justext": ("extract",),
    "lxml": ("extract", "_page*"),
    "rapidfuzz": ("_blocks",),
    "readability": ("_page_scores",),
    "trafilatura": ("extract",),
}
#: Built-ins that reach outside, run text as code, or answer differently from process to process.
FORBIDDEN_CALLS = {
    "__import__",
    "breakpoint",
    "compile",
    "eval",
    "exec",
    "hash",
    "id",
    "input",
    "open",
    "print",
}


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> list[str]:
    """The modules that a file imports, wherever the import stands."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or ".")
    return found


def covers(names: set[str], module: str) -> bool:
    parts = module.split(".")
    return any(".".join(parts[: i + 1]) in names for i in range(len(parts)))


def ignored(name: str) -> bool:
    patterns = (ROOT / ".gitignore").read_text("utf-8").split()
    return any(fnmatch.fnmatch(name, pattern.strip("/")) for pattern in patterns)


def top_level_folders() -> set[str]:
    """What git tracks; before the first commit, or without git, what is there."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z"]
    try:
        listed = subprocess.run(git, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        listed = b""
    tracked = {os.fsdecode(name).split("/", 1)[0] for name in listed.split(b"\0") if b"/" in name}
    present = {path.name for path in ROOT.iterdir() if path.is_dir() and not ignored(path.name)}
    return tracked or present


def test_the_top_level_holds_the_agreed_folders_and_no_other():
    found = top_level_folders()
    assert found <= FOLDERS, f"not agreed: {sorted(found - FOLDERS)}"
    assert {"docs", "pipeline", "samples", "stages", "tests"} <= found


def test_imports_keep_the_contracts_of_pyproject():
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", CORE, ids=ids)
def test_the_core_imports_itself_the_pure_library_and_its_packages_by_one_door(path):
    wrong = []
    for module in imported(path):
        package = module.partition(".")[0]
        if package in DOORS:
            right = any(fnmatch.fnmatch(path.stem, door) for door in DOORS[package])
        else:
            right = package in {"stages", "numpy"} or covers(PURE, module)
        if not right:
            wrong.append(module)
    assert wrong == []


@pytest.mark.parametrize("path", CORE, ids=ids)
def test_the_core_neither_opens_nor_prints_nor_asks_what_differs_between_processes(path):
    calls = [
        f"line {node.lineno}: {node.func.id}()"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS
    ]
    assert calls == []


@pytest.mark.parametrize("path", CORE, ids=ids)
def test_the_core_never_catches_everything(path):
    broad = [
        f"line {node.lineno}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"BaseException", "Exception"})
    ]
    assert broad == []


@pytest.mark.parametrize("path", [p for p in CORE + SHELL if p.name not in TABLES], ids=ids)
def test_a_file_does_one_thing_and_is_short(path):
    lines = path.read_text("utf-8").count("\n")
    assert lines <= LONGEST, f"{lines} lines: take it apart"
