"""What `apply` makes of a finished output is what a run over the same inputs makes with these settings, byte for byte."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import barrier, events, facts, intake, job, output
from pipeline.check import verify
from pipeline.ledger import Output
from pipeline.settings import load
from pipeline.workspace import Workspace
from stages.model import Policy

_SPEC = importlib.util.spec_from_file_location("promises", Path(__file__).with_name("test_promises.py"))
promises = importlib.util.module_from_spec(_SPEC)
sys.modules["promises"] = promises
_SPEC.loader.exec_module(promises)

MANIFEST = "manifest-sha256.txt"
SILENT = events.Silent()
#: Values of the settings that are applied; the first of each is what the facts were found with.
APPLIED = {
    "run.policy": [p.value for p in (Policy.STANDARD, Policy.TRAINING, Policy.CAUTIOUS, Policy.ANNOTATE)],
    "run.layout": ["files", "packed"],
    "cluster.review_size": [200, 2, 3],
    "decide.over_removed": [0.95, 0.02, 0.3, 1.0],
    "decide.passage_least": [60, 61, 75, 120, 10_000],
    "render.copy_least": [8, 1, 40],
}
CHOSEN = st.fixed_dictionaries({}, optional={key: st.sampled_from(row) for key, row in APPLIED.items()})


def ran(source: Path, out: Path, chosen=()):
    return job.run([source], out, load(None, {"run.jobs": 1, **dict(chosen)}), printer=SILENT)


def applied(out: Path, chosen=(), **options):
    return job.apply(out, None, {"run.jobs": 1, **dict(chosen)}, printer=SILENT, **options)


def tree(out: Path) -> str:
    return (out / MANIFEST).read_text(encoding="utf-8")


def found(out: Path) -> facts.Facts:
    return facts.read(Workspace(out).facts, (out / MANIFEST).read_bytes(), job.versions()).facts


def test_the_settings_tried_here_are_all_that_are_applied():
    assert set(APPLIED) == set(facts.APPLIED)
    assert {load(None, {}).run.policy} == {Policy(APPLIED["run.policy"][0])}


@settings.get_profile("runs")
@given(st.integers(0, 10**6), CHOSEN, CHOSEN)
@example(64976, {"run.policy": "training", "decide.passage_least": 75}, {"run.policy": "cautious"})
def test_a_tree_that_was_cut_anew_is_that_of_a_run(seed, first, second):
    """Twice in place: the second takes up the settings of the first, and the facts are still those of the run."""
    root = Path(tempfile.mkdtemp(prefix="law-"))
    source = promises.write(root / "in", promises.folder_of(seed))
    ran(source, root / "out")
    before = found(root / "out")
    shutil.copytree(root / "out" / ".work" / "cache", root / "fresh" / ".work" / "cache")
    wanted = []
    for chosen in (first, {**first, **second}):
        ran(source, root / "fresh", chosen)
        wanted.append(tree(root / "fresh"))
    source.rename(root / "gone")
    for chosen, expected in zip((first, second), wanted, strict=True):
        applied(root / "out", chosen)
        assert tree(root / "out") == expected
    assert found(root / "out") == before
    assert verify(root / "out", deep=True).findings == ()
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Return a folder with the inputs of all samples, and `out`, the output of a run over them."""
    root = tmp_path_factory.mktemp("samples")
    for sample in sorted(promises.SAMPLES.iterdir()):
        if (sample / "input").is_dir():
            shutil.copytree(sample / "input", root / "in" / sample.name)
    ran(root / "in", root / "out")
    return root


@pytest.mark.parametrize("policy", Policy)
def test_all_samples_under_every_policy_without_their_inputs(samples, tmp_path, policy):
    chosen = {"run.policy": policy.value}
    ran(samples / "in", samples / "fresh", chosen)
    assert found(samples / "fresh").findings == found(samples / "out").findings
    (samples / "in").rename(samples / "gone")
    try:
        result = applied(samples / "out", chosen, target=tmp_path / "cut")
    finally:
        (samples / "gone").rename(samples / "in")
    assert tree(tmp_path / "cut") == tree(samples / "fresh")
    assert (
        result.quarantined
        == sum(s["status"] == "quarantined" for s in Output(samples / "out").rows().skipped)
        > 0
    )
    assert verify(tmp_path / "cut", deep=True).findings == ()


def test_what_no_policy_takes_anything_of_is_not_written_again(tmp_path, monkeypatch):
    files = {f"a/{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(6)}
    files["b/twice.txt"] = promises.SAMPLES.joinpath("twice", "input", "night-ferry.txt").read_bytes()
    source = promises.write(tmp_path / "in", files)
    ran(source, tmp_path / "out")
    before = {p: p.stat().st_ino for p in tmp_path.glob("out/[cn]*/a/*")}
    made = []
    real = output._Maker.document
    monkeypatch.setattr(
        output._Maker, "document", lambda self, key, one: (made.append(one.name), real(self, key, one))[1]
    )
    applied(tmp_path / "out", {"run.policy": "annotate"})
    assert made == ["b/twice.txt"]
    assert {p: p.stat().st_ino for p in tmp_path.glob("out/[cn]*/a/*")} == before
    ran(source, tmp_path / "fresh", {"run.policy": "annotate"})
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")


def test_nothing_is_detected_again(samples, tmp_path, monkeypatch):
    """No pair is checked, no view made, no input opened; and what is asked leaves the first output as it is."""

    def never(*_, **__):
        raise AssertionError

    for module, name in (
        (barrier, "views"),
        (barrier, "compare"),
        (intake, "prepare_batch"),
        (intake, "opened"),
    ):
        monkeypatch.setattr(module, name, never)
    before = tree(samples / "out")
    applied(samples / "out", {"run.policy": "training"}, target=tmp_path / "cut")
    applied(samples / "out", {"run.policy": "training"}, dry_run=True)
    assert tree(samples / "out") == before
    assert not (tmp_path / "cut" / ".work" / "facts").exists()


@pytest.mark.parametrize("policy", Policy)
def test_what_went_for_an_archive_is_cut_anew_without_the_archive(tmp_path, policy):
    sample = promises.SAMPLES / "archive"
    ran(sample / "earlier", tmp_path / "earlier", {"run.policy": "annotate"})
    for name, chosen in (("out", {}), ("fresh", {"run.policy": policy.value})):
        job.run(
            [sample / "input"],
            tmp_path / name,
            load(None, {"run.jobs": 1, **chosen}),
            against=[tmp_path / "earlier"],
            printer=SILENT,
        )
    (tmp_path / "earlier").rename(tmp_path / "gone")
    applied(tmp_path / "out", {"run.policy": policy.value})
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")
    assert Output(tmp_path / "out").rows().archived
    assert verify(tmp_path / "out", deep=True).findings == ()
