"""How much memory a run is given shows in no byte of what it writes."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import budget, events, job
from pipeline.budget import FIRST, OTHER, characters, in_hand, partitions, processes
from pipeline.engines import embedded
from pipeline.errors import UsageError
from pipeline.settings import LEAST_MEMORY, RunSettings, load

_SPEC = importlib.util.spec_from_file_location("promises", Path(__file__).with_name("test_promises.py"))
promises = importlib.util.module_from_spec(_SPEC)
sys.modules["promises"] = promises
_SPEC.loader.exec_module(promises)


def tree(source: Path, out: Path, **chosen) -> str:
    given = {f"run.{key}": value for key, value in {"jobs": 1, **chosen}.items()}
    job.run([source], out, load(None, given), printer=events.Silent())
    return (out / "manifest-sha256.txt").read_text(encoding="utf-8")


@settings.get_profile("runs")
@given(
    st.integers(0, 10**6),
    st.sampled_from([1, 50_000, 200_000, 1_000_000]),
    st.sampled_from([0, 1_000, 100_000]),
    st.sampled_from(["standard", "training"]),
)
def test_the_same_bytes_with_any_memory(seed, small, waiting, policy):
    """With parts of one document up to all of them, clusters by rounds, and work files between all steps or none."""
    root = Path(tempfile.mkdtemp(prefix="law-"))
    source = promises.write(root / "in", promises.folder_of(seed))
    wanted = tree(source, root / "out", policy=policy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "in_hand", lambda run: small)
        patch.setattr(budget, "A_LINK", 1 << 60)  # and clusters by rounds
        patch.setattr(embedded, "_AT_HAND", waiting)
        assert tree(source, root / "small", policy=policy) == wanted
    shutil.rmtree(root)


def test_the_same_bytes_with_the_least_memory_and_two_processes(tmp_path):
    source = promises.write(tmp_path / "in", promises.folder_of(7))
    wanted = tree(source, tmp_path / "one")
    assert tree(source, tmp_path / "least", jobs=2, memory=LEAST_MEMORY) == wanted
    assert tree(source, tmp_path / "two", jobs=2, memory=1 << 30) == wanted


@given(st.integers(LEAST_MEMORY, 1 << 40), st.integers(1, 64), st.integers(0, 10**8))
def test_what_is_shared_out_is_no_more_than_there_is(memory, jobs, documents):
    run = RunSettings(jobs=jobs, memory=memory)
    count = processes(run)
    assert 1 <= count <= jobs
    assert characters(run) >= 100_000
    others = count * (OTHER + in_hand(run)) if count > 1 else in_hand(run)
    assert FIRST + others <= memory or (count == 1 and memory <= FIRST + (8 << 20))
    assert (
        partitions(run, documents, 256) * in_hand(run) * 2 >= documents * budget.A_DOCUMENT
        or documents < 10**4
    )


def test_less_memory_than_a_run_takes_is_refused():
    with pytest.raises(UsageError, match="memory = 1000"):
        load(None, {"run.memory": 1000})
