"""Which lines of a source are its furniture because they recur, from columns alone.

In: columns with a row for each line of the documents of all sources: what the line is (the bits below), where it
stands, a hash of its source and key.  Out: the rows that go.
Order: not a stage; `stages.furniture` makes the bits, the barrier brings the rows together.
Source: pages of invented sites (`tests/quality/text_furniture.py`, seeds 1 to 3); what is refused here was found to
take lines of articles there: results under one heading, winners, bulletins that say the same every day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# What a line is to recurrence, one bit each.
MAY: Final = 1  # it is short, of one sentence, about nothing, and so may be furniture
HARD: Final = 2  # it is long or ends as a sentence does: text, unless its words say otherwise
CUE: Final = 4  # its words are those of a site
ABSENT: Final = 8  # it is furniture already, or a repeat takes it out
STAYS: Final = 16  # it is about the text, or closes it
FIGURES: Final = 32  # it has figures
LABEL: Final = 64  # it is a label and what it says
MENU: Final = 128  # it is a row of single words
END: Final = 256  # it is furniture already, and ends an article
REPEATED: Final = 512  # a repeat takes it out: it ends a list, for it is none of its lines

_ADDRESS: Final = re.compile(r"://|\w@\w|www\.")
_IN_ADDRESS: Final = ("://", "@", "www.")  # each has one of these, for which one searches faster
_FIGURES: Final = re.compile(r"\d+")


def keys_of(lines: Sequence[str]) -> NDArray[np.uint64]:
    """Return stable 64-bit keys of lines without white space, their figures folded: for furniture, nothing else."""
    folded = ["".join(line.split()) for line in lines]
    whole = "\n".join(folded)
    if not _may_have_address(whole):
        folded = _FIGURES.sub("0", whole).split("\n") if lines else []
    else:  # figures in an address say where it leads
        kept = (_may_have_address(line) and _ADDRESS.search(line) for line in folded)
        folded = [line if keep else _FIGURES.sub("0", line) for line, keep in zip(folded, kept, strict=True)]
    digests = (blake2b(line.encode("utf-8", "surrogatepass"), digest_size=8).digest() for line in folded)
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def _may_have_address(text: str) -> bool:
    return any(sign in text for sign in _IN_ADDRESS)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Columns with one row for each line that stands in several documents of one source, in any order."""

    group: NDArray[np.uint64]  # hash of source and line key
    document: NDArray[np.int64]
    paragraph: NDArray[np.int32]
    marks: NDArray[np.uint16]
    before: NDArray[np.int32]  # lines of text before it
    after: NDArray[np.int32]  # and after it
    ended: NDArray[np.bool_]  # an end marker stands above it, and below that no text but of the site
    run: NDArray[np.int32]  # lines right after it that are short, absent ones included
    follows: NDArray[np.int32]  # number of the next line that is there and is not about the text; or -1
    beyond: NDArray[np.int32]  # and of the next one after the run
    head: NDArray[np.int32]  # short lines before the first line of text of the document
    counts: NDArray[np.bool_]  # the document is evidence: of reprints only the first is
    documents: NDArray[np.int64]  # documents of its source that are evidence


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the lines of one document stand: columns of `Lines`."""

    before: NDArray[np.int32]
    after: NDArray[np.int32]
    ended: NDArray[np.bool_]
    run: NDArray[np.int32]
    follows: NDArray[np.int32]
    beyond: NDArray[np.int32]
    head: int


@dataclass(frozen=True, slots=True, eq=False)
class Recurring:
    """What was found, for each row of `Lines`: whether it goes, and how many lines after it go as its list."""

    lines: NDArray[np.bool_]
    runs: NDArray[np.int32]


def places(marks: NDArray[np.uint16]) -> Places:
    """Return where the lines of one document stand, from what they are."""
    number = np.arange(marks.size, dtype=np.int32)
    hard = (marks & HARD) != 0
    total = np.cumsum(hard, dtype=np.int32)
    before = (total - hard).astype(np.int32)
    text = np.flatnonzero(hard & ((marks & CUE) == 0))
    ends = np.flatnonzero((marks & END) != 0)
    ends = ends[ends > (text[-1] if text.size else marks.size)]
    shown = np.append(np.flatnonzero((marks & (ABSENT | STAYS)) == 0), -1).astype(np.int32)
    entry = ((marks & MAY) != 0) & ~hard
    other = np.append(np.flatnonzero(~entry & ((marks & (ABSENT | REPEATED)) != ABSENT)), marks.size).astype(
        np.int32
    )
    run = (other[np.searchsorted(other, number, side="right").clip(max=other.size - 1)] - number - 1).clip(
        min=0
    )
    head = ((marks & (ABSENT | STAYS | HARD)) == 0) & (before == 0)
    return Places(
        before=before,
        after=(total[-1:].sum(dtype=np.int32) - total).astype(np.int32),
        ended=number > (ends[0] if ends.size else marks.size),
        run=run,
        follows=shown[np.searchsorted(shown[:-1], number, side="right")],
        beyond=shown[np.searchsorted(shown[:-1], number + run, side="right")],
        head=int(head.sum()),
    )


def several(
    groups: NDArray[np.uint64],
    documents: NDArray[np.int64],
    counts: NDArray[np.bool_],
    places: NDArray[np.uint8],
    least: int,
) -> NDArray[np.bool_]:
    """Return which rows are of a group that stands in `least` documents that are evidence.

    Rows of one exchange partition, in any order: all rows of a group are there.  `places` is 1 above the text of a
    document, 2 below it, else 0: a group with both, in two documents, may be a headline and what leads to it.
    """
    _, of = np.unique(groups, return_inverse=True)
    number = _distinct(of, documents, counts)
    above, below = (np.bincount(of[places == n], minlength=number.size) > 0 for n in (1, 2))
    return np.asarray(((number >= least) | (above & below & (number >= 2)))[of])


def _distinct(
    of: NDArray[np.int64], documents: NDArray[np.int64], counts: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return for each group in how many documents it stands; `of` numbers the groups from 0."""
    size = int(of.max()) + 1 if of.size else 0
    pairs = np.unique(np.stack([of[counts], documents[counts]]), axis=1)
    return np.bincount(pairs[0], minlength=size)


def recurring(lines: Lines, least: int, head_share: float) -> Recurring:
    """Return which lines are furniture because they recur over the documents of one source.

    A line whose words are those of a site is, wherever it stands; a sentence only if articles prove it, for one that
    only bulletins have is theirs.  Any other line is only if it is short, no label and without figures, and stands in
    the tail of every document (no text follows) and heads nothing there, or above the text of `head_share` of the
    documents of its source.  After an end marker labels and figures go too.  The header of a list goes, with the
    list, after an end marker, or where a headline of another document comes right under it.
    A document most of whose text recurs is made from a template: what it says every day is no evidence.
    What goes is left out, and the rest looked at again, until nothing more goes: a second run finds nothing.
    """
    now = np.zeros(lines.group.size, np.bool_)
    if now.size == 0:
        return Recurring(now, np.zeros(0, np.int32))
    order = np.lexsort((lines.paragraph, lines.document))
    back = np.empty_like(order)
    back[order] = np.arange(order.size)
    table = _Table(Lines(*(getattr(lines, name)[order] for name in Lines.__slots__)), least, head_share)
    while True:
        more = table.more(now)
        if not (more & ~now).any():
            return Recurring(now[back], table.runs[back])
        now |= more


class _Table:
    """The lines sorted by document and place, and what of them does not change while lines go."""

    def __init__(self, lines: Lines, least: int, head_share: float) -> None:
        self._lines = lines
        may, hard, cue, figures, label, menu = (
            (lines.marks & bit) != 0 for bit in (MAY, HARD, CUE, FIGURES, LABEL, MENU)
        )
        _, self._group = np.unique(lines.group, return_inverse=True)
        _, self._document = np.unique(lines.document, return_inverse=True)
        new = np.diff(self._document) > 0
        self._first = np.flatnonzero(np.r_[True, new])[self._document]
        self._last = np.flatnonzero(np.r_[new, True])[self._document]
        self._hard = hard
        every = _distinct(self._group, lines.document, lines.counts)[self._group]
        text = np.bincount(self._document, weights=hard & ~cue & (every >= least))[self._document]
        template = 2 * text >= np.maximum(lines.before + lines.after + hard, 1)
        self._evidence = lines.counts & ~template
        number = _distinct(self._group, lines.document, self._evidence)[self._group]
        self._sure = may & cue & (np.where(hard, number, every) >= least)
        self._short = may & ~hard & (number >= least)
        self._bare = self._short & ~figures & ~label
        often = (number >= head_share * lines.documents) & (number > least)
        self._head = self._bare & (often | menu)
        self._place = self._at(lines.paragraph)
        self._beyond = lines.follows  # what comes next once a row is gone, with its list
        self.runs = np.zeros(lines.run.size, np.int32)
        self._linked = self._links(may & ~hard)

    def _at(self, paragraph: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return one number for document and paragraph, in the order of the rows."""
        return (self._document.astype(np.int64) << 32) + paragraph

    def _links(self, may: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which lines below the text stand above the text of another document: its headline."""
        lines, group, document = self._lines, self._group, self._document
        title = may & (lines.before == 0) & (lines.after > 0)
        groups = int(group.max()) + 1
        low, high = np.full(groups, document.size), np.full(groups, -1)
        np.minimum.at(low, group[title], document[title])
        np.maximum.at(high, group[title], document[title])
        other = (high[group] >= 0) & ((high[group] != document) | (low[group] != document))
        return np.asarray(may & (lines.after == 0) & (lines.before > 0) & other)

    def more(self, gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which rows go when those of `gone` are left out; keeps the runs of those that head lists."""
        lines = self._lines
        hard_gone = np.r_[0, np.cumsum(gone & self._hard)]
        here = np.arange(gone.size)
        before = lines.before - (hard_gone[here] - hard_gone[self._first])
        after = lines.after - (hard_gone[self._last + 1] - hard_gone[here + 1])
        left = before + after + (self._hard & ~gone)  # lines of text that stay
        tail = (after == 0) & (left > 0)
        head = (before == 0) & (left > 0) & ~tail
        sure = self._sure & ((left > self._hard) | tail | head)
        heads, leads = self._next(gone)
        in_tail = self._short & tail & self._all(tail, gone)
        ended = in_tail & lines.ended & self._most(lines.ended, gone)
        run, beyond = self._lists_now(gone)
        rows_to = np.searchsorted(self._place, self._at(lines.paragraph + run), side="right")
        lists = in_tail & self._bare & heads & (ended | self._lists_links(leads, gone)) & ~gone
        plain = in_tail & self._bare & self._most(~heads, gone)
        late = ended & ~self._bare
        in_head = self._head & head & self._all(head, gone)
        above = self._but_the_last(in_head | (sure & head), head, gone)
        self.runs = np.where(lists, run, self.runs)
        self._beyond = np.where(lists, beyond, self._beyond)
        change = np.zeros(gone.size + 1, np.int64)
        np.add.at(change, here[lists] + 1, 1)
        np.add.at(change, rows_to[lists], -1)
        return np.asarray((sure & ~head) | plain | late | lists | above | (np.cumsum(change)[:-1] > 0))

    def _lists_now(self, gone: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return `run` and `beyond` of each row where the lines of `gone` do not end a run."""
        run, beyond = self._lines.run, self._lines.beyond
        while True:
            place = self._at(self._lines.paragraph + run + 1)
            at = np.searchsorted(self._place, place).clip(max=self._place.size - 1)
            on = (self._place[at] == place) & gone[at]
            if not on.any():
                return run, beyond
            run = np.where(on, run + 1 + self._lines.run[at], run)
            beyond = np.where(on, self._lines.beyond[at], beyond)

    def _all(self, good: NDArray[np.bool_], gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return for each row whether every row of its group that is evidence is good."""
        bad = np.bincount(self._group, weights=self._evidence & ~good & ~gone)
        return np.asarray(bad[self._group] == 0)

    def _most(self, good: NDArray[np.bool_], gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return for each row whether four in five rows of its group that are evidence are good."""
        bad = np.bincount(self._group, weights=self._evidence & ~good & ~gone)
        rows = np.bincount(self._group, weights=self._evidence & ~gone)
        return np.asarray(5 * bad[self._group] <= rows[self._group])

    def _next(self, gone: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return whether what comes next does not recur and is no furniture, and whether it is a link."""
        follows = self._lines.follows
        while True:
            place = self._at(follows)
            at = np.searchsorted(self._place, place).clip(max=self._place.size - 1)
            there = (follows >= 0) & (self._place[at] == place)
            if not (there & gone[at]).any():
                return (follows >= 0) & ~(there & self._bare[at]), there & self._linked[at]
            follows = np.where(there & gone[at], self._beyond[at], follows)

    def _lists_links(self, leads: NDArray[np.bool_], gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return whether a link comes right after one in seven rows of a group, and after two."""
        counted = self._evidence & ~gone
        links = np.bincount(self._group, weights=counted & leads)
        rows = np.bincount(self._group, weights=counted)
        return np.asarray(((7 * links >= rows) & (links >= 2))[self._group])

    def _but_the_last(
        self, go: NDArray[np.bool_], head: NDArray[np.bool_], gone: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Return `go` without the last head line of a document all of whose head lines would go."""
        going = np.bincount(self._document, weights=(go | gone) & head & ~self._hard)[self._document]
        rows = np.where(go, np.arange(go.size), -1)
        last = np.full(int(self._document.max()) + 1, -1)
        np.maximum.at(last, self._document, rows)
        return np.asarray(go & ~((going >= self._lines.head) & (rows == last[self._document])))
