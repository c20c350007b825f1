"""Every sample gives exactly its expected output."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("golden_runs", Path(__file__).with_name("runs.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
runs = importlib.util.module_from_spec(_SPEC)
sys.modules["golden_runs"] = runs
_SPEC.loader.exec_module(runs)


@pytest.mark.parametrize("name", runs.samples())
def test_sample_gives_its_expected_output(name, tmp_path):
    out = tmp_path / "out"
    result = runs.clean(name, out)
    assert result.run["balance"] == {"bytes": 0, "documents": 0, "characters": 0}
    expected_root = runs.SAMPLES / name / "expected"
    expected = {
        p.relative_to(expected_root).as_posix(): p.read_bytes()
        for p in expected_root.rglob("*")
        if p.is_file()
    }
    found = runs.compared(out)
    assert sorted(found) == sorted(expected), "run `make golden` and review the difference"
    for path, data in expected.items():
        assert found[path].decode() == data.decode(), f"{path}: run `make golden` and review the difference"


def test_a_sample_gives_its_expected_shards(tmp_path):
    path, name = runs.PACKED
    assert runs.packed(name, tmp_path / "out") == path.read_text("utf-8"), "run `make golden`"


@pytest.mark.parametrize("name", ["templates", "legit"])
def test_nothing_is_removed_from_what_only_looks_repeated(name, tmp_path):
    result = runs.clean(name, tmp_path / "out")
    removed = dict(result.run["counts"]["characters"]["removed_by_reason"])
    removed.pop("furniture", None)
    assert removed == {}
    assert result.run["counts"]["documents"]["removed"] == 0
