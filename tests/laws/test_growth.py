"""An output that grows is that of a fresh run over what ought to be in it, byte for byte, whatever its history."""

from __future__ import annotations

import importlib.util
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from pipeline import events, job, passes
from pipeline.check import verify
from pipeline.errors import UsageError
from pipeline.ledger import Output
from pipeline.settings import load

_SPEC = importlib.util.spec_from_file_location("promises", Path(__file__).with_name("test_promises.py"))
promises = importlib.util.module_from_spec(_SPEC)
sys.modules["promises"] = promises
_SPEC.loader.exec_module(promises)

STEPS = ("add", "edit", "drop", "rename", "return", "prune", "nothing")


class Told(events.Silent):
    """Remembers what was said."""

    def __init__(self):
        self.lines = []

    def show(self, event):
        if isinstance(event, events.RunStarted):
            self.lines.append(event.text)


def ran(source: Path, out: Path, *, prune=False, printer=None, **chosen):
    values = {"run.jobs": 1, "run.max_gone": 1.0, **{name.replace("_", ".", 1): v for name, v in chosen.items()}}
    return job.run([source], out, load(None, values), prune=prune, printer=printer or events.Silent())


def written(folder: Path, files) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def tree(out: Path) -> str:
    return (out / "manifest-sha256.txt").read_text(encoding="utf-8")


def ledger(out: Path):
    return {row["path"]: row for row in Output(out).rows().documents}


class History:
    """What ought to be in an output: the files that are there, and those that are gone."""

    def __init__(self, seed: int, steps):
        self.dice = random.Random(seed)
        files = sorted(promises.folder_of(seed).items())
        self.left = files[len(files) // 2 :]  # to be added
        self.there = dict(files[: len(files) // 2])
        self.gone: dict[str, bytes] = {}
        self.steps = steps

    def step(self, what: str) -> None:
        known = {**self.there, **self.gone}
        before = dict(self.there)
        getattr(self, f"_{what}")()
        new = {data for name, data in self.there.items() if name not in known}
        absent = {**self.gone, **before}
        self.gone = {
            name: data for name, data in absent.items() if name not in self.there and data not in new
        }
        if what == "prune":
            self.gone = {}

    def _some(self):
        return self.dice.sample(sorted(self.there), min(len(self.there) - 1, self.dice.randint(1, 2)))

    def _add(self):
        self.there |= dict(self.left[:2])
        self.left = self.left[2:]

    def _edit(self):
        for name in self._some():
            self.there[name] += b"\n" + self.dice.choice(list(self.there.values()))[:99]

    def _drop(self):
        for name in self._some():
            del self.there[name]

    def _rename(self):
        for name in self._some():
            self.there[f"moved/{self.dice.randint(0, 99)}-{name}"] = self.there.pop(name)

    def _return(self):
        for name in sorted(self.gone)[:1]:
            self.there[name] = self.gone[name]

    def _prune(self):
        self._drop()

    def _nothing(self):
        pass


def fresh(root: Path, history: History) -> Path:
    """Return the output of a fresh run over all that ought to be in it, of which then what is gone was taken away."""
    source, out = root / "fresh", root / "fresh-out"
    ran(written(source, {**history.there, **history.gone}), out)
    if history.gone:
        whole = {p.relative_to(out): p.read_bytes() for p in (out / "clean").rglob("*") if p.is_file()}
        for name in history.gone:
            (source / name).unlink()
        ran(source, out)
        assert {p.relative_to(out): p.read_bytes() for p in (out / "clean").rglob("*") if p.is_file()} == whole
    return out


@settings(derandomize=True, deadline=None, max_examples=5, phases=[Phase.explicit, Phase.generate])
@given(st.integers(0, 10**6), st.lists(st.sampled_from(STEPS), min_size=3, max_size=5))
@example(4, ["drop", "add", "rename", "drop"])
@example(5, ["drop", "nothing", "return", "edit"])
@example(6, ["drop", "prune", "add"])
def test_an_output_that_grew_is_that_of_a_fresh_run(seed, steps):
    root = Path(tempfile.mkdtemp(prefix="law-"))
    history = History(seed, steps)
    source, out = root / "in", root / "out"
    ran(written(source, history.there), out)
    for step in steps:
        history.step(step)
        ran(written(source, history.there), out, prune=step == "prune")
    assert tree(out) == tree(fresh(root, history))
    gone = {path for path, row in ledger(out).items() if "source_gone" in row["flags"]}
    assert {name.split("/")[-1] for name in gone} <= {name.split("/")[-1] for name in history.gone}
    assert bool(gone) == bool(history.gone)
    assert verify(out, deep=True).findings == ()
    shutil.rmtree(root)
