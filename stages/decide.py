"""Decide: facts + policy + what people decided → what of a document stays.

In: what was found in a document and among documents.  Out: cuts, each with its reason.  Order: after all
comparison; `render` carries it out.  Facts never depend on the policy: the same facts can be cut again under
another one.  The tables below are the whole policy.
Source: a removed document that matches only through a third one is the second failure of the field, removal on
unchecked candidates the first; so what a policy removes, it removes on checked pairs alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from stages.model import Policy, RepeatClass, Span, Tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stages.model import Paragraph, Repeat, Verdict

VERSION: Final = 2

#: Tiers of pairs of which one document is removed; CONTAINED only when it is a truncation, but see TRAINING.
PAIRS: Final[dict[Policy, frozenset[Tier]]] = {
    Policy.CAUTIOUS: frozenset({Tier.IDENTICAL, Tier.KEY_EQUAL}),
    Policy.STANDARD: frozenset({Tier.IDENTICAL, Tier.KEY_EQUAL, Tier.NEAR, Tier.CONTAINED}),
    Policy.TRAINING: frozenset({Tier.IDENTICAL, Tier.KEY_EQUAL, Tier.NEAR, Tier.CONTAINED}),
    Policy.ANNOTATE: frozenset(),
}
#: Classes of repeats inside one document that are cut.
REPEATS: Final[dict[Policy, frozenset[RepeatClass]]] = {
    Policy.CAUTIOUS: frozenset({RepeatClass.COPY}),
    Policy.STANDARD: frozenset({RepeatClass.COPY, RepeatClass.BLOCK, RepeatClass.PARAGRAPH}),
    Policy.TRAINING: frozenset({RepeatClass.COPY, RepeatClass.BLOCK, RepeatClass.PARAGRAPH}),
    Policy.ANNOTATE: frozenset(),
}
#: Policies that take furniture away, texts contained anywhere in another, and passages after their first home.
FURNITURE: Final = frozenset({Policy.STANDARD, Policy.TRAINING})
CONTAINED_ANYWHERE: Final = frozenset({Policy.TRAINING})
PASSAGES: Final = frozenset({Policy.TRAINING})

#: The tier of a document that goes because a person said so.
PERSON: Final = "person"

#: Flags that keep a document from being the canonical one where an undamaged copy exists.
DAMAGE: Final = frozenset({"lossy_mojibake", "mojibake", "nfkc_punctuation", "replacement_char"})


@dataclass(frozen=True, slots=True)
class DecideSettings:
    """Limits of what may be taken away."""

    over_removed: float = 0.95  # a document of which parts beyond this share would go is kept whole
    passage_least: int = 60  # characters of a paragraph that counts as a passage shared across documents

    def __post_init__(self) -> None:
        if not 0 < self.over_removed <= 1:
            raise ValueError(f"over_removed = {self.over_removed}: must be more than 0 and at most 1")
        if self.passage_least < 1:
            raise ValueError(f"passage_least = {self.passage_least}: must be 1 or more")


@dataclass(frozen=True, slots=True)
class Standing:
    """What ranks a document among its copies."""

    damaged: bool
    characters: int  # of the comparison view
    published: str | None  # ISO 8601
    metadata: int  # fields known
    path: bytes  # with label and record: unique
    archived: bool = False  # it stands in an archive that is compared with: it is never removed
    chosen: bool = False  # by a person, to be the one that is kept


#: The order of preference: name for people, and the value to sort by.  It ends in a unique value.
CRITERIA: Final = (
    "in an archive",
    "a person's choice",
    "undamaged",
    "most complete",
    "earliest date",
    "richest metadata",
    "first path",
)

#: Why a copy is kept that is not the first in order: all that the others say stands in it, and not the reverse.
FULLER: Final = "says all the others say, and more"


def order_of(standing: Standing) -> tuple[bool, bool, bool, int, str, int, bytes]:
    """Return the sort key of the preference: the first in order is canonical."""
    return (
        not standing.archived,
        not standing.chosen,
        standing.damaged,
        -standing.characters,
        standing.published or "9999",
        -standing.metadata,
        standing.path,
    )


def why_kept(winner: Standing, others: Iterable[Standing]) -> str:
    """Return the criterion that set the winner apart from the next best copy."""
    runner_up = min((order_of(o) for o in others), default=None)
    if runner_up is None:
        return "only copy"
    if runner_up < order_of(winner):
        return FULLER
    pairs = zip(CRITERIA, order_of(winner), runner_up, strict=True)
    return next((name for name, mine, theirs in pairs if mine != theirs), CRITERIA[-1])


def may_remove(verdict: Verdict, policy: Policy, *, removed_is_b: bool) -> bool:
    """Say whether one side of a checked pair may be removed for the other."""
    if verdict.tier not in PAIRS[policy]:
        return False
    own = verdict.only_b if removed_is_b else verdict.only_a
    if own:
        return False
    truncation = verdict.tier is not Tier.CONTAINED or verdict.shares_lead
    return truncation or policy in CONTAINED_ANYWHERE


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision of a person on a paragraph."""

    paragraph: int
    event: str  # its id
    why: str  # for people


@dataclass(frozen=True, slots=True)
class Ruled:
    """What people decided of one document."""

    dropped: Ruling | None = None  # why the whole of it goes; of no paragraph in particular
    whole: bool = False  # nothing of it is cut
    spared: tuple[int, ...] = ()  # paragraphs that stay
    removed: tuple[Ruling, ...] = ()  # paragraphs that go
    furniture: tuple[Ruling, ...] = ()  # paragraphs that are furniture


#: Of a document that nobody decided anything of.
UNRULED: Final = Ruled()


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found in one document; spans and indexes are of L2."""

    length: int  # code points of L2
    paragraphs: tuple[Paragraph, ...]
    repeats: tuple[Repeat, ...]
    furniture: tuple[tuple[int, str], ...]  # paragraph, rule
    passages: tuple[tuple[int, str], ...]  # paragraph whose first home is another kept document, passage key
    ruled: Ruled = UNRULED


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of L2 that goes."""

    span: Span
    reason: str  # "decision", "repeat", "furniture" or "passage"
    rule: (
        str  # the id of a person's decision, the class of the repeat, the furniture rule, or the passage key
    )
    repeat: int | None = None  # index in `Facts.repeats`
    last: Cut | None = None  # where what it repeats goes too: the cut that says what stays of it


@dataclass(frozen=True, slots=True)
class Decision:
    """What goes of one document."""

    cuts: tuple[Cut, ...]  # sorted, not overlapping
    over_removed: bool  # the cuts would have taken nearly everything, so there are none


def decide(facts: Facts, policy: Policy, settings: DecideSettings) -> Decision:
    """Return the cuts that a policy makes in one document that is kept, and those that people make.

    Where people removed any of a passage, what repeats it stays; so does what repeats a passage of which most goes,
    unless that goes for another that stays: nothing goes for what is not there.
    What people keep never lets more go: the limit holds for what the rules alone would take, and for what is taken.
    """
    if facts.ruled.whole:
        return Decision((), over_removed=False)
    told = [Cut(_line(facts, r.paragraph), "decision", r.event) for r in facts.ruled.removed]
    wanted, broken = _wanted(facts, policy), _broken(facts, policy)
    cuts = _borne_out(facts, [*told, *_spared(facts, [c for c in wanted if c.repeat not in broken])])
    if any(_too_much(facts.length, some, settings) for some in (_disjoint(wanted), cuts)):
        return Decision(_disjoint(told), over_removed=True)
    return Decision(cuts, over_removed=False)


def _wanted(facts: Facts, policy: Policy) -> list[Cut]:
    """Return what a policy would cut if people kept and removed nothing."""
    wanted = [
        Cut(span, "repeat", repeat.cls.value, n)
        for n, repeat in enumerate(facts.repeats)
        if repeat.cls in REPEATS[policy]
        for span in repeat.cuts
    ]
    if policy in FURNITURE:
        lines = [*facts.furniture, *((r.paragraph, r.event) for r in facts.ruled.furniture)]
        wanted += [Cut(_line(facts, n), "furniture", rule) for n, rule in lines]
    if policy in PASSAGES:
        wanted += [Cut(_line(facts, n), "passage", key) for n, key in facts.passages]
    return wanted


def _broken(facts: Facts, policy: Policy) -> frozenset[int]:
    """Return the repeats of which people take something out of the part that is kept."""
    ruled = facts.ruled
    furniture = ruled.furniture if policy in FURNITURE else ()
    gone = [
        _line(facts, r.paragraph) for r in (*ruled.removed, *furniture) if r.paragraph not in ruled.spared
    ]
    return frozenset(n for n, repeat in enumerate(facts.repeats) if any(_meet(repeat.kept, s) for s in gone))


def _borne_out(facts: Facts, wanted: Sequence[Cut]) -> tuple[Cut, ...]:
    """Return the cuts sorted, each of a repeat with the last of its chain, without repeats of what stays nowhere."""
    lost: set[int | None] = set()
    while True:
        cuts = _disjoint([c for c in wanted if c.repeat is None or c.repeat not in lost])
        ends = [_end_of(facts, cuts, cut) for cut in cuts]
        new = {end.repeat for end, stays in ends if not stays}
        if not new:
            break
        lost |= new
    pairs = zip(cuts, ends, strict=True)
    return tuple(cut if cut.repeat == end.repeat else replace(cut, last=end) for cut, (end, _) in pairs)


def _end_of(facts: Facts, cuts: Sequence[Cut], cut: Cut) -> tuple[Cut, bool]:
    """Return the last of a chain of cuts of which each repeats what the next one takes, and whether something stays."""
    path: dict[int, Cut] = {}
    while cut.repeat is not None:
        if cut.repeat in path:  # a ring: of all that stand in it, the same one is the last
            ring = list(path)[list(path).index(cut.repeat) :]
            return path[max(ring)], False
        path[cut.repeat] = cut
        kept = facts.repeats[cut.repeat].kept
        first = bisect_right(cuts, kept.start, key=lambda c: c.span.end)
        last = bisect_left(cuts, kept.end, key=lambda c: c.span.start)
        taken = [(min(kept.end, c.span.end) - max(kept.start, c.span.start), c) for c in cuts[first:last]]
        if 2 * sum(size for size, _ in taken) <= len(kept):
            return cut, True
        further = [(size, c) for size, c in taken if c.reason in {"repeat", "passage"}]
        if not further:
            return cut, False
        cut = max(further, key=lambda pair: pair[0])[1]
    return cut, True


def _too_much(length: int, cuts: Sequence[Cut], settings: DecideSettings) -> bool:
    """Whether rules take nearly everything of what is no copy of the rest, and people leave."""
    taken = sum(len(c.span) for c in cuts)
    asked = sum(
        len(c.span)
        for c in cuts
        if c.reason == "decision" or (c.reason, c.rule) == ("repeat", RepeatClass.COPY.value)
    )
    return taken - asked > settings.over_removed * max(1, length - asked)


def _meet(one: Span, two: Span) -> bool:
    return one.start < two.end and two.start < one.end


def _spared(facts: Facts, wanted: Sequence[Cut]) -> list[Cut]:
    """Return the cuts less the paragraphs that people keep."""
    kept = [_line(facts, n) for n in facts.ruled.spared]
    out = []
    for cut in wanted:
        pieces = [cut.span]
        for span in kept:
            pieces = [p for piece in pieces for p in _less(piece, span)]
        out += [Cut(piece, cut.reason, cut.rule, cut.repeat) for piece in pieces]
    return out


def _line(facts: Facts, number: int) -> Span:
    """Return a paragraph with its line end and the blank lines after it."""
    after = number + 1
    start = facts.paragraphs[number].start
    if after < len(facts.paragraphs):
        return Span(start, facts.paragraphs[after].start)
    return Span(start, facts.length)


def _disjoint(wanted: Sequence[Cut]) -> tuple[Cut, ...]:
    """Return the cuts sorted; where two meet, the one that was listed first keeps the place."""
    out: list[Cut] = []  # sorted by place
    for cut in wanted:
        first = bisect_right(out, cut.span.start, key=lambda c: c.span.end)
        last = bisect_left(out, cut.span.end, key=lambda c: c.span.start)
        pieces = [cut.span]
        for other in out[first:last]:
            pieces = [p for piece in pieces for p in _less(piece, other.span)]
        for piece in pieces:
            insort(out, Cut(piece, cut.reason, cut.rule, cut.repeat), key=lambda c: c.span)
    return tuple(out)


def _less(span: Span, other: Span) -> list[Span]:
    """Return what of `span` lies outside `other`."""
    if other.end <= span.start or span.end <= other.start:
        return [span]
    pieces = []
    if span.start < other.start:
        pieces.append(Span(span.start, other.start))
    if other.end < span.end:
        pieces.append(Span(other.end, span.end))
    return pieces
