"""Guard: numbers are sacred, and nothing of substance goes with a removed text.

In: two comparison views and how they were compared.  Out: a `Verdict`, the fact that policies read.
Order: after `verify`, before `cluster`.
Source: on 15,619 pairs of Chinese bulletins that differ in figures alone the figure rule fired each time; on
14,504 true pairs three times, each a real correction.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from stages._blocks import running
from stages._passage import passage
from stages.align import counterparts, mirrored
from stages.figures import (
    Finding,
    findings,
    format_findings,
    listed,
    other_marks,
    own_sentences,
)
from stages.model import Difference, Role, Span, Tier, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stages._passage import Passage
    from stages.align import Compared, Op, Side

VERSION: Final = 4
_NAMES: Final = 3  # replacements that may all be names: a person, a place, an office
_PLAIN: Final = 2  # of as many: where these are plainly no names, the third is none either
_GRAMMAR: Final = frozenset(
    "的了们这吗呢么我你她它就很把被说没着"
)  # characters of sentences rather than names


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """What counts as substance."""

    residue: int = 8  # tokens, a word counting two, that one side alone has in one place: worth keeping
    title_identity: float = 0.5  # headlines below this are two headlines; above, one that was edited
    name_tokens: int = 20  # equal tokens around a single replacement that make it look like a name
    max_differences: int = 40  # listed for a pair

    def __post_init__(self) -> None:
        for name, least in (("residue", 1), ("name_tokens", 1), ("max_differences", 0)):
            value = getattr(self, name)
            if value < least:
                raise ValueError(f"{name} = {value}: must be {least} or more")
        if not 0 <= self.title_identity <= 1:
            raise ValueError(f"title_identity = {self.title_identity}: must be from 0 to 1")


def guard(a: Side, b: Side, compared: Compared, settings: GuardSettings) -> Verdict:
    """Return what may be said of the pair once its differences have been read."""
    if compared.tier in (Tier.REJECTED, Tier.SHARED):
        reason = {
            Tier.REJECTED: "The texts do not bear out the likeness of their sketches.",
            Tier.SHARED: "Passages are in common; each text has more of its own.",
        }[compared.tier]
        return _verdict(compared, compared.tier, (), own=(True, True), reason=reason)
    if compared.tier is Tier.IDENTICAL:
        return _verdict(
            compared, Tier.IDENTICAL, (), own=(False, False), reason="Every character is the same."
        )
    if compared.tier is Tier.KEY_EQUAL:
        return _of_equal_keys(a, b, compared, settings)
    return _of_aligned(a, b, compared, settings)


def _verdict(
    compared: Compared,
    tier: Tier,
    differences: tuple[Difference, ...],
    *,
    own: tuple[bool, bool],
    reason: str,
) -> Verdict:
    return Verdict(tier, compared.scores, *own, compared.shares_lead, differences, reason)


def _of_equal_keys(a: Side, b: Side, compared: Compared, settings: GuardSettings) -> Verdict:
    # Keys keep figures and negations; this asks the text, in case punctuation made other numbers of them.
    kind = other_marks(a.text, b.text)
    if kind:
        whole = Difference(Span(0, len(a.text)), Span(0, len(b.text)), a.text, b.text, kind)
        reason = f"The same characters make other {kind}s."
        shown = (whole,)[: settings.max_differences]
        return _verdict(compared, Tier.VARIANT, shown, own=(False, False), reason=reason)
    one, two = (passage(side.text, side.tokens, np.zeros(len(side.tokens), dtype=bool)) for side in (a, b))
    found = format_findings(one, two, compared.ops, limit=settings.max_differences)
    reason = f"All {len(a.tokens):,} key tokens are the same; punctuation, spaces or letter forms differ."
    return _verdict(compared, Tier.KEY_EQUAL, tuple(found), own=(False, False), reason=reason)


def _of_aligned(a: Side, b: Side, compared: Compared, settings: GuardSettings) -> Verdict:
    a_top, b_top = _headlines(a, b, compared.ops)
    a_guard, b_guard = _body(a), _body(b)
    if _title_identity(compared.ops, a_top, b_top) < settings.title_identity:
        a_guard &= ~_lacking(a, a_top, compared.ops)
        b_guard &= ~_lacking(b, b_top, mirrored(compared.ops))
    one, two = passage(a.text, a.tokens, a_guard), passage(b.text, b.tokens, b_guard)
    found = findings(one, two, compared.ops, residue=settings.residue)
    found = [_entitled(f, a_top, b_top) for f in found]
    named = _name(found, one, two, compared.ops, settings)
    if named:
        found = [replace(f, kind="name") if f in named else f for f in found]
    found += own_sentences(one, two, compared.ops, found, residue=settings.residue)
    kinds = {f.kind for f in found}
    own = ("only_a" in kinds, "only_b" in kinds)
    extra = format_findings(one, two, compared.ops, limit=settings.max_differences)
    shown = listed(one, two, found, extra, settings.max_differences)
    tier, reason = _decided(compared, kinds, own, shown, (a, b))
    return _verdict(compared, tier, shown, own=own, reason=reason)


def _decided(
    compared: Compared,
    kinds: set[str],
    own: tuple[bool, bool],
    shown: Sequence[Difference],
    sides: tuple[Side, Side],
) -> tuple[Tier, str]:
    first = f"“{_short(shown[0].a_text)}” against “{_short(shown[0].b_text)}”" if shown else ""
    if kinds & {"number", "date"}:
        return Tier.VARIANT, f"Figures or dates differ: {first}."
    if "negation" in kinds:
        return Tier.VARIANT, f"One text negates what the other states: {first}."
    if "name" in kinds:
        return Tier.REVIEW, f"The only difference may be a name: {first}."
    if compared.tier is Tier.NEAR and all(own):
        return Tier.UPDATE, "Each text has substance that the other lacks."
    item = (
        compared.tier is Tier.NEAR and any(own) and not compared.shares_lead
    )  # most of a roundup, or beheaded
    return Tier.CONTAINED if item else compared.tier, _stands(compared, sides)


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"


def _stands(compared: Compared, sides: tuple[Side, Side]) -> str:
    """Say how much of the shorter text stands in the longer."""
    a_sum, b_sum = (running(s.tokens.ends - s.tokens.starts) for s in sides)
    spans = [(o.a0, o.a1, o.b0, o.b1) for o in compared.ops if o.kind == "equal"]
    a0, a1, b0, b1 = np.array(spans, dtype=np.int64).reshape(-1, 4).T
    equal = int(np.minimum(a_sum[a1] - a_sum[a0], b_sum[b1] - b_sum[b0]).sum())
    total = int(min(a_sum[-1], b_sum[-1]))
    tenths = equal * 1000 // total if total else 0
    order = "in the same order" if _in_order(compared.ops) else "with paragraphs in another order"
    differ = total - equal
    noun = "character of the shorter text differs" if differ == 1 else "characters of the shorter text differ"
    return (
        f"{tenths // 10}.{tenths % 10} % of its {total:,} characters stand there {order}; {differ:,} {noun}."
    )


def _in_order(ops: Sequence[Op]) -> bool:
    return all(x.a0 <= y.a0 and x.b0 <= y.b0 for x, y in pairwise(ops))


def _roles(side: Side) -> NDArray[np.int64]:
    """Return the index of the paragraph each token stands in; -1 before the first."""
    starts = np.array([p.start for p in side.paragraphs], dtype=np.int64)
    return np.searchsorted(starts, side.tokens.starts, side="right") - 1


def _body(side: Side) -> NDArray[np.bool_]:
    """Return which tokens are body or heading; all, where the text has no paragraphs."""
    if not side.paragraphs:
        return np.ones(len(side.tokens), dtype=bool)
    guarded = np.array([p.role in (Role.BODY, Role.HEADING) for p in side.paragraphs] + [True])
    return np.asarray(guarded[_roles(side)])


def _top(side: Side) -> NDArray[np.bool_]:
    """Return which tokens belong to headings above the first body paragraph."""
    flags = []
    above = True
    for paragraph in side.paragraphs:
        above = above and paragraph.role is not Role.BODY
        flags.append(above and paragraph.role is Role.HEADING)
    return np.asarray(np.array([*flags, False])[_roles(side)])


def _headlines(a: Side, b: Side, ops: Sequence[Op]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which tokens of each text are headlines: those of `_top`, less what the other text has in its body.

    The first lines of a text that was wrapped, and not joined, look like headings, for no mark ends them.
    """
    a_top, b_top = _top(a), _top(b)
    if not (a_top.any() or b_top.any()):
        return a_top, b_top
    there, back = counterparts(ops, a_top.size), counterparts(mirrored(ops), b_top.size)
    return _less_body(a, a_top, b_top, there), _less_body(b, b_top, a_top, back)


def _less_body(
    side: Side, top: NDArray[np.bool_], other_top: NDArray[np.bool_], place: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return the tokens of `top` without lines of which most stand in the body of the other text."""
    at = (top & (place >= 0)).nonzero()[0]
    body = np.zeros(top.size, dtype=bool)
    body[at] = ~other_top[place[at]]
    return _without(side, top, body)


def _lacking(side: Side, top: NDArray[np.bool_], ops: Sequence[Op]) -> NDArray[np.bool_]:
    """Return the tokens of those headlines of which the other text lacks half or more: another headline."""
    return _without(side, top, counterparts(ops, top.size) >= 0)


def _without(side: Side, top: NDArray[np.bool_], marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the tokens of `top` without lines most of whose tokens are marked."""
    line, count = _roles(side) + 1, len(side.paragraphs) + 1
    most = 2 * np.bincount(line[top & marked], minlength=count) > np.bincount(line[top], minlength=count)
    return np.asarray(top & ~most[line])


def _title_identity(ops: Sequence[Op], a_top: NDArray[np.bool_], b_top: NDArray[np.bool_]) -> float:
    size = max(int(a_top.sum()), int(b_top.sum()))
    if not size:
        return 1.0
    there = counterparts(ops, a_top.size)
    at = (a_top & (there >= 0)).nonzero()[0]
    return int(b_top[there[at]].sum()) / size


def _entitled(f: Finding, a_top: NDArray[np.bool_], b_top: NDArray[np.bool_]) -> Finding:
    """Name an unguarded or slight difference between headlines as such."""
    inside = bool(a_top[f.a0 : f.a1].all() and b_top[f.b0 : f.b1].all())
    return replace(f, kind="title") if f.kind == "edit" and inside else f


def _name(
    found: Sequence[Finding], one: Passage, two: Passage, ops: Sequence[Op], settings: GuardSettings
) -> list[Finding]:
    """Return the places of up to three replacements, if they are all that differs and may be names."""
    seen = [f for f in found if one.guards(f.a0, f.a1) or two.guards(f.b0, f.b1)]
    if not seen or any(f.kind not in ("edit", "title") for f in seen):
        return []
    pairs = Counter(
        (one.tokens.hashes[f.a0 : f.a1].tobytes(), two.tokens.hashes[f.b0 : f.b1].tobytes()) for f in seen
    )
    equal = sum(one.guards(o.a0, o.a1) for o in ops if o.kind == "equal")
    if len(pairs) > _NAMES or equal < settings.name_tokens:
        return []
    for f in seen:
        times = pairs[one.tokens.hashes[f.a0 : f.a1].tobytes(), two.tokens.hashes[f.b0 : f.b1].tobytes()]
        if not (_may_be_name(one, f.a0, f.a1, times) and _may_be_name(two, f.b0, f.b1, times)):
            return []
    return [] if len(pairs) > _PLAIN and _plain(seen, one, two, ops) >= _PLAIN else seen


def _plain(seen: Sequence[Finding], one: Passage, two: Passage, ops: Sequence[Op]) -> int:
    """Return how many replacements are plainly not of one name by another.

    One side has a character of grammar, or both texts say elsewhere, unchanged, what took the place; two that only
    changed places may still be names: who won, and who lost.
    """
    pairs = {
        (tuple(one.tokens.hashes[f.a0 : f.a1].tolist()), tuple(two.tokens.hashes[f.b0 : f.b1].tolist())): f
        for f in seen
    }
    number = 0
    for (mine, other), f in pairs.items():
        texts = [
            side.text[span.start : span.end]
            for side, span in ((one, one.span(f.a0, f.a1)), (two, two.span(f.b0, f.b1)))
        ]
        if (one.tokens.kinds[f.a0 : f.a1] != 0).any() or (other, mine) in pairs:
            continue
        number += any(_GRAMMAR & set(t) for t in texts) or any(_unchanged(one, x, ops) for x in (mine, other))
    return number


def _unchanged(one: Passage, tokens: tuple[int, ...], ops: Sequence[Op]) -> bool:
    """Say whether the tokens stand in an equal run."""
    wanted = np.array(tokens, dtype=np.uint64)
    for o in ops:
        if o.kind == "equal" and o.a1 - o.a0 >= wanted.size:
            runs = sliding_window_view(one.tokens.hashes[o.a0 : o.a1], wanted.size)
            if (runs == wanted).all(axis=1).any():
                return True
    return False


def _may_be_name(side: Passage, start: int, end: int, times: int) -> bool:
    """Two to eight characters, or one that changes in several places; of words, up to three with capitals."""
    kinds = side.tokens.kinds[start:end]
    if not kinds.size:
        return False
    if (kinds == 0).all():
        return 2 - (times > 1) <= kinds.size <= 8
    words = [side.text[int(side.tokens.starts[i])] for i in range(start, end)]
    return bool((kinds == 1).all()) and kinds.size <= 3 and all(w.isupper() for w in words)
