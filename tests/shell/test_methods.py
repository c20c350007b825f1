"""The paragraph of methods: every figure is that of the run, and nothing that did not happen is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import events, job
from pipeline.cli import main
from pipeline.report.methods import LANGUAGES, methods
from pipeline.settings import load

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    out = tmp_path_factory.mktemp("methods") / "out"
    inputs = [SAMPLES / name / "input" for name in ("reprints", "english")]
    return job.run(inputs, out, load(None, {"run.jobs": 1}), printer=events.Silent())


def figures(text):
    return set(re.findall(r"\d+(?:[,.]\d+)*", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paragraph_has_the_figures_versions_and_settings_of_the_run(language, result):
    text, run = methods(result.run, language), result.run
    documents, characters = run["counts"]["documents"], run["counts"]["characters"]
    assert "\n" not in text
    for count in (
        *(documents[key] for key in ("in", "kept", "removed")),
        *(characters[key] for key in ("l2", "kept", "removed")),
        *(n for n in documents["removed_by_tier"].values() if n),
        *(n for n in characters["removed_by_reason"].values() if n),
        run["counts"]["bytes"]["read"],
        sum(run["counts"]["edits"].values()),
    ):
        assert f"{count:,}" in figures(text), count
    for name in ("datasketch", "ftfy", "unicode"):
        assert f"{name} {run['versions'][name]}" in text
    for section, key in (("verify", "identity"), ("verify", "coverage"), ("fingerprint", "permutations")):
        assert str(run["settings"][section][key]) in figures(text)
    assert run["policy"] in text
    assert f"{run['tool']} {run['version']}" in text


def test_both_languages_say_the_same_figures(result):
    assert figures(methods(result.run, "zh")) == figures(methods(result.run, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_did_not_happen_is_not_told(language, result):
    whole = methods(result.run, language)
    counts = result.run["counts"]
    documents = {**counts["documents"], "removed": 0, "removed_by_tier": {}, "removed_for_archives": 0}
    characters = {**counts["characters"], "removed": 0, "removed_by_reason": {}}
    run = {**result.run, "counts": {**counts, "documents": documents, "characters": characters, "edits": {}}}
    short = methods(run, language)
    assert len(short) < len(whole)
    for word in {"en": ("Removed were", "edits", "()"), "zh": ("删除文档", "处修改", "（）")}[language]:
        assert word not in short
    documents["removed_for_archives"] = documents["removed"] = 3
    assert {"en": "earlier corpora", "zh": "既有语料"}[language] in methods(run, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tier_and_reason_has_a_name_in_the_language(language, result):
    from pipeline.report.methods import _NAMES

    counts = result.run["counts"]
    assert set(counts["documents"]["removed_by_tier"]) <= set(_NAMES[language])
    assert set(_NAMES["zh"]) == set(_NAMES["en"])
    assert set(counts["characters"]["removed_by_reason"]) <= set(_NAMES[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_decided_is_told_and_a_drop_matches_nothing(language, result):
    counts = result.run["counts"]
    documents, characters = counts["documents"], counts["characters"]
    by_tier = {**documents["removed_by_tier"], "person": 7}
    told = {
        **counts,
        "documents": {**documents, "removed": documents["removed"] + 7, "removed_by_tier": by_tier},
        "characters": {**characters, "removed_by_reason": {"decision": 4321}},
        "decisions": {"applied": 80, "stale": 9, "orphaned": 500},
    }
    text = methods({**result.run, "counts": told}, language)
    assert {"7", "4,321", "89", f"{documents['removed'] + 7:,}"} <= figures(text)
    assert "500" not in figures(text)
    assert language == "en" or not re.search("person|decision", text)
    matching = {
        "en": f"Removed were {documents['removed']} documents",
        "zh": f"删除文档 {documents['removed']} 篇",
    }
    assert matching[language] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_inspect_prints_the_paragraph_and_nothing_else(language, result):
    shown = CliRunner().invoke(main, ["inspect", str(result.out), "--methods", language])
    assert (shown.exit_code, shown.stdout) == (0, methods(result.run, language) + "\n")
