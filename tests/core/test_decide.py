"""Decide: the policy tables, the order of preference, and the limit of what may go."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.decide import (
    CRITERIA,
    DecideSettings,
    Facts,
    Ruled,
    Ruling,
    Standing,
    decide,
    may_remove,
    order_of,
    why_kept,
)
from stages.model import Paragraph, Policy, Repeat, RepeatClass, Scores, Span, Tier, Verdict

LAW = settings(derandomize=True, deadline=None, max_examples=150)
SCORES = Scores(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


def verdict(tier, *, only_a=False, only_b=False, lead=False):
    return Verdict(tier, SCORES, only_a, only_b, lead, (), "")


# tier, shares the lead, policies under which b goes when it has nothing of its own
REMOVED = [
    (Tier.IDENTICAL, False, {"cautious", "standard", "training"}),
    (Tier.KEY_EQUAL, False, {"cautious", "standard", "training"}),
    (Tier.NEAR, False, {"standard", "training"}),
    (Tier.CONTAINED, True, {"standard", "training"}),
    (Tier.CONTAINED, False, {"training"}),
    (Tier.SHARED, True, set()),
    (Tier.VARIANT, True, set()),
    (Tier.UPDATE, True, set()),
    (Tier.REVIEW, True, set()),
    (Tier.REJECTED, True, set()),
]


@pytest.mark.parametrize(("tier", "lead", "policies"), REMOVED)
def test_the_policy_table(tier, lead, policies):
    found = {p.value for p in Policy if may_remove(verdict(tier, lead=lead), p, removed_is_b=True)}
    assert found == policies


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize("policy", list(Policy))
def test_what_has_substance_of_its_own_is_never_removed(tier, policy):
    assert not may_remove(verdict(tier, only_b=True, lead=True), policy, removed_is_b=True)
    assert not may_remove(verdict(tier, only_a=True, lead=True), policy, removed_is_b=False)


KEPT = Span(109, 110)  # the end of a text of ten lines


def repeat(cls, cuts, kept=KEPT):
    return Repeat(
        cls, kept, Span(0, 1), (1, 1), (1, 1), 1, 1, cuts, SCORES, (), figures_differ=False, reason=""
    )


def facts(*, repeats=(), furniture=(), passages=(), count=10, size=10):
    paragraphs = tuple(Paragraph(n * (size + 1), n * (size + 1) + size, n + 1, n + 1) for n in range(count))
    return Facts(count * (size + 1), paragraphs, tuple(repeats), tuple(furniture), tuple(passages))


CUT = {
    RepeatClass.COPY: {"cautious", "standard", "training"},
    RepeatClass.BLOCK: {"standard", "training"},
    RepeatClass.PARAGRAPH: {"standard", "training"},
    RepeatClass.RECURRING: set(),
}


@pytest.mark.parametrize("cls", list(RepeatClass))
def test_the_table_of_repeats(cls):
    case = facts(repeats=[repeat(cls, (Span(0, 11),))])
    found = {p.value for p in Policy if decide(case, p, DecideSettings()).cuts}
    assert found == CUT[cls]


def test_furniture_and_passages():
    case = facts(furniture=[(1, "share-bar")], passages=[(2, "00ff")])
    cuts = {p.value: [(c.reason, c.span) for c in decide(case, p, DecideSettings()).cuts] for p in Policy}
    assert cuts["cautious"] == cuts["annotate"] == []
    assert cuts["standard"] == [("furniture", Span(11, 22))]
    assert cuts["training"] == [("furniture", Span(11, 22)), ("passage", Span(22, 33))]


def test_a_document_that_would_nearly_vanish_is_kept_whole():
    case = facts(furniture=[(n, "x") for n in range(10)])
    decision = decide(case, Policy.STANDARD, DecideSettings())
    assert decision.cuts == ()
    assert decision.over_removed


def test_copies_do_not_count_towards_that_limit():
    case = facts(repeats=[repeat(RepeatClass.COPY, (Span(11, 110),), Span(0, 10))], count=10)
    decision = decide(case, Policy.STANDARD, DecideSettings(over_removed=0.5))
    assert decision.cuts[0].span == Span(11, 110)


SPANS = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda p: Span(min(p), max(p) + 1))


@LAW
@given(st.lists(SPANS, max_size=8), st.lists(st.integers(0, 9), max_size=5, unique=True))
def test_cuts_are_sorted_disjoint_and_cover_what_was_asked(spans, lines):
    repeats = [repeat(RepeatClass.BLOCK, (s,), Span(110, 120)) for s in spans]
    case = facts(repeats=repeats, furniture=[(n, "x") for n in sorted(lines)], count=11)
    decision = decide(case, Policy.STANDARD, DecideSettings(over_removed=1.0))
    for before, after in zip(decision.cuts, decision.cuts[1:], strict=False):
        assert before.span.end <= after.span.start
    wanted = {c for s in spans for c in range(s.start, s.end)}
    wanted |= {c for n in lines for c in range(n * 11, n * 11 + 11)}
    assert {c for cut in decision.cuts for c in range(cut.span.start, cut.span.end)} == wanted


def line(number):
    return Span(number * 11, number * 11 + 11)


LINES = st.lists(st.integers(0, 11), max_size=4, unique=True)
LINKS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(1, 3)), max_size=12)


@LAW
@given(LINKS, LINES, LINES, LINES)
def test_what_a_repeat_is_said_to_stand_in_is_half_there_or_in_another_document(links, site, shared, told):
    """Any repeats, also rings and those that overlap: (kept line, line that goes, lines of both)."""
    repeats = [
        repeat(RepeatClass.BLOCK, (Span(b * 11, b * 11 + n * 11),), Span(a * 11, a * 11 + n * 11))
        for a, b, n in links
    ]
    case = facts(
        repeats=repeats,
        furniture=[(n, "x") for n in sorted(site)],
        passages=[(n, f"{n:04x}") for n in sorted(shared)],
        count=15,
    )
    case = replace(case, ruled=Ruled(removed=by(*sorted(told))))
    cuts = decide(case, Policy.TRAINING, DecideSettings(over_removed=1.0)).cuts
    gone = {c for cut in cuts for c in range(cut.span.start, cut.span.end)}
    for cut in cuts:
        last = cut.last or cut
        if last.repeat is None:
            assert last.reason == "passage" or cut.reason != "repeat"
            continue
        kept = range(repeats[last.repeat].kept.start, repeats[last.repeat].kept.end)
        assert 2 * len(gone.intersection(kept)) <= len(kept)
        own = repeats[cut.repeat].kept
        assert (cut.last is None) == (2 * len(gone.intersection(range(own.start, own.end))) <= len(own))


#: Line 2 repeats line 1, and line 3 line 2 (a chain); line 6 repeats line 5, and the reverse (a ring).
CHAIN = [repeat(RepeatClass.BLOCK, (line(b),), line(a)) for a, b in ((1, 2), (2, 3))]
RING = [repeat(RepeatClass.BLOCK, (line(b),), line(a)) for a, b in ((5, 6), (6, 5))]


def ends(repeats, **more):
    cuts = decide(facts(repeats=repeats, **more), Policy.TRAINING, DecideSettings(over_removed=1.0)).cuts
    return [(c.span.start // 11, c.reason, c.last and (c.last.span.start // 11, c.last.reason)) for c in cuts]


def test_a_chain_is_followed_to_what_stays_in_the_document_or_in_another():
    assert ends(CHAIN) == [(2, "repeat", None), (3, "repeat", (2, "repeat"))]
    passage = (1, "passage")
    assert ends(CHAIN, passages=[(1, "00ff")]) == [
        (1, "passage", None),
        (2, "repeat", passage),
        (3, "repeat", passage),
    ]


def test_what_repeats_furniture_or_itself_in_a_ring_is_no_repeat_of_what_stays():
    assert ends(CHAIN, furniture=[(1, "x")]) == [(1, "furniture", None), (3, "repeat", None)]
    assert ends(CHAIN, furniture=[(1, "x"), (2, "x")]) == [(1, "furniture", None), (2, "furniture", None)]
    assert ends(RING) == [(6, "repeat", None)]


def by(*paragraphs):
    return tuple(Ruling(n, f"e-{n}", "") for n in paragraphs)


def shown(decision):
    return [(c.span.start // 11, c.span.end // 11, c.reason, c.rule) for c in decision.cuts]


COPY = replace(repeat(RepeatClass.COPY, (Span(55, 110),)), kept=Span(0, 54))  # lines 5 to 9 repeat 0 to 4
LINE = replace(repeat(RepeatClass.PARAGRAPH, (Span(33, 44),)), kept=Span(11, 21))  # line 3 repeats line 1
#: What people decided of a text of ten lines → what is cut: lines, reason, rule.
RULED = [
    (Ruled(), [(2, 3, "furniture", "share"), (3, 4, "repeat", "paragraph"), (5, 10, "repeat", "copy")]),
    (Ruled(whole=True), []),
    (Ruled(whole=True, removed=by(0)), []),
    (
        Ruled(removed=by(0, 6)),  # lines 5 to 9 are no copy of what is left
        [
            (0, 1, "decision", "e-0"),
            (2, 3, "furniture", "share"),
            (3, 4, "repeat", "paragraph"),
            (6, 7, "decision", "e-6"),
        ],
    ),
    (
        Ruled(removed=by(1)),  # then line 3, and line 6, are all that is left of it
        [(1, 2, "decision", "e-1"), (2, 3, "furniture", "share")],
    ),
    (
        Ruled(spared=(2, 7)),
        [(3, 4, "repeat", "paragraph"), (5, 7, "repeat", "copy"), (8, 10, "repeat", "copy")],
    ),
    (
        Ruled(furniture=by(4)),  # nor are they now
        [(2, 3, "furniture", "share"), (3, 4, "repeat", "paragraph"), (4, 5, "furniture", "e-4")],
    ),
    (
        Ruled(furniture=by(4), spared=(4,)),
        [(2, 3, "furniture", "share"), (3, 4, "repeat", "paragraph"), (5, 10, "repeat", "copy")],
    ),
]


@pytest.mark.parametrize(("ruled", "cuts"), RULED)
def test_what_people_decide_of_paragraphs(ruled, cuts):
    known = replace(facts(repeats=[COPY, LINE], furniture=[(2, "share")]), ruled=ruled)
    decision = decide(known, Policy.STANDARD, DecideSettings())
    assert shown(decision) == cuts
    assert not decision.over_removed


def test_what_people_remove_goes_though_all_else_stays_because_too_much_would_go():
    known = facts(furniture=[(n, "share") for n in range(10)])
    decision = decide(
        replace(known, ruled=Ruled(removed=by(3))), Policy.STANDARD, DecideSettings(over_removed=0.5)
    )
    assert shown(decision) == [(3, 4, "decision", "e-3")]
    assert decision.over_removed


#: Lines 10 to 19 repeat lines 0 to 9.
TWICE = replace(repeat(RepeatClass.COPY, (Span(110, 220),)), kept=Span(0, 109))


@pytest.mark.parametrize(
    ("ruled", "cuts"),
    [
        (Ruled(), []),
        (Ruled(spared=(12,)), []),
        (Ruled(spared=(12, 13, 14)), []),
        (Ruled(removed=by(12)), [(12, 13, "decision", "e-12")]),
    ],
)
def test_the_limit_holds_whatever_people_keep_or_remove(ruled, cuts):
    known = facts(count=20, repeats=[TWICE], furniture=[(n, "share") for n in range(10)])
    decision = decide(replace(known, ruled=ruled), Policy.STANDARD, DecideSettings())
    assert shown(decision) == cuts
    assert decision.over_removed


def test_rules_never_take_all_that_people_leave():
    known = replace(facts(furniture=[(n, "share") for n in range(5)]), ruled=Ruled(removed=by(5, 6, 7, 8, 9)))
    decision = decide(known, Policy.STANDARD, DecideSettings())
    assert shown(decision) == [(n, n + 1, "decision", f"e-{n}") for n in range(5, 10)]
    assert decision.over_removed


def test_people_choose_before_anything_but_an_archive():
    assert CRITERIA[:2] == ("in an archive", "a person's choice")
    chosen, better = replace(standing(damaged=True), chosen=True), standing()
    assert order_of(chosen) < order_of(better)
    assert why_kept(chosen, [better]) == "a person's choice"
    assert order_of(standing(path=b"c")) > order_of(replace(better, archived=True))


def standing(*, damaged=False, characters=100, published="2024-03-01", metadata=2, path=b"b"):
    return Standing(damaged, characters, published, metadata, path)


# winner, loser, what set it apart
PREFERRED = [
    (standing(), standing(damaged=True, characters=500), "undamaged"),
    (standing(characters=101), standing(published="2001-01-01"), "most complete"),
    (standing(published="2024-02-29"), standing(metadata=9), "earliest date"),
    (standing(published="2024"), standing(published=None), "earliest date"),
    (standing(metadata=3), standing(path=b"a"), "richest metadata"),
    (standing(path=b"a"), standing(), "first path"),
]


@pytest.mark.parametrize(("winner", "loser", "criterion"), PREFERRED)
def test_the_order_of_preference(winner, loser, criterion):
    assert order_of(winner) < order_of(loser)
    assert why_kept(winner, [loser]) == criterion
    assert why_kept(loser, [winner]) == "says all the others say, and more"


@pytest.mark.parametrize("bad", [{"over_removed": 0}, {"over_removed": 1.5}, {"passage_least": 0}])
def test_bad_settings_say_what_is_wrong(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        DecideSettings(**bad)
