"""The wheel: what people install holds our two packages, whole, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: What pip says when it cannot get the build backend.
NO_INDEX = re.compile(
    r"No matching distribution found for hatchling|Could not find a version that satisfies the requirement hatchling"
    r"|Failed to establish a new connection|Name or service not known|Temporary failure in name resolution|timed out"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names inside a wheel built from this tree, in an isolated build environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "1", "--timeout", "20"]
    command = [*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode and NO_INDEX.search(run.stdout + run.stderr):
        pytest.skip("the wheel cannot be built: no package index is reachable that has hatchling")
    assert run.returncode == 0, run.stdout + run.stderr
    [built] = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_installs_two_packages_and_its_own_record(wheel):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert {name.partition("/")[0] for name in wheel} == {
        "pipeline",
        "stages",
        f"clean_corpus-{version}.dist-info",
    }


def test_the_wheel_holds_every_file_of_the_packages_byte_for_byte(wheel):
    """Templates and tables are files of the packages as much as modules are."""
    tree = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for package in ("pipeline", "stages")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    inside = {name: content for name, content in wheel.items() if ".dist-info/" not in name}
    assert sorted(inside) == sorted(tree)
    assert inside == tree


def test_the_wheel_holds_the_style_and_script_of_the_report(wheel):
    assets = [name for name in wheel if name.startswith("pipeline/report/") and not name.endswith(".py")]
    assert assets != []


def test_the_wheel_carries_the_licence_and_the_command(wheel):
    [licence] = [content for name, content in wheel.items() if name.endswith(".dist-info/licenses/LICENSE")]
    [commands] = [content for name, content in wheel.items() if name.endswith(".dist-info/entry_points.txt")]
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert b"clean-corpus = pipeline.cli:main" in commands
