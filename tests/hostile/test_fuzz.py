"""What fuzzing starts from, and what once failed, is read without an error that nobody foresaw."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

_SPEC = importlib.util.spec_from_file_location("fuzz", HERE / "fuzz.py")
fuzz = importlib.util.module_from_spec(_SPEC)


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)
        patch.setitem(__import__("sys").modules, "fuzz", fuzz)
        _SPEC.loader.exec_module(fuzz)
        return {name: make() for name, make in fuzz.targets(tmp_path_factory.mktemp("fuzz")).items()}


@pytest.mark.parametrize("name", ["any", "html", "archives", "ledger"])
def test_seeds_and_a_few_changes_of_them_are_read_or_refused(targets, name):
    target = targets[name]
    chance = random.Random(7)
    for data in [*target.seeds, *(fuzz.changed(chance, target) for _ in range(20))]:
        target.act(data)


@pytest.mark.parametrize("path", sorted((HERE / "found").glob("*")), ids=lambda path: path.name)
def test_what_once_failed_does_not_fail_again(targets, path):
    targets[path.name.partition("-")[0]].act(path.read_bytes())


def test_what_is_fed_is_the_same_each_time_and_no_more_than_asked_for(targets, monkeypatch):
    assert targets
    fed = [[], []]
    for said in fed:
        share = fuzz.Share(60, inputs=5)
        target = fuzz.Target(
            lambda data, said=said: said.append(data) or frozenset(), [b"once"], [b"seed"] * 3, [b""]
        )
        monkeypatch.setattr(fuzz.resource, "setrlimit", lambda *_: None)
        fuzz.fed(target, "any", fuzz.Shared(), random.Random("1 any 0"), share)
    assert fed[0] == fed[1]
    assert fed[0][:4] == [b"once", *[b"seed"] * 3]
    assert len(fed[0]) == 4 + 5


def test_no_seed_has_a_clock_in_it(targets, monkeypatch):
    seeds = fuzz.fuzz_seeds
    now, earlier = [], []
    for said in (now, earlier):
        said += [*seeds.anything(), *seeds.pages(), *seeds.archives()]
        monkeypatch.setattr("time.time", lambda: 1e9)
    assert now == earlier
