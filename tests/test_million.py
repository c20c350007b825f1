"""The corpus of a million paragraphs is the same by seed, its proofs refute what is wrong, and a small one comes out clean."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "quality"))

import million
import million_proof
from million_corpus import COPIES, PLANTED, TWICE, Planted, planted

KEPT = ("甲市修桥铺路种树", "乙镇有13人来了3次，没有人走", "丙村的灯亮了又暗下去了")
#: Lines that are to go, and a word of why they must not (nothing: they may).
CASES = [
    (KEPT, ""),
    (KEPT[1:], ""),
    (("甲市修桥铺路栽树",), ""),
    (("乙镇有14人来了3次，没有人走",), "figures"),
    (("乙镇有13人来了3次，有人走",), "figures"),
    (("丁乡的水来得比往年都早一些",), "no kept line"),
    ((KEPT[2], KEPT[0]), "another order"),
]


@pytest.mark.parametrize(("gone", "why"), CASES)
def test_a_proof_says(gone, why):
    found = million_proof.refuted(gone, KEPT)
    assert why in found
    assert bool(found) == bool(why)


def test_an_edit_distance_is_that_of_the_book():
    assert [million_proof.distance(*x) for x in (("kitten", "sitting"), ("", "ab"), ("ab", "ab"))] == [
        3,
        2,
        0,
    ]


def test_a_seed_gives_the_same_documents_and_a_small_corpus_begins_a_large_one():
    small, large = list(planted(2000, 3)), list(planted(6000, 3))
    assert large[: len(small)] == small
    assert {d.kind for d in large} == {"unique", *PLANTED}
    assert list(planted(2000, 4)) != small


def test_copies_are_borne_out_and_what_only_looks_like_one_is_not():
    documents = list(planted(6000, 3))
    checked = set()
    for first, second in pairwise(documents):
        if first.story != second.story:
            continue
        checked.add(second.kind)
        why = million_proof.refuted(second.lines, first.lines)
        assert bool(why) == (second.kind not in COPIES), (second.id, second.kind, why)
    assert checked >= COPIES | {"template", "corrected", "denied", "own", "quote"}


def test_a_removal_against_what_was_planted_is_told():
    def document(name, kind, *, copy=False, story="s"):
        return Planted(name, story, kind, copy, ("一", "二", "一", "二"))

    truth = {
        d.id: d
        for d in (
            document("a", "exact"),
            document("b", "exact", copy=True),
            document("c", "corrected"),
            document("d", "twice"),
            document("e", "exact", story="t"),
        )
    }
    stays = million.Told("", "", ())
    right = dict.fromkeys(truth, stays) | {
        "b": million.Told("a", "identical", ()),
        "d": million.Told("", "", ((4, 7, "repeat"),)),
    }
    assert million.held_against(truth, right).wrong == []
    for name, told in (
        ("b", million.Told("e", "near", ())),
        ("c", million.Told("a", "near", ())),
        ("a", million.Told("", "", ((0, 2, "furniture"),))),
        ("d", million.Told("", "", ((2, 7, "repeat"),))),
    ):
        assert len(million.held_against(truth, right | {name: told}).wrong) == 1
    assert set(TWICE) <= set(PLANTED)


def test_the_interval_is_wilsons():
    low, high = million.wilson(10, 10)
    assert (round(low, 4), round(high, 4)) == (0.7225, 1.0)
    assert [round(x, 4) for x in million.wilson(9, 10)] == [0.5958, 0.9821]
    assert million.wilson(0, 0) == (0.0, 1.0)


def test_a_small_corpus_comes_out_clean(capsys):
    assert million.main(["--paragraphs", "800", "--jobs", "1"]) == 0
    assert "right by what was planted" in capsys.readouterr().out
