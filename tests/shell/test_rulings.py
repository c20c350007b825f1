"""What decisions come to: who may go for whom, as columns of pairs have it."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.decisions import Document as DecidedDocument
from pipeline.decisions import Event, Holding, Paragraph, Quote, Run
from pipeline.decisions import Pair as DecidedPair
from pipeline.decisions import Verdict as Decided
from pipeline.fates import decision_rows
from pipeline.pairs import CheckedPair, Grades, Pairs
from pipeline.rulings import Meant, Rulings, _conflicts, _Work, over
from stages.cluster import Bounds, Clusters, ClusterSettings, cluster
from stages.decide import Ruled, Ruling
from stages.model import Policy, Scores, Tier, Verdict

SCORES = Scores(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
SIZE = 9
PAIR = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda p: p[0] < p[1])
FACTS = st.dictionaries(PAIR, st.tuples(st.sampled_from(Tier), st.booleans(), st.booleans()), max_size=25)


@st.composite
def rulings(draw):
    pairs = draw(st.dictionaries(PAIR, st.booleans(), max_size=5))  # whether they are apart
    stays = draw(st.sets(st.integers(0, SIZE - 1), max_size=2))
    goes = draw(st.sets(st.integers(0, SIZE - 1), max_size=2)) - stays
    altered = draw(st.sets(st.integers(0, SIZE - 1), max_size=2)) - goes
    return Rulings(
        apart=frozenset(pair for pair, apart in pairs.items() if apart),
        same={pair: None for pair, apart in pairs.items() if not apart},
        pinned=frozenset(stays),
        ruled={n: Ruled(dropped=Ruling(0, "e-1", "")) for n in goes}
        | {n: Ruled(removed=(Ruling(0, "e-2", ""),)) for n in altered},
    )


def checked(facts):
    return [
        CheckedPair(a, b, Verdict(tier, SCORES, own_a, own_b, True, (), ""), (), ())
        for (a, b), (tier, own_a, own_b) in sorted(facts.items())
    ]


@settings(derandomize=True, deadline=None, max_examples=400)
@given(FACTS, rulings(), st.permutations(range(SIZE)), st.sampled_from([Policy.STANDARD, Policy.TRAINING]))
def test_whatever_was_found_people_have_their_way_and_nothing_goes_unchecked(facts, told, rank, policy):
    pairs = checked(facts)
    may = Grades(Pairs(pairs), policy, 0)
    kept_for = cluster(rank, over(may, pairs, told, 0), ClusterSettings(), Bounds(closed=True)).kept_for
    for a, b in told.apart:
        assert kept_for.get(a, a) != kept_for.get(b, b)
    for gone, kept in kept_for.items():
        pair = min(gone, kept), max(gone, kept)
        assert pair in facts
        assert gone not in told.pinned
        assert not {gone, kept} & (told.dropped | told.altered)
        assert facts[pair][0] is not Tier.REJECTED
        if not may[kept, gone]:
            assert pair in told.same
            _, own_a, own_b = facts[pair]
            only_it = own_a and not own_b if gone == pair[0] else own_b and not own_a
            assert not only_it  # what alone has something of its own stays


@settings(derandomize=True, deadline=None, max_examples=100)
@given(FACTS)
def test_without_decisions_nothing_changes(facts):
    pairs = checked(facts)
    may = Grades(Pairs(pairs), Policy.STANDARD, 0)
    assert over(may, pairs, Rulings(), 0) == may


def test_of_two_that_are_apart_the_one_more_alike_to_a_third_may_go_for_it_and_else_neither():
    told = Rulings(apart=frozenset({(1, 2)}))
    for tiers, goes in (
        ((Tier.IDENTICAL, Tier.NEAR), {1}),
        ((Tier.NEAR, Tier.KEY_EQUAL), {2}),
        ((Tier.NEAR, Tier.NEAR), set()),
    ):
        pairs = checked({(0, 1): (tiers[0], False, False), (0, 2): (tiers[1], False, False)})
        may = over(Grades(Pairs(pairs), Policy.STANDARD, 0), pairs, told, 0)
        assert {gone for gone in (1, 2) if may[0, gone]} == goes


def test_of_two_that_are_too_different_and_called_the_same_neither_goes_and_it_is_told():
    holding = Holding("sha256:" + "0" * 64, "", "a")
    event = Event(
        "e-1",
        "2026-11-28T00:00:00Z",
        "li",
        "cli",
        Decided.SAME,
        DecidedPair(holding, holding),
        None,
        "",
        None,
    )
    (pair,) = checked({(0, 1): (Tier.REJECTED, False, False)})
    told = Rulings(meant=(Meant(event, ((0, 1),)),), same={(0, 1): event})
    may = over(Grades(Pairs([pair]), Policy.STANDARD, 0), [pair], told, 0)
    assert not any(may.values())
    matches = SimpleNamespace(rulings=told, clusters=Clusters({}, (), ()))
    documents = [SimpleNamespace(id="d-0"), SimpleNamespace(id="d-1")]
    (row,) = decision_rows(documents, Pairs([pair]), matches)
    assert row["fate"] == "unused"
    assert "too different" in row["reason"]


def told(number, verdict, by, subject):
    return Event(f"e-{number}", "2026-11-28T00:00:00Z", by, "cli", verdict, subject, None, "", None)


def holding(number=0):
    return Holding(f"sha256:{number:064x}", "", "a")


def test_of_many_who_contradict_each_other_a_few_are_named_and_the_rest_counted():
    pair = DecidedPair(holding(), holding(1))
    meant = [
        Meant(told(n, Decided.DIFFERENT if n else Decided.SAME, f"p{n}", pair), ((0, 1),))
        for n in range(3_000)
    ]
    one, *others = _conflicts(meant, [])
    assert one.bars == "conflicting: e-1, e-2, e-3 and 2,996 more says otherwise; nothing goes for it"
    assert {m.bars for m in others} == {"conflicting: e-0 says otherwise; nothing goes for it"}


def work(places, archived=()):
    """Return what finds decisions, where every text is held by the documents of `places`."""
    documents = [SimpleNamespace(archived=n in archived or None) for n in range(1 + max(places))]
    finder = SimpleNamespace(documents=lambda one: (list(places), ""))
    policy = SimpleNamespace(run=SimpleNamespace(policy=Policy.STANDARD))
    return _Work(documents, SimpleNamespace(pairs=[]), policy, finder)


def test_texts_that_too_many_documents_hold_are_told_and_mean_none():
    event = told(1, Decided.DIFFERENT, "li", DecidedPair(holding(), holding(1)))
    assert len(work(range(100)).find(event).places) == 4_950
    (meant,) = work(range(101)).barred([work(range(101)).find(event)])
    assert meant.places == ()
    assert meant.bars.startswith("orphaned: too many documents hold these texts")


def test_what_goes_is_never_of_an_archive_where_a_document_holds_the_same():
    event = told(1, Decided.DROP, "li", DecidedDocument(holding()))
    (meant,) = work([0, 1], {0}).barred([work([0, 1], {0}).find(event)])
    assert (meant.places, meant.bars) == (((1,),), "")
    (meant,) = work([0], {0}).barred([work([0], {0}).find(event)])
    assert meant.bars == "unused: an archive is never changed"


def fates(meant, told, gone=()):
    documents = [SimpleNamespace(id=f"d-{n}") for n in range(4)]
    matches = SimpleNamespace(rulings=told, clusters=Clusters({}, (), ()), gone=gone)
    return [(row["fate"], row["reason"]) for row in decision_rows(documents, [], matches)]


def test_furniture_is_counted_by_the_lines_that_went():
    paragraph = Paragraph(holding(), "sha256:" + "0" * 64, "0" * 16, 0, 1, Quote("", "a", ""))
    events = [told(n, Decided.FURNITURE, "li", paragraph) for n in (1, 2)]
    meant = tuple(Meant(event, ((0, 0),)) for event in events)
    line = Ruling(0, "e-1", "")
    ruled = {
        0: Ruled(furniture=(line, Ruling(1, "e-1", ""))),
        1: Ruled(furniture=(line,), whole=True),
        2: Ruled(furniture=(line,), spared=(0,)),
        3: Ruled(furniture=(line, Ruling(1, "e-2", ""))),
    }
    one, two = fates(meant, Rulings(meant=meant, ruled=ruled), gone={3})
    assert one == ("applied", "2 lines of its source")
    assert two[0] == "unused"


def test_each_accepted_baseline_counts_its_own_pairs():
    keys = ["0" * 16, "1" * 16]
    events = [told(n, Decided.ACCEPT_BASELINE, "li", Run(tuple(keys[:n]))) for n in (1, 2)]
    meant = tuple(map(Meant, events))
    accepting = {(0, 1): keys[0], (2, 3): keys[1], (1, 2): keys[1]}
    assert fates(meant, Rulings(meant=meant, accepting=accepting)) == [
        ("applied", "1 pairs"),
        ("applied", "3 pairs"),
    ]
