"""The ladder of `tests/quality` is what it says: the same by seed, other by another, true to figures; its sums are right."""

from __future__ import annotations

import random
import sys
from itertools import combinations
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "quality"))

import ladder
import ladder_mixed
import peers
from ladder_articles import SCORING, TUNING
from ladder_changes import CHANGES, FORMAT, changed
from ladder_figures import agreement, share
from ladder_negatives import bulletins, notices
from ladder_rungs import FIRST, SECOND
from ladder_scores import decoded, squeezed

ARTICLES = ladder.sample_articles()


def figures(text: str) -> list[str]:
    return sorted(c for c in text if c.isdigit())


def test_a_seed_gives_the_same_bytes_and_another_one_other_edits():
    first, again, other = (ladder.copies(ARTICLES, seed) for seed in (1, 1, 2))
    assert first == again
    edits = {r.name: r.texts for r in first if r.name.startswith(("edited", "abridged", "ocr"))}
    assert edits
    assert all(edits[r.name] != r.texts for r in other if r.name in edits)


def test_scoring_and_tuning_share_no_article_of_the_data():
    for pool in ladder.POOLS:
        scored = {a.name for a in ladder.data_articles(pool, SCORING)}
        tuned = {a.name for seed in TUNING for a in ladder.data_articles(pool, seed)}
        assert not scored & tuned


@pytest.mark.parametrize(
    "name", [n for n in CHANGES if n.startswith(("edited", "reworded", "ocr", "reordered"))]
)
def test_an_edit_spares_figures(name):
    for article in ARTICLES:
        lines = changed(article, name, 1)
        if lines is not None:
            assert figures("".join(lines)) == figures("".join(article.lines)), article.name


@pytest.mark.parametrize("name", [n for n in FORMAT if "width" not in n])
def test_a_change_of_layout_changes_blanks_only(name):
    for article in ARTICLES:
        lines = changed(article, name, 1)
        if lines is not None:
            assert squeezed("".join(lines)) == squeezed("".join(article.lines)), article.name


def test_the_pieces_of_a_doubled_file_are_the_file():
    for rung in ladder.repeats(ARTICLES, 1):
        for text in rung.texts:
            said = "".join(line for _, lines in text.pieces for line in lines)
            assert squeezed(said) == squeezed(decoded(text)), (rung.name, text.path)
            assert {FIRST, SECOND} <= {mark for mark, _ in text.pieces}


def test_sixty_bulletins_of_three_outlets_have_180_true_pairs():
    groups = [t.group for t in bulletins(1).texts]
    assert sum(a == b for a, b in combinations(groups, 2)) == 180
    assert len({t.data for t in bulletins(1).texts}) == 180


def test_what_only_looks_like_another_text_is_a_group_of_its_own():
    for rung in (*notices(1), *ladder.distinct(ARTICLES, 1)):
        assert len({t.group for t in rung.texts}) == len({squeezed(decoded(t)) for t in rung.texts}), (
            rung.name
        )


def test_agreement_counts_pairs():
    rolled = random.Random(5)
    truth = [f"g{rolled.randrange(9)}" for _ in range(60)]
    said = [rolled.choice((g, "x", "y")) for g in truth]
    pairs = [(truth[a] == truth[b], said[a] == said[b]) for a, b in combinations(range(60), 2)]
    both, true, claimed = pairs.count((True, True)), sum(t for t, _ in pairs), sum(s for _, s in pairs)
    found = agreement(truth, said)
    chance = true * claimed / len(pairs)
    assert found.precision.value == pytest.approx(both / claimed)
    assert found.recall.value == pytest.approx(both / true)
    assert found.ari.value == pytest.approx((both - chance) / ((true + claimed) / 2 - chance))
    assert found.ari.low <= found.ari.value <= found.ari.high


def test_a_perfect_clustering_and_one_of_singletons():
    truth = ["a", "a", "b", "c"]
    assert agreement(truth, [1, 1, 2, 3]).ari.value == 1
    alone = agreement(truth, [1, 2, 3, 4])
    assert (alone.precision.value, alone.recall.value, alone.ari.value) == (1, 0, 0)
    assert share([True, False, True, True], truth).value == 0.75


def test_a_text_in_the_cluster_of_another_story_is_counted():
    rung = bulletins(1)
    labels = [t.group for t in rung.texts]
    assert sum(ladder_mixed.system("x", "y", rung, labels).wrong.values()) == 0
    assert sum(ladder_mixed.system("x", "y", rung, ["one"] * len(labels)).wrong.values()) == len(labels)


def test_peers_that_cannot_be_installed_are_left_out_aloud(monkeypatch, capsys, tmp_path):
    def nothing() -> Path:
        raise OSError("no index")

    monkeypatch.setattr(peers, "environment", nothing)
    assert list(peers.compared(["a"], peers.SMALL, tmp_path)) == []
    assert "SKIPPED the peers" in capsys.readouterr().out


def test_the_best_setting_of_a_peer_is_taken_beside_its_defaults():
    rung = bulletins(1)
    right, wrong = tuple(t.group for t in rung.texts), ("one",) * len(rung.texts)
    tried = [peers.Peer("p", "1", "defaults", True, wrong), peers.Peer("p", "1", "tuned", False, right)]
    rows = ladder_mixed.systems(rung, right, tried)
    assert [r.setting for r in rows] == ["standard policy", "defaults", "tuned"]
    assert ladder_mixed.ahead(rows) == 0
    assert ladder_mixed.ahead(rows[:2]) > 0.9
